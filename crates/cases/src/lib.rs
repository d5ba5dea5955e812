//! The operational store of the register: objects with versions, a vault, and an entry in the ledger with every change.
//!
//! Floor 4. SQLite for one program, PostgreSQL for many: the same statements on both. What people may do is decided above; this crate holds
//! that nothing changes without an entry for the ledger, that nobody's change is lost under another's, and that what was acknowledged stays.

pub mod backup;
mod error;
mod store;

pub use error::CasesError;
pub use store::{
    Erasures, Faults, Find, Keys, LedgerFolder, NoFaults, Note, Notes, Page, Place, Published, Reading, Record, Store, Stored, Waiting, Writing,
    Written,
};
