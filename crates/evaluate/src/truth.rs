//! The truth of a simulated world, as `docs/world.md` describes its files.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::{Path, PathBuf};

/// Most rows read of one truth file.
const ROWS_MAX: usize = 100_000_000;

/// Why an evaluation could not be made.
#[derive(Debug, thiserror::Error)]
pub enum EvaluateError {
    /// A truth file cannot be read.
    #[error("cannot read truth file `{}`: {source}; give the `truth` folder that `tributary world` wrote", path.display())]
    Truth {
        /// Which file.
        path: PathBuf,
        /// What went wrong.
        source: csv::Error,
    },
    /// A truth file lacks a column.
    #[error("truth file `{}` has no column `{column}`: make the world again with this version", path.display())]
    Column {
        /// Which file.
        path: PathBuf,
        /// Which column.
        column: &'static str,
    },
    /// A truth file has more rows than are read.
    #[error("truth file `{}` has more than {ROWS_MAX} rows", path.display())]
    Rows {
        /// Which file.
        path: PathBuf,
    },
    /// A line is no alert.
    #[error("line {line} is not an alert of the canonical form: {source}")]
    Alert {
        /// Line number, 1 is the first.
        line: u64,
        /// What went wrong.
        source: serde_json::Error,
    },
    /// A line is too long.
    #[error("line {line} is longer than {most} bytes: an alert is one line of NDJSON")]
    Long {
        /// Line number, 1 is the first.
        line: u64,
        /// The limit.
        most: u64,
    },
    /// The alerts cannot be read.
    #[error("cannot read the alerts: {source}")]
    Read {
        /// What the system said.
        source: std::io::Error,
    },
}

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TruthSide {
    Trafficking,
    Financing,
}

/// Two networks and what stands between them.
#[derive(Clone, Debug, Default)]
pub(crate) struct TruthPair {
    pub(crate) trafficking: usize,
    pub(crate) financing: usize,
    pub(crate) shared: BTreeSet<String>,
    pub(crate) kinds: BTreeSet<String>,
}

