//! Blind deconfliction: two agencies learn that they should talk, and nothing else until both agree (SG-073).
//!
//! A marker is a keyed hash of a value in one way of writing; the value itself is sealed and read again by its own case alone. Where markers of
//! two agencies' cases meet, each side is told the class of the other agency and which of its *own* markers met.
//!
//! What protects from probing:
//! - placing needs a case, a purpose and membership, and is recorded; the answer of placing never tells whether something met;
//! - an account places so many markers a day and an agency so many, withdrawn ones among them;
//! - a match is shown once both cases are a day old, so that a case is not opened to ask and closed again;
//! - whoever is probed is told in the same moment as who probes, and the marker that met stays on record after it is withdrawn;
//! - agencies that a case shuts out never meet it, and a refusal and a miss look the same;
//! - without the register's key a marker cannot be tried against guesses, and markers of different epochs do not compare.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Resource};
use tributary_cases::{Find, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_model::time::{MICROS_PER_DAY, civil_from_days};

use super::normal::{MarkerKind, normalised};
use super::parts::{PARTS_MAX, Part, Placed, enter, open_case, reach, trace, writable};
use super::{Case, Shared};
use crate::acting::{Acting, Caller};
use crate::people::agency::{Agency, checked_text};
use crate::{Register, RegisterError};

/// How many markers an account places in a day.
const ACCOUNT_DAILY: usize = 20;
/// How many markers all accounts of an agency place in a day.
const AGENCY_DAILY: usize = 200;
/// Days for which a marker meets others; it can be placed anew (SG-074 has the same for signals).
const VALID_DAYS: i64 = 180;
/// How old both cases are before a match is shown, in days.
const QUIET_DAYS: i64 = 1;
/// How many markers of one value there are at most.
const SAME_MAX: usize = 1_000;

/// A marker.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Marker {
    /// Where it belongs. It is its case's alone: no partner sees it.
    pub placed: Placed,
    /// What it stands for.
    pub kind: MarkerKind,
    /// The keyed hashes, one for each epoch in which it may meet others.
    pub marks: BTreeSet<String>,
    /// Keyed hashes that it shares with its neighbours: so that going through a block of numbers shows (SG-083). They meet nothing.
    #[serde(default)]
    pub near: Vec<String>,
    /// It meets others until then.
    pub until: Timestamp,
    /// Why it was withdrawn.
    pub withdrawn: Option<String>,
}

impl Record for Marker {
    const KIND: &'static str = "marker";

    fn parent(&self) -> &str {
        &self.placed.case
    }

    fn agency(&self) -> &str {
        &self.placed.agency
    }

    fn state(&self) -> &str {
        if self.withdrawn.is_some() { "withdrawn" } else { "placed" }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        let day = self.placed.at.date();
        vec![("account_day", format!("{}/{day}", self.placed.by)), ("agency_day", format!("{}/{day}", self.placed.agency))]
    }
}

impl Part for Marker {
    const WORD: &'static str = "match";

    fn placed(&self) -> &Placed {
        &self.placed
    }
}

/// All markers of one value in one epoch, under their keyed hash. It has a version, so that of two that are placed at once one sees the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Meeting {
    markers: BTreeSet<String>,
}

impl Record for Meeting {
    const KIND: &'static str = "meeting";
}

/// One side of a match.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Side {
    /// Its case.
    pub case: String,
    /// The agency that placed the marker.
    pub agency: String,
    /// What kind of agency that is.
    pub class: AgencyClass,
    /// Its marker that met.
    pub marker: String,
    /// What it said to talking.
    pub answer: Option<Agreed>,
}

/// What one side said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreed {
    /// The account, which the other side talks to where it agreed.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// It wants to talk, and be known.
    pub agrees: bool,
}

/// Two cases of two agencies that hold the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Match {
    /// What kind of thing.
    pub kind: MarkerKind,
    /// The two sides, by the order of their markers.
    pub sides: [Side; 2],
    /// Shown from then on.
    pub shown_from: Timestamp,
}

impl Record for Match {
    const KIND: &'static str = "match";

    fn state(&self) -> &str {
        if self.both_agree() { "agreed" } else { "open" }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        self.sides.iter().map(|side| ("case", side.case.clone())).collect()
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        let [one, other] = &self.sides;
        vec![("pair", pair_of(&one.marker, &other.marker))]
    }
}

fn pair_of(one: &str, other: &str) -> String {
    if one < other { format!("{one}/{other}") } else { format!("{other}/{one}") }
}

impl Match {
    fn both_agree(&self) -> bool {
        self.sides.iter().all(|side| side.answer.as_ref().is_some_and(|answer| answer.agrees))
    }

