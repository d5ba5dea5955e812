//! Weighs the groups of a corpus of adverts and prints, for each kind of maker, how many were flagged and what spoke:
//! `cargo run --release -p tributary-adverts --example evidence -- FOLDER [found]`. FOLDER holds the tables and `truth/adverts.csv`; `found` groups
//! the texts anew in place of the truth's groups.

#![expect(clippy::indexing_slicing, reason = "reads the tables that the simulator wrote: their columns are known")]

#[path = "../tests/it/corpus.rs"]
mod corpus;

use corpus::Corpus;
use std::collections::BTreeMap;
use std::error::Error;
use std::time::Instant;
use tributary_adverts::evidence::{EvidenceSettings, Family, Verdict, evidence};
use tributary_adverts::{Settings, group_texts};

/// Counts of one kind of maker.
#[derive(Default)]
struct Row {
    groups: usize,
    large: usize,
    verdicts: [usize; 3],
    large_review: usize,
    families: BTreeMap<Family, usize>,
    abstained: BTreeMap<Family, usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let folder = words.first().ok_or("give FOLDER [found]")?;
    let mut corpus = Corpus::read(folder.as_ref())?;
    if words.get(1).is_some_and(|w| w == "found") {
        let groups = group_texts(&corpus.texts, &Settings::default());
        corpus.posts.iter_mut().zip(groups).for_each(|(post, group)| post.group = group);
    }
    let settings = EvidenceSettings::default();
    let start = Instant::now();
    let found = evidence(&corpus.input(), &settings);
    println!("{} posts, {} groups, {:.2} s", corpus.posts.len(), found.len(), start.elapsed().as_secs_f64());
    let makers = corpus.makers();
    let mut rows: BTreeMap<&str, Row> = BTreeMap::new();
    for group in &found {
        let row = rows.entry(makers.get(&group.group).copied().unwrap_or("")).or_default();
        let large = group.adverts >= settings.adverts_min && group.posters >= settings.operators_min;
        row.groups += 1;
        row.large += usize::from(large);
        row.large_review += usize::from(large && group.verdict == Verdict::Review);
        row.verdicts[group.verdict as usize] += 1;
        for finding in &group.findings {
            *row.families.entry(finding.family).or_default() += usize::from(large && finding.speaks());
            *row.abstained.entry(finding.family).or_default() += usize::from(large && finding.abstained.is_some());
        }
    }
    println!("| maker | groups | template / context / review | large enough | of them review | speaks (abstains), of the large ones |");
    println!("|---|---|---|---|---|---|");
    for (kind, row) in &rows {
        let of =
            |family| format!("{} {} ({})", Family::name(family), row.families.get(&family).unwrap_or(&0), row.abstained.get(&family).unwrap_or(&0));
        let [template, context, review] = row.verdicts;
        println!(
            "| {kind} | {} | {template} / {context} / {review} | {} | {} | {} |",
            row.groups,
            row.large,
            row.large_review,
            Family::ALL.map(of).join(", ")
        );
    }
    let flagged = |kind: &str| rows.get(kind).map_or(0, |row| row.verdicts[2]);
    let all: usize = rows.values().map(|row| row.verdicts[2]).sum();
    let (right, real) = (flagged("trafficking"), rows.get("trafficking").map_or(0, |row| row.large));
    println!("precision {:.3}  recall {:.3} of groups large enough", right as f64 / all.max(1) as f64, right as f64 / real.max(1) as f64);
    Ok(())
}
