//! Takes transfers in, in the order of (time, id), and gives each its features.
//!
//! A batch goes through three steps: slots and pairs, one transfer after the other; accounts, each part of them on its own; searches, each
//! transfer on its own. The searches look at what was remembered as it stood at their transfer, so that neither the size of a
//! batch nor the number of threads shows.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: slots and rows come from the vectors they index")]

use std::hint::black_box;
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use crate::account::{Accounts, Task, amount, over};
use crate::config::{Config, Family};
use crate::cycle::{self, Order, Scratch};
use crate::near::{self, Asked};
use crate::pairs::{Pairs, key};
use crate::schema::{Feature, View, schema};
use crate::store::{IN, NONE, OUT, Shard};
use crate::table::{Block, Table};
use crate::transfer::{OUTSIDE, Transfer, Transfers};
use crate::view::Remembered;
use crate::{FeatureError, scatter};

/// Rows worked on at once; a longer batch is cut into such pieces.
const PIECE: usize = 1_024;
/// Fewer rows than this are not worth a second thread.
const TOGETHER: usize = 256;
/// So many accounts or pairs are looked up before they are worked on, so that the waits for memory overlap.
const AHEAD: usize = 16;
/// Rows a thread takes from a piece at a time.
const GRAIN: usize = 32;

/// How many searches were cut by `steps_max`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cuts {
    /// Of scatter–gather.
    pub scatter_gather: u64,
    /// Of temporal cycles.
    pub temporal_cycle: u64,
    /// Of simple cycles.
    pub simple_cycle: u64,
}

/// One transfer of a piece.
struct Row {
    asked: Asked,
    /// The transfer before of its pair.
    previous: u64,
    kind: u16,
}

/// What each thread of the searches remembers.
#[derive(Clone, Debug, Default)]
struct Searcher {
    cycles: Scratch,
    cuts: Cuts,
}

/// The streaming feature engine.
#[derive(Debug)]
pub struct Engine {
    config: Config,
    accounts: Accounts,
    schema: Vec<Feature>,
    /// Columns of the first block, of each end's, and of the searches'.
    widths: [usize; 3],
    slot_of: Vec<u32>,
    account_of: Vec<u32>,
    free: Vec<u32>,
    shards: Vec<Shard>,
    pairs: Pairs,
    searchers: Vec<Searcher>,
    seq: u64,
    last: Option<(i64, u64)>,
    swept: i64,
}

