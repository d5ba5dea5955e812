//! Dates of birth as lists and files give them: a day, a month, a year, a span of years, each exact or about; and what two say of each other.

use serde::{Deserialize, Serialize};
use tributary_model::Date;
use tributary_model::time::{civil_from_days, days_from_civil};

/// Years by which an approximate date is widened on either side.
const CIRCA_YEARS: i32 = 2;
/// Widest span of years that is accepted.
const SPAN_YEARS_MAX: i32 = 40;

/// A date of birth: the first and last day it may be, and whether the source calls it approximate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Birth {
    from: i32,
    to: i32,
    circa: bool,
}

/// How two dates of birth stand to each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BirthLevel {
    /// The same day.
    Day,
    /// Day and month exchanged, in one year.
    Swapped,
    /// The same day and month, the year one digit apart.
    YearDigit,
    /// The same year; one side says no more, or says 1 January as writers do who know the year alone.
    Year,
    /// The spans overlap; one of them is approximate or longer than a year.
    Span,
    /// One year apart, and one side says no more than the year.
    NextYear,
    /// The same year, days that differ.
    OtherDay,
    /// One to five years apart.
    Near,
    /// More than five years apart.
    Far,
}

impl BirthLevel {
    /// What it says for one person rather than two, in nats: ln(m/u) with u from birth years spread over about 55 years
    /// and m from how lists and files err; stated in docs/screening.md, not fitted.
    #[must_use]
    pub const fn log_odds(self) -> f64 {
        match self {
            Self::Day => 7.0,
            Self::Swapped => 4.5,
            Self::YearDigit => 3.0,
            Self::Year => 2.8,
            Self::Span => 1.5,
            Self::NextYear => 1.0,
            Self::OtherDay => 0.3,
            Self::Near => -1.5,
            Self::Far => -4.0,
        }
    }

    /// Does it speak for one person?
    #[must_use]
    pub const fn agrees(self) -> bool {
        self.log_odds() > 0.5
    }
}

impl Birth {
    /// A day.
    #[must_use]
    pub const fn day(date: Date) -> Self {
        Self { from: date.0, to: date.0, circa: false }
    }

    /// A year.
    #[must_use]
    pub fn year(year: i32) -> Option<Self> {
        Self::years(year, year)
    }

    /// A span of years, both ends in it; None when it is turned round, too wide, or outside the years 1900 to 2100.
    #[must_use]
    pub fn years(from: i32, to: i32) -> Option<Self> {
        let known = 1900..=2100;
        let fits = known.contains(&from) && known.contains(&to) && from <= to && to - from <= SPAN_YEARS_MAX;
        fits.then(|| Self { from: days_from_civil(from, 1, 1), to: days_from_civil(to, 12, 31), circa: false })
    }

    /// A month of a year.
    #[must_use]
    pub fn month(year: i32, month: u32) -> Option<Self> {
        if !(1900..=2100).contains(&year) || !(1..=12).contains(&month) {
            return None;
        }
        let next = if month == 12 { days_from_civil(year + 1, 1, 1) } else { days_from_civil(year, month + 1, 1) };
        Some(Self { from: days_from_civil(year, month, 1), to: next - 1, circa: false })
    }

    /// A span of days.
    #[must_use]
    pub fn span(from: Self, to: Self) -> Option<Self> {
        let fits = from.from <= to.to && to.to - from.from <= SPAN_YEARS_MAX * 366;
        fits.then_some(Self { from: from.from, to: to.to, circa: from.circa || to.circa })
    }

    /// The same, called approximate.
    #[must_use]
    pub const fn circa(self) -> Self {
        Self { circa: true, ..self }
    }

