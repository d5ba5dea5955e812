//! The release gate of rule packs (SG-086, SG-087): no alert comes in that was made by rules which nobody released here.
//!
//! A release is bound to the hash that runs state. It is proposed by one, put to civil society, whose objections are answered, and approved by
//! two others of two other units, a rights officer among them. It holds as long as its impact assessment counts: 12 months. After that no new
//! alerts come in until another is released. A pilot brings alerts in that can be read and become neither a case's nor an escalation's.

mod assessment;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource, Role};
use tributary_cases::{Find, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;

pub use assessment::{Assessment, Benign, CASES_MIN, Degree, Figures, Harm, LIMIT_MAX, Precision, Tried};

use super::stop::checked_pack;
use crate::acting::{Acting, Caller, as_read, unit_of};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// Who must approve beside the one who proposes.
const APPROVALS: usize = 2;
/// Releases in force that are looked at.
const IN_FORCE_MAX: u32 = 1_000;
/// Answers of one consultation.
const ANSWERS_MAX: usize = 200;

/// Where a release stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum PackState {
    /// Waits for its consultation and approvals.
    Proposed,
    /// Alerts made by it come in while its assessment counts.
    InForce,
    /// Another of the same pack took its place.
    Replaced,
}

/// What an organisation of civil society said (SG-087).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Heard {
    /// Who.
    pub by: String,
    /// For which organisation.
    pub agency: String,
    /// When.
    pub at: Timestamp,
    /// What it objects to; none: it was heard and does not.
    pub objection: Option<String>,
    /// What was answered, by whom and when.
    pub reply: Option<(String, Timestamp, String)>,
}

/// The consultation on a release (SG-087).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "PackConsultation")]
pub struct Consultation {
    /// What was asked.
    pub question: String,
    /// What was said.
    pub heard: Vec<Heard>,
    /// When it was closed.
    pub closed: Option<Timestamp>,
}

/// One approval.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Approval {
    /// Who.
    pub by: String,
    /// `agency/unit`.
    pub unit: String,
    /// As what.
    pub role: Role,
    /// When.
    pub at: Timestamp,
}

/// A release. It is no secret: rule text may be restricted, that there is a pack, whose it is and how often it errs may not.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct PackRelease {
    /// The pack.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// Its hash, as runs state it.
    pub digest: String,
    /// What it brings.
    pub assessment: Assessment,
    /// How it was measured.
    pub figures: Figures,
    /// Civil society's part.
    pub consultation: Consultation,
    /// Where it stands.
    pub state: PackState,
    /// Who proposed it.
    pub proposed_by: String,
    /// From which unit.
    pub proposed_unit: String,
    /// Who approved it.
    pub approved: Vec<Approval>,
    /// Since when it is in force.
    pub in_force_since: Option<Timestamp>,
}

impl Record for PackRelease {
    const KIND: &'static str = "pack_release";

    fn state(&self) -> &str {
        match self.state {
            PackState::Proposed => "proposed",
            PackState::InForce => "in_force",
            PackState::Replaced => "replaced",
        }
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        if self.state == PackState::InForce { vec![("in_force", self.pack.clone()), ("digest", self.digest.clone())] } else { Vec::new() }
    }
}

impl PackRelease {
    fn resource(&self, id: &str) -> Resource {
        Resource { id: id.to_owned(), author: self.proposed_by.clone(), ..Resource::default() }
    }

    /// The version that the ledger names: the first letters of the hash, spelled without digits, so that approvals are of these very rules.
    fn tag(&self) -> String {
        let spelled = self.digest.chars().take(16).map(|c| c.to_digit(16).and_then(|digit| char::from_digit(digit + 10, 36)).unwrap_or('a'));
        spelled.collect()
    }
}

/// What proposing takes.
#[derive(Debug, Clone, PartialEq, Deserialize, JsonSchema)]
#[schemars(rename = "NewPackRelease")]
#[serde(deny_unknown_fields)]
pub struct NewPack {
    /// The pack.
    pub pack: String,
    /// Its version.
    pub version: String,
    /// Its hash, as runs state it.
    pub digest: String,
    /// The filled and signed assessment.
    pub assessment: Assessment,
    /// How it was measured.
    pub figures: Figures,
    /// What civil society is asked.
    pub question: String,
}

/// Whether alerts made by some rules may come in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gate {
    Open,
    NotReleased,
    Expired,
}

/// The releases in force when a transaction looked.
#[derive(Debug, Clone, Default)]
pub(crate) struct Released(Vec<Stored<PackRelease>>);

