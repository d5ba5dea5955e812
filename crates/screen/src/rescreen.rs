//! Continuous screening: when a list changes, only customers that its added and changed entries can reach are screened, and only against those.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::Serialize;
use tributary_model::Date;

use crate::birth::BirthLevel;
use crate::entry::{Delta, NAMES_MAX, WatchList};
use crate::fields::{Fields, Given, NATIONALITY, PLACE};
use crate::index::{Builder, Index};
use crate::query::{Outcome, QUERY_NAMES_MAX, Query};
use crate::screener::Screener;
use crate::search::{Need, Scratch};

/// Customers made ready to be found by a listed name.
pub struct Customers {
    queries: Vec<Query>,
    /// The customer of each name of the index.
    owners: Vec<u32>,
    index: Index,
    identifiers: FxHashMap<(&'static str, String), Vec<u32>>,
}

/// What a change of a list means for one customer.
#[derive(Clone, Debug, Serialize)]
pub struct Rescreened {
    /// The customer's place among those given.
    pub customer: usize,
    /// Hits on added and changed entries, routed as every outcome is.
    pub outcome: Outcome,
}

impl Customers {
    /// Indexes customers under the weights of a screener.
    #[must_use]
    pub fn new(queries: Vec<Query>, screener: &Screener) -> Self {
        let weights = screener.weights();
        let (mut builder, mut owners) = (Builder::default(), Vec::new());
        let mut identifiers: FxHashMap<(&'static str, String), Vec<u32>> = FxHashMap::default();
        for (at, query) in (0_u32..).zip(&queries) {
            for name in query.names.iter().take(QUERY_NAMES_MAX) {
                builder.push(&weights.parse(name));
                owners.push(at);
            }
            for identifier in query_fields(query).identifiers {
                identifiers.entry(identifier).or_default().push(at);
            }
        }
        Self { queries, owners, index: builder.finish(), identifiers }
    }

    /// The customers.
    #[must_use]
    pub fn queries(&self) -> &[Query] {
        &self.queries
    }

    /// Screens what a new version of a list can change: added and changed entries against the customers they can reach. `screener`
    /// is over the lists as they are now, with the weights that were frozen before ([`Screener::with_weights`]). Customers with a hit, or under protection and reached, in their order. Equal to a full screening, restricted
    /// to those entries, as long as neither is cut by the settings' bounds. What was removed from the list is in the delta; withdrawing its
    /// hits is the caller's.
    #[must_use]
    pub fn rescreen(&self, screener: &Screener, list: &WatchList, delta: &Delta, as_of: Date) -> Vec<Rescreened> {
        let ids: BTreeSet<&str> = delta.to_screen().collect();
        let entries = list.entries.iter().filter(|entry| ids.contains(entry.id.as_str())).cloned().collect();
        let part = WatchList { name: list.name.clone(), published: list.published, loaded: list.loaded, entries };
        let reached = self.reached(screener, &part);
        let part = screener.part(vec![part]);
        let customers: Vec<(usize, Query)> =
            reached.into_iter().filter_map(|at| Some((at as usize, self.queries.get(at as usize)?.clone()))).collect();
        let (places, queries): (Vec<usize>, Vec<Query>) = customers.into_iter().unzip();
        let outcomes = part.screen_batch(&queries, as_of);
        let all = places.into_iter().zip(outcomes).map(|(customer, outcome)| Rescreened { customer, outcome });
        all.filter(|one| !one.outcome.hits.is_empty() || !one.outcome.sealed.is_empty()).collect()
    }

    /// The customers that entries of a list can reach.
    fn reached(&self, screener: &Screener, part: &WatchList) -> BTreeSet<u32> {
        let (settings, weights) = (screener.settings(), screener.weights());
        let mut scratch = Scratch::new(&self.index);
        let mut reached = BTreeSet::new();
        let others = BirthLevel::Day.log_odds() + PLACE + NATIONALITY;
        let least = settings.name_log_odds_min.max(settings.log_odds_min.min(settings.log_odds_min_dated) - others);
        let need = Need { least, partial: settings.partial_log_odds };
        let mut names: BTreeMap<&str, ()> = BTreeMap::new();
        for entry in &part.entries {
            names.extend(entry.names.iter().take(NAMES_MAX).map(|name| (name.text.as_str(), ())));
            for identifier in entry_identifiers(entry) {
                reached.extend(self.identifiers.get(&identifier).into_iter().flatten());
            }
        }
        let (slips, slip_owners) = self.slips(screener);
        let mut slip_scratch = Scratch::new(&slips);
        for name in names.keys() {
            let name = weights.parse(name);
            let (candidates, _) = self.index.candidates(&name, &need, usize::MAX, |_| true, &mut scratch);
            reached.extend(candidates.iter().filter_map(|candidate| self.owners.get(candidate.name as usize)));
            let (candidates, _) = slips.candidates(&name, &need, usize::MAX, |_| true, &mut slip_scratch);
            reached.extend(candidates.iter().filter_map(|candidate| slip_owners.get(candidate.name as usize)));
        }
        reached
    }

    /// The readings of customers' names with a space one letter off, which depend on the words of the lists, and whose they are.
    fn slips(&self, screener: &Screener) -> (Index, Vec<u32>) {
        let all = |query: &Query| -> Vec<_> { query.names.iter().take(QUERY_NAMES_MAX).flat_map(|name| screener.readings(name)).collect() };
        let readings: Vec<Vec<_>> = self.queries.par_iter().map(all).collect();
        let (mut builder, mut owners) = (Builder::default(), Vec::new());
        for (at, names) in (0_u32..).zip(&readings) {
            for name in names {
                builder.push(name);
                owners.push(at);
            }
        }
        (builder.finish(), owners)
    }
}

fn entry_identifiers(entry: &crate::entry::ListEntry) -> Vec<(&'static str, String)> {
    crate::screener::entry_fields(entry).identifiers
}

pub(crate) fn query_fields(query: &Query) -> Fields {
    Fields::of(&Given {
        births: &query.births,
        places: &query.places,
        nationalities: &query.nationalities,
        documents: &query.documents,
        wallets: &query.wallets,
        phones: &query.phones,
        emails: &query.emails,
    })
}
