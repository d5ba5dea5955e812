//! The command line: every command, option and example in one place.

mod files;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use files::{
    AdvertsCluster, AdvertsCommand, AdvertsCorpus, AdvertsGiven, AdvertsSketch, Chain, ChosenFeatures, Features, Patterns, Rank, Stream, Wallets,
};

/// Finds where trafficking and terrorist-financing networks share infrastructure, by relations and never by what people say.
#[derive(Debug, Parser)]
#[command(name = "tributary", version, propagate_version = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 success; 1 it ran and found a failure; 2 bad usage or input; 130 stopped.\n\
First steps: tributary demo")]
pub(crate) struct Arguments {
    /// Say nothing but results and errors.
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make a workspace in a new or empty folder.
    #[command(after_help = "Example:\n  tributary init ws --legal-basis PK-AMLA-2010 --purpose financial-intelligence")]
    Init(Init),
    /// Take files of observations in. Bad rows go to quarantine; nothing is lost.
    #[command(after_help = "Examples:\n  tributary ingest ws transfers.csv.gz parties.ndjson --source bank-a\n  \
tributary ingest ws export.csv --source bank-b --table transfers --mapping bank.toml\n  tributary ingest ws sdn.csv add.csv alt.csv --mapping ofac-sdn\n\n\
The table comes from the file's stem (transfers.csv -> transfers) unless --table or --mapping says otherwise.")]
    Ingest(Ingest),
    /// Resolve, search patterns, run the packs and look for convergence.
    #[command(
        after_help = "Example:\n  tributary run ws --seed 7 --threads 2\n\nThe same snapshot, packs, settings and seed give the same bytes, on any number of threads."
    )]
    Run(Run),
    /// List the alerts of the latest run, best first.
    #[command(
        after_help = "Examples:\n  tributary alerts ws\n  tributary alerts ws --format ndjson --out alerts.ndjson\n  tributary alerts ws --kind convergence --q-max 0.1"
    )]
    Alerts(Alerts),
    /// Explain one alert: indicators with sources and benign reasons, path, hypotheses.
    #[command(after_help = "Examples:\n  tributary explain ws 1\n  tributary explain ws 3f9a12cd --format json")]
    Explain(Explain),
    /// Ask the data a question in SQL (read-only).
    #[command(after_help = "Example:\n  tributary sql ws \"SELECT channel, count(*) AS n FROM transfers GROUP BY channel ORDER BY n DESC\"")]
    Sql(Sql),
    /// Make a seeded world of observations, with the truth kept apart.
    #[command(after_help = "Example:\n  tributary world out --seed 7 --scale 1 --overlap low")]
    World(World),
    /// Compare the alerts of the latest run with a truth folder.
    #[command(
        after_help = "Examples:\n  tributary evaluate ws --truth out/truth --format json\n  tributary evaluate ws --labels transfers.parquet --instances alerts.csv\n  tributary evaluate --pool world-1 world-2 --format json"
    )]
    Evaluate(Evaluate),
    /// Make a world, run the whole pipeline over it, print ten alerts, and serve the page.
    #[command(after_help = "Examples:\n  tributary demo\n  tributary demo --scale 0.05 --no-serve")]
    Demo(Demo),
    /// Serve the page and the API on this machine.
    #[command(after_help = "Example:\n  tributary serve ws --listen 127.0.0.1:8080")]
    Serve(Serve),
    /// Find which rows of a CSV file are the same: no workspace, no labels and no settings needed.
    #[command(
        args_conflicts_with_subcommands = true,
        subcommand_negates_reqs = true,
        after_help = "Examples:\n  tributary link people.csv --out clusters.csv\n  \
tributary link people.csv --columns first_name,surname,dob,city --pairs pairs.csv --charts charts.html\n  \
tributary link people.csv --save-parameters trained.json\n  tributary link more.csv --parameters trained.json --out clusters.csv --explain 3,17\n  \
tributary link people.csv --save-state people.state --out clusters.csv\n  tributary link new.csv --state people.state --out new-clusters.csv --history changes.ndjson\n  \
tributary link diff before.json after.json\n\nRows are counted from 0, below the header. A cluster is named by its first row; in a linkage that is kept, by an id that stays."
    )]
    Link(Link),
    /// Screen a name, or a file of names, against watch lists. A hit is for people to decide.
    #[command(after_help = "Examples:\n  tributary screen --list consolidated.xml customers.csv --out hits.csv\n  \
