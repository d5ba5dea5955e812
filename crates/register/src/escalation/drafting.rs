//! Drafting, trying, changing and screening.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Handling, Role};
use tributary_cases::{Find, Note, Notes, Page, Stored};
use tributary_escalation::words::{Answer, Side};
use tributary_escalation::{Draft, DryRun, Escalation, Event, Finding, Material, Missing, Order, Party, Product, Protocol, State, dry_run, screen};
use tributary_model::Timestamp;

use super::parties::{Bound, bind};
use super::protocols::{ProtocolText, released_protocol};
use super::{
    EscalationFile, Loaded, MEMBERS_MAX, actor, content_name, danger, load, material_name, material_of, note, open, refused, seal, step, void_notes,
    voided,
};
use crate::acting::{Acting, Caller};
use crate::case::{Case, under_protection};
use crate::people::account::Account;
use crate::people::agency::{Agency, checked_text};
use crate::retention::{Class, start};
use crate::victim::{Coerced, NewVictim, Victim, fresh_victim};
use crate::{Register, RegisterError};

/// What a draft takes. The finding is not among it: it is the register's own word on the alert, handed in beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEscalation {
    /// The protocol's id.
    pub protocol: String,
    /// The case it hangs on; none for platforms.
    pub case: Option<String>,
    /// The alert it rests on; for an answer to an order, the order's number.
    pub alert: String,
    /// The recipient's agency.
    pub recipient_agency: String,
    /// Who answers for it; nobody: who drafts.
    #[serde(default)]
    pub owner: Option<String>,
    /// On which side the finding is.
    pub side: Side,
    /// Which decision it serves (SG-121).
    pub product: Product,
    /// The order it answers (SG-072).
    #[serde(default)]
    pub order: Option<Order>,
    /// Whether a community is affected.
    pub community: Answer,
    /// Danger to life or limb, with its facts.
    #[serde(default)]
    pub danger: Option<String>,
    /// What it is made of.
    pub material: Material,
}

/// A draft that was checked as far as policies and the store go.
struct Prepared {
    draft: Draft,
    record: Stored<ProtocolText>,
    protocol: Protocol,
    file: EscalationFileHead,
}

/// What of the file does not come from the protocol.
struct EscalationFileHead {
    jurisdiction: String,
    sensitivity: u8,
    handling: Handling,
}

fn head(case: Option<&Case>, material: &Material, jurisdiction: &str) -> EscalationFileHead {
    let strict = material.items.iter().any(|item| item.handling.has_conditions());
    let handling = case.map_or(Handling::P, |case| case.handling);
    EscalationFileHead {
        jurisdiction: case.map_or_else(|| jurisdiction.to_owned(), |case| case.jurisdiction.clone()),
        sensitivity: case.map_or(1, |case| case.sensitivity.max(1)),
        handling: if strict && !handling.has_conditions() { Handling::C } else { handling },
    }
}

