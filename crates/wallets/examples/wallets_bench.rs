//! Makes a chain of made-up people, reads it, clusters it and writes transfers; CPU seconds and memory of each step, and how right the clusters are.
//!
//! `cargo run -p tributary-wallets --example wallets_bench -- TRANSACTIONS FILE [seed] [coinjoins in a thousand] [people]` writes the chain to FILE (and its truth beside it in memory up to
//! 200,000 transactions), then prints one JSON object a line.

use std::collections::BTreeMap;
use std::io::{BufReader, BufWriter, Write};

use tributary_wallets::{ChangeRule, ReadLimits, Settings, Tags, Utxo, Why, clusters, read_utxo, write_addresses, write_transfers};

#[path = "../tests/it/simulator.rs"]
mod simulator;

/// CPU seconds of this process so far; NaN where the system does not say.
fn cpu() -> f64 {
    let text = std::fs::read_to_string("/proc/self/schedstat").unwrap_or_default();
    text.split(' ').next().and_then(|text| text.parse::<f64>().ok()).map_or(f64::NAN, |nanoseconds| nanoseconds / 1e9)
}

/// Resident memory now, and the most there was, in MiB.
fn memory() -> (u64, u64) {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let of = |name: &str| {
        let line = status.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_whitespace().nth(1)).and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) / 1_024
    };
    (of("VmRSS"), of("VmHWM"))
}

fn make(world: simulator::World, path: &str, keep: bool) -> std::io::Result<BTreeMap<String, u32>> {
    let mut out = BufWriter::new(std::fs::File::create(path)?);
    out.write_all(b"txid,at,side,index,address,amount\n")?;
    let mut failed = None;
    let holders = simulator::simulate(world, keep, &mut |(id, at, inputs, outputs)| {
        for (side, legs) in [("in", inputs), ("out", outputs)] {
            for (index, (address, amount)) in legs.iter().enumerate() {
                let line = writeln!(out, "{id},{at},{side},{index},{address},{}.{:09}", amount / 1_000_000_000, amount % 1_000_000_000);
                failed = failed.take().or(line.err());
            }
        }
    });
    out.flush()?;
    failed.map_or(Ok(holders), Err)
}

fn quality(chain: &Utxo, holders: &BTreeMap<String, u32>, change: ChangeRule, leave_out_coinjoins: bool) {
    let found = clusters(chain, &Tags::none(), &Settings { change, leave_out_coinjoins, ..Settings::default() });
    let pairs = |n: u64| (n * n.saturating_sub(1) / 2) as f64;
    let holder = |number: u32| chain.addresses.name(number).and_then(|name| holders.get(name)).copied().unwrap_or(u32::MAX);
    let (mut both, mut said, mut are): (BTreeMap<_, u64>, BTreeMap<_, u64>, BTreeMap<_, u64>) = Default::default();
    for number in 0..chain.addresses.len() as u32 {
        let cluster = found.clusters.cluster(number);
        *both.entry((cluster, holder(number))).or_default() += 1;
        *said.entry(cluster).or_default() += 1;
        *are.entry(holder(number)).or_default() += 1;
    }
    let sum = |counts: Vec<u64>| counts.into_iter().map(pairs).sum::<f64>();
    let (right, said, are) = (sum(both.into_values().collect()), sum(said.into_values().collect()), sum(are.into_values().collect()));
    let links = |weak: bool| {
        let of: Vec<bool> =
            found.clusters.links.iter().filter(|link| (link.why != Why::MultiInput) == weak).map(|link| holder(link.a) == holder(link.b)).collect();
        (of.len(), of.iter().filter(|right| **right).count() as f64 / of.len().max(1) as f64)
    };
    let ((n_inputs, inputs), (n_change, weak)) = (links(false), links(true));
    println!(
        "{{\"change\": \"{change:?}\", \"coinjoins_left_out\": {leave_out_coinjoins}, \"precision\": {:.4}, \"recall\": {:.4}, \"clusters\": {}, \
         \"input_links\": {n_inputs}, \"right\": {inputs:.5}, \"change_links\": {n_change}, \"change_right\": {weak:.5}, \"refused\": {}}}",
        right / said.max(1.0),
        right / are.max(1.0),
        found.clusters.count(),
        found.clusters.refused.len()
    );
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let argument = |at: usize, default: &str| std::env::args().nth(at).unwrap_or_else(|| default.to_owned());
    let (transactions, path): (u32, String) = (argument(1, "100000").parse()?, argument(2, "chain.csv"));
    let people = argument(5, &(transactions / 20).max(100).to_string()).parse()?;
    let world = simulator::World { transactions, people, seed: argument(3, "1").parse()?, coinjoins: argument(4, "10").parse()? };
    let keep = transactions <= 200_000;
    let holders = make(world, &path, keep)?;
    let began = (cpu(), memory().0);
    let mut bad = 0_u64;
    let (chain, counts) = read_utxo(BufReader::new(std::fs::File::open(&path)?), ReadLimits::default(), &mut |_| bad += 1)?;
    let read = (cpu(), memory().0);
    let found = clusters(&chain, &Tags::none(), &Settings::default());
    let clustered = (cpu(), memory().0);
    let mut out = BufWriter::new(std::fs::File::create(format!("{path}.transfers.csv"))?);
    let skipped = write_transfers(&mut out, &chain, &found, "BTC")?;
    let mut addresses = BufWriter::new(std::fs::File::create(format!("{path}.addresses.csv"))?);
    write_addresses(&mut addresses, &chain.addresses, &found.clusters, |number| chain.get(number).map(|one| one.id))?;
    println!(
        "{{\"transactions\": {}, \"rows\": {}, \"bad\": {bad}, \"addresses\": {}, \"clusters\": {}, \"coinjoins\": {}, \"own\": {}, \"read_cpu_s\": {:.2}, \"cluster_cpu_s\": {:.2}, \
         \"write_cpu_s\": {:.2}, \"rss_mib\": [{}, {}, {}], \"peak_mib\": {}}}",
        chain.len(),
        counts.rows,
        chain.addresses.len(),
        found.clusters.count(),
        found.coinjoins.len(),
        skipped.own,
        read.0 - began.0,
        clustered.0 - read.0,
        cpu() - clustered.0,
        began.1,
        read.1,
        clustered.1,
        memory().1
    );
    if keep {
        let rules = [ChangeRule::Off, ChangeRule::Fresh, ChangeRule::AddressType, ChangeRule::RoundAmount, ChangeRule::Intersection];
        rules.into_iter().for_each(|rule| quality(&chain, &holders, rule, true));
        quality(&chain, &holders, ChangeRule::Off, false);
        quality(&chain, &holders, ChangeRule::Intersection, false);
    }
    Ok(())
}
