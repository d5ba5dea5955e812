//! The loader: each rule with a set of packs that breaks it, and the repository's own packs.

mod packs;
mod rules;
mod sql;
mod support;
