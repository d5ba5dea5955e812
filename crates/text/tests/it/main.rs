//! Names and identifiers.

#[cfg(test)]
mod identity;
#[cfg(test)]
mod names;
#[cfg(test)]
mod spelling;
