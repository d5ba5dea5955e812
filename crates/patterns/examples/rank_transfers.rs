//! Scores each transfer of a CSV file by the patterns that hold it, without labels.
//!
//! `cargo run -p tributary-patterns --example rank_transfers -- FILE` reads `from,to,at,amount` with a header row (`at` in microseconds,
//! `amount` in US dollars) and prints one line a row: the score, then the hits that hold the row as `request:hit`, separated by spaces.

use std::fmt::Write as _;

use tributary_graph::{Interner, TransferColumns, TransferGraph};
use tributary_patterns::{Limits, Roles, ranking_requests, search, transfer_scores};

fn read(text: &str) -> Option<TransferGraph> {
    let (mut interner, mut columns) = (Interner::new(), TransferColumns::default());
    for (row, line) in (0_u32..).zip(text.lines().skip(1)) {
        let mut fields = line.split(',');
        let from = interner.intern(fields.next()?)?;
        let to = interner.intern(fields.next()?)?;
        let at = fields.next()?.trim().parse().ok()?;
        let amount = fields.next()?.trim().parse().unwrap_or(f64::NAN);
        columns.push(from, to, at, amount, 0, row);
    }
    TransferGraph::new(interner.len() as u32, columns).ok()
}

fn main() {
    let Some(graph) = std::env::args().nth(1).and_then(|path| std::fs::read_to_string(path).ok()).and_then(|text| read(&text)) else {
        eprintln!("give a file with the columns from,to,at,amount");
        std::process::exit(2);
    };
    let outcome = search(&graph, &ranking_requests(), &Limits::default(), &Roles::none());
    let scores = transfer_scores(&graph, &outcome.hits);
    let mut lines = vec![String::new(); graph.len()];
    for ((score, row), edge) in scores.iter().zip(graph.row()).zip(0_u32..) {
        if let Some(line) = lines.get_mut(*row as usize) {
            let _ = write!(line, "{score:.6} {edge}");
        }
    }
    for (number, hit) in outcome.hits.iter().enumerate() {
        for edge in &hit.edges {
            let row = graph.row().get(*edge as usize).copied().unwrap_or(u32::MAX);
            if let Some(line) = lines.get_mut(row as usize) {
                let _ = write!(line, " {}:{number}:{:.3}", hit.request, hit.score);
            }
        }
    }
    println!("{}", lines.join("\n"));
}
