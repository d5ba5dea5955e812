//! The policies as they are shipped: the golden matrix, the single requests of tests.toml, and what holds over all of them.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Deserialize;
use tributary_access::{Action, AgencyClass, Context, Handling, Policies, Principal, Purpose, Resource, Role};

const FOLDER: &str = "../../policies";

fn shipped() -> (String, Vec<(String, String)>) {
    let read = |path: &Path| std::fs::read_to_string(path).unwrap();
    let mut files: Vec<(String, String)> = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "cedar"))
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), read(&path)))
        .collect();
    files.sort();
    (read(&Path::new(FOLDER).join("schema.cedarschema")), files)
}

fn policies() -> Policies {
    let (schema, files) = shipped();
    Policies::parse(&schema, &files).unwrap()
}

fn class_of(role: Role) -> AgencyClass {
    match role {
        Role::PlatformAnalyst => AgencyClass::Platform,
        Role::ComplianceAnalyst => AgencyClass::Bank,
        Role::FiuAnalyst => AgencyClass::Fiu,
        Role::PoliceAnalyst => AgencyClass::Police,
        Role::TaskForceMember => AgencyClass::TaskForce,
        Role::Prosecutor => AgencyClass::Prosecution,
        Role::Judge => AgencyClass::Court,
        Role::VictimSupport => AgencyClass::VictimService,
        Role::RightsOfficer | Role::Auditor => AgencyClass::Oversight,
        Role::Administrator => AgencyClass::Operator,
        Role::Observer => AgencyClass::CivilSociety,
    }
}

/// Classes of agencies that a role belongs to, its natural one among them.
fn belongs(role: Role, class: AgencyClass) -> bool {
    let more: &[AgencyClass] = match role {
        Role::TaskForceMember => &[AgencyClass::Police, AgencyClass::Fiu],
        Role::VictimSupport | Role::Auditor => &[AgencyClass::CivilSociety],
        _ => &[],
    };
    class == class_of(role) || more.contains(&class)
}

const RELATIONS: [&str; 4] = ["member", "owner_agency", "stranger", "excluded"];

