//! Names, identifiers and sketches.

#[cfg(test)]
mod identity;
#[cfg(test)]
mod names;
#[cfg(test)]
mod sketches;
#[cfg(test)]
mod spelling;
