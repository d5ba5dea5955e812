//! Mirror pairs: what one account receives another soon pays out, in the same amounts, though nothing goes between them. Value that moves without moving, as
//! informal value transfer does it.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the vectors they were made from")]

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::chance::permutation_p;
use crate::cycle::follows;
use crate::fan::finish;
use crate::flow::{Flow, at_least};
use crate::hit::{Hit, Role};
use crate::request::Request;
use crate::search::Cuts;
use crate::window::{size_score, tightness};

/// A payment of one account, as the matching sees it.
#[derive(Clone, Copy)]
pub(crate) struct Entry {
    pub(crate) at: i64,
    pub(crate) amount: i64,
    pub(crate) edge: u32,
}

/// May what `one` receives and what `other` pays mirror each other? Different accounts of different institutions (where both are known).
pub(crate) fn apart(flow: &Flow<'_>, one: u32, other: u32) -> bool {
    let institutions = flow.roles.institution(one).zip(flow.roles.institution(other));
    one != other && institutions.is_none_or(|(one, other)| one != other)
}

/// Matches credits with debits one to one: each credit in its order takes the first debit left that is not before it, at most `tau` later, and within the margin of
/// its amount. Both are in the order of time.
pub(crate) fn matched(credits: &[Entry], debits: &[Entry], tau: i64, margin: f64) -> Vec<(u32, u32)> {
    let mut used = vec![false; debits.len()];
    let mut pairs = Vec::new();
    let mut first = 0;
    for credit in credits {
        while first < debits.len() && debits[first].at < credit.at {
            first += 1;
        }
        let ahead = (first..debits.len()).take_while(|debit| debits[*debit].at <= credit.at.saturating_add(tau));
        let fits = |debit: &usize| !used[*debit] && follows(credit.amount, debits[*debit].amount, margin);
        if let Some(debit) = ahead.into_iter().find(fits) {
            used[debit] = true;
            pairs.push((credit.edge, debits[debit].edge));
        }
    }
    pairs
}

/// The payments to `one` and by `other` that may mirror each other at all.
pub(crate) fn ledgers(flow: &Flow<'_>, request: &Request, one: u32, other: u32) -> (Vec<Entry>, Vec<Entry>) {
    let good = |edge: &u32| flow.valued(*edge) && flow.asked(*edge, request);
    let entry = |edge: u32| Entry { at: flow.at(edge), amount: flow.amount(edge), edge };
    let received = flow.received_by(one).iter().copied().filter(|edge| good(edge) && flow.from(*edge) != other);
    let paid = flow.paid_by(other).iter().copied().filter(|edge| good(edge) && flow.to(*edge) != one);
    (received.map(entry).collect(), paid.map(entry).collect())
}

/// Are `matches` at least the share `rho` of either ledger? Else what is mirrored is a small part of what either does.
pub(crate) fn shared(matches: usize, ledgers: (usize, usize), rho: f64) -> bool {
    at_least(matches as i128, rho, ledgers.0.max(ledgers.1) as i128)
}

/// The permutation p-value of so many matches: the other's amounts are dealt anew over its times.
pub(crate) fn p_value(request: &Request, credits: &[Entry], debits: &[Entry], pair: (u32, u32), count: usize) -> f64 {
    let mut amounts: Vec<i64> = debits.iter().map(|debit| debit.amount).collect();
    let mut dealt = debits.to_vec();
    permutation_p(u64::from(pair.0) << 32 | u64::from(pair.1), request.p_max, |shuffler| {
        shuffler.shuffle(&mut amounts);
        dealt.iter_mut().zip(&amounts).for_each(|(debit, amount)| debit.amount = *amount);
        matched(credits, &dealt, request.tau_micros, request.margin).len() >= count
    })
}

/// The amounts that follow on `amount` within the margin, both ends included; as exact as [`follows`].
fn reach(amount: i64, margin: f64) -> (i64, i64) {
    let (amount, million) = (i128::from(amount), 1_000_000_i128);
    let least = i128::from(((1.0 - margin).max(0.0) * 1e6).round() as i64);
    let most = i128::from((1e6 / (1.0 + margin)).round() as i64).max(1);
    let whole = |value: i128| i64::try_from(value).unwrap_or(i64::MAX);
    (whole(amount * least / million), whole(amount * million / most))
}

/// What the index holds of a payment, side by side.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Debit {
    amount: i64,
    at: i64,
    edge: u32,
    from: u32,
    to: u32,
}

/// Debits by time, in tiles of `tau`, each tile by amount.
struct Index {
    tile_micros: i64,
    begin: i64,
    offsets: Vec<u32>,
    debits: Vec<Debit>,
    /// How many payments each account made.
    paid: Vec<u32>,
}

