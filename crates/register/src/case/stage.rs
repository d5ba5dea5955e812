//! The cycle of intelligence-led policing as explicit states: each with an owner and a date (SG-120).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Action;
use tributary_cases::{Notes, Stored};
use tributary_model::Timestamp;

use super::parts::{open_case, trace_case, writable};
use super::{Case, Stage};
use crate::acting::{Caller, as_read};
use crate::people::agency::checked_text;
use crate::{Register, RegisterError};

/// How many steps a case goes through at most.
const STEPS_MAX: usize = 500;

impl Stage {
    /// All of them in the order of the cycle.
    pub const ALL: [Self; 7] =
        [Self::Tasking, Self::Collection, Self::Evaluation, Self::Collation, Self::Analysis, Self::Dissemination, Self::Review];

    /// Its word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Tasking => "tasking",
            Self::Collection => "collection",
            Self::Evaluation => "evaluation",
            Self::Collation => "collation",
            Self::Analysis => "analysis",
            Self::Dissemination => "dissemination",
            Self::Review => "review",
        }
    }

    /// The stage after it; after review the cycle begins anew with tasking.
    #[must_use]
    pub const fn next(self) -> Self {
        match self {
            Self::Tasking => Self::Collection,
            Self::Collection => Self::Evaluation,
            Self::Evaluation => Self::Collation,
            Self::Collation => Self::Analysis,
            Self::Analysis => Self::Dissemination,
            Self::Dissemination => Self::Review,
            Self::Review => Self::Tasking,
        }
    }
}

/// One step of a case through the cycle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StageStep {
    /// Where to.
    pub stage: Stage,
    /// The account that is responsible.
    pub owner: String,
    /// By when.
    pub due: Timestamp,
    /// Since when.
    pub since: Timestamp,
    /// Who decided it.
    pub by: String,
    /// Why; always there for a step back.
    pub reason: Option<String>,
}

/// What moving a case takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MoveStage {
    /// The next stage, the same one with another owner or date, or one before with a reason.
    pub to: Stage,
    /// The member who is responsible.
    pub owner: String,
    /// By when; in the future.
    pub due: Timestamp,
    /// Why; needed for a step back, or for the same stage anew.
    #[serde(default)]
    pub reason: Option<String>,
}

impl Register {
    /// Moves a case one stage on, or back with a reason (SG-120).
    ///
    /// # Errors
    /// [`RegisterError`]; [`RegisterError::State`] for a stage that is left out.
    pub async fn move_stage(&self, caller: &Caller, id: &str, step: MoveStage, version: i64, at: Timestamp) -> Result<Stored<Case>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let mut case = open_case(&mut acting, id, Action::CaseUpdate).await?;
        writable(&case.body)?;
        as_read(&case, version)?;
        let forward = step.to == case.body.stage.next();
        if !forward && step.to > case.body.stage {
            return Err(RegisterError::State(format!(
                "a case goes on by one stage; after {} comes {}",
                case.body.stage.as_str(),
                case.body.stage.next().as_str()
            )));
        }
        let reason = step.reason.as_deref().map(|reason| checked_text("reason", reason, 500)).transpose()?;
        if !forward && reason.is_none() {
            return Err(RegisterError::invalid("reason", "why the case goes back, or stays"));
        }
        if !case.body.has_member(&step.owner) {
            return Err(RegisterError::invalid("owner", "a member of the case"));
        }
        if step.due <= at {
            return Err(RegisterError::invalid("due", "a time to come"));
        }
        if case.body.stages.len() >= STEPS_MAX {
            return Err(RegisterError::State(format!("a case goes through at most {STEPS_MAX} steps; close it and open another")));
        }
        case.body.stage = step.to;
        case.body.stage_owner.clone_from(&step.owner);
        case.body.stage_due = step.due;
        let by = acting.who().to_owned();
        case.body.stages.push(StageStep { stage: step.to, owner: step.owner, due: step.due, since: at, by, reason });
        acting.tx()?.put(&mut case).await?;
        let way = if forward { "on" } else { "back" };
        let note = trace_case(self, &acting, "case.stage_moved", &case).tag("stage", case.body.stage.as_str()).tag("way", way);
        acting.done(Notes::one(note)).await?;
        Ok(case)
    }
}
