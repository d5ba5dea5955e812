//! Consent: for what, what, to whom, in which language, by whom, and until it is withdrawn (SG-035).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Find, Notes, Page, Record, Stored};
use tributary_model::Timestamp;

use super::{Victim, on_record};
use crate::acting::{Acting, Caller};
use crate::people::agency::{Agency, checked_text};
use crate::{Register, RegisterError};

/// What a consent is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Use {
    /// The identity is kept and, when asked for, opened.
    Identity,
    /// The person is contacted.
    Contact,
    /// The person is referred to a service.
    Referral,
}

/// Who gives it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Capacity {
    /// The person, alone.
    Own,
    /// The person, with support to understand; by whom, as an office.
    Supported(String),
    /// A guardian; on what basis, as an order or an office. The person was heard.
    Guardian(String),
}

/// A consent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Consent {
    /// The person's record.
    pub victim: String,
    /// What for.
    pub uses: BTreeSet<Use>,
    /// What may be told: in words that the person was given; no name.
    pub scope: String,
    /// Agencies that may be told.
    pub recipients: BTreeSet<String>,
    /// BCP 47 code of the language it was asked in.
    pub language: String,
    /// Who gave it.
    pub capacity: Capacity,
    /// When.
    pub given: Timestamp,
    /// It ends by itself then.
    pub until: Timestamp,
    /// Who recorded it.
    pub recorded_by: String,
    /// When it was withdrawn; it covers nothing from then on.
    pub withdrawn: Option<Timestamp>,
}

/// What recording one takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConsent {
    /// What for.
    pub uses: BTreeSet<Use>,
    /// What may be told.
    pub scope: String,
    /// Agencies that may be told.
    pub recipients: BTreeSet<String>,
    /// BCP 47 code.
    pub language: String,
    /// Who gives it.
    pub capacity: Capacity,
    /// When it was given.
    pub given: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// The longest that a consent holds without being asked again, in days.
const DAYS_MAX: i64 = 366;
/// Consents of one person that are looked through.
const CONSENTS_MAX: u32 = 1_000;

impl Record for Consent {
    const KIND: &'static str = "consent";

    fn parent(&self) -> &str {
        &self.victim
    }

    fn state(&self) -> &str {
        if self.withdrawn.is_some() { "withdrawn" } else { "given" }
    }

    fn due(&self) -> Option<Timestamp> {
        self.withdrawn.is_none().then_some(self.until)
    }
}

impl Consent {
    /// Whether it holds at a time for a use by a recipient.
    #[must_use]
    pub fn covers(&self, what: Use, recipient: &str, at: Timestamp) -> bool {
        self.withdrawn.is_none() && self.given <= at && at < self.until && self.uses.contains(&what) && self.recipients.contains(recipient)
    }
}

/// The consent that covers a use by a recipient; a child's needs a guardian and the best-interest step (SG-041).
pub(crate) async fn covering(
    acting: &mut Acting,
    victim: &Stored<Victim>,
    what: Use,
    recipient: &str,
) -> Result<Option<Stored<Consent>>, RegisterError> {
    let at = acting.at();
    let consents = acting.tx()?.list::<Consent>(Find::Parent(&victim.id), &Page::first(CONSENTS_MAX)).await?;
    let of_age = |consent: &Consent| !victim.body.minor || (matches!(consent.capacity, Capacity::Guardian(_)) && victim.body.best_interest.is_some());
    Ok(consents.into_iter().find(|consent| consent.body.covers(what, recipient, at) && of_age(&consent.body)))
}

fn checked(new: &NewConsent, minor: bool, at: Timestamp) -> Result<(), RegisterError> {
    checked_text("scope", &new.scope, 500)?;
    if new.uses.is_empty() || !(1..=20).contains(&new.recipients.len()) {
        return Err(RegisterError::invalid("recipients", "a consent names what for, and 1 to 20 agencies"));
    }
    let letters = (2..=3).contains(&new.language.len()) && new.language.bytes().all(|byte| byte.is_ascii_lowercase());
    if !letters {
        return Err(RegisterError::invalid("language", "two or three lower-case letters, such as `ur`"));
    }
    if let Capacity::Supported(by) | Capacity::Guardian(by) = &new.capacity {
        checked_text("capacity", by, 200)?;
    }
    if minor && !matches!(new.capacity, Capacity::Guardian(_)) {
        return Err(RegisterError::invalid("capacity", "for a child a guardian consents, and the child is heard (SG-041)"));
    }
    let day = tributary_model::time::MICROS_PER_DAY;
    if new.given > at || new.until <= at || new.until.0.saturating_sub(new.given.0) > DAYS_MAX * day {
        return Err(RegisterError::invalid("until", "given by now, ending later, and asked again within a year"));
    }
    Ok(())
}

impl Register {
    /// Records a consent.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn record_consent(&self, caller: &Caller, victim: &str, new: NewConsent, at: Timestamp) -> Result<Stored<Consent>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let record = on_record(&mut acting, victim).await?;
        acting.permit(Action::ConsentRecord, &record.body.resource(victim)).await?;
        checked(&new, record.body.minor, at)?;
        for agency in &new.recipients {
            let agency = acting.tx()?.get::<Agency>(agency).await?.ok_or(RegisterError::Missing("agency"))?;
            if agency.body.class == tributary_access::AgencyClass::Immigration {
                return Err(RegisterError::Duty("nothing of a victim goes to who returns or removes people (SG-038)"));
            }
        }
        let NewConsent { uses, scope, recipients, language, capacity, given, until } = new;
        let recorded_by = acting.who().to_owned();
        let consent = Consent { victim: victim.into(), uses, scope, recipients, language, capacity, given, until, recorded_by, withdrawn: None };
        let id = acting.tx()?.new_id();
        let consent = acting.tx()?.add(&id, consent).await?;
        let note = acting.note_on("consent.recorded", "consent", &id).about("victim", "", victim);
        acting.done(Notes::one(note)).await?;
        Ok(consent)
    }

    /// Withdraws a consent, at once: with the support worker, or with the rights officer (SG-035).
    ///
    /// # Errors
    /// [`RegisterError::State`] for one that was withdrawn before.
    pub async fn withdraw_consent(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Stored<Consent>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut consent = acting.tx()?.get::<Consent>(id).await?.ok_or(RegisterError::Missing("person"))?;
        let record = on_record(&mut acting, &consent.body.victim.clone()).await?;
        acting.permit(Action::ConsentWithdraw, &record.body.resource(&record.id)).await?;
        if consent.body.withdrawn.is_some() {
            return Err(RegisterError::State("it was withdrawn before".into()));
        }
        consent.body.withdrawn = Some(at);
        acting.tx()?.put(&mut consent).await?;
        let note = acting.note_on("consent.withdrawn", "consent", id).about("victim", "", &record.id);
        acting.done(Notes::one(note)).await?;
        Ok(consent)
    }

    /// The consents of a person.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn consents(&self, caller: &Caller, victim: &str, page: &Page, at: Timestamp) -> Result<Vec<Stored<Consent>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let record = on_record(&mut acting, victim).await?;
        acting.permit(Action::VictimRead, &record.body.resource(victim)).await?;
        let consents = acting.tx()?.list::<Consent>(Find::Parent(victim), page).await?;
        let note = acting.note_on("consent.listed", "victim", victim);
        acting.done(Notes::one(note)).await?;
        Ok(consents)
    }
}
