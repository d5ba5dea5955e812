//! Linking as a whole: against the plain reference, on any number of threads, under judgements.

use proptest::prelude::*;
use tributary_linkage::{
    Blocking, Config, Form, Judgement, Key, Label, LinkageError, Parameters, Rule, Table, Verdict, charts, detect, link, link_labelled, link_with,
    reference,
};

use crate::people::{COLUMNS, f1, rows, table};

fn quick(table: &Table) -> Config {
    let mut config = detect(table).unwrap();
    config.limits.random_pairs = 40_000;
    config
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn the_engine_equals_the_plain_reference(seed in 0u64..1_000_000, people in 8usize..40, fixed: bool) {
        let table = table(&rows(seed, people));
        let mut config = quick(&table);
        if fixed {
            let key = |column: &str, form| Key { column: column.into(), form };
            config.blocking = Blocking::Rules(vec![
                Rule { keys: vec![key("surname", Form::Phonetic)] },
                Rule { keys: vec![key("dob", Form::Year), key("city", Form::Prefix(3))] },
                Rule { keys: vec![key("postcode", Form::Suffix(2)), key("first_name", Form::Words)] },
                Rule { keys: vec![key("dob", Form::MonthDay)] },
            ]);
        }
        let linked = link(&table, &config, &[], &mut ()).unwrap();
        prop_assert_eq!(&reference::clusters(&table, linked.parameters()).unwrap(), linked.clusters());
        let plain = reference::candidates(&table, linked.parameters()).unwrap();
        for (i, j, milli) in &plain {
            let pair = linked.pairs().iter().find(|p| p.left == *i && p.right == *j);
            prop_assert!(pair.is_some_and(|p| (p.bits * 1000.0).round() as i32 == *milli), "{} {} {}", i, j, milli);
        }
        for (i, j, _) in &plain {
            let (there, back) = (linked.explain(*i, *j).unwrap().bits, linked.explain(*j, *i).unwrap().bits);
            prop_assert!((there - back).abs() < 1e-4, "{} {}: {} and {}", i, j, there, back);
        }
        // saved and loaded parameters link the same
        let loaded = Parameters::from_json(&linked.parameters().to_json().unwrap()).unwrap();
        prop_assert!(loaded.diff(linked.parameters()).is_empty());
        let again = link_with(&table, &loaded, &[], &mut ()).unwrap();
        prop_assert_eq!(again.clusters(), linked.clusters());
    }
}

#[test]
fn any_number_of_threads_gives_the_same() {
    let table = table(&rows(5, 400));
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let linked = link(&table, &quick(&table), &[], &mut ()).unwrap();
            (linked.parameters().to_json().unwrap(), linked.clusters().to_vec(), linked.pairs().to_vec(), linked.page())
        })
    };
    assert!(run(1) == run(4));
}

fn judged(left: u32, right: u32, verdict: Verdict) -> Judgement {
    Judgement { left, right, verdict, by: "reviewer".into(), at: "2026-01-01T00:00:00Z".into(), compared: vec![] }
}

