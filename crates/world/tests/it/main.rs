//! The world keeps its promises: same bytes for the same seed, rows that the contract accepts, rare crime, truth apart.
mod contract;
mod worlds;

use std::collections::BTreeMap;
use std::path::Path;
use tributary_world::{Overlap, WorldOptions, WorldSummary, generate};

/// A world on disk with its summary.
struct World {
    folder: tempfile::TempDir,
    summary: WorldSummary,
}

/// Makes a world.
fn make(seed: u64, scale: f64, overlap: Overlap) -> World {
    let folder = tempfile::tempdir().unwrap();
    let summary = generate(
        &WorldOptions {
            seed,
            scale,
            overlap,
        },
        folder.path(),
        &|_| true,
    )
    .unwrap();
    World { folder, summary }
}

impl World {
    /// Rows of a file, each as column → value.
    fn rows(&self, file: &str) -> Vec<BTreeMap<String, String>> {
        read(&self.folder.path().join(file))
    }

    /// Values of one column.
    fn column(&self, file: &str, column: &str) -> Vec<String> {
        let mut reader = csv::Reader::from_path(self.folder.path().join(file)).unwrap();
        let place = reader
            .headers()
            .unwrap()
            .iter()
            .position(|h| h == column)
            .unwrap();
        reader
            .records()
            .map(|row| row.unwrap().get(place).unwrap().to_owned())
            .collect()
    }

    fn count(&self, table: &str) -> u64 {
        self.summary
            .rows
            .iter()
            .find(|(name, _)| name == table)
            .unwrap()
            .1
    }
}

fn read(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}
