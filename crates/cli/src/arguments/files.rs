//! Arguments of commands over files of one's own, which need no workspace: transfers, chains and adverts.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{Format, Output};

/// Which features.
#[derive(Clone, Debug, Args)]
pub(crate) struct ChosenFeatures {
    /// Only these families.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', value_parser = crate::transfers::family)]
    pub(crate) families: Vec<tributary_features::Family>,
    /// Windows of the account statistics.
    #[arg(long, value_name = "6h,1d", value_delimiter = ',', value_parser = crate::transfers::window)]
    pub(crate) windows: Vec<i64>,
}

#[derive(Debug, Args)]
pub(crate) struct Features {
    /// The file of transfers: CSV, NDJSON or Parquet, plain, gzip or zstd; `-` is standard input.
    #[arg(value_name = "TRANSFERS", required_unless_present = "describe")]
    pub(crate) file: Option<PathBuf>,
    /// Write to this file: Parquet when its name ends in .parquet, else CSV.
    #[arg(long, value_name = "FILE", required_unless_present = "describe")]
    pub(crate) out: Option<PathBuf>,
    /// Mapping for another shape: a file, or the name of a built-in one.
    #[arg(long)]
    pub(crate) mapping: Option<String>,
    #[command(flatten)]
    pub(crate) chosen: ChosenFeatures,
    /// Threads; one for each processor when not given. The result does not depend on them.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
    /// Say what each feature means instead.
    #[arg(long)]
    pub(crate) describe: bool,
    /// How to print the summary.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct Patterns {
    /// The file of transfers: CSV, NDJSON or Parquet, plain, gzip or zstd; `-` is standard input.
    #[arg(value_name = "TRANSFERS")]
    pub(crate) file: PathBuf,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Mapping for another shape: a file, or the name of a built-in one.
    #[arg(long)]
    pub(crate) mapping: Option<String>,
    /// Only these kinds.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub(crate) kinds: Vec<String>,
    /// A parameter for the kinds that take it, such as k=5.
    #[arg(long = "set", value_name = "NAME=NUMBER", value_parser = crate::transfers::parameter)]
    pub(crate) parameters: Vec<(String, f64)>,
    /// What registers say of accounts, as CSV: account_id, and any of provider (the institution), licensed (yes or no) and role (broker, exchange, payroll, utility, merchant).
    #[arg(long, value_name = "FILE")]
    pub(crate) accounts: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Rank {
    /// The file of transfers: CSV, NDJSON or Parquet, plain, gzip or zstd; `-` is standard input.
    #[arg(value_name = "TRANSFERS")]
    pub(crate) file: PathBuf,
    /// Write the ranks to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Learn from this column: 1, true or yes against 0, false or no.
    #[arg(long, value_name = "COLUMN", conflicts_with = "model")]
    pub(crate) labels: Option<String>,
    /// Transfers from then on are measured on and not learned from; the latest fifth when not given.
    #[arg(long, value_name = "TIME", requires = "labels", value_parser = crate::transfers::moment)]
    pub(crate) train_until: Option<tributary_model::Timestamp>,
    /// Learn from what was known when each transfer was made alone: for ranking while money moves. Otherwise features look at both sides of time in
    /// the file, which ranks a closed period better.
    #[arg(long, requires = "labels")]
    pub(crate) before_only: bool,
    /// Keep what was learned.
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub(crate) save_model: Option<PathBuf>,
    /// Write the model's card: data, figures on the held-out period, importances, limits (Markdown).
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub(crate) card: Option<PathBuf>,
    /// Rank with a model learned before.
    #[arg(long, value_name = "FILE")]
    pub(crate) model: Option<PathBuf>,
    /// Rank even where the file has drifted away from what the model was learned from.
    #[arg(long, requires = "model")]
    pub(crate) despite_drift: bool,
    /// Mapping for another shape: a file, or the name of a built-in one.
    #[arg(long)]
    pub(crate) mapping: Option<String>,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Threads; one for each processor when not given. The result does not depend on them.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

#[derive(Debug, Args)]
pub(crate) struct Stream {
    /// By how much a transfer may be late: 0s to the longest window.
    #[arg(long, value_name = "TIME", default_value = "1h", value_parser = crate::transfers::horizon)]
    pub(crate) horizon: i64,
    #[command(flatten)]
    pub(crate) chosen: ChosenFeatures,
    /// Search patterns too: of these kinds, or `all`.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',')]
    pub(crate) patterns: Vec<String>,
    /// How far back patterns are searched; not below the horizon.
    #[arg(long, value_name = "TIME", default_value = "28d", value_parser = crate::transfers::window, requires = "patterns")]
    pub(crate) pattern_window: i64,
    /// A parameter for the kinds that take it, such as k=5.
    #[arg(long = "set", value_name = "NAME=NUMBER", value_parser = crate::transfers::parameter, requires = "patterns")]
    pub(crate) parameters: Vec<(String, f64)>,
    /// Give patterns and refusals only, no rows of features.
    #[arg(long, requires = "patterns")]
    pub(crate) no_features: bool,
    /// Transfers worked on together at the most.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub(crate) batch_max: u32,
    /// Transfers that may wait for the horizon to pass.
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(1..=100_000_000))]
    pub(crate) waiting_max: u32,
    /// Threads; one for each processor when not given. The result does not depend on them.
    #[arg(long)]
    pub(crate) threads: Option<usize>,
}

