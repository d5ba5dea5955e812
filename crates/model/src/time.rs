//! Times as UTC microseconds and calendar dates as days, with exact RFC 3339 and ISO 8601 parsing.
//!
//! Range accepted from outside: years 1900 to 2100. Dates outside it are errors, not clamped.
//! Source: RFC 3339 section 5.6; day arithmetic after Howard Hinnant, "chrono-compatible low-level date algorithms".

use std::fmt;

/// Microseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Timestamp(pub i64);

/// Days since 1970-01-01.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Date(pub i32);

/// Microseconds in a second.
pub const MICROS_PER_SECOND: i64 = 1_000_000;
/// Microseconds in a day.
pub const MICROS_PER_DAY: i64 = 86_400 * MICROS_PER_SECOND;
/// First year accepted from outside.
pub const YEAR_MIN: i32 = 1900;
/// Last year accepted from outside.
pub const YEAR_MAX: i32 = 2100;

/// Why a time or date was refused. The message is in plain words and names the remedy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TimeError {
    /// The shape is not `YYYY-MM-DD` or RFC 3339.
    #[error("is not a date and time of the form 2025-03-01T10:00:00Z")]
    Shape,
    /// The shape is not `YYYY-MM-DD`.
    #[error("is not a date of the form 2025-03-01")]
    DateShape,
    /// A date and time without `Z` or an offset.
    #[error("has no offset: write `Z` or `+05:00`, or name the time zone in a mapping file")]
    NoOffset,
    /// A field is out of its range (month 13, 30 February, hour 25).
    #[error("is not a real date or time: a part of it is out of range")]
    Field,
    /// The year is outside 1900..=2100.
    #[error("lies outside the years 1900 to 2100")]
    Range,
}

/// Two ASCII digits at `at`.
fn two(bytes: &[u8], at: usize) -> Option<u32> {
    let high = bytes.get(at)?.wrapping_sub(b'0');
    let low = bytes.get(at + 1)?.wrapping_sub(b'0');
    (high <= 9 && low <= 9).then(|| u32::from(high) * 10 + u32::from(low))
}

/// Days from the civil date. `month` in 1..=12, `day` in 1..=31.
#[must_use]
pub fn days_from_civil(year: i32, month: u32, day: u32) -> i32 {
    let y = if month <= 2 { year - 1 } else { year };
    let era = y.div_euclid(400);
    let year_of_era = y.rem_euclid(400);
    let shifted = (month as i32 + 9) % 12;
    let day_of_year = (153 * shifted + 2) / 5 + day as i32 - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}

/// The civil date (year, month, day) of days since 1970-01-01.
#[must_use]
pub fn civil_from_days(days: i32) -> (i32, u32, u32) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let day_of_era = z.rem_euclid(146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    let year = year_of_era + era * 400 + i32::from(month <= 2);
    (year, month as u32, day as u32)
}

fn month_length(year: i32, month: u32) -> u32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

fn civil_date(bytes: &[u8], shape: TimeError) -> Result<i32, TimeError> {
    let year = two(bytes, 0).zip(two(bytes, 2)).map(|(c, y)| (c * 100 + y) as i32);
    let (Some(year), Some(month), Some(day)) = (year, two(bytes, 5), two(bytes, 8)) else { return Err(shape) };
    if bytes.get(4) != Some(&b'-') || bytes.get(7) != Some(&b'-') {
        return Err(shape);
    }
    if !(YEAR_MIN..=YEAR_MAX).contains(&year) {
        return Err(TimeError::Range);
    }
    if !(1..=12).contains(&month) || day == 0 || day > month_length(year, month) {
        return Err(TimeError::Field);
    }
    Ok(days_from_civil(year, month, day))
}

impl Date {
    /// Parses `YYYY-MM-DD`.
    ///
    /// # Errors
    /// The text is not a date of that form, not a real date, or outside 1900..=2100.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 {
            return Err(TimeError::DateShape);
        }
        civil_date(bytes, TimeError::DateShape).map(Self)
    }

    /// Midnight UTC of this date.
    #[must_use]
    pub const fn start(self) -> Timestamp {
        Timestamp(self.0 as i64 * MICROS_PER_DAY)
    }
}