tributary screen --list un=consolidated.xml --name \"Zarlakht Marufkhel\" --birth 1971\n  \
tributary screen --list ofac=sdn.csv,add.csv,alt.csv@2026-02-01 --list csv:own=list.csv@2026-02-20 customers.csv --format ndjson\n  \
tributary screen --list un=new.xml --previous-list un=old.xml customers.csv\n\n\
A list is FILE, or FORM[:NAME]=FILE[@DATE]; the forms are un, ofac (one to three files), eu, ftm and csv, told from the content when not given. DATE is the day\n\
it was published, where the file does not say. Of several plain files the last is the file of names, those before it are lists.\n\
A file of names is CSV with the columns id, name, alias, kind, birth, place, nationality, document, wallet, phone, email, protected (those there are), or one\n\
name a line without a header. With --out and no --format the hits are written as CSV: row,list_id,score,rank and more; rows are counted from 0.")]
    Screen(Screen),
    /// Compute features of every transfer of a file: no workspace needed. One row a transfer, in the order of the file.
    #[command(
        after_help = "Examples:\n  tributary features transfers.csv --out features.parquet\n  tributary features transfers.parquet --out features.csv --families fan,degree,temporal_cycle --windows 6h,7d\n  \
tributary features --describe\n\nThe file has the columns of the table `transfers`, or the shape of a built-in mapping. Every feature looks at transfers up to and including its own."
    )]
    Features(Features),
    /// Search the transfers of a file for patterns of value that moves: no workspace needed.
    #[command(
        after_help = "Examples:\n  tributary patterns transfers.csv --out patterns.ndjson\n  tributary patterns transfers.parquet --kinds cycle,scatter_gather --out - | head\n\n\
A line has kind, center, accounts, transfers, from, to, value, score, p (where chance is tested) and bounded (a bound cut the search)."
    )]
    Patterns(Patterns),
    /// Rank the transfers of a file: learned from a column of labels, with a model learned before, or by how strange they are.
    #[command(
        after_help = "Examples:\n  tributary rank transfers.csv --labels confirmed --train-until 2025-03-01 --save-model m.json --out ranks.csv\n  \
tributary rank more.csv --model m.json --out ranks.csv\n  tributary rank transfers.csv --out ranks.csv\n\n\
A line has transfer_id, score (higher is more suspicious) and, from a model, a calibrated probability. A rank is a reason to look, never an alert by itself."
    )]
    Rank(Rank),
    /// Compute features of transfers and search patterns as they come: one JSON object a line in, one a line out, late ones within a stated horizon.
    #[command(
        after_help = "Examples:\n  tributary stream --horizon 10m --families degree,fan < transfers.ndjson > features.ndjson\n  tail -f transfers.ndjson | tributary stream --horizon 0s\n  \
tributary stream --patterns pass_through,fan_in --pattern-window 7d --no-features < transfers.ndjson\n\n\
A line has transfer_id, at, from_account, to_account, and amount and channel where they are known. A row comes out as soon as no transfer that is still accepted can\n\
precede it; the rows are those that `tributary features` gives for the same transfers. A pattern comes out with `change`: `appeared` or `withdrawn`; those that stand are\n\
those of a search over the window's transfers (six kinds when the window moves on). A line that is not taken in comes out with the reason."
    )]
    Stream(Stream),
    /// Find which addresses of a public chain one hand holds, and write what flows between the hands as transfers.
    #[command(
        after_help = "Examples:\n  tributary wallets chain.csv --chain utxo --tags exchanges.csv --out addresses.csv --transfers flows.csv\n  \
tributary wallets moves.csv --chain account --tags exchanges.csv --out addresses.csv\n\n\
utxo: columns txid, at, side (in, out), index, address, amount; account: tx, at, from, to, amount, token; tags: address, entity, kind.\n\
The transfers can be ingested, searched for patterns and ranked like any other."
    )]
    Wallets(Wallets),
    /// Find which adverts are copies of one template: no workspace needed, and the text is not kept.
    Adverts {
        #[command(subcommand)]
        command: AdvertsCommand,
    },
    /// Load, show and screen against the watch lists of a workspace.
    Lists {
        #[command(subcommand)]
        command: ListsCommand,
    },
    /// Pairs of which a person must say whether they are one: two parties, or a party and a listed entry.
    Resolution {
        #[command(subcommand)]
        command: ResolutionCommand,
    },
    /// Look at, check, test and compare rule packs.
    Packs(Packs),
    /// Check a workspace: settings, lake, packs, runs.
    #[command(after_help = "Example:\n  tributary doctor ws")]
    Doctor(Doctor),
    /// Print a completion script for a shell.
    #[command(after_help = "Example:\n  tributary completions bash > /etc/bash_completion.d/tributary")]
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    #[default]
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Ndjson,
}

