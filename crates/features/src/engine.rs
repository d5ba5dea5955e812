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
use crate::blocks::{Queue, Shelf};
use crate::config::{Config, Family};
use crate::cycle::{self, Order, Scratch};
use crate::near::{self, Asked};
use crate::pairs::{Pairs, key};
use crate::schema::{Feature, View, schema};
use crate::store::{NONE, Shard};
use crate::table::{Block, Table};
use crate::transfer::{OUTSIDE, Transfer, Transfers};
use crate::view::Remembered;
use crate::{FeatureError, scatter};

/// Rows worked on at once by several threads; a longer batch is cut into such pieces.
const PIECE: usize = 1_024;
/// Rows worked on at once by one thread: what lies between its steps stays in the processor's cache.
const PIECE_ALONE: usize = 256;
/// Fewer rows than this are not worth a second thread.
const TOGETHER: usize = 256;
/// So many accounts or pairs are looked up before they are worked on, so that the waits for memory overlap.
const AHEAD: usize = 32;
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
#[derive(Debug)]
struct Row {
    asked: Asked,
    /// The transfer before of its pair.
    previous: u64,
    kind: u16,
}

/// What the engine holds of an account, side by side since both are asked for together.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    slot: u32,
    /// In how many of the kept transfers it is; its slot is its own as long as there is one.
    uses: u32,
}

/// The work of one shard on a piece; kept from piece to piece for its memory.
#[derive(Clone, Debug, Default)]
struct Part {
    /// Whose the values are: row * 2 + end.
    places: Vec<u32>,
    /// The accounts, in their shard.
    locals: Vec<u32>,
    /// The account features of each place.
    values: Vec<f64>,
}

impl Part {
    /// Up to [`AHEAD`] accounts from there on.
    fn near(&self, from: usize) -> &[u32] {
        self.locals.get(from..self.locals.len().min(from + AHEAD)).unwrap_or_default()
    }

    /// Finds the rows' ends that belong to shard `at` of `shards`.
    fn fill(&mut self, rows: &[Row], at: usize, shards: usize) {
        self.places.clear();
        self.locals.clear();
        self.values.clear();
        for (number, row) in (0_u32..).zip(rows) {
            for (own, slot) in (0..).zip(row.asked.ends) {
                let (shard, local) = if shards == 1 { (0, slot) } else { (slot as usize % shards, slot / shards as u32) };
                if shard == at {
                    self.places.push(number * 2 + own);
                    self.locals.push(local);
                }
            }
        }
    }

    /// Takes the ends in and writes their accounts' features.
    fn work(&mut self, shard: &mut Shard, rows: &[Row], accounts: &Accounts, floor: i64) {
        let touch = |shard: &Shard, locals: &[u32]| black_box(locals.iter().fold(0, |sum, local| sum ^ shard.touch(*local as usize)));
        let touch_legs = |shard: &Shard, locals: &[u32]| black_box(locals.iter().fold(0, |sum, local| sum ^ shard.touch_legs(*local as usize)));
        touch(shard, self.near(0));
        touch(shard, self.near(AHEAD));
        touch_legs(shard, self.near(0));
        for number in 0..self.places.len() {
            if number.is_multiple_of(AHEAD) {
                touch(shard, self.near(number + 2 * AHEAD));
                touch_legs(shard, self.near(number + AHEAD));
            }
            let (place, local) = (self.places[number], self.locals[number] as usize);
            let (row, own) = (&rows[(place >> 1) as usize], (place & 1) as usize);
            let (asked, previous, kind) = (&row.asked, row.previous, row.kind);
            let (slot, other) = (asked.ends[own], asked.ends[1 - own]);
            let (alone, outside) = (slot == other || slot == OUTSIDE, other == OUTSIDE);
            let task = Task { time: asked.time, seq: asked.seq, amount: asked.amount, local, own, other, previous, kind, alone, outside };
            accounts.take(shard, &task, floor, &mut self.values);
        }
    }
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
    /// By account.
    held: Shelf<Held>,
    /// So many slots were given out, those that are free again among them.
    slots: usize,
    free: Vec<u32>,
    /// The transfers that are kept: time and accounts.
    kept: Queue<(i64, [u32; 2])>,
    shards: Vec<Shard>,
    pairs: Pairs,
    searchers: Vec<Searcher>,
    /// Memory of the last piece, for the next.
    worked: (Vec<Part>, Vec<Row>, Vec<f64>),
    seq: u64,
    last: Option<(i64, u64)>,
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
            pairs: Pairs::new(config.families.has(Family::Pair)),
            config,
            held: Shelf::default(),
            slots: 0,
            free: Vec::new(),
            kept: Queue::default(),
            shards: vec![Shard::default(); threads],
            searchers: vec![Searcher::default(); threads],
            worked: (vec![Part::default(); threads], Vec::new(), Vec::new()),
            seq: 0,
            last: None,
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
        (self.kept.len(), self.slots - self.free.len())
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
        table.reserve(transfers.len());
        for piece in transfers.chunks(if self.shards.len() == 1 { PIECE_ALONE } else { PIECE }) {
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
        self.forget(floor);
        let together = piece.len() >= TOGETHER && self.shards.len() > 1;
        let (mut parts, mut rows, mut head) = std::mem::take(&mut self.worked);
        rows.clear();
        head.clear();
        let ends = self.keep(piece);
        for (piece, ends) in piece.chunks(AHEAD).zip(ends.chunks(AHEAD)) {
            if self.needs_pairs() {
                black_box(ends.iter().fold(0, |sum, ends| sum ^ self.pairs.touch(key(ends[0], ends[1]))));
            }
            for (transfer, ends) in piece.iter().zip(ends) {
                self.enter(transfer, *ends, &mut head, &mut rows);
            }
        }
        self.accounts_of(&mut parts, &rows, floor, together);
        let tail = self.searches(&rows, together);
        let mut blocks = Vec::with_capacity(4);
        blocks.push(Block { width: self.widths[0], rows: cut(&head, self.widths[0], rows.len()) });
        let mut ends = [0, 1].map(|_| Block { width: self.widths[1], rows: vec![&[] as &[f64]; rows.len()] });
        for part in &parts {
            for (place, values) in part.places.iter().zip(cut(&part.values, self.widths[1], part.places.len())) {
                ends[(place & 1) as usize].rows[(place >> 1) as usize] = values;
            }
        }
        blocks.extend(ends);
        let searched = tail.iter().flat_map(|values| cut(values, self.widths[2], values.len().checked_div(self.widths[2]).unwrap_or(0)));
        blocks.push(Block { width: self.widths[2], rows: searched.collect() });
        table.add(piece.iter().map(|transfer| transfer.id), &blocks, together);
        drop(blocks);
        self.worked = (parts, rows, head);
    }