/// Asks the policies for an action on a draft that does not exist yet, and puts the draft together.
async fn prepare(
    acting: &mut Acting,
    country: &str,
    new: &NewEscalation,
    finding: Option<Finding>,
    action: Action,
) -> Result<Prepared, RegisterError> {
    let case = match &new.case {
        Some(id) => Some(acting.tx()?.get::<Case>(id).await?.ok_or(RegisterError::Missing("escalation"))?.body),
        None => None,
    };
    let own = acting.caller().case.is_some() && acting.caller().case == new.case;
    acting.context_mut().case &= own;
    acting.within(new.case.as_deref().unwrap_or_default());
    let who = acting.caller().principal.clone();
    let file = head(case.as_ref(), &new.material, country);
    let asked = tributary_access::Resource {
        owner: who.agency.clone(),
        jurisdiction: file.jurisdiction.clone(),
        sensitivity: file.sensitivity,
        handling: file.handling,
        members: case.as_ref().map(|case| case.members.keys().cloned().collect()).unwrap_or_default(),
        member_agencies: BTreeSet::from([who.agency.clone()]),
        excluded_agencies: case.as_ref().map(|case| case.excluded.clone()).unwrap_or_default(),
        ..tributary_access::Resource::default()
    };
    acting.permit(action, &asked).await?;
    checked_text("alert", &new.alert, 64)?;
    let record = released_protocol(acting.tx()?, &new.protocol).await?;
    let record = record.ok_or_else(|| RegisterError::State("no released protocol has this id".into()))?;
    let protocol = record.body.read()?;
    let recipient = acting.tx()?.get::<Agency>(&new.recipient_agency).await?.ok_or(RegisterError::Missing("agency"))?;
    if recipient.body.class == AgencyClass::Immigration || recipient.body.class.as_str() != protocol.recipient.agency_class.as_str() {
        return Err(RegisterError::invalid("recipient_agency", format!("an agency of class `{}`", protocol.recipient.agency_class)));
    }
    let owner = new.owner.clone().unwrap_or_else(|| who.id.clone());
    let account = acting.tx()?.get::<Account>(&owner).await?.filter(|one| one.body.is_active() && one.body.is.agency == who.agency);
    account.ok_or_else(|| RegisterError::invalid("owner", "an active account of your agency"))?;
    let basis = acting.basis().map(|basis| basis.code.clone());
    let basis =
        basis.ok_or_else(|| RegisterError::invalid("legal_basis", "state a legal basis of the protocol that counts for your agency and purpose"))?;
    let draft = Draft {
        by: actor(&who)?,
        owner,
        jurisdiction: file.jurisdiction.clone(),
        excluded: asked.excluded_agencies.clone(),
        recipient_agency: new.recipient_agency.clone(),
        side: new.side,
        basis,
        purpose: acting.caller().purpose.as_str().to_owned(),
        product: new.product.clone(),
        order: new.order.clone(),
        finding,
        community: new.community,
        danger: new.danger.clone(),
    };
    Ok(Prepared { draft, record, protocol, file })
}

/// Opens the protective route for everybody whom the gate is to look at and of whom there is no record (SG-033).
async fn open_records(register: &Register, acting: &mut Acting, loaded: &Loaded, material: &Material) -> Result<Vec<Note>, RegisterError> {
    let mut notes = Vec::new();
    let (at, who) = (acting.at(), acting.who().to_owned());
    let gated: Vec<&Party> = material.parties.iter().filter(|party| loaded.machine().gated.contains_key(&party.id)).collect();
    for party in gated {
        if !acting.tx()?.list::<Victim>(Find::Key("party", &party.id), &Page::first(1)).await?.is_empty() {
            continue;
        }
        let coerced: BTreeSet<Coerced> =
            party.coerced.iter().filter_map(|one| Coerced::ALL.iter().copied().find(|own| own.as_str() == one.as_str())).collect();
        let new = NewVictim {
            case: loaded.file.body.case.clone(),
            jurisdiction: loaded.file.body.jurisdiction.clone(),
            minor: party.minor,
            party: Some(party.id.clone()),
            means: BTreeSet::new(),
            exploitation: BTreeSet::new(),
            coerced,
        };
        let victim = fresh_victim(&new, loaded.case.as_ref().map(|case| &case.body), &loaded.file.body.agency, &who, at);
        let id = acting.tx()?.new_id();
        acting.tx()?.add(&id, victim).await?;
        notes.push(acting.note_on("victim.opened", "victim", &id).tag("status", "possible").tag("by", "screening"));
        if let Some(case) = &loaded.file.body.case {
            notes.extend(under_protection(register, acting, case, &party.id).await?);
        }
    }
    Ok(notes)
}

