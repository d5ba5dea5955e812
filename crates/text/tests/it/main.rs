//! Names, identifiers and sketches.

mod sketches;
mod spelling;
