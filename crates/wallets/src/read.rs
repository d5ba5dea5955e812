//! Readers of plain CSV, a line at a time. A bad row is told with its row, column and remedy and does not stop the file.

use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
use std::io::{BufRead, Read};

use tributary_model::{Amount, Timestamp};

use crate::store::{Moves, Utxo};
use crate::tags::{Tag, Tags};

/// Bounds on what is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReadLimits {
    /// Bytes of one line; longer ones are bad rows.
    pub line_bytes_max: usize,
    /// Bytes of one value.
    pub value_bytes_max: usize,
    /// Inputs and outputs of one transaction.
    pub legs_max: usize,
    /// Rows of one file.
    pub rows_max: u64,
}

impl Default for ReadLimits {
    fn default() -> Self {
        Self { line_bytes_max: 4_096, value_bytes_max: 128, legs_max: 20_000, rows_max: 1 << 32 }
    }
}

/// A row that was not taken in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bad {
    /// Row number, 1 is the first row after the header.
    pub row: u64,
    /// Column with the problem; empty where the whole row has it.
    pub column: &'static str,
    /// The value, cut to 64 characters.
    pub value: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub remedy: &'static str,
}

/// How many rows a file had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ReadCounts {
    /// Rows after the header.
    pub rows: u64,
    /// Rows not taken in.
    pub bad: u64,
}

/// Why a file is refused whole.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be read.
    #[error("the file cannot be read: {0}")]
    Io(#[from] std::io::Error),
    /// A column is missing.
    #[error("no column `{column}` in the header; give a header with the columns {wanted}")]
    Header {
        /// Which.
        column: &'static str,
        /// All that are needed.
        wanted: String,
    },
    /// Too many rows.
    #[error("more than {max} rows; split the file by time")]
    Rows {
        /// The bound.
        max: u64,
    },
    /// More than half of the rows are bad.
    #[error("{bad} of {rows} rows are bad; look at the first of them: the columns may not mean what their names say")]
    MostlyBad {
        /// Bad rows.
        bad: u64,
        /// All rows.
        rows: u64,
    },
}

/// What is wrong with a value.
struct Wrong {
    column: usize,
    problem: String,
    remedy: &'static str,
}

type Checked<T> = Result<T, Wrong>;

/// The columns of a file by the names wanted, one line at a time.
struct Rows<'b, R> {
    input: R,
    limits: ReadLimits,
    wanted: &'static [&'static str],
    places: Vec<usize>,
    line: Vec<u8>,
    text: Vec<u8>,
    ends: Vec<usize>,
    fields: usize,
    splitter: csv_core::Reader,
    counts: ReadCounts,
    bad: &'b mut dyn FnMut(Bad),
}

