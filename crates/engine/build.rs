//! Puts the rule packs of the repository into the binary, so that a workspace can be made anywhere and offline.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for path in entries.flatten().map(|entry| entry.path()) {
        if path.is_dir() {
            files(&path, found);
        } else {
            found.push(path);
        }
    }
}

fn main() {
    // Asked when it runs, not when it was compiled: a build cache may have seen this repository at another place.
    let Ok(here) = std::env::var("CARGO_MANIFEST_DIR") else {
        println!("cargo::error=cargo did not say where the engine's sources are");
        return;
    };
    let packs = Path::new(&here).join("../../packs");
    println!("cargo::rerun-if-env-changed=CARGO_MANIFEST_DIR");
    println!("cargo::rerun-if-changed={}", packs.display());
    let mut found = Vec::new();
    files(&packs, &mut found);
    found.sort();
    if found.is_empty() {
        println!("cargo::error=no rule packs in `{}`", packs.display());
    }
    let mut code = String::from("&[\n");
    for path in found {
        let Ok(name) = path.strip_prefix(&packs) else { continue };
        let Ok(full) = path.canonicalize() else { continue };
        let _ = writeln!(code, "    ({:?}, include_str!({:?})),", name.to_string_lossy(), full.to_string_lossy());
    }
    code.push_str("]\n");
    let Ok(out) = std::env::var("OUT_DIR") else { return };
    if let Err(error) = std::fs::write(Path::new(&out).join("packs.rs"), code) {
        println!("cargo::error=cannot write the packs: {error}");
    }
}
