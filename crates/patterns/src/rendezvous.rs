//! Rendezvous and co-presence: people who are at the same place, or on the same device, at the same time again and again.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::chance::permutation_p;
use crate::flow::Limits;
use crate::hit::{Bound, BoundHit, Hit, Outcome, Role};
use crate::request::Request;
use crate::search::keep_strongest;
use crate::window::{size_score, tightness};

/// That somebody was somewhere: one row a sighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Sighting {
    /// Who, as the caller numbers them.
    pub party: u32,
    /// Where: a place, a cell, a device or a network, as the caller numbers them.
    pub place: u32,
    /// When, microseconds since 1970 UTC.
    pub at: i64,
}

/// Two sightings of one pair at one place, at most `tau` apart: time of the later, place, rows.
type Meeting = (i64, u32, [u32; 2]);

/// Meetings in order, in occasions: of one place, each at most `tau` after the one before.
fn occasions(meetings: &mut [Meeting], tau: i64) -> Vec<i64> {
    meetings.sort_unstable_by_key(|meeting| (meeting.1, meeting.0, meeting.2));
    let mut begun: Vec<i64> = meetings.chunk_by(|a, b| a.1 == b.1 && b.0 - a.0 <= tau).map(|occasion| occasion[0].0).collect();
    begun.sort_unstable();
    begun
}

/// Most occasions within one window.
fn densest(begun: &[i64], window: i64) -> (usize, i64) {
    let mut best = (0, 0);
    let mut end = 0;
    for start in 0..begun.len() {
        while end < begun.len() && begun[end] - begun[start] <= window {
            end += 1;
        }
        if end - start > best.0 {
            best = (end - start, begun[end - 1] - begun[start]);
        }
    }
    best
}

/// The meetings of two lists of (place, time, row), each by (place, time).
fn meetings(a: &[(u32, i64, u32)], b: &[(u32, i64, u32)], tau: i64) -> Vec<Meeting> {
    let mut met = Vec::new();
    for one in a {
        let from = b.partition_point(|other| (other.0, other.1) < (one.0, one.1.saturating_sub(tau)));
        met.extend(
            b[from..]
                .iter()
                .take_while(|other| other.0 == one.0 && other.1 <= one.1.saturating_add(tau))
                .map(|other| (one.1.max(other.1), one.0, [one.2, other.2])),
        );
    }
    met
}

/// Sightings by party and by place.
struct Seen {
    by_party: FxHashMap<u32, Vec<(u32, i64, u32)>>,
    times_of_place: FxHashMap<u32, Vec<i64>>,
}

impl Seen {
    fn new(sightings: &[Sighting]) -> Self {
        let mut seen = Self { by_party: FxHashMap::default(), times_of_place: FxHashMap::default() };
        let mut order: Vec<(u32, i64, u32, u32)> = (0_u32..).zip(sightings).map(|(row, seen)| (seen.place, seen.at, row, seen.party)).collect();
        order.sort_unstable();
        for (place, at, row, party) in order {
            seen.by_party.entry(party).or_default().push((place, at, row));
            seen.times_of_place.entry(place).or_default().push(at);
        }
        seen
    }

    /// The permutation p-value of so many occasions: each of b's sightings is moved to a time at which somebody was seen at that place.
    fn p_value(&self, request: &Request, (a, b): (u32, u32), count: usize) -> f64 {
        let (one, other) = (&self.by_party[&a], &self.by_party[&b]);
        permutation_p(u64::from(a) << 32 | u64::from(b), request.p_max, |shuffler| {
            let mut moved: Vec<(u32, i64, u32)> = other
                .iter()
                .map(|(place, _, row)| {
                    let times = &self.times_of_place[place];
                    (*place, times[shuffler.below(times.len())], *row)
                })
                .collect();
            moved.sort_unstable();
            let mut met = meetings(one, &moved, request.tau_micros);
            densest(&occasions(&mut met, request.tau_micros), request.window_micros).0 >= count
        })
    }
}

