//! Accounts with many transfers in one direction: what one more changes is found without looking at all of them again.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: positions run within the lists they were made from")]

use std::collections::BTreeMap;
use std::ops::Range;

use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::fan::{Direction, score};
use crate::flow::dollars;
use crate::hit::Role;
use crate::request::Request;
use crate::search_all::PatternHit;
use crate::stream::keyed::{MANY, Step, tiles};
use crate::stream::live::List;
use crate::stream::{Changed, Key};
use crate::window::{Run, extend, threshold, usual, usual_of};

/// With fewer transfers in a direction an account is searched anew each time.
pub(crate) const BUSY: usize = 16;
/// There was no transfer with the same account before.
const NONE: u32 = u32::MAX;
/// Transfers that may go at the front before positions are counted anew.
const DROPPED_MAX: u32 = 1 << 30;

/// A transfer of the account.
#[derive(Clone, Copy, Debug)]
struct Item {
    at: i64,
    amount: i64,
    row: u32,
    other: u32,
    /// Position of the one before with the same other account.
    before: u32,
    /// Does it lie in a fan?
    inside: bool,
}

/// The transfers of one account in one direction that a request asks for, with what lies in the window from each on. Positions are counted from the first ever taken in.
/// 36 bytes a transfer, and 8 to 16 for each other account.
#[derive(Debug, Default)]
pub(crate) struct Busy {
    items: List<Item>,
    /// Distinct others in the window that begins at each transfer.
    distinct: List<u32>,
    /// How many have gone at the front.
    dropped: u32,
    /// Position of the last transfer with each other account.
    last: FxHashMap<u32, u32>,
    /// Distinct others of each tile that has any, and where the tiles began when they were counted.
    tiles: Vec<(i64, usize)>,
    tiles_from: Option<i64>,
    /// Others of the runs told last: first and next position, accounts in order.
    told: Vec<(Range<u32>, Vec<u32>)>,
}

/// The dense windows of an account.
pub(crate) struct Dense {
    pub(crate) runs: Vec<Run>,
    least: usize,
    usual: usize,
}

impl Dense {
    /// The usual number of the account.
    pub(crate) fn usual(&self) -> usize {
        self.usual
    }
}

impl Busy {
    /// All that is asked for of an account.
    fn of(step: &Step<'_>, request: &Request, direction: Direction, node: u32) -> Self {
        let mut busy = Self::default();
        for edge in direction.edges(step.flow, node).iter().copied().filter(|edge| step.flow.asked(*edge, request)) {
            busy.take(step, direction, edge);
        }
        // A transfer counts in the windows that reach it and begin after the one before with the same account.
        let items = busy.items.all();
        let mut steps = vec![0_i32; items.len() + 1];
        let mut first = 0;
        for (at, item) in items.iter().enumerate() {
            while items[first].at < item.at.saturating_sub(request.window_micros) {
                first += 1;
            }
            steps[if item.before == NONE { first } else { first.max(item.before as usize + 1) }] += 1;
            steps[at + 1] -= 1;
        }
        let mut count = 0;
        busy.distinct.values = steps[..items.len()]
            .iter()
            .map(|step| {
                count += step;
                count as u32
            })
            .collect();
        busy
    }

    fn take(&mut self, step: &Step<'_>, direction: Direction, edge: u32) {
        let (flow, other) = (step.flow, direction.other(step.flow, edge));
        let position = self.dropped + self.items.all().len() as u32;
        let before = self.last.insert(other, position).unwrap_or(NONE);
        self.items.values.push(Item { at: flow.at(edge), amount: flow.amount(edge).max(0), row: step.live.row(edge), other, before, inside: false });
    }

