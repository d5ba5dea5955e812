//! Words for likelihoods (SG-123): the table, what breaks it, what only looks like it, and our own texts.

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use tributary_escalation::estimative::{Broken, Claim, lint, table};
use tributary_escalation::{dry_run, screen};

use crate::office::{at, draft, item, material, protocol};
use crate::sources::literals;

use Broken::{Mixed, Percent, Unlisted};

fn told(text: &str, claim: Claim) -> Vec<(Broken, String)> {
    lint(text, claim).into_iter().map(|found| (found.broken, found.word)).collect()
}

fn check(text: &str, expected: &[(Broken, &str)]) {
    let expected: Vec<(Broken, String)> = expected.iter().map(|(broken, word)| (*broken, (*word).to_owned())).collect();
    assert_eq!(told(text, Claim::Text), expected, "{text}");
}

#[test]
fn sg_123_the_table_is_that_of_the_standard() {
    let table = table().unwrap();
    let rows: Vec<(&str, [u32; 2], &str)> = table.degrees().iter().map(|one| (one.id.as_str(), one.percent, one.terms[0].as_str())).collect();
    assert_eq!(
        rows,
        [
            ("almost-no-chance", [1, 5], "almost no chance"),
            ("very-unlikely", [5, 20], "very unlikely"),
            ("unlikely", [20, 45], "unlikely"),
            ("even", [45, 55], "roughly even chance"),
            ("likely", [55, 80], "likely"),
            ("very-likely", [80, 95], "very likely"),
            ("almost-certain", [95, 99], "almost certain"),
        ]
    );
    for pair in table.degrees().windows(2) {
        assert!(pair[0].percent[1] == pair[1].percent[0] && pair[0].stix_percent[1] + 1 == pair[1].stix_percent[0] && pair[0].stix < pair[1].stix);
    }
    for degree in table.degrees() {
        for word in degree.terms.iter().chain(&degree.forms).filter(|word| *word != "remote") {
            check(&format!("That he leaves is {word}."), &[]);
            let [low, high] = degree.percent;
            check(&format!("That he leaves is {word} ({low}\u{2013}{high} %)."), &[]);
            check(&format!("That he leaves is {word} ({} %).", if high > 50 { 3 } else { 97 }), &[(Percent, word)]);
            check(&format!("That he leaves is {word} (B2)."), &[(Mixed, word)]);
        }
    }
}

#[test]
fn sg_123_words_outside_of_the_table_are_found() {
    for (text, word) in [
        ("He is possibly the recruiter.", "possibly"),
        ("Perhaps the kiln is the place.", "perhaps"),
        ("He may well have left.", "may well"),
        ("Chances are that they are held there.", "chances are"),
        ("There is a high probability of flight.", "high probability"),
        ("There's a HIGH  Probability of flight.", "high probability"),
        ("In all likelihood they are held there.", "in all likelihood"),
        ("It is highly likely that he left.", "highly likely"),
        ("It is most\u{a0}likely the same hand.", "most likely"),
        ("It is pos\u{ad}si\u{200b}bly the same hand.", "possibly"),
        ("Maybe.", "maybe"),
        ("A possible link to the kiln.", "possible"),
        ("It is possible that he left.", "it is possible that"),
        ("He might flee.", "might"),
        ("He could well flee.", "could well"),
        ("This is plausible.", "plausible"),
        ("It cannot be ruled out that he fled.", "cannot be ruled out"),
        ("It is not likely.", "not likely"),
        ("It is not unlikely.", "not unlikely"),
        ("He will certainly flee.", "certainly"),
        ("It is undoubtedly his.", "undoubtedly"),
        ("A fifty-fifty matter.", "fifty fifty"),
        ("An even chance.", "even chance"),
        ("It is more likely than not.", "more likely than not"),
        ("Presumably he left.", "presumably"),
        ("The owner is rather likely to leave.", "rather likely"),
        ("There is some chance of that.", "some chance"),
    ] {
        check(text, &[(Unlisted, word)]);
    }
    let found = lint("Zahid, perhaps, left.", Claim::Text);
    assert_eq!((found[0].from, found[0].to), (7, 14), "in characters");
    assert!(found[0].says().starts_with("character 8: `perhaps` is not of the table"), "{}", found[0].says());
    assert!(!found[0].remedy.contains("Zahid"), "nothing of the text is repeated");
    assert_eq!(lint(&"perhaps ".repeat(900), Claim::Text).len(), 50, "bounded");
}

