//! The ledger of the register: publishing, witnesses and their quorum, receipts, the transparency report.

mod keeper;
mod restored;
mod transparency;

pub use keeper::{Asked, LogKeeper, LogStatus, Transport, Witness};
pub use restored::{Restored, finish_restore};
