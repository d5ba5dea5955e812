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

/// Saved and loaded.
fn reopened(state: &State) -> State {
    let mut bytes = Vec::new();
    state.save(&mut bytes).unwrap();
    let loaded = State::load(&bytes).unwrap();
    let mut again = Vec::new();
    loaded.save(&mut again).unwrap();
    assert!(bytes == again, "the same state, the same bytes");
    loaded
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_loaded_state_goes_on_as_if_it_had_never_been_saved(seed in 0u64..1_000_000, people in 10usize..50, block in 2usize..60) {
        let made = rows(seed, people);
        let mut dice = crate::people::Dice(seed);
        let known = (made.len() / 2).max(4);
        let start = table(&made[..known]);
        let mut config = quick(&start);
        config.limits.block_rows_max = block;
        let parameters = link(&start, &config, &[], &mut ()).unwrap().parameters().clone();
        let mut kept = State::new(start, parameters, &mut ()).unwrap();
        let mut saved = reopened(&kept);
        let mut left = &made[known..];
        for _ in 0..8 {
            let n = kept.rows() as u64;
            let (a, b) = (dice.below(n) as u32, dice.below(n) as u32);
            match dice.below(4) {
                0 => prop_assert_eq!(kept.withdraw(a).map(<[_]>::to_vec), saved.withdraw(a).map(<[_]>::to_vec)),
                1 if a != b => {
                    let verdict = if dice.below(2) == 0 { Verdict::Same } else { Verdict::Apart };
                    let judgement = Judgement { left: a, right: b, verdict, by: "reviewer".into(), at: "t".into(), compared: vec![] };
                    prop_assert_eq!(kept.judge(judgement.clone()).unwrap().to_vec(), saved.judge(judgement).unwrap().to_vec());
                }
                _ => {
                    let some = left.split_off(..(dice.below(9) as usize).min(left.len())).unwrap();
                    let values = || some.iter().map(|(values, _)| values.iter().map(String::as_str));
                    prop_assert_eq!(kept.add(values()).unwrap().to_vec(), saved.add(values()).unwrap().to_vec());
                }
            }
            if dice.below(2) == 0 {
                saved = reopened(&saved);
            }
            prop_assert_eq!(partition(&kept), partition(&saved));
            prop_assert_eq!(kept.history(), saved.history());
            prop_assert_eq!(kept.judgements(), saved.judgements());
            prop_assert_eq!(kept.explain(a, b), saved.explain(a, b));
        }
    }
}

#[test]
fn a_state_whose_parts_do_not_fit_is_refused() {
    let start = table(&rows(5, 20));
    let parameters = link(&start, &quick(&start), &[], &mut ()).unwrap().parameters().clone();
    let mut bytes = Vec::new();
    State::new(start, parameters, &mut ()).unwrap().save(&mut bytes).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    let refused = |from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        let why = State::load(text.replacen(from, to, 1).as_bytes()).err();
        assert!(
            matches!(why, Some(LinkageError::State { .. } | LinkageError::Parameters { .. } | LinkageError::UnknownRow { .. })),
            "{from}: {why:?}"
        );
    };
    refused("\"version\":1", "\"version\":2");
    refused("\"format\":\"tributary", "\"format\":\"another");
    refused("\"clusters\":[0,", "\"clusters\":[");
    refused("\"clusters\":[0,", "\"clusters\":[4000000000,");
    refused("\"pairs\":[", "\"pairs\":[[5,5,3000],");
    refused("\"pairs\":[", "\"pairs\":[[0,99999,3000],");
    refused("\"history\":[", "\"history\":[{\"change\":0,\"event\":\"joined\",\"cluster\":0,\"row\":99999}");
    refused("\"columns\":[[\"first_name\",[", "\"columns\":[[\"first_name\",[\"Upper\",");
    refused("\"columns\":[[\"first_name\",[", "\"columns\":[[\"first_name\",[\"never seen\",");
    refused("\"judgements\":[", "\"judgements\":[{\"left\":0,\"right\":99999,\"verdict\":\"same\",\"by\":\"\",\"at\":\"\",\"compared\":[]}");
    for cut in [0, 1, text.len() / 2, text.len() - 1] {
        assert!(State::load(&text.as_bytes()[..cut]).is_err());
    }
}
