//! Constant and slot parts, and how they are shown.

use tributary_adverts::{Part, SlotKind, html, template};

const NAMES: [&str; 6] = ["Hazel", "Maple", "Birch", "Cedar", "Willow", "Aspen"];

fn copies() -> Vec<String> {
    let write = |(at, name): (usize, &&str)| {
        format!(
            "{name} kitchen needs a cook for the evening shift, pay {} rs a month, meals and a room are given, ring 0300-555{at:04}",
            40_000 + at * 1_000
        )
    };
    NAMES.iter().enumerate().map(write).collect()
}

#[test]
fn what_stays_is_constant_and_what_differs_is_a_slot() {
    let found = template(&copies()).unwrap();
    let words: Vec<&str> = found.parts.iter().filter_map(|p| if let Part::Constant { text, .. } = p { Some(text.as_str()) } else { None }).collect();
    assert_eq!(words, ["kitchen needs a cook for the evening shift pay", "a month meals and a room are given ring"]);
    let slots: Vec<(Option<SlotKind>, usize)> = found.slots().map(|s| (s.kind, s.distinct)).collect();
    assert_eq!(slots, [(None, 6), (Some(SlotKind::Price), 6), (Some(SlotKind::Phone), 6)]);
    assert!(found.bits_together < found.bits_alone && found.saved() > 0.5, "{found:?}");
    let mut turned = copies();
    turned.reverse();
    assert_eq!(template(&turned), Some(found));
}

#[test]
fn strangers_save_no_bits() {
    let found = template(&["a cook for the evening shift", "bricks and sand for sale today"]);
    assert!(found.is_none_or(|t| t.bits_together >= t.bits_alone * 0.9));
    assert_eq!(template::<&str>(&[]), None);
    assert_eq!(template(&["", "  "]), None);
}

#[test]
fn the_page_shows_no_contact_and_escapes_every_word() {
    let mut texts = copies();
    texts.iter_mut().for_each(|t| t.push_str(" write to <b>\u{202e} a@b.example or @some_one & see https://a.example/x"));
    let found = template(&texts).unwrap();
    let page = html::page("Adverts <1>", &[("7".into(), found)]);
    for gone in ["0300", "555", "a@b", "some_one", "a.example", "<b>", "\u{202e}", "<script", "<1>"] {
        assert!(!page.contains(gone), "{gone} in {page}");
    }
    for there in ["dir=\"auto\"", "phone ×6", "email ×1", "handle ×1", "url ×1", "kitchen needs", "Adverts &lt;1&gt;"] {
        assert!(page.contains(there), "{there} in {page}");
    }
}

#[test]
fn right_to_left_templates_keep_their_words() {
    let write = |at: usize| format!("ضرورت ہے ڈرائیور کی {} میں، تنخواہ {}000 روپے، رابطہ 0300555{at:04}", NAMES[at], 30 + at);
    let texts: Vec<String> = (0..6).map(write).collect();
    let shown = html::fragment(&template(&texts).unwrap());
    assert!(shown.starts_with("<p class=\"template\" dir=\"auto\">ضرورت ہے ڈرائیور کی <bdi"), "{shown}");
    assert!(shown.contains("price ×6") && shown.contains("phone ×6"), "{shown}");
}