impl Engine {
    /// An engine that has seen nothing. `threads` 1 or more; it changes how fast rows come, not what they hold.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn new(config: Config, threads: usize) -> Result<Self, FeatureError> {
        config.check()?;
        let schema = schema(&config, View::Before);
        let of = |families: &[Family]| schema.iter().filter(|feature| families.contains(&feature.family)).count();
        let first = of(&[Family::Transfer, Family::Pair]);
        let searched = [Family::Match, Family::ScatterGather, Family::TemporalCycle, Family::SimpleCycle, Family::Reach, Family::Counterparty];
        let last = of(&searched);
        let threads = threads.clamp(1, 64);
        Ok(Self {
            accounts: Accounts::new(&config),
            widths: [first, (schema.len() - first - last) / 2, last],
            schema,
            config,
            slot_of: Vec::new(),
            account_of: Vec::new(),
            free: Vec::new(),
            shards: vec![Shard::default(); threads],
            pairs: Pairs::default(),
            searchers: vec![Searcher::default(); threads],
            seq: 0,
            last: None,
            swept: i64::MIN,
        })
    }

    /// The columns of its rows.
    #[must_use]
    pub fn schema(&self) -> &[Feature] {
        &self.schema
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// How many searches were cut so far.
    #[must_use]
    pub fn cuts(&self) -> Cuts {
        self.searchers.iter().fold(Cuts::default(), |sum, searcher| Cuts {
            scatter_gather: sum.scatter_gather + searcher.cuts.scatter_gather,
            temporal_cycle: sum.temporal_cycle + searcher.cuts.temporal_cycle,
            simple_cycle: sum.simple_cycle + searcher.cuts.simple_cycle,
        })
    }

    /// How many transfers and accounts are remembered.
    #[must_use]
    pub fn remembered(&self) -> (usize, usize) {
        (self.shards.iter().map(Shard::made).sum(), self.account_of.len() - self.free.len())
    }

    /// Takes transfers in and gives their rows. They must be in the order of (time, id), and not before those of earlier calls.
    ///
    /// # Errors
    /// A transfer out of order or with a value outside its range; then none of them was taken in.
    pub fn push(&mut self, transfers: &[Transfer]) -> Result<Table, FeatureError> {
        let mut table = Table::new(&self.schema);
        self.push_into(transfers, &mut table)?;
        Ok(table)
    }

    /// As [`Engine::push`], onto a table of the same columns.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub fn push_into(&mut self, transfers: &[Transfer], table: &mut Table) -> Result<(), FeatureError> {
        let mut last = self.last;
        for transfer in transfers {
            transfer.check(self.config.accounts_max)?;
            let at = (transfer.time, transfer.id);
            if last.is_some_and(|last| at <= last) {
                return Err(FeatureError::Order { id: transfer.id });
            }
            last = Some(at);
        }
        self.last = last;
        for piece in transfers.chunks(PIECE) {
            self.piece(piece, table);
        }
        Ok(())
    }

    fn piece(&mut self, piece: &[Transfer], table: &mut Table) {
        let Some(first) = piece.first() else {
            return;
        };
        let floor = first.time - self.config.kept();
        self.pairs.forget(floor);
        self.sweep(first.time, floor);
        let together = piece.len() >= TOGETHER && self.shards.len() > 1;
        let mut head = Vec::with_capacity(piece.len() * self.widths[0]);
        let ends: Vec<[u32; 2]> = piece.iter().map(|transfer| [self.slot(transfer.from), self.slot(transfer.to)]).collect();
        let mut rows = Vec::with_capacity(piece.len());
        for (piece, ends) in piece.chunks(AHEAD).zip(ends.chunks(AHEAD)) {
            if self.needs_pairs() {
                black_box(ends.iter().fold(0, |sum, ends| sum ^ self.pairs.touch(key(ends[0], ends[1]))));
            }
            rows.extend(piece.iter().zip(ends).map(|(transfer, ends)| self.enter(transfer, *ends, &mut head)));
        }
        let sides = self.accounts_of(&rows, floor, together);
        let tail = self.searches(&rows, together);
        let mut blocks = Vec::with_capacity(4);
        blocks.push(Block { width: self.widths[0], rows: cut(&head, self.widths[0], rows.len()) });
        let mut ends = [0, 1].map(|_| Block { width: self.widths[1], rows: vec![&[] as &[f64]; rows.len()] });
        for (values, places) in &sides {
            for (place, values) in places.iter().zip(cut(values, self.widths[1], places.len())) {
                ends[(place & 1) as usize].rows[(place >> 1) as usize] = values;
            }
        }
        blocks.extend(ends);
        let searched = tail.iter().flat_map(|values| cut(values, self.widths[2], values.len().checked_div(self.widths[2]).unwrap_or(0)));
        blocks.push(Block { width: self.widths[2], rows: searched.collect() });
        table.add(piece.iter().map(|transfer| transfer.id), &blocks, together);
    }

    /// Joins the pair, writes the first block.
    fn enter(&mut self, transfer: &Transfer, ends: [u32; 2], head: &mut Vec<f64>) -> Row {
        let seq = self.seq;
        self.seq += 1;
        let asked = Asked { time: transfer.time, seq, ends, amount: transfer.amount };
        let alone = asked.alone();
        if self.config.families.has(Family::Transfer) {
            itself(transfer, head);
        }
        let own = key(ends[0], ends[1]);
        let previous = if self.needs_pairs() { self.pairs.enter((!alone).then_some(own), seq, transfer.time, transfer.amount) } else { NONE };
        if self.config.families.has(Family::Pair) {
            let from = transfer.time - self.config.window_longest();
            let mut facts = |key, except| self.pairs.facts(key, from, transfer.time, except);
            let (there, back) = (facts(own, seq), facts(key(ends[1], ends[0]), NONE));
            head.extend([f64::from(there.count), there.sum as f64, f64::from(back.count), back.sum as f64]);
            head.push(over(back.sum as f64, (there.sum + back.sum) as f64));
            head.extend([there.since, back.since].map(|since| since.map_or(f64::NAN, |since| since as f64)));
        }
        Row { asked, previous, kind: transfer.kind }
    }

    /// Is "the transfer before of this pair" needed, for distinct counterparties or in itself?
    fn needs_pairs(&self) -> bool {
        let single = [Family::Transfer, Family::Degree, Family::Recency, Family::Ratio, Family::History, Family::Match, Family::Channel];
        Family::ALL.iter().any(|family| self.config.families.has(*family) && !single.contains(family))
    }

    fn slot(&mut self, account: u32) -> u32 {
        if account == OUTSIDE {
            return OUTSIDE;
        }
        let at = account as usize;
        if at >= self.slot_of.len() {
            self.slot_of.resize((at + 1).next_power_of_two().min(self.config.accounts_max as usize), u32::MAX);
        }
        if self.slot_of[at] == u32::MAX {
            let slot = self.free.pop().unwrap_or_else(|| {
                self.account_of.push(account);
                self.account_of.len() as u32 - 1
            });
            self.slot_of[at] = slot;
            self.account_of[slot as usize] = account;
        }
        self.slot_of[at]
    }

    /// The account features of both ends, by shard: values, and whose they are (row * 2 + end).
    fn accounts_of(&mut self, rows: &[Row], floor: i64, together: bool) -> Vec<(Vec<f64>, Vec<u32>)> {
        let (shards, accounts, width) = (self.shards.len(), &self.accounts, self.widths[1]);
        let slots = self.account_of.len().div_ceil(shards);
        let work = |(at, shard): (usize, &mut Shard)| {
            shard.grow(slots.next_power_of_two());
            let (mut values, mut places) = (Vec::with_capacity(rows.len() * 2 * width / shards + width), Vec::with_capacity(rows.len() * 2));
            for (number, row) in (0_u32..).zip(rows) {
                if (number as usize).is_multiple_of(AHEAD) {
                    let slots = rows[number as usize..].iter().take(AHEAD).flat_map(|row| row.asked.ends);
                    let own = slots.filter(|slot| *slot as usize % shards == at);
                    black_box(own.fold(0, |sum, slot| sum ^ shard.touch(slot as usize / shards)));
                }
                for own in [OUT, IN] {
                    let (slot, other) = (row.asked.ends[own] as usize, row.asked.ends[1 - own]);
                    if slot % shards != at {
                        continue;
                    }
                    let (asked, previous, kind) = (&row.asked, row.previous, row.kind);
                    let (time, seq, amount, local) = (asked.time, asked.seq, asked.amount, slot / shards);
                    let alone = slot as u32 == other || slot as u32 == OUTSIDE;
                    let task = Task { time, seq, amount, local, own, other, previous, kind, alone, outside: other == OUTSIDE };
                    accounts.take(shard, &task, floor, &mut values);
                    places.push(number * 2 + own as u32);
                }
            }
            (values, places)
        };
        if together { self.shards.par_iter_mut().enumerate().map(work).collect() } else { self.shards.iter_mut().enumerate().map(work).collect() }
    }

    /// The last block of each row, in pieces of rows in order.
    fn searches(&mut self, rows: &[Row], together: bool) -> Vec<Vec<f64>> {
        let (config, width, slots) = (&self.config, self.widths[2], self.account_of.len());
        if width == 0 {
            return Vec::new();
        }
        let known = Remembered { shards: &self.shards, pairs: &self.pairs };
        let grain = |searcher: &mut Searcher, rows: &[Row]| {
            let mut values = Vec::with_capacity(rows.len() * width);
            rows.iter().for_each(|row| searcher.search(known, config, &row.asked, slots, &mut values));
            values
        };
        if !together {
            return self.searchers.first_mut().map(|searcher| grain(searcher, rows)).into_iter().collect();
        }
        let taken = AtomicUsize::new(0);
        let work = |searcher: &mut Searcher| {
            let mut done = Vec::new();
            while let Some(rows) = {
                let number = taken.fetch_add(1, Ordering::Relaxed);
                rows.chunks(GRAIN).nth(number).map(|rows| (number, rows))
            } {
                done.push((rows.0, grain(searcher, rows.1)));
            }
            done
        };
        let mut done: Vec<(usize, Vec<f64>)> = self.searchers.par_iter_mut().flat_map_iter(work).collect();
        done.sort_unstable_by_key(|part| part.0);
        done.into_iter().map(|part| part.1).collect()
    }

    /// Forgets accounts of which nothing is remembered, each quarter of what is kept.
    fn sweep(&mut self, now: i64, floor: i64) {
        if self.swept != i64::MIN && now - self.swept < (self.config.kept() / 4).max(1) {
            return;
        }
        self.swept = now;
        let (count, upkeep) = (self.shards.len(), &self.accounts.upkeep);
        let accounts = self.account_of.len().div_ceil(count);
        let empty: Vec<Vec<usize>> = self.shards.par_iter_mut().map(|shard| shard.sweep(accounts, now, floor, upkeep)).collect();
        for (at, locals) in empty.into_iter().enumerate() {
            for slot in locals.into_iter().map(|local| local * count + at) {
                // A slot that is free already stays so.
                let Some(account) = self.account_of.get(slot).copied().filter(|account| self.slot_of[*account as usize] == slot as u32) else {
                    continue;
                };
                self.shards[at].clear(slot / count);
                self.slot_of[account as usize] = u32::MAX;
                self.free.push(slot as u32);
            }
        }
    }
}

