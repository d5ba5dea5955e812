//! Legal bases: what counts when it is stated, and orders as records with scope and end.

use std::collections::BTreeSet;

use tributary_access::{AgencyClass, Purpose};
use tributary_model::Date;
use tributary_register::basis::Statutes;
use tributary_register::case::{EvidenceKind, NewOrder, Shared};
use tributary_register::victim::{IdentityIs, NewRequest, NewVictim};
use tributary_register::{Caller, RegisterError};

use crate::case::{evidence, investigator, join, open, prosecutor, status};
use crate::support::{Office, both};

const DAY: i64 = 24 * 60;
const CODE: &str = "pk-identity-order";

#[test]
fn the_list_of_bases_reads_and_a_broken_one_does_not() {
    let list = Statutes::shipped().unwrap();
    assert!(list.lines.len() >= 10 && list.jurisdiction == "PK");
    let head = "jurisdiction = \"PK\"\nversion = \"1\"\nowner = \"desk\"\nreview_on = \"2030-01-01\"\n";
    let line = |code: &str| {
        format!(
            "[[basis]]\ncode = \"{code}\"\nact = \"a\"\ntitle = \"t\"\nagency_classes = [\"police\"]\npurposes = [\"investigation\"]\nmark = \"M\"\nsource = \"s\"\n"
        )
    };
    assert_eq!(Statutes::parse(&format!("{head}{}", line("a-1"))).unwrap().lines.len(), 1);
    for wrong in [format!("{head}{}{}", line("a-1"), line("a-1")), format!("{head}{}", line("A 1")), head.into(), "x".repeat(1 << 21)] {
        assert!(
            matches!(Statutes::parse(&wrong), Err(RegisterError::Invalid { field: "bases", .. })),
            "{}",
            wrong.chars().take(300).collect::<String>()
        );
    }
}

/// SG-001, SG-056: a code of nobody's list, another agency's, or for another purpose is as if nothing had been stated.
#[test]
fn a_basis_counts_for_its_agencies_and_purposes() {
    both(|office| async move {
        let register = &office.register;
        let police = office.caller("police-1", Purpose::Investigation).await;
        for (basis, expected) in [
            ("pk-ptpa-2018", 200),
            (" pk-ptpa-2018 ", 200),
            ("because I say so", 403),
            ("", 403),
            ("pk-amla-2010-str", 403),
            ("pk-identity-order", 403),
            ("order:0000", 403),
        ] {
            let new = crate::case::new_case(&office);
            assert_eq!(status(register.create_case(&police.clone().on_basis(basis), new, office.at(1)).await), expected, "{basis}");
        }
        let bank = office.caller("bank-1", Purpose::Investigation).await;
        let new = crate::case::new_case(&office);
        assert_eq!(status(register.create_case(&bank.on_basis("pk-ptpa-2018"), new, office.at(1)).await), 403, "an act for others");
    });
}

fn order(document: &str, person: &str) -> NewOrder {
    NewOrder {
        number: "FC-12/2026".into(),
        authority: "family court".into(),
        authority_class: AgencyClass::Court,
        basis: CODE.into(),
        purposes: BTreeSet::from([Purpose::Prosecution]),
        persons: BTreeSet::from([person.to_owned()]),
        made: Date::parse("2026-09-20").unwrap(),
        until: Date::parse("2026-10-20").unwrap(),
        document: document.into(),
        shared: Shared::All,
    }
}

struct Matter {
    case: String,
    victim: String,
    document: String,
    lawyer: Caller,
    other: Caller,
}

/// A case of the police with two prosecutors, and a record of a victim whom one of them looks after.
async fn matter(office: &Office) -> Matter {
    let register = &office.register;
    let case = open(office, "police-1").await.id;
    join(office, "police-1", &case, "prosecution", "prosecutor-1").await;
    let police = investigator(office, "police-1").await;
    let lawyer = prosecutor(office, "prosecutor-1").await.for_case(&case);
    register.add_member(&lawyer, &case, &office.id("prosecutor-2"), office.at(4)).await.unwrap();
    let other = prosecutor(office, "prosecutor-2").await.for_case(&case);
    let document = register.add_evidence(&police, &case, evidence(office, EvidenceKind::CourtRecord), office.at(4)).await.unwrap().id;
    let helping = office.caller("police-1", Purpose::VictimAssistance).await.for_case(&case).on_basis("pk-ptpa-2018");
    let new = NewVictim {
        case: Some(case.clone()),
        jurisdiction: "PK".into(),
        minor: false,
        party: None,
        means: BTreeSet::new(),
        exploitation: BTreeSet::new(),
        coerced: BTreeSet::new(),
    };
    let victim = register.open_victim(&helping, new, office.at(5)).await.unwrap().id;
    register.add_to_victim(&helping, &victim, &office.id("prosecutor-1"), office.at(5)).await.unwrap();
    let is = IdentityIs { names: vec!["Mira Beispiel".into()], born: None, documents: Vec::new(), more: None };
    register.write_identity(&helping, &victim, &is, office.at(6)).await.unwrap();
    Matter { case, victim, document, lawyer, other }
}

