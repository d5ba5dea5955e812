//! What the model joins, what it leaves to people, and what it never does.
use proptest::prelude::*;
use tributary_model::Date;
use tributary_resolve::{EvidenceKind, Judgement, Method, Record, RefusalReason, Resolution, Settings, reference, resolve};

use crate::rules::{entities, record};

/// What becomes of two records under the model's built-in parameters.
#[derive(Debug, PartialEq)]
enum Fate {
    Joined,
    Possible,
    Apart,
}

fn fate(a: &[&str], b: &[&str]) -> Fate {
    let resolution = resolve(&[record("a", a), record("b", b)], &[], &Settings::default());
    match (entities(&resolution).as_slice(), resolution.possible.len()) {
        (["a", "a"], 0) => Fate::Joined,
        (["a", "b"], 1) => Fate::Possible,
        (["a", "b"], 0) => Fate::Apart,
        other => panic!("{other:?}"),
    }
}

/// Joins need names and something of one's own: kin share the rest, and a wrong join can ruin an innocent family.
#[test]
fn two_records() {
    let address = "a House 12, Street 4, Model Town, Quetta";
    let phone = "p +923001234567";
    for (a, b, expected) in [
        // Across scripts and spellings, with a date.
        (vec!["n Zarghuna Popal", "b 1990-05-06"], vec!["n زرغونه پوپل", "b 1990-05-06"], Fate::Joined),
        (vec!["n Yousuf Stanekzai", "b 1990-05-06"], vec!["n Stanikzai Yusuf", "b 1990-06-05", phone], Fate::Possible),
        (vec!["n Yousuf Stanekzai", "b 1990-05-06", phone], vec!["n Stanikzai Yusuf", "b 1990-06-05", phone], Fate::Joined),
        // Somebody else of that name, and somebody else of that date.
        (vec!["n Zarghuna Popal", "b 1990-05-06"], vec!["n Zarghuna Popal", "b 1961-02-07"], Fate::Apart),
        (vec!["n Zarghuna Popal", "b 1990-05-06"], vec!["n Mir Jan", "b 1990-05-06"], Fate::Apart),
        // A registry's 1 January is no date.
        (vec!["n Zarghuna Popal", "b 1990-01-01", address], vec!["n زرغونه پوپل", "b 1990-01-01", address], Fate::Possible),
        // A date with one digit wrong is never joined over, and is shown.
        (vec!["n Zarghuna Popal", "b 1990-05-06", phone], vec!["n زرغونه پوپل", "b 1990-05-08", phone], Fate::Possible),
        // Kin: surname, address and phone together join nobody, twins neither.
        (vec!["n Zarghuna Popal", address, phone], vec!["n Karim Popal", address, phone], Fate::Apart),
        (vec!["n Hasan Popal", "b 1990-05-06", address, phone], vec!["n Salma Popal", "b 1990-05-06", address, phone], Fate::Apart),
        // Twins named alike are for people to look at.
        (vec!["n Hasan Popal", "b 1990-05-06", address, phone], vec!["n Husna Popal", "b 1990-05-06", address, phone], Fate::Possible),
        // Organisations are not compared by the model.
        (vec!["k organisation", "n Zarghuna Popal", "e a@x.example"], vec!["k organisation", "n زرغونه پوپل", address], Fate::Apart),
    ] {
        assert_eq!(fate(&a, &b), expected, "{a:?} {b:?}");
    }
}

