//! People, protocols and materials that the tests share. All names are invented.

use std::collections::{BTreeMap, BTreeSet};

use tributary_escalation::words::{Answer, Category, Class, Disposition, Handling, InformationGrade, Role, Side, SourceGrade, Stands};
use tributary_escalation::{
    Actor, Draft, Escalation, Event, Finding, Grade, Identifier, Item, Material, Moment, Party, Place, Product, Promotion, Protocol, screen,
};
use tributary_model::time::MICROS_PER_SECOND;
use tributary_model::{Date, Timestamp};

pub(crate) const DAY: &str = "2026-11-23";

pub(crate) fn text_of(name: &str) -> String {
    std::fs::read_to_string(format!("../../protocols/{name}.toml")).expect("a shipped protocol")
}

pub(crate) fn protocol(name: &str) -> Protocol {
    Protocol::parse_named(name, &text_of(name)).expect("a shipped protocol parses")
}

pub(crate) fn at(hours: i64) -> Timestamp {
    Timestamp(Date::parse(DAY).expect("a day").start().0 + hours * 3_600 * MICROS_PER_SECOND)
}

pub(crate) fn actor(account: &str, agency: &str, class: Class, unit: &str, role: Role) -> Actor {
    Actor { account: account.into(), agency: agency.into(), class, unit: unit.into(), role }
}

pub(crate) fn who(account: &str) -> Actor {
    match account {
        "police-1" => actor(account, "fia", Class::Police, "u1", Role::PoliceAnalyst),
        "police-1b" => actor(account, "fia", Class::Police, "u1", Role::PoliceAnalyst),
        "police-2" => actor(account, "fia", Class::Police, "u2", Role::PoliceAnalyst),
        "police-3" => actor(account, "north-police", Class::Police, "u1", Role::PoliceAnalyst),
        "fiu-1" => actor(account, "fmu", Class::Fiu, "u1", Role::FiuAnalyst),
        "bank-1" => actor(account, "bank-a", Class::Bank, "u1", Role::ComplianceAnalyst),
        "bank-2" => actor(account, "bank-a", Class::Bank, "u2", Role::ComplianceAnalyst),
        "bank-4" => actor(account, "bank-a", Class::Bank, "u3", Role::ComplianceAnalyst),
        "prosecutor-1" => actor(account, "prosecution", Class::Prosecution, "u1", Role::Prosecutor),
        "prosecutor-2" => actor(account, "prosecution", Class::Prosecution, "u2", Role::Prosecutor),
        "support-1" => actor(account, "shelter", Class::VictimService, "u1", Role::VictimSupport),
        "rights-1" => actor(account, "ombudsperson", Class::Oversight, "u1", Role::RightsOfficer),
        "civil-1" => actor(account, "civil", Class::CivilSociety, "u1", Role::Observer),
        "civil-2" => actor(account, "civil-b", Class::CivilSociety, "u1", Role::Observer),
        other => panic!("nobody is called {other}"),
    }
}

pub(crate) const EVERYBODY: [&str; 14] = [
    "police-1",
    "police-1b",
    "police-2",
    "police-3",
    "fiu-1",
    "bank-1",
    "bank-2",
    "bank-4",
    "prosecutor-1",
    "prosecutor-2",
    "support-1",
    "rights-1",
    "civil-1",
    "civil-2",
];

pub(crate) fn finding() -> Finding {
    Finding {
        families_trafficking: 3,
        families_financing: 2,
        sources: 2,
        second_reads: 1,
        q: Some(0.01),
        disposition: Some(Disposition::Confirmed),
        withdrawn: false,
    }
}

pub(crate) fn draft() -> Draft {
    Draft {
        by: who("police-1"),
        owner: "police-1".into(),
        jurisdiction: "PK".into(),
        excluded: BTreeSet::new(),
        recipient_agency: "north-police".into(),
        side: Side::Intersecting,
        basis: "pk-ptpa-2018".into(),
        purpose: "investigation".into(),
        product: Product {
            decision: "open an inquiry".into(),
            recipient: "head of the circle".into(),
            wanted: Date::parse("2026-12-31").expect("a day"),
        },
        order: None,
        finding: Some(finding()),
        community: Answer::No,
        danger: None,
    }
}

