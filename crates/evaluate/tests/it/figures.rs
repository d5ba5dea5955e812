//! Verdicts and figures on a hand-made truth of two networks a side, one convergence and one near-miss.
use crate::support::{A, ndjson, report, truth};
use tempfile::TempDir;
use tributary_evaluate::{EvaluateError, Groups, Report, evaluate, evaluate_with, pool};

fn small() -> TempDir {
    let groups: String = (0..60).map(|i| format!("b{i},{},PK,PK-BA,ur\n", if i % 2 == 0 { "female" } else { "male" })).collect();
    truth(&[
        (
            "networks",
            "network_id,side,kind,hard\nT1,trafficking,x,false\nT2,trafficking,x,true\nF1,terrorist_financing,x,false\nF2,terrorist_financing,x,false\n",
        ),
        (
            "members",
            "network_id,subject_type,id,role\nT1,party,t1,r\nT1,account,+92300,r\nT2,party,t2,r\nF1,party,f1,r\nF1,party,f1b,r\nF2,party,f2,r\nT1,account,W1,h\nF1,account,W1,h\n",
        ),
        ("posts", "post_id,network_id\np9,T2\n"),
        ("convergences", "convergence_id,trafficking_network,financing_network,shared_kind,shared_type,shared_id\nC1,T1,F1,wallet,account,W1\n"),
        (
            "near_misses",
            "near_miss_id,trafficking_network,financing_network,shared_kind,shared_type,shared_id\nM1,T2,F2,hotel,identifier,address:H\n",
        ),
        ("victims", "party_id,network_id\nv1,T1\nv2,T1\n"),
        (
            "protected",
            "subject_type,id,reason,recorded\nparty,v1,victim,direct\nparty,v2,victim,none\nparty,w1,witness,direct\naccount,av1,victim,direct\n",
        ),
        ("same_person", "party_id,person\nf1,Hf1\nf1b,Hf1\nb0,Hb0\nb0x,Hb0\n"),
        ("holders", "account_id,party_id\nab1,b1\nav1,v1\n"),
        ("groups", &format!("party_id,gender,nationality,admin1,language\nt1,male,PK,PK-BA,ur\nb0x,female,PK,PK-BA,ur\n{groups}")),
        ("twins", "kind,party_id,account_id\nlandlord,b1,ab1\nlandlord,b2,\n"),
    ])
}

/// (kind, subjects, path) → is it right, and is it a near-miss?
#[test]
fn verdicts() {
    let folder = small();
    let check = |kind: &str, subjects: &[&str], path: &[&str], right: bool, near: bool| {
        let got = report(&[A(kind, 0.05, subjects, path)], folder.path());
        let all = got.kind("all").unwrap().at.last().unwrap().precision.hits;
        assert_eq!((all == 1, got.convergence.on_near_misses.hits == 1), (right, near), "{kind} {subjects:?} {path:?}");
    };
    check("trafficking", &["party:t1", "party:b1"], &[], true, false);
    check("trafficking", &["identifier:phone:+92300"], &[], true, false);
    check("trafficking", &["post:p9"], &[], true, false);
    check("trafficking", &["party:f1"], &[], false, false);
    check("terrorist_financing", &["party:f1b"], &[], true, false);
    check("terrorist_financing", &["party:b1"], &["party:f1", "party:b1"], false, false);
    check("laundering", &["party:t2"], &[], true, false);
    check("convergence", &["party:t1", "party:f1"], &[], true, false);
    check("convergence", &["party:b1"], &["party:t1", "party:b2", "party:f1"], true, false);
    check("convergence", &["identifier:wallet:W1"], &[], true, false);
    check("convergence", &["party:t1"], &[], false, false);
    check("convergence", &["party:t1", "party:f2"], &[], false, false);
    check("convergence", &["party:t2", "party:f2"], &[], false, true);
    check("convergence", &["party:b1"], &["party:b2", "identifier:address:H"], false, true);
    check("convergence", &["party:b1"], &["protected", "party:b2"], false, false);
}

