//! Do two parties contradict each other?

use tributary_model::time::civil_from_days;
use tributary_model::{Date, time::days_from_civil};

use crate::party::Party;

/// The prefix of a licence in normalised documents.
pub(crate) const LICENCE: &str = "licence:";

/// Have two lists, the second sorted, a value in common?
pub(crate) fn share<T: Ord>(a: &[T], b: &[T]) -> bool {
    a.iter().any(|value| b.binary_search(value).is_ok())
}

/// Could two birth dates be one, written carelessly: at most a day apart, day and month swapped, or two digits of the year swapped?
pub(crate) fn close(a: Date, b: Date) -> bool {
    if (i64::from(a.0) - i64::from(b.0)).abs() <= 1 {
        return true;
    }
    let ((year_a, month_a, day_a), (year_b, month_b, day_b)) = (civil_from_days(a.0), civil_from_days(b.0));
    if year_a == year_b {
        return (month_a, day_a) == (day_b, month_b);
    }
    (month_a, day_a) == (month_b, day_b) && (year_a / 100, year_a % 10, year_a / 10 % 10) == (year_b / 100, year_b / 10 % 10, year_b % 10)
}

/// Do both give birth dates, none of which could be one?
pub(crate) fn birth_dates_differ(a: &Party<'_>, b: &Party<'_>) -> bool {
    !a.birth_dates.is_empty()
        && !b.birth_dates.is_empty()
        && !a.birth_dates.iter().any(|date_a| b.birth_dates.iter().any(|date_b| close(*date_a, *date_b)))
}

/// Do both give names, none of which is shared?
pub(crate) fn names_differ(a: &Party<'_>, b: &Party<'_>) -> bool {
    !a.names.is_empty() && !b.names.is_empty() && !share(&a.names, &b.names)
}

/// Do they share an identity document under different names and birth dates? The document then.
pub(crate) fn identity_theft<'a>(a: &'a Party<'_>, b: &Party<'_>) -> Option<&'a str> {
    if !names_differ(a, b) || !birth_dates_differ(a, b) {
        return None;
    }
    a.documents.iter().find(|document| !document.starts_with(LICENCE) && b.documents.binary_search(document).is_ok()).map(String::as_str)
}

/// Is it 1 January, which registries write when only the year is known?
pub(crate) fn estimated(date: Date) -> bool {
    let (year, _, _) = civil_from_days(date.0);
    date.0 == days_from_civil(year, 1, 1)
}

/// Was each active within `gap` microseconds of the other, or is that unknown?
pub(crate) fn active_together(a: &Party<'_>, b: &Party<'_>, gap: i64) -> bool {
    match (a.active, b.active) {
        (Some(a), Some(b)) => a.0 <= b.1.saturating_add(gap) && b.0 <= a.1.saturating_add(gap),
        _ => true,
    }
}
