//! The rules that every protocol keeps (specs/escalation-protocol.md, sections 1 and 4). A country may ask for more, never for less.

use std::collections::BTreeSet;

use tributary_model::Date;

use crate::words::{Answer, Category, Channel, Class, Field, Form, Guarded, Named, Outcome, Redact, Role};
use crate::{EscalationError, Protocol};

type Checked = Result<(), EscalationError>;

const LIST_MAX: usize = 32;
const TEXT_MAX: usize = 500;
/// Sums of hours and days stay far from overflow.
const HOURS_MAX: u32 = 8_760;
/// Fields that no protocol lets out (section 4.4).
const ALWAYS_REMOVED: [Field; 4] = [Field::VictimIdentity, Field::WitnessIdentity, Field::SourceIdentity, Field::StatementText];

pub(crate) fn check(protocol: &Protocol) -> Checked {
    head(protocol)?;
    days(protocol)?;
    parties(protocol)?;
    basis(protocol)?;
    process(protocol)?;
    evidence(protocol)?;
    sign_off(protocol)?;
    deadlines(protocol)?;
    routes(protocol)?;
    gate(protocol)?;
    redaction(protocol)?;
    consultation(protocol)?;
    danger_and_observers(protocol)?;
    receipt_and_notice(protocol)?;
    output(protocol)
}

fn rule(holds: bool, key: &'static str, why: &str) -> Checked {
    if holds { Ok(()) } else { Err(EscalationError::Rule { key, why: why.to_owned() }) }
}

fn text(key: &'static str, text: &str) -> Checked {
    let fits = (1..=TEXT_MAX).contains(&text.chars().count()) && !text.chars().any(char::is_control);
    rule(fits, key, "1 to 500 characters, none of them a control character")
}

fn id(key: &'static str, id: &str) -> Checked {
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let fits = (1..=64).contains(&id.len()) && id.starts_with(plain) && id.chars().all(|c| plain(c) || c == '-');
    rule(fits, key, "1 to 64 lower-case letters, digits and `-`, not beginning with `-`")
}

fn list<T: Ord>(key: &'static str, all: impl IntoIterator<Item = T>, least: usize) -> Checked {
    let all: Vec<T> = all.into_iter().collect();
    let many = all.len();
    rule((least..=LIST_MAX).contains(&many), key, &format!("{least} to {LIST_MAX} entries"))?;
    rule(all.into_iter().collect::<BTreeSet<_>>().len() == many, key, "no entry twice")
}

fn hours(key: &'static str, hours: u32) -> Checked {
    rule((1..=HOURS_MAX).contains(&hours), key, "1 to 8760 hours")
}

