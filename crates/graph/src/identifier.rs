//! How much a shared identifier says: its rarity, and whether its users used it at one time.

/// First and last time something was seen, microseconds since 1970 UTC; `first <= last`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Activity {
    /// First seen.
    pub first: i64,
    /// Last seen.
    pub last: i64,
}

/// How rare a thing is that `df` of `n_total` have: `ln(N/df) / ln N`, clamped to 0..=1.
/// 1 for what only one has, 0 for what all have. Counts over the period looked at, not for all time.
/// 0 when there is nobody to compare with (`n_total` below 2) or nobody has it.
#[must_use]
pub fn rarity(n_total: u64, df: u64) -> f64 {
    if n_total < 2 || df == 0 {
        return 0.0;
    }
    let total = n_total as f64;
    ((total / df as f64).ln() / total.ln()).clamp(0.0, 1.0)
}

/// Did two users of an identifier use it at one time, allowing `slack` microseconds between them?
///
/// Numbers are recycled: when one user's last use lies more than `slack` before the other's first, the identifier changed hands and
/// says nothing about the two.
#[must_use]
pub fn overlapping_activity(a: Activity, b: Activity, slack: i64) -> bool {
    let slack = slack.max(0);
    a.first <= b.last.saturating_add(slack) && b.first <= a.last.saturating_add(slack)
}
