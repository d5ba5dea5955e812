//! The lake from outside: files in, snapshots and answers out.

#[cfg(test)]
mod faults;
#[cfg(test)]
mod files;
#[cfg(test)]
mod kept;
#[cfg(test)]
mod linkage;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod mappings;
#[cfg(test)]
mod sql;
#[cfg(test)]
mod support;
#[cfg(test)]
mod verified;

#[cfg(test)]
#[path = "../../../../fuzz/smoke.rs"]
mod smoke;
