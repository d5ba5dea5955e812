//! Which networks of the two sides meet: one test for each trafficking network, against all financing networks at once.
//!
//! A trafficking network with all its pairs is a family of tests. Within it the maximum statistic answers for all pairs
//! ([`crate::null::moved`]); over the families runs Benjamini–Hochberg, weighted by evidence; and within the families found, pairs are
//! held to the level that the number of found families allows (Y. Benjamini and M. Bogomolov, "Selective inference on multiple
//! families of hypotheses", JRSS B 76, 2014).

use std::collections::BTreeMap;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use tributary_model::{Side, UNDECLARED};

use crate::fdr::{family_q_values, q_values};
use crate::network::{Fields, Network};
use crate::null::{Opposite, PValue, Places, field_of, moved, overlap};
use crate::report::{Abstention, Input};
use crate::strata::Strata;

/// The networks of each side.
pub(crate) struct Sides {
    pub(crate) trafficking: Vec<Network>,
    pub(crate) financing: Vec<Network>,
    pub(crate) neutral: Vec<Network>,
}

/// A meeting of two networks, tested. Indexes into [`Sides`].
pub(crate) struct Meeting {
    pub(crate) trafficking: usize,
    pub(crate) financing: usize,
    pub(crate) p: PValue,
    pub(crate) q: f64,
}

/// All meetings with any closeness, and how much was tested.
pub(crate) struct Tested {
    pub(crate) meetings: Vec<Meeting>,
    pub(crate) pairs: u64,
    pub(crate) networks: u64,
}

/// Why nothing is said, counted.
#[derive(Default)]
pub(crate) struct Abstained(BTreeMap<(&'static str, &'static str), u64>);

impl Abstained {
    pub(crate) fn note(&mut self, what: &'static str, reason: &'static str) {
        *self.0.entry((what, reason)).or_default() += 1;
    }

    pub(crate) fn finish(self) -> Vec<Abstention> {
        self.0.into_iter().map(|((what, reason), count)| Abstention { what: what.to_owned(), reason: reason.to_owned(), count }).collect()
    }
}

/// What a network's evidence is worth in a comparison: the square root of the likelihood ratio that it is what its evidence says. It
/// looks at the network alone, never at what it is close to; the root keeps one loud network from taking all the power.
fn worth(network: &Network) -> f64 {
    (network.weighed.total / 2.0).exp()
}

/// The networks that may stand on their side of a convergence alert. Looks at each alone, so the number of tests is fixed before the
/// first p-value.
fn eligible<'n>(networks: &'n [Network], what: &'static str, families_min: usize, abstained: &mut Abstained) -> Vec<(usize, &'n Network)> {
    let (enough, few): (Vec<_>, Vec<_>) = networks.iter().enumerate().partition(|(_, network)| network.opening.len() >= families_min);
    for _ in few {
        abstained.note(what, "fewer than two families of indicators on this side");
    }
    enough
}

fn fields_of(networks: &[(usize, &Network)], fields: &Fields) -> Vec<FxHashMap<u32, f64>> {
    networks.par_iter().map(|(_, network)| field_of(network, fields)).collect()
}

/// For each network of one side its closeness to those of the other that it comes close to at all, worth included, by position.
fn closenesses(networks: &[(usize, &Network)], others_fields: &[FxHashMap<u32, f64>], worths: &[f64]) -> Vec<Vec<(usize, f64)>> {
    let of = |(_, network): &(usize, &Network)| {
        let all = others_fields.iter().zip(worths).map(|(field, worth)| overlap(field, network) * worth).enumerate();
        all.filter(|(_, closeness)| *closeness > 0.0).collect()
    };
    networks.par_iter().map(of).collect()
}

/// The networks that come close to anything: places are looked up for these alone.
fn moving<'n>(networks: &[(usize, &'n Network)], close: &[Vec<(usize, f64)>]) -> Vec<&'n Network> {
    networks.iter().zip(close).filter(|(_, close)| !close.is_empty()).map(|((_, network), _)| *network).collect()
}

/// For each network of one side the p-values of its closenesses, by (its position, the other's position).
fn one_way(
    input: &Input<'_>,
    networks: &[(usize, &Network)],
    close: &[Vec<(usize, f64)>],
    opposite: &Opposite,
    strata: &Strata,
    places: &Places,
) -> BTreeMap<(usize, usize), PValue> {
    let rows: Vec<Vec<((usize, usize), PValue)>> = networks
        .par_iter()
        .zip(close)
        .enumerate()
        .filter(|(_, (_, close))| !close.is_empty())
        .map(|(at, ((_, network), close))| {
            let observed: Vec<f64> = close.iter().map(|(_, closeness)| *closeness).collect();
            let p = moved(input.graph, opposite, network, &observed, strata, places, input.settings);
            close.iter().zip(p).map(|((other, _), p)| ((at, *other), p)).collect()
        })
        .collect();
    rows.into_iter().flatten().collect()
}