impl Register {
    /// Drafts an escalation on a finding under a released protocol. `finding` is the register's own word on the alert.
    ///
    /// # Errors
    /// [`RegisterError::State`] with all that is missing.
    pub async fn draft_escalation(
        &self,
        caller: &Caller,
        new: NewEscalation,
        finding: Option<Finding>,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let Prepared { draft, record, protocol, file } =
            prepare(&mut acting, &self.settings().jurisdiction, &new, finding, Action::EscalationDraft).await?;
        if let Some(first) = new.material.out_of_bounds().first() {
            return Err(RegisterError::invalid("material", first.says.clone()));
        }
        let mut acting = danger::taken(acting, new.danger.is_some() && protocol.danger.is_some()).await?;
        let machine = Escalation::draft(&protocol, draft, false, at).map_err(|refusal| refused(&refusal))?;
        let EscalationFileHead { jurisdiction, sensitivity, handling } = file;
        let mut body = EscalationFile {
            case: new.case,
            alert: new.alert,
            agency: acting.caller().principal.agency.clone(),
            jurisdiction,
            sensitivity,
            handling,
            members: BTreeSet::from([acting.who().to_owned(), machine.draft.owner.clone()]),
            assigned: String::new(),
            asked: BTreeSet::new(),
            protocol_record: record.id.clone(),
            machine,
            next_due: None,
            suspended: false,
        };
        body.set_due(&protocol, at);
        let id = acting.tx()?.new_id();
        seal(&mut acting, &material_name(&id), &new.material).await?;
        start(acting.tx()?, Class::Escalation, &id, &body.agency).await?;
        let file = acting.tx()?.add(&id, body).await?;
        let loaded = Loaded { file, case: None, protocol, record };
        let entry = note(&acting, "escalation.proposed", &loaded, State::Draft).about("alert", "", &loaded.file.body.alert);
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// Tries a draft: what would be needed and what is missing. Nothing is kept but an entry that it was done.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn try_escalation(
        &self,
        caller: &Caller,
        new: NewEscalation,
        finding: Option<Finding>,
        at: Timestamp,
    ) -> Result<DryRun, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let Prepared { draft, protocol, .. } = prepare(&mut acting, &self.settings().jurisdiction, &new, finding, Action::EscalationDryRun).await?;
        let Bound { material, missing } = bind(self, &mut acting, new.case.as_deref(), &protocol, &draft, new.material).await?;
        let recipient = draft.recipient_agency.clone();
        let stopped = self.outbound_open(at).is_err() || super::outbound::stopped(&mut acting, &new.alert).await?;
        let mut run = dry_run(&protocol, &draft, &material, stopped, at.date(), &|party| self.party_pseudonym(&protocol, &recipient, party));
        run.missing = all_missing(run.missing, missing);
        if new.danger.is_some() && protocol.danger.is_some() {
            let late = danger::refused_to(&mut acting).await?.map(|why| Missing::new("danger_review", why));
            run.missing = all_missing(run.missing, late.into_iter().collect());
        }
        let entry = acting.note("escalation.tried").tag("protocol", protocol.id.as_str()).tag("protocol_version", protocol.version.as_str());
        acting
            .done(Notes::one(entry.tag("outcome", if run.missing.is_empty() && run.refused.is_empty() { "complete" } else { "incomplete" })))
            .await?;
        Ok(run)
    }

    /// Changes what it is made of. Signatures, gate, co-signature and consultation are void.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn change_escalation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        material: Material,
        at: Timestamp,
    ) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationDraft, at).await?;
        if let Some(first) = material.out_of_bounds().first() {
            return Err(RegisterError::invalid("material", first.says.clone()));
        }
        loaded.file.body.handling = head(loaded.case.as_ref().map(|case| &case.body), &material, "").handling;
        let before = step(&mut acting, &mut loaded, Event::ContentChanged).await?;
        seal(&mut acting, &material_name(id), &material).await?;
        acting.tx()?.erase(&content_name(id)).await?;
        let entry = note(&acting, "escalation.changed", &loaded, before.state);
        acting.done(voided(Notes::one(entry), id, &before, loaded.machine())).await?;
        Ok(loaded.file)
    }

    /// Puts somebody on it who is to sign, or puts it to a rights officer (SG-006).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for an agency that the case excludes.
    pub async fn add_to_escalation(&self, caller: &Caller, id: &str, account: &str, at: Timestamp) -> Result<Stored<EscalationFile>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut loaded = load(&mut acting, id).await?;
        let resource = loaded.resource();
        acting.permit(Action::EscalationDraft, &resource).await?;
        let new = acting.tx()?.get::<Account>(account).await?.filter(|new| new.body.is_active()).ok_or(RegisterError::Missing("account"))?;
        if resource.excluded_agencies.contains(&new.body.is.agency) || new.body.class == AgencyClass::Immigration {
            return Err(RegisterError::Duty("that account's agency must not learn of it (SG-058)"));
        }
        let body = &mut loaded.file.body;
        if new.body.is.role == Role::RightsOfficer {
            account.clone_into(&mut body.assigned);
        } else if body.members.len() < MEMBERS_MAX {
            body.members.insert(account.to_owned());
        } else {
            return Err(RegisterError::State("50 people are on it".into()));
        }
        acting.tx()?.put(&mut loaded.file).await?;
        let entry = acting.note_on("escalation.member_added", "escalation", id).about("member", id, account);
        acting.done(Notes::one(entry)).await?;
        Ok(loaded.file)
    }

    /// Screens it: takes out what the protocol removes, holds everything of section 4, and opens the reviews that are due.
    ///
    /// # Errors
    /// [`RegisterError::State`] with all that is missing. A category or recipient that is refused ends the escalation.
    pub async fn screen_escalation(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<Stored<EscalationFile>, RegisterError> {
        let (mut acting, mut loaded) = open(self, caller, id, version, Action::EscalationDraft, at).await?;
        let fallen = self.under_text_in_force(&mut acting, &mut loaded).await?;
        if let Some(case) = &loaded.case {
            loaded.file.body.machine.draft.excluded.extend(case.body.excluded.iter().cloned());
        }
        let Bound { material, missing } = self.bound(&mut acting, &loaded).await?;
        let mut found = self.screening(&loaded, &material);
        found.missing = all_missing(found.missing, missing);
        if found.shortened {
            found.missing = all_missing(found.missing, danger::missing(&mut acting, id).await?);
        }
        let content = found.content.clone();
        let before = step(&mut acting, &mut loaded, Event::Screened(Box::new(found))).await?;
        let mut opened = Vec::new();
        if loaded.machine().state != State::Refused {
            seal(&mut acting, &content_name(id), &content).await?;
            opened = open_records(self, &mut acting, &loaded, &material).await?;
        }
        let entry = note(&acting, "escalation.screened", &loaded, before.state).tag("opened", opened.len().to_string());
        let entry = entry.tag("left_out", loaded.machine().left_out.to_string());
        // What stood under the text of before has fallen with it, and before anything new is entered.
        let mut fallen = fallen.into_iter();
        let notes = match fallen.next() {
            Some(first) => fallen.fold(Notes::one(first), Notes::and).and(entry),
            None => Notes::one(entry),
        };
        opened.extend(danger::begin(&mut acting, &loaded).await?);
        acting.done(opened.into_iter().fold(notes, Notes::and)).await?;
        Ok(loaded.file)
    }

    /// A draft whose protocol was replaced goes on under the text in force. What was bound to the text of before is void: notes of that.
    async fn under_text_in_force(&self, acting: &mut Acting, loaded: &mut Loaded) -> Result<Vec<Note>, RegisterError> {
        let released = released_protocol(acting.tx()?, &loaded.protocol.id).await?;
        let Some(released) = released.filter(|one| one.id != loaded.record.id) else { return Ok(Vec::new()) };
        let protocol = released.body.read()?;
        let to = protocol.reference();
        let next = loaded.machine().step(&loaded.protocol, Event::ProtocolChanged { to }, acting.at()).map_err(|refusal| refused(&refusal))?;
        let before = std::mem::replace(&mut loaded.file.body.machine, next);
        released.id.clone_into(&mut loaded.file.body.protocol_record);
        loaded.protocol = protocol;
        loaded.record = released;
        Ok(void_notes(&loaded.file.id, &before, loaded.machine()))
    }

    fn screening(&self, loaded: &Loaded, material: &Material) -> tributary_escalation::Screening {
        let machine = loaded.machine();
        let recipient = &machine.draft.recipient_agency;
        screen(&loaded.protocol, &machine.draft, material, &machine.out, &|party| self.party_pseudonym(&loaded.protocol, recipient, party))
    }

    /// The hash of what would be sent as things stand now: another one when somebody has become a victim since, or is no subject any more
    /// (SG-002, SG-031, SG-035).
    pub(super) async fn hash_now(&self, acting: &mut Acting, loaded: &Loaded) -> Result<String, RegisterError> {
        let Bound { material, missing } = self.bound(acting, loaded).await?;
        let says: Vec<String> = missing.into_iter().map(|one| one.says).collect();
        if says.is_empty() {
            Ok(self.screening(loaded, &material).hash)
        } else {
            Err(RegisterError::State(format!("screen it anew: {}", says.join("; "))))
        }
    }

    async fn bound(&self, acting: &mut Acting, loaded: &Loaded) -> Result<Bound, RegisterError> {
        let material = material_of(acting, &loaded.file.id).await?;
        bind(self, acting, loaded.file.body.case.as_deref(), &loaded.protocol, &loaded.machine().draft, material).await
    }
}

/// What a screening found missing, and what the records do not bear out, once each.
fn all_missing(mut found: Vec<Missing>, more: Vec<Missing>) -> Vec<Missing> {
    found.extend(more);
    found.sort();
    found.dedup();
    found
}
