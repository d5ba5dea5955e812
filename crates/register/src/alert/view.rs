//! An alert as its reader sees it. This is the one place that decides what is left out.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use tributary_model::alert::{AlertIndicator, PathLink};
use tributary_model::{AlertKind, Family, Side, SubjectType, Timestamp};

use super::mask::Identities;
use super::record::{Alert, AlertState, Disposition, Reading};
use super::shown::{Figures, Shown, veil};
use super::weigh::{Mark, Weighing};

/// Said with every alert (SG-040).
const PROVES_NOTHING: &str = "An indicator that is present proves nothing, and one that is absent disproves nothing.";

/// Somebody whom it is about.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SubjectView {
    /// `S1`, `S2`, …
    pub name: String,
    /// What it is.
    #[serde(rename = "type")]
    pub subject_type: SubjectType,
    /// Its role.
    pub role: String,
    /// Its share of its side's evidence, once weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub share: Option<f64>,
}

/// An indicator that spoke.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "the fields are those of `AlertIndicator`, documented there")]
pub struct IndicatorView {
    pub id: String,
    pub version: String,
    pub family: Family,
    pub side: Side,
    pub statement: String,
    pub sources: Vec<String>,
    pub benign: Vec<String>,
    pub observations_total: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Its sources stand; where not, they were withdrawn, and it says nothing any more.
    pub stands: bool,
    /// Once weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
    /// Once unmasked.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub observations: Vec<String>,
}

/// A step of the path.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "the fields are those of `PathLink`, documented there")]
pub struct LinkView {
    pub from: String,
    pub to: String,
    pub kind: String,
    pub statement: String,
    pub weakest: bool,
    /// Once weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub weight: Option<f64>,
}

/// An explanation to weigh.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[allow(missing_docs, reason = "the fields are those of `Hypothesis`, documented there")]
pub struct HypothesisView {
    pub name: String,
    pub evidence_for: Vec<String>,
    pub evidence_against: Vec<String>,
    pub would_decide: String,
    /// How the reader has weighed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mark: Option<Mark>,
    /// Once weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub log_odds: Option<f64>,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OutcomeView {
    /// What.
    pub disposition: Disposition,
    /// When.
    pub at: Timestamp,
    /// Two blind readings at least said so.
    pub agreed: bool,
}

/// An alert as one reader sees it at one time.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct AlertView {
    /// Its id in the register.
    pub id: String,
    /// The version to state with a change.
    pub version: i64,
    /// What it speaks of.
    pub kind: AlertKind,
    /// Start of the period.
    pub from: Timestamp,
    /// End of it.
    pub to: Timestamp,
    /// Places it touches.
    pub places: Vec<String>,
    /// Countries it touches.
    pub jurisdictions: Vec<String>,
    /// What presence and absence prove (SG-040).
    pub principle: &'static str,
    /// What else it could be: before everything else (SG-012).
    pub hypotheses: Vec<HypothesisView>,
    /// A few plain sentences.
    pub explanation: String,
    /// Whom it is about.
    pub subjects: Vec<SubjectView>,
    /// How many more are under protection.
    pub protected: u64,
    /// What spoke.
    pub indicators: Vec<IndicatorView>,
    /// What joins both sides.
    pub path: Vec<LinkView>,
    /// How many sources stand behind it.
    pub sources: usize,
    /// What is missing.
    pub limits: Vec<String>,
    /// What every reader should know.
    pub notices: Vec<String>,
    /// The reader has weighed every hypothesis.
    pub weighed: bool,
    /// The figures, once weighed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub figures: Option<Figures>,
    /// The figures count evidence that was withdrawn since.
    pub figures_stale: bool,
    /// Identities are pseudonyms alone.
    pub masked: bool,
    /// Pseudonym to identity, once unmasked.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// The reader has it in hand.
    pub claimed: bool,
    /// What the reader wrote down against it; once it is decided, what others did.
    pub counter_evidence: Vec<String>,
    /// The reader's own decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub own_reading: Option<Reading>,
    /// What came of it, once no blind reading can be spoilt by it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub outcome: Option<OutcomeView>,
}

