//! Lines of a stream as transfers.

use std::sync::Arc;

use rustc_hash::FxHashMap;
use serde::Deserialize;
use tributary_features::{Transfer, UNKNOWN};
use tributary_ingest::plan::id_hash;
use tributary_model::{Amount, Timestamp};

use crate::error::EngineError;
use crate::transfers::{cents, channel};

/// Longest id, characters.
const ID_CHARACTERS_MAX: usize = 1_024;
/// How far a transfer may lie after the clock, seconds: clocks differ, and so do time zones.
const AHEAD_MAX: i64 = 86_400;
/// New accounts after which those that nothing remembers any more give their numbers back.
const TIDY_EACH: usize = 1 << 16;

/// A transfer as a line states it: the columns of the table `transfers` that features read; others are passed over.
#[derive(Deserialize)]
struct Line {
    transfer_id: String,
    at: String,
    from_account: String,
    to_account: String,
    amount: Option<serde_json::Value>,
    channel: Option<String>,
}

/// Accounts by their numbers; a number goes to another account when nothing remembers the one that had it.
#[derive(Default)]
pub(super) struct Accounts {
    numbers: FxHashMap<Arc<str>, (u32, i64)>,
    names: Vec<Arc<str>>,
    free: Vec<u32>,
    since_tidy: usize,
}

impl Accounts {
    /// The account that has this number.
    pub(super) fn name(&self, number: u32) -> &str {
        self.names.get(number as usize).map_or("", |name| name)
    }

    fn number(&mut self, id: &str, time: i64, kept: i64) -> Result<u32, EngineError> {
        if let Some((number, seen)) = self.numbers.get_mut(id) {
            *seen = (*seen).max(time);
            return Ok(*number);
        }
        if self.since_tidy >= TIDY_EACH {
            self.since_tidy = 0;
            // Twice what the engine keeps: by then it has swept the account.
            let floor = time.saturating_sub(kept.saturating_mul(2));
            let free = &mut self.free;
            self.numbers.retain(|_, (number, seen)| {
                let known = *seen >= floor;
                if !known {
                    free.push(*number);
                }
                known
            });
            // The lowest first, so that the numbers stay dense; the map's order never shows.
            self.free.sort_unstable_by(|a, b| b.cmp(a));
        }
        self.since_tidy += 1;
        let name: Arc<str> = Arc::from(id);
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                let more = |_| EngineError::Stage { stage: "stream", problem: "more than 2^32 accounts at one time".to_owned() };
                self.names.push(Arc::clone(&name));
                u32::try_from(self.names.len() - 1).map_err(more)?
            }
        };
        if let Some(slot) = self.names.get_mut(number as usize) {
            *slot = Arc::clone(&name);
        }
        self.numbers.insert(name, (number, time));
        Ok(number)
    }
}

/// A line that was read: a transfer and its id, or why it is none.
pub(super) enum Taken {
    Transfer(Transfer, String),
    Empty,
    Refused(Option<String>, String),
}

/// Turns lines into transfers.
pub(super) struct Taker {
    pub(super) accounts: Accounts,
    /// Hashes of the ids seen within what the engine keeps, with their times.
    seen: FxHashMap<u64, i64>,
    since_tidy: usize,
    kept: i64,
}

impl Taker {
    /// Remembers accounts and ids for `kept` seconds.
    pub(super) fn new(kept: i64) -> Self {
        Self { accounts: Accounts::default(), seen: FxHashMap::default(), since_tidy: 0, kept }
    }

    /// Reads one line, which is the `number`th.
    pub(super) fn line(&mut self, line: &[u8], number: u64, now: Timestamp) -> Result<Taken, EngineError> {
        if line.trim_ascii().is_empty() {
            return Ok(Taken::Empty);
        }
        let stated: Line = match serde_json::from_slice(line) {
            Ok(stated) => stated,
            Err(error) => return Ok(Taken::Refused(None, format!("is no transfer: {error}"))),
        };
        match self.transfer(number, &stated, now) {
            Ok(transfer) if self.is_known(&stated.transfer_id, transfer.time) => {
                Ok(Taken::Refused(Some(stated.transfer_id), "is there already".to_owned()))
            }
            Ok(transfer) => Ok(Taken::Transfer(transfer, stated.transfer_id)),
            Err(Wrong::Value(why)) => Ok(Taken::Refused(Some(stated.transfer_id), why)),
            Err(Wrong::Engine(error)) => Err(error),
        }
    }

    /// Was a transfer of that id taken within what the engine keeps? Later ones cannot be told from new ones.
    fn is_known(&mut self, id: &str, time: i64) -> bool {
        self.since_tidy += 1;
        if self.since_tidy >= TIDY_EACH {
            self.since_tidy = 0;
            let floor = time.saturating_sub(self.kept);
            self.seen.retain(|_, seen| *seen >= floor);
        }
        self.seen.insert(id_hash(id), time).is_some()
    }

    fn transfer(&mut self, number: u64, stated: &Line, now: Timestamp) -> Result<Transfer, Wrong> {
        for (column, id) in [("transfer_id", &stated.transfer_id), ("from_account", &stated.from_account), ("to_account", &stated.to_account)] {
            if id.is_empty() || id.chars().count() > ID_CHARACTERS_MAX {
                return Err(Wrong::Value(format!("`{column}` has 1 to {ID_CHARACTERS_MAX} characters")));
            }
        }
        let time = Timestamp::parse(&stated.at).map_err(|e| Wrong::Value(format!("`at` {e}")))?.0.div_euclid(1_000_000);
        if time > now.0.div_euclid(1_000_000).saturating_add(AHEAD_MAX) {
            return Err(Wrong::Value("`at` lies in the future".to_owned()));
        }
        let amount = match &stated.amount {
            None | Some(serde_json::Value::Null) => UNKNOWN,
            Some(serde_json::Value::String(text)) => self::amount(text)?,
            // A number keeps the digits it was written with.
            Some(serde_json::Value::Number(digits)) => self::amount(&digits.to_string())?,
            Some(_) => return Err(Wrong::Value("`amount` is neither text nor a number".to_owned())),
        };
        let mut account = |id: &str| self.accounts.number(id, time, self.kept).map_err(Wrong::Engine);
        let (from, to) = (account(&stated.from_account)?, account(&stated.to_account)?);
        Ok(Transfer { time, id: number, from, to, amount, kind: channel(stated.channel.as_deref()) })
    }
}

fn amount(text: &str) -> Result<i64, Wrong> {
    Amount::parse(text).map(|amount| cents(amount.0)).map_err(|e| Wrong::Value(format!("`amount` {e}")))
}

/// Why a line gave no transfer.
enum Wrong {
    Value(String),
    Engine(EngineError),
}
