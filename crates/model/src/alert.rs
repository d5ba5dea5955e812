//! The canonical alert: what Tributary puts before people.

use serde::{Deserialize, Serialize};

use crate::{Family, Side, Subject, SubjectType, Timestamp};

/// What an alert speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum AlertKind {
    /// Signs of human trafficking or migrant smuggling.
    Trafficking,
    /// Signs of terrorist financing.
    TerroristFinancing,
    /// The two share infrastructure.
    Convergence,
    /// Signs of laundering without either.
    Laundering,
}

impl AlertKind {
    /// The word used in alerts.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Trafficking => "trafficking",
            Self::TerroristFinancing => "terrorist_financing",
            Self::Convergence => "convergence",
            Self::Laundering => "laundering",
        }
    }
}

/// An indicator that spoke in an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct AlertIndicator {
    /// Catalogue id, e.g. `REC-02`.
    pub id: String,
    /// Version of its pack.
    pub version: String,
    /// Family.
    pub family: Family,
    /// Side it speaks for.
    pub side: Side,
    /// Log-likelihood ratio it adds, natural log, after caps.
    pub weight: f64,
    /// What it says.
    pub statement: String,
    /// Where it is documented, with page.
    pub sources: Vec<String>,
    /// Innocent explanations to weigh.
    pub benign: Vec<String>,
    /// The observations it rests on (a bounded sample in order; `observations_total` has the count).
    pub observations: Vec<String>,
    /// How many observations it rests on.
    pub observations_total: u64,
    /// Which subject it speaks of, `type:id`; absent where that is protected.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// Start of the period of what it rests on; absent where not kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// End of that period.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
}

/// One step of the smallest explaining path.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct PathLink {
    /// Where it starts: `type:id`, or `protected` where that may not be named.
    pub from: String,
    /// Where it leads.
    pub to: String,
    /// What joins them: `holds`, `transfer`, `contact`, `identifier`, `travel`, `post`, `case`.
    pub kind: String,
    /// Strength, 0..=1: rarity of the link.
    pub weight: f64,
    /// Plain words.
    pub statement: String,
    /// Observations behind it (bounded sample).
    pub observations: Vec<String>,
    /// Is it the weakest link of the path?
    pub weakest: bool,
}

/// One of the competing hypotheses, with what speaks for and against it (SG-012).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Hypothesis {
    /// `trafficking_only`, `terrorist_financing_only`, `shared_infrastructure`, `lawful`, `data_error`.
    pub name: String,
    /// Log-odds against the average of the others, natural log.
    pub log_odds: f64,
    /// Evidence for, in plain words.
    pub evidence_for: Vec<String>,
    /// Evidence against, in plain words.
    pub evidence_against: Vec<String>,
    /// The datum that would decide.
    pub would_decide: String,
}

/// How many protected people stand behind an alert: a count, never names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ProtectedCount {
    /// How many.
    pub count: u64,
}

/// The canonical alert. Serialised as one NDJSON line. It can be written but not read back as an `Alert`:
/// readers use [`AlertRecord`], so that nothing becomes a subject by being parsed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Alert {
    /// Stable for the same snapshot, packs and settings.
    pub alert_id: String,
    /// Which batches it was computed from.
    pub snapshot: String,
    /// Program, pack and model versions.
    pub detector: Detector,
    /// What it speaks of.
    pub kind: AlertKind,
    /// Rank in its run, 1 is first.
    pub rank: u64,
    /// Whom or what it names.
    pub subjects: Vec<Subject>,
    /// How many protected people stand behind it.
    pub protected: ProtectedCount,
    /// 0..=1.
    pub score: f64,
    /// Against the null model.
    pub p_value: f64,
    /// Expected share of false alerts at this rank.
    pub q_value: f64,
    /// Evidence on the trafficking side, 0..=1.
    pub trafficking: f64,
    /// Evidence on the financing side, 0..=1.
    pub terrorist_financing: f64,
    /// Evidence that the two share infrastructure, 0..=1.
    pub convergence: f64,
    /// What spoke.
    pub indicators: Vec<AlertIndicator>,
    /// The smallest set of links that joins both sides, in order.
    pub path: Vec<PathLink>,
    /// Competing hypotheses.
    pub hypotheses: Vec<Hypothesis>,
    /// A few plain sentences.
    pub explanation: String,
    /// What is missing or could explain it innocently.
    pub limits: Vec<String>,
    /// Start of the period.
    pub from: Timestamp,
    /// End of the period.
    pub to: Timestamp,
    /// Places it touches.
    pub places: Vec<String>,
    /// Countries it touches, ISO 3166-1 alpha-2.
    pub jurisdictions: Vec<String>,
}

/// Versions behind an alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Detector {
    /// Program version.
    pub program: String,
    /// Hash over the packs in force.
    pub packs: String,
    /// Hash over the settings, seed included.
    pub settings: String,
}

/// A subject as read back from an alert file: for display and evaluation, never a way to a new alert.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct SubjectRecord {
    /// What it is.
    #[serde(rename = "type")]
    pub subject_type: SubjectType,
    /// Its id.
    pub id: String,
    /// Its role.
    pub role: String,
    /// 0..=1.
    pub score: f64,
}

/// An alert read back from a file.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[allow(missing_docs, reason = "the fields are those of `Alert`, documented there")]
pub struct AlertRecord {
    pub alert_id: String,
    pub snapshot: String,
    pub detector: Detector,
    pub kind: AlertKind,
    pub rank: u64,
    pub subjects: Vec<SubjectRecord>,
    pub protected: ProtectedCount,
    pub score: f64,
    pub p_value: f64,
    pub q_value: f64,
    pub trafficking: f64,
    pub terrorist_financing: f64,
    pub convergence: f64,
    pub indicators: Vec<AlertIndicator>,
    pub path: Vec<PathLink>,
    pub hypotheses: Vec<Hypothesis>,
    pub explanation: String,
    pub limits: Vec<String>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub places: Vec<String>,
    pub jurisdictions: Vec<String>,
}
