//! Searches a CSV file of transfers for every kind of pattern and prints one JSON object a hit.
//!
//! `cargo run --release -p tributary-patterns --example patterns -- FILE [KIND,KIND…] [NAME=VALUE…]` reads the columns `from_account,to_account,amount` and `at`
//! (microseconds) or `step` (days), by the names in the header; `transfer_id` where there is one, else the number of the row.
//! Ids below 0 (the world outside, in AMLGentex) are kept: give `--inside` to leave their transfers out. Fields hold no commas or quotes.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;

use tributary_graph::{Interner, TransferColumns, TransferGraph};
use tributary_patterns::{Kind, PatternHit, Settings, Value, search_all};

const DAY: i64 = 86_400_000_000;

struct Table {
    accounts: Interner,
    ids: Vec<String>,
    graph: TransferGraph,
}

fn read(text: &str, inside: bool) -> Option<Table> {
    let mut lines = text.lines();
    let header: Vec<&str> = lines.next()?.split(',').map(str::trim).collect();
    let column = |names: &[&str]| header.iter().position(|name| names.contains(name));
    let (from, to, amount) = (column(&["from_account", "from", "from_id"])?, column(&["to_account", "to", "to_id"])?, column(&["amount", "value"])?);
    let (at, unit) = column(&["at"]).map(|at| (at, 1)).or_else(|| column(&["step"]).map(|at| (at, DAY)))?;
    let id = column(&["transfer_id", "id"]);
    let (mut accounts, mut ids, mut columns) = (Interner::new(), Vec::new(), TransferColumns::default());
    for (number, line) in lines.enumerate() {
        let fields: Vec<&str> = line.split(',').map(str::trim).collect();
        let field = |at: usize| fields.get(at).copied();
        if inside && [from, to].into_iter().any(|at| field(at).is_some_and(|id| id.starts_with('-'))) {
            continue;
        }
        let row = u32::try_from(ids.len()).ok()?;
        ids.push(id.and_then(field).map_or_else(|| number.to_string(), str::to_owned));
        let time = field(at)?.parse::<i64>().ok()?.checked_mul(unit)?;
        let value = field(amount)?.parse().unwrap_or(f64::NAN);
        columns.push(accounts.intern(field(from)?)?, accounts.intern(field(to)?)?, time, value, 0, row);
    }
    let graph = TransferGraph::new(accounts.len() as u32, columns).ok()?;
    Some(Table { accounts, ids, graph })
}

/// A JSON string.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => out.extend(['\\', letter]),
            letter if letter < ' ' => _ = write!(out, "\\u{:04x}", letter as u32),
            letter => out.push(letter),
        }
    }
    out + "\""
}

fn list<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(","))
}

fn line(table: &Table, hit: &PatternHit) -> String {
    let name = |node: u32| table.accounts.name(node).unwrap_or_default();
    let transfers = list(hit.transfers.iter().filter_map(|row| table.ids.get(*row as usize)).map(String::as_str));
    format!(
        "{{\"kind\":\"{}\",\"center\":{},\"accounts\":{},\"transfers\":{transfers},\"from\":{},\"to\":{},\"value\":{:.2},\"score\":{:.6},\"p\":{},\"bounded\":{}}}",
        hit.kind,
        hit.center.map_or_else(|| "null".to_owned(), |node| quoted(name(node))),
        list(hit.accounts.iter().map(|node| name(*node))),
        hit.from,
        hit.to,
        hit.value,
        hit.score,
        hit.p.map_or_else(|| "null".to_owned(), |p| format!("{p:.6}")),
        hit.bounded,
    )
}

fn settings(arguments: &[String]) -> Result<Settings, String> {
    let mut kinds: Vec<Kind> = Kind::ALL.to_vec();
    let mut parameters = BTreeMap::new();
    for argument in arguments.iter().filter(|argument| !argument.starts_with("--")) {
        if let Some((name, value)) = argument.split_once('=') {
            let value = value.parse::<f64>().map_or_else(|_| Value::from(value), Value::Number);
            parameters.insert(name.to_owned(), value);
        } else {
            let named = argument.split(',').map(|name| Kind::from_name(name).ok_or_else(|| format!("`{name}` is no kind of pattern")));
            kinds = named.collect::<Result<_, _>>()?;
        }
    }
    Settings::of_kinds(&kinds, &parameters).map_err(|error| error.to_string())
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let inside = arguments.iter().any(|argument| argument == "--inside");
    let table = arguments.first().and_then(|path| std::fs::read_to_string(path).ok()).and_then(|text| read(&text, inside));
    let found = match (table, settings(arguments.get(1..).unwrap_or_default())) {
        (Some(table), Ok(settings)) => search_all(&table.graph, &settings).hits.iter().map(|hit| line(&table, hit) + "\n").collect::<String>(),
        (None, _) => {
            eprintln!("give a file with the columns from_account,to_account,amount and at or step");
            std::process::exit(2);
        }
        (_, Err(problem)) => {
            eprintln!("{problem}");
            std::process::exit(2);
        }
    };
    if std::io::stdout().write_all(found.as_bytes()).is_err() {
        std::process::exit(1);
    }
}
