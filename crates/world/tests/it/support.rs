//! What the tests are made with.
use std::collections::BTreeMap;
use std::path::Path;
use tributary_world::{Overlap, WorldOptions, WorldSummary, generate};

/// A world on disk with its summary.
pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) summary: WorldSummary,
}

/// Makes a world.
pub(crate) fn make(seed: u64, scale: f64, overlap: Overlap) -> World {
    let folder = tempfile::tempdir().unwrap();
    let summary = generate(&WorldOptions { seed, scale, overlap }, folder.path(), &|_| true).unwrap();
    World { folder, summary }
}

impl World {
    /// Rows of a file, each as column → value.
    pub(crate) fn rows(&self, file: &str) -> Vec<BTreeMap<String, String>> {
        read(&self.folder.path().join(file))
    }

    /// Values of one column.
    pub(crate) fn column(&self, file: &str, column: &str) -> Vec<String> {
        let mut reader = csv::Reader::from_path(self.folder.path().join(file)).unwrap();
        let place = reader.headers().unwrap().iter().position(|h| h == column).unwrap();
        reader.records().map(|row| row.unwrap().get(place).unwrap().to_owned()).collect()
    }

    pub(crate) fn count(&self, table: &str) -> u64 {
        self.summary.rows.iter().find(|(name, _)| name == table).unwrap().1
    }
}

pub(crate) fn read(path: &Path) -> Vec<BTreeMap<String, String>> {
    let mut reader = csv::Reader::from_path(path).unwrap();
    reader.deserialize().map(Result::unwrap).collect()
}
