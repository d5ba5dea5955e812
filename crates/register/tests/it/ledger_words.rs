//! What the rules and report lines of an auditor speak of is what the register writes.

use std::collections::BTreeSet;
use std::path::Path;

use tributary_access::Purpose;
use tributary_escalation::words::Answer;
use tributary_ledger::audit::audit;
use tributary_ledger::entry::Entry;
use tributary_ledger::report::report;
use tributary_ledger::rules::Rules;
use tributary_register::case::NameSearch;

use crate::case;
use crate::escalation::{Desk, finding, text_of};
use crate::sources::literals;
use crate::support::{Office, both};

/// Every entry that the log holds by now.
pub(crate) async fn entries(office: &Office) -> Vec<(u64, Entry)> {
    let text = office.ledger_in_order().await;
    text.into_iter().enumerate().map(|(at, bytes)| (at as u64, Entry::decode(&bytes).unwrap())).collect()
}

/// Kinds that rules or lines name and nothing writes yet, and why.
const NOT_WRITTEN_YET: [(&str, &str); 3] = [
    ("signal.received", "there are no signals between platforms yet"),
    ("policy.approval_withdrawn", "who approved cannot take it back: the rule is there for a register in which one can"),
    ("pack.approval_withdrawn", "the same"),
];

fn named(rules: &Rules) -> BTreeSet<&str> {
    let mut kinds = BTreeSet::new();
    for rule in &rules.precede {
        kinds.insert(rule.when.as_str());
        kinds.extend(rule.need.iter().chain(&rule.apart_from).chain(&rule.withdrawn).map(String::as_str));
    }
    kinds.extend(rules.follow.iter().flat_map(|rule| [rule.when.as_str(), rule.need.as_str()]));
    kinds.extend(rules.require.iter().map(|rule| rule.when.as_str()));
    kinds.extend(rules.line.iter().map(|line| line.kind.as_str()));
    kinds
}

/// SG-084: a line that counts another word than the one that is written counts nothing, for ever and in silence.
#[test]
fn sg_084_every_kind_that_an_auditor_looks_for_is_one_that_is_written() {
    let mut written = BTreeSet::new();
    let mut folders = vec![Path::new("src").to_path_buf()];
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            // The report on staff reads kinds, and writes none of these.
            if path.is_dir() {
                folders.push(path);
            } else if !path.ends_with("anomaly/gather.rs") {
                written.extend(literals(&std::fs::read_to_string(&path).unwrap()).into_iter().map(|(_, text)| text));
            }
        }
    }
    let rules = Rules::standard().unwrap();
    let listed: BTreeSet<&str> = NOT_WRITTEN_YET.iter().map(|(kind, _)| *kind).collect();
    let kinds = named(&rules);
    assert!(kinds.len() > 30, "{kinds:?}");
    let missing: Vec<&&str> = kinds.iter().filter(|kind| !written.contains(**kind) && !listed.contains(**kind)).collect();
    assert!(missing.is_empty(), "no code writes {missing:?}");
    let idle: Vec<&&str> = listed.iter().filter(|kind| !kinds.contains(**kind) || written.contains(**kind)).collect();
    assert!(idle.is_empty(), "listed as not written, and written or not named: {idle:?}");
}

/// SG-083, SG-084: a search by name that is placed through the register is counted in what is published.
#[test]
fn sg_084_a_search_by_name_is_counted() {
    both(|office| async move {
        let register = &office.register;
        let own = case::open(&office, "police-1").await;
        let police = case::investigator(&office, "police-1").await.for_case(&own.id);
        for minute in 0..12 {
            let search = NameSearch { name: "Alpha Test".into(), reason: "named by a witness".into() };
            register.search_named(&police, search, office.at(5 + minute)).await.unwrap();
        }
        register.publish(office.at(0)).await.unwrap();
        let auditor = office.caller("auditor-1", Purpose::Audit).await;
        let told = register.transparency_report(&auditor, office.at(0), office.at(60), office.at(30)).await.unwrap();
        let line = told.lines.iter().find(|line| line.id == "searches").unwrap();
        assert_eq!(line.total, Some(12));
        assert_eq!(
            line.groups.iter().map(|group| (group.key.clone(), group.count)).collect::<Vec<_>>(),
            [(vec!["police_analyst".to_owned(), "investigation".to_owned()], Some(12))]
        );
        // An outsider counts the same from the entries.
        let rules = Rules::standard().unwrap();
        let millis = |minute: i64| u64::try_from(office.at(minute).0 / 1_000).unwrap();
        let counted = report(&entries(&office).await, &rules, (millis(0), millis(60)), 0, 0).unwrap();
        assert_eq!(counted.lines.iter().find(|line| line.id == "searches").unwrap().total, Some(12));
    });
}