fn texts(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

/// The request of policies/README.md for a role, an action, a purpose and a relation.
fn request(role: Role, purpose: Purpose, relation: &str) -> (Principal, Resource, Context) {
    let principal = Principal {
        id: "me".into(),
        role,
        agency: "own".into(),
        agency_class: class_of(role),
        unit: "unit".into(),
        vetting: 2,
        vetting_valid: true,
        jurisdictions: texts(&["PK"]),
        mfa: true,
    };
    let mine = matches!(relation, "member" | "excluded");
    let agency = if relation == "stranger" { "other" } else { "own" };
    let resource = Resource {
        id: if relation == "self" { "me".into() } else { "target".into() },
        owner: agency.into(),
        jurisdiction: "PK".into(),
        sensitivity: 1,
        handling: Handling::P,
        members: if mine { texts(&["me"]) } else { texts(&["somebody"]) },
        member_agencies: texts(&[agency]),
        excluded_agencies: if relation == "excluded" { texts(&["own"]) } else { BTreeSet::new() },
        assigned: if mine { "me".into() } else { "somebody".into() },
        author: "somebody".into(),
        masked: true,
        minor: false,
    };
    let context = Context { purpose, case: relation == "member", legal_basis: true, break_glass: false, risk_ack: true, consent: true };
    (principal, resource, context)
}

#[test]
fn the_matrix_is_what_the_policies_allow() {
    let policies = policies();
    let committed = std::fs::read_to_string(format!("{FOLDER}/matrix.csv")).unwrap();
    let mut rows = BTreeSet::new();
    for role in Role::ALL {
        for action in Action::ALL {
            for purpose in Purpose::ALL {
                for relation in RELATIONS {
                    let (principal, resource, context) = request(*role, *purpose, relation);
                    if policies.decide(&principal, *action, &resource, context).unwrap().allowed {
                        rows.insert(format!("{role},{},{},{action},{purpose},{relation},allow", class_of(*role), action.resource()));
                    }
                }
            }
        }
    }
    let mut lines = committed.lines();
    assert!(lines.next().unwrap().starts_with('#'));
    assert_eq!(lines.next().unwrap(), "role,agency_class,resource,action,purpose,relation,decision");
    let held: BTreeSet<String> = lines.map(ToOwned::to_owned).collect();
    let changed: Vec<&String> = held.symmetric_difference(&rows).collect();
    assert!(changed.is_empty(), "the policies allow something else than matrix.csv says: {changed:#?}");
    assert!(rows.len() > 200, "only {} rows", rows.len());
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tests {
    test: Vec<Single>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    name: String,
    #[serde(default, rename = "safeguards")]
    _safeguards: Vec<String>,
    role: Role,
    action: String,
    purpose: Purpose,
    relation: String,
    #[serde(default)]
    principal: BTreeMap<String, toml::Value>,
    #[serde(default)]
    resource: BTreeMap<String, toml::Value>,
    #[serde(default)]
    context: BTreeMap<String, toml::Value>,
    expect: String,
    by: Option<String>,
}

fn word(value: &toml::Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn words(value: &toml::Value) -> BTreeSet<String> {
    value.as_array().unwrap().iter().map(word).collect()
}

fn small(value: &toml::Value) -> u8 {
    u8::try_from(value.as_integer().unwrap()).unwrap()
}

fn set_up(single: &Single) -> (Principal, Action, Resource, Context) {
    let (mut principal, mut resource, mut context) = request(single.role, single.purpose, &single.relation);
    for (name, value) in &single.principal {
        match name.as_str() {
            "agency_class" => principal.agency_class = word(value).parse().unwrap(),
            "agency" => principal.agency = word(value),
            "unit" => principal.unit = word(value),
            "vetting" => principal.vetting = small(value),
            "vetting_valid" => principal.vetting_valid = value.as_bool().unwrap(),
            "mfa" => principal.mfa = value.as_bool().unwrap(),
            "jurisdictions" => principal.jurisdictions = words(value),
            other => panic!("{}: principal.{other}", single.name),
        }
    }
    for (name, value) in &single.resource {
        match name.as_str() {
            "owner" => resource.owner = word(value),
            "jurisdiction" => resource.jurisdiction = word(value),
            "sensitivity" => resource.sensitivity = small(value),
            "handling" => resource.handling = word(value).parse().unwrap(),
            "members" => resource.members = words(value),
            "member_agencies" => resource.member_agencies = words(value),
            "excluded_agencies" => resource.excluded_agencies = words(value),
            "assigned" => resource.assigned = word(value),
            "author" => resource.author = word(value),
            "masked" => resource.masked = value.as_bool().unwrap(),
            "minor" => resource.minor = value.as_bool().unwrap(),
            other => panic!("{}: resource.{other}", single.name),
        }
    }
    for (name, value) in &single.context {
        let value = value.as_bool().unwrap();
        match name.as_str() {
            "case" => context.case = value,
            "legal_basis" => context.legal_basis = value,
            "break_glass" => context.break_glass = value,
            "risk_ack" => context.risk_ack = value,
            "consent" => context.consent = value,
            other => panic!("{}: context.{other}", single.name),
        }
    }
    (principal, single.action.parse().unwrap(), resource, context)
}

fn tests() -> Vec<Single> {
    let text = std::fs::read_to_string(format!("{FOLDER}/tests.toml")).unwrap();
    toml::from_str::<Tests>(&text).unwrap().test
}

#[test]
fn single_requests_get_the_answers_they_must() {
    let policies = policies();
    let (schema, mut files) = shipped();
    files.push(("everything.cedar".into(), "@id(\"everything\") permit (principal, action, resource);".into()));
    let open = Policies::parse(&schema, &files).unwrap();
    for single in tests() {
        let (principal, action, resource, context) = set_up(&single);
        let answer = policies.decide(&principal, action, &resource, context).unwrap();
        assert_eq!(answer.allowed, single.expect == "allow", "{}: {:?}", single.name, answer.policies);
        if let Some(by) = &single.by {
            let answer = open.decide(&principal, action, &resource, context).unwrap();
            assert!(!answer.allowed && answer.policies.contains(by), "{}: {:?} lacks {by}", single.name, answer.policies);
        }
    }
}

#[test]
fn every_forbid_is_tested_and_every_permit_is_needed() {
    let policies = policies();
    let by: BTreeSet<String> = tests().iter().filter_map(|single| single.by.clone()).collect();
    let untested: Vec<String> = policies.ids().into_iter().filter(|id| id.starts_with("forbid.") && !by.contains(id)).collect();
    assert!(untested.is_empty(), "no test names {untested:?}");

    let mut needed = BTreeSet::new();
    let mut note = |answer: tributary_access::Decision| {
        if let (true, [only]) = (answer.allowed, answer.policies.as_slice()) {
            needed.insert(only.clone());
        }
    };
    for role in Role::ALL {
        for action in Action::ALL {
            for purpose in Purpose::ALL {
                for relation in RELATIONS {
                    let (principal, resource, context) = request(*role, *purpose, relation);
                    note(policies.decide(&principal, *action, &resource, context).unwrap());
                }
            }
        }
    }
    for single in tests() {
        let (principal, action, resource, context) = set_up(&single);
        note(policies.decide(&principal, action, &resource, context).unwrap());
    }
    let idle: Vec<String> = policies.ids().into_iter().filter(|id| !id.starts_with("forbid.") && !needed.contains(id)).collect();
    assert!(idle.is_empty(), "no request needs {idle:?}");
}

/// Calls `look` for every role, class, action, purpose and relation, under circumstances that open as much as they can.
fn everywhere(look: impl Fn(&str, Principal, Action, Resource, Context)) {
    for role in Role::ALL {
        for class in AgencyClass::ALL {
            for action in Action::ALL {
                for purpose in Purpose::ALL {
                    // Out of its class a role is looked at where it could do most.
                    let relations = if *class == class_of(*role) { RELATIONS.as_slice() } else { &["member"] };
                    for relation in relations {
                        let (mut principal, resource, context) = request(*role, *purpose, relation);
                        principal.agency_class = *class;
                        look(relation, principal, *action, resource, Context { case: true, ..context });
                    }
                }
            }
        }
    }
}

#[test]
fn red_lines_hold_for_every_role_class_and_action_sg_038_sg_054_sg_058() {
    let policies = policies();
    everywhere(|relation, principal, action, resource, context| {
        let told = format!("{} of {} may {action} for {} as {relation}", principal.role, principal.agency_class, context.purpose);
        let class = principal.agency_class;
        let role = principal.role;
        let allowed = policies.decide(&principal, action, &resource, context).unwrap().allowed;
        let closed = relation == "excluded" || context.purpose == Purpose::Return || class == AgencyClass::Immigration || !belongs(role, class);
        assert!(!(allowed && closed), "{told}");
        // To report somebody as a possible victim is open to more than to read of one.
        let victims = matches!(action.resource().as_str(), "Victim" | "Identity" | "Consent" | "Referral") && action != Action::VictimOpen;
        let far =
            matches!(role, Role::PlatformAnalyst | Role::ComplianceAnalyst | Role::FiuAnalyst | Role::Administrator | Role::Auditor | Role::Observer);
        assert!(!(allowed && victims && far), "{told}: a victim's record");
        let files = matches!(action.resource().as_str(), "Case" | "Party" | "Evidence");
        let outside = matches!(role, Role::PlatformAnalyst | Role::Administrator | Role::Auditor | Role::Observer);
        assert!(!(allowed && files && outside), "{told}: case data");
    });
}

#[test]
fn break_glass_adds_three_readings_and_takes_victims_away_sg_055() {
    let policies = policies();
    let mut added = BTreeSet::new();
    for role in Role::ALL {
        for action in Action::ALL {
            for purpose in Purpose::ALL {
                for relation in RELATIONS {
                    let (principal, resource, context) = request(*role, *purpose, relation);
                    let before = policies.decide(&principal, *action, &resource, context).unwrap().allowed;
                    let broken = policies.decide(&principal, *action, &resource, Context { break_glass: true, ..context }).unwrap().allowed;
                    if broken && !before {
                        added.insert(action.as_str());
                    }
                    let victims = matches!(action.resource().as_str(), "Victim" | "Identity" | "Consent" | "Referral");
                    assert!(!(broken && victims), "{role} may {action} by break-glass");
                }
            }
        }
    }
    assert_eq!(added, BTreeSet::from(["case.read", "evidence.read", "party.read"]));
}

#[test]
fn policies_that_cannot_be_understood_are_refused() {
    let (schema, _) = shipped();
    let parse = |text: &str| Policies::parse(&schema, &[("a.cedar".into(), text.into())]).map(|_| ()).map_err(|error| error.to_string());
    for (text, says) in [
        ("permit (principal, action, resource);", "has no @id"),
        ("@id(\"a\") permit (principal, action, resource", "a.cedar"),
        ("@id(\"a\") permit (principal, action == Tributary::Action::\"case.burn\", resource);", "case.burn"),
        ("@id(\"a\") permit (principal, action, resource) when { principal.religion == \"x\" };", "religion"),
        ("@id(\"a\") permit (principal, action, resource);\n@id(\"a\") forbid (principal, action, resource);", "a.cedar"),
    ] {
        let error = parse(text).unwrap_err();
        assert!(error.contains(says), "{text}: {error}");
    }
    assert!(Policies::parse("entity {", &[]).is_err());
}