#[derive(Clone, Debug, Args)]
pub(crate) struct Output {
    /// How to print.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// The new folder.
    pub(crate) workspace: PathBuf,
    /// Code of the legal basis for what will be ingested. Without it the workspace is declared to be for evaluation only.
    #[arg(long, default_value = "evaluation-only", value_parser = code)]
    pub(crate) legal_basis: String,
    /// Code of the purpose.
    #[arg(long, default_value = "evaluation-only", value_parser = code)]
    pub(crate) purpose: String,
    /// Grade of the sources (UK 3x5x2): source 1-3, information A-E, handling P or C.
    #[arg(long, default_value = "2DP", value_parser = grading)]
    pub(crate) grading: tributary_model::Grading,
}

fn code(text: &str) -> Result<String, String> {
    if (2..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_./:".contains(&b)) {
        Ok(text.to_owned())
    } else {
        Err("a code has 2 to 64 letters, digits or -_./:".to_owned())
    }
}

fn grading(text: &str) -> Result<tributary_model::Grading, String> {
    use tributary_model::{Grading, Handling, InformationGrade as I, SourceGrade as S};
    let letters: Vec<char> = text.chars().collect();
    let [source, information, handling] = letters.as_slice() else { return Err("three characters, such as 2DP".to_owned()) };
    let source = match source {
        '1' => S::Reliable,
        '2' => S::Untested,
        '3' => S::NotReliable,
        _ => return Err("the source is 1 (reliable), 2 (untested) or 3 (not reliable)".to_owned()),
    };
    let information = match information {
        'A' => I::A,
        'B' => I::B,
        'C' => I::C,
        'D' => I::D,
        'E' => I::E,
        _ => return Err("the information is A, B, C, D or E".to_owned()),
    };
    let handling = match handling {
        'P' => Handling::P,
        'C' => Handling::C,
        _ => return Err("handling is P or C".to_owned()),
    };
    Ok(Grading { source, information, handling })
}

