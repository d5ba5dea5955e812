//! What may be asked.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Checks a Tributary ledger without trusting whoever keeps it.
///
/// It works offline, from a ledger's folder or a copy of it, and reads nothing else: no case, no name, no database. Get the log's verifier
/// key and the witnesses' policy from somebody other than the ledger's keeper.
#[derive(Parser)]
#[command(name = "tributary-auditor", version, max_term_width = 110, after_help = EXAMPLES)]
pub(crate) struct Cli {
    /// How findings are written.
    #[arg(long, value_enum, default_value_t = Format::Text, global = true)]
    pub(crate) format: Format,
    #[command(subcommand)]
    pub(crate) command: Command,
}

const EXAMPLES: &str = "\
Examples:
  tributary-auditor verify copy/ --log-key log.vkey --policy witnesses.policy --since last-month.checkpoint
  tributary-auditor rules copy/ --log-key log.vkey
  tributary-auditor receipt E-7.tlog-proof --policy witnesses.policy --entry E-7.json --salt 11..11 --payload E-7.payload
  tributary-auditor report copy/ --log-key log.vkey --from 2026-01-01 --to 2026-07-01 --against published.json
  tributary-auditor fork mine.checkpoint theirs.checkpoint --log-key log.vkey --proof fork.json

Exit status: 0 all holds, 1 something was found, 2 it could not be looked at (misuse, unreadable file).";

/// How findings are written.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs: one JSON object.
    Json,
}

/// Which log.
#[derive(Args)]
pub(crate) struct Which {
    /// The ledger's folder, or a copy of it.
    pub(crate) ledger: PathBuf,
    /// The log's verifier key (`name+hash+key`), or a file that holds it.
    #[arg(long, value_name = "VKEY|FILE")]
    pub(crate) log_key: String,
}

/// What time it is taken to be.
#[derive(Args)]
pub(crate) struct AsOf {
    /// The time to judge deadlines and ages by: a day, or a time as `2026-01-31T09:30:00.000Z`; now where it is not given.
    #[arg(long, value_name = "TIME")]
    pub(crate) as_of: Option<String>,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Computes every entry and tile again and holds them against the signed checkpoint, an earlier one, and the witnesses.
    Verify {
        #[command(flatten)]
        which: Which,
        /// The trust policy (c2sp.org/tlog-policy): whose cosignatures suffice.
        #[arg(long, value_name = "FILE")]
        policy: Option<PathBuf>,
        /// A checkpoint kept from an earlier look: the log must continue it.
        #[arg(long, value_name = "CHECKPOINT")]
        since: Option<PathBuf>,
        /// The newest cosignature may be this old; older, and the checkpoint is stale.
        #[arg(long, value_name = "HOURS", requires = "policy")]
        max_age_hours: Option<u64>,
        #[command(flatten)]
        as_of: AsOf,
    },
    /// Holds a receipt: the entry is in the log, the log is signed, the witnesses have seen it.
    Receipt {
        /// The `.tlog-proof` file.
        receipt: PathBuf,
        /// The entry's bytes, as the ledger has them.
        #[arg(long, value_name = "FILE")]
        entry: PathBuf,
        /// The trust policy.
        #[arg(long, value_name = "FILE", required_unless_present = "log_key")]
        policy: Option<PathBuf>,
        /// The log's verifier key, where no policy is given: then no witness is asked for.
        #[arg(long, value_name = "VKEY|FILE", conflicts_with = "policy")]
        log_key: Option<String>,
        /// The salt of the entry's commitment, 64 hexadecimal digits.
        #[arg(long, value_name = "HEX", requires = "payload")]
        salt: Option<String>,
        /// What the entry commits to.
        #[arg(long, value_name = "FILE", requires = "salt")]
        payload: Option<PathBuf>,
        #[command(flatten)]
        as_of: AsOf,
    },
    /// Holds the entries against the rules: sign-offs, second readings, gates, reviews.
    Rules {
        #[command(flatten)]
        which: Which,
        /// A rules file; the ones Tributary ships where it is not given.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        #[command(flatten)]
        as_of: AsOf,
    },
    /// Counts the transparency report again, and holds a published one against it.
    Report {
        #[command(flatten)]
        which: Which,
        /// A rules file, which names the report's lines.
        #[arg(long, value_name = "FILE")]
        rules: Option<PathBuf>,
        /// First day or time counted; the beginning where it is not given.
        #[arg(long, value_name = "TIME")]
        from: Option<String>,
        /// First day or time no longer counted; the end where it is not given.
        #[arg(long, value_name = "TIME")]
        to: Option<String>,
        /// The published report, as JSON; its period is taken where none is given.
        #[arg(long, value_name = "FILE")]
        against: Option<PathBuf>,
        /// Smallest count shown; 0 hides nothing and must not be published.
        #[arg(long, value_name = "K", default_value_t = tributary_ledger::report::K_MIN)]
        smallest: u64,
    },
    /// Holds two checkpoints of one log against each other, and writes down the proof where they part.
    Fork {
        /// One signed checkpoint.
        one: PathBuf,
        /// Another.
        other: PathBuf,
        /// The log's verifier key, or a file that holds it.
        #[arg(long, value_name = "VKEY|FILE")]
        log_key: String,
        /// A ledger's folder, which can show that two checkpoints of different sizes are one history.
        #[arg(long, value_name = "FOLDER")]
        ledger: Option<PathBuf>,
        /// Where to write the proof.
        #[arg(long, value_name = "FILE")]
        proof: Option<PathBuf>,
    },
    /// Prints the rules that Tributary ships.
    StandardRules,
    /// Prints a completion script.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}
