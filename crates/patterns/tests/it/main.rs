//! Pattern search.
#[cfg(test)]
mod equal;
#[cfg(test)]
mod examples;
#[cfg(test)]
mod threads;
