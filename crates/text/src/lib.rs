//! Comparable forms of names and identifiers, and sketches of adverts.
//!
//! Floor 0. Invariant: never keeps or returns the text of an advert; a [`sketch`] holds hashes only.
//! No I/O, no clock, no random number: the same text gives the same bytes on every machine.
//!
//! Start at [`normalise_name`] (the exact-name key) and [`sketch`] (what is kept of an advert).

mod fold;
mod identifier;
mod name;
pub mod names;
mod sketch;
mod slot;
mod template;

pub use fold::ascii_digits;
pub use identifier::{normalise_address, normalise_document, normalise_email, normalise_phone};
pub use name::normalise_name;
pub use sketch::{SKETCH_LENGTH, similarity, sketch};
pub use template::{TEMPLATE_THRESHOLD, group_templates};
