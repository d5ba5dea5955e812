//! Parties of a case. A party is nobody's suspect until a member said so, citing an objective fact and a named offence (SG-002); what the
//! program itself made (a score, a cluster, kinship, likeness to a list) is no such fact, and there is no way to write it as one (SG-003).

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Find, Note, Notes, Page, Record, Stored, Writing};
use tributary_model::{Date, Timestamp};

use super::charges::Charges;
use super::normal::normalised_name;
use super::parts::{Part, Placed, checked_shared, enter, open_case, reach, room_for, stated_basis, trace, visible, writable};
use super::{Case, Evidence, EvidenceKind, Shared, joint};
use crate::acting::{Acting, Caller, as_read};
use crate::people::agency::{Agency, checked_text};
use crate::{Register, RegisterError};

/// How many names a party has at most.
const NAMES_MAX: usize = 20;
/// How many facts a promotion cites at most.
const FACTS_MAX: usize = 50;
/// The epoch of the keyed hashes of names: names are compared within one register, for as long as a case lasts.
const NAME_EPOCH: u32 = 0;

/// What a party is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PartyKind {
    /// A human being.
    Person,
    /// A company, a network, a household.
    Organisation,
}

/// What a party does in the case. There is no word for a victim or a witness: they have a record of their own, under a pseudonym.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words of the list say it")]
pub enum PartyRole {
    Recruiter,
    Transporter,
    Forger,
    Broker,
    Handler,
    Financier,
    ComplicitOfficial,
    Other,
}

/// Whose official somebody is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Official {
    /// Of an agency of this register, which is shut out of the case at once (SG-058).
    Of(String),
    /// Of an authority that is not in this register.
    Elsewhere,
}

/// An objective fact: a piece of evidence of the same case, by what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", tag = "fact", content = "evidence", deny_unknown_fields)]
#[allow(missing_docs, reason = "each is the id of a piece of evidence of the kind of the same name")]
pub enum ObjectiveFact {
    Document(String),
    Device(String),
    Seizure(String),
    Statement(String),
    Transaction(String),
    Observation(String),
    OfficialRecord(String),
    CourtRecord(String),
}

impl ObjectiveFact {
    /// The kind of evidence that it is.
    #[must_use]
    pub const fn kind(&self) -> EvidenceKind {
        match self {
            Self::Document(_) => EvidenceKind::Document,
            Self::Device(_) => EvidenceKind::Device,
            Self::Seizure(_) => EvidenceKind::Seizure,
            Self::Statement(_) => EvidenceKind::Statement,
            Self::Transaction(_) => EvidenceKind::Transaction,
            Self::Observation(_) => EvidenceKind::Observation,
            Self::OfficialRecord(_) => EvidenceKind::OfficialRecord,
            Self::CourtRecord(_) => EvidenceKind::CourtRecord,
        }
    }

    /// The piece of evidence.
    #[must_use]
    pub fn evidence(&self) -> &str {
        match self {
            Self::Document(id)
            | Self::Device(id)
            | Self::Seizure(id)
            | Self::Statement(id)
            | Self::Transaction(id)
            | Self::Observation(id)
            | Self::OfficialRecord(id)
            | Self::CourtRecord(id) => id,
        }
    }
}

/// A named offence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Offence {
    /// Its id in the list of charges.
    pub charge: String,
    /// When the act was done.
    pub acted_on: Date,
    /// Counsel has confirmed that it was in force then; needed where the list does not know.
    #[serde(default)]
    pub confirmed_in_force: bool,
}

/// The decision that a party is a subject.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "SubjectPromotion")]
pub struct Promotion {
    /// Who decided.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// On what legal basis.
    pub legal_basis: String,
    /// The facts, one at least.
    pub facts: Vec<ObjectiveFact>,
    /// The offences that they are tied to, one at least.
    pub offences: Vec<Offence>,
    /// How the facts show it.
    pub reason: String,
    /// Version of the list of charges.
    pub charges_version: String,
}

