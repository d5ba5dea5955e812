//! The packs that the program carries, run over their fixtures by the real path.

use tributary_engine::packs;

/// SG-102: every indicator has a positive, a negative and a benign twin, and each says what it must.
#[test]
fn every_fixture_says_what_it_must() {
    let results = packs::test(&packs::files(None).expect("built in")).expect("the packs are in order");
    let failed: Vec<String> = results.iter().filter(|r| !r.passed).map(|r| format!("{} {}: {}", r.indicator, r.case, r.detail)).collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert!(results.len() >= 36 * 4, "{} cases", results.len());
}
