//! A state that grows: it has the batch's clusters, stable ids and a history that explains them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_linkage::{Config, Event, Judgement, LinkageError, State, Table, Verdict, detect, link, link_with};

use crate::people::{rows, table};

fn quick(table: &Table) -> Config {
    let mut config = detect(table).unwrap();
    config.limits.random_pairs = 40_000;
    config
}

/// Each cluster named by its smallest row, withdrawn rows by themselves.
fn partition(state: &State) -> Vec<u32> {
    let mut first: BTreeMap<u64, u32> = BTreeMap::new();
    (0..state.rows() as u32).map(|row| state.cluster(row).map_or(row, |c| *first.entry(c).or_insert(row))).collect()
}

/// Replays the history onto the ids before it: what the events say must be what happened.
fn replay(before: &mut BTreeMap<u32, u64>, events: &[tributary_linkage::Entry]) {
    for entry in events {
        match &entry.event {
            Event::Created { cluster, rows } => before.extend(rows.iter().map(|r| (*r, *cluster))),
            Event::Joined { cluster, row } => before.extend([(*row, *cluster)]),
            Event::Merged { into, from } => before.values_mut().filter(|c| *c == from).for_each(|c| *c = *into),
            Event::Split { into, rows, .. } => before.extend(rows.iter().map(|r| (*r, *into))),
            Event::Withdrawn { row, .. } => before.retain(|r, _| r != row),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn adding_equals_linking_all_at_once(seed in 0u64..1_000_000, people in 10usize..60, cut in 0.3f64..0.95, steps in 1usize..4) {
        let made = rows(seed, people);
        let known = ((made.len() as f64 * cut) as usize).max(4);
        let start = table(&made[..known]);
        let mut parameters = link(&start, &quick(&start), &[], &mut ()).unwrap().parameters().clone();
        parameters.freeze(&start);
        let mut state = State::new(start, parameters.clone(), &mut ()).unwrap();
        let mut ids: BTreeMap<u32, u64> = (0..state.rows() as u32).map(|r| (r, state.cluster(r).unwrap())).collect();
        let rest = &made[known..];
        for chunk in rest.chunks(rest.len().div_ceil(steps).max(1)) {
            let events = state.add(chunk.iter().map(|(values, _)| values.iter().map(String::as_str))).unwrap().to_vec();
            replay(&mut ids, &events);
            let now: BTreeMap<u32, u64> = (0..state.rows() as u32).map(|r| (r, state.cluster(r).unwrap())).collect();
            prop_assert_eq!(&ids, &now);
        }
        let whole = table(&made);
        let batch = link_with(&whole, &parameters, &[], &mut ()).unwrap();
        prop_assert_eq!(partition(&state), batch.clusters());
        // judgements: the state's clusters are the batch's under the same judgements, and a withdrawn row is nowhere
        let (a, b) = (seed as u32 % whole.rows() as u32, (seed / 7) as u32 % whole.rows() as u32);
        if a != b {
            let verdict = if partition(&state)[a as usize] == partition(&state)[b as usize] { Verdict::Apart } else { Verdict::Same };
            let judgement = Judgement { left: a, right: b, verdict, by: "reviewer".into(), at: "t".into(), compared: vec![] };
            let events = state.judge(judgement.clone()).unwrap().to_vec();
            replay(&mut ids, &events);
            let judged = link_with(&whole, &parameters, &[judgement], &mut ()).unwrap();
            prop_assert_eq!(partition(&state), judged.clusters());
        }
        let events = state.withdraw(a).unwrap().to_vec();
        replay(&mut ids, &events);
        let now: BTreeMap<u32, u64> = (0..state.rows() as u32).filter_map(|r| Some((r, state.cluster(r)?))).collect();
        prop_assert_eq!(&ids, &now);
        prop_assert_eq!(state.cluster(a), None);
        prop_assert_eq!(state.withdraw(a).err(), Some(LinkageError::UnknownRow { row: a }));
    }
}
