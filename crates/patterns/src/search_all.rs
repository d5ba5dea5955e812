//! One entry for a command: every kind, all hits in one order, each saying what it rests on.

use tributary_graph::TransferGraph;

use crate::flow::{Limits, Roles};
use crate::hit::{BoundHit, Hit, Role};
use crate::request::{Kind, Request, RequestError, Value};
use crate::roles::normalised;
use crate::search::search;

/// What [`search_all`] searches, and how.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// What to search for.
    pub requests: Vec<Request>,
    /// Bounds of the search.
    pub limits: Limits,
    /// What is known of the accounts.
    pub roles: Roles,
    /// Hits with a lower score are left out (after normalisation), 0..=1.
    pub score_min: f64,
}

impl Settings {
    /// Every kind that is searched in transfers, with its defaults.
    #[must_use]
    pub fn every_kind() -> Self {
        Self::of_kinds(&Kind::ALL, &std::collections::BTreeMap::new()).unwrap_or_else(|_| Self::of_requests(Vec::new()))
    }

    /// These kinds, with their defaults changed by those of `parameters` that a kind takes. Kinds that are not searched in transfers are left out.
    ///
    /// # Errors
    /// A value out of its range; the message names it. A parameter that none of the kinds takes is refused too.
    pub fn of_kinds(kinds: &[Kind], parameters: &std::collections::BTreeMap<String, Value>) -> Result<Self, RequestError> {
        let kinds = || kinds.iter().copied().filter(|kind| kind.in_transfers());
        let base = |parameter: &str| ["_days", "_hours"].iter().find_map(|unit| parameter.strip_suffix(unit)).unwrap_or(parameter).to_owned();
        let taken = |kind: Kind, parameter: &str| kind.parameters().contains(&parameter) || kind.parameters().contains(&base(parameter).as_str());
        let mut requests = Vec::new();
        for kind in kinds() {
            // What no kind takes is given to each, so that the first one refuses it by name.
            let own = |parameter: &&String| taken(kind, parameter) || !kinds().any(|other| taken(other, parameter));
            let own = parameters.iter().filter(|(parameter, _)| own(parameter)).map(|(parameter, value)| (parameter.clone(), value.clone()));
            requests.push(Request::new(kind.name(), kind, &own.collect())?);
        }
        Ok(Self::of_requests(requests))
    }

    /// These requests, with default bounds and nothing known of the accounts.
    #[must_use]
    pub fn of_requests(requests: Vec<Request>) -> Self {
        Self { requests, limits: Limits::default(), roles: Roles::none(), score_min: 0.0 }
    }
}

/// One pattern found, for output.
#[derive(Clone, Debug, PartialEq)]
pub struct PatternHit {
    /// What it is.
    pub kind: Kind,
    /// Position of its request in the settings.
    pub request: u32,
    /// The node it is about, where the kind has one.
    pub center: Option<u32>,
    /// The nodes that take part, ascending, each once.
    pub accounts: Vec<u32>,
    /// What each of them does, by (node, role).
    pub members: Vec<(u32, Role)>,
    /// The transfers it rests on, as the numbers of the caller's rows, in the order of time.
    pub transfers: Vec<u32>,
    /// First time, microseconds since 1970 UTC.
    pub from: i64,
    /// Last time.
    pub to: i64,
    /// US dollars moved by the transfers.
    pub value: f64,
    /// How strongly it is expressed, relative to what accounts of the same role do, 0..=1; comparable within a request.
    pub score: f64,
    /// Permutation or tail p-value, where the kind is tested.
    pub p: Option<f64>,
    /// Did a bound cut the search that found it? Then there may be more of its kind, or it may be larger.
    pub bounded: bool,
}

/// What [`search_all`] found.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct AllHits {
    /// By request, then score downwards, then centre, first time, transfers and members: a total order.
    pub hits: Vec<PatternHit>,
    /// By request and bound; empty when nothing was cut.
    pub bounds_hit: Vec<BoundHit>,
}

/// Searches everything the settings ask for, and puts scores of accounts with a role in relation to what such accounts do ([`crate::normalised`]).
/// The same bytes for any number of threads.
#[must_use]
pub fn search_all(graph: &TransferGraph, settings: &Settings) -> AllHits {
    let outcome = search(graph, &settings.requests, &settings.limits, &settings.roles);
    let cut = |request: u32| outcome.bounds_hit.iter().any(|bound| bound.request == request);
    let hits = normalised(&outcome.hits, &settings.roles);
    let hits = hits.into_iter().filter(|hit| hit.score >= settings.score_min).map(|hit| shown(graph, &hit, cut(hit.request))).collect();
    AllHits { hits, bounds_hit: outcome.bounds_hit.clone() }
}

pub(crate) fn shown(graph: &TransferGraph, hit: &Hit, bounded: bool) -> PatternHit {
    let mut accounts: Vec<u32> = hit.members.iter().map(|(node, _)| *node).collect();
    accounts.dedup();
    let transfers = hit.edges.iter().filter_map(|edge| graph.row().get(*edge as usize).copied()).collect();
    PatternHit {
        kind: hit.kind,
        request: hit.request,
        center: hit.center,
        accounts,
        members: hit.members.clone(),
        transfers,
        from: hit.from,
        to: hit.to,
        value: hit.value,
        score: hit.score,
        p: hit.p,
        bounded,
    }
}