#[test]
fn judgements_hold_also_by_way_of_others() {
    let made = rows(11, 150);
    let table = table(&made);
    let config = quick(&table);
    let free = link(&table, &config, &[], &mut ()).unwrap();
    let cluster = |c: u32| (0..table.rows() as u32).filter(|r| free.clusters()[*r as usize] == c).collect::<Vec<_>>();
    let big = (0..table.rows() as u32).map(cluster).find(|c| c.len() >= 3).unwrap();
    let alone = (0..table.rows() as u32).map(cluster).find(|c| c.len() == 1).unwrap()[0];
    let judgements = [judged(big[0], big[2], Verdict::Apart), judged(big[0], alone, Verdict::Same)];
    let held = link(&table, &config, &judgements, &mut ()).unwrap();
    let of = |row: u32| held.clusters()[row as usize];
    assert_ne!(of(big[0]), of(big[2]));
    assert_eq!(of(big[0]), of(alone));
    // sameness that contradicts a difference is not done, and told
    let all = [judgements[0].clone(), judged(big[0], big[1], Verdict::Same), judged(big[1], big[2], Verdict::Same)];
    let told = link(&table, &config, &all, &mut ()).unwrap();
    assert_eq!(told.contradictions().len(), 1);
    assert_ne!(told.clusters()[big[0] as usize], told.clusters()[big[2] as usize]);
    // the last judgement of a pair holds
    let later = [judgements[0].clone(), judged(big[2], big[0], Verdict::Same)];
    let joined = link(&table, &config, &later, &mut ()).unwrap();
    assert_eq!(joined.clusters()[big[0] as usize], joined.clusters()[big[2] as usize]);
    let wrong = [judged(0, 1_000_000, Verdict::Same)];
    assert!(matches!(link(&table, &config, &wrong, &mut ()).err(), Some(LinkageError::UnknownRow { row: 1_000_000 })));
}

#[test]
fn a_waterfall_adds_up_and_shows_the_values() {
    let table = table(&rows(3, 200));
    let linked = link(&table, &quick(&table), &[], &mut ()).unwrap();
    assert!(linked.pairs().len() > 100);
    for pair in linked.pairs().iter().take(50) {
        let w = linked.explain(pair.left, pair.right).unwrap();
        let sum: f64 = w.steps.iter().map(|s| s.weight_bits + s.rarity_bits).sum();
        assert!((sum - w.bits).abs() < 1e-6 && (w.bits - pair.bits).abs() < 1e-3, "{w:?}");
        assert_eq!(w.steps[1].left, table.columns()[0].text(pair.left as usize).unwrap_or("–"));
    }
    assert_eq!(linked.explain(0, table.rows() as u32), None);
}

#[test]
fn labels_set_m() {
    let made = rows(21, 300);
    let table = table(&made);
    let labels: Vec<Label> = (0..made.len() as u32)
        .flat_map(|i| (i + 1..made.len() as u32).map(move |j| (i, j)))
        .filter(|(i, j)| made[*i as usize].1 == made[*j as usize].1)
        .map(|(left, right)| Label { left, right, same: true })
        .collect();
    let linked = link_labelled(&table, &quick(&table), &labels, &[], &mut ()).unwrap();
    let exact = labels.iter().filter(|l| {
        let dob = |row: u32| table.columns()[2].text(row as usize);
        dob(l.left).is_some() && dob(l.left) == dob(l.right)
    });
    let both = labels.iter().filter(|l| [l.left, l.right].iter().all(|r| table.columns()[2].text(*r as usize).is_some()));
    let share = exact.count() as f64 / both.count() as f64;
    let dob = linked.parameters().config.comparisons.iter().position(|c| c.name == "dob").unwrap();
    assert!((linked.parameters().m()[dob][1] - share).abs() < 0.02, "{share}");
}

#[test]
fn pictures_carry_no_markup_of_the_data_and_no_script() {
    let mut made = rows(9, 120);
    for (values, _) in &mut made {
        values[3] = format!("<script>\"{}\" & 'x'</script>", values[3]);
    }
    let table = table(&made);
    let linked = link(&table, &quick(&table), &[], &mut ()).unwrap();
    let pair = linked.pairs()[0];
    let waterfall = charts::waterfall(&linked.explain(pair.left, pair.right).unwrap());
    let cluster = charts::cluster(&linked, pair.left).unwrap();
    for picture in [linked.page(), waterfall.clone(), cluster] {
        assert!(picture.contains("<svg") && !picture.contains("<script") && !picture.contains("NaN"), "{picture}");
    }
    assert!(waterfall.contains("&lt;script&gt;"));
    assert!(charts::cluster(&linked, table.rows() as u32).is_none());
}

