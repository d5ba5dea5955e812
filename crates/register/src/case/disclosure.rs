//! What is given out of a case. Each giving is a row of the dissemination ledger: who got what, why, on what legal basis, graded how, under which
//! conditions, and the receipt (SG-056). The defence's pack is one of them: all evidence that is to be disclosed, what speaks for the accused
//! always, with the rules, inputs, known errors and alternatives behind it (SG-124). Intelligence and victims' identities cannot get into it:
//! no function here reads either.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Handling, Resource, Role};
use tributary_cases::{Find, Notes, Page, Record, Stored, Writing};
use tributary_escalation::estimative::Claim;
use tributary_ledger::entry::Entry;
use tributary_model::{Grading, Timestamp};

use super::parts::{PARTS_MAX, Part, Placed, checked_sha256, enter, open_case, reach, room_for, sha256, stated_basis, trace, visible};
use super::party::is_protected;
use super::{Case, CaseItem, DefenceStatus, Evidence, Item, Party, Shared};
use crate::acting::{Acting, Caller, as_read};
use crate::people::agency::{checked_text, checked_words};
use crate::{Register, RegisterError};

/// How many rules, inputs, errors or alternatives a pack lists at most.
const LIST_MAX: usize = 1_000;

/// A rule that took part, by its exact text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleUsed {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: String,
    /// SHA-256 of its text.
    pub hash: String,
}

/// An input that the rules were run on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InputUsed {
    /// What it is: a batch, a list and its day.
    pub what: String,
    /// SHA-256 of its bytes.
    pub hash: String,
}

/// Another explanation, and what was made of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Alternative {
    /// The explanation.
    pub hypothesis: String,
    /// What speaks for it.
    pub speaks_for: String,
    /// Why it was set aside, or that it was not.
    pub outcome: String,
}

/// What the defence's pack takes beside the case's evidence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "NewDefencePack")]
#[serde(deny_unknown_fields)]
pub struct NewPack {
    /// The party whose defence receives it.
    pub party: String,
    /// Who receives it: an office, such as counsel's.
    pub recipient: String,
    /// Why now.
    pub reason: String,
    /// Rules that took part; empty where none did.
    pub rules: Vec<RuleUsed>,
    /// Inputs that they were run on.
    pub inputs: Vec<InputUsed>,
    /// Errors that are known of rules and inputs; with rules one at least, and be it the error rate.
    pub known_errors: Vec<String>,
    /// Alternatives that were considered, one at least.
    pub alternatives: Vec<Alternative>,
    /// Conditions.
    #[serde(default)]
    pub conditions: Option<String>,
}

/// A piece of evidence in the pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackItem {
    /// The evidence, by id, kind and content.
    pub id: String,
    /// All that the case holds of it, but who else it is about.
    pub label: String,
    /// What it shows.
    pub description: String,
    /// What it is.
    pub kind: super::EvidenceKind,
    /// Its hash.
    pub hash: String,
    /// Of which algorithm.
    pub algorithm: super::HashAlgorithm,
    /// Who collected it.
    pub collector: String,
    /// When.
    pub collected_at: Timestamp,
    /// How it may be handled, where that is stricter than the case.
    #[serde(default)]
    pub handling: Option<Handling>,
    /// It speaks for the accused.
    pub exculpatory: bool,
    /// Parties that it is about, but no protected person.
    pub about: BTreeSet<String>,
    /// The chain of custody.
    pub custody: Vec<super::Custody>,
}

/// The defence's pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DefencePack {
    /// The case.
    pub case: String,
    /// The party whose defence receives it.
    pub party: String,
    /// When it was made.
    pub made: Timestamp,
    /// The evidence, oldest first.
    pub evidence: Vec<PackItem>,
    /// How many pieces are kept back, each with a reason that a court can ask for.
    pub withheld: usize,
    /// Charges against the party, by their ids in the list.
    pub charges: Vec<String>,
    /// Rules.
    pub rules: Vec<RuleUsed>,
    /// Inputs.
    pub inputs: Vec<InputUsed>,
    /// Known errors.
    pub known_errors: Vec<String>,
    /// Alternatives.
    pub alternatives: Vec<Alternative>,
}

/// Where a giving stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DisclosureState {
    /// Its handling code asks for an approver, who has not approved.
    Waiting,
    /// It was given.
    Given,
}