    /// Follows changes of which those still held come after all that is there: gives the transfers in fans that have gone. `None` when the account is to be taken in anew.
    fn follow(&mut self, step: &Step<'_>, request: &Request, direction: Direction, changed: &[Key]) -> Option<Vec<Key>> {
        let begin = step.flow.period().0;
        let held = &changed[changed.partition_point(|key| key.0 < begin)..];
        let last = self.items.all().last().map(|item| (item.at, item.row));
        if held.first().is_some_and(|first| last.is_some_and(|last| *first <= last)) || self.dropped > DROPPED_MAX {
            return None;
        }
        let gone = self.items.all().partition_point(|item| item.at < begin);
        let mut left = Vec::new();
        for (position, item) in (self.dropped..).zip(&self.items.all()[..gone]) {
            if self.last.get(&item.other) == Some(&position) {
                self.last.remove(&item.other);
            }
            left.extend(item.inside.then_some((item.at, item.row)));
        }
        self.items.drop_front(gone);
        self.distinct.drop_front(gone);
        self.dropped += gone as u32;
        for edge in held.iter().filter_map(|key| step.live.find(*key)).filter(|edge| step.flow.asked(*edge, request)) {
            self.take(step, direction, edge);
            self.count_last(request);
        }
        Some(left)
    }

    /// Counts the last transfer in the windows that reach it, and in its tile.
    fn count_last(&mut self, request: &Request) {
        let items = self.items.all();
        let Some(item) = items.last() else {
            return;
        };
        let first = items.partition_point(|other| other.at < item.at.saturating_sub(request.window_micros));
        let before = item.before.checked_sub(self.dropped).filter(|_| item.before != NONE).map(|before| before as usize);
        self.distinct.values.push(0);
        let from = before.map_or(first, |before| first.max(before + 1));
        self.distinct.all_mut()[from..].iter_mut().for_each(|count| *count += 1);
        if let Some(begin) = self.tiles_from {
            let tile = |at: i64| (at - begin) / request.window_micros;
            let is_new = before.is_none_or(|before| tile(items[before].at) != tile(item.at));
            match self.tiles.last_mut().filter(|last| last.0 == tile(item.at)) {
                Some(last) => last.1 += usize::from(is_new),
                None => self.tiles.push((tile(item.at), 1)),
            }
        }
    }

    /// As [`crate::window::usual`].
    fn usual(&mut self, window: i64, (begin, end): (i64, i64)) -> usize {
        if window <= 0 || self.items.all().is_empty() {
            return 0;
        }
        let tile = |at: i64| (at - begin) / window;
        if self.tiles_from != Some(begin) {
            self.tiles_from = Some(begin);
            self.tiles.clear();
            let items = self.items.all();
            for item in items {
                let before = item.before.checked_sub(self.dropped).filter(|_| item.before != NONE).map(|before| items[before as usize].at);
                let is_new = before.is_none_or(|before| tile(before) != tile(item.at));
                match self.tiles.last_mut().filter(|last| last.0 == tile(item.at)) {
                    Some(last) => last.1 += usize::from(is_new),
                    None => self.tiles.push((tile(item.at), 1)),
                }
            }
        }
        usual_of(self.tiles.iter().map(|tile| tile.1).collect(), tile(end) as usize + 1)
    }

    /// The usual number of an account whose own transfers are what they were.
    fn moved(&mut self, step: &Step<'_>, request: &Request) -> usize {
        self.usual(request.window_micros, step.flow.period())
    }

    /// Its dense windows; `None` when it nowhere has `k` others.
    pub(crate) fn dense(&mut self, step: &Step<'_>, request: &Request, node: u32) -> Option<Dense> {
        if !self.distinct.all().iter().any(|count| *count >= request.k) {
            return None;
        }
        let usual = self.usual(request.window_micros, step.flow.period());
        let least = threshold(request.k, usual, step.flow.roles.is_licensed(node), request.usual_factor);
        let (items, mut runs, mut end) = (self.items.all(), Vec::new(), 0);
        for (start, count) in self.distinct.all().iter().enumerate().filter(|(_, count)| **count as usize >= least) {
            let last = items[start].at.saturating_add(request.window_micros);
            end += items[end..].iter().take_while(|item| item.at <= last).count();
            extend(&mut runs, start..end, *count as usize);
        }
        Some(Dense { runs, least, usual })
    }

