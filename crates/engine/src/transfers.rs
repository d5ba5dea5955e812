//! Transfers of one file, read without a workspace: for commands that compute something of a table of transfers and keep nothing.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{Decimal128Type, TimestampMicrosecondType, UInt64Type};
use rustc_hash::{FxHashMap, FxHashSet};
use tributary_features::{AMOUNT_MAX, OUTSIDE, Transfer, UNKNOWN};
use tributary_ingest::schema::{ATTRIBUTES, ROW};
use tributary_ingest::{Flow, IngestError, Input, Limits, Mapping, Options, QuarantineEntry, Sink, SinkError, ingest, output_tables};
use tributary_model::{ColumnKind, Table, Timestamp, amount};

use crate::columns::{Columns, Text};
use crate::error::EngineError;

/// An amount's last decimal places in a hundredth.
const PER_CENT: i128 = 10_i128.pow(amount::SCALE as u32 - 2);

/// Some transfers, in the order of the file.
#[derive(Debug, Default)]
pub struct Piece {
    /// `transfer_id` of each.
    pub ids: Vec<String>,
    /// The transfers. Their `id` is their place among the accepted rows of the file, from 0; accounts are numbered as they
    /// first appear; those that the mapping calls the world outside are [`OUTSIDE`].
    pub transfers: Vec<Transfer>,
    /// Their rows in the file, as quarantine counts them.
    pub rows: Vec<u64>,
    /// Their currencies.
    pub currencies: FxHashSet<String>,
    /// Their labels, where a column of labels was asked for.
    pub labels: Vec<Option<bool>>,
}

/// What reading a file came to.
#[derive(Debug, Default)]
pub struct Read {
    /// The accounts by number.
    pub accounts: Vec<String>,
    /// Rows accepted.
    pub rows: u64,
    /// Rows that could not be read.
    pub quarantined: u64,
    /// Rows that the mapping leaves out.
    pub left_out: u64,
    /// The first rows that could not be read, in words.
    pub problems: Vec<String>,
    /// The mapping in force: the one given, or the built-in one whose shape the file has.
    pub mapping: Option<String>,
}

/// Where transfers go as they are read; says whether to go on.
pub type Take<'t> = &'t mut dyn FnMut(Piece) -> Result<Flow, EngineError>;

struct Gather<'t> {
    /// Ids of the world outside: they have no number of their own.
    outside: FxHashSet<String>,
    label: Option<&'t str>,
    labelled: u64,
    transfers: Vec<bool>,
    accounts: FxHashMap<String, u32>,
    rows: u64,
    take: Take<'t>,
    failure: Option<EngineError>,
    stopped: bool,
}

/// Channels by number, from 1; 0 is none. The numbers do not depend on a file, so that a model learnt on one fits another.
#[must_use]
pub fn channels() -> &'static [&'static str] {
    let kind = Table::Transfers.columns().iter().find(|column| column.name == "channel").map(|column| column.kind);
    if let Some(ColumnKind::OneOf(channels)) = kind { channels } else { &[] }
}

/// The number of a channel.
pub(crate) fn channel(name: Option<&str>) -> u16 {
    name.and_then(|name| channels().iter().position(|known| *known == name)).map_or(0, |at| at as u16 + 1)
}

/// Billionths of a currency's unit as whole hundredths; [`UNKNOWN`] beyond what features take.
pub(crate) fn cents(units: i128) -> i64 {
    // Half a cent goes up: amounts are never below zero.
    let cents = (units + PER_CENT / 2) / PER_CENT;
    i64::try_from(cents).ok().filter(|cents| (0..=AMOUNT_MAX).contains(cents)).unwrap_or(UNKNOWN)
}