#[test]
fn a_schema_is_told_from_names_and_contents_and_leaves_traits_out() {
    let mut table = Table::new(&["id", "gender", "first_name", "surname", "born on", "reach", "constant"]).unwrap();
    for n in 0..60 {
        let values = [
            format!("r{n}"),
            "f".into(),
            format!("name{}", n % 7),
            format!("family{}", n % 11),
            format!("19{}-01-02", 40 + n % 50),
            format!("x{}@mail.example", n % 40),
            "1".into(),
        ];
        table.push(values.iter().map(String::as_str)).unwrap();
    }
    let config = detect(&table).unwrap();
    let names: Vec<&str> = config.comparisons.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["first_name", "surname", "born on", "reach"]);
    assert_eq!(config.swapped, Some(("first_name".into(), "surname".into())));
    let empty = Table::new(&["id"]).unwrap();
    assert_eq!(detect(&empty).unwrap_err(), LinkageError::NothingToCompare);
}

#[test]
fn tables_of_no_and_few_rows_link() {
    for n in 0..4 {
        let made = rows(2, 4);
        let table = table(&made[..n.min(made.len())]);
        let part = |column: &str| tributary_linkage::Part { column: column.into(), measure: tributary_linkage::Measure::Date, term_frequency: true };
        let config = Config::new(vec![tributary_linkage::Comparison { name: "dob".into(), parts: vec![part("dob")], household: false }]);
        assert_eq!(link(&table, &config, &[], &mut ()).unwrap().clusters().len(), table.rows());
    }
    assert_eq!(COLUMNS.len(), 5);
}

#[test]
fn oversize_blocks_are_skipped_and_told() {
    let table = table(&rows(31, 200));
    let mut config = quick(&table);
    config.limits.block_rows_max = 20;
    config.blocking = Blocking::Rules(vec![
        Rule { keys: vec![Key { column: "city".into(), form: Form::Value }] },
        Rule { keys: vec![Key { column: "dob".into(), form: Form::Value }] },
    ]);
    let linked = link(&table, &config, &[], &mut ()).unwrap();
    assert!(linked.rules()[0].blocks_skipped > 0 && linked.rules()[0].pairs_skipped > 0);
    // a pair of a skipped block is still found by the next rule
    let dob = |r: u32| table.columns()[2].text(r as usize);
    assert!(linked.pairs().iter().any(|p| dob(p.left) == dob(p.right) && dob(p.left).is_some()));
    let again = link_with(&table, linked.parameters(), &[], &mut ()).unwrap();
    assert_eq!(again.clusters(), linked.clusters());
}

fn data(name: &str) -> Option<csv::Reader<std::fs::File>> {
    let folder = std::env::var("TRIBUTARY_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
    csv::ReaderBuilder::new().trim(csv::Trim::All).from_path(format!("{folder}/linkage/{name}.csv")).ok()
}

#[test]
fn public_sets_link_without_labels() {
    for (name, least) in [("fake_1000", 0.96), ("febrl1", 0.995), ("febrl3", 0.995)] {
        let Some(mut reader) = data(name) else {
            eprintln!("{name} is not there: set TRIBUTARY_DATA");
            continue;
        };
        let header: Vec<String> = reader.headers().unwrap().iter().map(str::to_owned).collect();
        let mut table = Table::new(&header).unwrap();
        let mut truth = Vec::new();
        for row in reader.records() {
            let row = row.unwrap();
            table.push(row.iter()).unwrap();
            let febrl = row[0].rsplitn(2, if row[0].contains("-dup-") { "-dup" } else { "-org" }).last().unwrap().to_owned();
            truth.push(if name == "fake_1000" { row[6].to_owned() } else { febrl });
        }
        let linked = link(&table, &detect(&table).unwrap(), &[], &mut ()).unwrap();
        let got = f1(linked.clusters(), &truth);
        assert!(got >= least, "{name}: {got}");
    }
}
