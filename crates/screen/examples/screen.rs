//! Screens a file of queries against lists and tells times and memory:
//! `screen --list un:FILE --list ofac:SDN,ADD,ALT --list csv:FILE --list ftm:FILE --list eu:FILE --queries FILE [--out FILE] [--min NATS] [--fields] [--plain] [--explain N] [--passes N] [--settings JSON]`.
//!
//! Queries are CSV with the columns `full_name` or `name`, and, where `--fields` is given, `date_of_birth` or `dob`, `place_of_birth`,
//! `nationality` or `country`. One row a query comes out: number, best entry, evidence, list, microseconds, hits.

use std::error::Error;
use std::io::Write;
use std::time::Instant;

use tributary_model::Date;
use tributary_screen::{Birth, Kind, Query, Screener, Settings, WatchList, read};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// CPU seconds of this process so far, and its most resident MB, where the system tells.
fn used() -> (f64, f64) {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after = stat.rsplit(')').next().unwrap_or("");
    let ticks: f64 = after.split_whitespace().skip(11).take(2).filter_map(|t| t.parse::<f64>().ok()).sum();
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let kilobytes = status.lines().find(|line| line.starts_with("VmHWM")).and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
    (ticks / 100.0, kilobytes.unwrap_or(0.0) / 1_024.0)
}

fn percentiles(mut times: Vec<u128>) -> String {
    times.sort_unstable();
    let at = |share: f64| times.get(((times.len() as f64 * share) as usize).min(times.len().saturating_sub(1))).copied().unwrap_or(0);
    format!("p50 {} us, p90 {} us, p99 {} us, most {} us", at(0.5), at(0.9), at(0.99), at(1.0))
}

fn load(what: &str, today: Date) -> Result<WatchList, Box<dyn Error>> {
    let (form, paths) = what.split_once(':').ok_or("write a list as form:file")?;
    let files: Vec<Vec<u8>> = paths.split(',').map(std::fs::read).collect::<Result<_, _>>()?;
    let reading = match (form, files.as_slice()) {
        ("un", [file]) => read::un(file, today)?,
        ("eu", [file]) => read::eu(file, today)?,
        ("ftm", [file]) => read::follow_the_money(file, "ftm", None, today)?,
        ("csv", [file]) => read::csv(file, "csv", None, today)?,
        ("ofac", [sdn, add, alt]) => read::ofac(sdn, add, alt, None, today)?,
        _ => return Err("forms: un, eu, ftm, csv with one file, ofac with three".into()),
    };
    let names: usize = reading.list.entries.iter().map(|entry| entry.names.len()).sum();
    eprintln!(
        "{form}: {} entries, {names} names, dated {}, {} put aside, {} twice, {} values dropped, {} unread",
        reading.list.entries.len(),
        reading.list.dated(),
        reading.put_aside_count,
        reading.twice,
        reading.dropped,
        reading.unread
    );
    Ok(reading.list)
}

fn queries(file: &str, fields: bool) -> Result<Vec<Query>, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(file)?;
    let header = reader.headers()?.clone();
    let place = |names: &[&str]| header.iter().position(|column| names.contains(&column));
    let (name, birth) = (place(&["full_name", "name"]).ok_or("no column full_name or name")?, place(&["date_of_birth", "dob"]));
    let (born, nation) = (place(&["place_of_birth"]), place(&["nationality", "country"]));
    let mut found = Vec::new();
    for (number, record) in reader.records().enumerate() {
        let record = record?;
        let cell = |at: Option<usize>| at.and_then(|at| record.get(at)).filter(|text| fields && !text.is_empty()).map(str::to_owned);
        found.push(Query {
            id: number.to_string(),
            kind: Kind::Person,
            names: vec![record.get(name).unwrap_or_default().to_owned()],
            births: cell(birth).and_then(|text| Birth::parse(&text)).into_iter().collect(),
            places: cell(born).into_iter().collect(),
            nationalities: cell(nation).into_iter().collect(),
            ..Query::default()
        });
    }
    Ok(found)
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let option = |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1));
    let flag = |name: &str| arguments.iter().any(|a| a == name);
    let today = Date::parse("2026-02-28")?;
    let given = arguments.iter().zip(arguments.iter().skip(1)).filter(|(name, _)| *name == "--list");
    let lists = given.map(|(_, what)| load(what, today)).collect::<Result<Vec<_>, _>>()?;
    let mut settings: Settings = serde_json::from_str(option("--settings").map_or("{}", String::as_str))?;
    settings.list_age_days_max = 36_500;
    if let Some(least) = option("--min") {
        settings.log_odds_min = least.parse()?;
        settings.log_odds_min_dated = settings.log_odds_min;
        settings.name_log_odds_min = settings.name_log_odds_min.min(settings.log_odds_min);
    }
    let (start, before) = (Instant::now(), used());
    let screener = Screener::new(lists, settings);
    let (names, tokens, bytes) = screener.size();
    let built = used();
    eprintln!(
        "built {:.2} s, {:.2} CPU s: {names} names, {tokens} tokens, index {:.1} MB, resident {:.0} MB",
        start.elapsed().as_secs_f64(),
        built.0 - before.0,
        bytes as f64 / 1e6,
        built.1
    );
    let queries = queries(option("--queries").ok_or("say which --queries")?, flag("--fields"))?;
    let mut out: Box<dyn Write> = match option("--out") {
        Some(file) => Box::new(std::io::BufWriter::new(std::fs::File::create(file)?)),
        None => Box::new(std::io::sink()),
    };
    writeln!(out, "query,entry,log_odds,list,micros,hits,quality,similarity,asked,listed")?;
    let explained: usize = option("--explain").map_or(Ok(0), |n| n.parse())?;
    let mut workspace = screener.workspace();
    let mut times = Vec::with_capacity(queries.len());
    let asked = used();
    for (number, query) in queries.iter().enumerate() {
        let began = Instant::now();
        let outcome = if flag("--plain") { screener.screen_plain(query, today) } else { screener.screen_in(&mut workspace, query, today) };
        let micros = began.elapsed().as_micros();
        times.push(micros);
        let best = outcome.hits.first();
        let (entry, list) = best.map_or(("", ""), |hit| (hit.entry.as_str(), hit.list.as_str()));
        let log_odds = best.map_or(f64::NEG_INFINITY, |hit| hit.log_odds);
        let account = best.map(|hit| &hit.name);
        let names = account.map(|name| format!("{:?},{:.3},{},{}", name.quality, name.similarity, name.query, name.listed.replace(',', " ")));
        writeln!(out, "{number},{entry},{log_odds:.4},{list},{micros},{},{}", outcome.hits.len(), names.unwrap_or_default())?;
        if number < explained {
            println!("{}", serde_json::to_string_pretty(&outcome)?);
        }
    }
    out.flush()?;
    let done = used();
    // A busy machine interrupts: of several passes, each with fresh memory, the fastest of a query is its time.
    for _ in 1..option("--passes").map_or(Ok(1), |n| n.parse())? {
        let mut workspace = screener.workspace();
        for (query, time) in queries.iter().zip(&mut times) {
            let began = Instant::now();
            std::hint::black_box(screener.screen_in(&mut workspace, query, today));
            *time = (*time).min(began.elapsed().as_micros());
        }
    }
    eprintln!("{} queries: {}; {:.2} CPU s; resident {:.0} MB", queries.len(), percentiles(times), done.0 - asked.0, done.1);
    Ok(())
}
