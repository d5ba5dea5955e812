//! Transfers as they come, one JSON object a line, late ones among them: their features, and the patterns they make and unmake.

mod hits;
mod taker;

use std::io::{BufRead, BufReader, Read};

use rustc_hash::FxHashMap;
use serde::Serialize;
use tributary_features::{Config, Feature, FeatureError, Stream, Table, Transfer};
use tributary_model::Timestamp;

use crate::error::EngineError;
use crate::search::FoundPattern;
use hits::Hits;
use taker::{Taken, Taker};

pub use hits::PatternSettings;

/// Longest line, bytes.
pub const LINE_BYTES_MAX: u64 = 1 << 20;

/// How a stream is taken in.
#[derive(Clone, Debug)]
pub struct StreamSettings {
    /// The features.
    pub config: Config,
    /// The patterns that are searched, where any are.
    pub patterns: Option<PatternSettings>,
    /// By how many seconds a transfer may be late.
    pub horizon: i64,
    /// How many transfers may wait for the horizon to pass.
    pub waiting_max: usize,
    /// How many transfers are worked on together at the most.
    pub batch_max: usize,
    /// Threads, 0 for one each processor; the result does not depend on them.
    pub threads: usize,
}

/// What became of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is there now and was not.
    Appeared,
    /// It was there and is no more: its transfers left the window, or a larger or changed one took its place.
    Withdrawn,
}

/// A pattern that appeared or was withdrawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangedPattern {
    /// What became of it.
    pub change: Change,
    /// The pattern.
    #[serde(flatten)]
    pub pattern: FoundPattern,
}

/// What comes out.
pub enum StreamEvent<'t> {
    /// Rows of features that are certain now, with the ids of their transfers.
    Rows {
        /// `transfer_id` of each row.
        ids: Vec<String>,
        /// The rows.
        table: &'t Table,
    },
    /// A pattern that appeared or was withdrawn.
    Changed(ChangedPattern),
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

/// Where events go; says whether to go on.
pub type Emit<'e> = &'e mut dyn FnMut(StreamEvent<'_>) -> Result<bool, EngineError>;

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
    /// Patterns that appeared.
    pub appeared: u64,
    /// Patterns that were withdrawn.
    pub withdrawn: u64,
}

/// A stream that goes on: lines are taken in, then worked on together.
pub struct LiveStream {
    stream: Stream,
    hits: Option<Hits>,
    taker: Taker,
    /// Ids of the transfers whose features wait, by line.
    ids: FxHashMap<u64, String>,
    batch: Vec<Transfer>,
    table: Table,
    horizon: i64,
    waiting_max: usize,
    summary: StreamSummary,
}

fn failed(error: FeatureError) -> EngineError {
    EngineError::Stage { stage: "stream", problem: error.to_string() }
}

impl LiveStream {
    /// An empty one.
    ///
    /// # Errors
    /// A setting is out of range, or a kind of pattern or a parameter is not known.
    pub fn new(settings: &StreamSettings) -> Result<Self, EngineError> {
        let threads = tributary_lake::threads(settings.threads);
        let stream = Stream::new(settings.config.clone(), threads, settings.horizon, settings.waiting_max).map_err(failed)?;
        let hits = settings.patterns.as_ref().map(|patterns| Hits::new(patterns, settings.horizon)).transpose()?;
        let kept = settings.config.kept().max(hits.as_ref().map_or(0, Hits::kept));
        let table = Table::new(stream.schema());
        Ok(Self {
            stream,
            hits,
            taker: Taker::new(kept),
            ids: FxHashMap::default(),
            batch: Vec::new(),
            table,
            horizon: settings.horizon,
            waiting_max: settings.waiting_max,
            summary: StreamSummary::default(),
        })
    }

    /// The columns of its rows.
    #[must_use]
    pub fn schema(&self) -> &[Feature] {
        self.stream.schema()
    }

    /// What it came to so far.
    #[must_use]
    pub fn summary(&self) -> StreamSummary {
        self.summary
    }

