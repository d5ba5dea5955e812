//! The temporal graph of value and contact, in columns, and what is computed on any graph: rarity, components, walks, communities.
//!
//! Floor 1. Invariant: never reads a clock, a file or a random number; the result does not depend on the number of threads.
//!
//! Start at [`TransferGraph`]; [`Interner`] gives the node numbers.

pub mod components;
pub mod contact;
mod csr;
mod error;
pub mod identifier;
pub mod intern;
pub mod leiden;
pub mod rank;
pub mod reference;
pub mod relation;
pub mod simple;
pub mod transfer;
pub mod walk;

pub use components::{UnionFind, components};
pub use contact::{ContactColumns, ContactGraph};
pub use error::GraphError;
pub use identifier::{Activity, overlapping_activity, rarity};
pub use intern::Interner;
pub use leiden::{LeidenSettings, leiden, modularity};
pub use rank::LinkGraph;
pub use simple::SimpleGraph;
pub use transfer::{TransferColumns, TransferGraph};
pub use walk::{WalkSettings, WeightedGraph, page_rank, random_walk_with_restart};