/// Where a party stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Somebody whom the case speaks of.
    Named,
    /// Somebody whom it is about, by a person's decision.
    Subject(Box<Promotion>),
    /// Not any more.
    Cleared {
        /// Who decided.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

/// A party. What it is called in the case is a pseudonym; its names are sealed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Party {
    /// Where it belongs.
    pub placed: Placed,
    /// What it is.
    pub kind: PartyKind,
    /// Its pseudonym in the case.
    pub label: String,
    /// What it does in the case.
    pub role: PartyRole,
    /// Whose official it is, if any's.
    pub official: Option<Official>,
    /// Where it stands.
    pub standing: Standing,
    /// Keyed hashes of its normalised names, by which a named search finds it.
    pub name_keys: BTreeSet<String>,
}

impl Record for Party {
    const KIND: &'static str = "party";

    fn parent(&self) -> &str {
        &self.placed.case
    }

    fn agency(&self) -> &str {
        &self.placed.agency
    }

    fn state(&self) -> &str {
        match self.standing {
            Standing::Named => "named",
            Standing::Subject(_) => "subject",
            Standing::Cleared { .. } => "cleared",
        }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        self.name_keys.iter().map(|key| ("name", key.clone())).collect()
    }
}

impl Part for Party {
    const WORD: &'static str = "party";

    fn placed(&self) -> &Placed {
        &self.placed
    }
}

/// What entering a party takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewParty {
    /// What it is.
    pub kind: PartyKind,
    /// Its pseudonym in the case; no name.
    pub label: String,
    /// What it does in the case.
    pub role: PartyRole,
    /// Whose official it is; needed for a complicit official.
    #[serde(default)]
    pub official: Option<Official>,
    /// Its names, which are sealed.
    #[serde(default)]
    pub names: Vec<String>,
    /// Which agencies of a joint case see it.
    #[serde(default)]
    pub shared: Shared,
}

/// A party as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartyView {
    /// The party.
    pub party: Stored<Party>,
    /// Its names.
    pub names: Vec<String>,
}

/// Where a party's names are sealed.
pub(super) fn seal_of(id: &str) -> String {
    format!("party/{id}")
}

/// The keyed hash of a name as it stands in the index; the same for every way of writing it that [`normalised_name`] makes one.
pub(crate) fn name_key(register: &Register, name: &str) -> Option<String> {
    Some(register.keys().marker(NAME_EPOCH, "name", &normalised_name(name)?).as_str().to_owned())
}

/// A record of a victim, of which nothing is read here but that it is there.
#[derive(Clone, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct VictimMark(serde_json::Value);

impl Record for VictimMark {
    const KIND: &'static str = "victim";
}

/// Whether a party is recorded as a possible victim or a minor: the victims' records are found by the key `party`.
pub(super) async fn is_protected(writing: &mut Writing, party: &str) -> Result<bool, RegisterError> {
    Ok(!writing.list::<VictimMark>(Find::Key("party", party), &Page::first(1)).await?.is_empty())
}

/// Takes a party of a case out of the subjects, because a record of a possible victim is opened for it (SG-031).
pub(crate) async fn under_protection(register: &Register, acting: &mut Acting, case: &str, id: &str) -> Result<Option<Note>, RegisterError> {
    let party = acting.tx()?.get::<Party>(id).await?.filter(|party| party.body.placed.case == case);
    let mut party = party.ok_or(RegisterError::Missing("party"))?;
    if !matches!(party.body.standing, Standing::Subject(_)) {
        return Ok(None);
    }
    let reason = "under protection: the non-punishment review comes first".to_owned();
    party.body.standing = Standing::Cleared { by: acting.who().to_owned(), at: acting.at(), reason };
    acting.tx()?.put(&mut party).await?;
    Ok(Some(trace(register, acting, "party.cleared", case, &party)))
}

