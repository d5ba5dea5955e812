//! docs/features-list.md says what the schema says. `UPDATE_EXPECT=1 cargo test -p tributary-features` writes it again.
use std::fmt::Write;

use expect_test::expect_file;
use tributary_features::{Config, Family, View, schema, window_name};

/// The columns of the default settings, with `W` for each of the account windows.
fn list() -> String {
    let config = Config::default();
    let longest = config.window_longest();
    let mut text = String::from(
        "# Features, one by one\n\nWritten from the schema by a test; [features.md](features.md) explains. `W` stands for each account window (by default \
         6h, 1d, 7d and 30d: one column each); other windows are the defaults. Whole numbers are 0 where there is nothing, others NaN where they are not defined.\n\
         A retrospective run adds the same columns for the time after, named `..._after`, all but those of the family `transfer`.\n",
    );
    for family in Family::ALL {
        write!(text, "\n## {}\n\n| column | meaning | unit | window |\n|---|---|---|---|\n", family.name()).unwrap();
        let mut seen = Vec::new();
        for feature in schema(&config, View::Before).into_iter().filter(|feature| feature.family == family) {
            let own = feature.window.map(window_name).unwrap_or_default();
            let (mut name, mut meaning, mut window) = (feature.name.clone(), feature.meaning.clone(), own.clone());
            if let Some(stem) = feature.name.strip_suffix(&format!("_{own}")).filter(|_| !own.is_empty()) {
                (name, meaning, window) = (format!("{stem}_W"), meaning.replacen(&format!("in the {own} "), "in the W ", 1), "each W".to_owned());
            }
            // What compares with the longest window has a column for each shorter one.
            if family == Family::History && feature.window.is_some_and(|own| own < longest) {
                window = "each W but the longest".to_owned();
            }
            if !seen.contains(&name) {
                let unit = if feature.whole { format!("{}, whole", feature.unit) } else { feature.unit.to_owned() };
                writeln!(text, "| `{name}` | {meaning} | {unit} | {} |", if window.is_empty() { "this transfer" } else { &window }).unwrap();
                seen.push(name);
            }
        }
    }
    text
}

#[test]
fn the_list_is_the_schema() {
    expect_file!["../../../../docs/features-list.md"].assert_eq(&list());
}