/// That it arrived.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "DisclosureReceipt")]
pub struct Receipt {
    /// The recipient's reference.
    pub reference: String,
    /// When it arrived.
    pub at: Timestamp,
    /// Who recorded it.
    pub by: String,
}

/// A row of the dissemination ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Disclosure {
    /// Where it belongs.
    pub placed: Placed,
    /// Who got it: an office.
    pub recipient: String,
    /// What, in a line.
    pub what: String,
    /// Why.
    pub reason: String,
    /// On what legal basis.
    pub legal_basis: String,
    /// Graded how; none for evidence, which is not graded.
    pub grading: Option<Grading>,
    /// How it may be handled.
    pub handling: Handling,
    /// Under which conditions; always there for C and H1 to H3 (SG-052).
    pub conditions: Option<String>,
    /// Parties that it is about: their rows are found by them.
    pub about: BTreeSet<String>,
    /// SHA-256 of what was given.
    pub hash: String,
    /// The pack itself, as JSON; none for what is not held here.
    pub pack: Option<String>,
    /// Where it stands.
    pub state: DisclosureState,
    /// Who approved.
    pub approved_by: Option<String>,
    /// When it was given.
    pub given_at: Option<Timestamp>,
    /// That it arrived.
    pub receipt: Option<Receipt>,
}

impl Record for Disclosure {
    const KIND: &'static str = "disclosure";

    fn parent(&self) -> &str {
        &self.placed.case
    }

    fn agency(&self) -> &str {
        &self.placed.agency
    }

    fn state(&self) -> &str {
        match self.state {
            DisclosureState::Waiting => "waiting",
            DisclosureState::Given => "given",
        }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        self.about.iter().map(|party| ("party", party.clone())).collect()
    }
}

impl Part for Disclosure {
    const WORD: &'static str = "disclosure";

    fn placed(&self) -> &Placed {
        &self.placed
    }

    fn resource(&self, case: &Case, id: &str) -> Resource {
        let placed = &self.placed;
        Resource { handling: self.handling, ..case.part(id, &placed.by, &placed.agency, &placed.shared) }
    }
}

/// What recording a giving takes, for anything but the defence's pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDisclosure {
    /// Who gets it: an office.
    pub recipient: String,
    /// What, in a line.
    pub what: String,
    /// Why.
    pub reason: String,
    /// Graded how.
    #[serde(default)]
    pub grading: Option<Grading>,
    /// How it may be handled.
    pub handling: Handling,
    /// Under which conditions; needed for C and H1 to H3.
    #[serde(default)]
    pub conditions: Option<String>,
    /// Parties of the case that it is about.
    #[serde(default)]
    pub about: BTreeSet<String>,
    /// SHA-256 of what is given.
    pub hash: String,
}

