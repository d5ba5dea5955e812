//! Links between cases: proposed by a member of one, agreed by a member of the other.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Notes, Page, Record, Stored};
use tributary_model::Timestamp;

use super::parts::{open_case, trace, writable};
use super::{Case, CaseState, Match, Shared};
use crate::acting::Caller;
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// What two cases have to do with one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkKind {
    /// They are about the same people.
    SamePeople,
    /// They are about the same route.
    SameRoute,
    /// They are about the same money.
    SameMoney,
    /// One came out of the other.
    CameOutOf,
    /// They are the same case, opened twice.
    Duplicate,
}

impl LinkKind {
    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SamePeople => "same-people",
            Self::SameRoute => "same-route",
            Self::SameMoney => "same-money",
            Self::CameOutOf => "came-out-of",
            Self::Duplicate => "duplicate",
        }
    }
}

/// Where a link stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkState {
    /// It waits for the other case.
    Proposed,
    /// Both sides want it.
    Agreed {
        /// Who agreed.
        by: String,
        /// When.
        at: Timestamp,
    },
    /// The other side does not.
    Declined {
        /// Who declined.
        by: String,
        /// When.
        at: Timestamp,
        /// Why.
        reason: String,
    },
}

/// A link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CaseLink {
    /// The case that proposes.
    pub from: String,
    /// The case that answers.
    pub to: String,
    /// What they have to do with one another.
    pub kind: LinkKind,
    /// Why.
    pub reason: String,
    /// Who proposed.
    pub by: String,
    /// For which agency.
    pub agency: String,
    /// When.
    pub at: Timestamp,
    /// Where it stands.
    pub state: LinkState,
}

impl Record for CaseLink {
    const KIND: &'static str = "case_link";

    fn parent(&self) -> &str {
        &self.from
    }

    fn agency(&self) -> &str {
        &self.agency
    }

    fn state(&self) -> &str {
        match self.state {
            LinkState::Proposed => "proposed",
            LinkState::Agreed { .. } => "agreed",
            LinkState::Declined { .. } => "declined",
        }
    }

    fn keys(&self) -> Vec<(&'static str, String)> {
        vec![("case", self.from.clone()), ("case", self.to.clone())]
    }
}

/// The other case of a link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkTo {
    /// By its id, which its members gave.
    Case(String),
    /// By a match that both sides agreed to talk about: its id stays unknown until the link is agreed.
    Match(String),
}

fn end_of(case: &Case, link: &CaseLink, id: &str) -> Resource {
    case.part(id, &link.by, &case.agency, &Shared::All)
}

impl Register {
    /// Proposes a link from the stated case to another.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for a case that is not there, is not open, or must not be known of: all three sound the same.
    pub async fn propose_link(
        &self,
        caller: &Caller,
        from: &str,
        to: &LinkTo,
        kind: LinkKind,
        reason: &str,
        at: Timestamp,
    ) -> Result<Stored<CaseLink>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let (who, agency) = (acting.who().to_owned(), acting.caller().principal.agency.clone());
        let file = acting.tx()?.need::<Case>(from).await?;
        acting.permit(Action::LinkPropose, &file.body.part("new", &who, &agency, &Shared::All)).await?;
        writable(&file.body)?;
        let reason = checked_text("reason", reason, 500)?;
        let missing = || RegisterError::Missing("case");
        let to = match to {
            LinkTo::Case(id) => id.clone(),
            LinkTo::Match(id) => {
                let met = acting.tx()?.get::<Match>(id).await?.ok_or_else(missing)?;
                met.body.agreed_other(from).ok_or_else(missing)?
            }
        };
        let other = acting.tx()?.get::<Case>(&to).await?.filter(|other| other.body.is_open() && to != from);
        let other = other.filter(|other| !file.body.shuts_out(&other.body) && !other.body.excluded.contains(&agency)).ok_or_else(missing)?;
        let link = CaseLink { from: from.to_owned(), to: other.id, kind, reason, by: who, agency, at, state: LinkState::Proposed };
        let id = acting.tx()?.new_id();
        let link = acting.tx()?.add(&id, link).await?;
        let note = trace(self, &acting, "link.proposed", from, &link).tag("kind", kind.as_str());
        acting.done(Notes::one(note)).await?;
        Ok(link)
    }

    /// Agrees to a link, or declines it with a reason: by a member of the other case, who is not the one who proposed it.
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for who proposed it; [`RegisterError::State`] for a link that was answered before.
    pub async fn answer_link(&self, caller: &Caller, id: &str, declined: Option<&str>, at: Timestamp) -> Result<Stored<CaseLink>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let missing = || RegisterError::Missing("case");
        let mut link = acting.tx()?.get::<CaseLink>(id).await?.ok_or_else(missing)?;
        let case = acting.tx()?.get::<Case>(&link.body.to).await?.ok_or_else(missing)?;
        acting.permit(Action::LinkAgree, &end_of(&case.body, &link.body, id)).await?;
        writable(&case.body)?;
        if link.body.by == acting.who() {
            return Err(RegisterError::Duty("another person than the one who proposed a link agrees to it"));
        }
        if link.body.state != LinkState::Proposed {
            return Err(RegisterError::State("the link was answered before".into()));
        }
        let by = acting.who().to_owned();
        link.body.state = match declined {
            None => LinkState::Agreed { by, at },
            Some(reason) => LinkState::Declined { by, at, reason: checked_text("reason", reason, 500)? },
        };
        acting.tx()?.put(&mut link).await?;
        let outcome = link.body.state().to_owned();
        let note = trace(self, &acting, "link.answered", &case.id, &link).tag("outcome", outcome);
        acting.done(Notes::one(note)).await?;
        Ok(link)
    }

    /// The links of a case. A link that is not agreed shows the other case to the side that was asked only by kind and reason: the id of the
    /// other end is blank.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn links(&self, caller: &Caller, case: &str, at: Timestamp) -> Result<Vec<Stored<CaseLink>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let file = open_case(&mut acting, case, Action::CaseRead).await?;
        let links = acting.tx()?.list::<CaseLink>(Find::Key("case", case), &Page::first(super::parts::PARTS_MAX)).await?;
        let mut seen = Vec::with_capacity(links.len());
        for mut link in links {
            let other_id = if link.body.from == case { link.body.to.clone() } else { link.body.from.clone() };
            let other = acting.tx()?.get::<Case>(&other_id).await?;
            // A side that has come to name this one's people since is silent from then on.
            let Some(other) = other.filter(|other| other.body.state != CaseState::Suspended && !file.body.shuts_out(&other.body)) else { continue };
            if !matches!(link.body.state, LinkState::Agreed { .. }) {
                if link.body.from == case {
                    link.body.to = String::new();
                } else {
                    link.body.from = String::new();
                    link.body.by = String::new();
                    link.body.agency.clone_from(&other.body.agency);
                }
            }
            seen.push(link);
        }
        let note = acting.note_on("link.listed", "case_file", case);
        acting.done(Notes::one(note)).await?;
        Ok(seen)
    }
}
