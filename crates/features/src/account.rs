//! The features of one account at one transfer, read from its running sums.

use crate::config::{Config, Families, Family};
use crate::moments::{self, Shape};
use crate::store::{Heavy, IN, Leg, NONE, OF_NOBODY, OUT, Shard, Side, Upkeep, known};

/// One end of one transfer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Task {
    pub(crate) time: i64,
    pub(crate) seq: u64,
    pub(crate) amount: i64,
    /// The account, in its shard.
    pub(crate) local: usize,
    /// [`OUT`] for the payer, [`IN`] for the payee.
    pub(crate) own: usize,
    pub(crate) other: u32,
    /// The transfer before of this pair, or [`NONE`].
    pub(crate) previous: u64,
    pub(crate) kind: u16,
    /// From the account to itself, or of nobody: it enters no window.
    pub(crate) alone: bool,
    /// The other end is outside.
    pub(crate) outside: bool,
}

/// What account features need.
#[derive(Clone, Debug)]
pub(crate) struct Accounts {
    pub(crate) upkeep: Upkeep,
    families: Families,
}

impl Accounts {
    pub(crate) fn new(config: &Config) -> Self {
        let families = config.families;
        let amounts = families.any(&[Family::Vertex, Family::Ratio, Family::History]);
        let windowed = families.any(&[Family::Degree, Family::Fan, Family::Vertex, Family::Recency, Family::Ratio, Family::History, Family::Channel]);
        let upkeep = Upkeep {
            windows: if windowed { config.windows.clone() } else { Vec::new() },
            fans: families.any(&[Family::Fan, Family::Vertex]),
            amounts,
            times: families.has(Family::Vertex),
            extremes: families.any(&[Family::Vertex, Family::History]),
            kinds: if families.has(Family::Channel) { config.kinds } else { 0 },
            windowed,
        };
        Self { upkeep, families }
    }

    fn window_longest(&self) -> i64 {
        self.upkeep.windows.last().copied().unwrap_or(1)
    }

    /// Takes one end of a transfer in and writes its account's features.
    pub(crate) fn take(&self, shard: &mut Shard, task: &Task, floor: i64, row: &mut Vec<f64>) {
        shard.advance(task.local, task.time, floor, &self.upkeep);
        let mut before = History::default();
        if self.families.any(&[Family::Recency, Family::History]) {
            let sides = [OUT, IN].map(|side| shard.side(task.local, side));
            let since = sides.map(|side| self.since(side, task.time));
            let (side, since_own) = if task.own == OUT { (sides[0], since[0]) } else { (sides[1], since[1]) };
            before = History { since, own: self.own(side, task, since_own) };
        }
        if !task.alone {
            let next = if task.outside { OF_NOBODY } else { NONE };
            let leg = Leg { time: task.time, seq: task.seq, next, amount: task.amount, other: task.other, kind: task.kind };
            shard.push(task.local, task.own, leg, task.previous, &self.upkeep);
        }
        if self.upkeep.windowed {
            self.write(shard, task, &before, row);
        }
    }

    fn since(&self, side: &Side, now: i64) -> f64 {
        let last = side.last().filter(|leg| leg.time >= now - self.window_longest());
        last.map_or(f64::NAN, |leg| (now - leg.time) as f64)
    }

    /// Against the account's own earlier transfers of the same direction.
    fn own(&self, side: &Side, task: &Task, since: f64) -> [f64; 4] {
        if !self.families.has(Family::History) {
            return [f64::NAN; 4];
        }
        let from = task.time - self.window_longest();
        let (legs, heavy) = side.window(self.upkeep.windows.len() - 1, from);
        let (amounts, (_, largest)) = (self.amounts(self.upkeep.windows.len() - 1, legs, heavy), extremes(legs, heavy, from));
        let (amount, deviation) = (amount(task.amount), amounts.2.variance.sqrt());
        [
            if deviation > 0.0 { (amount - amounts.2.mean) / deviation } else { f64::NAN },
            over(amount, amounts.2.mean),
            over(amount, largest),
            over(since, gap(legs)),
        ]
    }

    fn amounts(&self, window: usize, legs: &[Leg], heavy: Option<&Heavy>) -> (u64, u128, Shape) {
        match heavy.and_then(|heavy| heavy.windows.get(window)) {
            Some(sums) => (sums.amounts.n(), sums.amounts.sum(), sums.amounts.shape()),
            None => moments::amounts(legs.iter().filter(|leg| leg.amount >= 0).map(|leg| leg.amount.unsigned_abs())),
        }
    }

    fn write(&self, shard: &Shard, task: &Task, before: &History, row: &mut Vec<f64>) {
        for at in [OUT, IN] {
            let side = shard.side(task.local, at);
            let longest = self.window_longest();
            let rate = if self.families.has(Family::History) {
                side.window(self.upkeep.windows.len() - 1, task.time - longest).0.len() as f64 / longest as f64
            } else {
                f64::NAN
            };
            for (index, window) in self.upkeep.windows.iter().enumerate() {
                self.window(side, index, task.time, row);
                self.kinds(side, index, task.time - window, row);
                if self.families.has(Family::History) && *window < longest {
                    let count = side.window(index, task.time - window).0.len();
                    row.push(over(count as f64 / *window as f64, rate));
                }
            }
            if self.families.has(Family::Recency) {
                row.extend(before.since.get(at));
            }
            if at == task.own && self.families.has(Family::History) {
                row.extend(before.own);
            }
        }
        if self.families.has(Family::Ratio) {
            for (index, window) in self.upkeep.windows.iter().enumerate() {
                let [made, received] = [OUT, IN].map(|side| {
                    let (legs, heavy) = shard.side(task.local, side).window(index, task.time - window);
                    (sum(index, legs, heavy), legs.len())
                });
                ratios(made, received, task.amount, row);
            }
        }
    }