impl Register {
    /// Enters a giving into the dissemination ledger. Under C, or H1 to H3, it waits for another member's approval (SG-052).
    ///
    /// # Errors
    /// [`RegisterError::Quorum`] while nothing may leave (SG-080).
    pub async fn make_disclosure(&self, caller: &Caller, case: &str, new: NewDisclosure, at: Timestamp) -> Result<Stored<Disclosure>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (file, placed) = enter(&mut acting, case, Action::DisclosureMake, Shared::All).await?;
        let conditions = new.conditions.as_deref().map(|text| checked_text("conditions", text, 1_000)).transpose()?;
        // What the case's sources asked for holds for what is given out of it.
        let handling = if file.body.handling.has_conditions() { file.body.handling } else { new.handling };
        if handling.has_conditions() && conditions.is_none() {
            return Err(RegisterError::invalid("conditions", "the conditions under which it is given"));
        }
        checked_about(&mut acting, &file, &new.about).await?;
        let row = Disclosure {
            placed,
            recipient: checked_text("recipient", &new.recipient, 200)?,
            // Beside a grade the words say no likelihood (SG-123).
            what: checked_words("what", &new.what, 500, if new.grading.is_some() { Claim::Graded } else { Claim::Text })?,
            reason: checked_text("reason", &new.reason, 1_000)?,
            legal_basis: stated_basis(&acting)?,
            grading: new.grading,
            handling,
            conditions,
            about: new.about,
            hash: checked_sha256("hash", &new.hash)?,
            pack: None,
            state: DisclosureState::Waiting,
            approved_by: None,
            given_at: None,
            receipt: None,
        };
        self.enter_disclosure(acting, case, row).await
    }

    /// Makes the defence's pack (SG-124): by the prosecutor, once each piece of evidence is decided on.
    ///
    /// # Errors
    /// [`RegisterError::State`] while a piece of evidence is undecided; [`RegisterError::Invalid`] where rules stand without known errors, or no
    /// alternative was considered.
    pub async fn make_defence_pack(&self, caller: &Caller, case: &str, new: NewPack, at: Timestamp) -> Result<Stored<Disclosure>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (file, placed) = enter(&mut acting, case, Action::DisclosureMake, Shared::All).await?;
        if acting.caller().principal.role != Role::Prosecutor {
            return Err(RegisterError::Duty("the prosecutor makes the defence's pack"));
        }
        let new = checked_pack(new)?;
        checked_about(&mut acting, &file, &BTreeSet::from([new.party.clone()])).await?;
        let pack = pack(acting.tx()?, &file, new.clone(), at).await?;
        let text = serde_json::to_string_pretty(&pack).map_err(|error| RegisterError::State(format!("the pack cannot be written: {error}")))?;
        // What one piece asks for holds for the pack that it is in (SG-052).
        let handling = strictest(file.body.handling, pack.evidence.iter().filter_map(|one| one.handling));
        if handling.has_conditions() && new.conditions.is_none() {
            return Err(RegisterError::invalid("conditions", "the conditions under which it is given"));
        }
        let row = Disclosure {
            placed,
            recipient: new.recipient,
            what: format!("pack for the defence: {} pieces of evidence", pack.evidence.len()),
            reason: new.reason,
            legal_basis: stated_basis(&acting)?,
            grading: None,
            handling,
            conditions: new.conditions,
            about: BTreeSet::from([new.party]),
            hash: sha256(text.as_bytes()),
            pack: Some(text),
            state: DisclosureState::Waiting,
            approved_by: None,
            given_at: None,
            receipt: None,
        };
        self.enter_disclosure(acting, case, row).await
    }

    async fn enter_disclosure(&self, mut acting: Acting, case: &str, mut row: Disclosure) -> Result<Stored<Disclosure>, RegisterError> {
        room_for::<Disclosure>(&mut acting, case).await?;
        if !row.handling.has_conditions() {
            self.outbound_open(acting.at())?;
            row.state = DisclosureState::Given;
            row.given_at = Some(acting.at());
        }
        let id = acting.tx()?.new_id();
        let row = acting.tx()?.add(&id, row).await?;
        let kind = if row.body.state == DisclosureState::Given { "disclosure.given" } else { "disclosure.proposed" };
        let note = trace(self, &acting, kind, case, &row).tag("handling", row.body.handling.as_str().to_lowercase());
        let note = note.tag("legal_basis", basis_tag(&row.body));
        acting.done(Notes::one(note)).await?;
        Ok(row)
    }

    /// Approves a giving that its handling code holds back: by another member than the one who made it.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who made it.
    pub async fn approve_disclosure(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<Stored<Disclosure>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut row, case) = reach::<Disclosure>(&mut acting, id, Action::DisclosureMake).await?;
        as_read(&row, version)?;
        if row.body.placed.by == acting.who() {
            return Err(RegisterError::Duty("another member than the one who made it approves it"));
        }
        if row.body.state != DisclosureState::Waiting {
            return Err(RegisterError::State("it was given before".into()));
        }
        self.outbound_open(at)?;
        row.body.state = DisclosureState::Given;
        row.body.approved_by = Some(acting.who().to_owned());
        row.body.given_at = Some(at);
        acting.tx()?.put(&mut row).await?;
        let note = trace(self, &acting, "disclosure.given", &case.id, &row).tag("handling", row.body.handling.as_str().to_lowercase());
        let note = note.tag("legal_basis", basis_tag(&row.body));
        acting.done(Notes::one(note)).await?;
        Ok(row)
    }

    /// Records that what was given arrived.
    ///
    /// # Errors
    /// [`RegisterError::State`] for what was not given, or has a receipt.
    pub async fn receipt_disclosure(&self, caller: &Caller, id: &str, reference: &str, at: Timestamp) -> Result<Stored<Disclosure>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut row, case) = reach::<Disclosure>(&mut acting, id, Action::DisclosureMake).await?;
        if row.body.state != DisclosureState::Given || row.body.receipt.is_some() {
            return Err(RegisterError::State("it was not given, or has its receipt".into()));
        }
        row.body.receipt = Some(Receipt { reference: checked_text("reference", reference, 200)?, at, by: acting.who().to_owned() });
        acting.tx()?.put(&mut row).await?;
        let note = trace(self, &acting, "disclosure.receipted", &case.id, &row);
        acting.done(Notes::one(note)).await?;
        Ok(row)
    }

    /// Entries of the ledger by which a giving is proved: receipts are made for them, as for an escalation (SG-056, SG-080).
    ///
    /// # Errors
    /// [`RegisterError::State`] for what was not given.
    pub async fn disclosure_entries(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Vec<String>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (row, case) = reach::<Disclosure>(&mut acting, id, Action::DisclosureRead).await?;
        let given = row.body.given_at.ok_or_else(|| RegisterError::State("it was not given".into()))?;
        let note = trace(self, &acting, "disclosure.proved", &case.id, &row);
        acting.done(Notes::one(note)).await?;
        // Entries of one transaction follow each other by a microsecond.
        let written = self.store().entries_between(given, Timestamp(given.0 + 1_000), None, 1_000).await?;
        let thing = self.keys().pseudonym("disclosure/", id);
        let proves = |entry: &str| {
            let entry = Entry::decode(entry.as_bytes());
            entry.is_ok_and(|entry| entry.kind() == "disclosure.given" && entry.refs().values().any(|about| about.to_string() == thing.as_str()))
        };
        Ok(written.into_iter().filter(|one| proves(&one.entry)).map(|one| one.id).collect())
    }

    /// Reads what was given. What waits for approval shows its row and not the pack.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn read_disclosure(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Stored<Disclosure>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut row, case) = reach::<Disclosure>(&mut acting, id, Action::DisclosureRead).await?;
        let note = trace(self, &acting, "disclosure.read", &case.id, &row);
        acting.done(Notes::one(note)).await?;
        if row.body.state != DisclosureState::Given && row.body.placed.by != caller.principal.id {
            row.body.pack = None;
        }
        Ok(row)
    }

    /// The dissemination ledger of a case, without the packs; of one party where one is named, as a court or that person may ask for (SG-056).
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn disclosures(
        &self,
        caller: &Caller,
        case: &str,
        party: Option<&str>,
        at: Timestamp,
    ) -> Result<Vec<Stored<Disclosure>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseRead).await?;
        let mut rows = visible::<Disclosure>(&mut acting, &file, Action::DisclosureRead).await?;
        rows.retain(|row| party.is_none_or(|party| row.body.about.contains(party)));
        for row in &mut rows {
            row.body.pack = None;
        }
        let note = acting.note_on("disclosure.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(rows)
    }
}