impl<'b, R: BufRead> Rows<'b, R> {
    fn open(input: R, limits: ReadLimits, wanted: &'static [&'static str], bad: &'b mut dyn FnMut(Bad)) -> Result<Self, ReadError> {
        let (text, ends) = (vec![0; limits.line_bytes_max + 1], vec![0; 256]);
        let splitter = csv_core::Reader::new();
        let counts = ReadCounts::default();
        let mut rows = Self { input, limits, wanted, places: Vec::new(), line: Vec::new(), text, ends, fields: 0, splitter, counts, bad };
        rows.read_line()?;
        if rows.line.starts_with(b"\xEF\xBB\xBF") {
            rows.line.drain(..3);
        }
        rows.split();
        let header: Vec<String> = (0..rows.fields).map(|at| rows.field(at).unwrap_or_default().trim().to_ascii_lowercase()).collect();
        for column in wanted {
            let place = header.iter().position(|name| name == column);
            rows.places.push(place.ok_or_else(|| ReadError::Header { column, wanted: wanted.join(", ") })?);
        }
        Ok(rows)
    }

    /// The next line, cut at its bound; `None` at the end. What is beyond the bound is read and dropped.
    fn read_line(&mut self) -> Result<Option<bool>, ReadError> {
        self.line.clear();
        let most = self.limits.line_bytes_max as u64 + 1;
        let taken = self.input.by_ref().take(most).read_until(b'\n', &mut self.line)?;
        if taken == 0 {
            return Ok(None);
        }
        let whole = self.line.ends_with(b"\n") || (taken as u64) < most;
        if !whole {
            self.drop_line()?;
        }
        while self.line.last().is_some_and(|byte| matches!(byte, b'\n' | b'\r')) {
            self.line.pop();
        }
        Ok(Some(whole))
    }

    fn drop_line(&mut self) -> Result<(), ReadError> {
        loop {
            let chunk = self.input.fill_buf()?;
            let (used, ended) = chunk.iter().position(|byte| *byte == b'\n').map_or((chunk.len(), chunk.is_empty()), |at| (at + 1, true));
            self.input.consume(used);
            if ended {
                return Ok(());
            }
        }
    }

    fn split(&mut self) {
        self.splitter.reset();
        let (mut read, mut written, mut ended) = (0, 0, 0);
        loop {
            let input = self.line.get(read..).unwrap_or_default();
            let (output, ends) = (self.text.get_mut(written..).unwrap_or_default(), self.ends.get_mut(ended..).unwrap_or_default());
            let (state, used, wrote, fields) = self.splitter.read_record(input, output, ends);
            (read, written, ended) = (read + used, written + wrote, ended + fields);
            // The line is given whole, and then its end; too many columns are cut.
            if !matches!(state, csv_core::ReadRecordResult::InputEmpty) || (input.is_empty() && fields == 0 && wrote == 0 && used == 0) {
                break;
            }
        }
        self.fields = ended;
    }

    fn field(&self, at: usize) -> Option<&str> {
        let begin = if at == 0 { 0 } else { *self.ends.get(at - 1)? };
        let end = *self.ends.get(at).filter(|_| at < self.fields)?;
        std::str::from_utf8(self.text.get(begin..end)?).ok()
    }

    /// The next row that can be split, or what is wrong with it; `None` at the end. Empty lines are no rows.
    fn next(&mut self) -> Result<Option<Checked<()>>, ReadError> {
        loop {
            let Some(whole) = self.read_line()? else {
                return Ok(None);
            };
            if whole && self.line.is_empty() {
                continue;
            }
            self.counts.rows += 1;
            if self.counts.rows > self.limits.rows_max {
                return Err(ReadError::Rows { max: self.limits.rows_max });
            }
            if !whole {
                let problem = format!("is longer than {} bytes", self.limits.line_bytes_max);
                return Ok(Some(Err(Wrong {
                    column: usize::MAX,
                    problem,
                    remedy: "write one input, output or movement on a line; look for a quote that is not closed",
                })));
            }
            self.split();
            return Ok(Some(Ok(())));
        }
    }

    /// The value of a wanted column, without blanks around it.
    fn value(&self, column: usize) -> Checked<&str> {
        let wrong = |problem: String, remedy| Wrong { column, problem, remedy };
        let place = self.places.get(column).copied().unwrap_or(usize::MAX);
        if place >= self.fields {
            return Err(wrong(
                "is missing: the row has fewer columns than the header".to_owned(),
                "write every column on every row, empty where there is nothing",
            ));
        }
        let value = self.field(place).ok_or_else(|| wrong("is not UTF-8".to_owned(), "save the file as UTF-8"))?.trim();
        if value.len() > self.limits.value_bytes_max {
            return Err(wrong(format!("is longer than {} bytes", self.limits.value_bytes_max), "give the address or id itself"));
        }
        Ok(value)
    }

    fn needed(&self, column: usize) -> Checked<&str> {
        let value = self.value(column)?;
        if value.is_empty() {
            return Err(Wrong { column, problem: "is empty".to_owned(), remedy: "give it, or leave the row out" });
        }
        Ok(value)
    }

    fn at(&self, column: usize) -> Checked<Timestamp> {
        let text = self.needed(column)?;
        let seconds = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<i64>().ok()).flatten();
        let time = match seconds {
            // The year 2100.
            Some(seconds) if seconds < 4_102_444_800 => Ok(Timestamp(seconds * 1_000_000)),
            Some(_) => Err("is beyond the year 2100".to_owned()),
            None => Timestamp::parse(text).map_err(|error| error.to_string()),
        };
        time.map_err(|problem| Wrong { column, problem, remedy: "give seconds since 1970 UTC, or a time such as 2026-11-22T08:15:00Z" })
    }

    fn amount(&self, column: usize) -> Checked<Amount> {
        let remedy = "give whole coins with at most 9 digits after the point, such as 0.0125";
        Amount::parse(self.needed(column)?).map_err(|error| Wrong { column, problem: error.to_string(), remedy })
    }

    /// A ticker, in capitals. Longer names are not cut: two tokens would become one.
    fn token(&self, column: usize) -> Checked<String> {
        let text = self.needed(column)?;
        if !(2..=12).contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let remedy = "give each token, by its contract, a ticker of its own: 2 to 12 letters or digits";
            return Err(Wrong { column, problem: "is no ticker".to_owned(), remedy });
        }
        Ok(text.to_ascii_uppercase())
    }

    fn tell(&mut self, wrong: &Wrong) {
        let value = self.places.get(wrong.column).and_then(|place| self.field(*place)).unwrap_or_default();
        let bad = Bad {
            row: self.counts.rows,
            column: self.wanted.get(wrong.column).copied().unwrap_or_default(),
            value: value.chars().take(64).collect(),
            problem: wrong.problem.clone(),
            remedy: wrong.remedy,
        };
        self.counts.bad += 1;
        (self.bad)(bad);
    }

    fn finish(self) -> Result<ReadCounts, ReadError> {
        let ReadCounts { rows, bad } = self.counts;
        if bad * 2 > rows { Err(ReadError::MostlyBad { bad, rows }) } else { Ok(self.counts) }
    }
}