#[test]
fn sg_123_a_figure_outside_of_the_words_range_is_found() {
    for (text, word) in [
        ("It is likely (90 %) that he left.", "likely"),
        ("It is likely (90-95%) that he left.", "likely"),
        ("It is likely (55 to 90 per cent) that he left.", "likely"),
        ("It is likely (about 40 percent) that he left.", "likely"),
        ("It is likely, 90 %, that he left.", "likely"),
        ("It is 30 % likely that he left.", "likely"),
        ("It is likely at 90 %.", "likely"),
        ("It is unlikely, with a probability of 60 %.", "unlikely"),
        ("With a 97,5 % chance he is almost certainly there, and unlikely elsewhere.", ""),
        ("We put the odds at 30 %: likely.", "likely"),
        ("Almost certainly (80 %).", "almost certainly"),
    ] {
        let expected: &[(Broken, &str)] = if word.is_empty() { &[] } else { &[(Percent, word)] };
        check(text, expected);
    }
    for text in [
        "It is likely (70 %) that he left.",
        "It is likely that 90 % of the wages were kept back.",
        "Likely 90 % of the wages were kept back.",
        "The rent was 20 %, which is likely more than the law allows.",
        "In 95 % of the cases the money went on within a day. It is likely that one hand did it.",
        "It is very likely (80\u{2013}95 %).",
        "Interest of 12.5 % is paid.",
    ] {
        check(text, &[]);
    }
}

#[test]
fn sg_123_likelihood_and_grade_do_not_stand_in_one_sentence() {
    for (text, word) in [
        ("He is likely to leave (B2).", "likely"),
        ("Graded 2C, this is probably the same hand.", "probably"),
        ("Source 1, information A: it is very likely.", "very likely"),
        ("The source is 2 and it is unlikely.", "unlikely"),
        ("Information: C; an attack is unlikely.", "unlikely"),
        ("It is likely, with high confidence.", "likely"),
        ("It is likely; confidence: high.", "likely"),
        ("We are confident that it is likely.", "likely"),
        ("Confidence level moderate, likely.", "likely"),
        ("By the 3x5x2 system this is likely.", "likely"),
        ("On the Admiralty scale it is likely.", "likely"),
        ("The item (1AP) makes it likely\nthat he left.", "likely"),
        ("The source is rated as reliable, and it is likely.", "likely"),
        ("It is likely (\"B2\").", "likely"),
    ] {
        check(text, &[(Mixed, word)]);
    }
    for text in [
        "He is likely to leave. The item is graded B2.",
        "Assessment: likely\nGrade: B2",
        "- likely\n- B2",
        "He is likely to be at house B2.",
        "Section 2B makes it likely that he is charged.",
        "He is likely to use an A4 paper.",
        "It is likely; the 95 % confidence interval is wide.",
        "They took him into their confidence and it is likely that he paid.",
        "Two sources make it likely.",
        "High confidence, B2, source 1.",
    ] {
        check(text, &[]);
    }
    assert_eq!(told("He is likely to leave.", Claim::Graded), [(Mixed, "likely".to_owned())], "the words of a graded item");
    assert_eq!(told("He said \"I am likely to leave\".", Claim::Graded), []);
}

#[test]
fn sg_123_words_of_fixed_meaning_and_of_others_are_no_findings() {
    for text in [
        "A possible victim is nobody's subject.",
        "Possible victims, confirmed victims and minors are left out.",
        "He is suspected of an offence, and the suspect may be told.",
        "She may not be told. It may be shared under the standard conditions.",
        "Answer as soon as possible, and where possible in writing.",
        "Beyond reasonable doubt, or on the balance of probabilities.",
        "It is possible to appeal.",
        "A possible match on the list.",
        "Men were more likely to be named, twice as likely in one world.",
        "The log likelihood ratio of the sign is 2. Log-odds are in natural logarithms.",
        "All of possible_victim, confirmed_victim, minor.",
        "It is no more than chance would gather.",
        "A remote district of the province.",
        "She said: \"perhaps he will come back\".",
        "She said: \u{201c}perhaps he\u{2019}ll come, it is possible\u{201d} and left.",
        "\u{ab}Perhaps\u{bb} was all he said.",
        "The column `possible` is left out.",
        "In May, Will and Grace went to the might of the army.",
        "",
        "Wages were kept back at a kiln",
    ] {
        check(text, &[]);
    }
    check("He said \"no. Perhaps he left.", &[(Unlisted, "perhaps")]);
    check("A \"first\" one, perhaps a \"second\" one.", &[(Unlisted, "perhaps")]);
    check("\"He left.\" Perhaps he did.", &[(Unlisted, "perhaps")]);
}

/// What people write is told at the dry run, and is not screened, and so not signed, until it is mended or quoted.
#[test]
fn sg_123_an_escalation_whose_words_do_not_keep_to_the_table_is_not_screened() {
    let protocol = protocol("pk-fia-ahtc");
    let says = |narrative: &str, text: &str, decision: &str| {
        let mut made = material();
        made.narrative = narrative.into();
        made.items = vec![tributary_escalation::Item { text: text.into(), ..item() }];
        let mut asked = draft();
        asked.product.decision = decision.into();
        let run = dry_run(&protocol, &asked, &made, false, at(0).date(), &|party| party.to_owned());
        let screened = screen(&protocol, &asked, &made, &Default::default(), &|party| party.to_owned());
        let of = |missing: &[tributary_escalation::Missing]| {
            missing.iter().filter(|one| one.rule == "words").map(|one| one.says.split(',').next().unwrap().to_owned()).collect::<Vec<_>>()
        };
        (of(&run.missing), of(&screened.missing))
    };
    let none: Vec<String> = Vec::new();
    let (kept, decided) = ("It is likely that wages are kept back.", "open an inquiry");
    assert_eq!(says(kept, "Wages were kept back", decided), (none.clone(), none.clone()));
    assert_eq!(says("Possibly wages are kept back.", "Wages were kept back", decided), (vec!["narrative".into()], vec!["narrative".into()]));
    assert_eq!(says("She said \"possibly\".", "Wages were kept back", decided), (none.clone(), none.clone()));
    assert_eq!(says(kept, "Wages were likely kept back", decided), (vec!["item 1".into()], vec!["item 1".into()]), "an item is graded");
    assert_eq!(says(kept, "He said \"it is likely\"", decided), (none.clone(), none.clone()));
    assert_eq!(says(kept, "Wages were kept back", "perhaps open an inquiry").0, ["decision"]);
}