#[derive(Debug, Args)]
pub(crate) struct Ingest {
    /// The workspace.
    pub(crate) workspace: PathBuf,
    /// CSV, NDJSON or Parquet, plain or compressed with gzip or zstd; or what a mapping names.
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Which table; taken from the file's stem when not given.
    #[arg(long)]
    pub(crate) table: Option<String>,
    /// A mapping file (TOML), or the name of a built-in one (docs/ingest.md lists them).
    #[arg(long, value_name = "FILE|NAME")]
    pub(crate) mapping: Option<String>,
    /// Who supplied it: the unit of independence between sources. Without it (and without `source` in the settings) everything counts as one source, `undeclared`.
    #[arg(long, conflicts_with = "source_per_file")]
    pub(crate) source: Option<String>,
    /// Each file comes from a supplier of its own, named after the file. Say so only where it is true: independence is counted in suppliers.
    #[arg(long)]
    pub(crate) source_per_file: bool,
    /// When it was collected (RFC 3339); now when not given.
    #[arg(long, value_name = "TIME")]
    pub(crate) collected_at: Option<String>,
    /// File that holds the key for hash-on-read mappings.
    #[arg(long, value_name = "FILE")]
    pub(crate) key_file: Option<PathBuf>,
    /// Threads; one for each processor when not given.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Run {
    /// The workspace.
    pub(crate) workspace: PathBuf,
    /// Seed of everything drawn; the workspace's when not given.
    #[arg(long)]
    pub(crate) seed: Option<u64>,
    /// Threads; one for each processor when not given.
    #[arg(long, default_value_t = 0)]
    pub(crate) threads: usize,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Alerts {
    /// The workspace.
    pub(crate) workspace: PathBuf,
    /// Only alerts of this kind.
    #[arg(long, value_parser = ["trafficking", "terrorist_financing", "convergence", "laundering"])]
    pub(crate) kind: Option<String>,
    /// Only alerts with at most this expected share of false ones.
    #[arg(long, value_name = "Q")]
    pub(crate) q_max: Option<f64>,
    /// At most this many.
    #[arg(long, value_name = "N")]
    pub(crate) limit: Option<usize>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Explain {
    /// The workspace.
    pub(crate) workspace: PathBuf,
    /// Rank, id, or the start of the id.
    pub(crate) alert: String,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Sql {
    /// The workspace.
    pub(crate) workspace: PathBuf,
    /// One SELECT.
    pub(crate) query: String,
    /// At most this many rows.
    #[arg(long, default_value_t = 1_000)]
    pub(crate) limit: usize,
    /// Seconds after which the query is stopped.
    #[arg(long, default_value_t = 120)]
    pub(crate) timeout: u64,
    #[command(flatten)]
    pub(crate) output: Output,
}

/// How many networks share infrastructure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Overlap {
    /// None do.
    None,
    /// A few do.
    #[default]
    Low,
    /// Many do.
    High,
}

#[derive(Debug, Args)]
pub(crate) struct World {
    /// The folder to write to.
    pub(crate) out_folder: PathBuf,
    /// Seed.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Size; 1 is about 600,000 transfers and 400,000 contacts.
    #[arg(long, default_value_t = 1.0)]
    pub(crate) scale: f64,
    /// How many networks share infrastructure.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) overlap: Overlap,
}

#[derive(Debug, Args)]
pub(crate) struct Evaluate {
    /// The workspace.
    #[arg(required_unless_present = "pool")]
    pub(crate) workspace: Option<PathBuf>,
    /// Instead: folders of several worlds, each with a run's `alerts.ndjson` and the world's `truth`, for one report over all.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with_all = ["workspace", "truth", "labels"])]
    pub(crate) pool: Vec<PathBuf>,
    /// The truth folder of a world.
    #[arg(long, value_name = "DIR", required_unless_present_any = ["labels", "pool"])]
    pub(crate) truth: Option<PathBuf>,
    /// Instead: the labelled transfers of an AMLGentex set (Parquet), to measure the ranking of single transfers.
    #[arg(long, value_name = "FILE", conflicts_with = "truth", requires = "instances")]
    pub(crate) labels: Option<PathBuf>,
    /// Its alerts file (CSV: modelID, type, accountID, isMain).
    #[arg(long, value_name = "FILE", requires = "labels")]
    pub(crate) instances: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Demo {
    /// Where to make the demo; a workspace and a world go in there. It is made anew each time.
    #[arg(default_value = "demo-workspace")]
    pub(crate) folder: PathBuf,
    /// Seed of the world.
    #[arg(long, default_value_t = 1)]
    pub(crate) seed: u64,
    /// Size of the world.
    #[arg(long, default_value_t = 0.4)]
    pub(crate) scale: f64,
    /// Stop after printing.
    #[arg(long)]
    pub(crate) no_serve: bool,
    /// Where to serve.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: std::net::SocketAddr,
}

#[derive(Debug, Args)]
pub(crate) struct Serve {
    /// The workspace.
    pub(crate) workspace: PathBuf,
    /// Address and port. Anything but this machine is refused: there is no sign-in yet.
    #[arg(long, default_value = "127.0.0.1:8080")]
    pub(crate) listen: std::net::SocketAddr,
    /// Take transfers as they happen, at POST /api/v1/events: they are kept in the workspace and searched for patterns.
    #[arg(long)]
    pub(crate) take_events: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Link {
    /// The CSV file, with a header, in UTF-8; `-` is standard input.
    #[arg(value_name = "FILE", required = true)]
    pub(crate) file: Option<PathBuf>,
    /// Write the input with its cluster as the first column.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// What the cluster's column is called; `cluster`, or `cluster_id` where the file has a `cluster` already, when not given.
    #[arg(long, value_name = "NAME")]
    pub(crate) id_column: Option<String>,
    /// Write the scored pairs.
    #[arg(long, value_name = "FILE")]
    pub(crate) pairs: Option<PathBuf>,
    /// Compare these columns alone; how is taken from their names and contents.
    #[arg(long, value_name = "A,B,C", value_delimiter = ',', conflicts_with_all = ["settings", "parameters"])]
    pub(crate) columns: Vec<String>,
    /// Comparisons and blocking rules of your own (JSON; --save-settings writes them to start from).
    #[arg(long, value_name = "FILE", conflicts_with = "parameters")]
    pub(crate) settings: Option<PathBuf>,
    /// Write the settings in force.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_settings: Option<PathBuf>,
    /// Score with parameters saved before, without training.
    #[arg(long, value_name = "FILE", conflicts_with = "labels")]
    pub(crate) parameters: Option<PathBuf>,
    /// Write the parameters learnt, for later files.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_parameters: Option<PathBuf>,
    /// Pairs known to be the same or not (CSV: left, right, same), to learn from.
    #[arg(long, value_name = "FILE")]
    pub(crate) labels: Option<PathBuf>,
    /// What people decided about pairs (one JSON object a line: left, right, verdict, by, at, compared). It always holds.
    #[arg(long, value_name = "FILE")]
    pub(crate) judgements: Option<PathBuf>,
    /// Join groups from these log-odds on, in bits; 0, more likely than not, when not given.
    #[arg(long, value_name = "BITS", value_parser = crate::link::bits, allow_hyphen_values = true)]
    pub(crate) threshold_bits: Option<f64>,
    /// Keep the linkage, so that rows of other files can be added later.
    #[arg(long, value_name = "FILE")]
    pub(crate) save_state: Option<PathBuf>,
    /// Add the file's rows to a linkage that was kept: nothing is trained, ids stay, and only what the new rows touch is looked at again. It is kept
    /// again in its place, or where --save-state says.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["columns", "settings", "parameters", "labels", "threshold_bits", "charts", "explain", "pairs", "memory_mib", "save_parameters", "save_settings"])]
    pub(crate) state: Option<PathBuf>,
    /// Write what adding the rows did to clusters: created, joined, merged, split (one JSON object a line).
    #[arg(long, value_name = "FILE", requires = "state")]
    pub(crate) history: Option<PathBuf>,
    /// Find candidate pairs with the query engine within so much memory, spilling to the folder for temporary files: for tables of more rows than memory
    /// takes. The result is the same.
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u32).range(64..=1_048_576))]
    pub(crate) memory_mib: Option<u32>,
    /// Write a page of pictures: match weights, probabilities, thresholds, convergence, one pair and its cluster.
    #[arg(long, value_name = "FILE")]
    pub(crate) charts: Option<PathBuf>,
    /// Say why these two rows score what they score.
    #[arg(long, value_name = "LEFT,RIGHT", value_parser = crate::link::two_rows)]
    pub(crate) explain: Option<(u32, u32)>,
    /// What separates values in the file: one sign, or tab.
    #[arg(long, default_value = ",", value_parser = crate::link::delimiter)]
    pub(crate) delimiter: u8,
    /// How to print the summary.
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
    #[command(subcommand)]
    pub(crate) command: Option<LinkCommand>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum LinkCommand {
    /// Compare two files of parameters.
    #[command(after_help = "Example:\n  tributary link diff before.json after.json")]
    Diff {
        /// The older parameters.
        before: PathBuf,
        /// The newer parameters.
        after: PathBuf,
        #[command(flatten)]
        output: Output,
    },
}

/// The day of a screening, and how old a list may be then.
#[derive(Clone, Debug, Args)]
pub(crate) struct Screening {
    /// The day of screening; today when not given.
    #[arg(long, value_name = "DATE", value_parser = crate::screen::day)]
    pub(crate) as_of: Option<tributary_model::Date>,
    /// Abstain on lists older than so many days.
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(i32).range(0..=36_500))]
    pub(crate) list_age_max: i32,
}

