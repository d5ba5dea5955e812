//! The schema, what is refused, what the mirrored view means, and patterns one can count by hand.
use std::collections::BTreeSet;

use tributary_features::{
    AMOUNT_MAX, Column, Config, Engine, Families, Family, FeatureError, Transfer, Transfers, UNKNOWN, View, batch, mirror, retrospective, schema,
};

fn transfers(rows: &[(i64, u32, u32, i64)]) -> Transfers {
    let mut transfers = Transfers::default();
    for (id, (time, from, to, amount)) in (0_u64..).zip(rows) {
        transfers.push(Transfer { time: *time, id, from: *from, to: *to, amount: *amount, kind: 0 });
    }
    transfers
}

/// The column of this name in a retrospective run over the rows.
fn column(rows: &[(i64, u32, u32, i64)], name: &str) -> Vec<f64> {
    let (features, table) = retrospective(&transfers(rows), &Config::default(), 1).unwrap();
    let at = features.iter().position(|feature| feature.name == name).unwrap_or_else(|| panic!("no column {name}"));
    (0..table.len()).map(|row| table.columns[at].value(row)).collect()
}

#[test]
fn names_are_unique_and_every_family_has_columns() {
    let config = Config::default();
    let both: Vec<_> = [View::Before, View::After].into_iter().flat_map(|view| schema(&config, view)).collect();
    let names: BTreeSet<&str> = both.iter().map(|feature| feature.name.as_str()).collect();
    assert_eq!(names.len(), both.len());
    for family in Family::ALL {
        assert_eq!(Family::named(family.name()), Some(family));
        let alone = Config { families: [family].into_iter().collect(), ..Config::default() };
        let columns = schema(&alone, View::Before);
        assert!(!columns.is_empty() && columns.iter().all(|feature| feature.family == family));
        assert_eq!(columns.iter().filter(|feature| !feature.name.is_ascii() || feature.meaning.ends_with('.')).count(), 0);
    }
}

/// As IBM's Graph Feature Preprocessor counts, one transfer at a time.
#[test]
fn patterns_count_as_the_paper_counts() {
    let cycle = [(1, 0, 1, 10), (2, 1, 2, 10), (3, 2, 0, 10)];
    assert_eq!(column(&cycle, "temporal_cycle_3"), [0.0, 0.0, 1.0]);
    assert_eq!(column(&cycle, "temporal_cycle_3_after"), [1.0, 0.0, 0.0]);
    let disordered = [(1, 0, 1, 10), (2, 2, 0, 10), (3, 1, 2, 10)];
    assert_eq!(column(&disordered, "temporal_cycle_3"), [0.0, 0.0, 0.0]);
    assert_eq!(column(&disordered, "simple_cycle_3"), [0.0, 0.0, 1.0]);
    let parallel = [(1, 0, 1, 10), (2, 0, 1, 10), (3, 1, 0, 10)];
    assert_eq!(column(&parallel, "temporal_cycle_2"), [0.0, 0.0, 1.0]);
    assert_eq!(column(&parallel, "simple_cycle_2"), [0.0, 0.0, 1.0]);
    let scatter = [(1, 0, 1, 10), (2, 0, 2, 10), (3, 0, 3, 10), (4, 1, 9, 10), (5, 2, 9, 10), (6, 3, 9, 10)];
    assert_eq!(column(&scatter, "scatter_gather_largest"), [0.0, 0.0, 0.0, 0.0, 2.0, 3.0]);
    assert_eq!(column(&scatter, "scatter_gather_largest_after"), [3.0, 2.0, 0.0, 0.0, 0.0, 0.0]);
    let fan = [(1, 1, 0, 10), (2, 2, 0, 10), (3, 2, 0, 10), (4, 3, 0, 10), (5, 0, 5, 10)];
    assert_eq!(column(&fan, "to_in_fan_1d"), [1.0, 2.0, 2.0, 3.0, 0.0 + 1.0]);
    assert_eq!(column(&fan, "from_in_count_1d"), [0.0, 0.0, 0.0, 0.0, 4.0]);
}