/// The line of the list that it was given on; of an order no more than that it is one.
fn basis_tag(row: &Disclosure) -> &str {
    if row.legal_basis.starts_with("order:") { "order" } else { &row.legal_basis }
}

fn checked_pack(new: NewPack) -> Result<NewPack, RegisterError> {
    let lists = [new.rules.len(), new.inputs.len(), new.known_errors.len(), new.alternatives.len()];
    if lists.iter().any(|length| *length > LIST_MAX) {
        return Err(RegisterError::invalid("pack", format!("{LIST_MAX} rules, inputs, errors and alternatives at most")));
    }
    if new.alternatives.is_empty() {
        return Err(RegisterError::invalid("alternatives", "the other explanations that were considered, one at least"));
    }
    if !new.rules.is_empty() && (new.known_errors.is_empty() || new.inputs.is_empty()) {
        return Err(RegisterError::invalid("known_errors", "with rules: their inputs and known errors, and be it the error rate"));
    }
    let rule = |rule: RuleUsed| -> Result<RuleUsed, RegisterError> {
        Ok(RuleUsed {
            id: checked_text("rules", &rule.id, 120)?,
            version: checked_text("rules", &rule.version, 60)?,
            hash: checked_sha256("rules", &rule.hash)?,
        })
    };
    let input = |input: InputUsed| -> Result<InputUsed, RegisterError> {
        Ok(InputUsed { what: checked_text("inputs", &input.what, 200)?, hash: checked_sha256("inputs", &input.hash)? })
    };
    let alternative = |one: Alternative| -> Result<Alternative, RegisterError> {
        Ok(Alternative {
            hypothesis: checked_words("alternatives", &one.hypothesis, 1_000, Claim::Text)?,
            speaks_for: checked_words("alternatives", &one.speaks_for, 2_000, Claim::Text)?,
            outcome: checked_words("alternatives", &one.outcome, 2_000, Claim::Text)?,
        })
    };
    Ok(NewPack {
        party: new.party,
        recipient: checked_text("recipient", &new.recipient, 200)?,
        reason: checked_text("reason", &new.reason, 1_000)?,
        rules: new.rules.into_iter().map(rule).collect::<Result<_, RegisterError>>()?,
        inputs: new.inputs.into_iter().map(input).collect::<Result<_, RegisterError>>()?,
        known_errors: new.known_errors.iter().map(|error| checked_words("known_errors", error, 1_000, Claim::Text)).collect::<Result<_, _>>()?,
        alternatives: new.alternatives.into_iter().map(alternative).collect::<Result<_, RegisterError>>()?,
        conditions: new.conditions.as_deref().map(|text| checked_text("conditions", text, 1_000)).transpose()?,
    })
}

