//! Screening. Every person and firm in these tests is invented.

#[cfg(test)]
mod embed;
#[cfg(test)]
mod engine;
#[cfg(test)]
mod fields;
#[cfg(test)]
mod hits;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod readers;
#[cfg(test)]
mod shared;
