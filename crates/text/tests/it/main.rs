//! Names, identifiers and sketches.

#[cfg(test)]
mod sketches;
#[cfg(test)]
mod spelling;
