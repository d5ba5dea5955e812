//! A transparency ledger over bytes: a log that its operator cannot quietly rewrite (C2SP tlog formats, RFC 9162 hashing).
//!
//! `append` makes the tiles to write, `store` reads a tree and its proofs, `checkpoint` and `note` sign, `policy` says whose
//! cosignatures suffice, `receipt` shows an entry offline, `witness` and `client` are the two sides of the witness protocol, `entry` is
//! what this ledger records, `rules` what an auditor holds it to, `report` what may be published of it.
//!
//! No file, clock or random source: stores, times and seeds are arguments.

pub mod append;
pub mod audit;
pub mod checkpoint;
pub mod client;
pub mod cosign;
pub mod entry;
pub mod hash;
pub mod inspect;
pub mod note;
pub mod plain;
pub mod policy;
pub mod receipt;
pub mod report;
pub mod rules;
pub mod store;
pub mod suppress;
pub mod tile;
pub mod time;
pub mod tree;
pub mod witness;

pub use append::{AppendError, Log};
pub use audit::{Finding, audit};
pub use checkpoint::Checkpoint;
pub use entry::{Entry, Pseudonym, commitment, pseudonym};
pub use hash::Hash;
pub use note::{Kind, Note, Signer, VerifierKey};
pub use policy::{Policy, Verdict};
pub use receipt::Receipt;
pub use report::{Report, report};
pub use rules::Rules;
pub use store::{StoreError, TileRead, TileStore, Tree};