    /// Reads what lists write: `1971`, `1971-03`, `1971-03-25`, `25 Mar 1971`, `Mar 1971`, `circa 1971`, `1971 to 1973`, `1971-1973`,
    /// `25 Mar 1971 to 2 May 1971`, `25/03/1971`. None for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('.').trim();
        if text.len() > 64 {
            return None;
        }
        for start in ["circa ", "Circa ", "approximately ", "Approximately ", "c. ", "ca. ", "about ", "~"] {
            if let Some(rest) = text.strip_prefix(start) {
                return Self::parse(rest).map(Self::circa);
            }
        }
        for between in [" to ", " - ", "/"] {
            if let Some((from, to)) = text.split_once(between).filter(|(_, to)| between != "/" || !to.contains('/')) {
                return Self::span(Self::parse(from)?, Self::parse(to)?);
            }
        }
        if let Some((from, to)) = text.split_once('-').filter(|(from, to)| from.len() == 4 && to.len() == 4) {
            return Self::years(from.parse().ok()?, to.parse().ok()?);
        }
        Self::one(text)
    }

    fn one(text: &str) -> Option<Self> {
        if let Some(date) = text.get(..10).filter(|_| text.len() == 10 || text.get(10..11) == Some("T")).and_then(|day| Date::parse(day).ok()) {
            return Some(Self::day(date));
        }
        let parts: Vec<&str> = text.split([' ', '-', '/']).filter(|part| !part.is_empty()).collect();
        match parts.as_slice() {
            [year] => Self::year(year.parse().ok()?),
            [first, second] if first.len() == 4 => Self::month(first.parse().ok()?, second.parse().ok()?),
            [first, second] => Self::month(second.parse().ok()?, month(first)?),
            [day, name, year] => {
                let month = month(name).or_else(|| name.parse().ok())?;
                let (day, year): (u32, i32) = (day.parse().ok()?, year.parse().ok()?);
                Date::parse(&format!("{year:04}-{month:02}-{day:02}")).ok().map(Self::day)
            }
            _ => None,
        }
    }

    /// Is it one day?
    #[must_use]
    pub const fn is_day(self) -> bool {
        self.from == self.to
    }

    /// A day that is 1 January, which writers put for a year alone.
    fn new_year(self) -> bool {
        let (_, month, day) = civil_from_days(self.from);
        self.is_day() && month == 1 && day == 1
    }

    /// First and last year, widened where approximate.
    fn year_span(self) -> (i32, i32) {
        let wide = if self.circa { CIRCA_YEARS } else { 0 };
        (civil_from_days(self.from).0 - wide, civil_from_days(self.to).0 + wide)
    }

    /// How two stand to each other. Symmetric.
    #[must_use]
    pub fn level(self, other: Self) -> BirthLevel {
        let (a, b) = (self.year_span(), other.year_span());
        let apart = (a.0 - b.1).max(b.0 - a.1);
        if apart > 5 {
            return self.digit(other).unwrap_or(BirthLevel::Far);
        }
        let days = self.is_day() && other.is_day() && !self.circa && !other.circa;
        if days && self.from == other.from && !self.new_year() {
            return BirthLevel::Day;
        }
        let known_days = days && !self.new_year() && !other.new_year();
        if apart > 0 {
            let digit = self.digit(other).filter(|_| known_days);
            return digit.unwrap_or(if apart == 1 && !known_days { BirthLevel::NextYear } else { BirthLevel::Near });
        }
        if known_days {
            let ((_, month_a, day_a), (_, month_b, day_b)) = (civil_from_days(self.from), civil_from_days(other.from));
            return if (month_a, day_a) == (day_b, month_b) { BirthLevel::Swapped } else { BirthLevel::OtherDay };
        }
        let overlap = self.from <= other.to && other.from <= self.to;
        let narrow = a.0 == a.1 && b.0 == b.1;
        match (narrow, overlap || self.new_year() || other.new_year()) {
            (true, true) => BirthLevel::Year,
            (true, false) => BirthLevel::OtherDay,
            (false, _) => BirthLevel::Span,
        }
    }

    /// Same day and month, years that differ in one digit.
    fn digit(self, other: Self) -> Option<BirthLevel> {
        let ((year_a, month_a, day_a), (year_b, month_b, day_b)) = (civil_from_days(self.from), civil_from_days(other.from));
        let digits = |year: i32| [year / 1_000 % 10, year / 100 % 10, year / 10 % 10, year % 10];
        let differ = digits(year_a).iter().zip(digits(year_b)).filter(|(a, b)| **a != *b).count();
        let fits = self.is_day() && other.is_day() && !self.new_year() && (month_a, day_a) == (month_b, day_b) && differ == 1;
        fits.then_some(BirthLevel::YearDigit)
    }
}

fn month(name: &str) -> Option<u32> {
    let months = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let name = name.to_lowercase();
    let known = name.len() >= 3;
    months.iter().position(|month| known && name.starts_with(month)).and_then(|at| u32::try_from(at + 1).ok())
}

impl std::fmt::Display for Birth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let about = if self.circa { "about " } else { "" };
        let (from, to) = (civil_from_days(self.from), civil_from_days(self.to));
        let years = (from.1, from.2, to.1, to.2) == (1, 1, 12, 31);
        match (self.is_day(), years, from.0 == to.0) {
            (true, _, _) => write!(f, "{about}{}", Date(self.from)),
            (_, true, true) => write!(f, "{about}{}", from.0),
            (_, true, false) => write!(f, "{about}{} to {}", from.0, to.0),
            _ => write!(f, "{about}{} to {}", Date(self.from), Date(self.to)),
        }
    }
}
