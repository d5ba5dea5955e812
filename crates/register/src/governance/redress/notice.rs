//! Notice to the person: orders that delay it and end, what must not be told, and the queue of what is due.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Resource};
use tributary_cases::{Find, Note, Notes, Page, Record, Stored, Writing};
use tributary_escalation::words::Side;
use tributary_model::Timestamp;

use super::rules::{NoticeRule, RedressRules};
use super::take::days;
use super::{About, AboutKind, Redress};
use crate::acting::{Acting, Caller, as_read};
use crate::alert::Alert;
use crate::basis::code_of;
use crate::case::{Case, CaseKind, Party, Standing};
use crate::escalation::EscalationFile;
use crate::people::agency::{Agency, checked_text};
use crate::retention::{Class, start};
use crate::{Register, RegisterError};

/// Orders on one thing that are looked at.
const ORDERS_MAX: u32 = 1_000;
/// Clocks of one run.
const DUE_MAX: u32 = 1_000;

/// Where a notice stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// An order delays it.
    Delayed,
    /// It is to be given.
    Queue,
    /// It must not be given: the oversight body reviews.
    Oversight,
    /// It was given.
    Given,
    /// The oversight body reviewed it.
    Reviewed,
}

/// A notice that an order delayed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Notice {
    /// Of what.
    pub about: About,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// Who ordered the delay, on which basis, and why.
    pub ordered_by: String,
    /// The legal basis.
    pub legal_basis: String,
    /// Why.
    pub reason: String,
    /// The first order's time: all delays together are bounded from it.
    pub first: Timestamp,
    /// It ends then, by itself.
    pub until: Timestamp,
    /// Where it stands.
    pub state: NoticeState,
    /// Given or reviewed by then, once it is due.
    pub due: Option<Timestamp>,
    /// Who gave or reviewed it, when, and how.
    pub done: Option<(String, Timestamp, String)>,
    /// Its clock ran out: it is found by nobody until it is reviewed.
    #[serde(default)]
    pub suspended: bool,
}

impl Record for Notice {
    const KIND: &'static str = "notice";

    fn state(&self) -> &str {
        match self.state {
            NoticeState::Delayed => "delayed",
            NoticeState::Queue => "queue",
            NoticeState::Oversight => "oversight",
            NoticeState::Given => "given",
            NoticeState::Reviewed => "reviewed",
        }
    }

    fn due(&self) -> Option<Timestamp> {
        (self.state == NoticeState::Delayed).then_some(self.until)
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("about", self.about.key())]
    }
}

/// What a run of the clocks did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct NoticeClocks {
    /// Delays that ended: the person is to be told.
    pub queued: u64,
    /// Delays that ended on what must not be told: the oversight body reviews.
    pub to_oversight: u64,
    /// Requests that were not decided in time.
    pub overdue: u64,
}

/// What is held: by which agencies, on which bases, under which law, whether nobody may be told whatever the rules say.
struct Held {
    agencies: Vec<String>,
    bases: Vec<String>,
    jurisdiction: String,
    sealed: bool,
}

/// Compartments, and what is on financing, where a word to the person may be a crime (tipping off): oversight reviews instead.
fn is_sealed(case: &Case) -> bool {
    case.sensitivity >= 3 || case.kind != CaseKind::Trafficking
}