impl Released {
    /// Whether rules of a hash may bring alerts in at a time.
    pub(crate) fn gate(&self, digest: &str, at: Timestamp) -> Gate {
        match self.0.iter().find(|release| release.body.digest == digest) {
            None => Gate::NotReleased,
            Some(release) if release.body.assessment.counts(at) => Gate::Open,
            Some(_) => Gate::Expired,
        }
    }
}

/// The releases in force, seen from an open transaction.
pub(crate) async fn released(writing: &mut Writing) -> Result<Released, RegisterError> {
    Ok(Released(writing.list::<PackRelease>(Find::State("in_force"), &Page::first(IN_FORCE_MAX)).await?))
}

fn checked_digest(digest: &str) -> Result<(), RegisterError> {
    let fits = (4..=128).contains(&digest.len()) && digest.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
    if fits { Ok(()) } else { Err(RegisterError::invalid("digest", "the hash that the run states for its packs, in small hexadecimal digits")) }
}

impl Register {
    /// Proposes a release.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] with what the assessment or the figures lack.
    pub async fn propose_pack(&self, caller: &Caller, new: NewPack, at: Timestamp) -> Result<Stored<PackRelease>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::PackRelease, &Resource { id: new.pack.chars().take(40).collect(), ..Resource::default() }).await?;
        checked_pack(&new.pack)?;
        checked_text("version", &new.version, 40)?;
        checked_digest(&new.digest)?;
        assessment::checked(&new.assessment, &new.figures, (&new.pack, &new.version, &new.digest), at)?;
        let question = checked_text("question", &new.question, 4_000)?;
        let release = PackRelease {
            pack: new.pack,
            version: new.version,
            digest: new.digest,
            assessment: new.assessment,
            figures: new.figures,
            consultation: Consultation { question, heard: Vec::new(), closed: None },
            state: PackState::Proposed,
            proposed_by: acting.who().to_owned(),
            proposed_unit: unit_of(&caller.principal),
            approved: Vec::new(),
            in_force_since: None,
        };
        let id = acting.tx()?.new_id();
        let release = acting.tx()?.add(&id, release).await?;
        let note = acting.note_on("pack.proposed", "pack", &id).tag("pack", release.body.pack.clone()).tag("version", release.body.tag());
        acting.done(Notes::one(note.with(&release.body))).await?;
        Ok(release)
    }

    async fn proposed_pack(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        action: Action,
        at: Timestamp,
    ) -> Result<(Acting, Stored<PackRelease>), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let release = acting.tx()?.need::<PackRelease>(id).await?;
        let resource = if action == Action::PackConsult { Resource { id: id.to_owned(), ..Resource::default() } } else { release.body.resource(id) };
        acting.permit(action, &resource).await?;
        as_read(&release, version)?;
        if release.body.state != PackState::Proposed {
            return Err(RegisterError::State("it waits for nobody any more".into()));
        }
        Ok((acting, release))
    }

    /// Civil society says what it objects to, or that it was heard and does not object.
    ///
    /// # Errors
    /// [`RegisterError::State`] after the consultation was closed.
    pub async fn consulted_on_pack(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        objection: Option<&str>,
        at: Timestamp,
    ) -> Result<Stored<PackRelease>, RegisterError> {
        let (mut acting, mut release) = self.proposed_pack(caller, id, version, Action::PackConsult, at).await?;
        let consultation = &mut release.body.consultation;
        if consultation.closed.is_some() || consultation.heard.len() >= ANSWERS_MAX {
            return Err(RegisterError::State("the consultation is closed".into()));
        }
        let objection = objection.map(|text| checked_text("objection", text, 8_000)).transpose()?;
        let says = if objection.is_some() { "objection" } else { "none" };
        consultation.heard.push(Heard { by: acting.who().to_owned(), agency: caller.principal.agency.clone(), at, objection, reply: None });
        acting.tx()?.put(&mut release).await?;
        let note = acting.note_on("consultation.answered", "pack", id).tag("says", says).tag("version", release.body.tag());
        acting.done(Notes::one(note.with(&release.body.consultation))).await?;
        Ok(release)
    }

    /// Answers an objection. The proposer does, or whoever may release.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for an objection that is not there.
    pub async fn reply_on_pack(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        objection: usize,
        reply: &str,
        at: Timestamp,
    ) -> Result<Stored<PackRelease>, RegisterError> {
        let (mut acting, mut release) = self.answering(caller, id, version, at).await?;
        let by = acting.who().to_owned();
        let heard = release.body.consultation.heard.get_mut(objection).filter(|heard| heard.objection.is_some());
        let heard = heard.ok_or(RegisterError::Missing("objection"))?;
        heard.reply = Some((by, at, checked_text("reply", reply, 8_000)?));
        acting.tx()?.put(&mut release).await?;
        let note = acting.note_on("consultation.replied", "pack", id).tag("version", release.body.tag());
        acting.done(Notes::one(note.with(&release.body.consultation))).await?;
        Ok(release)
    }

    /// A proposal that is answered for: who proposed it may do that, though not approve it.
    async fn answering(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<(Acting, Stored<PackRelease>), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::PackRelease, &Resource { id: id.to_owned(), ..Resource::default() }).await?;
        let release = acting.tx()?.need::<PackRelease>(id).await?;
        as_read(&release, version)?;
        if release.body.state != PackState::Proposed || release.body.consultation.closed.is_some() {
            return Err(RegisterError::State("its consultation is closed".into()));
        }
        Ok((acting, release))
    }

    /// Closes the consultation: somebody was heard, and every objection has its answer.
    ///
    /// # Errors
    /// [`RegisterError::State`] otherwise.
    pub async fn close_pack_consultation(
        &self,
        caller: &Caller,
        id: &str,
        version: i64,
        at: Timestamp,
    ) -> Result<Stored<PackRelease>, RegisterError> {
        let (mut acting, mut release) = self.answering(caller, id, version, at).await?;
        let heard = &release.body.consultation.heard;
        if heard.is_empty() {
            return Err(RegisterError::State("nobody of civil society was heard; silence is no consent (SG-087)".into()));
        }
        if heard.iter().any(|one| one.objection.is_some() && one.reply.is_none()) {
            return Err(RegisterError::State("an objection has no answer yet (SG-087)".into()));
        }
        release.body.consultation.closed = Some(at);
        acting.tx()?.put(&mut release).await?;
        let note = acting.note_on("consultation.closed", "pack", id).tag("version", release.body.tag());
        acting.done(Notes::one(note.with(&release.body.consultation))).await?;
        Ok(release)
    }

    /// Approves a release. The second approval, one of both a rights officer's, puts it in force.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who proposed it, for units that spoke already, and where no rights officer is among two;
    /// [`RegisterError::State`] before the consultation was closed.
    pub async fn approve_pack(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<Stored<PackRelease>, RegisterError> {
        let (mut acting, mut release) = self.proposed_pack(caller, id, version, Action::PackRelease, at).await?;
        let unit = unit_of(&caller.principal);
        let spoken: BTreeSet<&str> = release.body.approved.iter().map(|one| one.unit.as_str()).chain([release.body.proposed_unit.as_str()]).collect();
        if spoken.contains(unit.as_str()) || release.body.proposed_by == acting.who() {
            return Err(RegisterError::Duty("two people of two units other than the proposer's approve a pack"));
        }
        if release.body.consultation.closed.is_none() {
            return Err(RegisterError::State("civil society is heard before anybody approves (SG-087)".into()));
        }
        let body = &release.body;
        assessment::checked(&body.assessment, &body.figures, (&body.pack, &body.version, &body.digest), at)?;
        let rights = caller.principal.role == Role::RightsOfficer || body.approved.iter().any(|one| one.role == Role::RightsOfficer);
        if body.approved.len() + 1 >= APPROVALS && !rights {
            return Err(RegisterError::Duty("a rights officer is one of those who approve a pack"));
        }
        release.body.approved.push(Approval { by: acting.who().to_owned(), unit, role: caller.principal.role, at });
        let tag = release.body.tag();
        let mut notes = Notes::one(acting.note_on("pack.approved", "pack", id).tag("version", tag.clone()));
        if release.body.approved.len() >= APPROVALS {
            if let Some(mut before) = acting.tx()?.sole::<PackRelease>("in_force", &release.body.pack).await? {
                before.body.state = PackState::Replaced;
                acting.tx()?.put(&mut before).await?;
                notes = notes.and(acting.note_on("pack.replaced", "pack", &before.id));
            }
            release.body.state = PackState::InForce;
            release.body.in_force_since = Some(at);
            notes =
                notes.and(acting.note_on("pack.in_force", "pack", id).tag("pack", release.body.pack.clone()).tag("version", tag).with(&release.body));
        }
        acting.tx()?.put(&mut release).await?;
        acting.done(notes).await?;
        Ok(release)
    }

    /// Every release, oldest first: no secret among those who are signed in (no hidden rules).
    ///
    /// # Errors
    /// [`RegisterError`] of the store.
    pub async fn pack_releases(&self, page: &Page) -> Result<Vec<Stored<PackRelease>>, RegisterError> {
        Ok(self.store().read().await?.list::<PackRelease>(Find::All, page).await?)
    }
}