#[derive(Debug, Args)]
pub(crate) struct Screen {
    /// A watch list: FILE, or FORM[:NAME]=FILE[,FILE,FILE][@DATE].
    #[arg(long, value_name = "LIST", required = true, value_parser = crate::screen::lists::list_file)]
    pub(crate) list: Vec<crate::screen::lists::ListFile>,
    /// The version of a list that was screened before: only entries added or changed since are screened against the names.
    #[arg(long, value_name = "LIST", requires = "files", value_parser = crate::screen::lists::list_file)]
    pub(crate) previous_list: Vec<crate::screen::lists::ListFile>,
    /// The file of names, or `-` for standard input; further lists may stand before it.
    #[arg(value_name = "NAMES", required_unless_present_any = ["name", "document", "wallet", "phone", "email"])]
    pub(crate) files: Vec<String>,
    /// A name of the one asked about; several may be given.
    #[arg(long, conflicts_with = "files")]
    pub(crate) name: Vec<String>,
    /// Person, organisation or craft.
    #[arg(long, default_value = "", hide_default_value = true, conflicts_with = "files")]
    pub(crate) kind: String,
    /// Date of birth: a day, a month, a year or a span.
    #[arg(long, value_name = "DATE", conflicts_with = "files")]
    pub(crate) birth: Vec<String>,
    /// Place of birth or address.
    #[arg(long, conflicts_with = "files")]
    pub(crate) place: Vec<String>,
    /// Nationality: it can agree, never disagree, and never counts alone.
    #[arg(long, conflicts_with = "files")]
    pub(crate) nationality: Vec<String>,
    /// Document as kind:number.
    #[arg(long, value_name = "KIND:NUMBER", conflicts_with = "files")]
    pub(crate) document: Vec<String>,
    /// Wallet address.
    #[arg(long, conflicts_with = "files")]
    pub(crate) wallet: Vec<String>,
    /// Phone number.
    #[arg(long, conflicts_with = "files")]
    pub(crate) phone: Vec<String>,
    /// Mail address.
    #[arg(long, conflicts_with = "files")]
    pub(crate) email: Vec<String>,
    /// The person may be a victim: the outcome goes to the protection desk first and is not shown here.
    #[arg(long, conflicts_with = "files")]
    pub(crate) possible_victim: bool,
    #[command(flatten)]
    pub(crate) screening: Screening,
    /// How to print; csv when --out is given, table else.
    #[arg(long, value_enum)]
    pub(crate) format: Option<crate::screen::HitFormat>,
    /// Write to this file instead of standard output.
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ListsCommand {
    /// Put versions of lists in force, and screen the latest run's parties against what changed.
    #[command(
        after_help = "Examples:\n  tributary lists load ws consolidated.xml\n  tributary lists load ws un=consolidated.xml ofac=sdn.csv,add.csv,alt.csv@2026-02-01\n\n\
A list is FILE, or FORM[:NAME]=FILE[@DATE]; the forms are un, ofac, eu, ftm and csv. The same bytes again change nothing."
    )]
    Load {
        /// The workspace.
        workspace: PathBuf,
        /// Lists: FILE, or FORM[:NAME]=FILE[,FILE,FILE][@DATE].
        #[arg(required = true, value_name = "LIST", value_parser = crate::screen::lists::list_file)]
        list: Vec<crate::screen::lists::ListFile>,
        /// Do not screen now.
        #[arg(long)]
        no_screen: bool,
        #[command(flatten)]
        screening: Screening,
        #[command(flatten)]
        output: Output,
    },
    /// The lists in force, with their dates and ages.
    #[command(after_help = "Example:\n  tributary lists show ws")]
    Show {
        /// The workspace.
        workspace: PathBuf,
        /// The day from which ages count; today when not given.
        #[arg(long, value_name = "DATE", value_parser = crate::screen::day)]
        as_of: Option<tributary_model::Date>,
        #[command(flatten)]
        output: Output,
    },
    /// Screen every party of the latest run against every list in force.
    #[command(after_help = "Example:\n  tributary lists screen ws\n\nHits go to `tributary resolution list`; nothing acts upon them by itself.")]
    Screen {
        /// The workspace.
        workspace: PathBuf,
        #[command(flatten)]
        screening: Screening,
        #[command(flatten)]
        output: Output,
    },
}