    /// How many transfers wait to be worked on.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.batch.len()
    }

    /// Takes one line in, to be worked on with [`LiveStream::work`]; says whether to go on. A transfer later than `now` by more than a day is
    /// refused: one wrong date would make all that follow late.
    ///
    /// # Errors
    /// `emit` failed, or there are too many accounts.
    pub fn take(&mut self, line: &[u8], now: Timestamp, emit: Emit<'_>) -> Result<bool, EngineError> {
        self.summary.lines += 1;
        let number = self.summary.lines;
        if line.len() as u64 > LINE_BYTES_MAX {
            return self.refuse(number, None, format!("is longer than {LINE_BYTES_MAX} bytes"), emit);
        }
        match self.taker.line(line, number, now)? {
            Taken::Empty => Ok(true),
            Taken::Refused(id, reason) => self.refuse(number, id, reason, emit),
            Taken::Transfer(transfer, id) => {
                self.ids.insert(number, id);
                self.batch.push(transfer);
                Ok(true)
            }
        }
    }

    /// Works on what was taken in; says whether to go on. Rows come out as soon as no transfer that is still accepted can precede them, patterns at once.
    ///
    /// # Errors
    /// `emit` failed.
    pub fn work(&mut self, emit: Emit<'_>) -> Result<bool, EngineError> {
        let mut batch = std::mem::take(&mut self.batch);
        let refused = self.stream.push(&batch, &mut self.table).map_err(failed)?;
        let mut go_on = true;
        for one in &refused {
            let id = self.ids.remove(&one.transfer.id);
            let reason = self.reason(&one.reason);
            go_on &= self.refuse(one.transfer.id, id, reason, emit)?;
        }
        if let Some(hits) = &mut self.hits {
            batch.retain(|transfer| refused.iter().all(|one| one.transfer.id != transfer.id));
            go_on &= hits.push(&batch, &self.ids, &self.taker.accounts, &mut self.summary, emit)?;
        }
        batch.clear();
        self.batch = batch;
        Ok(go_on && self.give(emit)?)
    }

    /// Works on what was taken in and gives all that waits: nothing earlier is accepted afterwards.
    ///
    /// # Errors
    /// `emit` failed.
    pub fn finish(&mut self, emit: Emit<'_>) -> Result<bool, EngineError> {
        let mut go_on = self.work(emit)?;
        self.stream.finish(&mut self.table).map_err(failed)?;
        if let Some(hits) = self.hits.as_mut().filter(|_| go_on) {
            go_on = hits.finish(&self.taker.accounts, &mut self.summary, emit)?;
        }
        Ok(go_on && self.give(emit)?)
    }

    /// Hands on the rows that are certain.
    fn give(&mut self, emit: Emit<'_>) -> Result<bool, EngineError> {
        self.summary.remembered_most = self.summary.remembered_most.max(self.stream.engine().remembered().0 as u64);
        if self.table.is_empty() {
            return Ok(true);
        }
        let ids: Vec<String> = self.table.id.iter().map(|id| self.ids.remove(id).unwrap_or_default()).collect();
        self.summary.rows += ids.len() as u64;
        let go_on = emit(StreamEvent::Rows { ids, table: &self.table })?;
        self.table = Table::new(self.stream.schema());
        Ok(go_on)
    }

    fn refuse(&mut self, line: u64, id: Option<String>, reason: String, emit: Emit<'_>) -> Result<bool, EngineError> {
        self.summary.refused += 1;
        emit(StreamEvent::Refused { line, id, reason })
    }

    fn reason(&self, reason: &tributary_features::Reason) -> String {
        use tributary_features::Reason;
        match reason {
            Reason::Late { behind } => format!("is {behind} seconds behind the newest; at most {} are waited for", self.horizon),
            Reason::Twice => "is there already".to_owned(),
            Reason::Full => format!("{} transfers wait already: shorten --horizon", self.waiting_max),
            Reason::Value(error) => error.to_string(),
        }
    }
}

/// Takes lines until the input ends or `emit` says no. Lines that wait in the input are worked on together, up to `batch_max`; a line that comes alone
/// is worked on alone.
///
/// # Errors
/// A setting is out of range, the input cannot be read, or `emit` failed.
pub fn stream<R: Read>(
    input: R,
    settings: &StreamSettings,
    clock: &dyn Fn() -> Timestamp,
    begin: impl FnOnce(&[Feature]) -> Result<(), EngineError>,
    emit: Emit<'_>,
) -> Result<StreamSummary, EngineError> {
    let mut live = LiveStream::new(settings)?;
    begin(live.schema())?;
    let mut input = BufReader::with_capacity(1 << 16, input);
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = (&mut input).take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line);
        let read = read.map_err(|e| EngineError::Stage { stage: "stream", problem: format!("cannot read: {e}") })?;
        if read == 0 {
            live.finish(emit)?;
            return Ok(live.summary());
        }
        if line.len() as u64 > LINE_BYTES_MAX && line.last() != Some(&b'\n') {
            pass_line(&mut input)?;
        }
        if !live.take(&line, clock(), emit)? {
            return Ok(live.summary());
        }
        let more = live.waiting() < settings.batch_max && input.buffer().contains(&b'\n');
        if !more && !live.work(emit)? {
            return Ok(live.summary());
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
