//! Who is with whom.

use proptest::prelude::*;
use tributary_adverts::{Grouper, Settings, Sketch, SketchError, Sketcher, group_sketches, group_texts, reference, translated};

const WORDS: [&str; 60] = [
    "driver",
    "cook",
    "farm",
    "hotel",
    "city",
    "salary",
    "visa",
    "ticket",
    "food",
    "room",
    "guard",
    "office",
    "paint",
    "brick",
    "tailor",
    "water",
    "river",
    "night",
    "shift",
    "paper",
    "photo",
    "north",
    "south",
    "garden",
    "truck",
    "phone",
    "month",
    "year",
    "family",
    "school",
    "ڈرائیور",
    "تنخواہ",
    "ویزا",
    "کھانا",
    "رہائش",
    "شہر",
    "دفتر",
    "باغ",
    "رات",
    "دن",
    "راننده",
    "معاش",
    "تکت",
    "غذا",
    "اقامت",
    "کارګر",
    "دنده",
    "ښار",
    "خواړه",
    "کورنۍ",
    "zaroorat",
    "tankhwah",
    "mulazim",
    "khana",
    "rihaish",
    "shehar",
    "daftar",
    "bagh",
    "raat",
    "din",
];

/// A text of `length` words drawn by a seed; the same seed, the same text.
fn text(seed: u64, length: usize) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            WORDS[(state >> 11) as usize % WORDS.len()].to_owned()
        })
        .collect()
}

/// Template `template` with word `hole` left out and a phone of its own.
fn copy(template: u64, hole: usize, phone: u32) -> String {
    let mut words = text(template, 30);
    words.remove(hole % 30);
    format!("{} call 0300-{phone:07}", words.join(" "))
}

/// The pairs that are together, by text.
fn together(texts: &[String], groups: &[Option<u32>]) -> Vec<Vec<String>> {
    let mut names: Vec<u32> = groups.iter().flatten().copied().collect();
    names.sort_unstable();
    names.dedup();
    let members = |name: u32| {
        let mut out: Vec<String> = texts.iter().zip(groups).filter(|(_, g)| **g == Some(name)).map(|(t, _)| t.clone()).collect();
        out.sort();
        out
    };
    let mut out: Vec<Vec<String>> = names.into_iter().map(members).collect();
    out.sort();
    out
}

#[test]
fn copies_are_together_and_shared_contacts_join_nobody() {
    let texts =
        [copy(1, 3, 11), copy(2, 0, 11), copy(1, 9, 12), copy(3, 0, 11), copy(2, 8, 13), "call 0300-0000011".into(), "call 0300-0000011".into()];
    let found = group_texts(&texts, &Settings::default());
    assert_eq!(found, [Some(0), Some(1), Some(0), None, Some(1), None, None]);
}

#[test]
fn sketches_group_as_texts_do_and_survive_being_written() {
    let settings = Settings::default();
    let mut sketcher = Sketcher::new(&settings);
    let texts: Vec<String> = (0..40).map(|at| copy(at % 7, at as usize, at as u32)).collect();
    let posts: Vec<(u32, Sketch)> = texts
        .iter()
        .enumerate()
        .map(|(at, text)| {
            let sketch = sketcher.sketch(text);
            assert_eq!(Sketch::from_bytes(&sketch.to_bytes()).as_ref(), Ok(&sketch));
            assert_eq!(Sketch::from_words(&sketch.to_words()).as_ref(), Ok(&sketch));
            (at as u32, sketch)
        })
        .collect();
    assert_eq!(group_sketches(&posts, &settings), group_texts(&texts, &settings));
    assert!(posts[0].1.similarity(&posts[7].1) > 0.7);
    assert!(posts[0].1.similarity(&posts[1].1) < 0.5);
}

