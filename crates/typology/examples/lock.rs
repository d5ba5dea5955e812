//! Writes `pack.lock.json` for a packs folder: `cargo run -p tributary-typology --example lock -- packs DAY ROLE ROLE`.

use std::collections::BTreeMap;
use std::path::Path;
use tributary_typology::lock::{LOCK_FILE, Lock, SignOff};

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let (Some(folder), Some(day)) = (arguments.next(), arguments.next()) else {
        return Err(std::io::Error::other("usage: lock FOLDER DAY ROLE ROLE"));
    };
    let folder = Path::new(&folder);
    let sign_offs: Vec<SignOff> = arguments.map(|role| SignOff { role, on: day.clone() }).collect();
    let mut files = BTreeMap::new();
    for (under, prefix) in [(".", ""), ("jurisdictions", "jurisdictions/"), ("fixtures", "fixtures/")] {
        for entry in std::fs::read_dir(folder.join(under))? {
            let path = entry?.path();
            if path.extension().is_some_and(|extension| extension == "toml") {
                let name = path.file_name().unwrap_or_default().to_string_lossy();
                files.insert(format!("{prefix}{name}"), std::fs::read_to_string(&path)?);
            }
        }
    }
    std::fs::write(folder.join(LOCK_FILE), Lock::over(&files, &sign_offs).render())
}
