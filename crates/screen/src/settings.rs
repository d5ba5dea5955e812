//! What a screening is run with. Every figure is an argument; the defaults are the committed operating point.

use serde::{Deserialize, Serialize};

/// Settings of a screener.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Evidence, in nats, from which something is a hit for a query without a date of birth.
    pub log_odds_min: f64,
    /// The same for a query with one: who can say more must, since a date also agrees by chance.
    pub log_odds_min_dated: f64,
    /// Evidence of the names alone, in nats, below which nothing but a hard identifier makes a hit.
    pub name_log_odds_min: f64,
    /// Evidence, in nats, that is lost between a whole agreement of two names and none: what is said by tokens that only one side has beyond
    /// their weight.
    pub partial_log_odds: f64,
    /// Share of ln(ways) that is lost where only some names of their own agree: two of four can be chosen in six ways, and chance has as many.
    pub choice_share: f64,
    /// Share of its evidence that a weak alias keeps, 0..=1.
    pub weak_alias_share: f64,
    /// Most days between a list's date and the day of screening; beyond it the screening abstains.
    pub list_age_days_max: i32,
    /// Most hits of one query.
    pub hits_max: usize,
    /// Most names compared in full for one query; the likeliest first.
    pub candidates_max: usize,
    /// Evidence, in nats, that the name asked about must be able to give; below it the screening abstains unless an identifier speaks.
    pub query_weight_min: f64,
    /// Odds, as a logarithm, that a name asked about and a listed one are one, before anything is compared.
    pub prior_log_odds: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            log_odds_min: 4.75,
            log_odds_min_dated: 6.0,
            name_log_odds_min: 3.5,
            partial_log_odds: 4.0,
            choice_share: 1.0,
            weak_alias_share: 0.6,
            list_age_days_max: 30,
            hits_max: 50,
            candidates_max: 4_096,
            query_weight_min: 4.0,
            prior_log_odds: -9.2,
        }
    }
}

impl Settings {
    /// Evidence, in nats, from which something is a hit for a query with or without a date of birth.
    pub(crate) const fn least(&self, dated: bool) -> f64 {
        if dated { self.log_odds_min_dated } else { self.log_odds_min }
    }
}

/// Most probability that is ever shown: no name proves who somebody is.
pub const PROBABILITY_MAX: f64 = 0.999;

/// The probability to show for evidence: logistic, and below 1 whatever the evidence. Order hits by log-odds, not by it.
#[must_use]
pub fn probability(log_odds: f64, prior_log_odds: f64) -> f64 {
    (1.0 / (1.0 + (-(log_odds + prior_log_odds)).exp())).min(PROBABILITY_MAX)
}