/// A local date and time without offset, as microseconds since 1970-01-01T00:00:00 on the local clock; and what follows it.
fn local_micros(bytes: &[u8]) -> Result<(i64, &[u8]), TimeError> {
    let days = civil_date(bytes, TimeError::Shape)?;
    if !matches!(bytes.get(10), Some(b'T' | b't' | b' ')) {
        return Err(TimeError::Shape);
    }
    let (Some(hour), Some(minute), Some(second)) = (two(bytes, 11), two(bytes, 14), two(bytes, 17)) else { return Err(TimeError::Shape) };
    if bytes.get(13) != Some(&b':') || bytes.get(16) != Some(&b':') {
        return Err(TimeError::Shape);
    }
    // A leap second (60) is read as the second before it, as POSIX time has none.
    if hour > 23 || minute > 59 || second > 60 {
        return Err(TimeError::Field);
    }
    let mut rest = bytes.get(19..).unwrap_or_default();
    let mut micros = 0_i64;
    if rest.first() == Some(&b'.') {
        let digits = rest.iter().skip(1).take_while(|b| b.is_ascii_digit()).count();
        if digits == 0 || digits > 18 {
            return Err(TimeError::Shape);
        }
        for place in 0..6 {
            let digit = if place < digits { rest.get(1 + place).map_or(0, |b| i64::from(b - b'0')) } else { 0 };
            micros = micros * 10 + digit;
        }
        rest = rest.get(1 + digits..).unwrap_or_default();
    }
    let seconds = i64::from(hour) * 3_600 + i64::from(minute) * 60 + i64::from(second.min(59));
    Ok((i64::from(days) * MICROS_PER_DAY + seconds * MICROS_PER_SECOND + micros, rest))
}

impl Timestamp {
    /// Parses an RFC 3339 time; `t`, `z` and a space for `T` are accepted as the RFC allows. Digits beyond microseconds are cut.
    ///
    /// # Errors
    /// No offset, not of that form, not a real time, or outside 1900..=2100.
    pub fn parse(text: &str) -> Result<Self, TimeError> {
        let (local, rest) = local_micros(text.as_bytes())?;
        match rest {
            [b'Z' | b'z'] => Ok(Self(local)),
            [] => Err(TimeError::NoOffset),
            [sign @ (b'+' | b'-'), offset @ ..] if offset.len() == 5 && offset.get(2) == Some(&b':') => {
                let (Some(hours), Some(minutes)) = (two(offset, 0), two(offset, 3)) else { return Err(TimeError::Shape) };
                if hours > 23 || minutes > 59 {
                    return Err(TimeError::Field);
                }
                let shift = (i64::from(hours) * 60 + i64::from(minutes)) * 60 * MICROS_PER_SECOND;
                Ok(Self(if *sign == b'+' { local - shift } else { local + shift }))
            }
            _ => Err(TimeError::Shape),
        }
    }

    /// Parses a local date and time without offset, or a bare date, on a clock `offset_minutes` ahead of UTC (a mapping's zone).
    ///
    /// # Errors
    /// As [`Timestamp::parse`]; a value that carries its own offset is read with that one.
    pub fn parse_local(text: &str, offset_minutes: i32) -> Result<Self, TimeError> {
        let shift = i64::from(offset_minutes) * 60 * MICROS_PER_SECOND;
        if text.len() == 10 {
            return Date::parse(text).map(|date| Self(date.start().0 - shift));
        }
        match local_micros(text.as_bytes())? {
            (local, []) => Ok(Self(local - shift)),
            _ => Self::parse(text),
        }
    }

    /// The UTC calendar date.
    #[must_use]
    pub const fn date(self) -> Date {
        Date(self.0.div_euclid(MICROS_PER_DAY) as i32)
    }
}

impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = civil_from_days(self.0);
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let micros = self.0.rem_euclid(MICROS_PER_DAY);
        let seconds = micros / MICROS_PER_SECOND;
        write!(f, "{}T{:02}:{:02}:{:02}", self.date(), seconds / 3_600, seconds / 60 % 60, seconds % 60)?;
        match micros % MICROS_PER_SECOND {
            0 => f.write_str("Z"),
            fraction => write!(f, ".{fraction:06}Z"),
        }
    }
}

impl serde::Serialize for Timestamp {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Timestamp {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl serde::Serialize for Date {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Date {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// How times and dates stand in JSON: as text. [RFC 3339](https://www.rfc-editor.org/rfc/rfc3339).
#[cfg(feature = "schema")]
mod schema {
    use std::borrow::Cow;

    use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

    macro_rules! text {
        ($name:ident, $format:literal, $about:literal) => {
            impl JsonSchema for super::$name {
                fn inline_schema() -> bool {
                    true
                }

                fn schema_name() -> Cow<'static, str> {
                    stringify!($name).into()
                }

                fn json_schema(_: &mut SchemaGenerator) -> Schema {
                    json_schema!({ "type": "string", "format": $format, "description": $about })
                }
            }
        };
    }

    text!(Timestamp, "date-time", "Time, in UTC.");
    text!(Date, "date", "Day.");
}
