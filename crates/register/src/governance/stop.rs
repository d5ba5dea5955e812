//! The stop switch (SG-014): no new alerts and no outbound signals, of everything or of one rule pack, from the next call on.
//!
//! One person stops; two let it go on. A stop is no secret: everybody who is signed in sees it, its reason and since when.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;

use crate::acting::{Caller, as_read};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// The longest name of a pack, in characters.
const PACK_MAX: usize = 40;
/// Digits in it: so many fit into a tag of the ledger.
const PACK_DIGITS_MAX: usize = 8;
/// Stops in force at one time that are looked at; more cannot be set.
const IN_FORCE_MAX: u32 = 1_000;

/// What is stopped.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Scope {
    /// Everything.
    Global,
    /// One rule pack.
    Pack {
        /// Its id, as runs name it.
        pack: String,
        /// For this agency alone; for all where none is named.
        #[serde(default)]
        agency: Option<String>,
    },
}

impl Scope {
    fn key(&self) -> String {
        match self {
            Self::Global => "global".into(),
            Self::Pack { pack, agency } => format!("pack/{pack}/{}", agency.as_deref().unwrap_or_default()),
        }
    }

    fn action(&self) -> Action {
        match self {
            Self::Global => Action::StopSet,
            Self::Pack { .. } => Action::PackStop,
        }
    }

    fn resource(&self) -> Resource {
        match self {
            Self::Global => Resource { id: "global".into(), ..Resource::default() },
            Self::Pack { pack, agency } => Resource { id: pack.clone(), owner: agency.clone().unwrap_or_default(), ..Resource::default() },
        }
    }

    const fn word(&self) -> &'static str {
        match self {
            Self::Global => "global",
            Self::Pack { agency: None, .. } => "pack",
            Self::Pack { agency: Some(_), .. } => "pack_of_agency",
        }
    }

    /// Whether it covers something that an agency's packs made.
    fn covers(&self, of: &str, packs: &BTreeSet<String>) -> bool {
        match self {
            Self::Global => true,
            Self::Pack { pack, agency } => packs.contains(pack) && agency.as_deref().is_none_or(|agency| agency == of),
        }
    }
}

/// Somebody asks that it goes on, or agrees that it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lift {
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// Why.
    pub reason: String,
}

/// A stop.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stop {
    /// What is stopped.
    pub scope: Scope,
    /// Why, for everybody to read.
    pub reason: String,
    /// Who set it.
    pub set_by: String,
    /// For which agency that person acts.
    pub set_for: String,
    /// Since when.
    pub since: Timestamp,
    /// The first of two who let it go on.
    pub asked: Option<Lift>,
    /// The second: then it is lifted.
    pub lifted: Option<Lift>,
}

impl Record for Stop {
    const KIND: &'static str = "stop";

    fn state(&self) -> &str {
        if self.lifted.is_some() { "lifted" } else { "in_force" }
    }

    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        if self.lifted.is_some() { Vec::new() } else { vec![("in_force", self.scope.key())] }
    }
}

/// A stop as everybody sees it: which agency set it, and not which person.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StopView {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// What is stopped.
    pub scope: Scope,
    /// Why.
    pub reason: String,
    /// By which agency.
    pub set_for: String,
    /// Since when.
    pub since: Timestamp,
    /// One of two has asked that it goes on.
    pub lift_asked: bool,
    /// Since when it is lifted.
    pub lifted: Option<Timestamp>,
}

impl From<&Stored<Stop>> for StopView {
    fn from(stop: &Stored<Stop>) -> Self {
        Self {
            id: stop.id.clone(),
            version: stop.version,
            scope: stop.body.scope.clone(),
            reason: stop.body.reason.clone(),
            set_for: stop.body.set_for.clone(),
            since: stop.body.since,
            lift_asked: stop.body.asked.is_some(),
            lifted: stop.body.lifted.as_ref().map(|lift| lift.at),
        }
    }
}

/// The stops in force when a transaction looked.
#[derive(Debug, Clone)]
pub struct InForce(Vec<Stored<Stop>>);