/// SG-034: a prosecution opens an identity under an order that names the person, was confirmed by another, and has not ended.
#[test]
fn sg_034_an_order_names_whom_it_opens() {
    both(|office| async move {
        let register = &office.register;
        let Matter { case, victim, document, lawyer, other } = matter(&office).await;
        let at = office.at(10);
        for wrong in [
            NewOrder { until: Date::parse("2028-10-20").unwrap(), ..order(&document, &victim) },
            NewOrder { made: Date::parse("2026-10-01").unwrap(), ..order(&document, &victim) },
            NewOrder { until: Date::parse("2026-09-20").unwrap(), ..order(&document, &victim) },
            NewOrder { authority_class: AgencyClass::Police, ..order(&document, &victim) },
            NewOrder { basis: "pk-nobody".into(), ..order(&document, &victim) },
            NewOrder { purposes: BTreeSet::from([Purpose::Investigation]), ..order(&document, &victim) },
            NewOrder { purposes: BTreeSet::new(), ..order(&document, &victim) },
            NewOrder { number: String::new(), ..order(&document, &victim) },
            order(&document, "nobody"),
        ] {
            assert_eq!(status(register.record_order(&lawyer, &case, wrong.clone(), at).await), 422, "{wrong:?}");
        }
        assert_eq!(status(register.record_order(&lawyer, &case, order("nothing", &victim), at).await), 404, "no document");
        let stranger = investigator(&office, "police-3").await;
        assert_eq!(status(register.record_order(&stranger, &case, order(&document, &victim), at).await), 404);

        let made = register.record_order(&lawyer, &case, order(&document, &victim), at).await.unwrap();
        let stated = lawyer.clone().on_basis(&format!("order:{}", made.id));
        let ask = || NewRequest { reason: "to call a witness".into(), put_to: Some(office.id("rights-1")) };
        let asked = async |caller: &Caller, minute: i64| status(register.request_identity(caller, &victim, ask(), office.at(minute)).await);
        assert_eq!(asked(&lawyer, 11).await, 403, "an act alone opens nobody's identity");
        assert!(asked(&stated, 11).await >= 403, "not confirmed");
        assert_eq!(status(register.confirm_order(&lawyer, &made.id, made.version, at).await), 403, "not by who recorded it");
        let police = investigator(&office, "police-1").await.for_case(&case);
        assert_eq!(status(register.confirm_order(&police, &made.id, made.version, at).await), 403, "police do not confirm");
        assert_eq!(status(register.confirm_order(&other, &made.id, made.version + 1, at).await), 409, "another version");
        let made = register.confirm_order(&other, &made.id, made.version, at).await.unwrap();
        assert_eq!(status(register.confirm_order(&other, &made.id, made.version, at).await), 409, "once");
        assert!(
            asked(&office.caller("prosecutor-1", Purpose::Prosecution).await.on_basis(&format!("order:{}", made.id)), 12).await >= 403,
            "no case"
        );
        let elsewhere = crate::case::open(&office, "police-1").await.id;
        join(&office, "police-1", &elsewhere, "prosecution", "prosecutor-1").await;
        let seized = order(&document, &victim);
        assert_eq!(status(register.record_order(&stated, &elsewhere, seized, at).await), 422, "its persons are of another case");
        let party =
            register.add_party(&stated, &elsewhere, crate::case::party(tributary_register::case::PartyRole::Other), office.at(12)).await.unwrap();
        let promoting =
            register.promote_party(&stated, &party.id, Vec::new(), Vec::new(), "x", &crate::case::charges(), party.version, office.at(12)).await;
        assert_eq!(status(promoting), 403, "an order counts in its own case");
        let request = register.request_identity(&stated, &victim, ask(), office.at(12)).await.unwrap();
        let rights = office.caller("rights-1", Purpose::Prosecution).await;
        register.decide_identity(&rights, &request.id, request.version, true, "named", office.at(13)).await.unwrap();
        assert_eq!(status(register.read_identity(&lawyer, &request.id, office.at(14)).await), 404, "another basis than was approved");
        register.revoke_order(&other, &made.id, "set aside", office.at(15)).await.unwrap();
        assert!(status(register.read_identity(&stated, &request.id, office.at(16)).await) >= 403, "revoked since");
        let again = register.record_order(&lawyer, &case, order(&document, &victim), office.at(17)).await.unwrap();
        register.confirm_order(&other, &again.id, again.version, office.at(17)).await.unwrap();
        let stated = lawyer.clone().on_basis(&format!("order:{}", again.id));
        assert!(asked(&stated, 40 * DAY).await >= 403, "it has ended");
        let request = register.request_identity(&stated, &victim, ask(), office.at(18)).await.unwrap();
        let rights = office.caller("rights-1", Purpose::Prosecution).await;
        register.decide_identity(&rights, &request.id, request.version, true, "named", office.at(19)).await.unwrap();
        assert_eq!(register.read_identity(&stated, &request.id, office.at(20)).await.unwrap().names, ["Mira Beispiel"]);
        assert_eq!(register.orders(&lawyer, &case, office.at(21)).await.unwrap().len(), 2);
    });
}

