//! Pattern search.
#[cfg(test)]
mod equal;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod streaming;
#[cfg(test)]
mod threads;
