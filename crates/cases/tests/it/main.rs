//! What the store of the register promises, on SQLite and on PostgreSQL alike.

mod faults;
mod kill;
mod ledger;
mod objects;
mod support;