/// Texts that are shipped as data: every string of these files, but SQL.
#[test]
fn sg_123_the_texts_that_are_shipped_keep_to_the_table() {
    let mut findings = Vec::new();
    let mut read = 0;
    for folder in ["protocols", "redress", "packs", "packs/jurisdictions", "bases", "charges"] {
        for path in entries(&Path::new("../..").join(folder)).into_iter().filter(|path| path.extension().is_some_and(|ending| ending == "toml")) {
            let text = std::fs::read_to_string(&path).unwrap();
            strings(&toml::from_str(&text).unwrap(), "", &mut |key, value| {
                read += 1;
                let found = lint(value, Claim::Text);
                findings.extend(found.into_iter().map(|one| format!("{}: {key}: {}", path.display(), one.says())));
            });
        }
    }
    assert!(read > 2_000, "only {read} texts");
    assert!(findings.is_empty(), "{findings:#?}");
}

/// Words that programs read, where they stand as a text of their own.
const IDENTIFIERS: [&str; 1] = ["possible"];

/// Our own templates: every text in the programs' sources, explanations and messages alike.
#[test]
fn sg_123_our_own_templates_keep_to_the_table() {
    let mut findings = Vec::new();
    let mut read = 0;
    for path in entries(Path::new("../../crates")).iter().flat_map(|one| sources(&one.join("src"))) {
        let source = std::fs::read_to_string(&path).unwrap();
        for (line, text) in literals(&source) {
            read += 1;
            let name = |c: char| c.is_ascii_alphanumeric() || "._/:-{}".contains(c);
            if IDENTIFIERS.contains(&text.as_str()) || (text.chars().all(name) && text.contains(['.', '_', '/', ':'])) {
                continue;
            }
            let found = lint(&text, Claim::Text);
            findings.extend(found.into_iter().map(|one| format!("{}:{line}: {}", path.display(), one.says())));
        }
    }
    assert!(read > 5_000, "only {read} texts");
    assert!(findings.is_empty(), "{findings:#?}");
}

/// The test above sees what it is for: a template with such a word is found where it stands, a comment and a test's text are not.
#[test]
fn a_new_template_with_another_word_is_seen() {
    let source = "/// possibly\nfn a() -> String {\n    // perhaps\n    let c = '\"';\n    format!(\"the shop {name} is \\\n        possibly the hub\")\n}\nconst R: &str = r#\"a \"quoted\" one\"#;\n#[cfg(test)]\nmod tests {\n    const T: &str = \"maybe\";\n}\n";
    let texts = literals(source);
    assert_eq!(texts, [(5, "the shop {name} is possibly the hub".to_owned()), (8, "a \"quoted\" one".to_owned())]);
    assert_eq!(told(&texts[0].1, Claim::Text), [(Unlisted, "possibly".to_owned())]);
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let Ok(read) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut all = Vec::new();
    for path in read.map(|entry| entry.unwrap().path()) {
        if path.is_dir() {
            all.extend(sources(&path));
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            all.push(path);
        }
    }
    all
}

fn strings(value: &toml::Value, key: &str, tell: &mut impl FnMut(&str, &str)) {
    match value {
        toml::Value::String(text) if key != "sql" => tell(key, text),
        toml::Value::Array(all) => all.iter().for_each(|one| strings(one, key, tell)),
        toml::Value::Table(all) => all.iter().for_each(|(key, one)| strings(one, key, tell)),
        _ => {}
    }
}

proptest! {
    /// Whatever is written is read to its end, and what is found lies within it.
    #[test]
    fn any_text_is_read(text in "(likely|possibly|B2|70 %|\"|\n|[ .,;:()%-]|[a-zA-Z0-9]{1,3}|\\PC){0,60}") {
        let long = text.chars().count();
        for claim in [Claim::Text, Claim::Graded] {
            for found in lint(&text, claim) {
                prop_assert!(found.from < found.to && found.to <= long, "{found:?}");
            }
        }
    }

    /// A word outside of the table is found wherever it stands among ordinary words.
    #[test]
    fn a_word_is_found_among_others(before in "([a-z]{3,8} ){0,6}", after in "( [a-z]{3,8}){0,6}") {
        let found = told(&format!("{before}perchance perhaps{after}."), Claim::Text);
        prop_assert!(found.contains(&(Unlisted, "perhaps".to_owned())), "{found:?}");
    }
}
