//! Comparable forms of names and identifiers, and sketches of adverts.
//!
//! Floor 0. Invariant: never keeps or returns the text of an advert; a [`sketch`] holds hashes only.
//! No I/O, no clock, no random number: the same text gives the same bytes on every machine.
//!
//! Start at [`normalise_name`] (the exact-name key), [`names`] (names compared across scripts) and [`sketch`] (what is kept of an advert).
//! Names and numbers are compared, never classified: no trait of a person is read out of them.

mod address;
mod birth;
mod document;
mod fold;
mod identifier;
mod name;
pub mod names;
mod sketch;
mod slot;
mod template;

pub use address::{AddressLevel, compare_addresses};
pub use birth::{BirthDate, BirthLevel, compare_birth_dates};
pub use document::{IdentifierLevel, PaperTazkira, cnic, compare_documents, compare_phones, e_tazkira, international_phone, paper_tazkira};
pub use fold::ascii_digits;
pub use identifier::{normalise_address, normalise_document, normalise_email, normalise_phone};
pub use name::normalise_name;
pub use sketch::{SKETCH_LENGTH, similarity, sketch};
pub use template::{TEMPLATE_THRESHOLD, group_templates};