/// Tests every eligible trafficking network for a meeting with any eligible financing network.
pub(crate) fn meetings(input: &Input<'_>, sides: &Sides, fields: &Fields, strata: &Strata, abstained: &mut Abstained) -> Tested {
    let settings = input.settings;
    let trafficking = eligible(&sides.trafficking, "convergence: trafficking side", settings.families_min, abstained);
    let financing = eligible(&sides.financing, "convergence: financing side", settings.families_min, abstained);
    let (fields_t, fields_f) = (fields_of(&trafficking, fields), fields_of(&financing, fields));
    let worths = |networks: &[(usize, &Network)]| -> Vec<f64> { networks.iter().map(|(_, network)| worth(network)).collect() };
    let (worths_t, worths_f) = (worths(&trafficking), worths(&financing));
    let (close_t, close_f) = (closenesses(&trafficking, &fields_f, &worths_f), closenesses(&financing, &fields_t, &worths_t));
    // Both sides are moved to the same places where their strata are the same: found once.
    let movers = moving(&trafficking, &close_t).into_iter().chain(moving(&financing, &close_f));
    let places = Places::new(input.graph, strata, movers, settings);
    let forth = one_way(input, &trafficking, &close_t, &Opposite::new(&fields_f, &worths_f), strata, &places);
    let back = one_way(input, &financing, &close_f, &Opposite::new(&fields_t, &worths_t), strata, &places);
    let mut pairs: Vec<(usize, usize, PValue)> = Vec::new();
    for ((t, f), moved_t) in forth {
        let (Some((_, net_t)), Some((_, net_f)), Some(moved_f)) = (trafficking.get(t), financing.get(f), back.get(&(f, t))) else { continue };
        if !independent(net_t, net_f, settings.sources_min) {
            abstained.note("convergence", "fewer than two independent sources");
            continue;
        }
        pairs.push((t, f, if moved_f.p >= moved_t.p { *moved_f } else { moved_t }));
    }
    let q = levels(&trafficking, &pairs);
    let index = |of: &[(usize, &Network)], at: usize| of.get(at).map_or(usize::MAX, |(index, _)| *index);
    let meetings = pairs
        .into_iter()
        .zip(q)
        .map(|((t, f, p), q)| Meeting { trafficking: index(&trafficking, t), financing: index(&financing, f), p, q })
        .collect();
    Tested { meetings, pairs: trafficking.len() as u64 * financing.len() as u64, networks: trafficking.len() as u64 }
}

/// Do the two rest on enough sources between them (SG-010, SG-104)?
fn independent(t: &Network, f: &Network, sources_min: usize) -> bool {
    debug_assert!(t.side == Side::Trafficking && f.side == Side::TerroristFinancing);
    // Whose undeclared records are is not known: they may be anybody's who is counted already.
    let mut sources: Vec<&String> = t.weighed.sources.iter().chain(&f.weighed.sources).filter(|source| *source != UNDECLARED).collect();
    sources.sort();
    sources.dedup();
    sources.len() >= sources_min
}

/// q for each pair; `pairs` in order of the trafficking network's position.
fn levels(trafficking: &[(usize, &Network)], pairs: &[(usize, usize, PValue)]) -> Vec<f64> {
    let mean = trafficking.iter().map(|(_, network)| worth(network)).sum::<f64>() / trafficking.len().max(1) as f64;
    let weighted = |(t, _, p): &(usize, usize, PValue)| {
        let weight = trafficking.get(*t).map_or(1.0, |(_, network)| worth(network) / mean);
        (p.p / weight).min(1.0)
    };
    let weighted: Vec<f64> = pairs.iter().map(weighted).collect();
    let mut best: BTreeMap<usize, f64> = BTreeMap::new();
    for ((t, _, _), p) in pairs.iter().zip(&weighted) {
        let slot = best.entry(*t).or_insert(1.0);
        *slot = slot.min(*p);
    }
    let best: Vec<f64> = best.into_values().collect();
    let family_q = q_values(&best, trafficking.len());
    family_q_values(&weighted, &family_q, trafficking.len())
}
