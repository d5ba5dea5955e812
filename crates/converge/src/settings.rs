//! Every number the convergence search depends on, in one place, with units and ranges.

use serde::{Deserialize, Serialize};

/// Settings of a run. A change of any of them changes the settings hash in every alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Settings {
    /// Seed of everything drawn.
    pub seed: u64,
    /// Share of the walk that goes on at each step, 0..1.
    pub walk_damping: f64,
    /// Longest walk, in steps.
    pub walk_steps: u32,
    /// Proximity below which a walk is not followed.
    pub walk_cutoff: f64,
    /// Proximity from which evidence counts as belonging to one network, 0..1.
    pub network_proximity: f64,
    /// Most evidence-bearing nodes in one network.
    pub network_seeds_max: usize,
    /// Most one family can add to a network, natural log.
    pub family_cap: f64,
    /// Most one source can add to a network, natural log: an echo counts once.
    pub source_cap: f64,
    /// Families needed on each side of an alert (design invariant 4, SG-010).
    pub families_min: usize,
    /// Independent sources needed by a convergence alert (SG-010, SG-104).
    pub sources_min: usize,
    /// Comparable places to which a network is moved in the null model.
    pub null_places_max: usize,
    /// Draws of the one-sided null model at the most.
    pub null_draws_max: u32,
    /// Exceedances after which drawing stops (sequential Monte Carlo).
    pub null_exceedances: u32,
    /// How many times as often as counted other evidence is taken to fall near a network by chance, 1 or more: one lawful
    /// business can trip several indicators for one reason.
    pub null_overdispersion: f64,
    /// Fewest nodes in a stratum; smaller ones are merged with coarser ones.
    pub stratum_size_min: usize,
    /// Findings with a larger q-value are not reported.
    pub q_report_max: f64,
    /// Longest joining path, in links.
    pub path_links_max: usize,
    /// Observations shown with each indicator and link.
    pub observations_shown_max: usize,
}

impl Settings {
    /// What is out of range, in plain words; `None` when all is well. The floors of an alert can be raised and never lowered.
    #[must_use]
    pub fn problem(&self) -> Option<&'static str> {
        let fraction = |value: f64| value.is_finite() && (0.0..1.0).contains(&value);
        let checks = [
            (self.families_min >= 2, "`families_min` is below 2: one family of indicators never raises an alert"),
            (self.sources_min >= 2, "`sources_min` is below 2: one source never raises a convergence alert"),
            (self.null_overdispersion.is_finite() && self.null_overdispersion >= 1.0, "`null_overdispersion` is below 1"),
            (fraction(self.walk_damping) && self.walk_damping > 0.0, "`walk_damping` is not between 0 and 1"),
            (fraction(self.walk_cutoff) && self.walk_cutoff >= 1e-6, "`walk_cutoff` is not between 0.000001 and 1"),
            ((1..=20).contains(&self.walk_steps), "`walk_steps` is not 1 to 20"),
            (fraction(self.network_proximity) && self.network_proximity > 0.0, "`network_proximity` is not between 0 and 1"),
            ((1..=1_000).contains(&self.network_seeds_max), "`network_seeds_max` is not 1 to 1000"),
            (self.family_cap > 0.0 && self.family_cap <= 10.0, "`family_cap` is not above 0 and at most 10"),
            (self.source_cap > 0.0 && self.source_cap <= 20.0, "`source_cap` is not above 0 and at most 20"),
            ((100..=1_000_000).contains(&self.null_places_max), "`null_places_max` is not 100 to 1000000"),
            ((100..=10_000_000).contains(&self.null_draws_max), "`null_draws_max` is not 100 to 10000000"),
            (self.null_exceedances >= 10, "`null_exceedances` is below 10"),
            (self.stratum_size_min >= 2, "`stratum_size_min` is below 2"),
            (self.q_report_max.is_finite() && self.q_report_max > 0.0 && self.q_report_max <= 1.0, "`q_report_max` is not above 0 and at most 1"),
            ((1..=32).contains(&self.path_links_max), "`path_links_max` is not 1 to 32"),
            ((1..=1_000).contains(&self.observations_shown_max), "`observations_shown_max` is not 1 to 1000"),
        ];
        checks.into_iter().find(|(well, _)| !well).map(|(_, problem)| problem)
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            seed: 1,
            walk_damping: 0.75,
            walk_steps: 5,
            walk_cutoff: 1e-4,
            network_proximity: 0.02,
            network_seeds_max: 40,
            family_cap: 3.0,
            source_cap: 5.0,
            families_min: 2,
            sources_min: 2,
            null_places_max: 20_000,
            null_draws_max: 20_000,
            null_exceedances: 50,
            null_overdispersion: 5.0,
            stratum_size_min: 3_000,
            q_report_max: 0.5,
            path_links_max: 8,
            observations_shown_max: 20,
        }
    }
}
