//! What an escalation says of people and of what it rests on, held against the case (SG-002, SG-031, SG-052).
//!
//! The drafter writes which parties, items and documents of the case it is made of, and the words. Who is a subject, by which fact and for
//! which offence, how an item was graded and how it may be handled is what the case's records say, whatever the drafter wrote.

use std::collections::{BTreeMap, BTreeSet};

use tributary_cases::{Find, Page};
use tributary_escalation::words::{self, Named, Stands};
use tributary_escalation::{Draft, Grade, Item, Material, Missing, Party, Protocol};
use tributary_model::{Handling, InformationGrade, SourceGrade};

use crate::acting::Acting;
use crate::case::{self, Evidence, Intelligence, PartyKind, Placed, Standing, name_key};
use crate::people::account::Account;
use crate::victim::{Status, Victim};
use crate::{Register, RegisterError};

/// Parts of one kind that are read at most.
const PARTS_MAX: u32 = 10_000;
/// Keys of a party's identity that hold a name.
const NAMES: [&str; 3] = ["name", "alias", "names"];
/// The other keys that it may have: a name under a key of the drafter's own would be held against nothing.
const OTHER_KEYS: [&str; 4] = ["birth_date", "birth_place", "address", "registration"];

/// A material as the register's records have it, and what of it they do not bear out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bound {
    pub(super) material: Material,
    pub(super) missing: Vec<Missing>,
}

/// The parts of one case as the sender's agency may see them.
struct CaseFile {
    parties: BTreeMap<String, case::Party>,
    items: BTreeMap<String, Intelligence>,
    documents: BTreeSet<String>,
    /// Victims of the case, by the id of their record and by that of their party.
    victims: BTreeSet<String>,
    /// Keyed hashes of the names of parties that are under protection.
    protected_names: BTreeSet<String>,
}

impl CaseFile {
    async fn read(acting: &mut Acting, case: &str, agency: &str) -> Result<Self, RegisterError> {
        let page = Page::first(PARTS_MAX);
        let tx = acting.tx()?;
        let parties = tx.list::<case::Party>(Find::Parent(case), &page).await?;
        let items = tx.list::<Intelligence>(Find::Parent(case), &page).await?;
        let evidence = tx.list::<Evidence>(Find::Parent(case), &page).await?;
        let victims = tx.list::<Victim>(Find::Parent(case), &page).await?;
        let under_protection: BTreeSet<&String> =
            victims.iter().filter(|one| one.body.status != Status::NotAVictim).filter_map(|one| one.body.party.as_ref()).collect();
        let protected = parties.iter().filter(|party| under_protection.contains(&party.id));
        let protected_names = protected.flat_map(|party| party.body.name_keys.iter().cloned()).collect();
        let known = victims.iter().flat_map(|one| one.body.party.iter().cloned().chain([one.id.clone()])).collect();
        let seen = |placed: &Placed| placed.seen_by(agency);
        Ok(Self {
            protected_names,
            victims: known,
            parties: parties.into_iter().filter(|one| seen(&one.body.placed)).map(|one| (one.id, one.body)).collect(),
            items: items.into_iter().filter(|one| seen(&one.body.placed)).map(|one| (one.id, one.body)).collect(),
            documents: evidence.into_iter().filter(|one| seen(&one.body.placed)).map(|one| one.body.hash).collect(),
        })
    }
}

/// Whoever is recorded as a victim is one here, whatever the drafter wrote: taken out of the subjects (SG-031, SG-033).
async fn protect(acting: &mut Acting, material: &mut Material) -> Result<(), RegisterError> {
    for party in &mut material.parties {
        for victim in acting.tx()?.list::<Victim>(Find::Key("party", &party.id), &Page::first(100)).await? {
            protect_party(party, &victim.body);
        }
    }
    Ok(())
}

fn protect_party(party: &mut Party, victim: &Victim) {
    if victim.status == Status::NotAVictim {
        return;
    }
    if party.stands == Stands::Subject || victim.status == Status::Confirmed {
        party.stands = if victim.status == Status::Confirmed { Stands::ConfirmedVictim } else { Stands::PossibleVictim };
    }
    party.minor |= victim.minor;
    party.coerced.extend(victim.coerced.iter().filter_map(|one| one.as_str().parse::<words::Coerced>().ok()));
}

/// A material as the records have it.
pub(super) async fn bind(
    register: &Register,
    acting: &mut Acting,
    case: Option<&str>,
    protocol: &Protocol,
    draft: &Draft,
    mut material: Material,
) -> Result<Bound, RegisterError> {
    protect(acting, &mut material).await?;
    let mut missing = Vec::new();
    let Some(case) = case else {
        no_case(protocol, draft, &material, &mut missing);
        return Ok(Bound { material, missing });
    };
    let file = CaseFile::read(acting, case, &draft.by.agency).await?;
    for party in &mut material.parties {
        party_of(register, &file, party, &mut missing);
    }
    for item in &mut material.items {
        item_of(&file, item, &mut missing);
        approved(acting, draft, item, &mut missing).await?;
    }
    for attachment in &material.attachments {
        if !file.documents.contains(&attachment.sha256) {
            missing.push(Missing::new("attachment", "each document that goes with it is evidence of the case, by its hash (SG-122)"));
        }
    }
    missing.sort();
    missing.dedup();
    Ok(Bound { material, missing })
}

