//! The world keeps its promises: same bytes for the same seed, rows that the contract accepts, rare crime, truth apart.
#[cfg(test)]
mod contract;
#[cfg(test)]
mod corpus;
#[cfg(test)]
mod support;
#[cfg(test)]
mod worlds;
