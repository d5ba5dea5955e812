//! Two agencies learn that they should talk, and nothing else until both agree.

use std::collections::BTreeSet;

use tributary_access::{AgencyClass, Purpose};
use tributary_register::Caller;
use tributary_register::case::{LinkKind, LinkTo, MarkerKind, MatchState, NewCase, NewInvitation, NewMarker};

use crate::case::{investigator, join, new_case, open, status, vet};
use crate::support::{Office, both};

const DAY: i64 = 24 * 60;
const PHONE: &str = "+92 300 1234567";

fn phone(value: &str) -> NewMarker {
    NewMarker { kind: MarkerKind::Phone, value: value.into() }
}

/// Somebody with a new case, stated.
async fn with_case(office: &Office, login: &str) -> (String, Caller) {
    let case = open(office, login).await;
    (case.id.clone(), investigator(office, login).await.for_case(&case.id))
}

#[test]
fn sg_073_two_agencies_are_told_to_talk_and_nothing_else() {
    both(|office| async move {
        let register = &office.register;
        let (one, police) = with_case(&office, "police-1").await;
        let (other, fiu) = with_case(&office, "fiu-1").await;
        let (third, north) = with_case(&office, "police-3").await;
        let at = office.at(5);
        let own = register.place_marker(&police, &one, phone(PHONE), at).await.unwrap();
        register.place_marker(&fiu, &other, phone("0300-1234567"), at).await.unwrap();
        register.place_marker(&north, &third, phone("0300-7654321"), at).await.unwrap();
        assert!(!serde_json::to_string(&own.body).unwrap().contains("3001234567"), "the value is not in the record");
        assert!(register.matches(&police, &one, at).await.unwrap().is_empty(), "not before both cases are a day old");
        let later = office.at(DAY + 5);
        let seen = register.matches(&police, &one, later).await.unwrap();
        assert_eq!(seen.len(), 1);
        assert_eq!((seen[0].other_class, seen[0].state, seen[0].marker.as_str()), (AgencyClass::Fiu, MatchState::Talk, own.id.as_str()));
        let text = serde_json::to_string(&seen).unwrap();
        for secret in [other.as_str(), "fmu", &office.id("fiu-1"), "3001234567"] {
            assert!(!text.contains(secret), "{secret}");
        }
        assert!(register.matches(&north, &third, later).await.unwrap().is_empty(), "another value meets nothing");
        assert_eq!(register.markers(&police, &one, later).await.unwrap()[0].1, "+923001234567", "the own value, to the own case");
        assert_eq!(status(register.matches(&fiu, &one, later).await), 404, "another's case");
        let id = seen[0].id.as_str();
        assert_eq!(status(register.answer_match(&north, id, true, later).await), 404, "not a side");
        let waiting = register.answer_match(&police, id, true, later).await.unwrap();
        assert_eq!((waiting.state, &waiting.other), (MatchState::Waiting, &None), "one side alone learns nothing");
        assert_eq!(status(register.answer_match(&police, id, false, later).await), 409, "once");
        let link = |from: &str| LinkTo::Match(from.into());
        assert_eq!(status(register.propose_link(&police, &one, &link(id), LinkKind::SamePeople, "one phone", later).await), 404, "not yet");
        let agreed = register.answer_match(&fiu, id, true, later).await.unwrap();
        assert_eq!(agreed.other.map(|other| (other.agency, other.contact)), Some(("fia".into(), office.id("police-1"))));
        let seen = register.matches(&police, &one, later).await.unwrap();
        let other_side = seen[0].other.clone().unwrap();
        assert_eq!((seen[0].state, other_side.agency.as_str(), other_side.contact), (MatchState::Agreed, "fmu", office.id("fiu-1")));
        assert!(!serde_json::to_string(&seen).unwrap().contains(&other), "not the other's case");
        let proposed = register.propose_link(&police, &one, &link(id), LinkKind::SamePeople, "one phone", later).await.unwrap();
        register.answer_link(&fiu, &proposed.id, None, later).await.unwrap();
        let invitation = NewInvitation { agency: "fmu".into(), people: BTreeSet::from([office.id("fiu-1")]), reason: "one phone".into() };
        register.share_case(&police, &one, invitation, later).await.unwrap();
        assert_eq!(status(register.join_case(&fiu, &one, later).await), 200, "and so to a joint case");
    });
}

#[test]
fn who_declines_is_not_told_from_who_is_silent() {
    both(|office| async move {
        let register = &office.register;
        let (one, police) = with_case(&office, "police-1").await;
        let (other, fiu) = with_case(&office, "fiu-1").await;
        for (caller, case) in [(&police, &one), (&fiu, &other)] {
            register.place_marker(caller, case, phone(PHONE), office.at(5)).await.unwrap();
        }
        let later = office.at(2 * DAY);
        let id = register.matches(&fiu, &other, later).await.unwrap()[0].id.clone();
        let before = register.matches(&police, &one, later).await.unwrap();
        register.answer_match(&fiu, &id, false, later).await.unwrap();
        assert_eq!(register.matches(&police, &one, later).await.unwrap(), before);
        let waiting = register.answer_match(&police, &id, true, later).await.unwrap();
        assert_eq!((waiting.state, waiting.other), (MatchState::Waiting, None));
    });
}