/// A transaction while its rows come.
#[derive(Default)]
struct Open {
    id: String,
    key: u64,
    at: Timestamp,
    /// Row, is it an input, its index, address, amount.
    legs: Vec<(u64, bool, u32, String, i64)>,
    damaged: bool,
    coinbase: bool,
}

/// Reads transactions of a chain of unspent outputs: columns `txid, at, side, index, address, amount`, one row an input (`in`) or output (`out`), the rows of one transaction together.
///
/// `at` is RFC 3339 or seconds since 1970; `amount` is in whole coins. An address may be empty (not known; data). The address `coinbase` on an input, or no input at all, is new coin.
/// A transaction with a bad row is left out whole, for half a transaction misleads: its other rows are told too. Comes back in the order of time.
///
/// # Errors
/// Not readable, a column missing, too many rows, or more than half of them bad.
pub fn read_utxo(input: impl BufRead, limits: ReadLimits, bad: &mut dyn FnMut(Bad)) -> Result<(Utxo, ReadCounts), ReadError> {
    const COLUMNS: &[&str] = &["txid", "at", "side", "index", "address", "amount"];
    let mut rows = Rows::open(input, limits, COLUMNS, bad)?;
    let hasher = BuildHasherDefault::<DefaultHasher>::default();
    let (mut chain, mut seen, mut open) = (Utxo::new(), HashSet::<u64>::new(), Open::default());
    while let Some(split) = rows.next()? {
        let leg = split.and_then(|()| {
            let id = rows.needed(0)?;
            let key = hasher.hash_one(id);
            if key != open.key || open.id != id {
                close(&mut open, &mut rows, &mut chain);
                let mut text = std::mem::take(&mut open.id);
                text.clear();
                text.push_str(rows.needed(0)?);
                open = Open { id: text, key, ..Open::default() };
                if !seen.insert(key) {
                    open.damaged = true;
                    return Err(Wrong {
                        column: 0,
                        problem: "was there already, further up".to_owned(),
                        remedy: "put the rows of one transaction together, once: sort by txid",
                    });
                }
                open.at = rows.at(1)?;
            } else if rows.at(1)? != open.at {
                return Err(Wrong {
                    column: 1,
                    problem: "is not the time of the transaction's first row".to_owned(),
                    remedy: "give all rows of a transaction one time",
                });
            }
            leg_of(&rows, &mut open, limits)
        });
        if let Err(wrong) = leg {
            open.damaged = true;
            rows.tell(&wrong);
        }
    }
    close(&mut open, &mut rows, &mut chain);
    chain.sort();
    Ok((chain, rows.finish()?))
}