impl Register {
    /// Enters a party under a pseudonym. Where it is an official of an agency of this register, that agency is shut out of the case in the
    /// same transaction (SG-058).
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::Duty`] where the official is of the agency that holds the case.
    pub async fn add_party(&self, caller: &Caller, case: &str, new: NewParty, at: Timestamp) -> Result<Stored<Party>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut file, placed) = enter(&mut acting, case, Action::PartyAdd, new.shared).await?;
        if new.role == PartyRole::ComplicitOfficial && new.official.is_none() {
            return Err(RegisterError::invalid("official", "whose official it is: `of` an agency, or `elsewhere`"));
        }
        if new.names.len() > NAMES_MAX {
            return Err(RegisterError::invalid("names", format!("{NAMES_MAX} at most")));
        }
        room_for::<Party>(&mut acting, case).await?;
        let names = new.names.iter().map(|name| checked_text("names", name, 200)).collect::<Result<Vec<_>, _>>()?;
        let name_keys = names.iter().filter_map(|name| name_key(self, name)).collect();
        let label = checked_text("label", &new.label, 60)?;
        // Names are sealed and labels are not.
        if names.iter().any(|name| label.to_lowercase().contains(&name.to_lowercase())) {
            return Err(RegisterError::invalid("label", "a sign for the case, such as `P-1`, and not the name: names are sealed, labels are not"));
        }
        let official = new.official.clone();
        let party = Party { placed, kind: new.kind, label, role: new.role, official, standing: Standing::Named, name_keys };
        let id = acting.tx()?.new_id();
        if !names.is_empty() {
            let plain = serde_json::to_vec(&names).unwrap_or_default();
            acting.tx()?.seal(&seal_of(&id), &plain).await?;
        }
        let party = acting.tx()?.add(&id, party).await?;
        let mut notes = Notes::one(trace(self, &acting, "party.added", case, &party));
        if let Some(Official::Of(agency)) = &new.official {
            acting.tx()?.get::<Agency>(agency).await?.ok_or(RegisterError::Missing("agency"))?;
            joint::exclude(&mut acting, &mut file, agency).await?;
            acting.tx()?.put(&mut file).await?;
            notes = notes.and(super::parts::trace_case(self, &acting, "case.agency_excluded", &file));
        }
        acting.done(notes).await?;
        Ok(party)
    }

    /// Reads a party with its names.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn read_party(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<PartyView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (party, case) = reach::<Party>(&mut acting, id, Action::PartyRead).await?;
        let names = if party.body.name_keys.is_empty() { Vec::new() } else { names_of(&mut acting, id).await? };
        let note = trace(self, &acting, "party.read", &case.id, &party);
        acting.done(Notes::one(note)).await?;
        Ok(PartyView { party, names })
    }

    /// The parties of a case that the caller may see, without names.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn parties(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<Stored<Party>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseRead).await?;
        let parties = visible::<Party>(&mut acting, &file, Action::PartyRead).await?;
        let note = acting.note_on("party.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(parties)
    }

    /// Shares a party with other agencies of a joint case, or with fewer: by the agency that entered it.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn share_party(&self, caller: &Caller, id: &str, shared: Shared, version: i64, at: Timestamp) -> Result<Stored<Party>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut party, case) = reach::<Party>(&mut acting, id, Action::PartyAdd).await?;
        writable(&case.body)?;
        as_read(&party, version)?;
        if party.body.placed.agency != acting.caller().principal.agency {
            return Err(RegisterError::Duty("the agency that entered a part says who sees it"));
        }
        checked_shared(&case.body, &shared)?;
        party.body.placed.shared = shared;
        acting.tx()?.put(&mut party).await?;
        let note = trace(self, &acting, "party.shared", &case.id, &party);
        acting.done(Notes::one(note)).await?;
        Ok(party)
    }

    /// Decides that a party is a subject of the case, citing at least one objective fact and one named offence (SG-002). Whoever may be a
    /// victim, and every child, is refused: a non-punishment review comes first (SG-031, SG-032).
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] without a fact, or without an offence of the list that was in force; [`RegisterError::Missing`] for
    /// evidence that is not of this case or may not be seen.
    #[expect(clippy::too_many_arguments, reason = "a decision is made of all of these, and each is the caller's own")]
    pub async fn promote_party(
        &self,
        caller: &Caller,
        id: &str,
        facts: Vec<ObjectiveFact>,
        offences: Vec<Offence>,
        reason: &str,
        charges: &Charges,
        version: i64,
        at: Timestamp,
    ) -> Result<Stored<Party>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut party, case) = reach::<Party>(&mut acting, id, Action::PartyPromote).await?;
        writable(&case.body)?;
        as_read(&party, version)?;
        if facts.is_empty() || facts.len() > FACTS_MAX {
            return Err(RegisterError::invalid("facts", format!("1 to {FACTS_MAX} pieces of evidence")));
        }
        if offences.is_empty() || offences.len() > FACTS_MAX {
            return Err(RegisterError::invalid("offences", format!("1 to {FACTS_MAX} offences of the list of charges")));
        }
        for offence in &offences {
            charges.offence(&offence.charge, case.body.kind, offence.acted_on, offence.confirmed_in_force)?;
        }
        for fact in &facts {
            cited(&mut acting, &case, fact).await?;
        }
        if is_protected(acting.tx()?, id).await? {
            return Err(RegisterError::Duty(
                "this party is protected: the non-punishment review comes first; ask the prosecutor or the victim service",
            ));
        }
        let promotion = Promotion {
            by: acting.who().to_owned(),
            at,
            legal_basis: stated_basis(&acting)?,
            facts,
            offences,
            reason: checked_text("reason", reason, 4_000)?,
            charges_version: charges.version.clone(),
        };
        party.body.standing = Standing::Subject(Box::new(promotion));
        acting.tx()?.put(&mut party).await?;
        let note = trace(self, &acting, "party.promoted", &case.id, &party);
        acting.done(Notes::one(note)).await?;
        Ok(party)
    }

    /// Decides that a party is no subject any more.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn clear_party(&self, caller: &Caller, id: &str, reason: &str, version: i64, at: Timestamp) -> Result<Stored<Party>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut party, case) = reach::<Party>(&mut acting, id, Action::PartyPromote).await?;
        as_read(&party, version)?;
        let by = acting.who().to_owned();
        party.body.standing = Standing::Cleared { by, at, reason: checked_text("reason", reason, 2_000)? };
        acting.tx()?.put(&mut party).await?;
        let note = trace(self, &acting, "party.cleared", &case.id, &party);
        acting.done(Notes::one(note)).await?;
        Ok(party)
    }
}

impl Register {
    /// The same by a decision of redress, in the transaction of who decides (SG-018): nobody has to be a member of the case for it.
    pub(crate) async fn clear_party_by_order(&self, acting: &mut Acting, id: &str, reason: &str, at: Timestamp) -> Result<Note, RegisterError> {
        let mut party = acting.tx()?.need::<Party>(id).await?;
        let by = acting.who().to_owned();
        party.body.standing = Standing::Cleared { by, at, reason: reason.to_owned() };
        acting.tx()?.put(&mut party).await?;
        let case = party.body.placed.case.clone();
        Ok(trace(self, acting, "party.cleared", &case, &party))
    }
}

/// A cited fact must be evidence of this case, of the kind that is said, and seen by who cites it.
async fn cited(acting: &mut Acting, case: &Stored<Case>, fact: &ObjectiveFact) -> Result<(), RegisterError> {
    let evidence = acting.tx()?.get::<Evidence>(fact.evidence()).await?;
    let evidence = evidence.filter(|evidence| evidence.body.placed.case == case.id).ok_or(RegisterError::Missing("evidence"))?;
    if !acting.may(Action::EvidenceRead, &evidence.body.resource(&case.body, &evidence.id)) {
        return Err(RegisterError::Missing("evidence"));
    }
    if evidence.body.kind != fact.kind() {
        return Err(RegisterError::invalid("facts", format!("`{}` is evidence of another kind", evidence.id)));
    }
    Ok(())
}

async fn names_of(acting: &mut Acting, id: &str) -> Result<Vec<String>, RegisterError> {
    let plain = acting.tx()?.unseal(&seal_of(id)).await?;
    Ok(serde_json::from_slice(&plain).unwrap_or_default())
}
