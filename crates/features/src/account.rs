//! The features of one account at one transfer, read from its running sums.

use crate::config::{Config, Families, Family};
use crate::store::{IN, Leg, NONE, OUT, Shard, Side, Upkeep, WindowSums};

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
    /// From the account to itself: it enters no window.
    pub(crate) alone: bool,
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
        let upkeep = Upkeep {
            windows: config.windows.clone(),
            fans: families.any(&[Family::Fan, Family::Vertex]),
            amounts,
            times: families.has(Family::Vertex),
            extremes: families.any(&[Family::Vertex, Family::History]),
            windowed: families.any(&[Family::Degree, Family::Fan, Family::Vertex, Family::Recency, Family::Ratio, Family::History]),
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
        if self.upkeep.windowed {
            let sums = [OUT, IN].map(|side| shard.sums(task.local, side, self.upkeep.windows.len()).last().copied());
            let sides = [OUT, IN].map(|side| shard.side(task.local, side));
            let since = [OUT, IN].map(|side| self.since(sides[side & 1], task.time));
            before = History { since, own: self.own(sides[task.own & 1], sums[task.own & 1].as_ref(), task, since[task.own & 1]) };
        }
        if !task.alone {
            let leg = Leg { time: task.time, seq: task.seq, next: NONE, amount: task.amount, other: task.other };
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
    fn own(&self, side: &Side, sums: Option<&WindowSums>, task: &Task, since: f64) -> [f64; 4] {
        let Some(sums) = sums.filter(|_| self.families.has(Family::History)) else {
            return [f64::NAN; 4];
        };
        let amount = amount(task.amount);
        let shape = sums.amounts.shape();
        let deviation = shape.variance.sqrt();
        let (_, largest) = side.extremes(task.time - self.window_longest());
        [
            if sums.amounts.n() > 1 && deviation > 0.0 { (amount - shape.mean) / deviation } else { f64::NAN },
            over(amount, shape.mean),
            over(amount, largest),
            over(since, gap(side, sums.tail)),
        ]
    }

    fn write(&self, shard: &Shard, task: &Task, before: &History, row: &mut Vec<f64>) {
        let windows = &self.upkeep.windows;
        let sums = [OUT, IN].map(|side| shard.sums(task.local, side, windows.len()));
        for at in [OUT, IN] {
            let (Some(side_sums), side) = (sums.get(at), shard.side(task.local, at)) else {
                continue;
            };
            let longest = side_sums.last().map_or(0, |sums| side.end() - sums.tail) as f64 / self.window_longest() as f64;
            for (index, (sums, window)) in side_sums.iter().zip(windows).enumerate() {
                let burst = (index + 1 < windows.len()).then_some(longest);
                self.window(side, sums, task.time, *window, burst, row);
            }
            if self.families.has(Family::Recency) {
                row.extend(before.since.get(at));
            }
            if at == task.own && self.families.has(Family::History) {
                row.extend(before.own);
            }
        }
        if self.families.has(Family::Ratio) {
            let ([out, into], ends) = (sums, [shard.side(task.local, OUT).end(), shard.side(task.local, IN).end()]);
            for (out, into) in out.iter().zip(into) {
                ratios((out, ends[0] - out.tail), (into, ends[1] - into.tail), task.amount, row);
            }
        }
    }

    /// One side over one window; `longest` is its rate over the longest, where that is another.
    fn window(&self, side: &Side, sums: &WindowSums, now: i64, window: i64, longest: Option<f64>, row: &mut Vec<f64>) {
        let count = side.end() - sums.tail;
        if self.families.has(Family::Degree) {
            row.push(count as f64);
        }
        if self.families.has(Family::Fan) {
            row.push(f64::from(sums.fan));
        }
        if self.families.has(Family::Vertex) {
            let (amounts, times) = (sums.amounts.shape(), sums.times.shape(count, now));
            let (low, high) = side.extremes(now - window);
            row.extend([over(count as f64, f64::from(sums.fan)), sums.amounts.sum() as f64]);
            row.extend([amounts.mean, amounts.variance, amounts.skewness, amounts.kurtosis, low, high]);
            row.extend([times.mean, times.variance, times.skewness, times.kurtosis]);
        }
        if self.families.has(Family::Recency) {
            row.push(gap(side, sums.tail));
        }
        if let Some(longest) = longest.filter(|_| self.families.has(Family::History)) {
            row.push(over(count as f64 / window as f64, longest));
        }
    }
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

/// Mean time between the legs from `tail` on.
fn gap(side: &Side, tail: u64) -> f64 {
    let count = side.end() - tail;
    match side.last() {
        Some(last) if count > 1 => (last.time - side.at(tail).time) as f64 / (count - 1) as f64,
        _ => f64::NAN,
    }
}

fn ratios(out: (&WindowSums, u64), into: (&WindowSums, u64), value: i64, row: &mut Vec<f64>) {
    let ((out, made), (into, received)) = (out, into);
    let (sent, got) = (out.amounts.sum() as f64, into.amounts.sum() as f64);
    row.push(over(received as f64 - made as f64, (made + received) as f64));
    row.push(over(got - sent, got + sent));
    row.push(over(sent.min(got), sent.max(got)));
    row.push(over(amount(value), sent));
    row.push(over(amount(value), got));
}
