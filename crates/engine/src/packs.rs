//! Packs as files: load, check, test, compare.

use std::collections::BTreeMap;
use std::path::Path;

use tributary_typology::{Change, PackSet};

use crate::error::EngineError;
use crate::workspace::{built_in_packs, text_files};

pub use crate::indicators::CaseResult;

/// The files of a folder of packs; of the packs that the program carries when there is none.
///
/// # Errors
/// The folder cannot be read.
pub fn files(folder: Option<&Path>) -> Result<BTreeMap<String, String>, EngineError> {
    folder.map_or_else(|| Ok(built_in_packs()), text_files)
}

/// Loads packs.
///
/// # Errors
/// A pack breaks a rule; all problems are named.
pub fn load(files: &BTreeMap<String, String>) -> Result<PackSet, EngineError> {
    PackSet::load(files).map_err(|errors| EngineError::Packs { path: "packs".into(), errors })
}

/// Every problem of the packs, in plain words; none when they are in order.
#[must_use]
pub fn check(files: &BTreeMap<String, String>) -> Vec<String> {
    PackSet::load(files).err().into_iter().flatten().map(|e| e.to_string()).collect()
}

/// Runs the fixtures of every indicator through the real pipeline. Packs that are not signed yet can be tested too.
///
/// # Errors
/// A pack breaks a rule, or the pipeline cannot be set up.
pub fn test(files: &BTreeMap<String, String>) -> Result<Vec<CaseResult>, EngineError> {
    let packs = PackSet::load_unsigned(files).map_err(|errors| EngineError::Packs { path: "packs".into(), errors })?;
    crate::indicators::test_packs(&packs)
}

/// What changed from one set of packs to another.
///
/// # Errors
/// One of them breaks a rule.
pub fn diff(old: &BTreeMap<String, String>, new: &BTreeMap<String, String>) -> Result<Vec<Change>, EngineError> {
    let loaded = |files| PackSet::load_unsigned(files).map_err(|errors| EngineError::Packs { path: "packs".into(), errors });
    Ok(tributary_typology::diff(&loaded(old)?, &loaded(new)?))
}
