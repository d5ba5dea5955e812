//! What the store of the register promises, on SQLite and on PostgreSQL alike.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod backup;
mod faults;
mod kill;
mod ledger;
mod migrations;
mod objects;
mod support;
