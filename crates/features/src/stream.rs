//! Transfers as they come, late ones among them.

use std::collections::BTreeMap;

use crate::config::Config;
use crate::engine::Engine;
use crate::table::Table;
use crate::transfer::Transfer;
use crate::{Feature, FeatureError};

/// Why a transfer was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is older than the newest by more than the horizon.
    Late {
        /// Seconds behind the newest.
        behind: i64,
    },
    /// A transfer of the same time and id is waiting.
    Twice,
    /// As many transfers wait as may.
    Full,
    /// A value is outside its range.
    Value(FeatureError),
}

/// A transfer that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The transfer.
    pub transfer: Transfer,
    /// Why.
    pub reason: Reason,
}

/// An [`Engine`] behind a buffer that puts late transfers in their place.
///
/// A transfer waits until one came that is later by more than the horizon; then no transfer that is still accepted can precede it. What
/// comes out is what a batch of all accepted transfers would give, whatever order they came in. With a horizon of 0 a transfer waits for
/// the next second only; who knows that transfers come in order uses the [`Engine`], which waits for nothing.
#[derive(Debug)]
pub struct Stream {
    engine: Engine,
    horizon: i64,
    waiting_max: usize,
    waiting: BTreeMap<(i64, u64), Transfer>,
    newest: Option<i64>,
    refused: u64,
}

impl Stream {
    /// A stream that has seen nothing. `horizon`: by how many seconds a transfer may be late, 0 or more; `waiting_max`: how many may wait.
    ///
    /// # Errors
    /// A setting outside its range.
    pub fn new(config: Config, threads: usize, horizon: i64, waiting_max: usize) -> Result<Self, FeatureError> {
        if !(0..=config.kept()).contains(&horizon) {
            return Err(FeatureError::Setting { setting: "horizon", value: horizon, range: "0 to the longest window, in seconds" });
        }
        let engine = Engine::new(config, threads)?;
        Ok(Self { engine, horizon, waiting_max, waiting: BTreeMap::new(), newest: None, refused: 0 })
    }

    /// The columns of its rows.
    #[must_use]
    pub fn schema(&self) -> &[Feature] {
        self.engine.schema()
    }

    /// The engine behind the buffer.
    #[must_use]
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// How many transfers wait, and how many were refused so far.
    #[must_use]
    pub fn counts(&self) -> (usize, u64) {
        (self.waiting.len(), self.refused)
    }

    /// Takes transfers in any order; adds the rows that are certain now to `table` and gives what was refused.
    ///
    /// # Errors
    /// None that a transfer can cause: those are refused one by one.
    pub fn push(&mut self, transfers: &[Transfer], table: &mut Table) -> Result<Vec<Refused>, FeatureError> {
        let mut refused = Vec::new();
        for transfer in transfers {
            if let Err(reason) = self.wait(*transfer) {
                refused.push(Refused { transfer: *transfer, reason });
            }
        }
        self.refused += refused.len() as u64;
        if let Some(newest) = self.newest {
            let waiting = self.waiting.split_off(&(newest - self.horizon, 0));
            self.release(waiting, table)?;
        }
        Ok(refused)
    }

    /// Gives the rows of all that wait. Afterwards only later transfers are taken in.
    ///
    /// # Errors
    /// None that a transfer can cause.
    pub fn finish(&mut self, table: &mut Table) -> Result<(), FeatureError> {
        self.release(BTreeMap::new(), table)?;
        self.newest = self.newest.map(|newest| newest.saturating_add(self.horizon).saturating_add(1));
        Ok(())
    }

    fn wait(&mut self, transfer: Transfer) -> Result<(), Reason> {
        transfer.check(self.engine.config().accounts_max).map_err(Reason::Value)?;
        if let Some(behind) = self.newest.map(|newest| newest - transfer.time).filter(|behind| *behind > self.horizon) {
            return Err(Reason::Late { behind });
        }
        let key = (transfer.time, transfer.id);
        if self.waiting.contains_key(&key) {
            return Err(Reason::Twice);
        }
        if self.waiting.len() >= self.waiting_max {
            return Err(Reason::Full);
        }
        self.newest = Some(self.newest.map_or(transfer.time, |newest| newest.max(transfer.time)));
        self.waiting.insert(key, transfer);
        Ok(())
    }

    /// Keeps `waiting` and takes in what waited beside it.
    fn release(&mut self, waiting: BTreeMap<(i64, u64), Transfer>, table: &mut Table) -> Result<(), FeatureError> {
        let ready: Vec<Transfer> = std::mem::replace(&mut self.waiting, waiting).into_values().collect();
        self.engine.push_into(&ready, table)
    }
}
