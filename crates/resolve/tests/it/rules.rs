//! Who joins whom, as data; and that the order of the records does not matter.
use proptest::prelude::*;
use tributary_model::Date;
use tributary_resolve::{EvidenceKind, Judgement, PartyKind, Record, RefusalReason, Resolution, Settings, resolve};

/// A record from `field value` lines: n name, b birth date, d document, p phone, e mail, a address, k kind, t activity `first..last` in days.
pub(crate) fn record(party_id: &str, fields: &[&str]) -> Record {
    let mut record = Record { party_id: party_id.to_owned(), kind: PartyKind::Person, ..Record::default() };
    for field in fields {
        let (key, value) = field.split_once(' ').unwrap();
        match key {
            "n" => record.names.push(value.to_owned()),
            "b" => record.birth_date = Some(Date::parse(value).unwrap()),
            "d" => record.documents.push(value.to_owned()),
            "p" => record.phones.push(value.to_owned()),
            "e" => record.emails.push(value.to_owned()),
            "a" => record.addresses.push(value.to_owned()),
            "k" => record.kind = PartyKind::from_name(value),
            "t" => {
                let (first, last) = value.split_once("..").unwrap();
                let day = |text: &str| text.parse::<i64>().unwrap() * 86_400_000_000;
                record.active = Some((day(first), day(last)));
            }
            other => panic!("no field {other}"),
        }
    }
    record
}

/// The entity of each record by its id.
pub(crate) fn entities(resolution: &Resolution) -> Vec<&str> {
    (0..resolution.entity_of.len()).map(|at| resolution.entity_id(at).unwrap()).collect()
}

/// Resolves two records `a` and `b`: are they joined, and if not, why.
#[track_caller]
fn check(a: &[&str], b: &[&str], expected: Result<EvidenceKind, Option<RefusalReason>>) {
    let records = [record("a", a), record("b", b)];
    let resolution = resolve(&records, &[], &Settings::default());
    match expected {
        Ok(kind) => {
            assert_eq!(entities(&resolution), ["a", "a"]);
            assert_eq!(resolution.links[0].evidence[0].kind, kind);
        }
        Err(reason) => {
            assert_eq!(entities(&resolution), ["a", "b"]);
            assert!(resolution.links.is_empty());
            assert_eq!(resolution.refused.first().map(|refusal| refusal.reason), reason);
        }
    }
}

#[test]
fn what_joins() {
    check(&["d cnic:35202-1234567-1"], &["d CNIC:3520212345671"], Ok(EvidenceKind::Document));
    check(&["e X@a.example"], &["e x@A.example"], Ok(EvidenceKind::Email));
    check(&["n Zar Gul", "b 1990-05-06"], &["n GUL Zar", "b 1990-05-06"], Ok(EvidenceKind::NameAndBirthDate));
    check(&["n Zar Gul", "p 0092 300 1234567"], &["n gul zar", "p +923001234567"], Ok(EvidenceKind::NameAndPhone));
    check(&["k organisation", "d licence:7"], &["k organisation", "d licence:7"], Ok(EvidenceKind::Document));
    check(&["k unknown", "d cnic:1"], &["k organisation", "d cnic:1"], Ok(EvidenceKind::Document));
    // Swapped day and month, and one day apart, are one date written carelessly.
    check(&["d cnic:1", "b 1990-05-06"], &["d cnic:1", "b 1990-06-05"], Ok(EvidenceKind::Document));
    check(&["d cnic:1", "b 1990-05-06"], &["d cnic:1", "b 1990-05-07"], Ok(EvidenceKind::Document));
    check(&["d cnic:1", "b 1989-05-06"], &["d cnic:1", "b 1998-05-06"], Ok(EvidenceKind::Document));
}

