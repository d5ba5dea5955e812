//! The lake from outside: files in, snapshots and answers out.

mod faults;
mod files;
mod lists;
mod mappings;
mod sql;
mod support;

#[path = "../../../../fuzz/smoke.rs"]
mod smoke;
