//! Times as entries write them: RFC 3339, UTC, milliseconds.

const DAY: u64 = 86_400_000;

/// Days since 1970-01-01 of a day in the proleptic Gregorian calendar, from 1970 on.
fn days(year: u64, month: u64, day: u64) -> u64 {
    // Years begin in March, so that the leap day is a year's last (Howard Hinnant, chrono-compatible date algorithms).
    let shifted = if month > 2 { year } else { year - 1 };
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    shifted * 365 + shifted / 4 - shifted / 100 + shifted / 400 + of_year - 719_468
}

/// Year, month and day of a number of days since 1970-01-01.
const fn date(days: u64) -> (u64, u64, u64) {
    let shifted = days + 719_468;
    let (era, of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = era * 400 + year_of_era + if month <= 2 { 1 } else { 0 };
    (year, month, of_year - (153 * from_march + 2) / 5 + 1)
}

/// `2026-01-31T09:30:00.000Z` of milliseconds since 1970; `None` after the year 9999.
#[must_use]
pub fn write_time(ms: u64) -> Option<String> {
    let (year, month, day) = date(ms / DAY);
    let second = ms % DAY / 1000;
    let (hour, minute) = (second / 3600, second % 3600 / 60);
    (year <= 9999).then(|| format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{:02}.{:03}Z", second % 60, ms % 1000))
}

/// Milliseconds since 1970 of the one writing of a time; `None` for any other text.
#[must_use]
pub fn parse_time(text: &str) -> Option<u64> {
    let number = |from: usize, to: usize| text.get(from..to).filter(|t| t.bytes().all(|b| b.is_ascii_digit()))?.parse::<u64>().ok();
    if text.len() != 24 {
        return None;
    }
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second, part) = (number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 23)?);
    if year < 1970 || !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    let ms = days(year, month, day) * DAY + ((hour * 60 + minute) * 60 + second) * 1000 + part;
    // Whatever is out of range comes back as another text.
    (write_time(ms)? == text).then_some(ms)
}
