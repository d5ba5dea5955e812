//! Which addresses of a public chain one hand holds, why, and what flows between the hands.
//!
//! Floor 2. Invariants: every link says why and by which transaction; a cluster with two different names is told, never named; what joint transactions (CoinJoin) mix is
//! not linked; a bad row never stops a file and is never lost; the order of addresses and threads never shows. What the heuristics cannot know: `docs/wallets.md`.
//!
//! Start at [`read_utxo`] and [`clusters`], or [`read_moves`] and [`user_clusters`]; then [`write_addresses`] and the writers of transfers.

mod change;
mod coinjoin;
mod deposit;
mod link;
mod output;
mod read;
pub mod reference;
mod settings;
mod store;
mod tags;
mod utxo;

pub use change::{AddressType, Change, Votes};
pub use coinjoin::{CoinJoin, coinjoin};
pub use deposit::{Deposit, user_clusters};
pub use link::{Class, Clusters, Conflict, Link, Refusal, Refused, Why};
pub use output::{Skipped, write_addresses, write_moves, write_transfers};
pub use read::{Bad, ReadCounts, ReadError, ReadLimits, read_moves, read_tags, read_utxo};
pub use settings::{ChangeRule, DepositSettings, Settings};
pub use store::{Leg, Move, Moves, NO_ADDRESS, Transaction, Utxo};
pub use tags::{Tag, Tags};
pub use utxo::{Found, clusters};
