//! The loader: each rule with a set of packs that breaks it, and the repository's own packs.
#![expect(clippy::expect_used, reason = "a test stops at the first thing that is not as it must be")]

mod packs;
mod rules;
mod sql;
mod support;