impl Index {
    fn new(flow: &Flow<'_>, request: &Request) -> Self {
        let (begin, end) = crate::fan::period(flow);
        // As many tiles as edges at most: a short `tau` over a long period would otherwise be all empty tiles.
        let least = (end - begin) / (flow.len() as i64 + 1) + 1;
        let tile_micros = request.tau_micros.max(least);
        let tiles = ((end - begin) / tile_micros) as usize + 1;
        let mut good: Vec<u32> = (0..flow.len() as u32).filter(|edge| flow.valued(*edge) && flow.asked(*edge, request)).collect();
        let mut paid = vec![0_u32; flow.n_nodes() as usize];
        good.iter().for_each(|edge| paid[flow.from(*edge) as usize] += 1);
        // Who pays fewer times than matches are asked for mirrors nobody.
        good.retain(|edge| paid[flow.from(*edge) as usize] >= request.k);
        let tile = |edge: u32| ((flow.at(edge) - begin) / tile_micros) as usize;
        let mut offsets = vec![0_u32; tiles + 1];
        good.iter().for_each(|edge| offsets[tile(*edge) + 1] += 1);
        (0..tiles).for_each(|at| offsets[at + 1] += offsets[at]);
        // Edges are in the order of time, hence of tiles.
        let debit = |edge: u32| Debit { amount: flow.amount(edge), at: flow.at(edge), edge, from: flow.from(edge), to: flow.to(edge) };
        let mut debits: Vec<Debit> = good.iter().map(|edge| debit(*edge)).collect();
        (0..tiles).for_each(|at| debits[offsets[at] as usize..offsets[at + 1] as usize].sort_unstable());
        Self { tile_micros, begin, offsets, debits, paid }
    }

    /// Calls `each` with the payer of every debit that may mirror `credit`; says whether more than `most` lay in the tiles and amounts looked at, when none is given.
    fn fitting(&self, flow: &Flow<'_>, request: &Request, credit: u32, most: usize, mut each: impl FnMut(u32)) -> bool {
        let (at, amount) = (flow.at(credit), flow.amount(credit));
        let end = at.saturating_add(request.tau_micros);
        let (low, high) = reach(amount, request.margin);
        let tile = |at: i64| ((at - self.begin) / self.tile_micros) as usize;
        let tiles = tile(at)..=tile(end).min(self.offsets.len().saturating_sub(2));
        let of_tile = |tile: usize| {
            let debits = &self.debits[self.offsets[tile] as usize..self.offsets[tile + 1] as usize];
            let debits = &debits[debits.partition_point(|debit| debit.amount < low)..];
            &debits[..debits.partition_point(|debit| debit.amount <= high)]
        };
        if tiles.clone().map(|tile| of_tile(tile).len()).sum::<usize>() > most {
            return true;
        }
        let (payer, one) = (flow.from(credit), flow.to(credit));
        for debit in tiles.flat_map(of_tile) {
            // That accounts are apart is asked once a pair, later.
            if (at..=end).contains(&debit.at) && debit.from != payer && debit.to != one {
                each(debit.from);
            }
        }
        false
    }
}

/// Pairs of accounts with runs of at least `k` matches, each at most the window after the one before; matches being at least `rho` of all that the one received and of
/// all that the other paid, with a permutation p-value of at most `p_max`.
pub(crate) fn search(flow: &Flow<'_>, request: &Request, number: u32) -> (Vec<Hit>, Cuts) {
    if flow.is_empty() {
        return (Vec::new(), Cuts::default());
    }
    let index = Index::new(flow, request);
    let nodes: Vec<u32> = (0..flow.n_nodes()).collect();
    let of_piece = |piece: &[u32]| {
        let mut seen = Seen::new(flow.n_nodes());
        piece.iter().map(|node| hits_of(flow, request, number, &index, *node, &mut seen)).collect::<Vec<(Vec<Hit>, u64)>>()
    };
    let found: Vec<(Vec<Hit>, u64)> = nodes.par_chunks(nodes.len().div_ceil(PIECES)).flat_map_iter(of_piece).collect();
    let cuts = Cuts { legs: found.iter().map(|(_, cut)| cut).sum(), ..Cuts::default() };
    (found.into_iter().flat_map(|(hits, _)| hits).collect(), cuts)
}

/// Accounts are looked at in so many pieces.
const PIECES: usize = 64;

/// For how many credits of the account at hand each other account has a fitting debit.
struct Seen {
    /// The count, and one more than the last credit counted.
    counts: Vec<(u32, u32)>,
    others: Vec<u32>,
}

