//! Every shipped protocol reads, and one broken variant of each rule does not.

use tributary_escalation::words::{Class, Role};
use tributary_escalation::{EscalationError, Protocol, sha256};
use tributary_model::Date;

use crate::office::text_of;

const SHIPPED: [&str; 7] =
    ["neutral", "pk-fia-ahtc", "pk-fmu-str", "pk-nacta-liaison", "pk-provincial-police", "platform-lawful-process", "platform-peers"];

#[test]
fn shipped_protocols_read() {
    let mut files: Vec<String> = std::fs::read_dir("../../protocols")
        .expect("the protocols")
        .filter_map(|entry| entry.ok()?.path().file_stem()?.to_str().map(str::to_owned))
        .collect();
    files.sort();
    assert_eq!(files, SHIPPED, "a new protocol is listed here");
    for name in SHIPPED {
        let text = text_of(name);
        let protocol = Protocol::parse_named(name, &text).expect(name);
        assert_eq!(protocol.sha256, sha256(text.as_bytes()));
        assert_eq!(protocol.template, name == "neutral");
        assert_ne!(protocol.recipient.agency_class, Class::Immigration, "SG-038");
        assert!(protocol.signatures(true) >= 2, "{name}: SG-015");
        if let Some(alternate) = &protocol.recipient.alternate {
            assert!(SHIPPED.contains(&alternate.as_str()));
        }
    }
    assert!(matches!(Protocol::parse_named("other", &text_of("neutral")), Err(EscalationError::Rule { key: "id", .. })));
}

#[test]
fn it_is_in_force_from_its_first_day_to_the_day_before_its_last() {
    let protocol = Protocol::parse(&text_of("pk-fmu-str")).expect("it parses");
    for (day, holds) in [("2025-12-31", false), ("2026-01-01", true), ("2027-12-30", true), ("2027-12-31", false)] {
        assert_eq!(protocol.in_force(Date::parse(day).expect("a day")), holds, "{day}");
    }
}