impl InForce {
    /// The stop that covers something of an agency that these packs made; none where it may go on. Whoever makes alerts or sends anything
    /// out asks this in the same transaction.
    #[must_use]
    pub fn halts(&self, agency: &str, packs: &BTreeSet<String>) -> Option<&Stored<Stop>> {
        self.0.iter().find(|stop| stop.body.scope.covers(agency, packs))
    }
}

/// The stops in force, seen from an open transaction.
///
/// # Errors
/// [`RegisterError`] of the store.
pub async fn stops_in_force(writing: &mut Writing) -> Result<InForce, RegisterError> {
    Ok(InForce(writing.list::<Stop>(Find::State("in_force"), &Page::first(IN_FORCE_MAX)).await?))
}

/// A pack's id: lower-case letters, digits, `_`, `-` and `.`.
pub(crate) fn checked_pack(pack: &str) -> Result<(), RegisterError> {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'_' | b'-' | b'.');
    let digits = pack.bytes().filter(u8::is_ascii_digit).count();
    if (1..=PACK_MAX).contains(&pack.len()) && pack.bytes().all(allowed) && digits <= PACK_DIGITS_MAX {
        return Ok(());
    }
    Err(RegisterError::invalid("pack", "1 to 40 lower-case letters, digits, `_`, `-` and `.`, at most 8 of them digits"))
}

impl Register {
    /// Stops everything or a pack, from the next call on (SG-014).
    ///
    /// # Errors
    /// [`RegisterError::Denied`] for a scope that is not the caller's; [`RegisterError::State`] where such a stop is in force.
    pub async fn set_stop(&self, caller: &Caller, scope: Scope, reason: &str, at: Timestamp) -> Result<StopView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(scope.action(), &scope.resource()).await?;
        if let Scope::Pack { pack, .. } = &scope {
            checked_pack(pack)?;
        }
        let reason = checked_text("reason", reason, 500)?;
        let (set_by, set_for) = (acting.who().to_owned(), acting.caller().principal.agency.clone());
        let id = acting.tx()?.new_id();
        let stop = acting.tx()?.add(&id, Stop { scope, reason, set_by, set_for, since: at, asked: None, lifted: None }).await?;
        let mut note = acting.note_on("stop.set", "stop", &id).tag("scope", stop.body.scope.word());
        if let Scope::Pack { pack, .. } = &stop.body.scope {
            note = note.tag("pack", pack.clone());
        }
        acting.done(Notes::one(note.with(&stop.body))).await?;
        Ok(StopView::from(&stop))
    }

    /// Asks that it goes on; the second person who does lifts the stop.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for the same person twice; [`RegisterError::State`] for a stop that is lifted.
    pub async fn lift_stop(&self, caller: &Caller, id: &str, version: i64, reason: &str, at: Timestamp) -> Result<StopView, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut stop = acting.tx()?.need::<Stop>(id).await?;
        acting.permit(stop.body.scope.action(), &stop.body.scope.resource()).await?;
        let reason = checked_text("reason", reason, 500)?;
        as_read(&stop, version)?;
        if stop.body.lifted.is_some() {
            return Err(RegisterError::State("the stop was lifted before".into()));
        }
        let lift = Lift { by: acting.who().to_owned(), at, reason };
        let kind = match &stop.body.asked {
            None => {
                stop.body.asked = Some(lift);
                "stop.lift_asked"
            }
            Some(asked) if asked.by == lift.by => return Err(RegisterError::Duty("two people let it go on: another one must agree")),
            Some(_) => {
                stop.body.lifted = Some(lift);
                "stop.lifted"
            }
        };
        acting.tx()?.put(&mut stop).await?;
        let note = acting.note_on(kind, "stop", id).tag("scope", stop.body.scope.word()).with(&stop.body);
        acting.done(Notes::one(note)).await?;
        Ok(StopView::from(&stop))
    }

    /// Every stop, in force or lifted, oldest first: no secret among those who are signed in.
    ///
    /// # Errors
    /// [`RegisterError`] of the store.
    pub async fn stops(&self, page: &Page) -> Result<Vec<StopView>, RegisterError> {
        Ok(self.store().read().await?.list::<Stop>(Find::All, page).await?.iter().map(StopView::from).collect())
    }
}
