//! Features of a whole file of any size and order, as `tributary features` computes them: read row by row, sorted outside of memory when it is out of
//! order, worked on while the next rows are read, and written or digested as they come.
//!
//! `features_whole make ROWS OUT.csv [ROWS_A_DAY] [shuffled] [contract]` writes seeded transfers `id,time,from,to,amount,kind` among ROWS/10 accounts;
//! with `contract` in the columns that `tributary features` takes.
//! `features_whole run IN.csv OUT.csv|- FAMILIES WINDOWS [THREADS]` computes them: names of families or `all`; windows in seconds, with commas; `-` digests
//! the rows and writes none. Prints one JSON object.

use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::time::Instant;

use tributary_features::{Column, Config, Engine, Families, Family, Sorter, Table, Transfer, Worker};

type Failure = Box<dyn std::error::Error>;

/// Rows handed on at once.
const PIECE: usize = 16_384;
/// Bytes of transfers that are held while a file is sorted.
const SORT_BYTES: usize = 512 << 20;

struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn unit(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }
}

/// Few accounts deal often, most now and then; a quarter of the payments stay among neighbours, so that money comes round.
/// Seconds since 1970 as RFC 3339, by the civil calendar (Hinnant, chrono-compatible date algorithms).
fn utc(seconds: u64) -> String {
    let (day, second) = (seconds / 86_400 + 719_468, seconds % 86_400);
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * shifted + 2) / 5 + 1, if shifted < 10 { shifted + 3 } else { shifted - 9 });
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z", second / 3600, second / 60 % 60, second % 60)
}

fn make(rows: u64, out: &str, a_day: u64, shuffled: bool, contract: bool) -> Result<(), Failure> {
    let mut to = BufWriter::with_capacity(1 << 20, File::create(out)?);
    writeln!(to, "{}", if contract { "transfer_id,at,from_account,to_account,amount,currency" } else { "id,time,from,to,amount,kind" })?;
    let accounts = (rows / 10).max(100);
    // A year's transfers unless said otherwise: an account deals as often whatever the size of the file.
    let a_day = if a_day == 0 { rows.div_ceil(365) } else { a_day };
    let mut random = Random(7);
    // Out of order: rows of the whole time in turn, as from so many sources one after the other.
    let stride = if shuffled { 37 } else { 1 };
    for source in 0..stride {
        let mut id = source;
        while id < rows {
            let time = 1_700_000_000 + (id as f64 * 86_400.0 / a_day as f64) as u64;
            // Who pays often is seldom who is paid often: an employer is no shop.
            let from = (accounts as f64 * random.unit().powi(2)) as u64;
            let payee = if random.next().is_multiple_of(4) {
                (from + 1 + random.next() % 64) % accounts
            } else {
                accounts - 1 - (accounts as f64 * random.unit().powi(2)) as u64
            };
            let amount = (random.unit().powi(4) * 1e7) as u64 + 100;
            let (to_account, kind) = (payee.min(accounts - 1), random.next() % 3);
            if contract {
                writeln!(to, "{id},{},{from},{to_account},{amount},PKR", utc(time))?;
            } else {
                writeln!(to, "{id},{time},{from},{to_account},{amount},{kind}")?;
            }
            id += stride;
        }
    }
    Ok(to.flush()?)
}

/// Rows of a CSV of whole numbers without quotes.
struct Rows<R> {
    from: BufReader<R>,
    line: Vec<u8>,
}

impl<R: Read> Rows<R> {
    fn new(from: R) -> Result<Self, Failure> {
        use std::io::BufRead;
        let mut rows = Self { from: BufReader::with_capacity(1 << 20, from), line: Vec::new() };
        rows.from.read_until(b'\n', &mut rows.line)?;
        Ok(rows)
    }

    fn take(&mut self, rows: usize) -> Result<Vec<Transfer>, Failure> {
        use std::io::BufRead;
        let mut all = Vec::with_capacity(rows);
        while all.len() < rows {
            self.line.clear();
            if self.from.read_until(b'\n', &mut self.line)? == 0 {
                break;
            }
            let mut fields = [0_u64; 6];
            let mut places = fields.iter_mut();
            for part in self.line.trim_ascii_end().split(|byte| *byte == b',') {
                let value = part.iter().try_fold(0_u64, |value, byte| {
                    byte.is_ascii_digit().then(|| value.checked_mul(10)?.checked_add(u64::from(byte - b'0'))).flatten()
                });
                *places.next().ok_or("too many columns")? = value.ok_or("not a whole number")?;
            }
            let [id, time, from, to, amount, kind] = fields;
            all.push(Transfer {
                time: time.try_into()?,
                id,
                from: from.try_into()?,
                to: to.try_into()?,
                amount: amount.try_into()?,
                kind: kind.try_into()?,
            });
        }
        Ok(all)
    }
}

/// Where rows go.
struct Out {
    to: Option<BufWriter<File>>,
    line: String,
    rows: u64,
    digest: u64,
}