#[test]
fn after_looks_the_other_way() {
    // 1 receives 500 and pays 490 on an hour later, then 7 more.
    let rows = [(0, 0, 1, 500), (3_600, 1, 2, 490), (7_200, 1, 3, 7)];
    assert_eq!(column(&rows, "to_out_count_1d_after"), [2.0, 0.0, 0.0]);
    assert_eq!(column(&rows, "to_out_sum_1d_after")[0], 497.0);
    assert_eq!(column(&rows, "to_out_similar_after"), [1.0, 0.0, 0.0]);
    assert_eq!(column(&rows, "to_out_closest_since_after")[0], 3_600.0);
    assert_eq!(column(&rows, "from_in_similar"), [0.0, 1.0, 0.0]);
    assert_eq!(column(&rows, "from_out_count_1d_after"), [1.0, 2.0, 1.0]);
    assert_eq!(column(&rows, "pair_count_after"), [1.0, 1.0, 1.0]);
    let transfer = Transfer { time: 5, id: 7, from: 1, to: 2, amount: 3, kind: 4 };
    assert_eq!(mirror(&mirror(&transfer)), transfer);
}

/// What comes later changes no row of the view before.
#[test]
fn nothing_looks_ahead() {
    let rows: Vec<(i64, u32, u32, i64)> = (0..200_i64).map(|at| (at * 1_000, (at * 7 % 11) as u32, (at * 5 % 13) as u32, at * 37 % 900)).collect();
    let (_, whole) = batch(&transfers(&rows), &Config::default(), 2).unwrap();
    for cut in [1, 50, 199] {
        let (_, part) = batch(&transfers(&rows[..cut]), &Config::default(), 1).unwrap();
        for (whole, part) in whole.columns.iter().zip(&part.columns) {
            assert!((0..cut).all(|row| whole.value(row).to_bits() == part.value(row).to_bits()));
        }
    }
}

#[test]
fn what_is_out_of_range_is_refused_whole() {
    let mut engine = Engine::new(Config { accounts_max: 5, ..Config::default() }, 1).unwrap();
    let good = Transfer { time: 10, id: 1, from: 0, to: 1, amount: 5, kind: 0 };
    for bad in [
        Transfer { time: 9, id: 2, ..good },
        Transfer { id: 1, ..good },
        Transfer { time: i64::MAX, id: 2, ..good },
        Transfer { id: 2, to: 5, ..good },
        Transfer { id: 2, amount: UNKNOWN - 1, ..good },
        Transfer { id: 2, amount: AMOUNT_MAX + 1, ..good },
    ] {
        assert!(engine.push(&[good, bad]).is_err(), "{bad:?}");
        assert_eq!(engine.remembered(), (0, 0));
    }
    assert_eq!(engine.push(&[good]).unwrap().len(), 1);
    assert!(matches!(engine.push(&[good]), Err(FeatureError::Order { id: 1 })));
    let ragged = Transfers { time: vec![1], ..Transfers::default() };
    assert!(matches!(ragged.rows(), Err(FeatureError::Ragged { column: "id", .. })));
    for config in [
        Config { families: Families::default(), ..Config::default() },
        Config { windows: vec![], ..Config::default() },
        Config { windows: vec![60, 60], ..Config::default() },
        Config { cycle_length_max: 11, ..Config::default() },
        Config { cycle_window: 0, ..Config::default() },
        Config { neighbours_max: 0, ..Config::default() },
        Config { matches_max: 0, ..Config::default() },
    ] {
        assert!(Engine::new(config.clone(), 1).is_err(), "{config:?}");
    }
}

/// A search that runs out of steps says so and leaves the others alone.
#[test]
fn a_cut_search_is_counted() {
    let rows: Vec<(i64, u32, u32, i64)> = (0..300_i64).map(|at| (at, (at % 9) as u32, (at * 4 % 10) as u32, 10)).collect();
    let rows = transfers(&rows).rows().unwrap();
    let mut free = Engine::new(Config::default(), 1).unwrap();
    let mut tight = Engine::new(Config { steps_max: 20, ..Config::default() }, 1).unwrap();
    let (free_table, tight_table) = (free.push(&rows).unwrap(), tight.push(&rows).unwrap());
    assert_eq!(free.cuts(), tributary_features::Cuts::default());
    assert!(tight.cuts().simple_cycle > 0 && tight.cuts().temporal_cycle > 0 && tight.cuts().scatter_gather > 0);
    for ((feature, free), tight) in free.schema().iter().zip(&free_table.columns).zip(&tight_table.columns) {
        let searched = [Family::ScatterGather, Family::TemporalCycle, Family::SimpleCycle].contains(&feature.family);
        assert!(searched || free == tight, "{}", feature.name);
        assert!(!searched || matches!(free, Column::Whole(_)));
    }
}