    /// Own and other side, as a case sees them.
    fn seen_by(&self, case: &str) -> Option<(&Side, &Side)> {
        match &self.sides {
            [own, other] | [other, own] if own.case == case => Some((own, other)),
            _ => None,
        }
    }

    /// The other case, once both have agreed.
    pub(super) fn agreed_other(&self, case: &str) -> Option<String> {
        self.seen_by(case).filter(|_| self.both_agree()).map(|(_, other)| other.case.clone())
    }
}

/// Where a match stands, for one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum MatchState {
    /// Nobody of the own case has answered.
    Talk,
    /// The own side agreed and waits. Whether the other has declined is not told.
    Waiting,
    /// The own side declined.
    Declined,
    /// Both agreed.
    Agreed,
}

/// Who the other side is: told once both agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OtherSide {
    /// The agency.
    pub agency: String,
    /// The account that agreed for it.
    pub contact: String,
}

/// A match as one side sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MatchView {
    /// Its id.
    pub id: String,
    /// The own case.
    pub case: String,
    /// The own marker that met.
    pub marker: String,
    /// What kind of thing.
    pub kind: MarkerKind,
    /// What kind of agency holds the other case.
    pub other_class: AgencyClass,
    /// Where it stands.
    pub state: MatchState,
    /// Who the other side is, once both agreed.
    pub other: Option<OtherSide>,
    /// In words.
    pub says: String,
}

/// What placing a marker takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMarker {
    /// What it stands for.
    pub kind: MarkerKind,
    /// The value, in any usual way of writing.
    pub value: String,
}

impl Case {
    /// Whether two cases must not learn of one another, because one names people of an agency that works on the other (SG-058).
    pub(super) fn shuts_out(&self, other: &Self) -> bool {
        !self.excluded.is_disjoint(&other.agencies) || !other.excluded.is_disjoint(&self.agencies)
    }
}

/// Where a marker's value is sealed.
fn seal_of(id: &str) -> String {
    format!("marker/{id}")
}

/// The keyed hash of a value without its last three characters, which a block of a thousand numbers shares; none for a short value.
fn near_numbers(register: &Register, kind: &str, value: &str) -> Vec<String> {
    let length = value.chars().count();
    if length < 8 {
        return Vec::new();
    }
    let block: String = value.chars().take(length - 3).collect();
    vec![register.keys().pseudonym(&format!("near/{kind}"), &block).as_str().to_owned()]
}

/// The epochs in which a marker that is placed now may meet others: this year and the next, so that two whose terms overlap share one.
fn epochs(at: Timestamp) -> [u32; 2] {
    let (year, _, _) = civil_from_days(at.date().0);
    let year = u32::try_from(year).unwrap_or(0);
    [year, year + 1]
}

/// What policies see of one side's end of a match: those of the agency that placed the marker, and no partner.
fn end_of(case: &Stored<Case>, id: &str, agency: &str) -> Resource {
    case.body.part(id, "", agency, &Shared::Own)
}

