//! Seconds and transfers a second of each family over the transfers of a CSV file with the columns `edge_id,src,dst,ts,amount`.
//!
//! `cargo run --release -p tributary-features --example features_bench -- FILE [threads] [batch] [families|each] [repeats]`
//! prints one JSON object a line. `batch` 0 takes the file in at once; otherwise the rows of a batch are
//! handed on before the next. Windows and lengths are those of the GFP paper (arXiv 2402.08593):
//! scatter–gather 6 h, everything else 24 h, cycles to length 10. CPU seconds are those of all threads (Linux).

use std::time::Instant;

use tributary_features::{Column, Config, Engine, Families, Family, Table, Transfer};

/// The allocator of the `tributary` command.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const HOUR: i64 = 3_600;

fn read(path: &str) -> Result<Vec<Transfer>, Box<dyn std::error::Error>> {
    let mut transfers = Vec::new();
    for record in csv::Reader::from_path(path)?.records() {
        let record = record?;
        let field = |at: usize| record.get(at).unwrap_or_default();
        let amount = (field(4).parse::<f64>()? * 100.0).round() as i64;
        transfers.push(Transfer { time: field(3).parse()?, id: field(0).parse()?, from: field(1).parse()?, to: field(2).parse()?, amount, kind: 0 });
    }
    transfers.sort_unstable();
    Ok(transfers)
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

/// The same families as one run of the peer has, by its name.
fn sets(wanted: &str) -> Vec<(String, Families)> {
    let named = [
        ("vstats", vec![Family::Degree, Family::Fan, Family::Vertex]),
        ("degree", vec![Family::Degree]),
        ("fan", vec![Family::Fan]),
        ("sg", vec![Family::ScatterGather]),
        ("tcycle", vec![Family::TemporalCycle]),
        ("lccycle", vec![Family::SimpleCycle]),
        ("all", vec![Family::Degree, Family::Fan, Family::Vertex, Family::ScatterGather, Family::TemporalCycle, Family::SimpleCycle]),
        ("everything", Family::ALL.to_vec()),
    ];
    let own = Family::ALL.into_iter().map(|family| (family.name(), vec![family]));
    let all = named.iter().cloned().chain(own);
    all.filter(|(name, _)| (wanted == "each" && named.iter().any(|(known, _)| known == name)) || wanted.split(',').any(|word| word == *name))
        .map(|(name, families)| (name.to_owned(), families.into_iter().collect()))
        .collect()
}

fn digest(table: &Table) -> u64 {
    let mut state = 0xCBF2_9CE4_8422_2325_u64;
    let mut add = |value: u64| state = (state ^ value).wrapping_mul(0x0000_0100_0000_01B3);
    for column in &table.columns {
        match column {
            Column::Whole(values) => values.iter().for_each(|value| add(u64::from(*value))),
            Column::Real(values) => values.iter().for_each(|value| add(value.to_bits())),
        }
    }
    state
}

fn quantile(sorted: &[f64], share: f64) -> f64 {
    sorted.get(((sorted.len() as f64 * share) as usize).min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |at: usize, default: &str| std::env::args().nth(at).unwrap_or_else(|| default.to_owned());
    let transfers = read(&argument(1, ""))?;
    let (threads, batch): (usize, usize) = (argument(2, "1").parse()?, argument(3, "0").parse()?);
    let (sets, repeats): (_, usize) = (sets(&argument(4, "each")), argument(5, "3").parse()?);
    for (name, families) in sets {
        let config = Config { families, windows: vec![24 * HOUR], scatter_gather_window: 6 * HOUR, cycle_window: 24 * HOUR, ..Config::default() };
        let (mut wall, mut spent, mut cuts, mut latencies) = (f64::MAX, f64::MAX, String::new(), Vec::new());
        for _ in 0..repeats {
            let mut engine = Engine::new(config.clone(), threads)?;
            let mut table = Table::new(engine.schema());
            let (started, before) = (Instant::now(), cpu());
            let mut took = Vec::new();
            for piece in transfers.chunks(if batch == 0 { transfers.len() } else { batch }) {
                table.clear();
                let began = Instant::now();
                engine.push_into(piece, &mut table)?;
                took.push(began.elapsed().as_secs_f64() * 1e3);
            }
            if started.elapsed().as_secs_f64() < wall {
                took.sort_unstable_by(f64::total_cmp);
                latencies = took;
            }
            (wall, spent) = (wall.min(started.elapsed().as_secs_f64()), spent.min(cpu() - before));
            cuts = format!("{:?}", engine.cuts());
        }
        let last = Engine::new(config.clone(), threads)?.push(&transfers)?;
        let n = transfers.len() as f64;
        println!(
            "{{\"families\": \"{name}\", \"transfers\": {n}, \"columns\": {}, \"threads\": {threads}, \"batch\": {batch}, \"wall_s\": {wall:.3}, \
             \"cpu_s\": {spent:.3}, \"per_wall_s\": {:.0}, \"per_cpu_s\": {:.0}, \"batch_ms_p50\": {:.3}, \"batch_ms_p99\": {:.3}, \
             \"batch_ms_max\": {:.3}, \"hash\": \"{:016x}\", \"cuts\": \"{cuts}\"}}",
            last.columns.len(),
            n / wall,
            n / spent,
            quantile(&latencies, 0.5),
            quantile(&latencies, 0.99),
            quantile(&latencies, 1.0),
            digest(&last)
        );
    }
    Ok(())
}
