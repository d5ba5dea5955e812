//! Properties of whole worlds.
use std::path::Path;
use tributary_world::{Overlap, WorldOptions, generate};

#[test]
fn makes_a_world() {
    let folder = tempfile::tempdir().unwrap();
    let options = WorldOptions {
        seed: 1,
        scale: 0.02,
        overlap: Overlap::Low,
    };
    let summary = generate(&options, folder.path(), &|_| true).unwrap();
    assert!(summary.networks >= 4);
    assert!(Path::exists(&folder.path().join("truth/networks.csv")));
}
