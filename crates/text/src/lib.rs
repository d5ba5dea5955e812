//! Comparable forms of names and identifiers.
//!
//! Floor 0. Invariants: no I/O, no clock, no random number: the same text gives the same bytes on every machine.
//!
//! Start at [`normalise_name`] (the exact-name key) and [`names`] (names compared across scripts).
//! Names and numbers are compared, never classified: no trait of a person is read out of them.

mod address;
mod birth;
mod document;
mod fold;
mod hash;
mod identifier;
mod name;
pub mod names;

pub use address::{AddressLevel, compare_addresses};
pub use birth::{BirthDate, BirthLevel, compare_birth_dates};
pub use document::{IdentifierLevel, PaperTazkira, cnic, compare_documents, compare_phones, e_tazkira, international_phone, paper_tazkira};
pub use fold::ascii_digits;
pub use identifier::{normalise_address, normalise_document, normalise_email, normalise_phone};
pub use name::normalise_name;
