//! The transfers of a window that moves: they enter (late ones at their place) and leave at its beginning.
//!
//! An edge's number is its position in the order of (time, row), counted from the first transfer ever held, so that the kernels may compare numbers as they do in a
//! graph that is whole. A late transfer renumbers the edges after it, which the horizon bounds.
#![expect(clippy::indexing_slicing, reason = "a numeric kernel: edge numbers come from the lists of the same store")]

use rustc_hash::FxHashMap;

use crate::flow::{Edge, units};
use crate::stream::Transfer;

/// What says which transfer it is, whatever its number: time and row.
pub(crate) type Key = (i64, u32);

/// Edge numbers above this are counted anew.
const NUMBERS_MAX: u32 = 1 << 31;

/// Values that leave at the front and come at the back, in one slice.
#[derive(Clone, Debug)]
pub(crate) struct List<T> {
    pub(crate) values: Vec<T>,
    gone: usize,
}

impl<T> Default for List<T> {
    fn default() -> Self {
        Self { values: Vec::new(), gone: 0 }
    }
}

impl<T: Copy> List<T> {
    pub(crate) fn all(&self) -> &[T] {
        &self.values[self.gone..]
    }

    pub(crate) fn all_mut(&mut self) -> &mut [T] {
        &mut self.values[self.gone..]
    }

    pub(crate) fn drop_front(&mut self, count: usize) {
        self.gone += count;
        if self.gone * 2 > self.values.len() {
            self.values.drain(..self.gone);
            self.gone = 0;
        }
    }
}

/// The edges of one account.
#[derive(Clone, Debug, Default)]
struct Account {
    paid: List<u32>,
    received: List<u32>,
}

/// A transfer that entered, left, or whose tie became longer or shorter than a request takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Changed {
    pub(crate) key: Key,
    pub(crate) from: u32,
    pub(crate) to: u32,
    /// In units, -1 when unknown.
    pub(crate) amount: i64,
}

/// No account has this slot.
const NO_SLOT: u32 = u32::MAX;

/// The transfers held. 36 bytes a transfer, 8 in the lists of its accounts, 9 to 18 to find its row again; 64 for each account that has any, and 4 for each account number
/// up to the highest ever seen. Lists may be up to twice as long as what they hold.
#[derive(Debug, Default)]
pub(crate) struct Live {
    edges: List<Edge>,
    rows: List<u32>,
    /// The number of the first edge held.
    first: u32,
    /// By account number, where its lists are.
    slots: Vec<u32>,
    accounts: Vec<Account>,
    /// Slots that no account uses.
    free: Vec<u32>,
    /// The number of each row held.
    numbers: FxHashMap<u32, u32>,
}

impl Live {
    pub(crate) fn edges(&self) -> (u32, &[Edge]) {
        (self.first, self.edges.all())
    }

    pub(crate) fn len(&self) -> usize {
        self.edges.all().len()
    }

    /// One more than the highest account number ever seen.
    pub(crate) fn n_nodes(&self) -> u32 {
        self.slots.len() as u32
    }

    pub(crate) fn paid_by(&self, node: u32) -> &[u32] {
        self.account(node).map_or(&[], |account| account.paid.all())
    }

    pub(crate) fn received_by(&self, node: u32) -> &[u32] {
        self.account(node).map_or(&[], |account| account.received.all())
    }

    fn account(&self, node: u32) -> Option<&Account> {
        // No slot lies beyond the end.
        self.accounts.get(*self.slots.get(node as usize)? as usize)
    }

    fn account_mut(&mut self, node: u32) -> &mut Account {
        let node = node as usize;
        if self.slots.len() <= node {
            self.slots.resize(node + 1, NO_SLOT);
        }
        if self.slots[node] == NO_SLOT {
            self.slots[node] = self.free.pop().unwrap_or(self.accounts.len() as u32);
            if self.slots[node] as usize == self.accounts.len() {
                self.accounts.push(Account::default());
            }
        }
        &mut self.accounts[self.slots[node] as usize]
    }

    /// Gives the slot of an account without transfers to the next that needs one.
    fn let_go(&mut self, node: u32) {
        let account = self.account_mut(node);
        if account.paid.all().is_empty() && account.received.all().is_empty() {
            *account = Account::default();
            self.free.push(std::mem::replace(&mut self.slots[node as usize], NO_SLOT));
        }
    }

    pub(crate) fn holds(&self, row: u32) -> bool {
        self.numbers.contains_key(&row)
    }

    pub(crate) fn row(&self, edge: u32) -> u32 {
        self.rows.all()[(edge - self.first) as usize]
    }

    pub(crate) fn key(&self, edge: u32) -> Key {
        let position = (edge - self.first) as usize;
        (self.edges.all()[position].at, self.rows.all()[position])
    }

    /// A transfer held, as one that changed.
    pub(crate) fn changed(&self, edge: u32) -> Changed {
        let held = self.edges.all()[(edge - self.first) as usize];
        Changed { key: self.key(edge), from: held.from, to: held.to, amount: held.amount }
    }

