//! The join left to another engine: it gives what linking gives.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_linkage::{Config, Judgement, Kernel, LinkageError, Linked, Parameters, Table, Verdict, detect, link, link_with};

use crate::people::{Dice, rows, table};

/// Candidates joined naively, scored in batches of a few, in no order, some with their sides changed and some twice.
fn joined<'t>(kernel: Kernel<'t>, dice: &mut Dice) -> Linked<'t> {
    let (join, mut edges) = (kernel.join(), Vec::new());
    for rule in 0..join.rules().len() {
        let mut blocks: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for (row, key) in join.keys(rule, 0..join.rows()).into_iter().enumerate() {
            key.into_iter().for_each(|k| blocks.entry(k).or_default().push(row as u32));
        }
        let of_block = |b: &Vec<u32>| b.iter().flat_map(|i| b.iter().filter(move |j| i < j).map(move |j| (*i, *j))).collect::<Vec<_>>();
        let pairs: Vec<(u32, u32)> = blocks.values().flat_map(of_block).collect();
        assert_eq!(pairs.len() as u64, join.rules()[rule].pairs);
        for batch in pairs.chunks(1 + dice.below(50) as usize) {
            let (mut left, mut right): (Vec<u32>, Vec<u32>) = batch.iter().copied().unzip();
            if dice.below(2) == 0 {
                std::mem::swap(&mut left, &mut right);
            }
            let scores = join.score_pairs(rule, &left, &right);
            edges.extend(left.iter().zip(&right).zip(scores).filter_map(|((i, j), s)| Some((*i, *j, s?))));
        }
    }
    let unique: std::collections::BTreeSet<_> = edges.iter().map(|e| (e.0.min(e.1), e.0.max(e.1))).collect();
    assert_eq!(unique.len(), edges.len(), "a pair belongs to its first rule");
    edges.extend(edges.clone().into_iter().step_by(7).map(|(i, j, s)| (j, i, s)));
    for i in (1..edges.len()).rev() {
        edges.swap(i, dice.below(i as u64 + 1) as usize);
    }
    kernel.cluster(edges).unwrap()
}

fn same(a: &Linked, b: &Linked) {
    assert_eq!(a.clusters(), b.clusters());
    assert_eq!(a.pairs(), b.pairs());
    assert_eq!(a.bridges(), b.bridges());
    assert_eq!(a.contradictions(), b.contradictions());
    assert_eq!(a.refused(), b.refused());
    assert_eq!(a.rules(), b.rules());
}

fn quick(table: &Table, block_rows_max: usize) -> Config {
    let mut config = detect(table).unwrap();
    config.limits.random_pairs = 40_000;
    config.limits.block_rows_max = block_rows_max;
    config
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_join_from_outside_gives_what_linking_gives(seed in 0u64..1_000_000, people in 8usize..60, block in 3usize..40) {
        let table = table(&rows(seed, people));
        let n = table.rows() as u32;
        let config = quick(&table, block);
        let mut dice = Dice(seed);
        let judged = |verdict, left: u32, right: u32| Judgement { left, right, verdict, by: "reviewer".into(), at: "t".into(), compared: vec![] };
        let judgements = [judged(Verdict::Apart, 0, 1 + dice.below(3) as u32), judged(Verdict::Same, n - 1, dice.below(4) as u32)];
        let whole = link(&table, &config, &judgements, &mut ()).unwrap();
        same(&whole, &joined(Kernel::train(&table, &config, &[], &judgements, &mut ()).unwrap(), &mut dice));
        // another machine, from the saved parameters
        let parameters = Parameters::from_json(&whole.parameters().to_json().unwrap()).unwrap();
        let far = joined(Kernel::with(&table, &parameters, &judgements).unwrap(), &mut dice);
        same(&link_with(&table, &parameters, &judgements, &mut ()).unwrap(), &far);
        prop_assert_eq!(whole.clusters(), far.clusters());
    }
}

#[test]
fn rows_and_rules_that_are_not_there_have_no_key_and_no_score() {
    let table = table(&rows(4, 40));
    let (n, config) = (table.rows() as u32, quick(&table, 5_000));
    let kernel = Kernel::train(&table, &config, &[], &[], &mut ()).unwrap();
    let join = kernel.join();
    let rules = join.rules().len();
    assert_eq!(join.keys(0, n..n + 3), vec![None; 3]);
    assert_eq!(join.keys(rules, 0..2), vec![None; 2]);
    assert_eq!(join.score_pairs(0, &[0, n, 0, 3], &[0, 1, n]), vec![None; 3]);
    assert_eq!(join.score_pairs(rules, &[0], &[1]), vec![None]);
    assert!(matches!(kernel.cluster(vec![(0, n, 5_000)]).err(), Some(LinkageError::UnknownRow { row }) if row == n));
}
