//! SG-086, SG-087, SG-100, SG-102: no alert comes in by rules that nobody released.

use tributary_access::Purpose;
use tributary_model::{Date, Timestamp};
use tributary_register::RegisterError;
use tributary_register::alert::{Disposition, alert_for_case};
use tributary_register::governance::pack::{Assessment, Benign, NewPack, PackState};

use crate::alert::{case_of, decide, import, record};
use crate::support::{Office, both, pack};

const DAY: i64 = 24 * 60;

fn status<T>(answer: Result<T, RegisterError>) -> u16 {
    answer.map_or_else(|error| error.status(), |_| 200)
}

/// One change of what a pack brings.
type Change = fn(&mut NewPack);

#[test]
fn sg_086_sg_100_sg_102_what_lacks_something_is_not_proposed() {
    let lacks: [(&str, Change); 11] = [
        ("an assessment of other rules", |new| new.assessment.digest = "bb22".into()),
        ("an assessment of another pack", |new| new.assessment.pack = "hawala".into()),
        ("an assessment that is old", |new| new.assessment.signed_on = Date(new.assessment.signed_on.0 - 370)),
        ("an assessment of tomorrow", |new| new.assessment.signed_on = Date(new.assessment.signed_on.0 + 2)),
        ("the template's words", |new| new.assessment.purpose = "FILL IN: which decision of whom it serves".into()),
        ("harms", |new| new.assessment.harms.clear()),
        ("a disparity within its limit", |new| new.figures.disparity_ratio = 1.3),
        ("a limit that is one", |new| new.figures.disparity_limit = 9.0),
        ("a figure", |new| new.figures.disparity_ratio = f64::NAN),
        ("refugees among the harmless", |new| new.figures.benign.retain(|benign, _| *benign != Benign::Refugee)),
        ("enough hawala dealers", |new| new.figures.benign.get_mut(&Benign::Hawala).unwrap().cases = 3),
    ];
    both(|office| async move {
        let admin = office.caller("admin-1", Purpose::Administration).await;
        let at = office.at(0);
        for (what, change) in &lacks {
            let mut new = pack("bb22cc", at);
            change(&mut new);
            assert_eq!(status(office.register.propose_pack(&admin, new, at).await), 422, "it lacks {what}");
        }
        office.register.propose_pack(&admin, pack("bb22cc", at), at).await.unwrap();
        let police = office.caller("police-1", Purpose::Detection).await;
        assert_eq!(status(office.register.propose_pack(&police, pack("bb22cc", at), at).await), 403);
    });
}

#[test]
fn sg_086_sg_087_a_pack_is_released_by_two_others_after_civil_society_was_heard() {
    both(|office| async move {
        let (register, at) = (&office.register, office.at(0));
        let admin = office.caller("admin-1", Purpose::Administration).await;
        let observer = office.caller("observer-1", Purpose::Oversight).await;
        let rights = office.caller("rights-1", Purpose::RightsReview).await;
        let one = register.propose_pack(&admin, pack("bb22cc", at), at).await.unwrap();
        assert_eq!(status(register.approve_pack(&rights, &one.id, one.version, at).await), 409, "nobody of civil society was heard");
        assert_eq!(status(register.close_pack_consultation(&admin, &one.id, one.version, at).await), 409, "silence is no consent");
        assert_eq!(status(register.consulted_on_pack(&rights, &one.id, one.version, None, at).await), 403, "officers are not civil society");
        let heard = register.consulted_on_pack(&observer, &one.id, one.version, Some("It counts seasonal workers as recruits."), at).await.unwrap();
        assert_eq!(status(register.close_pack_consultation(&admin, &one.id, heard.version, at).await), 409, "an objection has no answer");
        assert_eq!(status(register.close_pack_consultation(&admin, &one.id, one.version, at).await), 409, "and a stale version is refused");
        let replied = register.reply_on_pack(&admin, &one.id, heard.version, 0, "The rule asks for two families now.", at).await.unwrap();
        let closed = register.close_pack_consultation(&admin, &one.id, replied.version, at).await.unwrap();
        assert_eq!(status(register.approve_pack(&admin, &one.id, closed.version, at).await), 403, "nobody approves the own proposal");
        let second = office.caller("admin-2", Purpose::Administration).await;
        let first = register.approve_pack(&second, &one.id, closed.version, at).await.unwrap();
        assert_eq!(status(register.approve_pack(&second, &one.id, first.version, at).await), 403, "nobody twice");
        assert_eq!(first.body.state, PackState::Proposed);
        let released = register.approve_pack(&rights, &one.id, first.version, at).await.unwrap();
        assert_eq!(released.body.state, PackState::InForce);
        // It takes the place of the one before: rules of the older hash bring nothing in any more.
        let done = register.import_alerts(import("fia", vec![record(1, 0.1)]), at).await.unwrap();
        assert_eq!((done.added, done.refused.len()), (0, 1), "{done:?}");
        assert!(done.refused[0].why.contains("not released"), "{done:?}");
    });
}