impl Gather<'_> {
    fn account(&mut self, id: &str) -> Result<u32, EngineError> {
        if self.outside.contains(id) {
            return Ok(OUTSIDE);
        }
        if let Some(number) = self.accounts.get(id) {
            return Ok(*number);
        }
        let number = u32::try_from(self.accounts.len())
            .map_err(|_| EngineError::Stage { stage: "transfers", problem: "more than 2^32 accounts".to_owned() })?;
        self.accounts.insert(id.to_owned(), number);
        Ok(number)
    }

    fn piece(&mut self, batch: &RecordBatch) -> Result<Piece, EngineError> {
        let columns = Columns::new("transfers", batch);
        let (id, from, to) = (columns.text("transfer_id")?, columns.text("from_account")?, columns.text("to_account")?);
        let (currency, channel): (Text<'_>, Text<'_>) = (columns.text("currency")?, columns.text("channel")?);
        let shape = |column: &str| EngineError::Shape { table: "transfers", column: column.to_owned() };
        let column = |name: &str| batch.column_by_name(name).ok_or_else(|| shape(name));
        let at = column("at")?.as_primitive_opt::<TimestampMicrosecondType>().ok_or_else(|| shape("at"))?;
        let amount = column("amount")?.as_primitive_opt::<Decimal128Type>().ok_or_else(|| shape("amount"))?;
        let row = column(ROW)?.as_primitive_opt::<UInt64Type>().ok_or_else(|| shape(ROW))?;
        let mut piece = Piece::default();
        for at_row in 0..batch.num_rows() {
            let (Some(id), Some(from), Some(to)) = (id.get(at_row), from.get(at_row), to.get(at_row)) else { continue };
            piece.transfers.push(Transfer {
                time: at.value(at_row).div_euclid(1_000_000),
                id: self.rows,
                from: self.account(from)?,
                to: self.account(to)?,
                amount: if amount.is_valid(at_row) { cents(amount.value(at_row)) } else { UNKNOWN },
                kind: self::channel(channel.get(at_row)),
            });
            piece.ids.push(id.to_owned());
            piece.rows.push(row.value(at_row));
            if let Some(currency) = currency.get(at_row).filter(|currency| !piece.currencies.contains(*currency)) {
                piece.currencies.insert(currency.to_owned());
            }
            self.rows += 1;
        }
        if let Some(name) = self.label {
            let attributes = columns.text(ATTRIBUTES)?;
            piece.labels = (0..batch.num_rows()).map(|row| label(attributes.get(row), name)).collect::<Result<_, _>>()?;
            self.labelled += piece.labels.iter().flatten().count() as u64;
        }
        Ok(piece)
    }
}

impl Sink for Gather<'_> {
    fn accept(&mut self, output: usize, rows: &RecordBatch, _traits: Option<&RecordBatch>) -> Result<(), SinkError> {
        if !self.transfers.get(output).is_some_and(|transfers| *transfers) {
            return Ok(());
        }
        let taken = self.piece(rows).and_then(|piece| (self.take)(piece));
        match taken {
            Ok(Flow::Continue) => Ok(()),
            Ok(Flow::Stop) => {
                self.stopped = true;
                Err("stopped".into())
            }
            Err(error) => {
                self.failure = Some(error);
                Err("the rows could not be worked on".into())
            }
        }
    }

    fn quarantine(&mut self, _output: usize, _entry: &QuarantineEntry) -> Result<(), SinkError> {
        Ok(())
    }

    fn known_ids(&mut self, _output: usize) -> Result<FxHashSet<u64>, SinkError> {
        Ok(FxHashSet::default())
    }

    fn progress(&mut self, _rows: u64) -> Flow {
        if self.stopped { Flow::Stop } else { Flow::Continue }
    }
}

/// Reads the transfers of a file, in its order. Without a mapping it has the shape of the table `transfers`, or one for which there is a
/// built-in mapping. `now` stands for the day of collection.
///
/// # Errors
/// The file cannot be read or is refused as a whole, `take` failed, or it stopped the reading ([`EngineError::Stopped`]).
pub fn read(path: &Path, mapping: Option<&Mapping>, now: Timestamp, take: Take<'_>) -> Result<Read, EngineError> {
    read_labelled(path, mapping, None, now, take)
}