pub(crate) fn answers(one: Answer) -> BTreeMap<Category, Answer> {
    Category::ALL.iter().map(|category| (*category, if *category == Category::Journalist { one } else { Answer::No })).collect()
}

pub(crate) fn subject(id: &str, name: &str) -> Party {
    Party {
        id: id.into(),
        stands: Stands::Subject,
        natural: true,
        minor: false,
        coerced: BTreeSet::new(),
        promotion: Some(Promotion { fact: "fact-1".into(), offence: "pk-ptpa-adult".into() }),
        identity: BTreeMap::from([("name".into(), name.into())]),
        identifiers: vec![Identifier { kind: "phone".into(), value: "0300 1234567".into() }],
        categories: answers(Answer::No),
    }
}

pub(crate) fn victim(id: &str, name: &str) -> Party {
    Party { stands: Stands::PossibleVictim, promotion: None, identifiers: Vec::new(), categories: BTreeMap::new(), ..subject(id, name) }
}

pub(crate) fn item() -> Item {
    Item {
        id: "i-1".into(),
        typology: "debt-bondage".into(),
        text: "Wages were kept back at a kiln".into(),
        grade: Some(Grade { source: SourceGrade::Reliable, information: InformationGrade::KnownDirectly }),
        handling: Handling::P,
        conditions: None,
        approver: None,
        source: Some("Informant Zarrin Quill".into()),
        statement: Some("they kept my papers in a tin".into()),
        on: Some(Date::parse("2026-02-12").expect("a day")),
        place: Some(Place { district: "Northvale".into(), detail: "House 7, Mill Lane".into() }),
        amount: Some(125_000),
    }
}

pub(crate) fn material() -> Material {
    Material {
        parties: vec![subject("p-1", "Harun Testfeld")],
        items: vec![item()],
        narrative: "A recruiter keeps wages and papers of workers.".into(),
        attachments: Vec::new(),
        counts: BTreeMap::from([("debt-bondage".into(), 14), ("hawala-settlement".into(), 3)]),
    }
}

pub(crate) fn pseudonym(id: &str) -> String {
    tributary_escalation::sha256(format!("recipient/{id}").as_bytes()).chars().take(32).collect()
}

/// An escalation and what it is made of.
pub(crate) struct Story {
    pub(crate) protocol: Protocol,
    pub(crate) material: Material,
    pub(crate) now: Escalation,
}

impl Story {
    pub(crate) fn new(name: &str, draft: Draft, material: Material) -> Self {
        let protocol = protocol(name);
        let now = Escalation::draft(&protocol, draft, false, at(0)).expect("a draft");
        Self { protocol, material, now }
    }

    pub(crate) fn does(&mut self, event: Event, hours: i64) -> Result<(), Vec<&'static str>> {
        match self.now.step(&self.protocol, event, at(hours)) {
            Ok(next) => {
                self.now = next;
                Ok(())
            }
            Err(refusal) => Err(refusal.missing.iter().map(|one| one.rule).collect()),
        }
    }

    pub(crate) fn screened(&mut self, hours: i64) -> Result<(), Vec<&'static str>> {
        let found = screen(&self.protocol, &self.now.draft, &self.material, &self.now.out, &pseudonym);
        self.does(Event::Screened(Box::new(found)), hours)
    }

    pub(crate) fn hash(&self) -> String {
        self.now.hash.clone().unwrap_or_else(|| "none".into())
    }

    pub(crate) fn signed_by(&mut self, account: &str, hours: i64) -> Result<(), Vec<&'static str>> {
        let hash = self.hash();
        self.does(Event::Opened { by: who(account), hash: hash.clone() }, hours)?;
        self.does(Event::Sign { by: who(account), hash }, hours)
    }

    pub(crate) fn sent(&mut self, hours: i64) -> Result<(), Vec<&'static str>> {
        let moment = moment(&self.now);
        self.does(Event::Send { by: who("police-1"), moment: Box::new(moment) }, hours)
    }
}

pub(crate) fn moment(now: &Escalation) -> Moment {
    Moment {
        stopped: false,
        unchanged: true,
        excluded: false,
        quorum: true,
        finding: now.draft.finding.clone(),
        hash: now.hash.clone().unwrap_or_default(),
    }
}