#[test]
fn sg_086_when_the_assessment_runs_out_no_new_alerts_come_in() {
    both(|office| async move {
        let last = office.at(364 * DAY);
        assert_eq!(office.register.import_alerts(import("fia", vec![record(1, 0.1)]), last).await.unwrap().added, 1);
        let late = office.at(367 * DAY);
        let done = office.register.import_alerts(import("fia", vec![record(2, 0.1)]), late).await.unwrap();
        assert!(done.added == 0 && done.refused[0].why.contains("older than 12 months"), "{done:?}");
        office.release_packs("aa11", late).await;
        assert_eq!(office.register.import_alerts(import("fia", vec![record(2, 0.1)]), late).await.unwrap().added, 1);
    });
}

#[test]
fn sg_086_a_pilot_is_read_and_becomes_no_case_and_no_escalation() {
    both(|office: Office| async move {
        let other = |n: u32| {
            let mut record = record(n, 0.1);
            record["detector"]["packs"] = "dd44".into();
            record
        };
        let refused = office.register.import_alerts(import("fia", vec![other(1)]), office.at(1)).await.unwrap();
        assert_eq!((refused.added, refused.refused.len()), (0, 1));
        let pilot = tributary_register::alert::Import { pilot: true, ..import("fia", vec![other(1)]) };
        assert_eq!(office.register.import_alerts(pilot, office.at(1)).await.unwrap().added, 1);
        let reader = office.caller("police-1", Purpose::Detection).await;
        let id = office.register.queue(&reader, 10, office.at(1)).await.unwrap()[0].id.clone();
        decide(&office, "police-1", &id, Disposition::Confirmed, 5).await.unwrap();
        decide(&office, "police-2", &id, Disposition::Confirmed, 6).await.unwrap();
        let finding = office.register.finding_of(&reader, &id, office.at(30)).await.unwrap();
        assert_eq!(finding.disposition, None, "no protocol's floor holds on a pilot");
        let case = case_of(&office, "police-1").await;
        let investigating = office.caller("police-1", Purpose::Investigation).await.for_case(&case).on_basis("pk-ptpa-2018");
        assert_eq!(status(office.register.unmask(&investigating, &id, "to see", office.at(35)).await), 409, "whom it is about is not opened");
        let mut writing = office.register.store().write(office.at(40)).await.unwrap();
        assert_eq!(status(alert_for_case(&mut writing, &id, &case).await), 409, "no case takes it over");
    });
}

#[test]
fn the_template_asks_for_what_the_gate_asks_for_and_is_refused_unfilled() {
    let text = std::fs::read_to_string("../../specs/impact-assessment.toml").unwrap();
    let template: Assessment = toml::from_str(&text).unwrap();
    let written = serde_json::to_value(&template).unwrap();
    for (name, value) in written.as_object().unwrap() {
        let filled = value.to_string();
        assert!(filled.contains("FILL IN") || name == "v" || name == "signed_on", "{name} asks for nothing");
    }
    assert!(!template.counts(Timestamp(1_790_000_000_000_000)));
    assert!(toml::from_str::<Assessment>(&format!("{text}\nmore = 1\n")).is_err(), "no other fields");
    let leap = Assessment { signed_on: Date::parse("2024-02-29").unwrap(), ..template };
    assert_eq!(leap.until(), Date::parse("2025-02-28").unwrap());
}
