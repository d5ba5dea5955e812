//! Every feature by its definition, from all transfers up to and including its own. Slow and obvious; the engine equals it.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::{Config, Family};
use crate::schema::SCATTER_GATHER_CLASSES;
use crate::transfer::{OUTSIDE, Transfer, UNKNOWN};

/// The transfers that one row is computed from.
struct Known<'a> {
    config: &'a Config,
    /// Earlier transfers, then this one; without those of an account to itself.
    all: Vec<&'a Transfer>,
    this: &'a Transfer,
}

/// The rows of these transfers, which are in the order of (time, id); columns as in the schema.
#[must_use]
pub fn rows(transfers: &[Transfer], config: &Config) -> Vec<Vec<f64>> {
    let row = |(at, this): (usize, &Transfer)| {
        let all = transfers.iter().take(at + 1).filter(|transfer| transfer.from != transfer.to).collect();
        Known { config, all, this }.row()
    };
    transfers.iter().enumerate().map(row).collect()
}

fn value(amount: i64) -> f64 {
    if amount == UNKNOWN { f64::NAN } else { amount as f64 }
}

fn over(above: f64, below: f64) -> f64 {
    if below > 0.0 { above / below } else { f64::NAN }
}

/// Mean, variance, skewness, kurtosis of whole numbers, by the book, around their exact mean.
fn moments(values: &[i64]) -> [f64; 4] {
    let n = values.len() as f64;
    if values.is_empty() {
        return [f64::NAN; 4];
    }
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    let count = values.len() as i128;
    // n(x - mean) is a whole number.
    let central = |power: i32| values.iter().map(|value| ((i128::from(*value) * count - sum) as f64 / n).powi(power)).sum::<f64>() / n;
    let variance = central(2);
    let shape = |power: i32| if variance > 0.0 { central(power) / variance.powf(f64::from(power) / 2.0) } else { 0.0 };
    [sum as f64 / n, variance, shape(3), shape(4)]
}

impl<'a> Known<'a> {
    fn row(&self) -> Vec<f64> {
        let mut row = Vec::new();
        self.itself(&mut row);
        self.pair(&mut row);
        for account in [(self.this.from, true), (self.this.to, false)] {
            self.account(account.0, account.1, &mut row);
        }
        self.matches(&mut row);
        self.scatter_gather(&mut row);
        self.cycles(Family::TemporalCycle, &mut row);
        self.cycles(Family::SimpleCycle, &mut row);
        self.reach(&mut row);
        self.counterparties(&mut row);
        row
    }

    fn has(&self, family: Family) -> bool {
        self.config.families.has(family)
    }

