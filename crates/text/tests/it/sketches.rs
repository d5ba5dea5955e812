//! Sketches and template groups.

use proptest::prelude::*;
use tributary_text::{SKETCH_LENGTH, TEMPLATE_THRESHOLD, group_templates, similarity, sketch};

const ADVERT: &str =
    "Work in warehouse, free visa and ticket, salary Rs 120,000 monthly, call 0300-1234567 or write @agent_one today see https://a.example/x";

/// Texts that differ only in what a slot stands for have one sketch.
#[test]
fn slots_do_not_tell_copies_apart() {
    let cases = [
        (ADVERT, "Work in warehouse, free visa and ticket, salary PKR 95000 monthly, call +92 321 7654321 or write @other2 today see wa.me/12345"),
        ("نوکری دبئی میں، تنخواہ 2000 درهم، رابطہ 03001234567", "نوكری دبئی میں، تنخواہ ۳۵۰۰ درهم، رابطہ ۰۳۲۱ ۷۶۵۴۳۲۱"),
        ("pay $500 now please", "pay 700 dollars now please"),
        ("mail me at a@b.example for details", "mail me at other.name@c.example for details"),
    ];
    for (a, b) in cases {
        assert_eq!(sketch(a), sketch(b), "{a:?} and {b:?}");
    }
}

#[test]
fn different_texts_differ() {
    let other = "Looking for a flat in the old town, two rooms, near the school, quiet family, no brokers please";
    assert!(similarity(&sketch(ADVERT), &sketch(other)) < 0.05);
    assert!(sketch("").is_empty() && sketch(" ,. ").is_empty());
    assert_eq!(sketch("one").len(), SKETCH_LENGTH);
    assert!(similarity(&[], &[]) == 0.0 && similarity(&[1], &[1, 2]) == 0.0);
}

/// The stored format: these numbers may not change without a new table version.
#[test]
fn the_sketch_format_is_fixed() {
    let sketch = sketch("good work abroad, no fee");
    assert_eq!(sketch.iter().fold(0_u64, |state, value| state.rotate_left(5) ^ value), FORMAT);
}
const FORMAT: u64 = 8_747_034_040_470_833_682;

#[test]
fn groups_are_named_by_their_smallest_post_whatever_the_order() {
    let near = ADVERT.replace("today", "now");
    let texts = [(7, ADVERT), (3, near.as_str()), (9, "Looking for a flat in the old town, two rooms"), (12, ""), (4, ADVERT)];
    let posts: Vec<(u32, Vec<u64>)> = texts.iter().map(|(index, text)| (*index, sketch(text))).collect();
    assert_eq!(group_templates(&posts, TEMPLATE_THRESHOLD), [Some(3), Some(3), None, None, Some(3)]);
    let reversed: Vec<_> = posts.into_iter().rev().collect();
    assert_eq!(group_templates(&reversed, TEMPLATE_THRESHOLD), [Some(3), None, None, Some(3), Some(3)]);
}

/// One template flooded ten thousand times is grouped in linear time, and each copy is found.
#[test]
fn a_flooded_template_is_bounded() {
    let posts: Vec<(u32, Vec<u64>)> = (0..10_000)
        .map(|i| (i, sketch(&format!("{ADVERT} and the word w{} stands at the end", i.to_string().replace(|c: char| c.is_ascii_digit(), "x")))))
        .collect();
    assert!(group_templates(&posts, TEMPLATE_THRESHOLD).iter().all(|group| *group == Some(0)));
}

proptest! {
    /// The estimate lies near the true share of shingles in common.
    #[test]
    fn similarity_estimates_jaccard(words in proptest::collection::vec("[a-z]{6,9}", 60..90), cut in 0usize..50) {
        let whole = words.join(" ");
        let part = words.iter().skip(cut).cloned().collect::<Vec<_>>().join(" ");
        let all = (words.len() - 2) as f64;
        let truth = (all - cut as f64) / all;
        prop_assert!((similarity(&sketch(&whole), &sketch(&part)) - truth).abs() < 0.35);
    }

    #[test]
    fn sketch_takes_any_text(text in "\\PC{0,200}") {
        let sketch = sketch(&text);
        prop_assert!(sketch.is_empty() || sketch.len() == SKETCH_LENGTH);
        prop_assert_eq!(similarity(&sketch, &sketch), if sketch.is_empty() { 0.0 } else { 1.0 });
    }
}
