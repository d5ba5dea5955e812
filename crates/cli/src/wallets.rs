//! `tributary wallets`: which addresses of a chain one hand holds, and what flows between the hands, without a workspace.

use std::io::BufReader;
use std::path::Path;

use serde::Serialize;
use tributary_wallets::{
    Bad, ChangeRule, Class, Clusters, DepositSettings, ReadCounts, ReadError, ReadLimits, Settings, Tags, clusters, read_moves, read_tags, read_utxo,
    user_clusters, write_addresses, write_moves, write_transfers,
};

use crate::Failure;
use crate::arguments::{Chain, Output, Wallets};
use crate::output::{Whole, emit, line, not_an_input, spare};
use crate::progress::{Progress, Stop, stoppable};
use crate::rows::Given;

/// Bad rows that are told by themselves.
const TOLD: usize = 10;

/// What a clustering came to.
#[derive(Debug, Default, Serialize)]
struct Done {
    rows: u64,
    bad_rows: u64,
    problems: Vec<String>,
    transactions: u64,
    addresses: u64,
    clusters: u64,
    largest: u32,
    /// Clusters that bear several names: one of the tags or links is wrong.
    conflicts: Vec<String>,
    links: u64,
    links_refused: u64,
    coinjoins: u64,
    deposit_addresses: u64,
    transfers_within: u64,
}

impl Done {
    fn to_text(&self) -> String {
        let mut out = format!(
            "{} rows, {} transactions; {} addresses in {} clusters, the largest of {}; {} links, {} refused\n",
            self.rows, self.transactions, self.addresses, self.clusters, self.largest, self.links, self.links_refused
        );
        if self.coinjoins > 0 {
            out.push_str(&format!("{} joint transactions (CoinJoin) link nothing\n", self.coinjoins));
        }
        if self.deposit_addresses > 0 {
            out.push_str(&format!("{} deposit addresses of exchanges\n", self.deposit_addresses));
        }
        if self.bad_rows > 0 {
            out.push_str(&format!("{} rows were not taken in:\n", self.bad_rows));
            self.problems.iter().for_each(|problem| out.push_str(&format!("  {}\n", line(problem))));
        }
        self.conflicts.iter().for_each(|conflict| out.push_str(&format!("conflict: {}\n", line(conflict))));
        out.push_str("a cluster is a guess about one hand, by rules that are known to fail: docs/wallets.md says how\n");
        out
    }

    fn note(&mut self, file: &Path, bad: &Bad) {
        if self.problems.len() < TOLD {
            let column = if bad.column.is_empty() { String::new() } else { format!(", column `{}`", bad.column) };
            let value = if bad.value.is_empty() { String::new() } else { format!(" `{}`", bad.value) };
            self.problems.push(format!("`{}`, row {}{column}:{value} {}; {}", file.display(), bad.row, bad.problem, bad.remedy));
        }
    }

    fn count(&mut self, found: &Clusters, addresses: usize) {
        let all = || (0..u32::try_from(addresses).unwrap_or(u32::MAX)).map(|address| (found.cluster(address), address));
        self.addresses = addresses as u64;
        self.clusters = all().filter(|(cluster, address)| cluster == address).count() as u64;
        self.largest = all().map(|(_, address)| found.size(address)).max().unwrap_or(0);
        self.links = found.links.len() as u64;
        self.links_refused = found.refused.len() as u64;
    }
}

pub(crate) fn wallets(a: Wallets, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    for out in [Some(&a.out), a.transfers.as_ref()].into_iter().flatten() {
        not_an_input(&Output { format: a.format, out: Some(out.clone()) }, std::iter::once(&a.file).chain(&a.tags))?;
        spare(out)?;
    }
    if a.transfers.as_ref() == Some(&a.out) {
        return Err(Failure::input("--out and --transfers name one file: name two".to_owned()));
    }
    let given = Given::listening(&a.file, stop)?;
    let (format, progress) = (a.format, Progress::new(stop, quiet));
    let done = stoppable(stop, move || {
        let done = run(&a, given.path(), &progress)?;
        progress.finish();
        Ok(done)
    })?;
    emit(&Output { format, out: None }, &done, || done.to_text())
}

fn open(path: &Path) -> Result<BufReader<std::fs::File>, Failure> {
    let file = std::fs::File::open(path).map_err(|e| Failure::input(format!("`{}`: cannot be read: {e}", path.display())))?;
    Ok(BufReader::with_capacity(1 << 16, file))
}