impl Out {
    fn take(&mut self, table: &Table) -> Result<(), Failure> {
        use std::fmt::Write as _;
        self.rows += table.len() as u64;
        let Some(to) = &mut self.to else {
            let mut add = |value: u64| self.digest = (self.digest ^ value).wrapping_mul(0x0000_0100_0000_01B3);
            for column in &table.columns {
                match column {
                    Column::Whole(values) => values.iter().for_each(|value| add(u64::from(*value))),
                    Column::Real(values) => values.iter().for_each(|value| add(value.to_bits())),
                }
            }
            return Ok(());
        };
        for (row, id) in table.id.iter().enumerate() {
            self.line.clear();
            write!(self.line, "{id}")?;
            for column in &table.columns {
                match column {
                    Column::Whole(values) => write!(self.line, ",{}", values.get(row).copied().unwrap_or_default())?,
                    Column::Real(values) => match values.get(row).copied().unwrap_or(f64::NAN) {
                        value if value.is_nan() => self.line.push(','),
                        value => write!(self.line, ",{value}")?,
                    },
                }
            }
            self.line.push('\n');
            to.write_all(self.line.as_bytes())?;
        }
        Ok(())
    }
}

fn config(families: &str, windows: &str) -> Result<Config, Failure> {
    let windows = windows.split(',').map(str::parse).collect::<Result<Vec<i64>, _>>()?;
    let families = if families == "all" { Families::all() } else { families.split(',').filter_map(Family::named).collect() };
    Ok(Config { families, windows, ..Config::default() })
}

fn run(input: &str, output: &str, config: Config, threads: usize) -> Result<(), Failure> {
    let started = Instant::now();
    let open = || File::open(input).map_err(Failure::from).and_then(Rows::new);
    // One look at the times tells whether it must be sorted.
    let (mut rows, mut last, mut ordered) = (open()?, None, true);
    loop {
        let piece = rows.take(PIECE)?;
        ordered &= piece.iter().all(|transfer| last.replace((transfer.time, transfer.id)).is_none_or(|last| last < (transfer.time, transfer.id)));
        if piece.is_empty() || !ordered {
            break;
        }
    }
    let mut sorted = None;
    let mut runs = 0;
    if !ordered {
        let mut number = 0;
        let mut sorter = Sorter::new(SORT_BYTES, || {
            number += 1;
            let path = format!("{input}.run{number}");
            let file = File::options().create_new(true).read(true).write(true).open(&path)?;
            // It is gone with the process, however that ends (not on every system).
            std::fs::remove_file(&path)?;
            Ok(file)
        });
        let mut rows = open()?;
        loop {
            let piece = rows.take(PIECE)?;
            if piece.is_empty() {
                break;
            }
            piece.iter().try_for_each(|transfer| sorter.push(*transfer, ""))?;
        }
        runs = sorter.counts().1;
        sorted = Some(sorter.finish()?);
    }
    let read_s = started.elapsed().as_secs_f64();
    let engine = Engine::new(config, threads)?;
    let columns = engine.schema().len();
    let mut out = Out { to: None, line: String::new(), rows: 0, digest: 0xCBF2_9CE4_8422_2325 };
    if output != "-" {
        let mut to = BufWriter::with_capacity(1 << 20, File::create(output)?);
        let names: Vec<&str> = engine.schema().iter().map(|feature| feature.name.as_str()).collect();
        writeln!(to, "id,{}", names.join(","))?;
        out.to = Some(to);
    }
    let (mut rows, mut worker) = (open()?, Worker::new(engine));
    loop {
        let piece = if let Some(sorted) = &mut sorted { sorted.take(PIECE)?.0 } else { rows.take(PIECE)? };
        if piece.is_empty() {
            break;
        }
        for table in worker.push(piece)? {
            out.take(&table)?;
        }
    }
    while let Some(table) = worker.wait()? {
        out.take(&table)?;
    }
    out.to.as_mut().map_or(Ok(()), Write::flush)?;
    let engine = worker.finish().ok_or("the worker failed")?;
    let wall = started.elapsed().as_secs_f64();
    println!(
        "{{\"rows\": {}, \"columns\": {columns}, \"threads\": {threads}, \"ordered\": {ordered}, \"runs\": {runs}, \"before_s\": {read_s:.2}, \"wall_s\": {wall:.2}, \
         \"rows_per_s\": {:.0}, \"digest\": \"{:016x}\", \"remembered\": {:?}, \"cuts\": \"{:?}\"}}",
        out.rows,
        out.rows as f64 / wall,
        out.digest,
        engine.remembered(),
        engine.cuts()
    );
    Ok(())
}

fn main() -> Result<(), Failure> {
    let argument = |at: usize| std::env::args().nth(at).unwrap_or_default();
    let number = |text: String, default: u64| if text.is_empty() { Ok(default) } else { text.parse::<u64>() };
    match argument(1).as_str() {
        "make" => {
            let said = |word: &str| argument(5) == word || argument(6) == word;
            make(argument(2).parse()?, &argument(3), number(argument(4), 0)?, said("shuffled"), said("contract"))
        }
        "run" => run(&argument(2), &argument(3), config(&argument(4), &argument(5))?, number(argument(6), 2)? as usize),
        _ => Err("say make or run".into()),
    }
}
