//! Patterns of a stream: the transfers of a sliding window are searched as they come.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use tributary_features::{Transfer, UNKNOWN};
use tributary_patterns::{Delta, PatternHit, Reason, Settings, Span, Stream, Transfer as Moved};

use super::taker::Accounts;
use super::{Change, ChangedPattern, Emit, StreamEvent, StreamSummary};
use crate::error::EngineError;
use crate::search::{self, FoundPattern};

const MICROS: i64 = 1_000_000;
/// Ids beyond twice those held after which the ones nothing names any more are forgotten.
const SPARE: usize = 1 << 16;

/// Which patterns a stream searches.
#[derive(Clone, Debug, Default)]
pub struct PatternSettings {
    /// The kinds; all when none is named.
    pub kinds: Vec<String>,
    /// Parameters for the kinds that take them.
    pub parameters: BTreeMap<String, f64>,
    /// How far back is searched, seconds; above 0 and not below the horizon.
    pub window: i64,
}

/// The search, and what its rows are called.
pub(super) struct Hits {
    stream: Stream,
    /// `transfer_id` and time of the transfers held, by row.
    ids: FxHashMap<u32, (String, i64)>,
    kept: i64,
}

impl Hits {
    pub(super) fn new(settings: &PatternSettings, horizon: i64) -> Result<Self, EngineError> {
        let wrong = |problem: String| EngineError::Stage { stage: "stream", problem };
        let requests: Settings = search::settings(&settings.kinds, &settings.parameters).map_err(wrong)?;
        let span = Span::new(settings.window.saturating_mul(MICROS), horizon.saturating_mul(MICROS));
        let stream = Stream::new(requests, span).map_err(|e| wrong(e.to_string()))?;
        let kept = settings.window.saturating_add(horizon).saturating_add(span.step_micros / MICROS + 1);
        Ok(Self { stream, ids: FxHashMap::default(), kept })
    }

    /// How long a transfer may be held, seconds.
    pub(super) fn kept(&self) -> i64 {
        self.kept
    }

    /// Takes transfers in, whose ids are in `ids` by their number; says whether to go on.
    pub(super) fn push(
        &mut self,
        transfers: &[Transfer],
        ids: &FxHashMap<u64, String>,
        accounts: &Accounts,
        summary: &mut StreamSummary,
        emit: Emit<'_>,
    ) -> Result<bool, EngineError> {
        let moved: Vec<Moved> = transfers.iter().map(moved).collect();
        for (transfer, moved) in transfers.iter().zip(&moved) {
            let id = ids.get(&transfer.id).cloned().unwrap_or_default();
            self.ids.insert(moved.row, (id, moved.at));
        }
        let delta = self.stream.push(&moved);
        for (row, reason) in &delta.refused {
            summary.refused += 1;
            let line = transfers.iter().find(|transfer| row_of(transfer) == *row).map_or(0, |transfer| transfer.id);
            let id = self.ids.remove(row).map(|(id, _)| id);
            if !emit(StreamEvent::Refused { line, id, reason: refusal(reason) })? {
                return Ok(false);
            }
        }
        self.tell(&delta, accounts, summary, emit)
    }

    /// Brings the kinds that are searched whole up to date.
    pub(super) fn finish(&mut self, accounts: &Accounts, summary: &mut StreamSummary, emit: Emit<'_>) -> Result<bool, EngineError> {
        let delta = self.stream.finish();
        self.tell(&delta, accounts, summary, emit)
    }

    fn tell(&mut self, delta: &Delta, accounts: &Accounts, summary: &mut StreamSummary, emit: Emit<'_>) -> Result<bool, EngineError> {
        summary.withdrawn += delta.withdrawn.len() as u64;
        summary.appeared += delta.appeared.len() as u64;
        let withdrawn = delta.withdrawn.iter().map(|hit| (Change::Withdrawn, hit));
        for (change, hit) in withdrawn.chain(delta.appeared.iter().map(|hit| (Change::Appeared, hit))) {
            if !emit(StreamEvent::Changed(ChangedPattern { change, pattern: self.named(hit, accounts) }))? {
                return Ok(false);
            }
        }
        // Only now: what was withdrawn names transfers that have left the window.
        if let Some(start) = self.stream.start().filter(|_| self.ids.len() > 2 * self.stream.held() + SPARE) {
            self.ids.retain(|_, (_, at)| *at >= start);
        }
        Ok(true)
    }

    fn named(&self, hit: &PatternHit, accounts: &Accounts) -> FoundPattern {
        let transfer = |row: u32| self.ids.get(&row).map(|(id, _)| id.clone());
        search::found(hit, &|node| accounts.name(node).to_owned(), &transfer)
    }
}

/// The number of a line as a row's: it comes again after 2^32 lines, long after the transfer has left the window.
fn row_of(transfer: &Transfer) -> u32 {
    (transfer.id & u64::from(u32::MAX)) as u32
}

fn moved(transfer: &Transfer) -> Moved {
    let value = if transfer.amount == UNKNOWN { f64::NAN } else { transfer.amount as f64 / 100.0 };
    Moved { row: row_of(transfer), from: transfer.from, to: transfer.to, at: transfer.time.saturating_mul(MICROS), value }
}

fn refusal(reason: &Reason) -> String {
    match reason {
        Reason::Late { behind } => format!("is not searched for patterns: it is {} seconds behind the newest", behind / MICROS),
        Reason::Twice => "is not searched for patterns: it is there already".to_owned(),
        Reason::Full => "is not searched for patterns: too many transfers are held; shorten the window".to_owned(),
        Reason::Value => "is not searched for patterns: its time or amount is out of range".to_owned(),
    }
}