/// Signatures that fall because the protocol's text was replaced are taken back in the log, before the escalation goes on.
#[test]
fn signatures_that_fall_with_a_protocols_text_are_in_the_log() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let (office, register) = (desk.office.clone(), desk.office.register.clone());
        let file = desk.drafted(vec![desk.subject(1, Answer::No)]).await;
        let signed = desk.signed(&file.id).await;
        assert_eq!(signed.body.machine.signatures.len(), 2);
        let (admin, rights) = (office.caller("admin-1", Purpose::Administration).await, office.caller("rights-2", Purpose::RightsReview).await);
        let text = text_of("pk-fia-ahtc").replace("\"0.1.0\"", "\"0.2.0\"");
        let later = register.propose_protocol(&admin, &text, "heard", desk.at(23)).await.unwrap();
        register.approve_protocol(&rights, &later.id, later.version, desk.at(24)).await.unwrap();
        let screened = register.screen_escalation(&desk.police, &file.id, signed.version, desk.at(25)).await.unwrap();
        assert!(screened.body.machine.signatures.is_empty());
        let kinds: Vec<String> = entries(&office).await.iter().map(|(_, entry)| entry.kind().to_owned()).collect();
        let after = kinds.iter().rposition(|kind| kind == "protocol.released").unwrap();
        let after: Vec<&str> = kinds[after + 1..].iter().map(String::as_str).collect();
        assert_eq!(after, ["escalation.sign_withdrawn", "escalation.sign_withdrawn", "escalation.screened"]);
        // Nothing had fallen, nothing is said.
        let again = register
            .change_escalation(&desk.police, &file.id, screened.version, desk.material(vec![desk.subject(1, Answer::No)]), desk.at(26))
            .await
            .unwrap();
        register.screen_escalation(&desk.police, &file.id, again.version, desk.at(27)).await.unwrap();
        let kinds = entries(&office).await;
        assert_eq!(kinds.iter().filter(|(_, entry)| entry.kind() == "escalation.sign_withdrawn").count(), 2);
    });
}

/// SG-072: what the register sends as the answer to an order, the auditor's rules take for one, and for nothing else.
#[test]
fn sg_072_what_was_sent_says_what_it_rests_on() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let file = desk.drafted(vec![desk.subject(1, Answer::No)]).await;
        let file = desk.signed(&file.id).await;
        desk.office.register.send_escalation(&desk.police, &file.id, file.version, Some(finding()), desk.at(30)).await.unwrap();
        let all = entries(&desk.office).await;
        let sent = all.iter().find(|(_, entry)| entry.kind() == "escalation.sent").unwrap();
        assert_eq!(sent.1.tag("ground"), Some("finding"));
        assert!(sent.1.reference("protocol").is_some());
        let released = all.iter().find(|(_, entry)| entry.kind() == "protocol.released").unwrap();
        assert_eq!(released.1.tag("answers"), Some("findings"));
        assert_eq!(released.1.reference("protocol"), sent.1.reference("protocol"), "one text");
        let broken: Vec<String> = audit(&all, &Rules::standard().unwrap(), 0).into_iter().map(|one| one.rule).collect();
        assert_eq!(broken, ["escalation.second-reading"], "this story's alert is made up: nobody has read it");
    });
}