async fn held(writing: &mut Writing, about: &About) -> Result<Option<Held>, RegisterError> {
    let of_case = |case: &Case| Held {
        agencies: case.agencies.iter().cloned().chain([case.agency.clone()]).collect(),
        bases: Vec::new(),
        jurisdiction: case.jurisdiction.clone(),
        sealed: is_sealed(case),
    };
    Ok(match about.kind {
        AboutKind::Alert => writing.get::<Alert>(&about.id).await?.map(|alert| Held {
            agencies: vec![alert.body.agency.clone()],
            bases: alert.body.unmasked.iter().map(|one| one.legal_basis.clone()).collect(),
            jurisdiction: alert.body.jurisdiction.clone(),
            sealed: false,
        }),
        AboutKind::Case => writing.get::<Case>(&about.id).await?.map(|case| of_case(&case.body)),
        AboutKind::Party => match writing.get::<Party>(&about.id).await? {
            None => None,
            Some(party) => {
                let mut found = writing.get::<Case>(&party.body.placed.case).await?.map(|case| of_case(&case.body));
                if let (Some(found), Standing::Subject(promotion)) = (&mut found, &party.body.standing) {
                    found.bases.push(promotion.legal_basis.clone());
                }
                found
            }
        },
        AboutKind::Escalation => match writing.get::<EscalationFile>(&about.id).await? {
            None => None,
            Some(file) => {
                let case = match &file.body.case {
                    Some(case) => writing.get::<Case>(case).await?,
                    None => None,
                };
                let draft = &file.body.machine.draft;
                Some(Held {
                    agencies: vec![draft.by.agency.clone(), draft.recipient_agency.clone()],
                    bases: vec![draft.basis.clone()],
                    jurisdiction: file.body.jurisdiction.clone(),
                    sealed: draft.side != Side::Trafficking || case.is_some_and(|case| is_sealed(&case.body)),
                })
            }
        },
    })
}

/// The rule for what is held of something.
async fn rule_of(writing: &mut Writing, held: &Held) -> Result<NoticeRule, RegisterError> {
    let mut classes: Vec<AgencyClass> = Vec::new();
    for agency in &held.agencies {
        classes.extend(writing.get::<Agency>(agency).await?.map(|agency| agency.body.class));
    }
    let mut bases = Vec::new();
    for stated in &held.bases {
        bases.push(code_of(writing, stated).await?);
    }
    Ok(RedressRules::of(&held.jurisdiction)?.notice(&classes, &bases))
}

/// The case that something belongs to, for who may delay its notice.
async fn case_of(writing: &mut Writing, about: &About) -> Result<Option<Stored<Case>>, RegisterError> {
    let case = match about.kind {
        AboutKind::Case => about.id.clone(),
        AboutKind::Party => match writing.get::<Party>(&about.id).await? {
            Some(party) => party.body.placed.case,
            None => return Ok(None),
        },
        AboutKind::Alert | AboutKind::Escalation => return Ok(None),
    };
    Ok(writing.get::<Case>(&case).await?)
}

/// The cases that something belongs to, came from, or went into.
pub(super) async fn cases_of(writing: &mut Writing, about: &About) -> Result<Vec<String>, RegisterError> {
    let mut cases: Vec<String> = case_of(writing, about).await?.into_iter().map(|case| case.id).collect();
    match about.kind {
        AboutKind::Alert => cases.extend(writing.get::<Alert>(&about.id).await?.into_iter().flat_map(|one| one.body.unmasked).map(|one| one.case)),
        AboutKind::Escalation => cases.extend(writing.get::<EscalationFile>(&about.id).await?.and_then(|one| one.body.case)),
        AboutKind::Case | AboutKind::Party => {}
    }
    Ok(cases)
}