/// Parties that something is about must be of the case, and seen by who says so.
async fn checked_about(acting: &mut Acting, case: &Stored<Case>, about: &BTreeSet<String>) -> Result<(), RegisterError> {
    for id in about {
        let party = acting.tx()?.get::<Party>(id).await?.filter(|party| party.body.placed.case == case.id);
        let seen = party.is_some_and(|party| acting.may(Action::PartyRead, &party.body.resource(&case.body, id)));
        if !seen {
            return Err(RegisterError::Missing("party"));
        }
    }
    Ok(())
}

/// Puts the pack together from all evidence of the case, whichever agency entered it: what one agency keeps to itself is still the defence's.
async fn pack(writing: &mut Writing, case: &Stored<Case>, new: NewPack, at: Timestamp) -> Result<DefencePack, RegisterError> {
    let evidence = writing.list::<Evidence>(Find::Parent(&case.id), &Page::first(PARTS_MAX)).await?;
    if evidence.iter().any(|one| one.body.defence == DefenceStatus::Undecided) {
        return Err(RegisterError::State("a piece of evidence is undecided; decide what the defence receives of each first".into()));
    }
    let mut items = Vec::with_capacity(evidence.len());
    let mut withheld = 0;
    for one in evidence {
        if one.body.defence == DefenceStatus::Disclose || one.body.exculpatory {
            items.push(pack_item(writing, case.body.handling, one).await?);
        } else {
            withheld += 1;
        }
    }
    let entered = writing.list::<CaseItem>(Find::Parent(&case.id), &Page::first(PARTS_MAX)).await?;
    let charge = |item: Stored<CaseItem>| match item.body.what {
        Item::Charge(charge) if charge.party == new.party => Some(charge.offence.charge),
        Item::Charge(_) | Item::Task | Item::Deadline | Item::Hearing { .. } => None,
    };
    Ok(DefencePack {
        case: case.id.clone(),
        made: at,
        evidence: items,
        withheld,
        charges: entered.into_iter().filter_map(charge).collect(),
        party: new.party,
        rules: new.rules,
        inputs: new.inputs,
        known_errors: new.known_errors,
        alternatives: new.alternatives,
    })
}

/// Codes in the order in which they bind: what has conditions comes after what has none, H3 last.
fn strictness(code: Handling) -> (bool, Handling) {
    (code.has_conditions(), code)
}

fn strictest(of_case: Handling, more: impl Iterator<Item = Handling>) -> Handling {
    more.chain([of_case]).max_by_key(|code| strictness(*code)).unwrap_or(of_case)
}

async fn pack_item(writing: &mut Writing, of_case: Handling, evidence: Stored<Evidence>) -> Result<PackItem, RegisterError> {
    let mut about = BTreeSet::new();
    for party in evidence.body.about {
        if !is_protected(writing, &party).await? {
            about.insert(party);
        }
    }
    let body = (evidence.body.label, evidence.body.description, evidence.body.hash, evidence.body.collector);
    let (label, description, hash, collector) = body;
    Ok(PackItem {
        id: evidence.id,
        label,
        description,
        kind: evidence.body.kind,
        hash,
        algorithm: evidence.body.algorithm,
        collector,
        collected_at: evidence.body.collected_at,
        handling: (strictness(evidence.body.handling) > strictness(of_case)).then_some(evidence.body.handling),
        exculpatory: evidence.body.exculpatory,
        about,
        custody: evidence.body.custody,
    })
}
