//! Runs the name comparison over files and prints figures; `bench/names.py` drives it and sets others beside it.
//!
//! `measure_names pairs` reads `a<TAB>b` lines and prints `similarity<TAB>log_odds` for each.
//! `measure_names retrieve QUERIES TARGETS TRUTH` reads one name a line, and `query index<TAB>target index` lines; prints for each query
//! the mean rank of its best true target and that target's similarity, then one similarity of a false target.
//! `measure_names speed` reads one name a line, compares them in pairs, and prints figures as JSON.

use std::io::Read as _;
use std::time::Instant;

use tributary_text::names::{Breadth, Comparer, PersonName, PreparedName, skeleton_keys};

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn main() -> Outcome {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match texts.as_slice() {
        ["pairs"] => pairs(&input()?),
        ["retrieve", queries, targets, truth] => {
            retrieve(&std::fs::read_to_string(queries)?, &std::fs::read_to_string(targets)?, &std::fs::read_to_string(truth)?)
        }
        ["speed"] => speed(&input()?),
        _ => Err("say `pairs`, `retrieve QUERIES TARGETS TRUTH` or `speed`".into()),
    }
}

fn input() -> Result<String, std::io::Error> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text)?;
    Ok(text)
}

fn pairs(text: &str) -> Outcome {
    let mut comparer = Comparer::new();
    for line in text.lines() {
        let (a, b) = line.split_once('\t').ok_or("a line without a tab")?;
        let score = comparer.compare(&PreparedName::new(a), &PreparedName::new(b));
        println!("{:.6}\t{:.6}", score.similarity, score.log_odds);
    }
    Ok(())
}

fn retrieve(queries: &str, targets: &str, truth: &str) -> Outcome {
    let prepare = |text: &str| text.lines().map(PreparedName::new).collect::<Vec<_>>();
    let (queries, targets) = (prepare(queries), prepare(targets));
    let mut wanted = vec![Vec::new(); queries.len()];
    for line in truth.lines() {
        let (query, target) = line.split_once('\t').ok_or("a line without a tab")?;
        wanted.get_mut(query.parse::<usize>()?).ok_or("no such query")?.push(target.parse::<usize>()?);
    }
    let mut comparer = Comparer::new();
    let start = Instant::now();
    for (at, (query, wanted)) in queries.iter().zip(&wanted).enumerate() {
        let found: Vec<f64> = targets.iter().map(|target| comparer.compare(query, target).similarity).collect();
        let best = wanted.iter().filter_map(|target| found.get(*target)).copied().fold(0.0, f64::max);
        let over = found.iter().filter(|score| **score > best).count() as f64;
        let even = found.iter().enumerate().filter(|(place, score)| **score == best && !wanted.contains(place)).count() as f64;
        let other = (1..).map(|step| (at * 7_919 + step * 104_729) % targets.len()).find(|place| !wanted.contains(place));
        let false_score = other.and_then(|place| found.get(place)).copied().unwrap_or(0.0);
        println!("{}\t{best:.6}\t{false_score:.6}", 1.0 + over + even / 2.0);
    }
    let seconds = start.elapsed().as_secs_f64();
    eprintln!("{} comparisons in {seconds:.1} s of one thread", queries.len() * targets.len());
    Ok(())
}

/// Seconds of processor time this program has had; of the clock where the system does not say.
fn cpu_seconds() -> f64 {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    let start = START.get_or_init(Instant::now);
    let spent = std::fs::read_to_string("/proc/self/schedstat").ok();
    let nanoseconds = spent.and_then(|text| text.split(' ').next().and_then(|first| first.parse::<f64>().ok()));
    nanoseconds.map_or_else(|| start.elapsed().as_secs_f64(), |spent| spent / 1e9)
}

/// Every name against the names beside it, so that alike and unlike pairs are both among them when the input alternates spellings.
fn speed(text: &str) -> Outcome {
    let start = cpu_seconds();
    let parsed: Vec<PersonName> = text.lines().map(PersonName::parse).collect();
    let names: Vec<PreparedName> = parsed.iter().map(PreparedName::of).collect();
    let prepared = cpu_seconds() - start;
    let start = cpu_seconds();
    let keys: usize = parsed.iter().map(|name| skeleton_keys(name, Breadth::Near).len()).sum();
    // The system tells processor time in steps of a few milliseconds.
    let keyed = (cpu_seconds() - start).max(0.004);
    let mut comparer = Comparer::new();
    let (mut sum, mut count) = (0.0, 0_u64);
    let start = cpu_seconds();
    for apart in 1..=400 {
        for (a, b) in names.iter().zip(names.iter().skip(apart)) {
            sum += comparer.compare(a, b).similarity;
            count += 1;
        }
    }
    let seconds = cpu_seconds() - start;
    println!(
        "{{\"names\": {}, \"prepared_per_cpu_s\": {:.0}, \"keyed_per_cpu_s\": {:.0}, \"keys_per_name\": {:.2}, \"comparisons\": {count}, \"cpu_seconds\": {seconds:.3}, \
         \"comparisons_per_cpu_s\": {:.0}, \"mean_similarity\": {:.4}}}",
        names.len(),
        names.len() as f64 / prepared,
        names.len() as f64 / keyed,
        keys as f64 / names.len() as f64,
        count as f64 / seconds,
        sum / count as f64
    );
    Ok(())
}
