//! Reading times that are not RFC 3339: zones, patterns, counts since a date.

use tributary_model::time::{MICROS_PER_DAY, MICROS_PER_SECOND, TimeError};
use tributary_model::{Date, Timestamp};

/// Zones whose clocks have stood still since 2017 or longer, in minutes ahead of UTC. Zones that change their clocks are not
/// here: a fixed offset would be wrong for half of the year.
const ZONES: [(&str, i32); 33] = [
    ("UTC", 0),
    ("Etc/UTC", 0),
    ("Asia/Karachi", 300),
    ("Asia/Kabul", 270),
    ("Asia/Dubai", 240),
    ("Asia/Muscat", 240),
    ("Asia/Riyadh", 180),
    ("Asia/Qatar", 180),
    ("Asia/Kuwait", 180),
    ("Asia/Bahrain", 180),
    ("Asia/Baghdad", 180),
    ("Asia/Aden", 180),
    ("Asia/Kolkata", 330),
    ("Asia/Kathmandu", 345),
    ("Asia/Colombo", 330),
    ("Asia/Dhaka", 360),
    ("Asia/Tashkent", 300),
    ("Asia/Dushanbe", 300),
    ("Asia/Ashgabat", 300),
    ("Asia/Bishkek", 360),
    ("Asia/Bangkok", 420),
    ("Asia/Yangon", 390),
    ("Asia/Phnom_Penh", 420),
    ("Asia/Kuala_Lumpur", 480),
    ("Asia/Singapore", 480),
    ("Asia/Shanghai", 480),
    ("Asia/Urumqi", 360),
    ("Asia/Baku", 240),
    ("Asia/Tbilisi", 240),
    ("Europe/Istanbul", 180),
    ("Europe/Moscow", 180),
    ("Africa/Nairobi", 180),
    ("Africa/Tripoli", 120),
];

/// Minutes ahead of UTC of a zone given as `+05:00` or by name.
#[must_use]
pub fn zone_minutes(zone: &str) -> Option<i32> {
    if zone == "Z" {
        return Some(0);
    }
    if let Some((_, minutes)) = ZONES.iter().find(|(name, _)| *name == zone) {
        return Some(*minutes);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_once(':')?;
    if hours.len() != 2 || minutes.len() != 2 || !digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b':') {
        return None;
    }
    let (hours, minutes): (i32, i32) = (hours.parse().ok()?, minutes.parse().ok()?);
    (hours <= 14 && minutes <= 59).then_some(sign * (hours * 60 + minutes))
}

/// How a mapping's column of times is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// RFC 3339 with an offset.
    Offset,
    /// RFC 3339 without offset, or a date, on a clock that many minutes ahead of UTC.
    Zone(i32),
    /// A pattern such as `%Y/%m/%d %H:%M`, on a clock that many minutes ahead of UTC.
    Pattern(String, i32),
    /// A whole number of units (microseconds each) since a moment.
    Since(Timestamp, i64),
}

impl Clock {
    /// Reads a time.
    pub(crate) fn read(&self, text: &str) -> Result<Timestamp, TimeError> {
        match self {
            Self::Offset => Timestamp::parse(text),
            Self::Zone(minutes) => Timestamp::parse_local(text, *minutes),
            Self::Pattern(pattern, minutes) => {
                let local = by_pattern(pattern, text).ok_or(TimeError::Shape)??;
                Ok(Timestamp(local.0 - i64::from(*minutes) * 60 * MICROS_PER_SECOND))
            }
            Self::Since(start, unit) => {
                let count: i64 = text.parse().map_err(|_| TimeError::Shape)?;
                let micros = count.checked_mul(*unit).and_then(|micros| micros.checked_add(start.0)).ok_or(TimeError::Range)?;
                in_range(Timestamp(micros))
            }
        }
    }

    /// Reads a date: with a pattern or a count as the day of the time read; otherwise as ISO 8601.
    pub(crate) fn read_date(&self, text: &str) -> Result<Date, TimeError> {
        match self {
            Self::Offset | Self::Zone(_) => Date::parse(text),
            Self::Pattern(pattern, _) => by_pattern(pattern, text).ok_or(TimeError::DateShape)?.map(Timestamp::date),
            Self::Since(..) => self.read(text).map(Timestamp::date),
        }
    }
}

fn in_range(time: Timestamp) -> Result<Timestamp, TimeError> {
    let first = tributary_model::time::days_from_civil(tributary_model::time::YEAR_MIN, 1, 1);
    let after = tributary_model::time::days_from_civil(tributary_model::time::YEAR_MAX + 1, 1, 1);
    let range = i64::from(first) * MICROS_PER_DAY..i64::from(after) * MICROS_PER_DAY;
    if range.contains(&time.0) { Ok(time) } else { Err(TimeError::Range) }
}

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// Reads by a pattern of `%Y %m %d %H %M %S %f %b %%` and plain characters. None: the text does not fit the pattern.
fn by_pattern(pattern: &str, text: &str) -> Option<Result<Timestamp, TimeError>> {
    let (mut year, mut month, mut day, mut hour, mut minute, mut second, mut micros) = (1970_u32, 1_u32, 1_u32, 0_u32, 0_u32, 0_u32, 0_u32);
    let mut rest = text;
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        if sign != '%' {
            rest = rest.strip_prefix(sign)?;
            continue;
        }
        match signs.next()? {
            'Y' => (year, rest) = number(rest, 4, 4)?,
            'm' => (month, rest) = number(rest, 1, 2)?,
            'd' => (day, rest) = number(rest, 1, 2)?,
            'H' => (hour, rest) = number(rest, 1, 2)?,
            'M' => (minute, rest) = number(rest, 2, 2)?,
            'S' => (second, rest) = number(rest, 2, 2)?,
            'f' => {
                let before = rest.len();
                (micros, rest) = number(rest, 1, 6)?;
                micros *= 10_u32.pow(6 - (before - rest.len()).min(6) as u32);
            }
            'b' => {
                let name = rest.get(..3)?.to_ascii_lowercase();
                month = MONTHS.iter().position(|known| *known == name)? as u32 + 1;
                rest = rest.get(3..)?;
            }
            '%' => rest = rest.strip_prefix('%')?,
            _ => return None,
        }
    }
    if !rest.is_empty() {
        return None;
    }
    let written = format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z");
    Some(Timestamp::parse(&written))
}

/// Are all signs of a pattern known?
pub(crate) fn is_pattern(pattern: &str) -> bool {
    let mut signs = pattern.chars();
    while let Some(sign) = signs.next() {
        if sign == '%' && !signs.next().is_some_and(|kind| "YmdHMSfb%".contains(kind)) {
            return false;
        }
    }
    true
}

fn number(text: &str, digits_min: usize, digits_max: usize) -> Option<(u32, &str)> {
    let digits = text.bytes().take(digits_max).take_while(u8::is_ascii_digit).count();
    if digits < digits_min {
        return None;
    }
    let (number, rest) = text.split_at_checked(digits)?;
    Some((number.parse().ok()?, rest))
}
