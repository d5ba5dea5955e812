//! What the store of the register promises, on SQLite and on PostgreSQL alike.

mod backup;
mod faults;
mod kill;
mod ledger;
mod migrations;
mod objects;
mod support;
