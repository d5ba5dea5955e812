//! Features of transfers as they come, one JSON object a line, late ones among them.

use std::io::{BufRead, BufReader, Read};

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use tributary_features::{Config, Feature, FeatureError, Stream, Table, Transfer, UNKNOWN};
use tributary_model::{Amount, Timestamp};

use crate::error::EngineError;
use crate::transfers::{cents, channel};
use tributary_ingest::plan::id_hash;

/// Longest line, bytes.
const LINE_BYTES_MAX: u64 = 1 << 20;
/// Longest id, characters.
const ID_CHARACTERS_MAX: usize = 1_024;
/// How far a transfer may lie after the clock, seconds: clocks differ, and so do time zones.
const AHEAD_MAX: i64 = 86_400;
/// New accounts after which those that nothing remembers any more give their numbers back.
const TIDY_EACH: usize = 1 << 16;

/// How a stream is taken in.
#[derive(Clone, Debug)]
pub struct StreamSettings {
    /// The features.
    pub config: Config,
    /// By how many seconds a transfer may be late.
    pub horizon: i64,
    /// How many transfers may wait for the horizon to pass.
    pub waiting_max: usize,
    /// How many transfers are worked on together at the most.
    pub batch_max: usize,
    /// Threads, 0 for one each processor; the result does not depend on them.
    pub threads: usize,
}

/// What comes out.
pub enum StreamEvent<'t> {
    /// Rows that are certain now, with the ids of their transfers.
    Rows {
        /// `transfer_id` of each row.
        ids: Vec<String>,
        /// The rows.
        table: &'t Table,
    },
    /// A line that was not taken in; the rest goes on.
    Refused {
        /// Its number, from 1.
        line: u64,
        /// Its `transfer_id`, where it could be read.
        id: Option<String>,
        /// Why, in plain words.
        reason: String,
    },
}

/// What a stream came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct StreamSummary {
    /// Lines read.
    pub lines: u64,
    /// Rows given.
    pub rows: u64,
    /// Lines refused.
    pub refused: u64,
    /// Most transfers that were remembered at one time.
    pub remembered_most: u64,
}

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
struct Accounts {
    numbers: FxHashMap<String, (u32, i64)>,
    free: Vec<u32>,
    given: u32,
    since_tidy: usize,
}

impl Accounts {
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
        let number = match self.free.pop() {
            Some(number) => number,
            None => {
                let number = self.given;
                let more = || EngineError::Stage { stage: "stream", problem: "more than 2^32 accounts at one time".to_owned() };
                self.given = self.given.checked_add(1).ok_or_else(more)?;
                number
            }
        };
        self.numbers.insert(id.to_owned(), (number, time));
        Ok(number)
    }
}

/// Takes lines until the input ends or `emit` says no, and gives the rows of each transfer as soon as no transfer that is still accepted can precede it.
/// Lines that wait in the input are worked on together, up to `batch_max`; a line that comes alone is worked on alone.
///
/// A transfer later than `clock` by more than a day is refused: one wrong date would make all that follow late.
///
/// # Errors
/// A setting is out of range, the input cannot be read, or `emit` failed.
pub fn stream<R: Read>(
    input: R,
    settings: &StreamSettings,
    clock: &dyn Fn() -> Timestamp,
    begin: impl FnOnce(&[Feature]) -> Result<(), EngineError>,
    emit: &mut dyn FnMut(StreamEvent<'_>) -> Result<bool, EngineError>,
) -> Result<StreamSummary, EngineError> {
    let failed = |error: FeatureError| EngineError::Stage { stage: "stream", problem: error.to_string() };
    let mut stream =
        Stream::new(settings.config.clone(), tributary_lake::threads(settings.threads), settings.horizon, settings.waiting_max).map_err(failed)?;
    begin(stream.schema())?;
    let mut taker = Taker {
        clock,
        accounts: Accounts::default(),
        ids: FxHashMap::default(),
        seen: FxHashMap::default(),
        since_tidy: 0,
        kept: settings.config.kept(),
        summary: StreamSummary::default(),
    };
    let mut input = BufReader::with_capacity(1 << 16, input);
    let (mut table, mut batch) = (Table::new(stream.schema()), Vec::new());
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut input).take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line);
        let read = read.map_err(|e| EngineError::Stage { stage: "stream", problem: format!("cannot read: {e}") })?;
        if read > 0 {
            let whole = line.len() as u64 <= LINE_BYTES_MAX;
            if !whole {
                pass_line(&mut input)?;
            }
            if !taker.line(&line, whole, &mut batch, emit)? {
                return Ok(taker.summary);
            }
        }
        let more = read > 0 && batch.len() < settings.batch_max && input.buffer().contains(&b'\n');
        if more {
            continue;
        }
        let refused = stream.push(&batch, &mut table).map_err(failed)?;
        batch.clear();
        for one in refused {
            let id = taker.ids.remove(&one.transfer.id);
            taker.refuse(one.transfer.id, id, reason(&one.reason, settings), emit)?;
        }
        if read == 0 {
            stream.finish(&mut table).map_err(failed)?;
        }
        taker.summary.remembered_most = taker.summary.remembered_most.max(stream.engine().remembered().0 as u64);
        if !table.is_empty() {
            let ids: Vec<String> = table.id.iter().map(|id| taker.ids.remove(id).unwrap_or_default()).collect();
            taker.summary.rows += ids.len() as u64;
            let go_on = emit(StreamEvent::Rows { ids, table: &table })?;
            table = Table::new(stream.schema());
            if !go_on {
                return Ok(taker.summary);
            }
        }
        if read == 0 {
            return Ok(taker.summary);
        }
    }
}

