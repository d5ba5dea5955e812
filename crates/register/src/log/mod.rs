//! The ledger of the register: publishing, witnesses and their quorum, receipts, the transparency report.

mod keeper;
mod transparency;

pub use keeper::{LogKeeper, LogStatus, Transport, Witness};