async fn delayed(writing: &mut Writing, about: &About) -> Result<bool, RegisterError> {
    let at = writing.at();
    let mut keys = vec![about.key()];
    // Who delays the notice of a case delays that of everybody in it, and of what it came from and what came of it.
    let cases = cases_of(writing, about).await?;
    keys.extend(cases.into_iter().map(|id| About { kind: AboutKind::Case, id }.key()));
    for key in keys {
        let orders = writing.list::<Notice>(Find::Key("about", &key), &Page::first(ORDERS_MAX)).await?;
        if orders.iter().any(|order| order.body.state == NoticeState::Delayed && at < order.body.until) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether the person may be told anything of what the request is about. No, where there is nothing.
pub(super) async fn may_tell(acting: &mut Acting, request: &Redress) -> Result<bool, RegisterError> {
    let Some(about) = &request.about else { return Ok(false) };
    let Some(held) = held(acting.tx()?, about).await? else { return Ok(false) };
    let strict = rule_of(acting.tx()?, &held).await? == NoticeRule::None;
    Ok(!strict && !held.sealed && !delayed(acting.tx()?, about).await?)
}

/// Whether a notice may be seen by the caller: not by an agency that its case shuts out, and of a compartment by nobody without the vetting (SG-058).
pub(super) async fn reaches(acting: &mut Acting, about: &About) -> Result<bool, RegisterError> {
    let case = case_of(acting.tx()?, about).await?;
    let who = &acting.caller().principal;
    Ok(case.is_none_or(|case| {
        let vetted = who.vetting_valid && who.vetting >= case.body.sensitivity;
        !case.body.excluded.contains(&who.agency) && (case.body.sensitivity == 0 || vetted)
    }))
}

/// Who holds what a request is about: they do not hear its appeal.
#[derive(Debug, Default)]
pub(super) struct Holders {
    /// Those that hold it, and those that its cases shut out: they learn nothing of it by deciding on it either (SG-058).
    agencies: BTreeSet<String>,
    judges: BTreeSet<String>,
}

impl Holders {
    /// Whether an agency, or for a court the judge, is one of them.
    pub(super) fn include(&self, agency: &str, judge: Option<&str>) -> bool {
        self.agencies.contains(agency) || judge.is_some_and(|judge| self.judges.contains(judge))
    }
}

/// Who holds what a request is about; nobody, where there is nothing.
pub(super) async fn holders(acting: &mut Acting, about: Option<&About>) -> Result<Holders, RegisterError> {
    let Some(about) = about else { return Ok(Holders::default()) };
    let writing = acting.tx()?;
    let mut holders = Holders::default();
    holders.agencies.extend(held(writing, about).await?.into_iter().flat_map(|held| held.agencies));
    for id in cases_of(writing, about).await? {
        let Some(Case { agency, agencies, excluded, assigned, .. }) = writing.get::<Case>(&id).await?.map(|case| case.body) else { continue };
        holders.agencies.extend(agencies.into_iter().chain(excluded).chain([agency]));
        holders.judges.extend(assigned);
    }
    Ok(holders)
}

impl Register {
    /// Orders that the person is not told yet of a case or a party, until a time. All orders on one thing together are bounded.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] beyond the bound; [`RegisterError::Missing`] for a case that is not the caller's.
    pub async fn delay_notice(
        &self,
        caller: &Caller,
        about: About,
        until: Timestamp,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<Notice>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let case = case_of(acting.tx()?, &about).await?;
        let resource = case.as_ref().map_or_else(Resource::default, |case| case.body.resource(&case.id));
        acting.permit(Action::RedressDelay, &resource).await?;
        let case = case.ok_or(RegisterError::Missing("request"))?;
        let reason = checked_text("reason", reason, 2_000)?;
        let legal_basis = checked_text("legal_basis", caller.legal_basis.as_deref().unwrap_or_default(), 120)?;
        let rules = RedressRules::of(&case.body.jurisdiction)?;
        let before = acting.tx()?.list::<Notice>(Find::Key("about", &about.key()), &Page::first(ORDERS_MAX)).await?;
        if before.iter().any(|one| one.body.state == NoticeState::Given) {
            return Err(RegisterError::State("notice was given; it cannot be taken back".into()));
        }
        let first = before.iter().map(|one| one.body.first).min().unwrap_or(at);
        if until <= at || until > days(first, rules.clocks.delay_days) {
            return Err(RegisterError::invalid("until", format!("later than now, and all orders together at most {} days", rules.clocks.delay_days)));
        }
        let id = acting.tx()?.new_id();
        let by = acting.who().to_owned();
        let notice = Notice {
            about,
            jurisdiction: case.body.jurisdiction,
            ordered_by: by,
            legal_basis,
            reason,
            first,
            until,
            state: NoticeState::Delayed,
            due: None,
            done: None,
            suspended: false,
        };
        let notice = acting.tx()?.add(&id, notice).await?;
        start(acting.tx()?, Class::Notice, &id, "").await?;
        let note = acting.note_on("notice.delayed", "notice", &id).with(&notice.body);
        acting.done(Notes::one(note)).await?;
        Ok(notice)
    }

    /// Notices that are to be given, and what the oversight body reviews.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn notices(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<Notice>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::RedressTake, &Resource { id: "all".into(), owner: caller.principal.agency.clone(), ..Resource::default() }).await?;
        let mut due = acting.tx()?.list::<Notice>(Find::State("queue"), page).await?;
        due.extend(acting.tx()?.list::<Notice>(Find::State("oversight"), page).await?);
        if caller.principal.role != tributary_access::Role::RightsOfficer {
            due.clear();
        }
        let mut shown = Vec::new();
        for notice in due {
            if !notice.body.suspended && reaches(&mut acting, &notice.body.about).await? {
                shown.push(notice);
            }
        }
        let due = shown;
        let note = acting.note("notice.listed");
        acting.done(Notes::one(note)).await?;
        Ok(due)
    }

    /// Records that the person was told, or, where nobody may be, that the oversight body reviewed it.
    ///
    /// # Errors
    /// [`RegisterError::State`] for one that is delayed or done.
    pub async fn finish_notice(&self, caller: &Caller, id: &str, version: i64, how: &str, at: Timestamp) -> Result<Stored<Notice>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::RedressDecide, &Resource { id: id.to_owned(), owner: caller.principal.agency.clone(), ..Resource::default() }).await?;
        let mut notice = acting.tx()?.get::<Notice>(id).await?.filter(|notice| !notice.body.suspended).ok_or(RegisterError::Missing("request"))?;
        if !reaches(&mut acting, &notice.body.about).await? {
            return Err(RegisterError::Missing("request"));
        }
        as_read(&notice, version)?;
        let (state, kind) = match notice.body.state {
            NoticeState::Queue => (NoticeState::Given, "notice.given"),
            NoticeState::Oversight => (NoticeState::Reviewed, "notice.reviewed"),
            _ => return Err(RegisterError::State("it is not due, or it was done".into())),
        };
        notice.body.state = state;
        notice.body.done = Some((acting.who().to_owned(), at, checked_text("how", how, 2_000)?));
        acting.tx()?.put(&mut notice).await?;
        let note = acting.note_on(kind, "notice", id).with(&notice.body);
        acting.done(Notes::one(note)).await?;
        Ok(notice)
    }

    /// Runs the clocks of redress: delays that ended put their notice into the queue, or before the oversight body; requests that are late are
    /// recorded as late, once. The program does this; it is reached by no request.
    ///
    /// # Errors
    /// [`RegisterError`] of the store.
    pub async fn run_redress_clocks(&self, at: Timestamp) -> Result<NoticeClocks, RegisterError> {
        let mut writing = self.store().write(at).await?;
        let mut done = NoticeClocks::default();
        let mut notes: Vec<Note> = Vec::new();
        for mut notice in writing.list::<Notice>(Find::Due(at), &Page::first(DUE_MAX)).await? {
            let held = held(&mut writing, &notice.body.about).await?;
            let strict = match &held {
                Some(held) => held.sealed || rule_of(&mut writing, held).await? == NoticeRule::None,
                None => false,
            };
            notice.body.state = if strict { NoticeState::Oversight } else { NoticeState::Queue };
            notice.body.due = Some(days(at, RedressRules::of(&notice.body.jurisdiction)?.clocks.oversight_days));
            writing.put(&mut notice).await?;
            *(if strict { &mut done.to_oversight } else { &mut done.queued }) += 1;
            notes.push(Note::of(if strict { "notice.to_oversight" } else { "notice.queued" }).about("notice", "", &notice.id));
        }
        for mut request in writing.list::<Redress>(Find::Due(at), &Page::first(DUE_MAX)).await? {
            if request.body.decided.is_none() {
                request.body.overdue = true;
                writing.put(&mut request).await?;
                done.overdue += 1;
                notes.push(Note::of("request.overdue").about("request", "", &request.id));
            }
        }
        let mut notes = notes.into_iter();
        if let Some(first) = notes.next() {
            writing.commit(notes.fold(Notes::one(first), Notes::and)).await?;
        }
        Ok(done)
    }
}
