//! Links a CSV file: `link FILE [--columns a,b,c] [--clusters OUT] [--pairs OUT]`. Figures of the run go to standard error.

use rayon::prelude::*;
use std::io::Write;
use tributary_linkage::{Table, detect, link};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

type Failure = Box<dyn std::error::Error + Send + Sync>;

struct Told(std::time::Instant);

impl tributary_linkage::Progress for Told {
    fn stage(&mut self, name: &str, size: u64, unit: &str) {
        eprintln!("{:8.2} s {:8.2} CPU s  {name}: {size} {unit}", self.0.elapsed().as_secs_f64(), processor());
    }
}

/// CPU seconds of this process so far, where the system tells.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    ticks / 100.0
}

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1)).cloned();
    let file = arguments.first().ok_or("say which CSV file")?;
    let mut told = Told(std::time::Instant::now());
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::Headers).from_path(file)?;
    let header = reader.headers()?.clone();
    let wanted: Vec<usize> = match option("--columns") {
        None => (0..header.len()).collect(),
        Some(list) => list.split(',').filter_map(|c| header.iter().position(|h| h == c)).collect(),
    };
    let names: Vec<&str> = wanted.iter().filter_map(|i| header.get(*i)).collect();
    let mut table = Table::new(&names)?;
    let mut row = csv::StringRecord::new();
    table.read(|batch| -> Result<(), Failure> {
        while batch.rows() < 20_000 && reader.read_record(&mut row)? {
            batch.push(wanted.iter().map(|i| row.get(*i).unwrap_or("")))?;
        }
        Ok(())
    })?;
    eprintln!("{:8.2} s  read: {} rows", told.0.elapsed().as_secs_f64(), table.rows());
    let config = detect(&table)?;
    let linked = link(&table, &config, &[], &mut told)?;
    eprintln!("{:8.2} s  done: {} pairs kept", told.0.elapsed().as_secs_f64(), linked.pairs().len());
    for rule in linked.rules() {
        eprintln!("{:10} pairs, {} blocks skipped: {}", rule.pairs, rule.blocks_skipped, rule.rule);
    }
    let p = linked.parameters();
    if option("--verbose").is_some() {
        for class in p.classes() {
            eprintln!("{:.3e} {}", class.share, class.name);
        }
        for (comparison, (labels, (m, u))) in p.config.comparisons.iter().zip(p.levels.iter().zip(p.m().iter().zip(p.u()))) {
            eprintln!("{}", comparison.name);
            for ((label, m), u) in labels.iter().zip(m).zip(u).skip(1) {
                eprintln!("   m {m:.5} u {u:.6} bits {:6.2} {label}", (m / u).log2());
            }
        }
    }
    eprintln!("estimated blocking recall {:?}", p.blocking_recall);
    eprintln!("rounds {} {}", p.convergence().0.len(), p.convergence().1);
    if let Some(share) = option("--add").and_then(|s| s.parse::<f64>().ok()) {
        incremental(&table, linked.parameters(), share)?;
    }
    if let Some(path) = option("--clusters") {
        let rows: Vec<(usize, u32)> = linked.clusters().iter().copied().enumerate().collect();
        save(&path, "row,cluster\n", &rows, |(row, cluster), out| writeln!(out, "{row},{cluster}"))?;
    }
    if let Some(path) = option("--pairs") {
        save(&path, "left,right,bits,collective_bits\n", linked.pairs(), |p, out| {
            write!(out, "{},{},", p.left, p.right)?;
            bits(p.bits, out)?;
            out.push(b',');
            bits(p.collective_bits, out)?;
            out.push(b'\n');
            Ok(())
        })?;
    }
    eprintln!("{:8.2} s {:8.2} CPU s  written", told.0.elapsed().as_secs_f64(), processor());
    Ok(())
}

/// With three decimals, which is all there is.
fn bits(value: f64, out: &mut Vec<u8>) -> std::io::Result<()> {
    let milli = (value * 1000.0).round() as i64;
    write!(out, "{}{}.{:03}", if milli < 0 { "-" } else { "" }, milli.abs() / 1000, milli.abs() % 1000)
}

/// Writes a line for each item, made on all threads.
fn save<T: Sync>(path: &str, header: &str, items: &[T], line: impl Fn(&T, &mut Vec<u8>) -> std::io::Result<()> + Sync) -> std::io::Result<()> {
    let mut file = std::fs::File::create(path)?;
    file.write_all(header.as_bytes())?;
    for some in items.chunks(1 << 20) {
        let made: Vec<std::io::Result<Vec<u8>>> = some
            .par_chunks(1 << 14)
            .map(|items| {
                let mut out = Vec::with_capacity(items.len() * 40);
                items.iter().try_for_each(|item| line(item, &mut out)).map(|()| out)
            })
            .collect();
        for text in made {
            file.write_all(&text?)?;
        }
    }
    Ok(())
}

/// Links all rows but the last `share` of them, adds those, and says what it cost and whether the partition is that of all at once.
fn incremental(table: &Table, parameters: &tributary_linkage::Parameters, share: f64) -> Result<(), Failure> {
    let names: Vec<&str> = table.columns().iter().map(|c| c.name()).collect();
    let known = (table.rows() as f64 * (1.0 - share)) as usize;
    let values = |row: usize| table.columns().iter().map(move |c| c.text(row).unwrap_or(""));
    let mut part = Table::new(&names)?;
    for row in 0..known {
        part.push(values(row))?;
    }
    let (start, before) = (std::time::Instant::now(), processor());
    let mut state = tributary_linkage::State::new(part, parameters.clone(), &mut ())?;
    let batch = (start.elapsed().as_secs_f64(), processor() - before);
    let (start, before) = (std::time::Instant::now(), processor());
    let entries = state.add((known..table.rows()).map(values))?.len();
    let add = (start.elapsed().as_secs_f64(), processor() - before);
    let whole = tributary_linkage::link_with(table, state.parameters(), &[], &mut ())?;
    let mut pairs = std::collections::BTreeMap::new();
    let same = whole.clusters().iter().enumerate().all(|(row, c)| {
        let id = state.cluster(row as u32).unwrap_or(u64::MAX);
        *pairs.entry(*c).or_insert(id) == id
    });
    let ids: std::collections::BTreeSet<&u64> = pairs.values().collect();
    eprintln!(
        "incremental: batch {:.2} s {:.2} CPU s, adding {} rows {:.3} s {:.2} CPU s, {entries} events, same partition: {}",
        batch.0,
        batch.1,
        table.rows() - known,
        add.0,
        add.1,
        same && ids.len() == pairs.len()
    );
    Ok(())
}