    /// Remembers which transfers lie in these runs; gives those that did and do not, or the reverse.
    pub(crate) fn mark(&mut self, runs: &[Run]) -> Vec<Key> {
        let (mut turned, mut at) = (Vec::new(), 0);
        let items = self.items.all_mut();
        let mut set = |range: Range<usize>, inside: bool| {
            for item in items[range].iter_mut().filter(|item| item.inside != inside) {
                item.inside = inside;
                turned.push((item.at, item.row));
            }
        };
        for run in runs {
            set(at..run.edges.start, false);
            set(run.edges.clone(), true);
            at = run.edges.end;
        }
        set(at..self.distinct.all().len(), false);
        turned
    }

    /// The transfers that lie in fans, in order.
    pub(crate) fn inside(&self) -> Vec<Key> {
        self.items.all().iter().filter(|item| item.inside).map(|item| (item.at, item.row)).collect()
    }

    /// The fans, as they are told.
    pub(crate) fn hits(&mut self, step: &Step<'_>, direction: Direction, node: u32, dense: &Dense) -> Vec<PatternHit> {
        let before = std::mem::take(&mut self.told);
        let mut before = before.into_iter().peekable();
        let mut hits = Vec::new();
        for run in &dense.runs {
            let (begin, end) = (self.dropped + run.edges.start as u32, self.dropped + run.edges.end as u32);
            while before.next_if(|(told, _)| told.start < begin).is_some() {}
            let others = match before.next_if(|(told, _)| told.start == begin && told.end <= end) {
                Some((told, others)) => self.more(others, told.end..end),
                None => self.others(run.edges.clone()),
            };
            hits.push(self.hit(step, direction, node, dense, run, &others));
            self.told.push((begin..end, others));
        }
        hits
    }

    fn others(&self, range: Range<usize>) -> Vec<u32> {
        let mut others: Vec<u32> = self.items.all()[range].iter().map(|item| item.other).collect();
        others.sort_unstable();
        others.dedup();
        others
    }

    /// With those at the positions of `more` too.
    fn more(&self, mut others: Vec<u32>, more: Range<u32>) -> Vec<u32> {
        for item in &self.items.all()[(more.start - self.dropped) as usize..(more.end - self.dropped) as usize] {
            if let Err(at) = others.binary_search(&item.other) {
                others.insert(at, item.other);
            }
        }
        others
    }

    fn hit(&self, step: &Step<'_>, direction: Direction, node: u32, dense: &Dense, run: &Run, others: &[u32]) -> PatternHit {
        let items = &self.items.all()[run.edges.clone()];
        let peak = &self.items.all()[run.peak_edges.clone()];
        let span = peak[peak.len() - 1].at - peak[0].at;
        let centre = others.partition_point(|other| *other < node);
        let mut accounts = others.to_vec();
        accounts.insert(centre, node);
        let role = |account: u32| if account == node { Role::Center } else { direction.role() };
        PatternHit {
            kind: step.request.kind,
            request: step.number,
            center: Some(node),
            members: accounts.iter().map(|account| (*account, role(*account))).collect(),
            accounts,
            transfers: items.iter().map(|item| item.row).collect(),
            from: items[0].at,
            to: items[items.len() - 1].at,
            value: dollars(items.iter().map(|item| i128::from(item.amount)).sum()),
            score: score(step.request, run.peak, span, (dense.least, dense.usual)),
            p: None,
            bounded: false,
        }
    }
}

/// What became of an account since it was looked at last.
pub(crate) struct Update {
    /// Was it taken in anew, or is it searched anew?
    pub(crate) anew: bool,
    /// Of what was remembered of it the transfers in fans: when taken in anew all of them, else those that have gone.
    pub(crate) was: Vec<Key>,
}

/// Accounts in one direction: those that are busy, and those whose usual number matters.
#[derive(Debug)]
pub(crate) struct Accounts {
    pub(crate) direction: Direction,
    busy: FxHashMap<u32, Busy>,
    /// The usual numbers of accounts for which they matter.
    watched: BTreeMap<u32, usize>,
    tiles: Option<(i64, i64)>,
}

struct Task<'a> {
    node: u32,
    changed: &'a [(u32, Key)],
    busy: Option<Busy>,
}