#[test]
fn what_does_not_join() {
    check(&["p +923001234567", "n A B"], &["p +923001234567", "n C B"], Err(None));
    check(&["a House 12"], &["a House 12"], Err(None));
    check(&["n Zar Gul"], &["n Zar Gul"], Err(None));
    check(&["k person", "d licence:7"], &["k organisation", "d licence:7"], Err(Some(RefusalReason::Kinds)));
    check(&["k person", "d licence:7"], &["k person", "d licence:7"], Err(Some(RefusalReason::Kinds)));
    check(&["k person", "d cnic:7"], &["k organisation", "d cnic:7"], Err(Some(RefusalReason::Kinds)));
    check(&["n Zar Gul", "d cnic:1", "b 1990-05-06"], &["n Zar Gul", "d cnic:1", "b 1990-05-08"], Err(Some(RefusalReason::BirthDates)));
    check(&["n Zar Gul", "d cnic:1", "b 1990-05-06"], &["n Mir Jan", "d cnic:1", "b 1971-02-03"], Err(Some(RefusalReason::IdentityTheft)));
    check(&["n Zar Gul", "b 1990-01-01"], &["n Zar Gul", "b 1990-01-01"], Err(Some(RefusalReason::EstimatedBirthDate)));
    check(&["n Zar Gul", "p 03001234567", "t 0..10"], &["n Zar Gul", "p 03001234567", "t 900..910"], Err(Some(RefusalReason::Recycled)));
}

#[test]
fn records_of_one_id_are_one_party() {
    let records = [record("a", &["n X Y"]), record("b", &["d cnic:5"]), record("a", &["d cnic:5"])];
    let resolution = resolve(&records, &[], &Settings::default());
    assert_eq!(entities(&resolution), ["a", "a", "a"]);
    assert_eq!(resolution.links.len(), 2);
}

/// A hostel's phone, written on everybody's form with a name as common, joins nobody and is reported once.
#[test]
fn what_many_share_joins_nobody() {
    let records: Vec<Record> = (0..9).map(|i| record(&format!("p{i}"), &["e desk@hostel.example"])).collect();
    let resolution = resolve(&records, &[], &Settings::default());
    assert_eq!(resolution.entities.len(), 9);
    let [refusal] = resolution.refused.as_slice() else { panic!("one report") };
    assert_eq!((refusal.reason, refusal.users), (RefusalReason::SharedByMany, 9));
}

#[test]
fn judgements_hold_through_others() {
    let records = [record("a", &["e a@x.example"]), record("b", &["e a@x.example", "d cnic:9"]), record("c", &["d cnic:9"])];
    let say = |a: &str, b: &str, same| Judgement { a: a.to_owned(), b: b.to_owned(), same };
    for (judgements, expected) in [
        (vec![], ["a", "a", "a"]),
        // b is joined to c by the stronger evidence, so a stays out.
        (vec![say("c", "a", false)], ["a", "b", "b"]),
        (vec![say("a", "b", false), say("b", "c", false)], ["a", "b", "c"]),
        (vec![say("a", "c", true), say("a", "c", false)], ["a", "b", "b"]),
        (vec![say("a", "nobody", true)], ["a", "a", "a"]),
    ] {
        assert_eq!(entities(&resolve(&records, &judgements, &Settings::default())), expected, "{judgements:?}");
    }
    let apart = [record("a", &["b 1990-05-06"]), record("b", &["b 1960-02-03"])];
    assert_eq!(entities(&resolve(&apart, &[say("b", "a", true)], &Settings::default())), ["a", "a"]);
}

/// A stolen document does not draw its thief and its owner together through a third record without birth date.
#[test]
fn theft_is_not_bridged() {
    let records = [
        record("a", &["n Zar Gul", "d cnic:1", "b 1990-05-06"]),
        record("b", &["n Mir Jan", "d cnic:1", "b 1971-02-03"]),
        record("c", &["n Gul Zar", "d cnic:1"]),
    ];
    let resolution = resolve(&records, &[], &Settings::default());
    assert_eq!(entities(&resolution), ["a", "b", "a"]);
    assert_eq!(resolution.refused.iter().filter(|refusal| refusal.reason == RefusalReason::IdentityTheft).count(), 2);
}