impl Register {
    /// Places a marker. Whether it met another is not answered here.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] for a value that cannot be written in the one way; [`RegisterError::State`] after too many in one day, which
    /// is recorded.
    pub async fn place_marker(&self, caller: &Caller, case: &str, new: NewMarker, at: Timestamp) -> Result<Stored<Marker>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (file, placed) = enter(&mut acting, case, Action::MarkerPlace, Shared::Own).await?;
        let value = normalised(new.kind, &new.value, &file.body.jurisdiction)?;
        if !within_limits(&mut acting).await? {
            let note = acting.note_on("marker.refused", "case_file", case).tag("why", "too-many");
            acting.done(Notes::one(note)).await?;
            return Err(RegisterError::State(format!(
                "{ACCOUNT_DAILY} markers a day for an account, {AGENCY_DAILY} for an agency; this is recorded"
            )));
        }
        super::parts::room_for::<Marker>(&mut acting, case).await?;
        let kind = new.kind.as_str();
        let marks: BTreeSet<String> = epochs(at).into_iter().map(|epoch| self.keys().marker(epoch, kind, &value).as_str().to_owned()).collect();
        let until = Timestamp(at.0 + VALID_DAYS * MICROS_PER_DAY);
        let id = acting.tx()?.new_id();
        acting.tx()?.seal(&seal_of(&id), value.as_bytes()).await?;
        let marker =
            acting.tx()?.add(&id, Marker { placed, kind: new.kind, marks, near: near_numbers(self, kind, &value), until, withdrawn: None }).await?;
        meet(&mut acting, &marker, &file).await?;
        let note = trace(self, &acting, "marker.placed", case, &marker).tag("kind", kind);
        acting.done(Notes::one(note)).await?;
        Ok(marker)
    }

    /// The markers of a case with their values: for its own members.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn markers(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<(Stored<Marker>, String)>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseRead).await?;
        let markers = super::parts::visible::<Marker>(&mut acting, &file, Action::MarkerTalk).await?;
        let mut seen = Vec::with_capacity(markers.len());
        for marker in markers {
            let value = acting.tx()?.unseal(&seal_of(&marker.id)).await?;
            seen.push((marker, String::from_utf8_lossy(&value).into_owned()));
        }
        let note = acting.note_on("marker.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(seen)
    }

    /// Withdraws a marker: it meets nothing any more. It stays on record and in the day's count, and what it met stays met.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn withdraw_marker(&self, caller: &Caller, id: &str, reason: &str, at: Timestamp) -> Result<Stored<Marker>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (mut marker, case) = reach::<Marker>(&mut acting, id, Action::MarkerPlace).await?;
        if marker.body.withdrawn.is_some() {
            return Err(RegisterError::State("it was withdrawn before".into()));
        }
        marker.body.withdrawn = Some(checked_text("reason", reason, 500)?);
        leave(acting.tx()?, &marker).await?;
        acting.tx()?.put(&mut marker).await?;
        let note = trace(self, &acting, "marker.withdrawn", &case.id, &marker).tag("kind", marker.body.kind.as_str());
        acting.done(Notes::one(note)).await?;
        Ok(marker)
    }

    /// The matches of a case.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn matches(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<MatchView>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = acting.tx()?.get::<Case>(case).await?.ok_or(RegisterError::Missing("match"))?;
        let agency = acting.caller().principal.agency.clone();
        acting.permit(Action::MarkerTalk, &end_of(&file, "all", &agency)).await?;
        super::parts::usable(&file.body)?;
        let found = acting.tx()?.list::<Match>(Find::Key("case", case), &Page::first(PARTS_MAX)).await?;
        let mut views = Vec::with_capacity(found.len());
        for met in found {
            let own = met.body.seen_by(case).is_some_and(|(own, _)| own.agency == agency);
            if own && is_shown(&mut acting, &met, &file).await? {
                views.extend(view(&met, case));
            }
        }
        let note = acting.note_on("match.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(views)
    }

    /// Answers a match for the stated case: agrees to be known to the other side, or does not. Once both agreed, each is told the other's agency
    /// and the account that agreed; to anything more the two come by a link or a joint case.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for a match that is not the case's, or not shown yet; [`RegisterError::State`] for one answered before.
    pub async fn answer_match(&self, caller: &Caller, id: &str, agrees: bool, at: Timestamp) -> Result<MatchView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let missing = || RegisterError::Missing("match");
        let case = caller.case.clone().ok_or_else(|| RegisterError::invalid("case", "state the case for which you answer"))?;
        let mut met = acting.tx()?.get::<Match>(id).await?.ok_or_else(missing)?;
        let agency = met.body.seen_by(&case).map(|(own, _)| own.agency.clone()).ok_or_else(missing)?;
        let file = acting.tx()?.get::<Case>(&case).await?.ok_or_else(missing)?;
        acting.permit(Action::MarkerAgree, &end_of(&file, id, &agency)).await?;
        writable(&file.body)?;
        if !is_shown(&mut acting, &met, &file).await? {
            return Err(missing());
        }
        let by = acting.who().to_owned();
        let own = met.body.sides.iter_mut().find(|side| side.case == case).ok_or_else(missing)?;
        if own.answer.is_some() {
            return Err(RegisterError::State("the match was answered for this case before".into()));
        }
        own.answer = Some(Agreed { by, at, agrees });
        acting.tx()?.put(&mut met).await?;
        let outcome = if agrees { "agrees" } else { "declines" };
        let note = trace(self, &acting, "match.answered", &case, &met).tag("outcome", outcome);
        acting.done(Notes::one(note)).await?;
        view(&met, &case).ok_or_else(missing)
    }
}

/// Whether the caller may place one more today.
async fn within_limits(acting: &mut Acting) -> Result<bool, RegisterError> {
    let day = acting.at().date();
    let caller = acting.caller().principal.clone();
    let limit = |limit: usize| Page::first(u32::try_from(limit).unwrap_or(u32::MAX));
    let own = acting.tx()?.list::<Marker>(Find::Key("account_day", &format!("{}/{day}", caller.id)), &limit(ACCOUNT_DAILY)).await?.len();
    let all = acting.tx()?.list::<Marker>(Find::Key("agency_day", &format!("{}/{day}", caller.agency)), &limit(AGENCY_DAILY)).await?.len();
    Ok(own < ACCOUNT_DAILY && all < AGENCY_DAILY)
}