impl Seen {
    fn new(nodes: u32) -> Self {
        Self { counts: vec![(0, 0); nodes as usize], others: Vec::new() }
    }

    fn add(&mut self, other: u32, credit: u32) {
        let seen = &mut self.counts[other as usize];
        if seen.0 == 0 {
            self.others.push(other);
        }
        if seen.1 != credit + 1 {
            *seen = (seen.0 + 1, credit + 1);
        }
    }

    /// The counts, ascending by account; nothing is seen afterwards.
    fn take(&mut self) -> Vec<(u32, u32)> {
        self.others.sort_unstable();
        let counts = self.others.iter().map(|other| (*other, self.counts[*other as usize].0)).collect();
        self.others.drain(..).for_each(|other| self.counts[other as usize] = (0, 0));
        counts
    }
}

fn hits_of(flow: &Flow<'_>, request: &Request, number: u32, index: &Index, one: u32, seen: &mut Seen) -> (Vec<Hit>, u64) {
    let received = flow.received_by(one);
    if received.len() < request.k as usize {
        return (Vec::new(), 0);
    }
    let credits: Vec<u32> = received.iter().copied().filter(|edge| flow.valued(*edge) && flow.asked(*edge, request)).collect();
    if credits.len() < request.k as usize {
        return (Vec::new(), 0);
    }
    let mut payers: FxHashMap<u32, usize> = FxHashMap::default();
    credits.iter().for_each(|credit| *payers.entry(flow.from(*credit)).or_default() += 1);
    let mut cut = 0;
    for credit in credits.iter().copied() {
        cut += u64::from(index.fitting(flow, request, credit, flow.limits.legs_max, |other| seen.add(other, credit)));
    }
    // No more can match than have something to match with. Payments from the other to this account are in neither ledger.
    let enough = |other: u32, count: u32| {
        let between = payers.get(&other).copied().unwrap_or(0);
        count >= request.k && shared(count as usize, (credits.len() - between, index.paid[other as usize] as usize - between), request.rho)
    };
    let candidates = seen.take().into_iter().filter(|(other, count)| enough(*other, *count) && apart(flow, one, *other));
    (candidates.flat_map(|(other, _)| hits_of_pair(flow, request, number, one, other)).collect(), cut)
}

fn hits_of_pair(flow: &Flow<'_>, request: &Request, number: u32, one: u32, other: u32) -> Vec<Hit> {
    let (credits, debits) = ledgers(flow, request, one, other);
    let pairs = matched(&credits, &debits, request.tau_micros, request.margin);
    if !shared(pairs.len(), (credits.len(), debits.len()), request.rho) {
        return Vec::new();
    }
    let runs: Vec<&[(u32, u32)]> =
        pairs.chunk_by(|a, b| flow.at(b.0) - flow.at(a.0) <= request.window_micros).filter(|run| run.len() >= request.k as usize).collect();
    if runs.is_empty() {
        return Vec::new();
    }
    let p = p_value(request, &credits, &debits, (one, other), pairs.len());
    if p > request.p_max {
        return Vec::new();
    }
    runs.into_iter().map(|run| hit(flow, request, number, run, (&credits, &debits), p)).collect()
}

fn hit(flow: &Flow<'_>, request: &Request, number: u32, run: &[(u32, u32)], ledgers: (&[Entry], &[Entry]), p: f64) -> Hit {
    let edges: Vec<u32> = run.iter().flat_map(|pair| [pair.0, pair.1]).collect();
    let mut members: Vec<(u32, Role)> = run.iter().flat_map(|pair| [(flow.from(pair.0), Role::Source), (flow.to(pair.1), Role::Sink)]).collect();
    members.extend([(flow.to(run[0].0), Role::Middle), (flow.from(run[0].1), Role::Middle)]);
    // Which share of what either account moved over the run is mirrored, and how soon.
    let (from, to) = (flow.at(run[0].0), run.iter().map(|pair| flow.at(pair.1)).max().unwrap_or(0));
    let within = |entries: &[Entry]| entries.iter().filter(|entry| (from..=to).contains(&entry.at)).count();
    let share = run.len() as f64 / within(ledgers.0).max(within(ledgers.1)).max(run.len()) as f64;
    let delays: i64 = run.iter().map(|pair| flow.at(pair.1) - flow.at(pair.0)).fold(0, i64::saturating_add);
    let score = size_score(run.len(), request.k as usize) * share * (1.0 - p) * tightness(delays / run.len() as i64, request.tau_micros);
    Hit { p: Some(p), ..finish(flow, request, number, None, members, edges, score) }
}