/// Pairs who were at the same place at most `tau` apart on at least `times_min` occasions within the window, with a permutation p-value of at most `p_max`. `k` is 2: a
/// hit is a pair; larger groups are components of pairs for the caller to form. Hits have people as members and positions in `sightings` as edges; `number` is the position
/// of the request in the caller's list.
///
/// A sighting with more than `group_max` others at its place within `tau` (a crowd) says nothing about two of them: it is left out and reported.
#[must_use]
pub fn rendezvous(sightings: &[Sighting], request: &Request, number: u32, limits: &Limits) -> Outcome {
    let mut order: Vec<(u32, i64, u32)> = (0_u32..).zip(sightings).map(|(row, seen)| (seen.place, seen.at, row)).collect();
    order.sort_unstable();
    let (mut pairs, mut crowds): (FxHashMap<(u32, u32), Vec<Meeting>>, u64) = (FxHashMap::default(), 0);
    for (position, (place, at, row)) in order.iter().enumerate() {
        let ahead = order[position + 1..].partition_point(|other| other.0 == *place && other.1 <= at.saturating_add(request.tau_micros));
        if ahead > limits.group_max {
            crowds += 1;
            continue;
        }
        let party = sightings[*row as usize].party;
        for (_, later, other_row) in &order[position + 1..position + 1 + ahead] {
            let other = sightings[*other_row as usize].party;
            if other != party {
                pairs.entry((party.min(other), party.max(other))).or_default().push((*later, *place, [*row, *other_row]));
            }
        }
    }
    let mut pairs: Vec<((u32, u32), Vec<Meeting>)> = pairs.into_iter().collect();
    pairs.sort_unstable();
    let seen = Seen::new(sightings);
    let hits = pairs.into_par_iter().filter_map(|(pair, met)| hit(sightings, request, number, pair, met, &seen)).collect();
    let mut outcome = Outcome::default();
    let left_out = keep_strongest(hits, limits.hits_max, &mut outcome.hits);
    for (bound, count) in [(Bound::Hits, left_out), (Bound::Group, crowds)] {
        if count > 0 {
            outcome.bounds_hit.push(BoundHit { request: number, bound, count });
        }
    }
    outcome
}

fn hit(sightings: &[Sighting], request: &Request, number: u32, pair: (u32, u32), mut met: Vec<Meeting>, seen: &Seen) -> Option<Hit> {
    let begun = occasions(&mut met, request.tau_micros);
    let (peak, span) = densest(&begun, request.window_micros);
    if peak < request.times_min as usize {
        return None;
    }
    let p = seen.p_value(request, pair, peak);
    if p > request.p_max {
        return None;
    }
    let mut edges: Vec<u32> = met.iter().flat_map(|meeting| meeting.2).collect();
    edges.sort_unstable();
    edges.dedup();
    let at = || edges.iter().map(|row| sightings[*row as usize].at);
    let (from, to) = (at().min()?, at().max()?);
    let mut places: Vec<u32> = met.iter().map(|meeting| meeting.1).collect();
    places.sort_unstable();
    places.dedup();
    // The same pair at several places says more than at one, which may be where both live or work.
    let varied = places.len() as f64 / (places.len() + 1) as f64;
    let score = size_score(peak, request.times_min as usize) * (1.0 - p) * tightness(span, request.window_micros) * (0.5 + 0.5 * varied);
    let members = vec![(pair.0, Role::Member), (pair.1, Role::Member)];
    Some(Hit { request: number, kind: request.kind, center: None, members, edges, from, to, value: 0.0, score, p: Some(p) })
}

/// The pairs found by trying every pair of sightings; for small tables in tests. Rows of each pair, ascending.
#[must_use]
pub fn rendezvous_plain(sightings: &[Sighting], request: &Request) -> Vec<(u32, u32, Vec<u32>)> {
    let seen = Seen::new(sightings);
    let mut parties: Vec<u32> = sightings.iter().map(|seen| seen.party).collect();
    parties.sort_unstable();
    parties.dedup();
    let mut found = Vec::new();
    for (a, b) in parties.iter().flat_map(|a| parties.iter().filter(move |b| *b > a).map(move |b| (*a, *b))) {
        let mut met: Vec<Meeting> = Vec::new();
        for (i, one) in (0_u32..).zip(sightings).filter(|(_, one)| one.party == a) {
            for (j, other) in (0_u32..).zip(sightings).filter(|(_, other)| other.party == b && other.place == one.place) {
                if (one.at - other.at).abs() <= request.tau_micros {
                    met.push((one.at.max(other.at), one.place, [i, j]));
                }
            }
        }
        let begun = occasions(&mut met, request.tau_micros);
        let most = begun.iter().map(|from| begun.iter().filter(|at| (*from..=from + request.window_micros).contains(*at)).count()).max().unwrap_or(0);
        if most >= request.times_min as usize && seen.p_value(request, (a, b), most) <= request.p_max {
            let rows: std::collections::BTreeSet<u32> = met.iter().flat_map(|meeting| meeting.2).collect();
            found.push((a, b, rows.into_iter().collect()));
        }
    }
    found
}