/// A town: `(record, person)`. Households of four share surname, address and phone; every third person is recorded twice, in another
/// spelling or script, with some fields lost.
fn town(people: usize) -> Vec<(Record, usize)> {
    let given = [
        ("Yousuf", "یوسف"),
        ("Karim", "کریم"),
        ("Fareeda", "فریده"),
        ("Imran", "عمران"),
        ("Nasreen", "نسرین"),
        ("Bilal", "بلال"),
        ("Maryam", "مریم"),
        ("Tariq", "طارق"),
        ("Salma", "سلما"),
        ("Zahid", "زاهد"),
        ("Rukhsana", "رخسانه"),
        ("Hamza", "حمزه"),
    ];
    let family = [
        ("Stanekzai", "ستانکزی"),
        ("Popal", "پوپل"),
        ("Memon", "میمن"),
        ("Qureshi", "قریشی"),
        ("Mirza", "مرزا"),
        ("Baloch", "بلوچ"),
        ("Sheikh", "شیخ"),
        ("Noorzai", "نورزی"),
        ("Rind", "رند"),
        ("Durrani", "درانی"),
        ("Wardak", "وردک"),
        ("Shinwari", "شینواری"),
    ];
    let pick = |seed: usize, n: usize| (seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33) % n;
    let mut town = Vec::new();
    for person in 0..people {
        let household = person / 4;
        let (first, last) = (given[(pick(household, 12) + person % 4 * 3) % 12], family[pick(household + 7_777, 12)]);
        let birth = format!("b {}-{:02}-{:02}", 1940 + pick(person * 3 + 1, 70), 1 + pick(person * 5 + 2, 12), 2 + pick(person * 7 + 3, 26));
        let document = format!("d cnic:{:013}", 1_000_000_000_000_usize + person * 7_919);
        let (phone, address) = (format!("p +92300{household:07}"), format!("a House {household}, Street {}, Quetta", household % 90));
        let latin = format!("n {} {}", first.0, last.0);
        town.push((record(&format!("p{person:05}"), &[&latin, &birth, &document, &phone, &address]), person));
        if person % 3 == 0 {
            let other = format!("n {} {}", first.1, last.1);
            let kept: Vec<&str> = match person % 9 {
                0 => vec![&other, &birth, &phone],
                3 => vec![&other, &document, &address],
                _ => vec![&other, &birth, &address],
            };
            town.push((record(&format!("q{person:05}"), &kept), person));
        }
    }
    town
}

fn learnt() -> (Vec<(Record, usize)>, Resolution) {
    let town = town(1_500);
    let records: Vec<Record> = town.iter().map(|(record, _)| record.clone()).collect();
    let resolution = resolve(&records, &[], &Settings::default());
    (town, resolution)
}

#[test]
fn a_town_is_learnt() {
    let (town, resolution) = learnt();
    let report = resolution.model.as_ref().unwrap();
    assert!(report.trained && report.recall.unwrap() > 0.9);
    let (mut right, mut wrong) = (0, 0);
    for a in 0..town.len() {
        for b in a + 1..town.len() {
            if resolution.entity_of[a] == resolution.entity_of[b] {
                *(if town[a].1 == town[b].1 { &mut right } else { &mut wrong }) += 1;
            }
        }
    }
    assert_eq!(wrong, 0);
    assert!(right >= 475, "{right} of 500");
    // Every link of the model shows a waterfall that ends in the odds it was made at.
    let by_model = |link: &&tributary_resolve::Link| link.evidence.iter().any(|step| step.kind == EvidenceKind::Prior);
    let odds = resolution.links.iter().filter(by_model).map(|link| link.evidence.iter().map(|step| step.weight).sum::<f64>());
    assert!(odds.clone().count() > 300);
    assert!(odds.min_by(f64::total_cmp).unwrap() >= f64::from(Settings::default().join_odds_min).ln() - 1e-9);
    let rules = resolve(&town.iter().map(|t| t.0.clone()).collect::<Vec<_>>(), &[], &Settings { method: Method::Rules, ..Settings::default() });
    assert!(rules.model.is_none() && rules.possible.is_empty() && rules.entities.len() > resolution.entities.len());
}

/// Two of one name and birth date who show different cards of one kind are two, once the records have taught how rare a second card is.
#[test]
fn namesakes_with_two_cards_are_doubted() {
    let mut records: Vec<Record> = town(1_500).into_iter().map(|(record, _)| record).collect();
    records.push(record("x1", &["n Palwasha Wardak", "b 1977-07-08", "d cnic:4210100000001"]));
    records.push(record("x2", &["n Palwasha Wardak", "b 1977-07-08", "d cnic:5440100000007"]));
    let resolution = resolve(&records, &[], &Settings::default());
    assert_ne!(resolution.entity_id(records.len() - 2), resolution.entity_id(records.len() - 1));
    assert!(resolution.refused.iter().any(|refusal| refusal.reason == RefusalReason::Doubted && refusal.b as usize == records.len() - 1));
}

#[test]
fn threads_do_not_show() {
    let on = |threads: usize| rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap().install(|| learnt().1);
    assert_eq!(on(1), on(3));
}

