//! Transfers a second and the time of a micro-batch, over the transfers of a CSV file with the columns `edge_id,src,dst,ts,amount` (ts in seconds).
//!
//! `cargo run -p tributary-patterns --example stream_bench -- FILE [batch=64] [window=28d] [step=3.5d] [horizon=0d] [kinds=exact|all|name,name] [set k=v ...]`
//! prints one JSON object; at the end it compares the hits with those of a batch search over what is held, and says whether they are equal.

use std::collections::BTreeMap;
use std::time::Instant;

use tributary_graph::{TransferColumns, TransferGraph};
use tributary_patterns::{Kind, PatternHit, Settings, Span, Stream, Transfer, Value, search_all};

const DAY: f64 = 86_400e6;

fn read(path: &str) -> Option<Vec<Transfer>> {
    let text = std::fs::read_to_string(path).ok()?;
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next()?.split(',').map(|name| name.trim_matches('"')).collect();
    let column = |name: &str| header.iter().position(|column| *column == name);
    let (from, to, at, amount) = (column("src")?, column("dst")?, column("ts")?, column("amount")?);
    let mut transfers = Vec::new();
    for (row, line) in (0_u32..).zip(lines) {
        let fields: Vec<&str> = line.split(',').collect();
        let field = |at: usize| fields.get(at).copied();
        let seconds: f64 = field(at)?.parse().ok()?;
        let at = (seconds * 1e6) as i64;
        transfers.push(Transfer { row, from: field(from)?.parse().ok()?, to: field(to)?.parse().ok()?, at, value: field(amount)?.parse().ok()? });
    }
    transfers.sort_by_key(|transfer| (transfer.at, transfer.row));
    Some(transfers)
}

/// CPU seconds of this process so far, all threads; NaN where the system does not say.
fn cpu() -> f64 {
    let tasks = std::fs::read_dir("/proc/self/task").into_iter().flatten().flatten();
    let spent = |task: std::fs::DirEntry| {
        let text = std::fs::read_to_string(task.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    };
    let nanoseconds: u64 = tasks.filter_map(spent).sum();
    if nanoseconds == 0 { f64::NAN } else { nanoseconds as f64 / 1e9 }
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted.get(((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

fn same(stream: &Stream, transfers: &[Transfer], settings: &Settings) -> (bool, usize, f64) {
    let mut columns = TransferColumns::default();
    for held in transfers.iter().filter(|transfer| stream.start().is_some_and(|start| transfer.at >= start)) {
        columns.push(held.from, held.to, held.at, held.value, 0, held.row);
    }
    let graph = TransferGraph::new(stream.accounts(), columns).unwrap_or_default();
    let began = cpu();
    let batch = search_all(&graph, settings);
    let spent = cpu() - began;
    let key = |hit: &PatternHit| format!("{:?}", PatternHit { bounded: false, ..hit.clone() });
    let sorted = |hits: &[PatternHit]| {
        let mut keys: Vec<String> = hits.iter().map(key).collect();
        keys.sort_unstable();
        keys
    };
    eprintln!("batch search: cut by {:?}", batch.bounds_hit);
    (sorted(&stream.hits()) == sorted(&batch.hits), batch.hits.len(), spent)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: BTreeMap<String, String> =
        std::env::args().skip(2).filter_map(|argument| argument.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))).collect();
    let transfers = std::env::args().nth(1).and_then(|path| read(&path)).ok_or("give a file with the columns src,dst,ts,amount")?;
    let days = |name: &str, default: f64| arguments.get(name).and_then(|text| text.trim_end_matches('d').parse().ok()).unwrap_or(default) * DAY;
    let (window, batch) = (days("window", 28.0), arguments.get("batch").and_then(|text| text.parse().ok()).unwrap_or(64));
    let span = Span { step_micros: days("step", window / DAY / 8.0) as i64, ..Span::new(window as i64, days("horizon", 0.0) as i64) };
    let kinds: Vec<Kind> = match arguments.get("kinds").map_or("exact", String::as_str) {
        "all" => Kind::ALL.to_vec(),
        "exact" => Kind::ALL.into_iter().filter(|kind| Stream::is_exact(*kind)).collect(),
        named => named.split(',').filter_map(Kind::from_name).collect(),
    };
    let own = arguments.iter().filter_map(|(name, value)| name.strip_prefix("set.").map(|name| (name.to_owned(), value.clone())));
    let parameters = own.map(|(name, value)| (name, value.parse::<f64>().map_or_else(|_| Value::from(value.as_str()), Value::Number))).collect();
    let settings = Settings::of_kinds(&kinds, &parameters)?;
    let mut stream = Stream::new(settings.clone(), span)?;
    let (mut took, mut busy, mut told, mut held) = (Vec::new(), Vec::new(), 0, 0);
    let (started, before) = (Instant::now(), cpu());
    for piece in transfers.chunks(batch) {
        let (began, busy_before) = (Instant::now(), cpu());
        let delta = stream.push(piece);
        took.push(began.elapsed().as_secs_f64() * 1e3);
        busy.push((cpu() - busy_before) * 1e3);
        told += delta.appeared.len() + delta.withdrawn.len();
        held = held.max(stream.held());
    }
    let (wall, spent) = (started.elapsed().as_secs_f64(), cpu() - before);
    took.sort_unstable_by(f64::total_cmp);
    busy.sort_unstable_by(f64::total_cmp);
    stream.settle();
    let (equal, hits, batch_cpu) = same(&stream, &transfers, &settings);
    let n = transfers.len() as f64;
    println!(
        "{{\"transfers\": {n}, \"requests\": {}, \"batch\": {batch}, \"wall_s\": {wall:.3}, \"cpu_s\": {spent:.3}, \"per_wall_s\": {:.0}, \"per_cpu_s\": {:.0}, \
         \"batch_ms_p50\": {:.3}, \"batch_ms_p99\": {:.3}, \"batch_ms_p999\": {:.3}, \"batch_ms_max\": {:.3}, \"batch_cpu_ms\": [{:.3}, {:.3}, {:.3}, {:.3}], \"held_max\": {held}, \"told\": {told}, \"hits\": {hits}, \
         \"equal_to_batch\": {equal}, \"one_batch_search_cpu_s\": {batch_cpu:.3}}}",
        settings.requests.len(),
        n / wall,
        n / spent,
        quantile(&took, 0.5),
        quantile(&took, 0.99),
        quantile(&took, 0.999),
        quantile(&took, 1.0),
        quantile(&busy, 0.5),
        quantile(&busy, 0.99),
        quantile(&busy, 0.999),
        quantile(&busy, 1.0),
    );
    Ok(())
}