#[test]
fn what_is_not_a_sketch_is_refused() {
    assert_eq!(Sketch::from_words(&[]), Err(SketchError::Damaged("too short")));
    assert_eq!(Sketch::from_words(&[0; 9]), Err(SketchError::Version));
    let mut words = Sketcher::new(&Settings::default()).sketch("a driver for the night shift").to_words();
    words.push(1);
    assert!(matches!(Sketch::from_words(&words), Err(SketchError::Damaged(_))));
    assert!(matches!(Sketch::from_bytes(&[1, 2, 3]), Err(SketchError::Damaged(_))));
}

#[test]
fn a_translation_shares_concepts_and_a_contact() {
    let mut sketcher = Sketcher::new(&Settings::default());
    let english = sketcher.sketch("Driver job, monthly salary 45000 rs, free food and room, visa and ticket given, call 0300-1234567");
    let urdu = sketcher.sketch("ڈرائیور کی نوکری، ماہانہ تنخواہ ۴۵۰۰۰ روپے، مفت کھانا اور رہائش، ویزا اور ٹکٹ، رابطہ ۰۳۰۰۱۲۳۴۵۶۷");
    let other = sketcher.sketch("ڈرائیور کی نوکری، ماہانہ تنخواہ ۴۵۰۰۰ روپے، مفت کھانا اور رہائش، ویزا اور ٹکٹ، رابطہ ۰۳۰۰۱۲۳۴۵۶۸");
    let goat = sketcher.sketch("goats and sheep for sale near the river, fat and healthy, call 0300-1234567");
    assert!(translated(&english, &urdu) && translated(&urdu, &english));
    assert!(!translated(&english, &other), "concepts alone are not enough");
    assert!(!translated(&english, &goat), "a contact alone is not enough");
}

#[test]
fn another_key_gives_another_sketch() {
    let mut a = Sketcher::new(&Settings::default());
    let mut b = Sketcher::new(&Settings { key: [1, 2], ..Settings::default() });
    let text = "a driver for the night shift, call 0300 1234567";
    assert!(a.sketch(text).similarity(&b.sketch(text)) < 0.1);
    assert!(a.sketch(text).slots().iter().all(|s| !b.sketch(text).slots().contains(s)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn neither_order_nor_cuts_nor_threads_change_the_groups(
        parts in prop::collection::vec((0_u64..6, 0_usize..30, 0_u32..4), 2..40),
        shuffle in any::<u64>(),
        cut in 0_usize..40,
    ) {
        let settings = Settings::default();
        let texts: Vec<String> = parts.iter().map(|(template, hole, phone)| copy(*template, *hole, *phone)).collect();
        let batch = group_texts(&texts, &settings);
        let mut moved: Vec<(u64, &String)> = texts.iter().enumerate().map(|(at, t)| ((at as u64 + 1).wrapping_mul(shuffle | 1), t)).collect();
        moved.sort();
        let moved: Vec<String> = moved.into_iter().map(|(_, t)| t.clone()).collect();
        prop_assert_eq!(together(&texts, &batch), together(&moved, &group_texts(&moved, &settings)));
        let mut grouper = Grouper::new(&settings);
        for (at, text) in texts.iter().enumerate() {
            grouper.add_text(at as u32, text);
            if at == cut {
                prop_assert_eq!(grouper.groups(), group_texts(&texts[..=at], &settings));
            }
        }
        prop_assert_eq!(grouper.groups(), batch.clone());
        let pool = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
        prop_assert_eq!(pool.install(|| group_texts(&texts, &settings)), batch);
    }

    #[test]
    fn the_fast_engine_finds_what_the_plain_one_does(
        parts in prop::collection::vec((0_u64..12, 0_u64..9, 2_usize..40, 0_usize..30), 2..60),
        features in 16_usize..100,
        keys in 1_usize..20,
    ) {
        let settings = Settings { features, keys, ..Settings::default() };
        let texts: Vec<String> = parts
            .iter()
            .map(|(template, own, length, hole)| {
                let mut words = text(*template, *length);
                words.remove(hole % length);
                words.extend(text(100 + own, 6));
                words.join(" ")
            })
            .collect();
        prop_assert_eq!(group_texts(&texts, &settings), reference::group_texts(&texts, &settings));
    }
}