/// Without a case nobody was ever made a subject: only an order names people, and then the order is the fact.
fn no_case(protocol: &Protocol, draft: &Draft, material: &Material, missing: &mut Vec<Missing>) {
    if protocol.output.parties != Named::Subjects {
        return;
    }
    let number = draft.order.as_ref().filter(|_| protocol.answers_orders()).map(|order| order.number.as_str());
    let named = |party: &Party| number.is_some() && party.promotion.as_ref().map(|one| one.fact.as_str()) == number;
    if material.parties.iter().any(|party| party.stands == Stands::Subject && !named(party)) {
        missing.push(Missing::new(
            "promotion",
            "nobody is a subject without a case: open one and promote the party there, or name the order that asks for the person as the fact (SG-002)",
        ));
    }
}

fn party_of(register: &Register, file: &CaseFile, party: &mut Party, missing: &mut Vec<Missing>) {
    let Some(known) = file.parties.get(&party.id) else {
        if party.stands == Stands::Subject || !file.victims.contains(&party.id) {
            missing.push(Missing::new("party", "each party is one of the case, by its id there"));
        }
        party.promotion = None;
        return;
    };
    party.natural = known.kind == PartyKind::Person;
    if party.stands != Stands::Subject {
        return;
    }
    match &known.standing {
        Standing::Subject(promotion) => promoted(party, promotion, missing),
        Standing::Named | Standing::Cleared { .. } => {
            party.promotion = None;
            missing.push(Missing::new("promotion", "each party that is named was promoted in the case, and has not been cleared since (SG-002)"));
        }
    }
    let known_key = |key: &String| NAMES.contains(&key.as_str()) || OTHER_KEYS.contains(&key.as_str());
    if !party.identity.keys().all(known_key) {
        let keys = [NAMES.as_slice(), OTHER_KEYS.as_slice()].concat().join(", ");
        missing.push(Missing::new("identity", format!("an identity has these keys: {keys}")));
    }
    let names = party.identity.iter().filter(|(key, _)| NAMES.contains(&key.as_str()));
    let keys: Vec<Option<String>> = names.map(|(_, name)| name_key(register, name)).collect();
    if keys.iter().any(|key| key.as_ref().is_none_or(|key| !known.name_keys.contains(key))) {
        missing.push(Missing::new("name", "a party's name is one that stands with it in the case: enter it there"));
    }
    if keys.iter().flatten().any(|key| file.protected_names.contains(key)) {
        missing.push(Missing::new(
            "protected_name",
            "somebody under protection has the same name: enter a name with the party that tells the two apart (SG-031)",
        ));
    }
}

/// The fact and the offence are the decision's own. Which of several is told, the drafter says.
fn promoted(party: &mut Party, promotion: &case::Promotion, missing: &mut Vec<Missing>) {
    let stated = party.promotion.take();
    let of = |stated: Option<&String>, known: &[&str]| match stated.filter(|one| !one.is_empty()) {
        None => known.first().map(|one| (*one).to_owned()),
        Some(stated) => known.contains(&stated.as_str()).then(|| stated.clone()),
    };
    let facts: Vec<&str> = promotion.facts.iter().map(case::ObjectiveFact::evidence).collect();
    let offences: Vec<&str> = promotion.offences.iter().map(|one| one.charge.as_str()).collect();
    let fact = of(stated.as_ref().map(|one| &one.fact), &facts);
    let offence = of(stated.as_ref().map(|one| &one.offence), &offences);
    match (fact, offence) {
        (Some(fact), Some(offence)) => party.promotion = Some(tributary_escalation::Promotion { fact, offence }),
        _ => {
            party.promotion = stated;
            missing.push(Missing::new("promotion", "fact and offence are those of the decision in the case (SG-002)"));
        }
    }
}

/// Grade, handling code and conditions are those of the item's entry; the words may be sanitised (SG-053).
fn item_of(file: &CaseFile, item: &mut Item, missing: &mut Vec<Missing>) {
    let Some(known) = file.items.get(&item.id).filter(|known| known.suspended_at.is_none()) else {
        missing.push(Missing::new("item", "each item is intelligence of the case that is in use, by its id there (SG-050, SG-057)"));
        return;
    };
    let grading = &known.grading;
    item.grade = Some(Grade { source: source(grading.source), information: information(grading.information) });
    item.handling = match grading.handling {
        Handling::P => words::Handling::P,
        Handling::C => words::Handling::C,
    };
    item.conditions.clone_from(&known.conditions);
}

const fn source(grade: SourceGrade) -> words::SourceGrade {
    match grade {
        SourceGrade::Reliable => words::SourceGrade::Reliable,
        SourceGrade::Untested => words::SourceGrade::Untested,
        SourceGrade::NotReliable => words::SourceGrade::NotReliable,
    }
}

const fn information(grade: InformationGrade) -> words::InformationGrade {
    use words::InformationGrade as Word;
    match grade {
        InformationGrade::A => Word::KnownDirectly,
        InformationGrade::B => Word::Corroborated,
        InformationGrade::C => Word::KnownIndirectly,
        InformationGrade::D => Word::NotKnown,
        InformationGrade::E => Word::SuspectedFalse,
    }
}

/// Who approved passing on what has conditions is somebody else than who drafts, of the agency whose source it is.
async fn approved(acting: &mut Acting, draft: &Draft, item: &Item, missing: &mut Vec<Missing>) -> Result<(), RegisterError> {
    if !item.handling.has_conditions() {
        return Ok(());
    }
    let Some(approver) = &item.approver else { return Ok(()) };
    let account = acting.tx()?.get::<Account>(approver).await?;
    let source = acting.tx()?.get::<Intelligence>(&item.id).await?;
    let fits = account.is_some_and(|one| {
        one.body.is_active() && one.id != draft.by.account && source.is_some_and(|source| source.body.placed.agency == one.body.is.agency)
    });
    if !fits {
        missing.push(Missing::new(
            "approver",
            "who approved passing it on is another person than who drafts, of the agency whose source it is (SG-052)",
        ));
    }
    Ok(())
}