fn head(protocol: &Protocol) -> Checked {
    id("id", &protocol.id)?;
    text("title", &protocol.title)?;
    text("owner", &protocol.owner)?;
    let parts: Vec<&str> = protocol.version.split('.').collect();
    let number =
        |part: &&str| (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'));
    // A version stands in the ledger, whose tokens have eight digits at most.
    let digits = protocol.version.bytes().filter(u8::is_ascii_digit).count();
    rule(parts.len() == 3 && parts.iter().all(number) && digits <= 8, "version", "`major.minor.patch`, eight digits at most")?;
    let code = protocol.jurisdiction.as_str();
    let country = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    rule(code == "*" || country, "jurisdiction", "a code of ISO 3166-1, `*` for any, `XX` in a template")?;
    rule(code != "XX" || protocol.template, "jurisdiction", "`XX` stands in templates only")?;
    list("side", &protocol.side, 1)
}

fn days(protocol: &Protocol) -> Checked {
    let day = |key: &'static str, text: &str| Date::parse(text).map_err(|error| EscalationError::Rule { key, why: format!("`{text}` {error}") });
    let (from, to) = (day("valid_from", &protocol.valid_from)?, day("valid_to", &protocol.valid_to)?);
    rule(from < to, "valid_to", "after `valid_from`")?;
    let review = day("review_on", &protocol.review_on)?;
    rule((from..=to).contains(&review), "review_on", "between `valid_from` and `valid_to`")
}

fn parties(protocol: &Protocol) -> Checked {
    list("sender.agency_classes", &protocol.sender.agency_classes, 1)?;
    let recipient = &protocol.recipient;
    id("recipient.id", &recipient.id)?;
    text("recipient.name", &recipient.name)?;
    rule(recipient.agency_class != Class::Immigration, "recipient.agency_class", "nothing goes to who returns or removes people (SG-038)")?;
    if let Some(alternate) = &recipient.alternate {
        id("recipient.alternate", alternate)?;
        rule(*alternate != protocol.id, "recipient.alternate", "another protocol than this one")?;
    }
    Ok(())
}

fn basis(protocol: &Protocol) -> Checked {
    list("legal_basis", protocol.legal_basis.iter().map(|one| &one.code), 1)?;
    for one in &protocol.legal_basis {
        id("legal_basis.code", &one.code)?;
        text("legal_basis.text", &one.text)?;
        text("legal_basis.source", &one.source)?;
    }
    Ok(())
}

fn process(protocol: &Protocol) -> Checked {
    let Some(process) = &protocol.process else { return Ok(()) };
    list("process.issued_by", &process.issued_by, 1)?;
    rule(!process.issued_by.contains(&Class::Immigration), "process.issued_by", "no order of an immigration agency is answered here (SG-038)")?;
    rule((1..=365).contains(&process.expires_days_max), "process.expires_days_max", "1 to 365 days")
}

fn evidence(protocol: &Protocol) -> Checked {
    let evidence = &protocol.evidence;
    if protocol.answers_orders() {
        let none = evidence.families_min == 0 && evidence.sources_min == 0 && evidence.second_reads_min == 0;
        rule(none, "evidence", "0 with `process.required`: the order is what is answered")?;
        rule(evidence.dispositions.is_empty(), "evidence.dispositions", "none with `process.required`")?;
    } else {
        rule((2..=9).contains(&evidence.families_min), "evidence.families_min", "2 to 9: no lone sign escalates anybody (SG-010)")?;
        rule((1..=9).contains(&evidence.sources_min), "evidence.sources_min", "1 to 9")?;
        rule((1..=5).contains(&evidence.second_reads_min), "evidence.second_reads_min", "1 to 5 (SG-015)")?;
        list("evidence.dispositions", &evidence.dispositions, 1)?;
    }
    rule(evidence.q_max.is_none_or(|q| q > 0.0 && q <= 0.2), "evidence.q_max", "above 0, at most 0.2")
}

fn sign_off(protocol: &Protocol) -> Checked {
    rule((1..=LIST_MAX).contains(&protocol.sign_off.len()), "sign_off", "1 to 32 entries")?;
    for one in &protocol.sign_off {
        list("sign_off.roles", &one.roles, 1)?;
        rule((1..=5).contains(&one.count), "sign_off.count", "1 to 5")?;
        rule(one.different_unit, "sign_off.different_unit", "true: two signatures of one unit are one (SG-015)")?;
    }
    Ok(())
}

fn deadlines(protocol: &Protocol) -> Checked {
    let all = &protocol.deadlines;
    for (key, value) in [
        ("deadlines.draft", all.draft),
        ("deadlines.gate", all.gate),
        ("deadlines.rights", all.rights),
        ("deadlines.consultation", all.consultation),
        ("deadlines.screened", all.screened),
        ("deadlines.signed", all.signed),
        ("deadlines.sent", all.sent),
        ("deadlines.received", all.received),
        ("deadlines.life", all.life),
    ] {
        hours(key, value)?;
    }
    Ok(())
}

fn routes(protocol: &Protocol) -> Checked {
    list("do_not_route", protocol.do_not_route.iter().map(|one| one.category), 1)?;
    let all = Category::ALL.iter().all(|category| protocol.route(*category, Answer::Yes).is_some());
    rule(all, "do_not_route", "all five categories: journalist, lawyer, aid_worker, rights_worker, minority_institution (SG-006)")
}

fn gate(protocol: &Protocol) -> Checked {
    let gate = &protocol.gate;
    list("gate.when", &gate.when, 1)?;
    let all = Guarded::ALL.iter().all(|one| gate.when.contains(one));
    rule(all, "gate.when", "all of possible_victim, confirmed_victim, minor, coerced_offence (SG-032)")?;
    list("gate.outcomes", &gate.outcomes, 1)?;
    list("gate.reviewers", gate.reviewers.iter().map(|one| (one.role, one.agency_class)), 0)?;
    let only_out = gate.outcomes == [Outcome::LeaveOut];
    rule(!gate.reviewers.is_empty() || only_out, "gate.reviewers", "somebody decides, unless `outcomes` is `leave_out` alone")?;
    let fit = gate.reviewers.iter().all(|one| matches!(one.role, Role::Prosecutor | Role::VictimSupport));
    rule(fit, "gate.reviewers", "a prosecutor or victim support")
}

fn redaction(protocol: &Protocol) -> Checked {
    list("redaction", protocol.redaction.iter().map(|one| one.field), 1)?;
    for one in &protocol.redaction {
        text("redaction.reason", &one.reason)?;
    }
    let removed = ALWAYS_REMOVED.iter().all(|field| protocol.redacts(*field) == Some(Redact::Remove));
    rule(removed, "redaction", "victim.identity, witness.identity, source.identity and statement.text are listed with `remove`")
}

fn consultation(protocol: &Protocol) -> Checked {
    let rules = &protocol.consultation;
    list("consultation.when", &rules.when, 0)?;
    list("consultation.agency_classes", &rules.agency_classes, 0)?;
    let fit = rules.agency_classes.iter().all(|class| matches!(class, Class::CivilSociety | Class::VictimService));
    rule(fit, "consultation.agency_classes", "of civil_society and victim_service")?;
    rule(rules.days <= 60, "consultation.days", "0 to 60")?;
    rule(rules.answers_min <= 10, "consultation.answers_min", "0 to 10")?;
    if rules.when.is_empty() {
        return Ok(());
    }
    rule(!rules.agency_classes.is_empty(), "consultation.agency_classes", "somebody is asked when `when` is not empty (SG-087)")?;
    rule(rules.days > 0 && rules.answers_min > 0, "consultation.days", "`days` and `answers_min` are above 0 when `when` is not empty")?;
    rule(rules.days.saturating_mul(24) <= protocol.deadlines.consultation, "consultation.days", "within `deadlines.consultation`")
}

fn danger_and_observers(protocol: &Protocol) -> Checked {
    if let Some(danger) = &protocol.danger {
        list("danger.may_skip", &danger.may_skip, 1)?;
        hours("danger.review_hours", danger.review_hours)?;
        rule(danger.reviewed_by == Role::RightsOfficer, "danger.reviewed_by", "rights_officer")?;
    }
    list("observers.agency_classes", &protocol.observers.agency_classes, 0)?;
    let fit = protocol.observers.agency_classes.iter().all(|class| matches!(class, Class::CivilSociety | Class::Oversight));
    rule(fit, "observers.agency_classes", "of civil_society and oversight")
}

fn receipt_and_notice(protocol: &Protocol) -> Checked {
    let receipt = &protocol.receipt;
    rule(receipt.within_hours == protocol.deadlines.sent, "receipt.within_hours", "the same as `deadlines.sent`")?;
    hours("receipt.reminder_hours", receipt.reminder_hours)?;
    rule(receipt.reminder_hours < receipt.within_hours, "receipt.reminder_hours", "less than `within_hours`")?;
    text("notice.reason", &protocol.notice.reason)?;
    rule(protocol.notice.reviewed_by == Role::RightsOfficer, "notice.reviewed_by", "rights_officer")?;
    rule((1..=365).contains(&protocol.notice.expires_days), "notice.expires_days", "1 to 365: notice that is withheld ends (SG-018)")
}

fn output(protocol: &Protocol) -> Checked {
    let output = &protocol.output;
    let goaml = protocol.recipient.channel == Channel::Goaml;
    rule(output.form != Form::Goaml || goaml, "output.form", "`goaml` goes by channel `goaml` only")?;
    rule(!goaml || output.report_code.is_some(), "output.report_code", "channel `goaml` needs a report code")?;
    if let Some(code) = &output.report_code {
        text("output.report_code", code)?;
    }
    let two = output.language.len() == 2 && output.language.bytes().all(|byte| byte.is_ascii_lowercase());
    rule(two, "output.language", "two lower-case letters (BCP 47)")?;
    rule(output.count_min.is_none_or(|least| (11..=1_000).contains(&least)), "output.count_min", "11 to 1000 (SG-039)")?;
    if output.parties == Named::None {
        rule(output.count_min.is_some(), "output.count_min", "must be there when nobody is named")?;
        let fields = [Field::PartyIdentity, Field::PartyIdentifier, Field::NarrativeText];
        let removed = fields.iter().all(|field| protocol.redacts(*field) == Some(Redact::Remove));
        rule(removed, "output.parties", "`none` needs party.identity, party.identifier and narrative.text with `remove`")?;
    }
    Ok(())
}
