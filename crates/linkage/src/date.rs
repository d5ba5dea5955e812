//! Calendar dates as they are written in records, and how two of them may differ.

/// A date as written: year, month and day, which need not exist in a calendar (30 February does occur in records).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Written {
    /// Four-digit year.
    pub year: u16,
    /// 1..=12, or 0 when not given.
    pub month: u8,
    /// 1..=31, or 0 when not given.
    pub day: u8,
}

/// Reads `2001-02-03`, `2001/02/03`, `20010203`, `03/02/2001`, `2001-02` and `2001`; anything else is `None`.
#[must_use]
pub fn read(text: &str) -> Option<Written> {
    let text = text.split(['t', ' ']).next().unwrap_or("");
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let parts: Vec<&str> = if digits == text.len() {
        match text.len() {
            8 => vec![text.get(..4)?, text.get(4..6)?, text.get(6..)?],
            4 => vec![text],
            _ => return None,
        }
    } else {
        text.split(['-', '/', '.']).collect()
    };
    let number = |i: usize| parts.get(i).map_or(Some(0), |p| p.parse::<u16>().ok());
    if parts.is_empty() || parts.len() > 3 {
        return None;
    }
    let (mut year, month, mut day) = (number(0)?, number(1)?, number(2)?);
    if parts.len() == 3 && parts.first()?.len() <= 2 && parts.get(2)?.len() == 4 {
        (year, day) = (day, year);
    }
    let sane = (1000..=2999).contains(&year) && month <= 31 && day <= 31;
    sane.then(|| Written { year, month: u8::try_from(month).unwrap_or(0), day: u8::try_from(day).unwrap_or(0) })
}

/// How two dates agree, best first. The order is the order of levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Agreement {
    /// The same.
    Exact = 0,
    /// Day and month change places.
    Swapped = 1,
    /// Same year; one of the two is 1 January, the habit where a birthday is not known.
    NewYearHabit = 2,
    /// Same year and month, days one digit or one day apart.
    DayDigit = 3,
    /// Same month and day, years one digit or one or ten years apart.
    YearDigit = 4,
    /// One digit or one transposition elsewhere.
    OneDigit = 5,
    /// Same year and month.
    SameMonth = 6,
    /// Same month and day.
    SameDay = 7,
    /// Same year.
    SameYear = 8,
    /// Years at most one apart.
    NearYear = 9,
    /// None of these.
    Different = 10,
}

/// Number of levels of [`Agreement`].
pub const AGREEMENTS: u8 = 11;

fn one_digit(a: u16, b: u16) -> bool {
    let (mut a, mut b, mut differing) = (a, b, 0);
    while a > 0 || b > 0 {
        differing += u16::from(a % 10 != b % 10);
        a /= 10;
        b /= 10;
    }
    differing <= 1
}

fn digits_swapped(a: u16, b: u16) -> bool {
    a % 10 == b / 10 % 10 && a / 10 % 10 == b % 10 && a / 100 == b / 100
}

/// How `a` and `b` agree.
#[must_use]
pub fn agree(a: Written, b: Written) -> Agreement {
    let (year, month, day) = (a.year == b.year, a.month == b.month, a.day == b.day);
    let near = |x: u16, y: u16| one_digit(x, y) || x.abs_diff(y) == 1 || digits_swapped(x, y);
    let habit = |d: Written| d.month <= 1 && d.day <= 1;
    if year && month && day {
        Agreement::Exact
    } else if year && a.month == b.day && a.day == b.month {
        Agreement::Swapped
    } else if year && (habit(a) || habit(b)) {
        Agreement::NewYearHabit
    } else if year && month {
        if near(a.day.into(), b.day.into()) || a.day.abs_diff(b.day) == 10 { Agreement::DayDigit } else { Agreement::SameMonth }
    } else if month && day {
        if near(a.year, b.year) || a.year.abs_diff(b.year) == 10 { Agreement::YearDigit } else { Agreement::SameDay }
    } else if year && day && near(a.month.into(), b.month.into()) {
        Agreement::OneDigit
    } else if year {
        Agreement::SameYear
    } else if a.year.abs_diff(b.year) <= 1 {
        Agreement::NearYear
    } else {
        Agreement::Different
    }
}