    /// Transfers of the window; this one too if it is there.
    fn within(&self, window: i64) -> impl Iterator<Item = &'a Transfer> {
        self.all.iter().copied().filter(move |transfer| transfer.time >= self.this.time - window)
    }

    /// The same of one account and side; what is outside has none.
    fn of(&self, known: impl Iterator<Item = &'a Transfer>, account: u32, out: bool) -> Vec<&'a Transfer> {
        known.filter(|transfer| account != OUTSIDE && account == if out { transfer.from } else { transfer.to }).collect()
    }

    /// Is neither end outside?
    fn inner(transfer: &Transfer) -> bool {
        transfer.from != OUTSIDE && transfer.to != OUTSIDE
    }

    /// The same without this one.
    fn earlier(&self, window: i64) -> impl Iterator<Item = &'a Transfer> {
        self.within(window).filter(|transfer| transfer.id != self.this.id || transfer.time != self.this.time)
    }

    fn itself(&self, row: &mut Vec<f64>) {
        if !self.has(Family::Transfer) {
            return;
        }
        let digits = self.this.amount.to_string();
        let zeros = if self.this.amount > 0 { digits.len() - digits.trim_end_matches('0').len() } else { 0 };
        let days = self.this.time.div_euclid(86_400);
        row.extend([value(self.this.amount), (1.0 + value(self.this.amount)).log10(), zeros as f64]);
        row.extend([(self.this.time - days * 86_400) as f64, (days + 3).rem_euclid(7) as f64, f64::from(self.this.kind)]);
    }

    fn pair(&self, row: &mut Vec<f64>) {
        if !self.has(Family::Pair) {
            return;
        }
        let window = self.config.window_longest();
        let (from, to) = (self.this.from, self.this.to);
        let of = |from: u32, to: u32| {
            self.within(window).filter(|transfer| Self::inner(transfer)).filter(move |transfer| (transfer.from, transfer.to) == (from, to))
        };
        let sum = |from, to| of(from, to).map(|transfer| transfer.amount.max(0)).sum::<i64>() as f64;
        let since = |from: u32, to: u32| {
            let last =
                self.earlier(window).filter(|transfer| Self::inner(transfer)).filter(|transfer| (transfer.from, transfer.to) == (from, to)).last();
            last.map_or(f64::NAN, |last| (self.this.time - last.time) as f64)
        };
        row.extend([of(from, to).count() as f64, sum(from, to), of(to, from).count() as f64, sum(to, from)]);
        row.push(over(sum(to, from), sum(from, to) + sum(to, from)));
        row.extend([since(from, to), since(to, from)]);
    }

    fn side(&self, account: u32, out: bool, window: i64) -> Vec<&'a Transfer> {
        self.of(self.within(window), account, out)
    }

    fn account(&self, account: u32, payer: bool, row: &mut Vec<f64>) {
        for out in [true, false] {
            for window in &self.config.windows {
                self.window(account, out, *window, row);
            }
            let longest = self.config.window_longest();
            let own = self.of(self.earlier(longest), account, out);
            let since = own.last().map_or(f64::NAN, |last| (self.this.time - last.time) as f64);
            if self.has(Family::Recency) {
                row.push(since);
            }
            if self.has(Family::History) && out == payer {
                let known: Vec<i64> = own.iter().map(|transfer| transfer.amount).filter(|amount| *amount >= 0).collect();
                let [mean, variance, ..] = moments(&known);
                let amount = value(self.this.amount);
                row.push(if variance > 0.0 { (amount - mean) / variance.sqrt() } else { f64::NAN });
                row.extend([over(amount, mean), over(amount, known.iter().max().map_or(f64::NAN, |max| *max as f64)), over(since, gap(&own))]);
            }
        }
        if self.has(Family::Ratio) {
            self.ratios(account, row);
        }
    }

    fn window(&self, account: u32, out: bool, window: i64, row: &mut Vec<f64>) {
        let side = self.side(account, out, window);
        let others: BTreeSet<u32> =
            side.iter().filter(|transfer| Self::inner(transfer)).map(|transfer| if out { transfer.to } else { transfer.from }).collect();
        if self.has(Family::Degree) {
            row.push(side.len() as f64);
        }
        if self.has(Family::Fan) {
            row.push(others.len() as f64);
        }
        if self.has(Family::Vertex) {
            let amounts: Vec<i64> = side.iter().map(|transfer| transfer.amount).filter(|amount| *amount >= 0).collect();
            let ages: Vec<i64> = side.iter().map(|transfer| self.this.time - transfer.time).collect();
            row.extend([over(side.len() as f64, others.len() as f64), amounts.iter().sum::<i64>() as f64]);
            row.extend(moments(&amounts));
            row.extend([amounts.iter().min(), amounts.iter().max()].map(|value| value.map_or(f64::NAN, |value| *value as f64)));
            // Times are skewed the other way round than ages.
            let [mean, variance, skewness, kurtosis] = moments(&ages);
            row.extend([mean, variance, -skewness, kurtosis]);
        }
        if self.has(Family::Recency) {
            row.push(gap(&side));
        }
        for kind in 1..=if self.has(Family::Channel) { self.config.kinds } else { 0 } {
            let of: Vec<i64> = side.iter().filter(|transfer| transfer.kind == kind).map(|transfer| transfer.amount.max(0)).collect();
            row.extend([of.len() as f64, of.iter().sum::<i64>() as f64]);
        }
        let longest = self.config.window_longest();
        if self.has(Family::History) && window < longest {
            row.push(over(side.len() as f64 / window as f64, self.side(account, out, longest).len() as f64 / longest as f64));
        }
    }

    fn ratios(&self, account: u32, row: &mut Vec<f64>) {
        for window in &self.config.windows {
            let (made, received) = (self.side(account, true, *window), self.side(account, false, *window));
            let sum = |side: &[&Transfer]| side.iter().map(|transfer| transfer.amount.max(0)).sum::<i64>() as f64;
            let (sent, got, n_made, n_received) = (sum(&made), sum(&received), made.len() as f64, received.len() as f64);
            row.extend([over(n_received - n_made, n_received + n_made), over(got - sent, got + sent), over(sent.min(got), sent.max(got))]);
            row.extend([over(value(self.this.amount), sent), over(value(self.this.amount), got)]);
        }
    }

    fn matches(&self, row: &mut Vec<f64>) {
        if !self.has(Family::Match) {
            return;
        }
        let wanted = self.this.amount;
        for account in [self.this.from, self.this.to] {
            for out in [true, false] {
                let mut side = self.of(self.earlier(self.config.window_longest()), account, out);
                side.reverse();
                side.truncate(self.config.matches_max);
                side.retain(|transfer| transfer.amount >= 0 && wanted >= 0);
                let away = |transfer: &Transfer| (transfer.amount - wanted).abs();
                row.push(side.iter().filter(|transfer| away(transfer) * 10 <= wanted).count() as f64);
                // Of equals the first, which is the nearest in time.
                let closest = side.iter().min_by_key(|transfer| away(transfer));
                row.push(closest.map_or(f64::NAN, |closest| over(away(closest) as f64, wanted as f64)));
                row.push(closest.map_or(f64::NAN, |closest| (self.this.time - closest.time) as f64));
            }
        }
    }

    fn scatter_gather(&self, row: &mut Vec<f64>) {
        if !self.has(Family::ScatterGather) {
            return;
        }
        let ties: BTreeSet<(u32, u32)> = self
            .within(self.config.scatter_gather_window)
            .filter(|transfer| Self::inner(transfer))
            .map(|transfer| (transfer.from, transfer.to))
            .collect();
        let accounts: BTreeSet<u32> = ties.iter().flat_map(|tie| [tie.0, tie.1]).collect();
        let (from, to) = (self.this.from, self.this.to);
        let mut sizes = Vec::new();
        for far in accounts.iter().copied().filter(|_| from != to && Self::inner(self.this)) {
            let middles = |source: u32, sink: u32| {
                accounts.iter().filter(|middle| ties.contains(&(source, **middle)) && ties.contains(&(**middle, sink))).count()
            };
            if far != to && ties.contains(&(far, from)) {
                sizes.push(middles(far, to));
            }
            if far != from && ties.contains(&(to, far)) {
                sizes.push(middles(from, far));
            }
        }
        sizes.retain(|size| *size > 1);
        row.push(sizes.iter().max().copied().unwrap_or(0) as f64);
        for (at, low) in SCATTER_GATHER_CLASSES.iter().enumerate() {
            let high = SCATTER_GATHER_CLASSES.get(at + 1).map_or(usize::MAX, |next| *next as usize);
            row.push(sizes.iter().filter(|size| (*low as usize..high).contains(size)).count() as f64);
        }
    }

    /// All simple paths from the payee to the payer; a temporal one must fit before this transfer, transfer by transfer.
    fn cycles(&self, family: Family, row: &mut Vec<f64>) {
        if !self.has(family) {
            return;
        }
        let known: Vec<&Transfer> = self.earlier(self.config.cycle_window).filter(|transfer| Self::inner(transfer)).collect();
        let mut counts = vec![0_u32; self.config.cycle_length_max as usize + 1];
        if self.this.from != self.this.to && Self::inner(self.this) {
            paths(&known, family == Family::TemporalCycle, &mut vec![self.this.to], 0, self.this.from, &mut counts);
        }
        row.extend(counts.iter().skip(2).map(|count| f64::from(*count)));
    }

    /// The latest transfer of each of the nearest counterparties, nearest first.
    fn nearest(&self, known: &[&'a Transfer], account: u32, out: bool) -> Vec<&'a Transfer> {
        let mut seen = BTreeSet::new();
        let mut side = self.of(known.iter().copied().filter(|transfer| Self::inner(transfer)), account, out);
        side.reverse();
        side.retain(|transfer| seen.insert(if out { transfer.to } else { transfer.from }));
        side.truncate(self.config.neighbours_max);
        side
    }

    fn reach(&self, row: &mut Vec<f64>) {
        if !self.has(Family::Reach) {
            return;
        }
        let known: Vec<&Transfer> = self.earlier(self.config.cycle_window).collect();
        for (start, out) in [(self.this.from, false), (self.this.to, true)] {
            let mut seen = BTreeSet::new();
            for first in self.nearest(&known, start, out) {
                let then = if out { first.to } else { first.from };
                seen.insert(then);
                let until = if out { None } else { Some((first.time, first.id)) };
                let before: Vec<&Transfer> =
                    known.iter().copied().filter(|transfer| until.is_none_or(|until| (transfer.time, transfer.id) < until)).collect();
                seen.extend(self.nearest(&before, then, out).iter().map(|second| if out { second.to } else { second.from }));
            }
            seen.remove(&start);
            row.push(seen.len() as f64);
        }
    }

    fn counterparties(&self, row: &mut Vec<f64>) {
        if !self.has(Family::Counterparty) {
            return;
        }
        let known: Vec<&Transfer> = self.earlier(self.config.window_longest()).collect();
        for account in [self.this.from, self.this.to] {
            for out in [true, false] {
                let others: Vec<u32> =
                    self.nearest(&known, account, out).iter().map(|transfer| if out { transfer.to } else { transfer.from }).collect();
                for of_out in [true, false] {
                    let count = |other: &u32| known.iter().filter(|transfer| *other == if of_out { transfer.from } else { transfer.to }).count();
                    let counts: Vec<usize> = others.iter().map(count).collect();
                    let none = counts.is_empty();
                    row.push(if none { f64::NAN } else { counts.iter().sum::<usize>() as f64 / counts.len() as f64 });
                    row.push(counts.iter().max().map_or(f64::NAN, |max| *max as f64));
                }
            }
        }
    }
}

fn gap(side: &[&Transfer]) -> f64 {
    match (side.first(), side.last()) {
        (Some(first), Some(last)) if side.len() > 1 => (last.time - first.time) as f64 / (side.len() - 1) as f64,
        _ => f64::NAN,
    }
}

/// Walks on from the end of `path`. In order of time, `known` from `start` on may be used: the earliest next transfer to each account is the best.
fn paths(known: &[&Transfer], in_time: bool, path: &mut Vec<u32>, start: usize, home: u32, counts: &mut [u32]) {
    let mut next: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, transfer) in known.iter().enumerate().skip(if in_time { start } else { 0 }) {
        if path.last() == Some(&transfer.from) {
            next.entry(transfer.to).or_insert(at);
        }
    }
    for (account, at) in next {
        if account == home {
            if let Some(count) = counts.get_mut(path.len() + 1) {
                *count += 1;
            }
        } else if !path.contains(&account) && path.len() + 2 < counts.len() {
            path.push(account);
            paths(known, in_time, path, at + 1, home, counts);
            path.pop();
        }
    }
}