/// One rule, one broken variant: file, what stands there, what stands there instead, the key that is refused (`form` where it does not even read).
const BROKEN: &[(&str, &str, &str, &str)] = &[
    ("neutral", "template = true", "template = true\nextra = 1", "form"),
    ("neutral", "channel = \"letter\"", "channel = \"letter\"\naddress = \"x\"", "form"),
    ("neutral", "mark = \"M\"", "mark = \"X\"", "form"),
    ("neutral", "families_min = 2", "families_min = -2", "form"),
    ("neutral", "draft = 168\n", "", "form"),
    ("neutral", "id = \"neutral\"", "id = \"Neutral\"", "id"),
    ("neutral", "id = \"neutral\"", "id = \"-neutral\"", "id"),
    ("neutral", "owner = \"name the desk that keeps this protocol\"", "owner = \"\"", "owner"),
    ("neutral", "version = \"0.1.0\"", "version = \"0.1\"", "version"),
    ("neutral", "version = \"0.1.0\"", "version = \"0.01.0\"", "version"),
    ("neutral", "jurisdiction = \"XX\"", "jurisdiction = \"Pakistan\"", "jurisdiction"),
    ("neutral", "template = true\n", "", "jurisdiction"),
    ("neutral", "valid_from = \"2026-01-01\"", "valid_from = \"2026-02-30\"", "valid_from"),
    ("neutral", "valid_to = \"2027-12-31\"", "valid_to = \"2026-01-01\"", "valid_to"),
    ("neutral", "review_on = \"2026-12-31\"", "review_on = \"2028-12-31\"", "review_on"),
    ("neutral", "side = [\"trafficking\", \"financing\", \"intersecting\"]", "side = []", "side"),
    ("neutral", "side = [\"trafficking\", \"financing\", \"intersecting\"]", "side = [\"financing\", \"financing\"]", "side"),
    ("neutral", "agency_classes = [\"police\", \"task_force\", \"fiu\"]", "agency_classes = []", "sender.agency_classes"),
    ("neutral", "agency_class = \"police\"", "agency_class = \"immigration\"", "recipient.agency_class"),
    ("pk-fia-ahtc", "alternate = \"pk-provincial-police\"", "alternate = \"pk-fia-ahtc\"", "recipient.alternate"),
    ("pk-fia-ahtc", "code = \"pk-ptpa-2025\"", "code = \"pk-ptpa-2018\"", "legal_basis"),
    ("neutral", "code = \"name-the-code\"", "code = \"Name\"", "legal_basis.code"),
    ("platform-lawful-process", "issued_by = [\"court\"]", "issued_by = []", "process.issued_by"),
    ("platform-lawful-process", "issued_by = [\"court\"]", "issued_by = [\"immigration\"]", "process.issued_by"),
    ("platform-lawful-process", "expires_days_max = 90", "expires_days_max = 366", "process.expires_days_max"),
    ("platform-lawful-process", "families_min = 0", "families_min = 2", "evidence"),
    ("platform-lawful-process", "dispositions = []", "dispositions = [\"confirmed\"]", "evidence.dispositions"),
    ("neutral", "families_min = 2", "families_min = 1", "evidence.families_min"),
    ("neutral", "sources_min = 2", "sources_min = 0", "evidence.sources_min"),
    ("neutral", "second_reads_min = 1", "second_reads_min = 0", "evidence.second_reads_min"),
    ("neutral", "q_max = 0.05", "q_max = 0.5", "evidence.q_max"),
    ("neutral", "q_max = 0.05", "q_max = nan", "evidence.q_max"),
    ("neutral", "dispositions = [\"confirmed\"]", "dispositions = []", "evidence.dispositions"),
    ("neutral", "count = 1", "count = 6", "sign_off.count"),
    ("neutral", "different_unit = true", "different_unit = false", "sign_off.different_unit"),
    ("neutral", "roles = [\"prosecutor\"]", "roles = []", "sign_off.roles"),
    ("neutral", "gate = 72", "gate = 0", "deadlines.gate"),
    ("neutral", "life = 1440", "life = 8761", "deadlines.life"),
    ("neutral", "category = \"lawyer\"", "category = \"journalist\"", "do_not_route"),
    ("neutral", "\n[[do_not_route]]\ncategory = \"lawyer\"\naction = \"rights_cosign\"\n", "", "do_not_route"),
    ("neutral", "when = [\"possible_victim\", \"confirmed_victim\", \"minor\", \"coerced_offence\"]", "when = [\"possible_victim\"]", "gate.when"),
    (
        "neutral",
        "{ role = \"victim_support\", agency_class = \"victim_service\" }",
        "{ role = \"auditor\", agency_class = \"oversight\" }",
        "gate.reviewers",
    ),
    ("pk-fmu-str", "outcomes = [\"leave_out\"]", "outcomes = [\"leave_out\", \"proceed\"]", "gate.reviewers"),
    ("pk-fmu-str", "outcomes = [\"leave_out\"]", "outcomes = []", "gate.outcomes"),
    ("neutral", "return_to = \"nobody\"", "return_to = \"border\"", "form"),
    ("neutral", "field = \"statement.text\"\naction = \"remove\"", "field = \"statement.text\"\naction = \"generalise\"", "redaction"),
    ("neutral", "field = \"witness.identity\"", "field = \"content\"", "redaction"),
    ("neutral", "agency_classes = [\"civil_society\", \"victim_service\"]\ndays = 7", "agency_classes = []\ndays = 7", "consultation.agency_classes"),
    (
        "neutral",
        "agency_classes = [\"civil_society\", \"victim_service\"]\ndays = 7",
        "agency_classes = [\"police\"]\ndays = 7",
        "consultation.agency_classes",
    ),
    ("neutral", "days = 7", "days = 61", "consultation.days"),
    ("neutral", "days = 7", "days = 11", "consultation.days"),
    ("neutral", "answers_min = 1", "answers_min = 0", "consultation.days"),
    ("neutral", "answers_min = 1", "answers_min = 11", "consultation.answers_min"),
    ("neutral", "may_skip = [\"consultation\"]", "may_skip = [\"gate\"]", "form"),
    ("neutral", "review_hours = 72\nreviewed_by = \"rights_officer\"", "review_hours = 72\nreviewed_by = \"auditor\"", "danger.reviewed_by"),
    ("neutral", "agency_classes = [\"civil_society\", \"oversight\"]", "agency_classes = [\"police\"]", "observers.agency_classes"),
    ("neutral", "within_hours = 72", "within_hours = 71", "receipt.within_hours"),
    ("neutral", "reminder_hours = 48", "reminder_hours = 72", "receipt.reminder_hours"),
    ("neutral", "reviewed_by = \"rights_officer\"\nexpires_days = 90", "reviewed_by = \"auditor\"\nexpires_days = 90", "notice.reviewed_by"),
    ("neutral", "expires_days = 90", "expires_days = 366", "notice.expires_days"),
    ("neutral", "form = \"narrative\"", "form = \"goaml\"", "output.form"),
    ("pk-fmu-str", "report_code = \"STR\"\n", "", "output.report_code"),
    ("neutral", "language = \"en\"", "language = \"English\"", "output.language"),
    ("platform-peers", "count_min = 11", "count_min = 10", "output.count_min"),
    ("platform-peers", "count_min = 11\n", "", "output.count_min"),
    (
        "platform-peers",
        "field = \"party.identifier\"\naction = \"remove\"",
        "field = \"party.identifier\"\naction = \"pseudonymise\"",
        "output.parties",
    ),
];

#[test]
fn every_rule_refuses_its_broken_variant() {
    for (name, from, to, key) in BROKEN {
        let text = text_of(name);
        assert!(text.contains(from), "`{from}` stands in {name}");
        let broken = text.replacen(from, to, 1);
        let refused = match Protocol::parse(&broken) {
            Ok(_) => "nothing",
            Err(EscalationError::Form(_)) => "form",
            Err(EscalationError::Rule { key, .. }) => key,
            Err(_) => "other",
        };
        assert_eq!(refused, *key, "{name}: `{from}` → `{to}`");
    }
}

#[test]
fn long_texts_and_lists_are_refused() {
    let text = text_of("neutral");
    let long = text.replacen("title = \"", &format!("title = \"{}", "x".repeat(500)), 1);
    assert!(matches!(Protocol::parse(&long), Err(EscalationError::Rule { key: "title", .. })));
    assert!(matches!(Protocol::parse(&"#".repeat(70_000)), Err(EscalationError::Long(_))));
    let many: String = (0..33).map(|n| format!("[[legal_basis]]\ncode = \"c-{n}\"\ntext = \"t\"\nmark = \"M\"\nsource = \"s\"\n")).collect();
    assert!(matches!(Protocol::parse(&format!("{text}{many}")), Err(EscalationError::Rule { key: "legal_basis", .. })));
}

#[test]
fn words_are_read_as_they_are_written() {
    for role in Role::ALL {
        assert_eq!(role.as_str().parse::<Role>().as_ref(), Ok(role));
    }
    let error = "king".parse::<Role>().expect_err("no such role").to_string();
    assert!(error.contains("`king`") && error.contains("prosecutor"));
}
