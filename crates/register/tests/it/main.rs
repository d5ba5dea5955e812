//! What people can do in the register and what they cannot, on SQLite and on PostgreSQL alike.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, reason = "tests stop at the first surprise")]

mod alert;
mod anomaly;
#[path = "../../../access/tests/it/authenticator.rs"]
mod authenticator;
mod case;
mod case_data;
mod case_evidence;
mod danger;
mod deconfliction;
mod escalation;
mod keys;
mod ledger_words;
mod order;
mod pack;
mod people;
mod redress;
mod retention;
#[path = "../../../escalation/tests/it/sources.rs"]
mod sources;
mod support;
mod victim;