impl Task<'_> {
    fn update(&mut self, step: &Step<'_>, request: &Request, direction: Direction) -> Update {
        let was = |busy: Option<Busy>| Update { anew: true, was: busy.map_or_else(Vec::new, |busy| busy.inside()) };
        if direction.edges(step.flow, self.node).len() < BUSY {
            return was(self.busy.take());
        }
        let changed: Vec<Key> = self.changed.iter().map(|(_, key)| *key).collect();
        match self.busy.as_mut().and_then(|busy| busy.follow(step, request, direction, &changed)) {
            Some(was) => Update { anew: false, was },
            None => was(self.busy.replace(Busy::of(step, request, direction, self.node))),
        }
    }
}

fn usual_now(step: &Step<'_>, request: &Request, direction: Direction, node: u32) -> usize {
    let asked = direction.edges(step.flow, node).iter().copied().filter(|edge| step.flow.asked(*edge, request));
    let items: Vec<(i64, u32)> = asked.map(|edge| (step.flow.at(edge), direction.other(step.flow, edge))).collect();
    usual(&items, request.window_micros, step.flow.period())
}

impl Accounts {
    pub(crate) fn new(direction: Direction) -> Self {
        Self { direction, busy: FxHashMap::default(), watched: BTreeMap::new(), tiles: None }
    }

    pub(crate) fn remembered(&self) -> usize {
        self.busy.values().map(|busy| busy.items.all().len() + busy.last.len()).sum::<usize>() + self.watched.len()
    }

    /// Looks at the accounts with a change, and when tiles have moved at those whose usual number matters and is another now: `each` is given what is remembered of a busy one,
    /// brought up to date, and gives the usual number when it matters.
    pub(crate) fn step<T: Send>(
        &mut self,
        step: &Step<'_>,
        request: &Request,
        each: impl Fn(u32, Option<&mut Busy>, &Update) -> (T, Option<usize>) + Sync + Send,
    ) -> Vec<(u32, T)> {
        let direction = self.direction;
        let centre = |changed: &Changed| if direction == Direction::In { changed.to } else { changed.from };
        let mut changed: Vec<(u32, Key)> = step.changed.iter().map(|changed| (centre(changed), changed.key)).collect();
        changed.sort_unstable();
        let mut nodes: Vec<u32> = changed.iter().map(|(node, _)| *node).collect();
        let tiles = tiles(step.flow, request);
        if self.tiles.replace(tiles) != Some(tiles) {
            nodes.dedup();
            let other: Vec<u32> = self.watched.iter().filter(|(node, _)| nodes.binary_search(node).is_err()).map(|(node, _)| *node).collect();
            for node in other {
                let usual = match self.busy.get_mut(&node) {
                    Some(busy) => busy.moved(step, request),
                    None => usual_now(step, request, direction, node),
                };
                if self.watched.get(&node) != Some(&usual) {
                    nodes.push(node);
                }
            }
            nodes.sort_unstable();
        }
        nodes.dedup();
        let task = |node: &u32| {
            let (from, to) = (changed.partition_point(|change| change.0 < *node), changed.partition_point(|change| change.0 <= *node));
            Task { node: *node, changed: &changed[from..to], busy: self.busy.remove(node) }
        };
        let tasks: Vec<Task<'_>> = nodes.iter().map(task).collect();
        let one = |mut task: Task<'_>| {
            let update = task.update(step, request, direction);
            let (found, watched) = each(task.node, task.busy.as_mut(), &update);
            (task.node, task.busy, found, watched)
        };
        let done: Vec<_> = if tasks.len() >= MANY { tasks.into_par_iter().map(one).collect() } else { tasks.into_iter().map(one).collect() };
        let mut all = Vec::with_capacity(done.len());
        for (node, busy, found, watched) in done {
            self.busy.extend(busy.map(|busy| (node, busy)));
            match watched {
                Some(usual) => self.watched.insert(node, usual),
                None => self.watched.remove(&node),
            };
            all.push((node, found));
        }
        all
    }
}
