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
