//! Features of the transfers of a CSV file with the columns `id,time,from,to,amount,kind`, as numbers another program reads.
//!
//! `cargo run --release -p tributary-features --example features_export -- IN.csv OUT WINDOWS CYCLE_WINDOW causal|retrospective [FAMILIES]`
//! writes OUT.f32 (little-endian, one column after the other, rows in the order of (time, id)), OUT.id (u64) and OUT.txt (name, family).
//! Families are names with commas, all when none is given. Windows are days, with commas; scatter–gather shares the window of cycles. Amounts are smallest units.

use std::io::{BufWriter, Write};

use tributary_features::{Config, Families, Family, Transfer, Transfers, batch, retrospective};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let argument = |at: usize| arguments.get(at).map(String::as_str).unwrap_or_default();
    let mut transfers = Transfers::default();
    for record in csv::Reader::from_path(argument(1))?.deserialize() {
        let (id, time, from, to, amount, kind): (u64, i64, u32, u32, i64, u16) = record?;
        transfers.push(Transfer { time, id, from, to, amount, kind });
    }
    let days = |text: &str| text.parse::<f64>().map(|days| (days * 86_400.0) as i64);
    let cycle_window = days(argument(4))?;
    let windows = argument(3).split(',').map(days).collect::<Result<Vec<i64>, _>>()?;
    let named: Families = argument(6).split(',').filter_map(Family::named).collect();
    let families = if named == Families::default() { Families::all() } else { named };
    let config = Config { families, windows, cycle_window, scatter_gather_window: cycle_window, ..Config::default() };
    let started = std::time::Instant::now();
    let (features, table) = if argument(5) == "retrospective" { retrospective(&transfers, &config, 2)? } else { batch(&transfers, &config, 2)? };
    eprintln!("{} rows, {} columns, {:.2} s", table.len(), features.len(), started.elapsed().as_secs_f64());
    let mut out = BufWriter::new(std::fs::File::create(format!("{}.f32", argument(2)))?);
    for column in &table.columns {
        for row in 0..table.len() {
            out.write_all(&(column.value(row) as f32).to_le_bytes())?;
        }
    }
    out.flush()?;
    let ids: Vec<u8> = table.id.iter().flat_map(|id| id.to_le_bytes()).collect();
    std::fs::write(format!("{}.id", argument(2)), ids)?;
    let names: Vec<String> = features.iter().map(|feature| format!("{}\t{}", feature.name, feature.family.name())).collect();
    std::fs::write(format!("{}.txt", argument(2)), names.join("\n"))?;
    Ok(())
}