#[test]
fn entities_are_bounded() {
    let records: Vec<Record> = (0..10).map(|i| record(&format!("p{i}"), &[&format!("d cnic:{i}"), &format!("d cnic:{}", i + 1)])).collect();
    let resolution = resolve(&records, &[], &Settings { cluster_size_max: 4, ..Settings::default() });
    let mut sizes = vec![0; resolution.entities.len()];
    resolution.entity_of.iter().for_each(|entity| sizes[*entity as usize] += 1);
    assert!(sizes.iter().all(|size| *size <= 4));
    assert!(resolution.refused.iter().any(|refusal| refusal.reason == RefusalReason::ClusterSize));
}

fn any_record() -> impl Strategy<Value = Record> {
    let pick = |prefix: &'static str, n: u32| proptest::collection::vec((0..n).prop_map(move |i| format!("{prefix}{i}")), 0..3);
    (
        0..12u32,
        0..3u8,
        pick("name ", 4),
        proptest::option::of(0..4i32),
        proptest::collection::vec(prop_oneof![3 => (0..4u32).prop_map(|i| format!("cnic:{i}")), 1 => Just("licence:1".to_owned())], 0..2),
        pick("+92300123450", 3),
        pick("m@x.example", 3),
        proptest::option::of((0..3i64).prop_map(|year| (year * 400 * 86_400_000_000, year * 400 * 86_400_000_000))),
    )
        .prop_map(|(id, kind, names, birth, documents, phones, emails, active)| Record {
            party_id: format!("p{id:02}"),
            kind: [PartyKind::Person, PartyKind::Organisation, PartyKind::Unknown][kind as usize],
            names,
            birth_date: birth.map(|day| Date(day * 40 + 5)),
            documents,
            phones,
            emails,
            active,
            ..Record::default()
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_does_not_matter(records in proptest::collection::vec(any_record(), 0..14), apart in proptest::collection::vec((0..12u32, 0..12u32, any::<bool>()), 0..4), seed in any::<u64>()) {
        let judgements: Vec<Judgement> = apart.iter().map(|(a, b, same)| Judgement { a: format!("p{a:02}"), b: format!("p{b:02}"), same: *same }).collect();
        let settings = Settings { cluster_size_max: 5, shared_by_max: 4, ..Settings::default() };
        let mut order: Vec<usize> = (0..records.len()).collect();
        let mut state = seed;
        for i in (1..order.len()).rev() {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            order.swap(i, (state >> 33) as usize % (i + 1));
        }
        let shuffled: Vec<Record> = order.iter().map(|at| records[*at].clone()).collect();
        let (plain, other) = (resolve(&records, &judgements, &settings), resolve(&shuffled, &judgements, &settings));
        prop_assert_eq!(&plain.entities, &other.entities);
        for (at, from) in order.iter().enumerate() {
            prop_assert_eq!(plain.entity_id(*from), other.entity_id(at));
        }
        let reference = tributary_resolve::reference::entities(&records, &judgements, &settings);
        for (at, record) in records.iter().enumerate() {
            prop_assert_eq!(plain.entity_id(at), reference.get(&record.party_id).map(String::as_str));
        }
        // No entity holds a pair that was judged apart.
        for judgement in judgements.iter().filter(|judgement| !judgement.same && judgement.a != judgement.b) {
            let entity = |id: &str| records.iter().position(|record| record.party_id == id).and_then(|at| plain.entity_id(at));
            if let (Some(a), Some(b)) = (entity(&judgement.a), entity(&judgement.b)) {
                prop_assert_ne!(a, b);
            }
        }
        // Links alone give the entities.
        let joined = tributary_components(records.len(), plain.links.iter().map(|link| (link.a, link.b)));
        for a in 0..records.len() {
            for b in 0..a {
                prop_assert_eq!(joined[a] == joined[b], plain.entity_of[a] == plain.entity_of[b]);
            }
        }
    }
}

/// Components by label spreading.
fn tributary_components(n: usize, links: impl Iterator<Item = (u32, u32)> + Clone) -> Vec<u32> {
    let mut labels: Vec<u32> = (0..n as u32).collect();
    for _ in 0..n {
        for (a, b) in links.clone() {
            let smaller = labels[a as usize].min(labels[b as usize]);
            labels[a as usize] = smaller;
            labels[b as usize] = smaller;
        }
    }
    labels
}
