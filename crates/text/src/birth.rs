//! Dates of birth as they are written in the region: 1 January for "about that year", day and month changed over, Hijri years.

/// What two dates of birth have in common, from most to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BirthLevel {
    /// The same day.
    Exact,
    /// Day and month stand in each other's place.
    Swapped,
    /// One digit differs.
    OneDigit,
    /// One side is the 1st of January (or a bare year), which stands for "about that year", and the years are the same.
    EstimatedSameYear,
    /// The same with years one apart.
    EstimatedNearYear,
    /// The same day once one side is read in the Hijri or Solar Hijri calendar; Hijri within two days, since months begin by the moon.
    OtherCalendar,
    /// The years agree and nothing else.
    YearOnly,
    /// Another date.
    Different,
    /// A date is missing or no date.
    Unknown,
}

/// A date of birth as written; month and day are 0 when only the year is given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BirthDate {
    /// Year of the calendar it was written in: 1250..=2150.
    pub year: u16,
    /// 0..=12.
    pub month: u8,
    /// 0..=31.
    pub day: u8,
}

/// Years read as Hijri or Solar Hijri rather than Gregorian.
const OTHER_YEARS: std::ops::RangeInclusive<u16> = 1250..=1499;
const YEARS: std::ops::RangeInclusive<u16> = 1250..=2150;

impl BirthDate {
    /// Reads `YYYY-MM-DD`, `YYYY-MM` or `YYYY` (digits of any script; `-`, `/` or `.` between). `None` for anything else and for impossible dates.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain: String = crate::ascii_digits(text.get(..text.len().min(64)).unwrap_or_default());
        let mut parts = plain.trim().split(['-', '/', '.']);
        let year: u16 = parts.next().filter(|part| part.len() == 4)?.parse().ok()?;
        let mut part = || parts.next().map_or(Some(0), |part| part.parse::<u8>().ok());
        let (month, day) = (part()?, part()?);
        let possible = YEARS.contains(&year) && month <= 12 && day <= 31 && (month > 0 || day == 0) && parts.next().is_none();
        possible.then_some(Self { year, month, day })
    }

    /// Does it stand for "about that year"?
    const fn estimated(self) -> bool {
        self.month == 0 || (self.month == 1 && self.day <= 1)
    }

    fn digits(self) -> [u16; 8] {
        let (year, month, day) = (self.year, u16::from(self.month), u16::from(self.day));
        [year / 1000, year / 100 % 10, year / 10 % 10, year % 10, month / 10, month % 10, day / 10, day % 10]
    }
}

/// What two dates of birth have in common. Symmetric.
#[must_use]
pub fn compare_birth_dates(a: &str, b: &str) -> BirthLevel {
    let (Some(a), Some(b)) = (BirthDate::parse(a), BirthDate::parse(b)) else {
        return BirthLevel::Unknown;
    };
    if OTHER_YEARS.contains(&a.year) != OTHER_YEARS.contains(&b.year) {
        let (other, gregorian) = if OTHER_YEARS.contains(&a.year) { (a, b) } else { (b, a) };
        return across_calendars(other, gregorian);
    }
    if a == b && a.month > 0 {
        return if a.estimated() { BirthLevel::EstimatedSameYear } else { BirthLevel::Exact };
    }
    if a.estimated() || b.estimated() {
        return match a.year.abs_diff(b.year) {
            0 => BirthLevel::EstimatedSameYear,
            1 => BirthLevel::EstimatedNearYear,
            _ => BirthLevel::Different,
        };
    }
    let one_digit = a.digits().iter().zip(b.digits()).filter(|(a, b)| **a != *b).count() == 1;
    match a.year == b.year {
        true if a.month == b.day && a.day == b.month => BirthLevel::Swapped,
        _ if one_digit => BirthLevel::OneDigit,
        true => BirthLevel::YearOnly,
        false => BirthLevel::Different,
    }
}

/// A Hijri or Solar Hijri date against a Gregorian one.
fn across_calendars(other: BirthDate, gregorian: BirthDate) -> BirthLevel {
    if other.month == 0 || gregorian.estimated() {
        // A Solar Hijri year begins in March, a Hijri year anywhere: either of the two years it touches.
        let solar = [other.year + 621, other.year + 622];
        let lunar = (u32::from(other.year) * 97 / 100 + 622) as u16;
        let same = solar.contains(&gregorian.year) || gregorian.year.abs_diff(lunar) <= 1;
        return if same { BirthLevel::EstimatedSameYear } else { BirthLevel::Different };
    }
    let day = gregorian_day(i64::from(gregorian.year), i64::from(gregorian.month), i64::from(gregorian.day));
    let near = |found: i64, days: i64| (found - day).abs() <= days;
    if near(solar_hijri_day(other), 1) || near(hijri_day(other), 2) { BirthLevel::OtherCalendar } else { BirthLevel::Different }
}

/// Julian day number of a Gregorian date (Fliegel and Van Flandern 1968).
const fn gregorian_day(year: i64, month: i64, day: i64) -> i64 {
    let a = (month - 14) / 12;
    (1461 * (year + 4800 + a)) / 4 + (367 * (month - 2 - 12 * a)) / 12 - (3 * ((year + 4900 + a) / 100)) / 4 + day - 32_075
}

/// Julian day number of a Hijri date in the arithmetic (tabular) calendar, civil epoch.
fn hijri_day(date: BirthDate) -> i64 {
    let (year, month, day) = (i64::from(date.year), i64::from(date.month), i64::from(date.day));
    (11 * year + 3) / 30 + 354 * year + 30 * month - (month - 1) / 2 + day + 1_948_440 - 385
}

/// Julian day number of a Solar Hijri date, leap years by the 2,820-year cycle (Birashk 1993); right to a day for 1250–1499.
fn solar_hijri_day(date: BirthDate) -> i64 {
    let (year, month, day) = (i64::from(date.year), i64::from(date.month), i64::from(date.day));
    let base = year - 474;
    let cycle_year = 474 + base.rem_euclid(2_820);
    let months = if month <= 7 { (month - 1) * 31 } else { (month - 1) * 30 + 6 };
    day + months + (cycle_year * 682 - 110) / 2_816 + (cycle_year - 1) * 365 + base.div_euclid(2_820) * 1_029_983 + 1_948_320
}
