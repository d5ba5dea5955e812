//! Receipts, rules and reports; exit codes and misuse.

use std::collections::BTreeMap;
use std::fs;

use tributary_ledger::Log;
use tributary_ledger::entry::{Entry, commitment, pseudonym};

use crate::{AS_OF, Folder, Ledger, START, entry, log_signer, run_in};

#[test]
fn a_receipt_holds_and_opens_its_commitment() {
    let ledger = Ledger::new(300);
    ledger.write("r.tlog-proof", ledger.receipt(77).to_string().as_bytes());
    ledger.write("e.json", &entry(77));
    ledger.write("other.json", &entry(78));
    ledger.write("payload", &77_u64.to_be_bytes());
    ledger.write("wrong", b"something else");
    let salt = "04".repeat(32);
    let base = format!("--as-of {AS_OF} --policy policy");
    let open = |payload: &str| format!("receipt r.tlog-proof --entry e.json --salt {salt} --payload {payload} {base}");
    assert_eq!(ledger.found(&open("payload")), (0, Vec::new()));
    assert_eq!(ledger.found(&open("wrong")), (1, vec!["commitment".to_owned()]));
    assert_eq!(ledger.found(&format!("receipt r.tlog-proof --entry other.json {base}")), (1, vec!["receipt".to_owned()]));
    assert_eq!(ledger.found("receipt r.tlog-proof --entry e.json --log-key log.vkey"), (0, Vec::new()));
    // no quorum: the log's own checkpoint before any witness saw it
    let lonely = ledger.log.checkpoint().sign(&log_signer()).to_string();
    ledger.write("lonely.tlog-proof", tributary_ledger::Receipt { checkpoint: lonely, ..ledger.receipt(77) }.to_string().as_bytes());
    assert_eq!(ledger.found(&format!("receipt lonely.tlog-proof --entry e.json {base}")), (1, vec!["receipt".to_owned()]));
    // before the cosignatures were made they are none
    assert_eq!(ledger.found("receipt r.tlog-proof --entry e.json --policy policy --as-of 2025-12-31").0, 1);
}

/// SG-082: rules are held without a case being seen; each violation has its index and what to do.
#[test]
fn a_missing_sign_off_is_told_with_its_index_and_remedy() {
    let ledger = Ledger::new(30);
    assert_eq!(ledger.found(&format!("rules ledger --log-key log.vkey --as-of {AS_OF}")), (0, Vec::new()));
    let tags = [
        ("protocol", "pk.fia"),
        ("protocol_version", "1"),
        ("recipient", "fia"),
        ("signoffs_required", "2"),
        ("consultation", "none"),
        ("rights_cosign", "none"),
        ("gate", "none"),
    ];
    let refs = ["escalation", "alert", "actor"].map(|name| (name.to_owned(), pseudonym(&[3; 32], "", name, "1")));
    let tags: BTreeMap<String, String> = tags.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let sent = Entry::new("escalation.sent", START + 60_000, commitment(&[0; 32], b""), refs.into(), tags).unwrap();
    let mut folder = Folder(ledger.path("ledger"));
    let mut log = Log::open(&folder, log_signer().verifier()).unwrap();
    log.publish(&mut folder, &log_signer(), 30, &[sent.encode()]).unwrap();
    let (code, value) = ledger.json(&format!("rules ledger --log-key log.vkey --as-of {AS_OF}"));
    let rules: Vec<&str> = value["findings"].as_array().unwrap().iter().map(|f| f["rule"].as_str().unwrap()).collect();
    assert_eq!((code, rules), (1, vec!["escalation.sign-offs", "escalation.second-reading"]));
    assert!(value["findings"].as_array().unwrap().iter().all(|f| f["index"] == 30 && f["remedy"].as_str().unwrap().len() > 20));
    // an entry outside the form is told too
    log.publish(&mut folder, &log_signer(), 31, &[b"Muhammad Khan"]).unwrap();
    let (_, found) = ledger.found(&format!("rules ledger --log-key log.vkey --as-of {AS_OF}"));
    assert!(found.contains(&"not-an-entry".to_owned()));
}

