//! Whatever comes in: bounded, without panic, the same each time.

use proptest::prelude::*;
use tributary_adverts::{FEATURES_MAX, SLOTS_MAX, Settings, Sketcher, Tokeniser, group_texts};

/// Reads a text every way there is.
fn check(text: &str) {
    let settings = Settings::default();
    let sketch = Sketcher::new(&settings).sketch(text);
    assert!(sketch.features().len() <= settings.features && sketch.slots().len() <= SLOTS_MAX);
    assert_eq!(sketch, Sketcher::new(&settings).sketch(text));
    let mut tokeniser = Tokeniser::new();
    let mut end = 0;
    for token in tokeniser.tokens(text) {
        assert!(token.start >= end && token.end >= token.start, "{token:?} after {end}");
        assert!(text.get(token.start as usize..token.end as usize).is_some(), "{token:?}");
        end = token.end.max(token.start);
    }
    assert!(end as usize <= text.len());
}

#[test]
fn hostile_texts_are_bounded() {
    let marks = "\u{202e}\u{2066}\u{200f}\u{061c}a\u{0301}\u{0301}ب\u{064e}";
    for text in [
        "x".repeat(1 << 20),
        "driver ".repeat(150_000),
        "a ".repeat(500_000),
        "1 ".repeat(500_000),
        "rs 1".repeat(250_000),
        "@".repeat(1 << 20),
        "a@a.".repeat(1 << 18),
        "a/".repeat(1 << 19),
        "😀".repeat(1 << 18),
        "🔥 driver 🔥".repeat(50_000),
        marks.repeat(50_000),
        "ﷺ".repeat(100_000),
        "\u{0301}".repeat(500_000),
        String::new(),
        "\0\u{1}\u{7f}".into(),
    ] {
        check(&text);
    }
}

#[test]
fn ten_thousand_near_copies_are_one_group() {
    let base: Vec<String> = (0..40).map(|at| format!("word{at}x")).collect();
    let texts: Vec<String> = (0..10_000)
        .map(|at: usize| {
            let mut words = base.clone();
            words[at % 40] = format!("other{}", at / 40);
            format!("{} 0300-{at:07}", words.join(" "))
        })
        .collect();
    assert!(group_texts(&texts, &Settings::default()).iter().all(|g| *g == Some(0)));
}

#[test]
fn settings_out_of_bounds_are_brought_within() {
    let settings = Settings {
        features: usize::MAX,
        keys: 0,
        window: usize::MAX,
        join: Some(f64::NAN),
        relative: -1.0,
        absorb: Some(9.0),
        ..Settings::default()
    };
    let bounded = settings.bounded();
    assert_eq!((bounded.features, bounded.keys, bounded.window), (FEATURES_MAX, 1, 64));
    assert_eq!((bounded.join, bounded.relative, bounded.absorb), (Some(1.0), 0.0, Some(1.0)));
    assert_eq!(group_texts(&["one two three four", "one two three four"], &settings), [Some(0), Some(0)]);
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>()) {
        check(&text);
    }

    #[test]
    fn any_text_near_adverts_is_read(text in "([a-z0-9@$!*./:,+\\- ]|[\u{600}-\u{6ff}]|[\u{200b}-\u{200f}]|😀|rs|http://|www\\.){0,60}") {
        check(&text);
    }
}
