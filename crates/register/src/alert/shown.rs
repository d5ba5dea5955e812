//! What is shown of an alert: everything but who it is about.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_cases::Record;
use tributary_model::alert::{AlertIndicator, AlertRecord, Hypothesis, PathLink};
use tributary_model::{AlertKind, SubjectType, Timestamp};

use super::mask::{Identities, Masker};

/// What stands in a text for a figure that is not shown yet.
const FIGURE: &str = "[figure]";

/// Somebody or something that an alert is about.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShownSubject {
    /// `S1`, `S2`, …
    pub name: String,
    /// What it is.
    pub subject_type: SubjectType,
    /// Its role in what is suspected.
    pub role: String,
    /// Its share of its side's evidence, 0 to 1.
    pub share: f64,
}

/// What is not shown before every hypothesis has been weighed (SG-012).
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AlertFigures")]
pub struct Figures {
    /// Orders alerts within a run, 0 to 1; no probability.
    pub score: f64,
    /// Against the null model.
    pub p_value: f64,
    /// Expected share of false alerts among those ranked as high.
    pub q_value: f64,
    /// Evidence of trafficking, 0 to 1.
    pub trafficking: f64,
    /// Evidence of financing, 0 to 1.
    pub terrorist_financing: f64,
    /// Evidence that the two share infrastructure, 0 to 1.
    pub convergence: f64,
}

/// What is shown of an alert. It never changes; it holds figures, which [`super::view()`] leaves out until it is time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Shown {
    /// The agency whose alert it is.
    pub agency: String,
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
    /// Whom it is about.
    pub subjects: Vec<ShownSubject>,
    /// How many more stand behind it who are under protection.
    pub protected: u64,
    /// What spoke: by id, not by weight; subjects by pseudonym, observations by their number.
    pub indicators: Vec<AlertIndicator>,
    /// What joins both sides.
    pub path: Vec<PathLink>,
    /// What else it could be, by name, not by odds.
    pub hypotheses: Vec<Hypothesis>,
    /// A few plain sentences.
    pub explanation: String,
    /// What is missing.
    pub limits: Vec<String>,
    /// The figures.
    pub figures: Figures,
}

impl Record for Shown {
    const KIND: &'static str = "alert_shown";

    fn agency(&self) -> &str {
        &self.agency
    }
}

impl Shown {
    /// Takes an alert apart: what may be shown, and who it is about.
    #[must_use]
    pub fn of(record: &AlertRecord, agency: &str) -> (Self, Identities) {
        let masker = Masker::of(record);
        let (indicators, observations) = indicators(record, &masker);
        let shown = Self {
            agency: agency.to_owned(),
            kind: record.kind,
            from: record.from,
            to: record.to,
            places: masker.texts(&record.places),
            jurisdictions: record.jurisdictions.clone(),
            subjects: record.subjects.iter().map(|subject| shown_subject(subject, &masker)).collect(),
            protected: record.protected.count,
            indicators,
            path: record.path.iter().map(|link| shown_link(link, &masker)).collect(),
            hypotheses: hypotheses(record, &masker),
            explanation: masker.text(&record.explanation),
            limits: masker.texts(&record.limits),
            figures: Figures {
                score: record.score,
                p_value: record.p_value,
                q_value: record.q_value,
                trafficking: record.trafficking,
                terrorist_financing: record.terrorist_financing,
                convergence: record.convergence,
            },
        };
        (shown, Identities { names: masker.who(), observations })
    }
}

fn shown_subject(subject: &tributary_model::alert::SubjectRecord, masker: &Masker) -> ShownSubject {
    ShownSubject {
        name: masker.name(&format!("{}:{}", subject.subject_type.name(), subject.id)),
        subject_type: subject.subject_type,
        role: masker.text(&subject.role),
        share: subject.score,
    }
}

fn shown_link(link: &PathLink, masker: &Masker) -> PathLink {
    PathLink {
        from: masker.name(&link.from),
        to: masker.name(&link.to),
        kind: link.kind.clone(),
        weight: link.weight,
        statement: masker.text(&link.statement),
        observations: Vec::new(),
        weakest: link.weakest,
    }
}

/// Indicators by id and not by weight, and their observations apart.
fn indicators(record: &AlertRecord, masker: &Masker) -> (Vec<AlertIndicator>, Vec<Vec<String>>) {
    let mut all: Vec<(AlertIndicator, Vec<String>)> = record
        .indicators
        .iter()
        .map(|indicator| {
            let masked = AlertIndicator {
                statement: masker.text(&indicator.statement),
                benign: masker.texts(&indicator.benign),
                observations: Vec::new(),
                subject: indicator.subject.as_deref().map(|label| masker.name(label)),
                ..indicator.clone()
            };
            (masked, indicator.observations.clone())
        })
        .collect();
    all.sort_by(|(a, x), (b, y)| {
        a.id.cmp(&b.id).then_with(|| a.subject.cmp(&b.subject)).then_with(|| (a.from, a.to).cmp(&(b.from, b.to))).then_with(|| x.cmp(y))
    });
    all.into_iter().unzip()
}

fn hypotheses(record: &AlertRecord, masker: &Masker) -> Vec<Hypothesis> {
    let mut all: Vec<Hypothesis> = record
        .hypotheses
        .iter()
        .map(|one| Hypothesis {
            name: one.name.clone(),
            log_odds: one.log_odds,
            evidence_for: masker.texts(&one.evidence_for),
            evidence_against: masker.texts(&one.evidence_against),
            would_decide: masker.text(&one.would_decide),
        })
        .collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
}

/// A text without its figures: every number with a decimal point (weights, surprise, odds), and with `shares` those in percent as well,
/// which in an explanation or a limit are the expected share of false alerts.
#[must_use]
pub fn veil(text: &str, shares: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(next) = rest.chars().next() {
        let length = if next.is_ascii_digit() { number(rest) } else { next.len_utf8() };
        let (token, tail) = rest.split_at_checked(length).unwrap_or((rest, ""));
        let is_share = shares && tail.trim_start().starts_with('%');
        let hidden = next.is_ascii_digit() && (token.contains(['.', 'e', 'E']) || is_share);
        out.push_str(if hidden { FIGURE } else { token });
        rest = tail;
    }
    out
}

/// Bytes of the number that a text begins with: digits, a fraction, an exponent.
fn number(text: &str) -> usize {
    let digits = |from: usize| text.bytes().skip(from).take_while(u8::is_ascii_digit).count();
    let byte = |at: usize| text.as_bytes().get(at).copied();
    let mut end = digits(0);
    while byte(end) == Some(b'.') && digits(end + 1) > 0 {
        end += 1 + digits(end + 1);
    }
    if matches!(byte(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(byte(end + 1), Some(b'+' | b'-')));
        if digits(end + 1 + sign) > 0 {
            end += 1 + sign + digits(end + 1 + sign);
        }
    }
    end
}