impl Searcher {
    fn search(&mut self, known: Remembered<'_>, config: &Config, asked: &Asked, slots: usize, row: &mut Vec<f64>) {
        near::matches(known, config, asked, row);
        if config.families.has(Family::ScatterGather) {
            self.cuts.scatter_gather += u64::from(scatter::search(known, config, asked, &mut self.cycles.forward, slots, row));
        }
        if config.families.has(Family::TemporalCycle) {
            self.cuts.temporal_cycle += u64::from(cycle::search(known, config, asked, Order::Temporal, &mut self.cycles, slots, row));
        }
        if config.families.has(Family::SimpleCycle) {
            self.cuts.simple_cycle += u64::from(cycle::search(known, config, asked, Order::Free, &mut self.cycles, slots, row));
        }
        near::reach(known, config, asked, &mut self.cycles.forward, slots, row);
        near::counterparties(known, config, asked, row);
    }
}

/// The rows of a matrix; `rows` empty ones when it has no columns.
fn cut(values: &[f64], width: usize, rows: usize) -> Vec<&[f64]> {
    if width == 0 { vec![&[]; rows] } else { values.chunks_exact(width).collect() }
}

/// The family [`Family::Transfer`].
fn itself(transfer: &Transfer, head: &mut Vec<f64>) {
    let value = amount(transfer.amount);
    head.extend([value, (1.0 + value).log10()]);
    let (mut zeros, mut rest) = (0_u32, transfer.amount);
    while rest > 0 && rest % 10 == 0 {
        zeros += 1;
        rest /= 10;
    }
    let (day, second) = (transfer.time.div_euclid(86_400), transfer.time.rem_euclid(86_400));
    // 1970 began on a Thursday.
    head.extend([f64::from(zeros), second as f64, (day + 3).rem_euclid(7) as f64, f64::from(transfer.kind)]);
}

/// All transfers at once: the same rows as from an [`Engine`], in the order of (time, id).
///
/// # Errors
/// Settings, columns or values that cannot be; two transfers of one time and id.
pub fn batch(transfers: &Transfers, config: &Config, threads: usize) -> Result<(Vec<Feature>, Table), FeatureError> {
    let rows = transfers.rows()?;
    let mut engine = Engine::new(config.clone(), threads)?;
    let table = engine.push(&rows)?;
    Ok((engine.schema, table))
}
