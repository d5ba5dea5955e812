//! Rankings of single transfers against a plain reference.
use proptest::prelude::*;
use tributary_evaluate::{AmlgentexInstances, Instance, LabelledTransfer, TransferReport, TransferSettings, evaluate_transfers};

const SETTINGS: TransferSettings = TransferSettings { transfers_max: None, accounts_max: None, seed: 1 };

fn rank<'a>(rows: &[(f64, bool, &'a str, &'a str, Option<usize>)], instances: &[Instance<'a>], settings: TransferSettings) -> TransferReport {
    let transfers: Vec<LabelledTransfer<'_>> = rows
        .iter()
        .map(|(score, positive, from, to, instance)| LabelledTransfer { score: *score, positive: *positive, from, to, instance: *instance })
        .collect();
    evaluate_transfers(&transfers, instances, settings)
}

#[test]
fn by_hand() {
    let rows = [
        (0.9, true, "a", "b", Some(0)),
        (0.8, false, "c", "d", None),
        (0.7, true, "a", "e", Some(0)),
        (0.6, true, "x", "y", Some(1)),
        (0.1, false, "c", "f", None),
    ];
    let instances = [Instance { typology: "fan_out", main_account: Some("a") }, Instance { typology: "cycle", main_account: None }];
    let got = rank(&rows, &instances, SETTINGS);
    assert!((got.average_precision - (1.0 + 2.0 / 3.0 + 3.0 / 4.0) / 3.0).abs() < 1e-12);
    // Best at the fourth: 3 right of 4 read, 3 to find.
    assert!((got.best_f1 - 6.0 / 7.0).abs() < 1e-12 && (got.best_f1_threshold - 0.6).abs() < 1e-12);
    assert_eq!((got.instances_found.hits, got.instances_found.of, got.transfers_alerted), (1, 2, 3));
    let fan_out = got.typologies.iter().find(|t| t.typology == "fan_out").unwrap();
    assert_eq!((fan_out.by_transfers, fan_out.by_main_account), (1, 1));
    let tight = rank(&rows, &instances, TransferSettings { transfers_max: Some(0), accounts_max: Some(0), seed: 1 });
    assert_eq!(tight.instances_found.hits, 0);
}

#[test]
fn ties_and_nothing() {
    let rows = [(0.5, true, "a", "b", None), (0.5, false, "c", "d", None), (0.5, false, "e", "f", None), (f64::NAN, true, "g", "h", None)];
    let got = rank(&rows, &[], SETTINGS);
    // Three of one score enter together: precision 1/3; the one without a score comes last: 2/4.
    assert!((got.average_precision - (1.0 / 3.0 + 0.5) / 2.0).abs() < 1e-12, "{}", got.average_precision);
    let none = rank(&[], &[], SETTINGS);
    assert_eq!((none.average_precision, none.best_f1, none.base_rate.value), (0.0, 0.0, None));
}

/// Forty instances of each of seven typologies, as the data's own page says; each has a main account.
#[test]
fn amlgentex_instances() {
    let default = std::path::PathBuf::from("../../../shared/data");
    let data = std::env::var_os("TRIBUTARY_DATA").map_or(default, Into::into);
    if !data.is_dir() && std::env::var_os("TRIBUTARY_DATA").is_none() {
        eprintln!("TRIBUTARY_DATA is not set and there is no data beside the project: nothing to measure on");
        return;
    }
    let planted = AmlgentexInstances::read(&data.join("transactions/amlgentex_dev_alerts.csv")).unwrap();
    let instances = planted.instances();
    assert_eq!(instances.len(), 280);
    for typology in ["fan_out", "fan_in", "cycle", "bipartite", "stack", "scatter_gather", "gather_scatter"] {
        assert_eq!(instances.iter().filter(|i| i.typology == typology).count(), 40, "{typology}");
    }
    assert!(instances.iter().all(|i| i.main_account.is_some()));
    assert_eq!((planted.index(30_000, 30_000), planted.index(30_279, 30_000)), (Some(0), Some(279)));
    assert_eq!((planted.index(30_280, 30_000), planted.index(-1, 30_000), planted.index(i64::MIN, 1)), (None, None, None));
}

proptest! {
    /// Against the definition, for scores without ties.
    #[test]
    fn average_precision_is_its_definition(labels in prop::collection::vec(any::<bool>(), 1..80)) {
        let rows: Vec<_> = labels.iter().enumerate().map(|(i, l)| (-(i as f64), *l, "a", "b", None)).collect();
        let got = rank(&rows, &[], SETTINGS).average_precision;
        let positives = labels.iter().filter(|l| **l).count();
        let sum: f64 = (0..labels.len()).filter(|i| labels[*i]).map(|i| labels[..=i].iter().filter(|l| **l).count() as f64 / (i + 1) as f64).sum();
        let expected = if positives == 0 { 0.0 } else { sum / positives as f64 };
        prop_assert!((got - expected).abs() < 1e-9);
    }
}
