//! What training found, as a named artefact: it is saved, loaded and compared.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::LinkageError;
use crate::config::{Config, Rule};
use crate::em::{Class, Estimate};
use crate::score::Frequency;
use crate::table::Table;

/// What training found.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    /// What its keeper calls it.
    pub name: String,
    /// The configuration it was trained for.
    pub config: Config,
    /// Blocking rules in force (chosen, or the configuration's).
    pub rules: Vec<Rule>,
    /// Keys of blocks found too large, by rule; they stay skipped until trained anew.
    pub oversize: Vec<Vec<Vec<String>>>,
    pub(crate) estimate: Estimate,
    /// Labels of the levels of each comparison.
    pub levels: Vec<Vec<String>>,
    /// Log-odds in bits at which groups are joined.
    pub threshold_bits: f64,
    /// Estimated share of true pairs that the rules find, 0..1; `None` when rules were given or every pair is compared.
    pub blocking_recall: Option<f64>,
    /// Frequencies kept with the parameters, by column; `None`: those of the table at hand.
    pub frequencies: Option<BTreeMap<String, Frequency>>,
}

/// One number that differs between two sets of parameters.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// `first_name: exact: m`, `share: same`, `threshold` …
    pub what: String,
    /// Before; `None` where it was not there.
    pub before: Option<f64>,
    /// After; `None` where it is gone.
    pub after: Option<f64>,
}

impl Parameters {
    /// Shares of the classes of pairs; the first is λ, the probability that two random rows are the same.
    #[must_use]
    pub fn classes(&self) -> &[Class] {
        &self.estimate.classes
    }

    /// m-probabilities by comparison and level; the absent level's entry is 1 and says nothing.
    #[must_use]
    pub fn m(&self) -> &[Vec<f64>] {
        &self.estimate.m
    }

    /// u-probabilities, as [`Parameters::m`].
    #[must_use]
    pub fn u(&self) -> &[Vec<f64>] {
        &self.estimate.u
    }

    /// Log-likelihood after each round of EM (of the best start) and whether it had settled.
    #[must_use]
    pub fn convergence(&self) -> (&[f64], bool) {
        (&self.estimate.trace, self.estimate.converged)
    }

    /// Keeps the frequencies of `table`'s values with the parameters, so that scores do not move when rows are added.
    pub fn freeze(&mut self, table: &Table) {
        let parts = self.config.comparisons.iter().flat_map(|c| &c.parts).filter(|p| p.term_frequency);
        let columns = parts.filter_map(|p| table.position(&p.column).map(|at| (p.column.clone(), Frequency::of(table, at))));
        self.frequencies = Some(columns.collect());
    }

    /// The artefact as JSON.
    ///
    /// # Errors
    /// Never in practice: all fields can be written.
    pub fn to_json(&self) -> Result<String, LinkageError> {
        serde_json::to_string_pretty(self).map_err(|e| LinkageError::Parameters { why: e.to_string() })
    }

    /// Reads what [`Parameters::to_json`] wrote.
    ///
    /// # Errors
    /// Text that is no such artefact, or one whose numbers do not fit its configuration.
    pub fn from_json(text: &str) -> Result<Self, LinkageError> {
        let out: Self = serde_json::from_str(text).map_err(|e| LinkageError::Parameters { why: e.to_string() })?;
        out.check()?;
        Ok(out)
    }

    /// Whether numbers and configuration fit each other.
    pub(crate) fn check(&self) -> Result<(), LinkageError> {
        let fail = |why: &str| Err(LinkageError::Parameters { why: why.to_owned() });
        let n = self.config.comparisons.len();
        if self.levels.len() != n || self.m().len() != n || self.u().len() != n {
            return fail("another number of comparisons");
        }
        let lengths = self.levels.iter().zip(self.m()).zip(self.u());
        if lengths.clone().any(|((l, m), u)| l.len() != m.len() || l.len() != u.len()) {
            return fail("another number of levels");
        }
        let probable = |p: &f64| p.is_finite() && (0.0..=1.0 + 1e-9).contains(p);
        if !self.m().iter().chain(self.u()).flatten().all(probable) || !self.classes().iter().all(|c| probable(&c.share)) {
            return fail("a probability outside 0..1");
        }
        let classes = self.classes();
        let known = classes.first().is_some_and(|c| c.name == "same") && classes.get(1).is_some_and(|c| c.name == "chance");
        if !known || classes.iter().any(|c| c.alike.len() != n) {
            return fail("classes of pairs that are not those of this program");
        }
        Ok(())
    }

    fn numbers(&self) -> BTreeMap<String, f64> {
        let mut out = BTreeMap::new();
        for (comparison, levels) in self.config.comparisons.iter().zip(self.levels.iter().zip(self.m().iter().zip(self.u()))) {
            let (labels, (m, u)) = levels;
            for ((label, m), u) in labels.iter().zip(m).zip(u).skip(1) {
                out.insert(format!("{}: {label}: m", comparison.name), *m);
                out.insert(format!("{}: {label}: u", comparison.name), *u);
            }
        }
        out.extend(self.classes().iter().map(|c| (format!("share: {}", c.name), c.share)));
        out.extend(self.rules.iter().map(|r| (format!("rule: {r}"), 1.0)));
        out.insert("threshold".to_owned(), self.threshold_bits);
        out
    }

    /// What differs from `self` to `after`, by name; numbers closer than a thousandth of themselves are taken as equal.
    #[must_use]
    pub fn diff(&self, after: &Self) -> Vec<Difference> {
        let (a, b) = (self.numbers(), after.numbers());
        let names: std::collections::BTreeSet<&String> = a.keys().chain(b.keys()).collect();
        let near = |x: f64, y: f64| (x - y).abs() <= 1e-3 * x.abs().max(y.abs());
        names
            .into_iter()
            .map(|what| Difference { what: what.clone(), before: a.get(what).copied(), after: b.get(what).copied() })
            .filter(|d| !matches!((d.before, d.after), (Some(x), Some(y)) if near(x, y)))
            .collect()
    }
}
