//! Review: people read what the program found, weigh every explanation before they see a figure, and decide.
//!
//! An alert has three parts that are kept apart. Its file ([`Alert`]) says where it stands. What is shown of it ([`Shown`]) names everybody
//! by a pseudonym, `S1`, `S2` and so on. Who they are lies sealed in the vault, and is opened for a case and a purpose alone (SG-083).
//!
//! One call, [`crate::Register::dispose`], takes every reading: first, second, third and sampled again. Which it is stands in no view, so
//! that no reader knows what another has said, or whether anybody has (SG-015, SG-016).

mod agreement;
mod decoy;
mod disposition;
mod import;
mod labels;
mod mask;
mod purge;
mod queue;
mod record;
mod reread;
mod shown;
mod unmask;
mod view;
mod weigh;
mod withdraw;

pub use agreement::{Agreement, DecoyScore, Kappa, kappa};
pub use decoy::NewDecoy;
pub use disposition::Decision;
pub use import::{Import, Imported, Refused, prepare};
pub use labels::{Label, LabelReader};
pub use mask::{Identities, Masker};
pub(crate) use purge::purge;
pub use queue::QueueItem;
pub use record::{
    Alert, AlertState, Claim, Counter, Decoy, Disposition, Ground, Leaning, Notice, Outcome, OverrideCode, Reading, ReasonCode, Reread, Snooze,
    Stage, Unmasked,
};
pub use shown::{Figures, Shown, ShownSubject, veil};
pub use unmask::alert_for_case;
pub use view::{AlertView, HypothesisView, IndicatorView, LinkView, OutcomeView, SubjectView, view};
pub use weigh::{Mark, Weighing, Weight};
pub use withdraw::{Affected, Withdrawal, WithdrawnSource};
