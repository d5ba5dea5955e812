//! Danger that shortens an escalation, and the review of it: by oversight, within the protocol's hours, with consequences; and of broken glass.

use tributary_access::Purpose;
use tributary_cases::Page;
use tributary_escalation::words::Answer;
use tributary_ledger::audit::audit;
use tributary_ledger::rules::Rules;
use tributary_register::RegisterError;
use tributary_register::escalation::{DangerReview, NewEscalation};

use crate::case;
use crate::escalation::{Desk, finding, is_state, new};
use crate::ledger_words::entries;
use crate::support::{Office, both};

const HOUR: i64 = 60;

/// A draft that states danger, and touches a community: the consultation is what danger leaves out.
fn endangered(desk: &Desk) -> NewEscalation {
    let danger = Some("somebody is held in a shed and a day was named".into());
    NewEscalation { community: Answer::Yes, danger, ..new(&desk.case, desk.material(vec![desk.subject(1, Answer::No)])) }
}

/// Drafts, puts the signers on, and screens.
async fn shortened(desk: &Desk, at: i64) -> Result<tributary_cases::Stored<tributary_register::escalation::EscalationFile>, RegisterError> {
    let register = &desk.office.register;
    let mut file = register.draft_escalation(&desk.police, endangered(desk), Some(finding()), desk.at(at)).await?;
    for login in ["police-2", "prosecutor-1"] {
        file = register.add_to_escalation(&desk.police, &file.id, &desk.office.id(login), desk.at(at)).await?;
    }
    register.screen_escalation(&desk.police, &file.id, file.version, desk.at(at + 1)).await
}

async fn waiting(office: &Office, login: &str, at: i64) -> Vec<tributary_cases::Stored<DangerReview>> {
    let rights = office.caller(login, Purpose::RightsReview).await;
    office.register.danger_reviews(&rights, &Page::first(10), office.at(at)).await.unwrap()
}

/// What an auditor finds in the log by a time, of rules that speak of danger.
async fn found(office: &Office, hours: i64) -> Vec<String> {
    let as_of = u64::try_from(office.at(hours * HOUR).0 / 1_000).unwrap();
    let rules = audit(&entries(office).await, &Rules::standard().unwrap(), as_of).into_iter().map(|one| one.rule);
    rules.filter(|rule| rule.contains("danger")).collect()
}

#[test]
fn a_danger_that_shortens_is_reviewed_by_oversight_and_stands_in_the_log() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let (office, register) = (desk.office.clone(), desk.office.register.clone());
        let file = shortened(&desk, 10).await.unwrap();
        assert!(file.body.machine.shortened);
        let seen = waiting(&office, "rights-1", 12).await;
        assert_eq!(seen.len(), 1, "at once");
        let review = &seen[0];
        assert_eq!((review.body.escalation.as_str(), review.body.review_by), (file.id.as_str(), desk.at(11 + 72 * HOUR)));
        for (login, purpose) in [("police-2", Purpose::Investigation), ("auditor-1", Purpose::Audit), ("observer-1", Purpose::Oversight)] {
            let caller = office.caller(login, purpose).await;
            assert!(register.danger_reviews(&caller, &Page::first(10), desk.at(12)).await.is_err(), "{login}");
            assert!(register.settle_danger(&caller, &review.id, review.version, true, "so it was", desk.at(12)).await.is_err(), "{login}");
        }
        let rights = office.caller("rights-1", Purpose::RightsReview).await;
        assert!(matches!(register.settle_danger(&rights, &review.id, 9, true, "x", desk.at(12)).await, Err(RegisterError::Conflict)));
        assert!(matches!(
            register.settle_danger(&rights, &review.id, review.version, true, " ", desk.at(12)).await,
            Err(RegisterError::Invalid { .. })
        ));
        // It goes out meanwhile: the review comes after.
        let signed = desk.signed(&file.id).await;
        register.send_escalation(&desk.police, &file.id, signed.version, Some(finding()), desk.at(30)).await.unwrap();
        assert_eq!(found(&office, 72).await, Vec::<String>::new(), "its hours are not over");
        assert_eq!(found(&office, 73).await, ["escalation.danger-review"], "the auditor sees it offline");
        let settled = register.settle_danger(&rights, &review.id, review.version, false, "the shed was empty for a year", desk.at(60)).await.unwrap();
        is_state(register.settle_danger(&rights, &review.id, settled.version, true, "again", desk.at(61)).await, "settled before");
        assert!(waiting(&office, "rights-1", 62).await.is_empty());
        assert_eq!(found(&office, 1_000).await, Vec::<String>::new());
        let auditor = office.caller("auditor-1", Purpose::Audit).await;
        let report = register.escalation_report(&auditor, desk.at(-50 * 24 * HOUR), desk.at(50 * 24 * HOUR), desk.at(70)).await.unwrap();
        assert!(report.protocols["pk-fia-ahtc"].counts.contains_key("danger_unjustified"), "{report:?}");
    });
}