/// How a chain keeps who has what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Chain {
    /// Unspent outputs: a transaction has inputs and outputs.
    Utxo,
    /// Accounts: one pays another.
    Account,
}

#[derive(Debug, Args)]
pub(crate) struct Wallets {
    /// The file of transactions: CSV; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How the chain keeps who has what.
    #[arg(long, value_enum)]
    pub(crate) chain: Chain,
    /// Names given to addresses: CSV with address, entity, kind.
    #[arg(long, value_name = "FILE")]
    pub(crate) tags: Option<PathBuf>,
    /// Write each address with its cluster, how sure that is, and why (CSV).
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// Write what flows between clusters, in the shape of the table `transfers` (CSV).
    #[arg(long, value_name = "FILE")]
    pub(crate) transfers: Option<PathBuf>,
    /// Currency of the transfers of a chain of unspent outputs.
    #[arg(long, default_value = "BTC")]
    pub(crate) currency: String,
    /// Which output is taken for change: off, fresh, address-type, round-amount or intersection.
    #[arg(long, default_value = "intersection")]
    pub(crate) change: String,
    /// How to print the summary.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Subcommand)]
pub(crate) enum AdvertsCommand {
    /// Group the adverts of a file by the template they follow. A line of the output has post_id and group (the id of its first advert; empty: alone).
    #[command(
        after_help = "Examples:\n  tributary adverts cluster ads.csv --out groups.csv --html templates.html\n  tributary adverts cluster ads.csv --out groups.csv --explain AD17\n  \
tributary adverts cluster world/posts.csv --out groups.csv --tables world --evidence evidence.ndjson\n  \
tributary adverts cluster sketches.ndjson --sketches --out groups.csv\n\n\
A template is common among lawful firms: a group is for a person to look at only where two further families of evidence speak."
    )]
    Cluster(AdvertsCluster),
    /// Turn adverts into sketches where the text is; the text does not leave; what a sketch reveals is in docs/adverts.md.
    #[command(after_help = "Examples:\n  tributary adverts sketch ads.csv --out sketches.ndjson --key-file key.txt\n  \
tributary adverts cluster sketches.ndjson --sketches --out groups.csv\n\n\
Sketches are comparable under one key. Without a key of your own, who guesses a text can test the guess.")]
    Sketch(AdvertsSketch),
    /// Make a corpus of made-up adverts in five languages, with the truth beside it: to measure and to try out.
    #[command(after_help = "Example:\n  tributary adverts corpus corpus --seed 7 --posts 20000 --noise mid")]
    Corpus(AdvertsCorpus),
}

/// The adverts, and how they are hashed.
#[derive(Debug, Args)]
pub(crate) struct AdvertsGiven {
    /// CSV with a column of ids (`post_id` or `id`) and one of texts; `-` is standard input.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// The column of ids.
    #[arg(long, value_name = "COLUMN")]
    pub(crate) id_column: Option<String>,
    /// The column of texts.
    #[arg(long, value_name = "COLUMN", default_value = "text")]
    pub(crate) text_column: String,
    /// The key of the hashes: a file with 32 hexadecimal digits.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct AdvertsCluster {
    #[command(flatten)]
    pub(crate) given: AdvertsGiven,
    /// Write post_id and group as CSV, in the order of the file.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
    /// The file holds sketches made by `adverts sketch`.
    #[arg(long)]
    pub(crate) sketches: bool,
    /// Write a page of the templates, their slots marked; what looks like a contact is left out.
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,
    /// Say why this advert is in its group, or alone.
    #[arg(long, value_name = "POST_ID")]
    pub(crate) explain: Option<String>,
    /// Write pairs of groups that may say the same in other words or another language, and share a contact (CSV).
    #[arg(long, value_name = "FILE")]
    pub(crate) translations: Option<PathBuf>,
    /// Folder with the tables accounts, parties, places, sightings and case_records as CSV.
    #[arg(long, value_name = "FOLDER", requires = "evidence")]
    pub(crate) tables: Option<PathBuf>,
    /// Write what speaks for and against each group (NDJSON).
    #[arg(long, value_name = "FILE", requires = "tables")]
    pub(crate) evidence: Option<PathBuf>,
    /// How to print the summary.
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub(crate) format: Format,
}

#[derive(Debug, Args)]
pub(crate) struct AdvertsSketch {
    #[command(flatten)]
    pub(crate) given: AdvertsGiven,
    /// Write the sketches, one JSON object a line.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct AdvertsCorpus {
    /// Folder to write to.
    #[arg(value_name = "FOLDER")]
    pub(crate) folder: PathBuf,
    /// Seed: the same one gives the same bytes.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Adverts in all.
    #[arg(long, default_value_t = 20_000)]
    pub(crate) posts: usize,
    /// Noise: low, mid or high.
    #[arg(long, default_value = "mid")]
    pub(crate) noise: String,
    /// One language only: ur, ps, prs, ur-Latn or en.
    #[arg(long)]
    pub(crate) language: Option<String>,
    #[command(flatten)]
    pub(crate) output: Output,
}
