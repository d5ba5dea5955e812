//! Referral to services, by consent that names the service and covers it (SG-035).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass};
use tributary_cases::{Find, Notes, Page, Record, Stored};
use tributary_model::Timestamp;

use super::consent::covering;
use super::contact::risks_were_read;
use super::{Support, Use, on_record};
use crate::acting::Caller;
use crate::people::agency::{Agency, checked_text};
use crate::{Register, RegisterError};

/// A referral. What the person needs is sealed; here stands that it was sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Referral {
    /// The person's record.
    pub victim: String,
    /// The service's agency.
    pub service: String,
    /// Kinds of support.
    pub support: BTreeSet<Support>,
    /// The consent that covers it.
    pub consent: String,
    /// Who sent it.
    pub by: String,
    /// When.
    pub sent: Timestamp,
}

/// What referring takes.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReferral {
    /// The service's agency.
    pub service: String,
    /// Kinds of support.
    pub support: BTreeSet<Support>,
    /// What the person needs; no name.
    pub needs: String,
}

impl std::fmt::Debug for NewReferral {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewReferral").field("service", &self.service).field("support", &self.support).finish_non_exhaustive()
    }
}

impl Record for Referral {
    const KIND: &'static str = "referral";

    fn parent(&self) -> &str {
        &self.victim
    }

    fn agency(&self) -> &str {
        &self.service
    }

    fn state(&self) -> &'static str {
        "sent"
    }
}

impl Register {
    /// Refers a person to a service: with a consent that covers the service, by somebody who has read the risks just now (SG-035, SG-036).
    ///
    /// # Errors
    /// [`RegisterError`]; without consent, as the policies say; [`RegisterError::Duty`] without the risks.
    pub async fn refer(&self, caller: &Caller, victim: &str, new: NewReferral, at: Timestamp) -> Result<Stored<Referral>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let record = on_record(&mut acting, victim).await?;
        let consent = covering(&mut acting, &record, Use::Referral, &new.service).await?;
        acting.context_mut().consent = consent.is_some();
        acting.permit(Action::ReferralSend, &record.body.resource(victim)).await?;
        let consent = consent.ok_or(RegisterError::Missing("person"))?;
        let needs = checked_text("needs", &new.needs, 2_000)?;
        if new.support.is_empty() {
            return Err(RegisterError::invalid("support", "at least one kind of support"));
        }
        let service = acting.tx()?.get::<Agency>(&new.service).await?.ok_or(RegisterError::Missing("agency"))?;
        if !matches!(service.body.class, AgencyClass::VictimService | AgencyClass::CivilSociety) {
            return Err(RegisterError::Duty("people are referred to services, not to authorities"));
        }
        if !risks_were_read(&mut acting, victim).await? {
            return Err(RegisterError::Duty("read the person's risks first; they count for some minutes (SG-036)"));
        }
        let id = acting.tx()?.new_id();
        acting.tx()?.seal(&format!("referral/{id}"), needs.as_bytes()).await?;
        let who = acting.who().to_owned();
        let referral = Referral { victim: victim.into(), service: new.service, support: new.support, consent: consent.id, by: who, sent: at };
        let referral = acting.tx()?.add(&id, referral).await?;
        let note = acting.note_on("referral.sent", "referral", &id).about("victim", "", victim).about("service", &id, &referral.body.service);
        acting.done(Notes::one(note.tag("kinds", referral.body.support.len().to_string()))).await?;
        Ok(referral)
    }

    /// Reads a referral and what the person needs: support workers of the person only.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn read_referral(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<(Stored<Referral>, String), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let referral = acting.tx()?.get::<Referral>(id).await?.ok_or(RegisterError::Missing("referral"))?;
        let record = on_record(&mut acting, &referral.body.victim.clone()).await?;
        acting.permit(Action::ReferralRead, &record.body.resource(&record.id)).await?;
        let needs = acting.tx()?.unseal(&format!("referral/{id}")).await?;
        let needs = String::from_utf8(needs).map_err(|_| RegisterError::State("the sealed referral does not read back".into()))?;
        let note = acting.note_on("referral.read", "referral", id).about("victim", "", &record.id);
        acting.done(Notes::one(note)).await?;
        Ok((referral, needs))
    }

    /// Referrals of a person, without what is sealed.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn referrals(&self, caller: &Caller, victim: &str, page: &Page, at: Timestamp) -> Result<Vec<Stored<Referral>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        // Who may not know of the person is told the same, whether there is one or not.
        let record = on_record(&mut acting, victim).await.map_err(|error| match error {
            RegisterError::Missing(_) => RegisterError::Missing("referral"),
            other => other,
        })?;
        acting.permit(Action::ReferralRead, &record.body.resource(victim)).await?;
        let referrals = acting.tx()?.list::<Referral>(Find::Parent(victim), page).await?;
        let note = acting.note_on("referral.listed", "victim", victim);
        acting.done(Notes::one(note)).await?;
        Ok(referrals)
    }
}