/// SG-084, SG-039: the published counts are counted again; a false one is told, small ones are hidden.
#[test]
fn a_report_is_counted_again() {
    let mut ledger = Ledger::new(600);
    let (code, value) = ledger.json("report ledger --log-key log.vkey --from 2026-01-01 --to 2026-02-01");
    assert_eq!(code, 0);
    let alerts = &value["result"]["lines"][0];
    assert_eq!((alerts["id"].as_str(), alerts["total"].as_u64()), (Some("alerts"), Some(400)));
    let counts: BTreeMap<String, Option<u64>> =
        alerts["groups"].as_array().unwrap().iter().map(|g| (g["key"][1].as_str().unwrap().to_owned(), g["count"].as_u64())).collect();
    // Gilgit has 10, and one more is hidden so that 400 less the rest does not tell it
    assert_eq!(counts["gilgit"], None);
    assert_eq!(counts.values().filter(|count| count.is_none()).count(), 2);
    let published = value["result"].to_string();
    ledger.write("published.json", published.as_bytes());
    ledger.write("false.json", published.replacen("\"total\":400", "\"total\":390", 1).as_bytes());
    let against = |name: &str| format!("report ledger --log-key log.vkey --against {name}");
    assert_eq!(ledger.found(&against("published.json")), (0, Vec::new()));
    assert_eq!(ledger.found(&against("false.json")), (1, vec!["report".to_owned()]));
    // later entries do not change what was published then
    ledger.add(700);
    assert_eq!(ledger.found(&against("published.json")), (0, Vec::new()));
    let (_, whole) = ledger.json("report ledger --log-key log.vkey --from 2026-01-01 --to 2026-02-01 --smallest 0");
    ledger.write("bare.json", whole["result"].to_string().as_bytes());
    assert_eq!(ledger.found(&against("bare.json")), (1, vec!["report".to_owned()]));
}

#[test]
fn misuse_exits_with_two_and_says_why() {
    let ledger = Ledger::new(3);
    ledger.write("nonsense", b"nonsense");
    let cases = [
        ("", "Usage"),
        ("verify", "required"),
        ("verify nowhere --log-key log.vkey", "no folder"),
        ("verify ledger --log-key nonsense", "not a key"),
        ("verify ledger --log-key log.vkey --policy nonsense", "policy, line 1"),
        ("verify ledger --log-key log.vkey --policy nowhere", "cannot be read"),
        ("verify ledger --log-key log.vkey --max-age-hours 3", "--policy"),
        ("rules ledger --log-key log.vkey --as-of yesterday", "neither a day"),
        ("rules ledger --log-key log.vkey --rules nonsense", "not a rules file"),
        ("report ledger --log-key log.vkey --against nonsense", "no transparency report"),
        ("receipt nonsense --entry nonsense --log-key log.vkey", "not a tlog-proof"),
        ("receipt nonsense --entry nonsense", "--policy"),
    ];
    for (words, why) in cases {
        let out = ledger.run(words);
        let text = String::from_utf8_lossy(&out.stderr).into_owned();
        assert!(out.status.code() == Some(2) && text.contains(why), "{words}: {:?} {text}", out.status.code());
    }
}

#[test]
fn help_rules_and_completions_are_printed() {
    let home = tempfile::tempdir().unwrap();
    for (words, piece) in [
        ("--help", "Examples:"),
        ("verify --help", "--since"),
        ("standard-rules", "escalation.sign-offs"),
        ("completions bash", "tributary-auditor"),
        ("completions fish", "tributary-auditor"),
    ] {
        let out = run_in(home.path(), words);
        assert!(out.status.success() && String::from_utf8_lossy(&out.stdout).contains(piece), "{words}");
    }
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
}