/// Builds what `who` sees. Without a weighing no figure is in it, in no field and in no text (SG-012); without identities nobody's id is
/// (SG-083); and nothing of what other readers said, as long as one more may have to read (SG-015).
#[must_use]
pub fn view(
    (id, version): (&str, i64),
    alert: &Alert,
    shown: &Shown,
    who: &str,
    weighing: Option<&Weighing>,
    identities: Option<&Identities>,
) -> AlertView {
    let weighed = weighing.is_some();
    let text = |text: &String, shares: bool| if weighed { text.clone() } else { veil(text, shares) };
    let decided = is_decided_for(alert, who);
    AlertView {
        id: id.to_owned(),
        version,
        kind: shown.kind,
        from: shown.from,
        to: shown.to,
        places: shown.places.clone(),
        jurisdictions: shown.jurisdictions.clone(),
        principle: PROVES_NOTHING,
        hypotheses: hypotheses(shown, weighing),
        explanation: text(&shown.explanation, true),
        subjects: subjects(shown, weighed),
        protected: shown.protected,
        indicators: indicators(alert, shown, weighed, identities),
        path: shown.path.iter().map(|link| link_view(link, weighed)).collect(),
        sources: alert.sources().len(),
        limits: shown.limits.iter().map(|limit| text(limit, true)).collect(),
        notices: alert.notices.iter().map(|notice| notice.text.clone()).collect(),
        weighed,
        figures: weighed.then_some(shown.figures),
        figures_stale: !alert.withdrawn.is_empty(),
        masked: identities.is_none(),
        names: identities.map(|identities| identities.names.clone()).unwrap_or_default(),
        claimed: alert.claim.as_ref().is_some_and(|claim| claim.account == who),
        counter_evidence: alert.counter.iter().filter(|one| decided || one.by == who).map(|one| one.text.clone()).collect(),
        own_reading: alert.this_round().find(|reading| reading.by == who).cloned(),
        outcome: alert.outcome.filter(|_| decided).map(|it| OutcomeView { disposition: it.disposition, at: it.at, agreed: it.agreed }),
    }
}

/// Whether the outcome may be told to somebody: it is closed, and that person cannot be its next blind reader.
fn is_decided_for(alert: &Alert, who: &str) -> bool {
    let cannot_read = alert.this_round().any(|reading| reading.by == who) || alert.unmasked.iter().any(|one| one.by == who);
    alert.state == AlertState::Closed && (alert.stage().is_none() || cannot_read)
}

fn subjects(shown: &Shown, weighed: bool) -> Vec<SubjectView> {
    let one = |subject: &super::shown::ShownSubject| SubjectView {
        name: subject.name.clone(),
        subject_type: subject.subject_type,
        role: if weighed { subject.role.clone() } else { veil(&subject.role, true) },
        share: weighed.then_some(subject.share),
    };
    shown.subjects.iter().map(one).collect()
}

fn indicators(alert: &Alert, shown: &Shown, weighed: bool, identities: Option<&Identities>) -> Vec<IndicatorView> {
    let one = |(at, indicator): (usize, &AlertIndicator)| IndicatorView {
        id: indicator.id.clone(),
        version: indicator.version.clone(),
        family: indicator.family,
        side: indicator.side,
        statement: indicator.statement.clone(),
        sources: indicator.sources.clone(),
        benign: indicator.benign.clone(),
        observations_total: indicator.observations_total,
        subject: indicator.subject.clone(),
        from: indicator.from,
        to: indicator.to,
        stands: alert.grounds.get(at).is_none_or(|ground| alert.stands(ground)),
        weight: weighed.then_some(indicator.weight),
        observations: identities.and_then(|identities| identities.observations.get(at)).cloned().unwrap_or_default(),
    };
    shown.indicators.iter().enumerate().map(one).collect()
}

fn link_view(link: &PathLink, weighed: bool) -> LinkView {
    LinkView {
        from: link.from.clone(),
        to: link.to.clone(),
        kind: link.kind.clone(),
        statement: if weighed { link.statement.clone() } else { veil(&link.statement, false) },
        weakest: link.weakest,
        weight: weighed.then_some(link.weight),
    }
}

fn hypotheses(shown: &Shown, weighing: Option<&Weighing>) -> Vec<HypothesisView> {
    let weighed = weighing.is_some();
    let texts = |texts: &[String]| texts.iter().map(|text| if weighed { text.clone() } else { veil(text, false) }).collect::<Vec<String>>();
    let one = |hypothesis: &tributary_model::alert::Hypothesis| HypothesisView {
        name: hypothesis.name.clone(),
        evidence_for: texts(&hypothesis.evidence_for),
        evidence_against: texts(&hypothesis.evidence_against),
        would_decide: if weighed { hypothesis.would_decide.clone() } else { veil(&hypothesis.would_decide, false) },
        mark: weighing.and_then(|weighing| weighing.marks.iter().find(|mark| mark.hypothesis == hypothesis.name)).cloned(),
        log_odds: weighed.then_some(hypothesis.log_odds),
    };
    shown.hypotheses.iter().map(one).collect()
}
