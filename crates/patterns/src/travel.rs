//! People who travel together, again and again.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rustc_hash::FxHashMap;
use tributary_graph::UnionFind;

use crate::flow::Limits;
use crate::hit::{Bound, BoundHit, Hit, Outcome, Role};
use crate::request::Request;
use crate::search::keep_strongest;
use crate::window::size_score;

/// That a person crossed or travelled: one row a movement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Journey {
    /// Who, as the caller numbers them.
    pub party: u32,
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// The group, booking or vehicle they shared, as the caller numbers them; travellers with one group at most `tau` apart travelled together.
    pub group: Option<u32>,
    /// The crossing or destination, as the caller numbers them; with the document, how travellers without a group meet.
    pub crossing: Option<u32>,
    /// The document or booking shown, as the caller numbers them; the same one shown by two parties at one crossing joins them.
    pub document: Option<u32>,
}

/// An occasion on which some travelled together.
struct Occasion {
    rows: Vec<usize>,
    parties: Vec<u32>,
}

/// Two who travelled together, and on which occasions.
type Pair = ((u32, u32), Vec<usize>);

/// Components of at least `k` people of whom each linked pair travelled together on at least `times_min` occasions within the window. Hits have people as members and
/// positions in `journeys` as edges; `number` is the position of the request in the caller's list.
///
/// An occasion with more than `group_max` travellers (a train, a charter) says nothing about two of them: it is left out and reported.
#[must_use]
pub fn group_travel(journeys: &[Journey], request: &Request, number: u32, limits: &Limits) -> Outcome {
    let mut occasions = occasions(journeys, request.tau_micros, |row| row.group.map(|group| (group, 0)));
    occasions.extend(occasions_by_document(journeys, request.tau_micros));
    let too_large = occasions.iter().filter(|occasion| occasion.parties.len() > limits.group_max).count() as u64;
    occasions.retain(|occasion| occasion.parties.len() <= limits.group_max);
    let mut together: FxHashMap<(u32, u32), Vec<usize>> = FxHashMap::default();
    for (number, occasion) in occasions.iter().enumerate() {
        for (at, a) in occasion.parties.iter().enumerate() {
            for b in &occasion.parties[at + 1..] {
                together.entry((*a, *b)).or_default().push(number);
            }
        }
    }
    let mut pairs: Vec<Pair> =
        together.into_iter().filter_map(|(pair, numbers)| repeated(journeys, &occasions, numbers, request).map(|numbers| (pair, numbers))).collect();
    pairs.sort_unstable();
    let hits = components(journeys, &occasions, &pairs, request, number);
    let mut outcome = Outcome::default();
    let left_out = keep_strongest(hits, limits.hits_max, &mut outcome.hits);
    for (bound, count) in [(Bound::Hits, left_out), (Bound::Group, too_large)] {
        if count > 0 {
            outcome.bounds_hit.push(BoundHit { request: number, bound, count });
        }
    }
    outcome
}

/// Rows of one key, each at most `tau` after the one before.
fn occasions(journeys: &[Journey], tau: i64, key: impl Fn(&Journey) -> Option<(u32, u32)>) -> Vec<Occasion> {
    let mut rows: Vec<((u32, u32), i64, usize)> = journeys.iter().enumerate().filter_map(|(at, row)| key(row).map(|key| (key, row.at, at))).collect();
    rows.sort_unstable();
    rows.chunk_by(|a, b| a.0 == b.0 && b.1 - a.1 <= tau)
        .filter_map(|chunk| {
            let rows: Vec<usize> = chunk.iter().map(|row| row.2).collect();
            let mut parties: Vec<u32> = rows.iter().map(|row| journeys[*row].party).collect();
            parties.sort_unstable();
            parties.dedup();
            (parties.len() > 1).then_some(Occasion { rows, parties })
        })
        .collect()
}

/// The same document or booking shown by several at one crossing; those who already share a group there are met once.
fn occasions_by_document(journeys: &[Journey], tau: i64) -> Vec<Occasion> {
    occasions(journeys, tau, |row| row.document.filter(|_| row.group.is_none()).zip(row.crossing))
}

/// The occasions of a pair, when at least `times_min` of them lie within one window.
fn repeated(journeys: &[Journey], occasions: &[Occasion], mut numbers: Vec<usize>, request: &Request) -> Option<Vec<usize>> {
    let at = |number: &usize| occasions[*number].rows.first().map_or(0, |row| journeys[*row].at);
    numbers.sort_unstable_by_key(|number| (at(number), *number));
    numbers.dedup();
    let least = request.times_min as usize;
    numbers.windows(least).any(|some| at(&some[least - 1]) - at(&some[0]) <= request.window_micros).then_some(numbers)
}

fn components(journeys: &[Journey], occasions: &[Occasion], pairs: &[Pair], request: &Request, number: u32) -> Vec<Hit> {
    let mut numbers: Vec<u32> = pairs.iter().flat_map(|((a, b), _)| [*a, *b]).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let node = |party: u32| numbers.binary_search(&party).map_or(u32::MAX, |at| at as u32);
    let mut union = UnionFind::new(numbers.len() as u32);
    for ((a, b), _) in pairs {
        union.join(node(*a), node(*b));
    }
    let labels = union.labels();
    let mut groups: Vec<(u32, &Pair)> = pairs.iter().map(|pair| (labels[node(pair.0.0) as usize], pair)).collect();
    groups.sort_by_key(|(label, _)| *label);
    groups.chunk_by(|a, b| a.0 == b.0).filter_map(|group| hit(journeys, occasions, group, request, number)).collect()
}

fn hit(journeys: &[Journey], occasions: &[Occasion], group: &[(u32, &Pair)], request: &Request, number: u32) -> Option<Hit> {
    let mut members: Vec<(u32, Role)> = group.iter().flat_map(|(_, ((a, b), _))| [(*a, Role::Member), (*b, Role::Member)]).collect();
    members.sort_unstable();
    members.dedup();
    if members.len() < request.k as usize {
        return None;
    }
    let mut shared: Vec<usize> = group.iter().flat_map(|(_, (_, numbers))| numbers.iter().copied()).collect();
    shared.sort_unstable();
    shared.dedup();
    let of_group = |row: &usize| members.binary_search(&(journeys[*row].party, Role::Member)).is_ok();
    let mut rows: Vec<usize> = shared.iter().flat_map(|occasion| occasions[*occasion].rows.iter().copied()).filter(of_group).collect();
    rows.sort_unstable();
    rows.dedup();
    let from = rows.iter().map(|row| journeys[*row].at).min()?;
    let to = rows.iter().map(|row| journeys[*row].at).max()?;
    let score = size_score(members.len(), request.k as usize).max(size_score(shared.len(), request.times_min as usize));
    let edges = rows.into_iter().map(|row| row as u32).collect();
    Some(Hit { request: number, kind: request.kind, center: None, members, edges, from, to, value: 0.0, score, p: None })
}
