//! Outcomes that evaluation and learning may use, and where they come from (SG-105).

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Keys, Notes, Page, Stored};
use tributary_model::alert::Detector;
use tributary_model::{AlertKind, Timestamp};

use super::record::{Alert, AlertState, Disposition};
use crate::acting::Caller;
use crate::{Register, RegisterError};

/// Labels of one call.
const LABELS_MAX: u32 = 1_000;

/// One of the readers behind a label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LabelReader {
    /// The reader's role.
    pub role: String,
    /// A pseudonym of the reader's unit.
    pub unit: String,
    /// When.
    pub at: Timestamp,
}

/// An outcome that two people at least found, each blind to the other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Label {
    /// The alert's id in the register.
    pub alert: String,
    /// The run that made it.
    pub run: String,
    /// Its id in that run.
    pub alert_id: String,
    /// What it speaks of.
    pub kind: AlertKind,
    /// What was found.
    pub disposition: Disposition,
    /// When it was closed.
    pub at: Timestamp,
    /// Those who found it, in the order in which they read.
    pub readers: Vec<LabelReader>,
    /// Program, packs and settings by hash.
    pub detector: Detector,
    /// Pack to version.
    pub packs: BTreeMap<String, String>,
}

/// The label of an alert; none without two blind readings that agree, while it waits to be read again, or for a decoy.
fn label(keys: &Keys, alert: &Stored<Alert>) -> Option<Label> {
    let body = &alert.body;
    let outcome = body.outcome.filter(|outcome| outcome.agreed)?;
    if body.decoy.is_some() || body.state != AlertState::Closed || body.stage().is_some() {
        return None;
    }
    let reader = |reading: &super::record::Reading| LabelReader {
        role: reading.role.clone(),
        unit: keys.pseudonym("label/unit", &reading.unit).as_str().to_owned(),
        at: reading.at,
    };
    Some(Label {
        alert: alert.id.clone(),
        run: body.run.clone(),
        alert_id: body.alert_id.clone(),
        kind: body.kind,
        disposition: outcome.disposition,
        at: outcome.at,
        readers: body.this_round().filter(|reading| reading.disposition == outcome.disposition).map(reader).collect(),
        detector: body.detector.clone(),
        packs: body.packs.clone(),
    })
}

impl Register {
    /// The labels among a page of the agency's alerts, and where the next page begins; none after the last.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn labels(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<(Vec<Label>, Option<(Timestamp, String)>), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let agency = caller.principal.agency.clone();
        acting.permit(Action::AlertList, &Resource { id: "all".into(), owner: agency.clone(), masked: true, ..Resource::default() }).await?;
        let limit = page.limit.clamp(1, LABELS_MAX);
        let mut alerts = acting.tx()?.list::<Alert>(Find::Agency(&agency), &Page { after: page.after.clone(), limit }).await?;
        let next = (alerts.len() == limit as usize).then(|| alerts.last().map(|last| (last.made, last.id.clone()))).flatten();
        alerts.retain(|alert| acting.may(Action::AlertRead, &alert.body.resource(&alert.id, true, &caller.principal.id)));
        let labels: Vec<Label> = alerts.iter().filter_map(|alert| label(self.keys(), alert)).collect();
        let note = acting.note("alert.labels_read").with(&labels);
        acting.done(Notes::one(note)).await?;
        Ok((labels, next))
    }
}