    /// One side over one window.
    fn window(&self, side: &Side, index: usize, now: i64, row: &mut Vec<f64>) {
        let from = now - self.upkeep.windows.get(index).copied().unwrap_or(0);
        let (legs, heavy) = side.window(index, from);
        let sums = heavy.and_then(|heavy| heavy.windows.get(index));
        if self.families.has(Family::Degree) {
            row.push(legs.len() as f64);
        }
        if !self.upkeep.fans && !self.families.has(Family::Recency) {
            return;
        }
        // One leg of each counterparty is the latest.
        let fan = || sums.map_or_else(|| legs.iter().filter(|leg| leg.next == NONE).count() as f64, |sums| f64::from(sums.fan));
        if self.families.has(Family::Fan) {
            row.push(fan());
        }
        if self.families.has(Family::Vertex) {
            let (sum, amounts, times, (low, high)) = match sums {
                Some(sums) => {
                    (sums.amounts.sum() as f64, sums.amounts.shape(), sums.times.shape(legs.len() as u64, now), extremes(legs, heavy, from))
                }
                None => few(legs, now),
            };
            row.extend_from_slice(&[
                over(legs.len() as f64, fan()),
                sum,
                amounts.mean,
                amounts.variance,
                amounts.skewness,
                amounts.kurtosis,
                low,
                high,
                times.mean,
                times.variance,
                times.skewness,
                times.kurtosis,
            ]);
        }
        if self.families.has(Family::Recency) {
            row.push(gap(legs));
        }
    }
}

impl Accounts {
    /// (number, sum) of each kind of one side over one window.
    fn kinds(&self, side: &Side, index: usize, from: i64, row: &mut Vec<f64>) {
        let kinds = self.upkeep.kinds;
        if kinds == 0 {
            return;
        }
        let (legs, heavy) = side.window(index, from);
        let sums = heavy.and_then(|heavy| heavy.kinds.chunks(usize::from(kinds)).nth(index));
        for kind in 1..=kinds {
            let of = legs.iter().filter(|leg| leg.kind == kind);
            let sum = sums.and_then(|sums| sums.get(usize::from(kind) - 1)).copied();
            let (count, sum) = sum.unwrap_or_else(|| of.fold((0, 0), |(count, sum), leg| (count + 1, sum + known(leg))));
            row.extend([f64::from(count), sum as f64]);
        }
    }
}

/// Sum, moments of amounts and of times, smallest and largest amount of few legs, in as few passes as can be.
fn few(legs: &[Leg], now: i64) -> (f64, Shape, Shape, (f64, f64)) {
    let (mut n, mut sum, mut time, mut low, mut high) = (0_u64, 0_i64, 0_i64, i64::MAX, -1);
    for leg in legs {
        // An unknown amount is below 0: it adds nothing.
        let known = leg.amount >= 0;
        n += u64::from(known);
        sum += leg.amount.max(0);
        time += leg.time;
        low = low.min(if known { leg.amount } else { i64::MAX });
        high = high.max(leg.amount);
    }
    let amounts = if n == legs.len() as u64 && high < moments::SMALL {
        moments::small(legs.iter().map(|leg| leg.amount), n, sum)
    } else {
        moments::amounts(legs.iter().filter(|leg| leg.amount >= 0).map(|leg| leg.amount.unsigned_abs())).2
    };
    let times = moments::times(legs.iter().map(|leg| leg.time), legs.len() as u64, time, now);
    (sum as f64, amounts, times, if n == 0 { (f64::NAN, f64::NAN) } else { (low as f64, high as f64) })
}

#[derive(Clone, Copy, Debug, Default)]
struct History {
    since: [f64; 2],
    own: [f64; 4],
}

/// An amount as a number, NaN when it is unknown.
pub(crate) fn amount(amount: i64) -> f64 {
    if amount < 0 { f64::NAN } else { amount as f64 }
}

/// A quotient, NaN when there is nothing to divide by.
pub(crate) fn over(above: f64, below: f64) -> f64 {
    if below > 0.0 { above / below } else { f64::NAN }
}

/// The smallest and the largest known amount.
fn extremes(legs: &[Leg], heavy: Option<&Heavy>, from: i64) -> (f64, f64) {
    if let Some(heavy) = heavy {
        return heavy.extremes(from);
    }
    let known = legs.iter().map(|leg| leg.amount).filter(|amount| *amount >= 0);
    let (low, high) = known.fold((i64::MAX, -1), |(low, high), amount| (low.min(amount), high.max(amount)));
    if high < 0 { (f64::NAN, f64::NAN) } else { (low as f64, high as f64) }
}

/// Sum of the known amounts.
fn sum(index: usize, legs: &[Leg], heavy: Option<&Heavy>) -> f64 {
    let sums = heavy.and_then(|heavy| heavy.windows.get(index));
    sums.map_or_else(|| legs.iter().map(known).sum(), |sums| sums.amounts.sum()) as f64
}

/// Mean time between legs.
fn gap(legs: &[Leg]) -> f64 {
    match (legs.first(), legs.last()) {
        (Some(first), Some(last)) if legs.len() > 1 => (last.time - first.time) as f64 / (legs.len() - 1) as f64,
        _ => f64::NAN,
    }
}

fn ratios(out: (f64, usize), into: (f64, usize), value: i64, row: &mut Vec<f64>) {
    let ((sent, made), (got, received)) = (out, into);
    row.push(over(received as f64 - made as f64, (made + received) as f64));
    row.push(over(got - sent, got + sent));
    row.push(over(sent.min(got), sent.max(got)));
    row.push(over(amount(value), sent));
    row.push(over(amount(value), got));
}