fn mixed() -> Vec<A<'static>> {
    vec![
        A("trafficking", 0.01, &["party:t1"], &[]),
        A("convergence", 0.02, &["party:t1", "party:f1"], &[]),
        A("trafficking", 0.03, &["party:b1"], &[]),
        A("convergence", 0.04, &["party:t2", "party:f2"], &[]),
        A("trafficking", 0.3, &["party:t2"], &[]),
        A("terrorist_financing", 0.4, &["account:ab1"], &[]),
    ]
}

#[test]
fn ranks_and_average_precision() {
    let folder = small();
    let got = report(&mixed(), folder.path());
    let trafficking = got.kind("trafficking").unwrap();
    let first = &trafficking.at[0];
    assert_eq!((first.precision.hits, first.precision.of, first.recall.hits, first.recall.of), (2, 3, 2, 2));
    // T1 is found at rank 1 (precision 1), T2 at rank 3 (precision 2/3).
    assert!((trafficking.average_precision.value.unwrap() - (1.0 + 2.0 / 3.0) / 2.0).abs() < 1e-12);
    let all = got.kind("all").unwrap().at.last().unwrap();
    assert_eq!((all.precision.hits, all.precision.of, all.recall.hits, all.recall.of), (3, 6, 3, 4));
    assert_eq!(got.base_rate.alerts_for_each_right_one, Some(2.0));
    assert_eq!((got.base_rate.hard_found.hits, got.base_rate.hard_found.of), (1, 1));
    let c = &got.convergence;
    assert_eq!((c.found.hits, c.found.of, c.false_alerts.hits, c.on_near_misses.hits, c.near_misses_taken.of), (1, 1, 1, 1, 1));
    let found: Vec<(&str, &str, u64, u64)> = got.found.iter().map(|f| (f.what, f.kind.as_str(), f.found.hits, f.found.of)).collect();
    assert_eq!(found, [("convergence", "wallet", 1, 1), ("network", "x", 3, 4)]);
    // f1 and f1b are one person: t1, t2, f1, f2 are the four with a role, of whom all are named.
    assert_eq!((got.base_rate.members_named.hits, got.base_rate.members_named.of), (4, 4));
}

#[test]
fn calibration_by_claimed_q() {
    let folder = small();
    let got = report(&mixed(), folder.path());
    let convergence = &got.calibration[0];
    assert_eq!((convergence.up_to_0_1.observed.hits, convergence.up_to_0_1.observed.of), (1, 2));
    assert!((convergence.up_to_0_1.claimed.unwrap() - 0.03).abs() < 1e-12);
    assert!(!convergence.up_to_0_1.above_claim, "one of two is no proof");
    let wrong: Vec<A<'_>> = (0..20).map(|_| A("convergence", 0.02, &["party:b1"], &[])).collect();
    assert!(report(&wrong, folder.path()).calibration[0].up_to_0_1.above_claim);
    assert_eq!(got.calibration[1].bins.iter().map(|b| b.observed.of).sum::<u64>(), 6, "every alert is in one bin");
}

/// SG-031, SG-033: protected people and their accounts among the subjects are counted, each once.
#[test]
fn protected_subjects_are_counted() {
    let folder = small();
    let check = |subjects: &[&str], recorded, unrecorded| {
        let got = report(&[A("trafficking", 0.1, subjects, &[]), A("trafficking", 0.1, subjects, &[])], folder.path());
        assert_eq!((got.protected.recorded, got.protected.unrecorded, got.protected.held), (recorded, unrecorded, recorded == 0));
    };
    check(&["party:t1"], 0, 0);
    check(&["party:v1", "party:w1", "account:av1"], 3, 0);
    check(&["party:v2"], 0, 1);
}

fn flagged(many: usize) -> Report {
    let folder = small();
    let ids: Vec<String> = (0..many).map(|i| format!("party:b{i}")).collect();
    let subjects: Vec<&str> = ids.iter().map(String::as_str).collect();
    report(&[A("trafficking", 0.1, &subjects, &[])], folder.path())
}

