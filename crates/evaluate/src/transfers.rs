//! Evaluation of a ranking of single transfers against labels, for data sets that label transfers and planted instances.

use crate::rate::{Mean, Rate};
use crate::report::Caveat;
use crate::truth::{EvaluateError, read_columns};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

/// A transfer with its score and its label.
#[derive(Clone, Debug, PartialEq)]
pub struct LabelledTransfer<'a> {
    /// Higher is more suspicious; a score that is not a number ranks last.
    pub score: f64,
    /// Does it belong to a planted instance?
    pub positive: bool,
    /// Account it leaves.
    pub from: &'a str,
    /// Account it reaches.
    pub to: &'a str,
    /// Index of its instance.
    pub instance: Option<usize>,
}

/// A planted instance.
#[derive(Clone, Debug, PartialEq)]
pub struct Instance<'a> {
    /// What it is, e.g. `fan_out`.
    pub typology: &'a str,
    /// Its main account, where the data name one.
    pub main_account: Option<&'a str>,
}

/// The planted instances of an AMLGentex set, by its model number.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AmlgentexInstances {
    /// Model number → typology and main account.
    models: BTreeMap<u64, (String, Option<String>)>,
}

impl AmlgentexInstances {
    /// Reads an AMLGentex alerts file (`modelID, type, accountID, isMain`; one row an account).
    ///
    /// # Errors
    /// The file cannot be read or lacks a column.
    pub fn read(path: &Path) -> Result<Self, EvaluateError> {
        let mut models: BTreeMap<u64, (String, Option<String>)> = BTreeMap::new();
        read_columns(path, ["modelID", "type", "accountID", "isMain"], |[model, typology, account, main]| {
            if let Ok(model) = model.parse() {
                let entry = models.entry(model).or_insert_with(|| (typology.to_owned(), None));
                if main == "true" {
                    entry.1.get_or_insert_with(|| account.to_owned());
                }
            }
        })?;
        Ok(Self { models })
    }

    /// The instances, in the order of their model numbers.
    #[must_use]
    pub fn instances(&self) -> Vec<Instance<'_>> {
        self.models.values().map(|(typology, main)| Instance { typology, main_account: main.as_deref() }).collect()
    }

    /// The index in [`Self::instances`] of a labelled transfer's instance. The generator numbers all patterns in one run, benign ones first: a
    /// model number is the transfer's `pattern_id` less `first`, the smallest `pattern_id` of any labelled transfer.
    #[must_use]
    pub fn index(&self, pattern_id: i64, first: i64) -> Option<usize> {
        let model = u64::try_from(pattern_id.checked_sub(first)?).ok()?;
        self.models.contains_key(&model).then(|| self.models.range(..model).count())
    }
}

/// Budgets of an evaluation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TransferSettings {
    /// Transfers that are alerted, from the top; absent: as many as there are positive ones.
    pub transfers_max: Option<usize>,
    /// Accounts that are alerted, from the top; absent: as many as there are instances.
    pub accounts_max: Option<usize>,
    /// Seed of the bootstrap.
    pub seed: u64,
}

/// Instances found of one typology.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TypologyFound {
    /// The typology.
    pub typology: String,
    /// Found by transfers or by main account.
    pub found: Rate,
    /// Found because at least half of its transfers are among the alerted ones.
    pub by_transfers: u64,
    /// Found because its main account is among the alerted accounts.
    pub by_main_account: u64,
}

/// How good a ranking of transfers is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TransferReport {
    /// Transfers ranked.
    pub transfers: u64,
    /// Positive ones, as share: the base rate, and the average precision of a random ranking.
    pub base_rate: Rate,
    /// Average precision over transfers, ties counted as one step.
    pub average_precision: f64,
    /// Best F1 over all thresholds.
    pub best_f1: f64,
    /// Score at which it is reached. Chosen with the labels in view: not a figure for unseen data.
    pub best_f1_threshold: f64,
    /// Precision among the first 50, 100, 500, 1,000 and 5,000, and as many as are alerted.
    pub precision_at: BTreeMap<u64, Rate>,
    /// Transfers alerted.
    pub transfers_alerted: u64,
    /// Accounts alerted.
    pub accounts_alerted: u64,
    /// By typology.
    pub typologies: Vec<TypologyFound>,
    /// All instances.
    pub instances_found: Rate,
    /// Mean share of an instance's transfers among the alerted ones.
    pub instance_coverage: Mean,
    /// What each figure does not mean.
    pub does_not_mean: Vec<Caveat>,
}

const CAVEATS: [Caveat; 3] = [
    Caveat { figure: "average_precision", not: "comparable with data of another base rate" },
    Caveat { figure: "best_f1", not: "what a threshold fixed beforehand would reach: the threshold was chosen with the labels in view" },
    Caveat {
        figure: "instances_found",
        not: "that an analyst would have recognised the instance: half of its transfers, or its main account, are merely among those alerted",
    },
];

