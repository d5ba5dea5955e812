//! Measures ingest: makes a file of transfers from a seed, takes it into a fresh lake, and prints one line of JSON.
//!
//! `cargo run --release -p tributary-lake --example ingest_bench -- FOLDER ROWS [SEED] [THREADS]`
//! keeps the file as `FOLDER/transfers.csv`, so that other tools can read the same one.
//! It says nothing of cold disks: the file has just been written and is in the page cache.

#[path = "ingest_bench/generate.rs"]
mod generate;

use std::path::{Path, PathBuf};
use std::time::Instant;

use sha2::{Digest, Sha256};
use tributary_lake::{IngestRequest, Lake, NoObserver, Session, SessionOptions};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let number = |index: usize, otherwise: u64| arguments.get(index).and_then(|text| text.parse().ok()).unwrap_or(otherwise);
    let folder = PathBuf::from(arguments.first().ok_or("say a folder")?);
    let (rows, seed, threads) = (number(1, 5_000_000), number(2, 1), number(3, 0));
    std::fs::create_dir_all(&folder)?;
    let file = folder.join("transfers.csv");
    generate::transfers(&file, rows, seed)?;
    println!("{}", measure(&folder, &file, usize::try_from(threads)?)?);
    Ok(())
}

fn measure(folder: &Path, file: &Path, threads: usize) -> Result<serde_json::Value, Failure> {
    let root = folder.join("workspace");
    if root.exists() {
        std::fs::remove_dir_all(&root)?;
    }
    let lake = Lake::create(&root)?;
    let mut request = IngestRequest::new(file.to_owned(), generate::provenance());
    request.threads = threads;
    let (start, processor_before) = (Instant::now(), processor_seconds());
    let report = lake.ingest(&request, &NoObserver)?;
    let (seconds, processor) = (start.elapsed().as_secs_f64(), processor_seconds() - processor_before);
    let resident = peak_resident_bytes();
    let batch = report.batches.first().ok_or("no batch")?;
    let stored = std::fs::metadata(lake.batch_path(&batch.id))?.len();
    // A hash of the content: the same rows and seed must give it again.
    let session = Session::over(&lake, &lake.snapshot()?, &SessionOptions::default())?;
    let sums = session.query("SELECT count(*) AS n, sum(amount) AS s, min(at) AS a, max(obs) AS b FROM transfers")?;
    let mut hash = Sha256::new();
    for sum in &sums {
        hash.update(format!("{sum:?}").as_bytes());
    }
    let digest: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    Ok(serde_json::json!({
        "tool": "tributary", "rows_read": batch.rows_read, "rows": batch.rows, "quarantined": batch.quarantined, "seconds": seconds, "processor_seconds": processor,
        "rows_per_second": (batch.rows_read as f64 / seconds).round(), "bytes": report.bytes, "stored_bytes": stored,
        "peak_resident_bytes": resident, "threads": threads, "batch": batch.id, "hash": digest,
    }))
}

/// The most memory this process has held (VmHWM); 0 where the system does not say.
fn peak_resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()).and_then(|kib| kib.parse::<u64>().ok()).unwrap_or(0) * 1024
}

/// Processor time of all threads until now, from `/proc/self/stat` in hundredths of a second; 0 where there is none.
fn processor_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields are counted after the name, which stands in brackets: user time is the 12th from there, system time the 13th.
    let after = stat.rsplit(')').next().unwrap_or_default();
    let ticks: u64 = after.split_whitespace().skip(11).take(2).filter_map(|field| field.parse::<u64>().ok()).sum();
    ticks as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_small_run_gives_the_same_content_twice() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("transfers.csv");
        generate::transfers(&file, 2_000, 7).unwrap();
        let once = measure(folder.path(), &file, 1).unwrap();
        let twice = measure(folder.path(), &file, 2).unwrap();
        assert_eq!(once["rows_read"], 2_000);
        assert_eq!((&once["hash"], &once["batch"]), (&twice["hash"], &twice["batch"]));
        assert!(once["quarantined"].as_u64().unwrap() > 0);
    }
}