/// SG-039: no cell of fewer than 11; SG-100: rates by group and their ratio.
#[test]
fn small_cells_are_withheld() {
    let gender = |got: &Report| got.fairness.iter().find(|t| t.name == "gender").unwrap().clone();
    let few = gender(&flagged(10));
    assert!(few.groups.iter().all(|g| g.rate.is_none()), "five of each are too few");
    assert_eq!((few.withheld, few.verdict), (2, "too_thin"));
    let many = gender(&flagged(40));
    let rates: Vec<u64> = many.groups.iter().map(|g| g.rate.unwrap().hits).collect();
    assert_eq!(rates, [20, 20]);
    assert!((many.disparity.unwrap().ratio - 1.0).abs() < 1e-9);
    // b0 and b0x are one person, t1 is a member: 60 benign persons.
    assert_eq!(many.groups.iter().map(|g| g.rate.unwrap().of).sum::<u64>(), 60);
    let text = serde_json::to_string(&flagged(10)).unwrap();
    assert!(text.contains("\"rate\":null") && !text.contains("tallies"));
}

/// One withheld cell could be worked out from the total, so it takes a second with it.
#[test]
fn a_lone_small_cell_takes_another() {
    let folder = small();
    let mut groups = Groups::default();
    for i in 0..60 {
        groups.insert(&format!("b{i}"), ["a", "b", "c"][if i < 4 { 0 } else { 1 + i % 2 }], "", "", "");
    }
    let alerts = ndjson(&[A("trafficking", 0.1, &["party:b1"], &[])]);
    let got = evaluate_with(alerts.as_bytes(), folder.path(), Some(&groups)).unwrap();
    assert_eq!(got.fairness.len(), 1);
    assert_eq!(got.fairness[0].withheld, 2);
}

#[test]
fn a_disparity_is_seen() {
    let folder = small();
    let women: Vec<String> = (0..60).step_by(2).map(|i| format!("party:b{i}")).collect();
    let mut subjects: Vec<&str> = women.iter().map(String::as_str).collect();
    let men: Vec<String> = (1..24).step_by(2).map(|i| format!("party:b{i}")).collect();
    subjects.extend(men.iter().map(String::as_str));
    let got = report(&[A("trafficking", 0.1, &subjects, &[])], folder.path());
    let gender = got.fairness.iter().find(|t| t.name == "gender").unwrap();
    assert_eq!((gender.disparity.as_ref().unwrap().highest.as_str(), gender.verdict), ("female", "beyond_limit"));
}

#[test]
fn pooling_adds_counts() {
    let folder = small();
    let one = report(&mixed(), folder.path());
    let two = pool(&[one.clone(), one.clone()]);
    let (a, b) = (one.kind("all").unwrap().at.last().unwrap(), two.kind("all").unwrap().at.last().unwrap());
    assert_eq!(
        (a.precision.hits * 2, a.precision.of * 2, a.recall.hits * 2, a.recall.of * 2),
        (b.precision.hits, b.precision.of, b.recall.hits, b.recall.of)
    );
    assert!(b.precision.high - b.precision.low < a.precision.high - a.precision.low);
    assert_eq!(two.base_rate.worlds, 2);
    assert_eq!(serde_json::to_string(&pool(std::slice::from_ref(&one))).unwrap(), serde_json::to_string(&one).unwrap());
    assert_eq!(pool(&[]).base_rate.worlds, 0);
}

#[test]
fn no_alerts_is_a_report_too() {
    let folder = small();
    let got = report(&[], folder.path());
    assert_eq!((got.base_rate.precision_at_workload.value, got.convergence.quiet_worlds.hits), (None, 1));
    assert!(got.to_text().contains("what these figures do not mean"));
    assert!(got.does_not_mean.iter().all(|c| !c.not.is_empty()));
}

#[test]
fn what_is_wrong_is_said() {
    let folder = small();
    let said = |text: &str, folder: &std::path::Path| evaluate(text.as_bytes(), folder).unwrap_err();
    assert!(matches!(said("{}\n", folder.path()), EvaluateError::Alert { line: 1, .. }));
    assert!(said("\n\n[]", folder.path()).to_string().contains("line 3"));
    assert!(matches!(said("", &folder.path().join("none")), EvaluateError::Truth { .. }));
    std::fs::write(folder.path().join("victims.csv"), "party\nx\n").unwrap();
    assert!(matches!(said("", folder.path()), EvaluateError::Column { column: "party_id", .. }));
}
