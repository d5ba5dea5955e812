//! A whole file: sorted outside of memory, worked on by a thread of its own.

use std::io::Cursor;

use proptest::prelude::*;
use tributary_features::{Config, Engine, SortError, Sorter, Table, Transfer, Worker};

fn made(seeds: &[u32]) -> Vec<Transfer> {
    let one = |(id, seed): (u64, &u32)| Transfer {
        time: i64::from(seed % 97) * 600,
        id,
        from: seed / 97 % 11,
        to: seed / 1_067 % 11,
        amount: i64::from(seed % 1_013),
        kind: (seed % 3) as u16,
    };
    (0..).zip(seeds).map(one).collect()
}

/// The names and transfers that come out, in pieces of `rows`.
fn sorted(transfers: &[Transfer], name: impl Fn(u64) -> String, rows: usize) -> (Vec<Transfer>, Vec<String>, usize) {
    let mut sorter = Sorter::new(0, || Ok(Cursor::new(Vec::new())));
    transfers.iter().for_each(|transfer| sorter.push(*transfer, &name(transfer.id)).unwrap());
    let runs = sorter.counts().1;
    assert_eq!(sorter.counts().0, transfers.len() as u64);
    let mut sorted = sorter.finish().unwrap();
    let (mut all, mut names) = (Vec::new(), Vec::new());
    loop {
        let (piece, named) = sorted.take(rows).unwrap();
        assert_eq!(piece.len(), named.len());
        if piece.is_empty() {
            return (all, names, runs);
        }
        all.extend(piece);
        names.extend(named);
    }
}

proptest! {
    #[test]
    fn any_order_comes_out_as_a_sort_gives_it(seeds in prop::collection::vec(any::<u32>(), 0..400), long in 0_usize..9_000, rows in 1_usize..300) {
        let transfers = made(&seeds);
        // Long names fill memory soon: more than one run.
        let name = |id: u64| format!("{id}·{}", "x".repeat(long * (id % 3) as usize));
        let (all, names, runs) = sorted(&transfers, name, rows);
        let mut plain = transfers.clone();
        plain.sort_unstable();
        prop_assert_eq!(&all, &plain);
        prop_assert!(names == plain.iter().map(|transfer| name(transfer.id)).collect::<Vec<_>>());
        let bytes: usize = transfers.iter().map(|transfer| name(transfer.id).len()).sum();
        prop_assert_eq!(runs > 0, bytes > 1 << 19, "{} bytes, {} runs", bytes, runs);
    }

    #[test]
    fn a_worker_gives_what_its_engine_gives(seeds in prop::collection::vec(any::<u32>(), 1..300), piece in 60_usize..200, threads in 1_usize..3) {
        let mut transfers = made(&seeds);
        transfers.sort_unstable();
        let mut engine = Engine::new(Config::default(), threads).unwrap();
        let whole = engine.push(&transfers).unwrap();
        let mut worker = Worker::new(Engine::new(Config::default(), threads).unwrap());
        let mut tables: Vec<Table> = Vec::new();
        for piece in transfers.chunks(piece) {
            tables.extend(worker.push(piece.to_vec()).unwrap());
        }
        while let Some(table) = worker.wait().unwrap() {
            tables.push(table);
        }
        prop_assert_eq!(tables.len(), transfers.len().div_ceil(piece));
        let mut all = Table::new(engine.schema());
        tables.iter().for_each(|table| all.append(table));
        prop_assert_eq!(all, whole);
        prop_assert_eq!(worker.finish().unwrap().remembered(), engine.remembered());
    }
}

/// More runs than are merged at once become one.
#[test]
fn many_runs() {
    let transfers: Vec<Transfer> = made(&(0..700_u32).map(|n| n.wrapping_mul(2_654_435_761)).collect::<Vec<_>>());
    let (all, names, runs) = sorted(&transfers, |id| format!("{id}{}", "y".repeat(60_000)), 64);
    let mut plain = transfers;
    plain.sort_unstable();
    assert_eq!(all, plain);
    assert!(names.iter().zip(&plain).all(|(name, transfer)| name.starts_with(&transfer.id.to_string())));
    assert!(runs < 64 && names.len() == 700, "{runs}");
}

#[test]
fn what_fails_is_told() {
    let transfer = made(&[5])[0];
    let mut sorter = Sorter::new(0, || Err::<Cursor<Vec<u8>>, _>(std::io::Error::other("full")));
    assert!(matches!(sorter.push(transfer, &"x".repeat(1 << 17)), Err(SortError::Name { id: 0 })));
    let name = "x".repeat(1 << 16);
    let failed = (0..100).find_map(|_| sorter.push(transfer, &name).err());
    assert!(matches!(failed, Some(SortError::Write(_))));
    // Out of order: the worker says so and ends.
    let mut worker = Worker::new(Engine::new(Config::default(), 1).unwrap());
    let _ = worker.push(vec![Transfer { time: 9, ..transfer }]).unwrap();
    let failed = (0..9).find_map(|_| worker.push(vec![transfer]).err());
    assert!(failed.unwrap().to_string().contains("sort by"));
    assert!(worker.finish().is_some());
}