/// SG-034, SG-056: who recorded or confirmed an order revokes it, a prosecutor of the case and its judge; others ask.
#[test]
fn who_revokes_an_order_and_who_asks_for_it() {
    both(|office| async move {
        let register = &office.register;
        let Matter { case, victim, document, lawyer, other } = matter(&office).await;
        let police = investigator(&office, "police-1").await.for_case(&case);
        register.add_member(&police, &case, &office.id("police-2"), office.at(9)).await.unwrap();
        let colleague = investigator(&office, "police-2").await.for_case(&case);
        let stranger = investigator(&office, "police-3").await;
        let new = || NewOrder { purposes: BTreeSet::from([Purpose::Prosecution]), ..order(&document, &victim) };
        let made = register.record_order(&lawyer, &case, new(), office.at(10)).await.unwrap();
        register.confirm_order(&other, &made.id, made.version, office.at(11)).await.unwrap();
        for caller in [&police, &colleague] {
            let refused = register.revoke_order(caller, &made.id, "it is in our way", office.at(12)).await;
            let said = refused.as_ref().unwrap_err().to_string();
            assert_eq!(status(refused), 403, "a member who neither recorded nor confirmed it");
            assert!(said.contains("order.revoke"), "{said}");
        }
        assert_eq!(status(register.revoke_order(&stranger, &made.id, "x", office.at(12)).await), 404);
        assert_eq!(status(register.ask_revocation(&stranger, &made.id, "x", office.at(12)).await), 404);
        assert_eq!(status(register.ask_revocation(&colleague, &made.id, "", office.at(12)).await), 422);
        let asked = register.ask_revocation(&colleague, &made.id, "its clerk says that it was set aside", office.at(13)).await.unwrap();
        assert_eq!(asked.body.revocation_asked.len(), 1);
        assert!(asked.body.in_force(office.at(13).date()), "asking revokes nothing");
        assert_eq!(register.orders(&lawyer, &case, office.at(14)).await.unwrap()[0].body.revocation_asked[0].by, office.id("police-2"));
        register.revoke_order(&lawyer, &made.id, "it was set aside", office.at(15)).await.unwrap();
        assert_eq!(status(register.ask_revocation(&colleague, &made.id, "again", office.at(16)).await), 409, "it was revoked");

        // Who recorded one takes it back, though their role confirms none.
        let own = NewOrder { basis: "pk-ptpa-2018".into(), purposes: BTreeSet::from([Purpose::Investigation]), ..order(&document, &victim) };
        if let Ok(made) = register.record_order(&police, &case, own, office.at(17)).await {
            assert_eq!(status(register.revoke_order(&colleague, &made.id, "x", office.at(18)).await), 403);
            assert_eq!(status(register.revoke_order(&police, &made.id, "a slip", office.at(18)).await), 200);
        } else {
            panic!("police record an order for an investigation");
        }
        let log = office.ledger().await;
        assert!(log.contains("order.revocation_asked") && log.matches("\"order.revoked\"").count() == 2);
    });
}