#[test]
fn sg_058_agencies_that_a_case_shuts_out_never_meet_it() {
    both(|office| async move {
        vet(&office, "police-1", 3).await;
        let register = &office.register;
        let police = investigator(&office, "police-1").await;
        let named = NewCase { sensitivity: 1, excluded: BTreeSet::from(["fmu".to_owned()]), ..new_case(&office) };
        let secret = register.create_case(&police, named, office.at(1)).await.unwrap();
        let police = police.for_case(&secret.id);
        let (other, fiu) = with_case(&office, "fiu-1").await;
        let (third, north) = with_case(&office, "police-3").await;
        register.place_marker(&police, &secret.id, phone(PHONE), office.at(5)).await.unwrap();
        register.place_marker(&fiu, &other, phone(PHONE), office.at(6)).await.unwrap();
        register.place_marker(&north, &third, phone(PHONE), office.at(6)).await.unwrap();
        let later = office.at(2 * DAY);
        let classes = |views: Vec<tributary_register::case::MatchView>| views.into_iter().map(|view| view.other_class).collect::<Vec<_>>();
        assert_eq!(classes(register.matches(&fiu, &other, later).await.unwrap()), [AgencyClass::Police], "the third alone");
        assert_eq!(classes(register.matches(&police, &secret.id, later).await.unwrap()), [AgencyClass::Police]);
        register.exclude_agency(&police, &secret.id, "north-police", later).await.unwrap();
        assert!(register.matches(&police, &secret.id, later).await.unwrap().is_empty(), "what met before is silent from then on");
        assert_eq!(classes(register.matches(&north, &third, later).await.unwrap()), [AgencyClass::Fiu]);
    });
}

#[test]
fn sg_073_probing_is_bounded_and_recorded() {
    both(|office| async move {
        let register = &office.register;
        let (case, police) = with_case(&office, "police-1").await;
        let at = office.at(5);
        for number in 0..20 {
            let placed = register.place_marker(&police, &case, phone(&format!("+92 300 10000{number:02}")), at).await.unwrap();
            if number % 2 == 0 {
                register.withdraw_marker(&police, &placed.id, "mistyped", at).await.unwrap();
                assert_eq!(status(register.withdraw_marker(&police, &placed.id, "again", at).await), 409);
            }
        }
        assert_eq!(status(register.place_marker(&police, &case, phone(PHONE), at).await), 409, "withdrawn ones count");
        assert_eq!(status(register.place_marker(&police, &case, phone(PHONE), office.at(DAY + 5)).await), 200, "the next day");
        let unstated = investigator(&office, "police-1").await;
        assert_eq!(status(register.place_marker(&unstated, &case, phone(PHONE), office.at(DAY + 5)).await), 404, "no case stated");
        let other_purpose = office.caller("police-1", Purpose::Detection).await.for_case(&case);
        assert_eq!(status(register.place_marker(&other_purpose, &case, phone(PHONE), office.at(DAY + 5)).await), 404);
        for login in ["police-2", "fiu-1", "platform-1", "bank-1", "prosecutor-1", "police-x"] {
            let outsider = investigator(&office, login).await.for_case(&case);
            assert_eq!(status(register.place_marker(&outsider, &case, phone(PHONE), office.at(DAY + 5)).await), 404, "{login}");
        }
    });
}

#[test]
fn a_withdrawn_or_expired_marker_meets_nothing_new() {
    both(|office| async move {
        let register = &office.register;
        let (one, police) = with_case(&office, "police-1").await;
        let (other, fiu) = with_case(&office, "fiu-1").await;
        let (third, north) = with_case(&office, "police-3").await;
        let gone = register.place_marker(&police, &one, phone(PHONE), office.at(5)).await.unwrap();
        register.withdraw_marker(&police, &gone.id, "another person's", office.at(6)).await.unwrap();
        register.place_marker(&fiu, &other, phone(PHONE), office.at(7)).await.unwrap();
        assert!(register.matches(&fiu, &other, office.at(3 * DAY)).await.unwrap().is_empty());
        register.place_marker(&north, &third, phone(PHONE), office.at(120 * DAY)).await.unwrap();
        assert_eq!(register.matches(&north, &third, office.at(121 * DAY)).await.unwrap().len(), 1, "across the turn of a year");
        register.place_marker(&police, &one, phone(PHONE), office.at(181 * DAY)).await.unwrap();
        let met = register.matches(&police, &one, office.at(182 * DAY)).await.unwrap();
        let classes: Vec<AgencyClass> = met.iter().map(|view| view.other_class).collect();
        assert_eq!(classes, [AgencyClass::Police], "after 180 days the first must be placed anew");
    });
}

#[test]
fn a_partner_of_a_joint_case_sees_its_own_markers_and_matches() {
    both(|office| async move {
        let register = &office.register;
        let (one, police) = with_case(&office, "police-1").await;
        join(&office, "police-1", &one, "joint-tf", "taskforce-1").await;
        let partner = investigator(&office, "taskforce-1").await.for_case(&one);
        let (other, fiu) = with_case(&office, "fiu-1").await;
        register.place_marker(&partner, &one, phone(PHONE), office.at(5)).await.unwrap();
        register.place_marker(&police, &one, phone(PHONE), office.at(5)).await.unwrap();
        register.place_marker(&fiu, &other, phone("0300 7654321"), office.at(5)).await.unwrap();
        let later = office.at(2 * DAY);
        assert_eq!(register.markers(&partner, &one, later).await.unwrap().len(), 1);
        assert_eq!(register.markers(&police, &one, later).await.unwrap().len(), 1);
        assert!(register.matches(&police, &one, later).await.unwrap().is_empty(), "a case does not meet itself");
        register.place_marker(&partner, &one, phone("+923007654321"), later).await.unwrap();
        assert_eq!(register.matches(&partner, &one, later).await.unwrap().len(), 1);
        assert!(register.matches(&police, &one, later).await.unwrap().is_empty(), "the match is the partner's");
    });
}
