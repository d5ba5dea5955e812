//! Groups the adverts of a CSV with columns `text` and `label` and prints how well, how fast and in how much memory.
//!
//! `cargo run --release -p tributary-adverts --example measure_adverts -- [setting=value]... FILE.csv...`; a label is a group, every post with a negative or empty one is alone.

use std::collections::HashMap;
use std::time::Instant;

use tributary_adverts::{Settings, group_texts};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// User and system seconds of this process (Linux), and the peak of its resident memory in MiB.
fn used() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks: f64 = [11, 12].iter().filter_map(|at| fields.get(*at)).filter_map(|f| f.parse::<f64>().ok()).sum();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).and_then(|v| v.split_whitespace().next()).and_then(|v| v.parse::<f64>().ok());
    (ticks / 100.0, peak.unwrap_or(0.0) / 1024.0)
}

fn pairs(n: u64) -> f64 {
    n as f64 * (n as f64 - 1.0) / 2.0
}

fn entropy(counts: impl Iterator<Item = u64>, n: f64) -> f64 {
    counts.map(|c| c as f64 / n).map(|p| -p * p.ln()).sum()
}

/// Prints the adjusted Rand index, homogeneity, completeness and pairwise F1 of `found` against `truth`.
fn score(found: &[u32], truth: &[u32]) -> String {
    let (mut cells, mut rows, mut columns) = (HashMap::new(), HashMap::new(), HashMap::new());
    for (f, t) in found.iter().zip(truth) {
        *cells.entry((*f, *t)).or_insert(0_u64) += 1;
        *rows.entry(*f).or_insert(0_u64) += 1;
        *columns.entry(*t).or_insert(0_u64) += 1;
    }
    let n = found.len() as f64;
    let both: f64 = cells.values().map(|c| pairs(*c)).sum();
    let (a, b): (f64, f64) = (rows.values().map(|c| pairs(*c)).sum(), columns.values().map(|c| pairs(*c)).sum());
    let expected = a * b / pairs(found.len() as u64).max(1.0);
    let ari = (both - expected) / ((a + b) / 2.0 - expected);
    let (hf, ht, hc) = (entropy(rows.values().copied(), n), entropy(columns.values().copied(), n), entropy(cells.values().copied(), n));
    let homogeneity = if ht > 0.0 { 1.0 - (hc - hf) / ht } else { 1.0 };
    let completeness = if hf > 0.0 { 1.0 - (hc - ht) / hf } else { 1.0 };
    let (precision, recall) = (both / a.max(1.0), both / b.max(1.0));
    format!(
        "ari {ari:.4}  homogeneity {homogeneity:.4}  completeness {completeness:.4}  pair precision {precision:.4} recall {recall:.4} f1 {:.4}",
        2.0 * precision * recall / (precision + recall)
    )
}

/// A setting by name.
fn set(settings: &mut Settings, name: &str, value: f64) -> Result<(), String> {
    match name {
        "join" => settings.join = Some(value),
        "relative" => settings.relative = value,
        "absorb" => settings.absorb = Some(value),
        "keys" => settings.keys = value as usize,
        "window" => settings.window = value as usize,
        "features" => settings.features = value as usize,
        _ => return Err(format!("no setting `{name}`: join, relative, absorb, keys, window or features")),
    }
    Ok(())
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut settings = Settings::default();
    for path in std::env::args().skip(1) {
        if let Some((name, value)) = path.split_once('=') {
            set(&mut settings, name, value.parse()?)?;
            continue;
        }
        let mut reader = csv::Reader::from_path(&path)?;
        let header = reader.headers()?.clone();
        let column = |name: &str| header.iter().position(|h| h == name);
        let (text, label) = (column("text").ok_or("no column `text`")?, column("label").ok_or("no column `label`")?);
        let (mut texts, mut truth, mut names) = (Vec::new(), Vec::new(), HashMap::new());
        for row in reader.records() {
            let row = row?;
            texts.push(row.get(text).unwrap_or_default().to_owned());
            let name = row.get(label).unwrap_or_default();
            let alone = name.is_empty() || name.starts_with('-');
            let key = if alone { format!("alone {}", truth.len()) } else { name.to_owned() };
            let next = names.len() as u32;
            truth.push(*names.entry(key).or_insert(next));
        }
        drop(names);
        let (before, _) = used();
        let start = Instant::now();
        let groups = group_texts(&texts, &settings);
        let wall = start.elapsed().as_secs_f64();
        let (after, peak) = used();
        let found: Vec<u32> = groups.iter().enumerate().map(|(at, g)| g.unwrap_or(at as u32)).collect();
        println!("{path}: {} adverts", texts.len());
        println!("  {}", score(&found, &truth));
        println!(
            "  wall {wall:.2} s  cpu {:.2} s  {:.0} adverts per CPU s  peak {peak:.0} MiB",
            after - before,
            texts.len() as f64 / (after - before).max(0.01)
        );
    }
    Ok(())
}
