//! Resolves a `parties.csv` and, given the truth, says how well: pairwise precision and recall, B³, and which joins were wrong.
//!
//! `cargo run --release -p tributary-resolve --example parties -- parties.csv [truth.csv] [rules|model] [odds=1000] [wrong|missed|possible|bands]`
//!
//! The truth has the columns `party_id` and `person`; a party that it does not name is a person of its own.

use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;

use tributary_model::Date;
use tributary_resolve::{EvidenceKind, Method, PartyKind, Record, Resolution, Settings, resolve};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let parties = arguments.next().ok_or("name a parties.csv")?;
    let truth = arguments.next();
    let rest: Vec<String> = arguments.collect();
    let method = if rest.iter().any(|word| word == "rules") { Method::Rules } else { Method::Model };
    let odds = rest.iter().find_map(|word| word.strip_prefix("odds=")?.parse().ok()).unwrap_or(Settings::default().join_odds_min);
    let records = read(&parties)?;
    let started = Instant::now();
    let resolution = resolve(&records, &[], &Settings { method, join_odds_min: odds, ..Settings::default() });
    let seconds = started.elapsed().as_secs_f64();
    println!(
        "{} records, {} entities, {} links, {} refused, {} possible, {seconds:.2} s",
        records.len(),
        resolution.entities.len(),
        resolution.links.len(),
        resolution.refused.len(),
        resolution.possible.len()
    );
    if let Some(report) = &resolution.model {
        println!("{report}");
    }
    if let Some(truth) = truth {
        judge(&records, &resolution, &truth_of(&truth)?, &rest);
    }
    Ok(())
}

fn read(path: &str) -> Result<Vec<Record>, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(path)?;
    let header = reader.headers()?.clone();
    let at = |name: &str| header.iter().position(|column| column == name).ok_or(format!("no column `{name}`"));
    let (id, kind, name, birth) = (at("party_id")?, at("kind")?, at("name")?, at("birth_date")?);
    let (document, phone, email, address) = (at("document")?, at("phone")?, at("email")?, at("address")?);
    let mut records = Vec::new();
    for row in reader.records() {
        let row = row?;
        let one = |column: usize| row.get(column).unwrap_or_default().to_owned();
        let list = |column: usize| one(column).split('|').filter(|value| !value.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        records.push(Record {
            party_id: one(id),
            kind: PartyKind::from_name(&one(kind)),
            names: list(name),
            birth_date: Date::parse(&one(birth)).ok(),
            documents: list(document),
            phones: list(phone),
            emails: list(email),
            addresses: Some(one(address)).filter(|address| !address.is_empty()).into_iter().collect(),
            active: None,
        });
    }
    Ok(records)
}

fn truth_of(path: &str) -> Result<BTreeMap<String, String>, Box<dyn Error>> {
    let mut reader = csv::Reader::from_path(path)?;
    let mut truth = BTreeMap::new();
    for row in reader.records() {
        let row = row?;
        truth.insert(row.get(0).unwrap_or_default().to_owned(), row.get(1).unwrap_or_default().to_owned());
    }
    Ok(truth)
}

/// Clusters by name → their records.
fn grouped<'a>(labels: impl Iterator<Item = &'a str>) -> BTreeMap<&'a str, Vec<usize>> {
    let mut groups: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, label) in labels.enumerate() {
        groups.entry(label).or_default().push(at);
    }
    groups
}

fn pairs(groups: &BTreeMap<&str, Vec<usize>>) -> impl Iterator<Item = (usize, usize)> {
    groups.values().flat_map(|group| group.iter().enumerate().flat_map(|(at, a)| group.iter().skip(at + 1).map(|b| (*a, *b))))
}

/// Pairs that the model weighed, by log-odds in nats: how many, and how many are right.
fn bands(resolution: &Resolution, real: &[&str]) {
    let mut bands: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
    for link in resolution.links.iter().chain(&resolution.possible) {
        if link.evidence.iter().any(|step| step.kind == EvidenceKind::Prior) {
            let odds: f64 = link.evidence.iter().map(|step| step.weight).sum();
            let band = bands.entry(odds.floor() as i64).or_default();
            band.0 += 1;
            band.1 += u64::from(real.get(link.a as usize) == real.get(link.b as usize));
        }
    }
    for (band, (all, right)) in bands {
        println!("  {band:>3} nats: {right} right of {all}");
    }
}

fn judge(records: &[Record], resolution: &Resolution, truth: &BTreeMap<String, String>, show: &[String]) {
    let real: Vec<&str> = records.iter().map(|record| truth.get(&record.party_id).map_or(record.party_id.as_str(), String::as_str)).collect();
    let found: Vec<&str> = (0..records.len()).map(|at| resolution.entity_id(at).unwrap_or_default()).collect();
    let (wanted, got) = (grouped(real.iter().copied()), grouped(found.iter().copied()));
    let same = |labels: &[&str], a: usize, b: usize| labels.get(a) == labels.get(b);
    let all = pairs(&wanted).count();
    let made = pairs(&got).count();
    let right = pairs(&got).filter(|(a, b)| same(&real, *a, *b)).count();
    println!(
        "pairs: {right} right of {made} made, {all} wanted: precision {:.4} recall {:.4}",
        right as f64 / made.max(1) as f64,
        right as f64 / all.max(1) as f64
    );
    let (mut precision, mut recall) = (0.0, 0.0);
    for (real, found) in real.iter().zip(&found) {
        let (Some(wanted), Some(got)) = (wanted.get(real), got.get(found)) else { continue };
        let both = wanted.iter().filter(|at| got.binary_search(at).is_ok()).count() as f64;
        precision += both / got.len() as f64;
        recall += both / wanted.len() as f64;
    }
    let n = records.len().max(1) as f64;
    println!("B³: precision {:.5} recall {:.5}", precision / n, recall / n);
    let possible = resolution.possible.iter().filter(|link| same(&real, link.a as usize, link.b as usize)).count();
    println!("possible: {possible} right of {}", resolution.possible.len());
    if show.iter().any(|word| word == "bands") {
        bands(resolution, &real);
    }
    let shown = |a: usize, b: usize| {
        for at in [a, b] {
            if let Some(r) = records.get(at) {
                let birth = r.birth_date.map(|date| date.to_string()).unwrap_or_default();
                println!("   {} {:?} {birth} {:?} {:?} {:?} {:?}", r.party_id, r.names, r.documents, r.phones, r.emails, r.addresses);
            }
        }
    };
    let evidence = |a: usize, b: usize| {
        let links = resolution.links.iter().chain(&resolution.possible);
        let of = links.filter(|link| (link.a as usize, link.b as usize) == (a, b));
        of.flat_map(|link| &link.evidence).map(|step| format!("{} {:.1}", step.kind.name(), step.weight)).collect::<Vec<_>>().join(", ")
    };
    if show.iter().any(|word| word == "wrong") {
        for (a, b) in pairs(&got).filter(|(a, b)| !same(&real, *a, *b)) {
            println!("wrong {}", evidence(a, b));
            shown(a, b);
        }
    }
    if show.iter().any(|word| word == "missed") {
        for (a, b) in pairs(&wanted).filter(|(a, b)| !same(&found, *a, *b)) {
            println!("missed {}", evidence(a, b));
            shown(a, b);
        }
    }
    if show.iter().any(|word| word == "possible") {
        for link in &resolution.possible {
            let (a, b) = (link.a as usize, link.b as usize);
            println!("possible {} {}", if same(&real, a, b) { "right" } else { "wrong" }, evidence(a, b));
            shown(a, b);
        }
    }
}