    /// The number of a transfer, if it is held.
    pub(crate) fn find(&self, key: Key) -> Option<u32> {
        let number = self.numbers.get(&key.1).copied()?;
        (self.edges.all()[(number - self.first) as usize].at == key.0).then_some(number)
    }

    /// How many transfers come before.
    fn position(&self, key: Key) -> usize {
        let (edges, rows) = (self.edges.all(), self.rows.all());
        let from = edges.partition_point(|edge| edge.at < key.0);
        let equal = edges[from..].partition_point(|edge| edge.at == key.0);
        from + rows[from..from + equal].partition_point(|row| *row < key.1)
    }

    /// Takes transfers in, which are in the order of (time, row) and not held yet.
    pub(crate) fn enter(&mut self, transfers: &[Transfer]) {
        let Some(begin) = transfers.first().map(|transfer| self.position((transfer.at, transfer.row))) else {
            return;
        };
        let at = begin + self.edges.gone;
        let (later, rows) = (self.edges.values.split_off(at), self.rows.values.split_off(at));
        // What comes after the first new one stands at the ends of its accounts' lists.
        for edge in later.iter().rev() {
            self.account_mut(edge.from).paid.values.pop();
            self.account_mut(edge.to).received.values.pop();
        }
        let mut later = later.into_iter().zip(rows).peekable();
        for transfer in transfers {
            let key = (transfer.at, transfer.row);
            while let Some((edge, row)) = later.next_if(|(edge, row)| (edge.at, *row) < key) {
                self.append(edge, row);
            }
            let amount = units(transfer.value).unwrap_or(-1);
            self.append(Edge { at: transfer.at, amount, tie: 0, from: transfer.from, to: transfer.to }, transfer.row);
        }
        later.for_each(|(edge, row)| self.append(edge, row));
    }

    fn append(&mut self, edge: Edge, row: u32) {
        let number = self.first + self.len() as u32;
        self.edges.values.push(edge);
        self.rows.values.push(row);
        self.numbers.insert(row, number);
        self.account_mut(edge.from).paid.values.push(number);
        self.account_mut(edge.to).received.values.push(number);
    }

    /// Lets go of what is earlier than `start`, and says what that was.
    pub(crate) fn leave(&mut self, start: i64) -> Vec<Changed> {
        let count = self.edges.all().partition_point(|edge| edge.at < start);
        let gone = self.edges.all()[..count].iter().zip(self.rows.all());
        let gone: Vec<Changed> =
            gone.map(|(edge, row)| Changed { key: (edge.at, *row), from: edge.from, to: edge.to, amount: edge.amount }).collect();
        for left in &gone {
            self.numbers.remove(&left.key.1);
            self.account_mut(left.from).paid.drop_front(1);
            self.account_mut(left.to).received.drop_front(1);
        }
        let mut nodes: Vec<u32> = gone.iter().flat_map(|left| [left.from, left.to]).collect();
        nodes.sort_unstable();
        nodes.dedup();
        for node in nodes {
            self.let_go(node);
        }
        self.edges.drop_front(count);
        self.rows.drop_front(count);
        self.first += count as u32;
        if self.first > NUMBERS_MAX {
            self.renumber();
        }
        gone
    }

    fn renumber(&mut self) {
        let less = std::mem::take(&mut self.first);
        self.numbers.values_mut().for_each(|number| *number -= less);
        for account in &mut self.accounts {
            for list in [&mut account.paid, &mut account.received] {
                let gone = std::mem::take(&mut list.gone);
                list.values.drain(..gone);
                list.values.iter_mut().for_each(|edge| *edge -= less);
            }
        }
    }

    /// Measures the ties that `changed` transfers belong to anew; gives the transfers held that one of the lengths `takes` now takes and did not before, or the reverse.
    pub(crate) fn measure_ties(&mut self, changed: &[Changed], takes: &[i64]) -> Vec<Changed> {
        if takes.is_empty() {
            return Vec::new();
        }
        let mut ties: Vec<(u32, u32)> = changed.iter().map(|changed| (changed.from, changed.to)).collect();
        ties.sort_unstable();
        ties.dedup();
        let mut crossed = Vec::new();
        for (from, to) in ties {
            let first = self.first;
            let numbers: Vec<usize> =
                self.paid_by(from).iter().map(|edge| (edge - first) as usize).filter(|at| self.edges.all()[*at].to == to).collect();
            let (Some(begin), Some(end)) = (numbers.first().copied(), numbers.last().copied()) else {
                continue;
            };
            let span = self.edges.all()[end].at - self.edges.all()[begin].at;
            for position in numbers {
                let gone = self.edges.gone;
                let edge = &mut self.edges.values[gone + position];
                let before = std::mem::replace(&mut edge.tie, span);
                if takes.iter().any(|longest| (before <= *longest) != (span <= *longest)) {
                    crossed.push(Changed { key: (edge.at, self.rows.all()[position]), from, to, amount: edge.amount });
                }
            }
        }
        crossed
    }
}
