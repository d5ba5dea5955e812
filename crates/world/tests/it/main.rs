//! The world keeps its promises: same bytes for the same seed, rows that the contract accepts, rare crime, apart truth.
mod worlds;
