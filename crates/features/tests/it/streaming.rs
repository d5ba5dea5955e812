//! A stream gives what a batch gives, in whatever order and pieces transfers come, as long as none is later than the horizon; memory
//! follows the window.
use proptest::prelude::*;
use tributary_features::{Config, Engine, Families, Reason, Stream, Table, Transfer};

use crate::equal::{settings, transfers};

/// An order of arrival in which no transfer comes more than `horizon` after a later one.
fn arrivals(transfers: &[Transfer], delays: &[i64], horizon: i64) -> Vec<Transfer> {
    let mut order: Vec<(i64, usize)> = (0..transfers.len()).map(|at| (transfers[at].time + delays[at % delays.len()] % (horizon + 1), at)).collect();
    order.sort_by_key(|entry| entry.0);
    order.into_iter().map(|(_, at)| transfers[at]).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn equals_batch(
        transfers in transfers(8, 120, 250),
        config in settings(),
        delays in proptest::collection::vec(0_i64..100, 1..50),
        horizon in 0_i64..60,
        cuts in proptest::collection::vec(1_usize..64, 1..20),
        threads in 1_usize..3,
    ) {
        let horizon = horizon.min(config.kept());
        let expected = Engine::new(config.clone(), 1).unwrap().push(&transfers).unwrap();
        let mut stream = Stream::new(config, threads, horizon, 1_000).unwrap();
        let mut table = Table::new(stream.schema());
        let arrivals = arrivals(&transfers, &delays, horizon);
        let (mut rest, mut cuts) = (arrivals.as_slice(), cuts.into_iter().cycle());
        while !rest.is_empty() {
            let (piece, more) = rest.split_at(cuts.next().unwrap().min(rest.len()));
            prop_assert!(stream.push(piece, &mut table).unwrap().is_empty());
            rest = more;
            // At every step what came out is the beginning of the batch.
            prop_assert_eq!(&table.id[..], &expected.id[..table.len()]);
        }
        stream.finish(&mut table).unwrap();
        prop_assert_eq!(table, expected);
    }
}

fn transfer(time: i64, id: u64) -> Transfer {
    Transfer { time, id, from: 0, to: 1, amount: 100, kind: 0 }
}

#[test]
fn what_cannot_be_placed_is_refused_and_counted() {
    let config = Config { accounts_max: 10, ..Config::default() };
    let mut stream = Stream::new(config.clone(), 1, 60, 3).unwrap();
    let mut table = Table::new(stream.schema());
    let mut reason = |transfer| stream.push(&[transfer], &mut table).unwrap().first().map(|refused| refused.reason.clone());
    assert_eq!(reason(transfer(1_000, 1)), None);
    assert_eq!(reason(transfer(940, 2)), None);
    assert_eq!(reason(transfer(939, 3)), Some(Reason::Late { behind: 61 }));
    assert_eq!(reason(transfer(940, 2)), Some(Reason::Twice));
    assert_eq!(reason(transfer(1_000, 4)), None);
    assert_eq!(reason(transfer(1_000, 5)), Some(Reason::Full));
    assert!(matches!(reason(Transfer { from: 10, ..transfer(1_000, 6) }), Some(Reason::Value(_))));
    assert_eq!(stream.counts(), (3, 4));
    stream.finish(&mut table).unwrap();
    assert_eq!(table.id, [2, 1, 4]);
    // What has been given out stays as it is.
    assert_eq!(stream.push(&[transfer(1_000, 7)], &mut table).unwrap().len(), 1);
    assert!(Stream::new(config, 1, -1, 3).is_err());
}

/// Two accounts in a million pay each other, then fall silent: what is remembered follows the window, not the history.
#[test]
fn memory_follows_the_window() {
    let config = Config { families: Families::all(), windows: vec![60, 600], scatter_gather_window: 60, cycle_window: 600, ..Config::default() };
    let mut engine = Engine::new(config, 1).unwrap();
    for block in 0..60_u64 {
        let piece: Vec<Transfer> = (0..500_u64)
            .map(|at| block * 500 + at)
            .map(|id| Transfer { time: id as i64, id, from: (id * 2) as u32, to: (id * 2 + 1) as u32, amount: 5, kind: 0 })
            .collect();
        engine.push(&piece).unwrap();
        let (kept, accounts) = engine.remembered();
        // A window of 600 seconds, a piece, and a quarter of the window until the next sweep.
        assert!(kept <= 600 + 500 + 500 && accounts <= 2 * kept + 2, "{kept} transfers, {accounts} accounts");
    }
}