/// Enters a new marker among those of the same value, and makes a match with each that may be met.
async fn meet(acting: &mut Acting, marker: &Stored<Marker>, case: &Stored<Case>) -> Result<(), RegisterError> {
    let mut others = BTreeSet::new();
    for mark in &marker.body.marks {
        let mut meeting = match acting.tx()?.get::<Meeting>(mark).await? {
            Some(meeting) => meeting,
            None => acting.tx()?.add(mark, Meeting::default()).await?,
        };
        // A value of so many cases tells nothing; to say so would tell that it is one.
        if meeting.body.markers.len() >= SAME_MAX {
            continue;
        }
        others.extend(meeting.body.markers.iter().cloned());
        meeting.body.markers.insert(marker.id.clone());
        acting.tx()?.put(&mut meeting).await?;
    }
    for other in others {
        let Some(other) = acting.tx()?.get::<Marker>(&other).await?.filter(|other| acting.at() < other.body.until) else { continue };
        let Some(file) = acting.tx()?.get::<Case>(&other.body.placed.case).await? else { continue };
        let (own, theirs) = (&marker.body.placed, &other.body.placed);
        if file.id != case.id && file.body.is_open() && own.agency != theirs.agency && !file.body.shuts_out(&case.body) {
            add_match(acting, (marker, case), (&other, &file)).await?;
        }
    }
    Ok(())
}

type End<'a> = (&'a Stored<Marker>, &'a Stored<Case>);

async fn add_match(acting: &mut Acting, one: End<'_>, other: End<'_>) -> Result<(), RegisterError> {
    let pair = pair_of(&one.0.id, &other.0.id);
    if acting.tx()?.sole::<Match>("pair", &pair).await?.is_some() {
        return Ok(());
    }
    let sides = [side(acting, one).await?, side(acting, other).await?];
    let quiet = |case: &Stored<Case>| case.made.0 + QUIET_DAYS * MICROS_PER_DAY;
    let shown_from = Timestamp(acting.at().0.max(quiet(one.1)).max(quiet(other.1)));
    let id = acting.tx()?.new_id();
    acting.tx()?.add(&id, Match { kind: one.0.body.kind, sides, shown_from }).await?;
    Ok(())
}

async fn side(acting: &mut Acting, (marker, case): End<'_>) -> Result<Side, RegisterError> {
    let agency = acting.tx()?.need::<Agency>(&marker.body.placed.agency).await?;
    Ok(Side { case: case.id.clone(), agency: agency.id, class: agency.body.class, marker: marker.id.clone(), answer: None })
}

/// Whether a case may see a match now: its time has come, and neither side is closed, suspended or shut out since.
async fn is_shown(acting: &mut Acting, met: &Stored<Match>, case: &Stored<Case>) -> Result<bool, RegisterError> {
    let Some((_, other)) = met.body.seen_by(&case.id) else { return Ok(false) };
    let Some(file) = acting.tx()?.get::<Case>(&other.case).await? else { return Ok(false) };
    Ok(acting.at() >= met.body.shown_from && file.body.is_open() && !file.body.shuts_out(&case.body))
}

fn view(met: &Stored<Match>, case: &str) -> Option<MatchView> {
    let (own, other) = met.body.seen_by(case)?;
    let both = met.body.both_agree();
    let state = match &own.answer {
        _ if both => MatchState::Agreed,
        None => MatchState::Talk,
        Some(answer) if answer.agrees => MatchState::Waiting,
        Some(_) => MatchState::Declined,
    };
    let contact = other.answer.as_ref().filter(|_| both).map(|answer| answer.by.clone());
    Some(MatchView {
        id: met.id.clone(),
        case: case.to_owned(),
        marker: own.marker.clone(),
        kind: met.body.kind,
        other_class: other.class,
        state,
        other: contact.map(|contact| OtherSide { agency: other.agency.clone(), contact }),
        says: format!("another case, of an agency of class {}, may concern the same thing; talk", other.class.as_str()),
    })
}

/// Takes a marker out of what is met.
async fn leave(writing: &mut Writing, marker: &Stored<Marker>) -> Result<(), RegisterError> {
    for mark in &marker.body.marks {
        let Some(mut meeting) = writing.get::<Meeting>(mark).await? else { continue };
        meeting.body.markers.remove(&marker.id);
        if meeting.body.markers.is_empty() {
            writing.remove(&meeting).await?;
        } else {
            writing.put(&mut meeting).await?;
        }
    }
    Ok(())
}

/// Takes a marker away for good, with its value.
pub(super) async fn forget(writing: &mut Writing, marker: &Stored<Marker>) -> Result<(), RegisterError> {
    leave(writing, marker).await?;
    writing.erase(&seal_of(&marker.id)).await?;
    Ok(writing.remove(marker).await?)
}