#[test]
fn sg_058_an_agency_that_was_shut_out_since_reviews_no_danger() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let (office, register) = (desk.office.clone(), desk.office.register.clone());
        shortened(&desk, 10).await.unwrap();
        let review = waiting(&office, "rights-1", 12).await.remove(0);
        case::shut_out(&office, &desk.case, "ombudsperson").await;
        assert!(waiting(&office, "rights-1", 13).await.is_empty(), "the facts are not for it any more");
        let rights = office.caller("rights-1", Purpose::RightsReview).await;
        let settled = register.settle_danger(&rights, &review.id, review.version, true, "so it was", desk.at(14)).await;
        assert!(matches!(settled, Err(RegisterError::Missing(_))), "{settled:?}");
    });
}

#[test]
fn a_danger_that_was_none_is_not_sent_and_an_overdue_review_closes_the_way() {
    both(|office| async move {
        let desk = Desk::open(office).await;
        let (office, register) = (desk.office.clone(), desk.office.register.clone());
        let first = shortened(&desk, 10).await.unwrap();
        let rights = office.caller("rights-1", Purpose::RightsReview).await;
        let review = waiting(&office, "rights-1", 12).await.remove(0);
        let signed = desk.signed(&first.id).await;
        register.settle_danger(&rights, &review.id, review.version, false, "nobody was held", desk.at(25)).await.unwrap();
        is_state(register.send_escalation(&desk.police, &first.id, signed.version, Some(finding()), desk.at(30)).await, "no such danger");

        // Another one, which nobody reviews: it is told once, and nothing more is taken from the agency.
        let second = shortened(&desk, 40).await.unwrap();
        let late = waiting(&office, "rights-1", 42).await.remove(0);
        assert_eq!(register.run_escalation_clocks(desk.at(50)).await.unwrap().dangers_unreviewed, Vec::<String>::new());
        let over = 41 + 72 * HOUR + 1;
        assert_eq!(register.run_escalation_clocks(desk.at(over)).await.unwrap().dangers_unreviewed, std::slice::from_ref(&late.id));
        assert_eq!(register.run_escalation_clocks(desk.at(over + 1)).await.unwrap().dangers_unreviewed, Vec::<String>::new(), "once");
        let run = register.try_escalation(&desk.police, endangered(&desk), Some(finding()), desk.at(over)).await.unwrap();
        assert!(run.missing.iter().any(|one| one.rule == "danger_review" && one.says.contains(&late.id) && one.says.contains(&second.id)), "{run:?}");
        is_state(shortened(&desk, over).await, &late.id);
        let material = desk.material(vec![desk.subject(1, Answer::No)]);
        let version = register.read_escalation(&desk.police, &second.id, desk.at(over)).await.unwrap().file.version;
        let changed = register.change_escalation(&desk.police, &second.id, version, material, desk.at(over)).await.unwrap();
        is_state(register.screen_escalation(&desk.police, &second.id, changed.version, desk.at(over)).await, "no further danger");
        let plain = NewEscalation { danger: None, ..endangered(&desk) };
        register.draft_escalation(&desk.police, plain, Some(finding()), desk.at(over)).await.unwrap();
        assert!(office.ledger().await.contains("escalation.danger_refused"), "that it was tried is recorded");

        register
            .settle_danger(&rights, &late.id, waiting(&office, "rights-1", over).await[0].version, true, "they were found", desk.at(over + 2))
            .await
            .unwrap();
        shortened(&desk, over + 3).await.unwrap();
    });
}

/// SG-055: an use that nobody reviewed in time closes the way to a next one, of that person alone.
#[test]
fn sg_055_no_glass_is_broken_while_a_use_is_overdue_for_review() {
    both(|office| async move {
        let register = office.register.clone();
        let (one, two) = (case::open(&office, "fiu-1").await.id, case::open(&office, "fiu-1").await.id);
        let police = office.caller("police-1", Purpose::Investigation).await;
        let used = register.break_glass(&police, &one, "somebody is in danger", office.at(5)).await.unwrap();
        register.break_glass(&police, &two, "the same danger", office.at(6)).await.unwrap();
        let late = office.at(6 + 72 * HOUR);
        is_state(register.break_glass(&police, &two, "again", late).await, &used.id);
        assert!(office.ledger().await.contains("break_glass.refused"));
        let other = office.caller("police-2", Purpose::Investigation).await;
        register.break_glass(&other, &two, "another person's", late).await.unwrap();
        let rights = office.caller("rights-1", Purpose::RightsReview).await;
        for id in register.broken_glass(&rights, &Page::first(10), late).await.unwrap().iter().map(|one| one.id.clone()).take(2) {
            register.review_break_glass(&rights, &id, true, "there was reason", late).await.unwrap();
        }
        register.break_glass(&police, &one, "a new danger", late).await.unwrap();
    });
}