/// Indices of the transfers from the most to the least suspicious.
fn order(transfers: &[LabelledTransfer<'_>]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..transfers.len()).collect();
    let score = |i: usize| transfers.get(i).map_or(f64::NEG_INFINITY, |t| if t.score.is_nan() { f64::NEG_INFINITY } else { t.score });
    order.sort_by(|a, b| score(*b).total_cmp(&score(*a)).then(a.cmp(b)));
    order
}

/// Average precision, best F1 and its threshold. Transfers of the same score enter together, so that their order says nothing.
fn curve(transfers: &[LabelledTransfer<'_>], order: &[usize], positives: u64) -> (f64, f64, f64) {
    let (mut seen, mut right) = (0_u64, 0_u64);
    let (mut average, mut best, mut threshold) = (0.0, 0.0, f64::INFINITY);
    let ranked: Vec<&LabelledTransfer<'_>> = order.iter().filter_map(|i| transfers.get(*i)).collect();
    for step in ranked.chunk_by(|a, b| a.score.total_cmp(&b.score).is_eq()) {
        let gained = step.iter().filter(|t| t.positive).count() as u64;
        seen += step.len() as u64;
        right += gained;
        let precision = right as f64 / seen as f64;
        average += precision * gained as f64;
        let f1 = 2.0 * right as f64 / (seen + positives) as f64;
        if f1 > best {
            best = f1;
            threshold = step.first().map_or(threshold, |t| t.score);
        }
    }
    (if positives == 0 { 0.0 } else { average / positives as f64 }, best, threshold)
}

/// Accounts by the best score of any of their transfers, ties by the sum of their scores and then by name.
fn top_accounts<'a>(transfers: &[LabelledTransfer<'a>], most: usize) -> BTreeSet<&'a str> {
    let mut best: HashMap<&str, (f64, f64)> = HashMap::new();
    for transfer in transfers.iter().filter(|t| !t.score.is_nan()) {
        for account in [transfer.from, transfer.to] {
            let entry = best.entry(account).or_insert((f64::NEG_INFINITY, 0.0));
            *entry = (entry.0.max(transfer.score), entry.1 + transfer.score);
        }
    }
    let mut accounts: Vec<(&str, (f64, f64))> = best.into_iter().collect();
    accounts.sort_by(|a, b| b.1.0.total_cmp(&a.1.0).then(b.1.1.total_cmp(&a.1.1)).then_with(|| a.0.cmp(b.0)));
    accounts.into_iter().take(most).map(|(account, _)| account).collect()
}

/// Judges a ranking. An instance counts as found when at least half of its transfers are among the `transfers_max` first, or its main
/// account is among the `accounts_max` first accounts, an account standing where its most suspicious transfer stands.
#[must_use]
pub fn evaluate_transfers(transfers: &[LabelledTransfer<'_>], instances: &[Instance<'_>], settings: TransferSettings) -> TransferReport {
    let order = order(transfers);
    let positives = transfers.iter().filter(|t| t.positive).count() as u64;
    let (average_precision, best_f1, best_f1_threshold) = curve(transfers, &order, positives);
    let alerted = settings.transfers_max.unwrap_or(positives as usize).min(transfers.len());
    let accounts_max = settings.accounts_max.unwrap_or(instances.len());
    let accounts = top_accounts(transfers, accounts_max);
    let right = |most: usize| order.iter().take(most).filter(|i| transfers.get(**i).is_some_and(|t| t.positive)).count() as u64;
    let precision_at = [50, 100, 500, 1_000, 5_000, alerted]
        .into_iter()
        .filter(|k| *k > 0 && *k <= transfers.len())
        .map(|k| (k as u64, Rate::wilson(right(k), k as u64)))
        .collect();
    let mut of_instance = vec![(0_u64, 0_u64); instances.len()];
    for (rank, index) in order.iter().enumerate() {
        let Some(transfer) = transfers.get(*index) else {
            continue;
        };
        if let Some(cell) = transfer.instance.and_then(|i| of_instance.get_mut(i)) {
            *cell = (cell.0 + 1, cell.1 + u64::from(rank < alerted));
        }
    }
    let mut by_typology: BTreeMap<&str, [u64; 4]> = BTreeMap::new();
    let mut coverage = Vec::new();
    for (instance, (all, seen)) in instances.iter().zip(&of_instance) {
        let half = *all > 0 && seen * 2 >= *all;
        let main = instance.main_account.is_some_and(|a| accounts.contains(a));
        let cell = by_typology.entry(instance.typology).or_default();
        for (slot, yes) in cell.iter_mut().zip([true, half || main, half, main]) {
            *slot += u64::from(yes);
        }
        coverage.push(if *all == 0 { 0.0 } else { *seen as f64 / *all as f64 });
    }
    let typologies: Vec<TypologyFound> = by_typology
        .into_iter()
        .map(|(name, [all, found, by_transfers, by_main_account])| TypologyFound {
            typology: name.to_owned(),
            found: Rate::wilson(found, all),
            by_transfers,
            by_main_account,
        })
        .collect();
    TransferReport {
        transfers: transfers.len() as u64,
        base_rate: Rate::wilson(positives, transfers.len() as u64),
        average_precision,
        best_f1,
        best_f1_threshold,
        precision_at,
        transfers_alerted: alerted as u64,
        accounts_alerted: accounts.len() as u64,
        instances_found: Rate::wilson(typologies.iter().map(|t| t.found.hits).sum(), instances.len() as u64),
        typologies,
        instance_coverage: Mean::bootstrap(&coverage, settings.seed),
        does_not_mean: CAVEATS.to_vec(),
    }
}
