//! Weighing every explanation before any figure is shown (SG-012), and writing down what speaks against the alert (SG-011).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Notes, Record, Stored, Writing};
use tributary_model::Timestamp;

use super::purge::in_use;
use super::record::{Alert, Counter};
use super::shown::Shown;
use super::view::AlertView;
use crate::acting::{Caller, unit_of};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Counter-evidence on one alert.
const COUNTER_MAX: usize = 100;

/// How an explanation goes with the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Weight {
    /// They fit.
    Consistent,
    /// They do not.
    Inconsistent,
    /// Not enough is there to say.
    NotEnough,
}

/// How a reader weighs one hypothesis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "HypothesisMark")]
#[serde(deny_unknown_fields)]
pub struct Mark {
    /// Its name.
    pub hypothesis: String,
    /// How it goes with the records.
    pub weight: Weight,
    /// Why, where the reader wants to say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
}

/// How one reader has weighed an alert's hypotheses, in one round. It is written once: after it the figures are seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Weighing {
    /// The alert.
    pub alert: String,
    /// The agency whose alert it is.
    pub agency: String,
    /// The reader.
    pub by: String,
    /// `agency/unit` of the reader.
    pub unit: String,
    /// When.
    pub at: Timestamp,
    /// One for each hypothesis.
    pub marks: Vec<Mark>,
}

impl Record for Weighing {
    const KIND: &'static str = "alert_weighing";

    fn parent(&self) -> &str {
        &self.alert
    }

    fn agency(&self) -> &str {
        &self.agency
    }
}

/// How somebody has weighed an alert in its present round.
pub(super) async fn weighing_of(writing: &mut Writing, alert: &Stored<Alert>, who: &str) -> Result<Option<Weighing>, RegisterError> {
    Ok(writing.get::<Weighing>(&weighing_id(alert, who)).await?.map(|weighing| weighing.body))
}

fn weighing_id(alert: &Stored<Alert>, who: &str) -> String {
    format!("{}/{}/{who}", alert.id, alert.body.round)
}

/// One mark for each hypothesis, and none for anything else.
fn checked(shown: &Shown, marks: Vec<Mark>) -> Result<Vec<Mark>, RegisterError> {
    let asked: BTreeSet<&str> = shown.hypotheses.iter().map(|one| one.name.as_str()).collect();
    let given: BTreeSet<&str> = marks.iter().map(|mark| mark.hypothesis.as_str()).collect();
    if asked != given || marks.len() != asked.len() {
        let names = asked.into_iter().collect::<Vec<_>>().join("`, `");
        return Err(RegisterError::invalid("marks", format!("one for each hypothesis: `{names}`")));
    }
    let text_checked = |mark: Mark| -> Result<Mark, RegisterError> {
        let text = mark.text.map(|text| checked_text("text", &text, 1_000)).transpose()?;
        Ok(Mark { text, ..mark })
    };
    marks.into_iter().map(text_checked).collect()
}

impl Register {
    /// Weighs every hypothesis of an alert, once; from then on this reader sees the figures.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] unless there is one mark for each hypothesis; [`RegisterError::State`] the second time.
    pub async fn weigh(&self, caller: &Caller, id: &str, marks: Vec<Mark>, at: Timestamp) -> Result<AlertView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let alert = in_use(&mut acting, id).await?;
        acting.permit(Action::AlertWeigh, &alert.body.resource(id, true, &caller.principal.id)).await?;
        let shown = acting.tx()?.need::<Shown>(id).await?;
        let marks = checked(&shown.body, marks)?;
        let who = acting.who().to_owned();
        if weighing_of(acting.tx()?, &alert, &who).await?.is_some() {
            return Err(RegisterError::State(
                "you have weighed these, and seen the figures since; what you think now belongs into your decision".into(),
            ));
        }
        let weighing =
            Weighing { alert: id.to_owned(), agency: alert.body.agency.clone(), by: who.clone(), unit: unit_of(&caller.principal), at, marks };
        let weighing = acting.tx()?.add(&weighing_id(&alert, &who), weighing).await?;
        let seen = super::view::view((id, alert.version), &alert.body, &shown.body, &who, Some(&weighing.body), None);
        let note = acting.note_on("alert.weighed", "alert", id).with(&weighing.body);
        acting.done(Notes::one(note)).await?;
        Ok(seen)
    }

    /// Writes down what speaks against an alert. Other readers see it once it is decided; their readings are blind.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn add_counter_evidence(&self, caller: &Caller, id: &str, text: &str, at: Timestamp) -> Result<i64, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut alert = in_use(&mut acting, id).await?;
        acting.permit(Action::AlertWeigh, &alert.body.resource(id, true, &caller.principal.id)).await?;
        add_counter(&mut alert.body, acting.who(), text, at)?;
        acting.tx()?.put(&mut alert).await?;
        let note = acting.note_on("alert.counter_evidence", "alert", id).with(&alert.body.counter.last());
        acting.done(Notes::one(note)).await?;
        Ok(alert.version)
    }
}

pub(super) fn add_counter(alert: &mut Alert, who: &str, text: &str, at: Timestamp) -> Result<(), RegisterError> {
    let text = checked_text("counter_evidence", text, 4_000)?;
    if alert.counter.len() >= COUNTER_MAX {
        return Err(RegisterError::State(format!("an alert has at most {COUNTER_MAX} pieces of counter-evidence")));
    }
    alert.counter.push(Counter { by: who.to_owned(), at, text });
    Ok(())
}
