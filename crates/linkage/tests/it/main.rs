//! One binary for all tests of linkage.

mod kernels;
mod linking;
mod people;
mod state;