/// A "not the same" keeps a pair out of joins and out of what is shown as possible.
#[test]
fn judged_pairs_are_not_shown_again() {
    let records = [record("a", &["n Zarghuna Popal", "b 1990-05-06"]), record("b", &["n زرغونه پوپل", "b 1990-05-06"])];
    let apart = [Judgement { a: "b".to_owned(), b: "a".to_owned(), same: false }];
    let resolution = resolve(&records, &apart, &Settings::default());
    assert_eq!(entities(&resolution), ["a", "b"]);
    assert!(resolution.possible.is_empty());
}

#[test]
fn possible_links_are_bounded_and_likeliest_first() {
    let spellings = ["Zarghuna Popal", "Zarghoona Popal", "زرغونه پوپل", "Zarguna Popal"];
    let records: Vec<Record> = spellings
        .iter()
        .zip(0..)
        .map(|(name, i)| record(&format!("p{i}"), &[&format!("n {name}"), "b 1990-01-01", "a House 12, Street 4"]))
        .collect();
    let all = resolve(&records, &[], &Settings::default()).possible;
    let few = resolve(&records, &[], &Settings { possible_max: 2, ..Settings::default() }).possible;
    let odds = |link: &tributary_resolve::Link| link.evidence.iter().map(|step| step.weight).sum::<f64>();
    assert!(all.len() > 2 && few.len() == 2);
    let least = few.iter().map(odds).fold(f64::MAX, f64::min);
    assert!(all.iter().filter(|link| !few.contains(link)).all(|link| odds(link) <= least));
}

fn any_person() -> impl Strategy<Value = Record> {
    let name =
        proptest::sample::select(vec!["Zarghuna Popal", "زرغونه پوپل", "Zarghoona", "Popal Karim", "کریم پوپل", "Kareem Popal", "Mir Jan", "Popal"]);
    let birth = proptest::sample::select(vec![7_000, 7_001, 9_131, 3_000, 3_001]);
    let pick = |prefix: &'static str, n: u32| proptest::collection::vec((0..n).prop_map(move |i| format!("{prefix}{i}")), 0..2);
    (
        0..14_u32,
        0..5_u8,
        proptest::collection::vec(name, 0..3),
        proptest::option::of(birth),
        pick("cnic:352021234567", 3),
        pick("+92300123450", 3),
        pick("m@x.example", 3),
        pick("House 1, Street 5, Town ", 2),
    )
        .prop_map(|(id, kind, names, birth, documents, phones, emails, addresses)| Record {
            party_id: format!("p{id:02}"),
            kind: tributary_resolve::PartyKind::from_name(if kind == 0 { "organisation" } else { "person" }),
            names: names.into_iter().map(str::to_owned).collect(),
            birth_date: birth.map(Date),
            documents,
            phones,
            emails,
            addresses,
            active: None,
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// The fast way gives the plain one's entities; the order of records does not matter; judgements hold; links give the entities.
    #[test]
    fn fast_equals_plain(records in proptest::collection::vec(any_person(), 0..16), said in proptest::collection::vec((0..14_u32, 0..14_u32, any::<bool>()), 0..4), block_max in 2..12_usize, rules in any::<bool>()) {
        let judgements: Vec<Judgement> = said.iter().map(|(a, b, same)| Judgement { a: format!("p{a:02}"), b: format!("p{b:02}"), same: *same }).collect();
        let settings = Settings { cluster_size_max: 5, shared_by_max: 4, block_max, method: if rules { Method::Rules } else { Method::Model }, ..Settings::default() };
        let fast = resolve(&records, &judgements, &settings);
        let plain = reference::entities(&records, &judgements, &settings);
        let mut turned = records.clone();
        turned.reverse();
        let reversed = resolve(&turned, &judgements, &settings);
        for (at, record) in records.iter().enumerate() {
            prop_assert_eq!(fast.entity_id(at), plain.get(&record.party_id).map(String::as_str));
            prop_assert_eq!(fast.entity_id(at), reversed.entity_id(records.len() - 1 - at));
        }
        let entity = |id: &str| records.iter().position(|record| record.party_id == id).and_then(|at| fast.entity_id(at));
        for judgement in judgements.iter().filter(|judgement| !judgement.same && judgement.a != judgement.b) {
            prop_assert!(entity(&judgement.a).is_none() || entity(&judgement.a) != entity(&judgement.b));
        }
        for link in &fast.possible {
            prop_assert_ne!(fast.entity_of[link.a as usize], fast.entity_of[link.b as usize]);
        }
    }
}