fn leg_of<R: BufRead>(rows: &Rows<'_, R>, open: &mut Open, limits: ReadLimits) -> Checked<()> {
    let is_input = match rows.needed(2)? {
        "in" => true,
        "out" => false,
        _ => {
            return Err(Wrong { column: 2, problem: "is neither in nor out".to_owned(), remedy: "write in for what is spent, out for what is paid" });
        }
    };
    let index = rows.needed(3)?.parse::<u32>();
    let index = index.map_err(|_| Wrong {
        column: 3,
        problem: "is not a whole number".to_owned(),
        remedy: "number the inputs and the outputs of a transaction from 0",
    })?;
    let address = rows.value(4)?;
    if is_input && address == "coinbase" {
        open.coinbase = true;
        return Ok(());
    }
    let amount = rows.amount(5)?;
    let most = "look at the unit: amounts are in whole coins";
    let amount = i64::try_from(amount.0).map_err(|_| Wrong { column: 5, problem: "is more than there can be".to_owned(), remedy: most })?;
    if open.legs.len() >= limits.legs_max {
        return Err(Wrong {
            column: usize::MAX,
            problem: format!("is one more than the {} inputs and outputs a transaction may have", limits.legs_max),
            remedy: "leave the transaction out",
        });
    }
    open.legs.push((rows.counts.rows, is_input, index, address.to_owned(), amount));
    Ok(())
}

/// Takes the transaction in that is open, or tells its rows when one of them was bad.
fn close<R: BufRead>(open: &mut Open, rows: &mut Rows<'_, R>, chain: &mut Utxo) {
    let mut legs = std::mem::take(&mut open.legs);
    let mut left_out = open.damaged;
    if !left_out && !legs.is_empty() {
        legs.sort_by_key(|leg| (!leg.1, leg.2));
        let twice = legs.windows(2).any(|pair| matches!(pair, [a, b] if (a.1, a.2) == (b.1, b.2)));
        let side = |input: bool| legs.iter().filter(|leg| leg.1 == input).map(|leg| (leg.3.as_str(), leg.4)).collect::<Vec<_>>();
        let inputs = if open.coinbase { Vec::new() } else { side(true) };
        left_out = twice || !chain.push(&open.id, open.at, &inputs, &side(false));
    }
    if left_out {
        let (problem, remedy) = if open.damaged {
            ("is of a transaction with another bad row", "mend the other row and give the transaction again")
        } else {
            ("is of a transaction that gives an index twice, or does not fit any more", "write each input and output once; split the file by time")
        };
        for leg in legs {
            rows.counts.bad += 1;
            (rows.bad)(Bad { row: leg.0, column: "txid", value: open.id.chars().take(64).collect(), problem: problem.to_owned(), remedy });
        }
    }
}

/// Reads movements of an account chain: columns `tx, at, from, to, amount, token`, one row a movement; `token` is a ticker. Comes back in the order of time; of one time in that of the file.
///
/// # Errors
/// Not readable, a column missing, too many rows, or more than half of them bad.
pub fn read_moves(input: impl BufRead, limits: ReadLimits, bad: &mut dyn FnMut(Bad)) -> Result<(Moves, ReadCounts), ReadError> {
    const COLUMNS: &[&str] = &["tx", "at", "from", "to", "amount", "token"];
    let mut rows = Rows::open(input, limits, COLUMNS, bad)?;
    let mut moves = Moves::new();
    while let Some(split) = rows.next()? {
        let taken = split.and_then(|()| {
            let (id, at, amount) = (rows.needed(0)?, rows.at(1)?, rows.amount(4)?);
            let full = || Wrong { column: usize::MAX, problem: "does not fit any more".to_owned(), remedy: "split the file by time" };
            moves.push(id, at, (rows.needed(2)?, rows.needed(3)?), amount, &rows.token(5)?).then_some(()).ok_or_else(full)
        });
        if let Err(wrong) = taken {
            rows.tell(&wrong);
        }
    }
    moves.sort();
    Ok((moves, rows.finish()?))
}

/// Reads names given to addresses: columns `address, entity, kind`; `kind` is put in lower case.
///
/// # Errors
/// Not readable, a column missing, too many rows, or more than half of them bad.
pub fn read_tags(input: impl BufRead, limits: ReadLimits, bad: &mut dyn FnMut(Bad)) -> Result<(Tags, ReadCounts), ReadError> {
    const COLUMNS: &[&str] = &["address", "entity", "kind"];
    let mut rows = Rows::open(input, limits, COLUMNS, bad)?;
    let mut tags = Tags::none();
    while let Some(split) = rows.next()? {
        let taken = split.and_then(|()| {
            let tag = Tag { entity: rows.needed(1)?.to_owned(), kind: rows.needed(2)?.to_ascii_lowercase() };
            tags.add(rows.needed(0)?, tag);
            Ok(())
        });
        if let Err(wrong) = taken {
            rows.tell(&wrong);
        }
    }
    Ok((tags, rows.finish()?))
}