/// As [`read`], with labels from a column that is none of the table's.
///
/// # Errors
/// As [`read`]; a label that is neither yes nor no; a column of labels that no row has.
pub fn read_labelled(path: &Path, mapping: Option<&Mapping>, label: Option<&str>, now: Timestamp, take: Take<'_>) -> Result<Read, EngineError> {
    if let Some(given) = mapping {
        let kept = label.map(|label| given.clone().keeping(label));
        return read_as(path, kept.as_ref().or(mapping), label, now, take);
    }
    let mut taken = false;
    let mut first = |piece: Piece| {
        taken = true;
        take(piece)
    };
    let refused = match read_as(path, None, label, now, &mut first) {
        Err(error @ EngineError::Transfers { .. }) if !taken => error,
        done => return done,
    };
    for name in Mapping::built_in_names() {
        let Ok(built_in) = Mapping::built_in(name) else { continue };
        let built_in = if let Some(label) = label { built_in.keeping(label) } else { built_in };
        if !output_tables(None, Some(&built_in)).contains(&Table::Transfers) {
            continue;
        }
        let mut taken = false;
        let mut other = |piece: Piece| {
            taken = true;
            take(piece)
        };
        match read_as(path, Some(&built_in), label, now, &mut other) {
            Err(EngineError::Transfers { .. }) if !taken => {}
            done => return done,
        }
    }
    Err(refused)
}

fn read_as(path: &Path, mapping: Option<&Mapping>, label: Option<&str>, now: Timestamp, take: Take<'_>) -> Result<Read, EngineError> {
    let file = File::open(path).map_err(EngineError::io("open", path))?;
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let table = mapping.is_none().then_some(Table::Transfers);
    let tables = output_tables(table, mapping);
    let limits = Limits::default();
    let batches: Vec<String> = tables.iter().map(|_| "0".repeat(12)).collect();
    let options = Options {
        table,
        mapping,
        key: None,
        keep_text: false,
        as_of: now,
        limits: &limits,
        threads: tributary_lake::threads(0),
        batches: &batches,
        digest_key: [0; 32],
    };
    let transfers = tables.iter().map(|table| *table == Table::Transfers).collect();
    let outside = mapping.map(Mapping::outside).unwrap_or_default().iter().cloned().collect();
    let mut gather = Gather { outside, label, labelled: 0, transfers, accounts: FxHashMap::default(), rows: 0, take, failure: None, stopped: false };
    let input = Input { name: name.clone(), file, count: Arc::new(AtomicU64::new(0)) };
    let read = ingest(vec![input], &options, &mut gather);
    if gather.stopped {
        return Err(EngineError::Stopped);
    }
    if let Some(failure) = gather.failure {
        return Err(failure);
    }
    let summary = read.map_err(|source: IngestError| EngineError::Transfers { file: name, source })?;
    if let Some(label) = label.filter(|_| gather.labelled == 0 && gather.rows > 0) {
        let problem = format!("`{}` has no column `{label}` with labels: 1, true or yes, and 0, false or no", path.display());
        return Err(EngineError::Stage { stage: "rank", problem });
    }
    let mut accounts = vec![String::new(); gather.accounts.len()];
    for (account, number) in gather.accounts {
        if let Some(place) = accounts.get_mut(number as usize) {
            *place = account;
        }
    }
    let mut done = Read { accounts, rows: gather.rows, mapping: mapping.map(|mapping| mapping.name().to_owned()), ..Read::default() };
    for (output, _) in summary.outputs.iter().zip(&tables).filter(|(_, table)| **table == Table::Transfers) {
        done.quarantined += output.quarantined;
        done.left_out += output.left_out;
        done.problems.extend(output.problems.iter().map(|(problem, count)| format!("{problem} ({count} rows)")));
    }
    Ok(done)
}

/// The label among a row's attributes.
fn label(attributes: Option<&str>, name: &str) -> Result<Option<bool>, EngineError> {
    let Some(value) = attributes.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok()).and_then(|all| all.get(name).cloned()) else {
        return Ok(None);
    };
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.trim().to_ascii_lowercase().as_str() {
        "" | "null" => Ok(None),
        "1" | "1.0" | "true" | "yes" => Ok(Some(true)),
        "0" | "0.0" | "false" | "no" => Ok(Some(false)),
        other => {
            let problem = format!("the label `{other}` in column `{name}` is neither yes nor no: write 1, true or yes, or 0, false or no");
            Err(EngineError::Stage { stage: "rank", problem })
        }
    }
}