fn refused(path: &Path) -> impl FnOnce(ReadError) -> Failure {
    let path = path.display().to_string();
    move |error| Failure::input(format!("`{path}`: {}", tributary_model::with_causes(&error)))
}

fn tags(path: Option<&Path>, done: &mut Done) -> Result<Tags, Failure> {
    let Some(path) = path else { return Ok(Tags::none()) };
    let (tags, counts) = read_tags(open(path)?, ReadLimits::default(), &mut |bad| done.note(path, &bad)).map_err(refused(path))?;
    done.bad_rows += counts.bad;
    Ok(tags)
}

fn counted(done: &mut Done, counts: ReadCounts) {
    done.rows = counts.rows;
    done.bad_rows += counts.bad;
}

fn rule(name: &str) -> Result<ChangeRule, Failure> {
    Ok(match name {
        "off" => ChangeRule::Off,
        "fresh" => ChangeRule::Fresh,
        "address-type" => ChangeRule::AddressType,
        "round-amount" => ChangeRule::RoundAmount,
        "intersection" => ChangeRule::Intersection,
        _ => return Err(Failure::input(format!("--change `{name}` must be off, fresh, address-type, round-amount or intersection"))),
    })
}

fn run(a: &Wallets, path: &Path, progress: &Progress) -> Result<Done, Failure> {
    let mut done = Done::default();
    let tags = tags(a.tags.as_deref(), &mut done)?;
    progress.message("reading");
    let mut files = Vec::new();
    match a.chain {
        Chain::Utxo => {
            let settings = Settings { change: rule(&a.change)?, ..Settings::default() };
            let (chain, counts) = read_utxo(open(path)?, ReadLimits::default(), &mut |bad| done.note(&a.file, &bad)).map_err(refused(&a.file))?;
            counted(&mut done, counts);
            progress.message("clustering");
            let found = clusters(&chain, &tags, &settings);
            (done.transactions, done.coinjoins) = (chain.len() as u64, found.coinjoins.len() as u64);
            done.count(&found.clusters, chain.addresses.len());
            done.conflicts = conflicts(&found.clusters.conflicts(&chain.addresses));
            let id = |number: u32| chain.get(number).map(|transaction| transaction.id);
            written(&a.out, &mut files, |out| write_addresses(out, &chain.addresses, &found.clusters, id))?;
            if let Some(path) = &a.transfers {
                done.transfers_within = written(path, &mut files, |out| write_transfers(out, &chain, &found, &a.currency))?.own;
            }
        }
        Chain::Account => {
            let (moves, counts) = read_moves(open(path)?, ReadLimits::default(), &mut |bad| done.note(&a.file, &bad)).map_err(refused(&a.file))?;
            counted(&mut done, counts);
            progress.message("clustering");
            let (found, deposits) = user_clusters(&moves, &tags, &DepositSettings::default());
            (done.transactions, done.deposit_addresses) = (moves.len() as u64, deposits.len() as u64);
            done.count(&found, moves.addresses.len());
            done.conflicts = conflicts(&found.conflicts(&moves.addresses));
            let id = |number: u32| moves.get(number).map(|(id, _)| id);
            written(&a.out, &mut files, |out| write_addresses(out, &moves.addresses, &found, id))?;
            if let Some(path) = &a.transfers {
                done.transfers_within = written(path, &mut files, |out| write_moves(out, &moves, &found))?.own;
            }
        }
    }
    files.into_iter().try_for_each(Whole::finish)?;
    Ok(done)
}

/// Writes a file, which joins those that are put in their places when all is done.
fn written<T>(path: &Path, files: &mut Vec<Whole>, write: impl FnOnce(&mut Whole) -> std::io::Result<T>) -> Result<T, Failure> {
    let mut out = Whole::create(path)?;
    let done = write(&mut out).map_err(|e| Failure::input(format!("cannot write `{}`: {e}", path.display())))?;
    files.push(out);
    Ok(done)
}

/// Clusters that bear several names, in words.
fn conflicts(found: &[tributary_wallets::Conflict]) -> Vec<String> {
    let words = |conflict: &tributary_wallets::Conflict| {
        let names: Vec<String> = conflict.tags.iter().map(|(address, tag)| format!("{} ({address})", tag.entity)).collect();
        format!("cluster {} of {} addresses ({}) bears {}", conflict.cluster, conflict.size, Class::Conflict.name(), names.join(", "))
    };
    found.iter().take(100).map(words).collect()
}
