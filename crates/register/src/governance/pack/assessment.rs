//! What a pack must bring to be released: an assessment of its impact on people's rights, its figures, and the harmless people it was tried on.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_model::time::{civil_from_days, days_from_civil};
use tributary_model::{Date, Timestamp};

use crate::RegisterError;
use crate::people::agency::checked_text;

/// Entries of one list.
const LIST_MAX: usize = 50;
/// The greatest disparity ratio that a pack may set itself as its limit (SG-100 begins with 1.25).
pub const LIMIT_MAX: f64 = 1.25;
/// Cases of each benign corpus at the least.
pub const CASES_MIN: u32 = 30;

/// Whom a pack must be tried on before it is tried on anybody (SG-102).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum Benign {
    Hawala,
    Charity,
    Migrant,
    Refugee,
    FreelancerCrypto,
}

impl Benign {
    /// All of them are needed.
    pub const ALL: [Self; 5] = [Self::Hawala, Self::Charity, Self::Migrant, Self::Refugee, Self::FreelancerCrypto];
}

/// How much of something is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum Degree {
    Low,
    Medium,
    High,
}

/// A harm that was thought of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Harm {
    /// What.
    pub what: String,
    /// To whom.
    pub to_whom: String,
    /// How likely.
    pub likelihood: Degree,
    /// How bad.
    pub severity: Degree,
    /// What is done against it.
    pub measure: String,
    /// What is left.
    pub left: Degree,
}

/// The assessment of impact on rights (SG-086), as `specs/impact-assessment.toml` asks for it: every field is filled, there are no others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Assessment {
    /// The form's version: 1.
    pub v: u32,
    /// The pack.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// Its hash, as runs state it: an assessment is of these very rules.
    pub digest: String,
    /// What it is for.
    pub purpose: String,
    /// On which legal basis.
    pub legal_basis: String,
    /// Why nothing milder does.
    pub necessity: String,
    /// What it reads.
    pub data: Vec<String>,
    /// Whom it touches.
    pub affected: Vec<String>,
    /// Harms and what is done against them.
    pub harms: Vec<Harm>,
    /// What else was weighed.
    pub alternatives: Vec<String>,
    /// What people do that the program does not.
    pub oversight: String,
    /// How somebody has it put right.
    pub redress: String,
    /// Who signs for it: name of the office, not of a person.
    pub signed_by: String,
    /// On which day.
    pub signed_on: Date,
}

impl Assessment {
    fn checked(&self) -> Result<(), RegisterError> {
        let texts = [&self.purpose, &self.legal_basis, &self.necessity, &self.oversight, &self.redress, &self.signed_by];
        for text in texts.into_iter().chain(&self.data).chain(&self.affected).chain(&self.alternatives) {
            filled(text)?;
        }
        for harm in &self.harms {
            [&harm.what, &harm.to_whom, &harm.measure].into_iter().try_for_each(|text| filled(text))?;
        }
        let lists = [self.data.len(), self.affected.len(), self.harms.len(), self.alternatives.len()];
        if self.v != 1 || !lists.iter().all(|length| (1..=LIST_MAX).contains(length)) {
            return Err(RegisterError::invalid("assessment", format!("version 1, and 1 to {LIST_MAX} data, affected, harms and alternatives")));
        }
        Ok(())
    }

    /// The last day on which it counts: 12 months after it was signed.
    #[must_use]
    pub fn until(&self) -> Date {
        let (year, month, day) = civil_from_days(self.signed_on.0);
        // Who signs on 29 February renews by 28 February.
        let day = if month == 2 { day.min(28) } else { day };
        Date(days_from_civil(year + 1, month, day))
    }

    /// Whether it counts on a day: signed, and not longer than 12 months ago.
    #[must_use]
    pub fn counts(&self, at: Timestamp) -> bool {
        self.signed_on <= at.date() && at.date() <= self.until()
    }
}

/// Text that somebody wrote, and not the template's own words.
fn filled(text: &str) -> Result<(), RegisterError> {
    let text = checked_text("assessment", text, 4_000)?;
    if text.contains("FILL IN") || text.chars().count() < 3 {
        return Err(RegisterError::invalid("assessment", "every field filled in; what begins with FILL IN is the template's"));
    }
    Ok(())
}

/// Precision as it was measured, with its interval (SG-101).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Precision {
    /// Share of alerts that were right, at the real workload.
    pub value: f64,
    /// Lower end of the 95 % interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// How often it was wrong about people who do nothing wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tried {
    /// Made-up or consented cases.
    pub cases: u32,
    /// Alerts on them: all of them false.
    pub alerts: u32,
}

/// What the pack was measured on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Figures {
    /// When.
    pub evaluated_on: Date,
    /// On what.
    pub corpus: String,
    /// Precision.
    pub precision: Precision,
    /// The greatest ratio of two groups' error rates, of all that were looked at (SG-100).
    pub disparity_ratio: f64,
    /// The pack's own limit for it.
    pub disparity_limit: f64,
    /// The groups that were looked at: district, corridor, sector, customer type, language, lawful twins.
    pub groups: BTreeSet<String>,
    /// Harmless people it was tried on (SG-102).
    pub benign: BTreeMap<Benign, Tried>,
}

impl Figures {
    fn checked(&self, at: Timestamp) -> Result<(), RegisterError> {
        let wrong = |why: String| Err(RegisterError::invalid("figures", why));
        let p = self.precision;
        if ![p.low, p.value, p.high].iter().all(|share| (0.0..=1.0).contains(share)) || p.low > p.value || p.value > p.high || p.low >= p.high {
            return wrong("a precision with an interval around it, all between 0 and 1 (SG-101)".into());
        }
        checked_text("corpus", &self.corpus, 500)?;
        if self.groups.is_empty() || self.groups.len() > LIST_MAX || self.evaluated_on > at.date() {
            return wrong("groups that were looked at, on a day that has come".into());
        }
        if !self.disparity_limit.is_finite() || !(1.0..=LIMIT_MAX).contains(&self.disparity_limit) {
            return wrong(format!("a limit of 1 to {LIMIT_MAX} for the disparity ratio (SG-100)"));
        }
        if !self.disparity_ratio.is_finite() || self.disparity_ratio < 1.0 || self.disparity_ratio > self.disparity_limit {
            return wrong(format!("the disparity ratio is {}, and its limit {} (SG-100)", self.disparity_ratio, self.disparity_limit));
        }
        for benign in Benign::ALL {
            if !self.benign.get(&benign).is_some_and(|tried| tried.cases >= CASES_MIN && tried.alerts <= tried.cases) {
                return wrong(format!("{CASES_MIN} cases or more of each of hawala, charity, migrant, refugee and freelancer_crypto (SG-102)"));
            }
        }
        Ok(())
    }
}

/// Holds both against the pack that they are for.
pub(super) fn checked(assessment: &Assessment, figures: &Figures, of: (&str, &str, &str), at: Timestamp) -> Result<(), RegisterError> {
    assessment.checked()?;
    if (assessment.pack.as_str(), assessment.version.as_str(), assessment.digest.as_str()) != of {
        return Err(RegisterError::invalid("assessment", "of this pack, this version and this hash"));
    }
    if !assessment.counts(at) {
        return Err(RegisterError::invalid("assessment", "signed within the last 12 months (SG-086)"));
    }
    figures.checked(at)
}