/// Groups somebody belongs to: (trait, group).
pub(crate) type Traits = Vec<(&'static str, String)>;

/// Protected traits of persons by party id, for the fairness report alone. Read from the truth, or given by a caller who may open them.
#[derive(Clone, Debug, Default)]
pub struct Groups {
    pub(crate) of: BTreeMap<String, Traits>,
}

impl Groups {
    /// Says which groups a party belongs to. Empty values are not counted.
    pub fn insert(&mut self, party_id: &str, gender: &str, nationality: &str, admin1: &str, language: &str) {
        let traits = [("gender", gender), ("nationality", nationality), ("admin1", admin1), ("language", language)];
        let traits = traits.into_iter().filter(|(_, v)| !v.is_empty()).map(|(t, v)| (t, v.to_owned())).collect();
        self.of.insert(party_id.to_owned(), traits);
    }
}

/// All of it. Things are named `type:id`; phones, wallets and handles as accounts and as identifiers are one thing.
#[derive(Debug, Default)]
pub(crate) struct Truth {
    pub(crate) sides: Vec<TruthSide>,
    pub(crate) hard: Vec<bool>,
    pub(crate) kinds: Vec<String>,
    /// Networks of each member, sorted.
    pub(crate) members: HashMap<String, Vec<usize>>,
    pub(crate) member_parties: u64,
    pub(crate) convergences: Vec<TruthPair>,
    pub(crate) near_misses: Vec<TruthPair>,
    pub(crate) victims: HashSet<String>,
    /// Why a thing is protected, and how far the records say so.
    pub(crate) protected: HashMap<String, (String, String)>,
    pub(crate) groups: Groups,
    /// Person behind a party id that is one of several.
    pub(crate) persons: HashMap<String, String>,
    /// Who truly holds an account.
    pub(crate) holders: HashMap<String, String>,
    pub(crate) twins: Vec<(String, String, String)>,
}

/// The one name of a thing: an identifier that is also an account is named as the account.
pub(crate) fn name(subject_type: &str, id: &str) -> String {
    match (subject_type, id.split_once(':')) {
        ("identifier", Some(("phone" | "wallet" | "handle", value))) => format!("account:{value}"),
        _ => format!("{subject_type}:{id}"),
    }
}

/// Reads a truth file. One that may be missing gives nothing then.
fn read<const N: usize>(
    folder: &Path,
    stem: &str,
    columns: [&'static str; N],
    required: bool,
    row: impl FnMut([&str; N]),
) -> Result<(), EvaluateError> {
    let path = folder.join(format!("{stem}.csv"));
    if !required && !path.is_file() {
        return Ok(());
    }
    read_columns(&path, columns, row)
}

/// Reads the columns of a CSV file, row by row.
pub(crate) fn read_columns<const N: usize>(path: &Path, columns: [&'static str; N], mut row: impl FnMut([&str; N])) -> Result<(), EvaluateError> {
    let failed = |source| EvaluateError::Truth { path: path.to_owned(), source };
    let mut reader = csv::Reader::from_path(path).map_err(failed)?;
    let header = reader.headers().map_err(failed)?.clone();
    let mut places = [0; N];
    for (place, column) in places.iter_mut().zip(columns) {
        *place = header.iter().position(|h| h == column).ok_or_else(|| EvaluateError::Column { path: path.to_owned(), column })?;
    }
    let mut record = csv::StringRecord::new();
    let mut rows = 0;
    while reader.read_record(&mut record).map_err(failed)? {
        rows += 1;
        if rows > ROWS_MAX {
            return Err(EvaluateError::Rows { path: path.to_owned() });
        }
        row(places.map(|place| record.get(place).unwrap_or_default()));
    }
    Ok(())
}

impl Truth {
    /// Reads a truth folder.
    pub(crate) fn read(folder: &Path) -> Result<Self, EvaluateError> {
        let mut truth = Self::default();
        let mut index: HashMap<String, usize> = HashMap::new();
        read(folder, "networks", ["network_id", "side", "kind", "hard"], true, |[id, side, kind, hard]| {
            truth.kinds.push(kind.to_owned());
            index.insert(id.to_owned(), truth.sides.len());
            truth.sides.push(if side == "trafficking" { TruthSide::Trafficking } else { TruthSide::Financing });
            truth.hard.push(hard == "true");
        })?;
        let mut parties = HashSet::new();
        let members = &mut truth.members;
        read(folder, "members", ["network_id", "subject_type", "id"], true, |[network, subject_type, id]| {
            if let Some(network) = index.get(network) {
                members.entry(name(subject_type, id)).or_default().push(*network);
            }
            if subject_type == "party" {
                parties.insert(id.to_owned());
            }
        })?;
        read(folder, "posts", ["post_id", "network_id"], false, |[post, network]| {
            if let Some(network) = index.get(network) {
                members.entry(name("post", post)).or_default().push(*network);
            }
        })?;
        truth.convergences = pairs(folder, "convergences", "convergence_id", &index)?;
        truth.near_misses = pairs(folder, "near_misses", "near_miss_id", &index)?;
        read(folder, "victims", ["party_id"], true, |[id]| {
            truth.victims.insert(id.to_owned());
        })?;
        read(folder, "protected", ["subject_type", "id", "reason", "recorded"], false, |[subject_type, id, reason, recorded]| {
            truth.protected.entry(name(subject_type, id)).or_insert_with(|| (reason.to_owned(), recorded.to_owned()));
        })?;
        read(folder, "same_person", ["party_id", "person"], false, |[id, person]| {
            truth.persons.insert(id.to_owned(), person.to_owned());
        })?;
        read(folder, "groups", ["party_id", "gender", "nationality", "admin1", "language"], false, |[id, gender, nationality, admin1, language]| {
            truth.groups.insert(id, gender, nationality, admin1, language);
        })?;
        read(folder, "holders", ["account_id", "party_id"], false, |[account, party]| {
            truth.holders.insert(account.to_owned(), party.to_owned());
        })?;
        read(folder, "twins", ["kind", "party_id", "account_id"], false, |[kind, party, account]| {
            truth.twins.push((kind.to_owned(), party.to_owned(), account.to_owned()));
        })?;
        let mut persons: Vec<&str> = parties.iter().map(|id| truth.person(id)).collect();
        persons.sort_unstable();
        persons.dedup();
        truth.member_parties = persons.len() as u64;
        for networks in truth.members.values_mut() {
            networks.sort_unstable();
            networks.dedup();
        }
        Ok(truth)
    }

    /// The person behind a party id.
    pub(crate) fn person<'a>(&'a self, party: &'a str) -> &'a str {
        self.persons.get(party).map_or(party, String::as_str)
    }

    /// Networks that a thing belongs to.
    pub(crate) fn networks_of(&self, thing: &str) -> &[usize] {
        self.members.get(thing).map_or(&[], Vec::as_slice)
    }
}

fn pairs(folder: &Path, stem: &str, column: &'static str, index: &HashMap<String, usize>) -> Result<Vec<TruthPair>, EvaluateError> {
    let mut pairs: BTreeMap<String, TruthPair> = BTreeMap::new();
    let columns = [column, "trafficking_network", "financing_network", "shared_kind", "shared_type", "shared_id"];
    read(folder, stem, columns, true, |[id, left, right, kind, shared_type, shared_id]| {
        if let (Some(trafficking), Some(financing)) = (index.get(left), index.get(right)) {
            let pair = pairs.entry(id.to_owned()).or_default();
            (pair.trafficking, pair.financing) = (*trafficking, *financing);
            pair.shared.insert(name(shared_type, shared_id));
            pair.kinds.insert(kind.to_owned());
        }
    })?;
    Ok(pairs.into_values().collect())
}