    /// Joins the pair, writes the first block and the row: where it will lie, since a row that is given back is written and read twice.
    fn enter(&mut self, transfer: &Transfer, ends: [u32; 2], head: &mut Vec<f64>, rows: &mut Vec<Row>) {
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
        rows.push(Row { asked, previous, kind: transfer.kind });
    }

    /// Is "the transfer before of this pair" needed, for distinct counterparties or in itself?
    fn needs_pairs(&self) -> bool {
        let single = [Family::Transfer, Family::Degree, Family::Recency, Family::Ratio, Family::History, Family::Match, Family::Channel];
        Family::ALL.iter().any(|family| self.config.families.has(*family) && !single.contains(family))
    }

    /// Notes transfers and gives their slots.
    fn keep(&mut self, piece: &[Transfer]) -> Vec<[u32; 2]> {
        let mut ends = Vec::with_capacity(piece.len());
        for near in piece.chunks(AHEAD) {
            black_box(near.iter().fold(0, |sum, transfer| sum ^ self.touch([transfer.from, transfer.to])));
            for transfer in near {
                ends.push([self.slot(transfer.from), self.slot(transfer.to)]);
                self.kept.push((transfer.time, [transfer.from, transfer.to]));
            }
        }
        ends
    }

    /// Brings what is held of two accounts near; the result says nothing.
    fn touch(&self, accounts: [u32; 2]) -> u32 {
        accounts.iter().fold(0, |sum, account| sum ^ self.held.get(*account as usize).map_or(0, |held| held.slot))
    }

    /// The slot of an account, which has one more transfer.
    fn slot(&mut self, account: u32) -> u32 {
        if account == OUTSIDE {
            return OUTSIDE;
        }
        self.held.grow(account as usize + 1, &Held::default());
        let Some(held) = self.held.get_mut(account as usize) else {
            return OUTSIDE;
        };
        if held.uses == 0 {
            held.slot = self.free.pop().unwrap_or_else(|| {
                self.slots += 1;
                self.slots as u32 - 1
            });
        }
        held.uses += 1;
        held.slot
    }

    /// The account features of both ends, by shard.
    fn accounts_of(&mut self, parts: &mut [Part], rows: &[Row], floor: i64, together: bool) {
        let (shards, accounts) = (self.shards.len(), &self.accounts);
        let room = self.slots.div_ceil(shards);
        let work = |(at, (shard, part)): (usize, (&mut Shard, &mut Part))| {
            shard.grow(room);
            part.fill(rows, at, shards);
            part.work(shard, rows, accounts, floor);
        };
        if together {
            self.shards.par_iter_mut().zip(parts).enumerate().for_each(work);
        } else {
            self.shards.iter_mut().zip(parts).enumerate().for_each(work);
        }
    }

    /// The last block of each row, in pieces of rows in order.
    fn searches(&mut self, rows: &[Row], together: bool) -> Vec<Vec<f64>> {
        let (config, width, slots) = (&self.config, self.widths[2], self.slots);
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

    /// Forgets transfers before `floor`, and the accounts that have no other.
    fn forget(&mut self, floor: i64) {
        loop {
            let gone = (0..AHEAD).map_while(|at| self.kept.get(at)).take_while(|kept| kept.0 < floor);
            let (number, _) = black_box(gone.fold((0, 0), |(number, sum), kept| (number + 1, sum ^ self.touch(kept.1))));
            for _ in 0..number {
                for account in self.kept.get(0).map(|kept| kept.1).into_iter().flatten() {
                    self.release(account);
                }
                self.kept.pop();
            }
            if number < AHEAD {
                return;
            }
        }
    }

    /// An account has one transfer less.
    fn release(&mut self, account: u32) {
        let Some(held) = self.held.get_mut(account as usize).filter(|_| account != OUTSIDE) else {
            return;
        };
        held.uses -= 1;
        if held.uses == 0 {
            let shards = self.shards.len();
            self.shards[held.slot as usize % shards].clear(held.slot as usize / shards);
            self.free.push(held.slot);
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