/// What a pair is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum PairOf {
    /// Two parties.
    Parties,
    /// A party and an entry of a watch list.
    Listed,
}

/// What a person says of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Said {
    /// They are one.
    Same,
    /// They are not.
    Different,
    /// What is known does not tell.
    Insufficient,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ResolutionCommand {
    /// List pairs that wait for a person, those with an agreeing identifier first, then by evidence.
    #[command(after_help = "Examples:\n  tributary resolution list ws\n  tributary resolution list ws --of listed --format ndjson")]
    List {
        /// The workspace.
        workspace: PathBuf,
        /// Only pairs of this kind.
        #[arg(long, value_enum)]
        of: Option<PairOf>,
        /// Pairs that were judged as well.
        #[arg(long)]
        all: bool,
        /// At most so many.
        #[arg(long)]
        limit: Option<usize>,
        #[command(flatten)]
        output: Output,
    },
    /// Show one pair: what was compared and what was said.
    #[command(after_help = "Example:\n  tributary resolution show ws 3f9a12cd")]
    Show {
        /// The workspace.
        workspace: PathBuf,
        /// The pair's id, or the start of it.
        pair: String,
        #[command(flatten)]
        output: Output,
    },
    /// Say whether a pair is one. It is kept with who, when, why and the values compared, and no later run undoes it.
    #[command(after_help = "Example:\n  tributary resolution judge ws 3f9a12cd different --by \"R. Qadri\" --reason \"passports of both seen\"")]
    Judge {
        /// The workspace.
        workspace: PathBuf,
        /// The pair's id, or the start of it.
        pair: String,
        /// What is said.
        #[arg(value_enum)]
        verdict: Said,
        /// Who says it.
        #[arg(long, value_name = "NAME")]
        by: String,
        /// Why.
        #[arg(long, value_name = "TEXT")]
        reason: String,
        #[command(flatten)]
        output: Output,
    },
    /// Every judgement, in order.
    #[command(after_help = "Example:\n  tributary resolution log ws")]
    Log {
        /// The workspace.
        workspace: PathBuf,
        #[command(flatten)]
        output: Output,
    },
    /// What the latest screening came to.
    #[command(after_help = "Example:\n  tributary resolution screening ws --format json")]
    Screening {
        /// The workspace.
        workspace: PathBuf,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(crate) struct Packs {
    #[command(subcommand)]
    pub(crate) command: PacksCommand,
}

#[derive(Debug, Subcommand)]
pub(crate) enum PacksCommand {
    /// List the indicators in force.
    List(PacksFolder),
    /// Hold a folder of packs to the ten rules.
    Check(PacksFolder),
    /// Run every indicator's fixtures: positive, negative, benign twin.
    Test(PacksFolder),
    /// Compare two folders of packs.
    Diff {
        /// The older packs.
        old: PathBuf,
        /// The newer packs.
        new: PathBuf,
        #[command(flatten)]
        output: Output,
    },
}

#[derive(Debug, Args)]
pub(crate) struct PacksFolder {
    /// A folder of packs or a workspace; the packs that the program carries when not given.
    pub(crate) folder: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: Output,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// The workspace.
    pub(crate) workspace: PathBuf,
    /// Count rows only: do not read every stored byte to compare digests.
    #[arg(long)]
    pub(crate) quick: bool,
    #[command(flatten)]
    pub(crate) output: Output,
}
