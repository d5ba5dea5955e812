//! What holds for the repository as a whole, as data that tests can walk: floors, files and their sizes.

use std::path::{Path, PathBuf};

/// Floors by crate. A crate may use only crates on lower floors (ARCHITECTURE.md).
pub const FLOORS: &[(&str, u32)] = &[
    ("model", 0),
    ("text", 0),
    ("adverts", 0),
    ("vault", 0),
    ("ledger", 0),
    ("access", 1),
    ("escalation", 1),
    ("ingest", 1),
    ("graph", 1),
    ("linkage", 1),
    ("resolve", 2),
    ("screen", 2),
    ("patterns", 2),
    ("features", 2),
    ("wallets", 2),
    ("rank", 3),
    ("typology", 3),
    ("converge", 3),
    ("cases", 4),
    ("lake", 4),
    ("register", 5),
    ("world", 5),
    ("evaluate", 5),
    ("desk", 6),
    ("engine", 6),
    ("server", 7),
    ("cli", 7),
    ("auditor", 7),
    ("witness", 7),
];

/// Pairs that must never meet, whatever their floors, and why.
pub const NEVER: &[(&str, &str, &str)] = &[
    ("resolve", "datafusion", "kernels know no engine"),
    ("patterns", "datafusion", "kernels know no engine"),
    ("converge", "datafusion", "kernels know no engine"),
    ("typology", "datafusion", "packs are text; the lake runs them"),
    ("model", "arrow", "the words every room shares depend on no format"),
    ("world", "tributary-typology", "the simulator must not know the rules that are measured on it"),
    ("world", "tributary-patterns", "the simulator must not know the search that is measured on it"),
    ("world", "tributary-converge", "the simulator must not know the search that is measured on it"),
    ("evaluate", "tributary-converge", "the judge does not sit in the court"),
    ("converge", "tributary-cases", "a score cannot read outcomes"),
    ("register", "tributary-lake", "what people decide reads alerts, not observations"),
    ("cases", "tributary-access", "the store keeps; who may is decided above"),
    ("converge", "tributary-lake", "a score cannot read a store"),
];

/// What outsiders run must stay small enough to be read: of the workspace it uses these and nothing else.
pub const ALONE: &[(&str, &[&str])] = &[("ledger", &[]), ("auditor", &["tributary-ledger"]), ("witness", &["tributary-ledger"])];

/// The same floor is allowed for these: the command starts the server.
pub const BESIDE: &[(&str, &str)] = &[("cli", "server")];

/// The repository's root, seen from a crate's folder, where tests run. It is not where this was compiled: a build cache may have seen
/// the repository at another place.
#[must_use]
pub fn root() -> PathBuf {
    PathBuf::from("..")
}

/// All files below a folder with this ending, without build output and hidden folders.
#[must_use]
pub fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for path in std::fs::read_dir(&at).into_iter().flatten().flatten().map(|e| e.path()) {
            let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
            if path.is_dir() {
                if !name.starts_with('.') && name != "target" && name != "demo-workspace" {
                    open.push(path);
                }
            } else if name.ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
