//! What `tributary link` says of a run.

use serde::Serialize;
use tributary_linkage::{Linked, Pair, Parameters, Table, Waterfall};

use crate::output::{self, heading, line};

/// Bridges told at most; all are counted.
const BRIDGES_MAX: usize = 20;

/// One blocking rule.
#[derive(Serialize)]
struct Rule {
    rule: String,
    pairs: u64,
    blocks_skipped: u64,
    pairs_skipped: u64,
}

/// A run in figures.
#[derive(Serialize)]
pub(crate) struct Summary {
    file: String,
    rows: usize,
    comparisons: Vec<String>,
    rules: Vec<Rule>,
    /// Share of true pairs that the rules are estimated to find; absent where rules or parameters were given.
    blocking_recall: Option<f64>,
    rounds: usize,
    settled: bool,
    /// Probability that two random rows are the same.
    same_share: f64,
    threshold_bits: f64,
    clusters: usize,
    clusters_of_several: usize,
    rows_in_several: usize,
    cluster_rows_largest: usize,
    pairs_kept: usize,
    bridges: usize,
    bridges_shown: Vec<Pair>,
    contradictions: Vec<(u32, u32)>,
    joins_refused: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<Explained>,
}

/// One pair in full.
#[derive(Serialize)]
pub(crate) struct Explained {
    pub(crate) left: u32,
    pub(crate) right: u32,
    pub(crate) same_cluster: bool,
    pub(crate) waterfall: Waterfall,
}

impl Summary {
    pub(crate) fn new(file: &str, table: &Table, linked: &Linked<'_>, explained: Option<Explained>) -> Self {
        let parameters = linked.parameters();
        let (trace, settled) = parameters.convergence();
        let mut sizes = vec![0_usize; table.rows()];
        for cluster in linked.clusters() {
            if let Some(size) = sizes.get_mut(*cluster as usize) {
                *size += 1;
            }
        }
        let several: Vec<usize> = sizes.iter().copied().filter(|size| *size > 1).collect();
        let rule = |r: &tributary_linkage::RuleReport| Rule {
            rule: r.rule.clone(),
            pairs: r.pairs,
            blocks_skipped: r.blocks_skipped,
            pairs_skipped: r.pairs_skipped,
        };
        Self {
            file: file.to_owned(),
            rows: table.rows(),
            comparisons: parameters.config.comparisons.iter().map(|c| c.name.clone()).collect(),
            rules: linked.rules().iter().map(rule).collect(),
            blocking_recall: parameters.blocking_recall,
            rounds: trace.len(),
            settled,
            same_share: parameters.classes().first().map_or(0.0, |c| c.share),
            threshold_bits: parameters.threshold_bits,
            clusters: sizes.iter().filter(|size| **size > 0).count(),
            clusters_of_several: several.len(),
            rows_in_several: several.iter().sum(),
            cluster_rows_largest: sizes.iter().copied().max().unwrap_or(0),
            pairs_kept: linked.pairs().len(),
            bridges: linked.bridges().len(),
            bridges_shown: linked.bridges().iter().take(BRIDGES_MAX).copied().collect(),
            contradictions: linked.contradictions().to_vec(),
            joins_refused: linked.refused(),
            explained,
        }
    }

    /// For people.
    pub(crate) fn to_text(&self) -> String {
        let mut text = format!("{}\n", heading(&format!("Linked {}", line(&self.file))));
        let recall = self.blocking_recall.map_or_else(|| "not estimated".to_owned(), |r| format!("{r:.3} of true pairs, estimated"));
        let settled = if self.settled { "settled" } else { "NOT settled: look at the convergence before using the scores" };
        text.push_str(&format!("rows        {}\ncompared    {}\n", self.rows, line(&self.comparisons.join(", "))));
        text.push_str(&format!("blocking    {recall}\ntraining    {} rounds, {settled}\n", self.rounds));
        text.push_str(&format!("threshold   {} bits\n", self.threshold_bits));
        text.push_str(&format!(
            "clusters    {}: {} of several rows ({} rows, the largest {})\n",
            self.clusters, self.clusters_of_several, self.rows_in_several, self.cluster_rows_largest
        ));
        text.push_str(&format!("bridges     {} pairs that alone hold a cluster together: look at them first\n", self.bridges));
        if self.joins_refused > 0 {
            text.push_str(&format!("refused     {} joins, which would have made a cluster too large\n", self.joins_refused));
        }
        if !self.contradictions.is_empty() {
            let shown: Vec<String> = self.contradictions.iter().take(BRIDGES_MAX).map(|(l, r)| format!("{l} and {r}")).collect();
            text.push_str(&format!("contradict  judged the same, against another judgement: {}\n", shown.join("; ")));
        }
        let mut rules = output::Table::new(&["pairs", "blocks skipped", "rule"]);
        for rule in &self.rules {
            rules.row([rule.pairs.to_string(), rule.blocks_skipped.to_string(), line(&rule.rule)]);
        }
        text.push_str(&format!("\n{}", rules.render()));
        if !self.bridges_shown.is_empty() {
            let mut bridges = output::Table::new(&["bridge", "and", "bits"]);
            for pair in &self.bridges_shown {
                bridges.row([pair.left.to_string(), pair.right.to_string(), format!("{:.2}", pair.bits)]);
            }
            text.push_str(&format!("\n{}", bridges.render()));
        }
        if let Some(explained) = &self.explained {
            text.push_str(&explained.to_text());
        }
        text
    }
}

impl Explained {
    fn to_text(&self) -> String {
        let place = if self.same_cluster { "in one cluster" } else { "in different clusters" };
        let mut steps = output::Table::new(&["bits", "rarity", "comparison", "level", "left", "right"]);
        for step in &self.waterfall.steps {
            steps.row([
                hundredths(step.weight_bits),
                hundredths(step.rarity_bits),
                line(&step.comparison),
                line(&step.level),
                line(&step.left),
                line(&step.right),
            ]);
        }
        let title = heading(&format!("Rows {} and {}: {:.2} bits alone, {place}", self.left, self.right, self.waterfall.bits));
        format!("\n{title}\n{}", steps.render())
    }
}

/// Two digits, and no minus before nothing.
fn hundredths(bits: f64) -> String {
    format!("{:.2}", (bits * 100.0).round() / 100.0 + 0.0)
}

/// What differs between two sets of parameters, for people.
pub(crate) fn differences(before: &Parameters, after: &Parameters) -> (Vec<tributary_linkage::Difference>, String) {
    let found = before.diff(after);
    let number = |n: Option<f64>| n.map_or_else(|| "-".to_owned(), |n| format!("{n:.6}"));
    let mut table = output::Table::new(&["before", "after", "what"]);
    for one in &found {
        table.row([number(one.before), number(one.after), line(&one.what)]);
    }
    let text = if found.is_empty() { "no difference\n".to_owned() } else { table.render() };
    (found, text)
}
