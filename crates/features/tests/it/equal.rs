//! The engine equals the plain reference on small random graphs, whole numbers exactly and others to 1e-9, and neither the size of
//! batches nor the number of threads shows.
use proptest::prelude::*;
use tributary_features::{Column, Config, Engine, Families, Family, OUTSIDE, Transfer, UNKNOWN, reference};

/// Transfers of few accounts at few times, with unknown and large amounts among them.
pub(crate) fn transfers(accounts: u32, most: usize, span: i64) -> impl Strategy<Value = Vec<Transfer>> {
    let amount = prop_oneof![
        6 => 90_i64..120,
        3 => (1_i64..100).prop_map(|tens| tens * 1_000),
        1 => Just(0_i64),
        1 => Just(UNKNOWN),
        1 => (1_i64 << 40)..(1 << 48),
    ];
    let start = prop_oneof![Just(-50_i64), Just(1_700_000_000_i64)];
    (1..=accounts, start, proptest::collection::vec((0..accounts, 0..accounts, 0..span, amount, 0_u16..4), 0..most)).prop_map(|(few, start, rows)| {
        let mut transfers: Vec<Transfer> = (0_u64..)
            .zip(rows)
            .map(|(id, (from, to, time, amount, kind))| {
                let outside = |account: u32, one_in: u64| if id % one_in == 3 { OUTSIDE } else { account % few * 3 };
                Transfer { time: start + time, id, from: outside(from, 11), to: outside(to, 8), amount, kind }
            })
            .collect();
        transfers.sort_unstable();
        transfers
    })
}

pub(crate) fn settings() -> impl Strategy<Value = Config> {
    let families = prop_oneof![2 => Just(Families::all()), 1 => proptest::collection::vec(0_usize..15, 1..6).prop_map(|picked| picked.into_iter().map(|at| Family::ALL[at]).collect())];
    let windows = proptest::collection::btree_set(1_i64..60, 1..4);
    (families, windows, 1_i64..80, 1_i64..80, 2_u32..=10, 1_usize..5, 1_usize..6).prop_map(|(families, windows, sg, cycle, length, near, matches)| {
        Config {
            families,
            windows: windows.into_iter().collect(),
            scatter_gather_window: sg,
            cycle_window: cycle,
            cycle_length_max: length,
            neighbours_max: near,
            matches_max: matches,
            steps_max: u32::MAX,
            ..Config::default()
        }
    })
}

#[track_caller]
fn check(transfers: &[Transfer], config: &Config) {
    let mut engine = Engine::new(config.clone(), 1).unwrap();
    let table = engine.push(transfers).unwrap();
    let expected = reference::rows(transfers, config);
    assert_eq!(table.len(), transfers.len());
    assert_eq!(engine.schema().len(), table.columns.len());
    for (at, row) in expected.iter().enumerate() {
        assert_eq!(row.len(), table.columns.len(), "{:?}", config.families);
        for ((feature, column), expected) in engine.schema().iter().zip(&table.columns).zip(row) {
            let found = column.value(at);
            let near = if feature.whole || matches!(column, Column::Whole(_)) {
                found == *expected
            } else {
                (found.is_nan() && expected.is_nan()) || (found - expected).abs() <= 1e-9 * expected.abs().max(1e-3)
            };
            assert!(near, "{} of transfer {at}: {found}, by definition {expected}", feature.name);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn dense(transfers in transfers(5, 40, 60), config in settings()) {
        check(&transfers, &config);
    }

    /// Long lists of few accounts: running sums take over from looking through, and give way again.
    #[test]
    fn busy(transfers in transfers(3, 250, 300), config in settings()) {
        check(&transfers, &config);
    }

    #[test]
    fn sparse(transfers in transfers(9, 60, 400), config in settings()) {
        check(&transfers, &config);
    }

    #[test]
    fn pieces_and_threads_do_not_show(transfers in prop_oneof![transfers(9, 120, 300), transfers(3, 300, 300)], config in settings(), cuts in proptest::collection::vec(1_usize..40, 1..20), threads in 1_usize..4) {
        let whole = Engine::new(config.clone(), 1).unwrap().push(&transfers).unwrap();
        let mut engine = Engine::new(config, threads).unwrap();
        let mut table = tributary_features::Table::new(engine.schema());
        let (mut rest, mut cuts) = (transfers.as_slice(), cuts.into_iter().cycle());
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(cuts.next().unwrap().min(rest.len()));
            engine.push_into(piece, &mut table).unwrap();
            rest = more;
        }
        prop_assert_eq!(whole, table);
    }
}