/// Reads on to the end of a line that is too long.
fn pass_line(input: &mut impl BufRead) -> Result<(), EngineError> {
    loop {
        let (end, used) = {
            let bytes = input.fill_buf().map_err(|e| EngineError::Stage { stage: "stream", problem: format!("cannot read: {e}") })?;
            match bytes.iter().position(|byte| *byte == b'\n') {
                Some(at) => (true, at + 1),
                None => (bytes.is_empty(), bytes.len()),
            }
        };
        input.consume(used);
        if end {
            return Ok(());
        }
    }
}

fn reason(reason: &tributary_features::Reason, settings: &StreamSettings) -> String {
    use tributary_features::Reason;
    match reason {
        Reason::Late { behind } => format!("is {behind} seconds behind the newest; at most {} are waited for (--horizon)", settings.horizon),
        Reason::Twice => "is there already".to_owned(),
        Reason::Full => format!("{} transfers wait already: shorten --horizon", settings.waiting_max),
        Reason::Value(error) => error.to_string(),
    }
}

struct Taker<'c> {
    clock: &'c dyn Fn() -> Timestamp,
    accounts: Accounts,
    /// Ids of the transfers that wait, by line.
    ids: FxHashMap<u64, String>,
    /// Hashes of the ids seen within what the engine keeps, with their times.
    seen: FxHashMap<u64, i64>,
    since_tidy: usize,
    kept: i64,
    summary: StreamSummary,
}

impl Taker<'_> {
    /// Takes one line into the batch, or refuses it.
    fn line(
        &mut self,
        line: &[u8],
        whole: bool,
        batch: &mut Vec<Transfer>,
        emit: &mut dyn FnMut(StreamEvent<'_>) -> Result<bool, EngineError>,
    ) -> Result<bool, EngineError> {
        self.summary.lines += 1;
        let number = self.summary.lines;
        if !whole {
            return self.refuse(number, None, format!("is longer than {LINE_BYTES_MAX} bytes"), emit);
        }
        if line.trim_ascii().is_empty() {
            return Ok(true);
        }
        let stated: Line = match serde_json::from_slice(line) {
            Ok(stated) => stated,
            Err(error) => return self.refuse(number, None, format!("is no transfer: {error}"), emit),
        };
        match self.transfer(number, &stated) {
            Ok(transfer) if self.is_known(&stated.transfer_id, transfer.time) => {
                self.refuse(number, Some(stated.transfer_id), "is there already".to_owned(), emit)
            }
            Ok(transfer) => {
                self.ids.insert(number, stated.transfer_id);
                batch.push(transfer);
                Ok(true)
            }
            Err(Wrong::Value(why)) => self.refuse(number, Some(stated.transfer_id), why, emit),
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

    fn transfer(&mut self, number: u64, stated: &Line) -> Result<Transfer, Wrong> {
        for (column, id) in [("transfer_id", &stated.transfer_id), ("from_account", &stated.from_account), ("to_account", &stated.to_account)] {
            if id.is_empty() || id.chars().count() > ID_CHARACTERS_MAX {
                return Err(Wrong::Value(format!("`{column}` has 1 to {ID_CHARACTERS_MAX} characters")));
            }
        }
        let time = Timestamp::parse(&stated.at).map_err(|e| Wrong::Value(format!("`at` {e}")))?.0.div_euclid(1_000_000);
        if time > (self.clock)().0.div_euclid(1_000_000).saturating_add(AHEAD_MAX) {
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

    fn refuse(
        &mut self,
        line: u64,
        id: Option<String>,
        reason: String,
        emit: &mut dyn FnMut(StreamEvent<'_>) -> Result<bool, EngineError>,
    ) -> Result<bool, EngineError> {
        self.summary.refused += 1;
        emit(StreamEvent::Refused { line, id, reason })
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
