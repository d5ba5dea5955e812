//! The policies as they are shipped: the golden matrix, the single requests of tests.toml, and what holds over all of them.

use std::collections::BTreeSet;
use std::path::Path;

use tributary_access::trial::{self, RELATIONS, class_of, request};
use tributary_access::{Action, Context, Lack, Policies, Purpose, Role, shipped};

const FOLDER: &str = "../../policies";
/// Policies that no row of the matrix needs alone.
const KNOWN_BY_SINGLE_REQUESTS: [&str; 2] = ["administration.own_account", "cases.break_glass_read"];

/// What is built into the program is what stands in the folder: no file is forgotten.
#[test]
fn every_policy_file_is_shipped() {
    assert_eq!((shipped::SCHEMA.to_owned(), shipped::files()), in_the_folder());
}

fn in_the_folder() -> (String, Vec<(String, String)>) {
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
    Policies::shipped().unwrap()
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

#[test]
fn single_requests_get_the_answers_they_must() {
    let (schema, files) = (shipped::SCHEMA, shipped::files());
    assert_eq!(trial::tests(schema, &files, &tests()).unwrap(), Vec::<String>::new());
}

#[test]
fn a_test_that_fails_is_named_and_a_forbid_without_a_test_too() {
    let (schema, mut files) = (shipped::SCHEMA, shipped::files());
    files.push(("more.cedar".into(), "@id(\"forbid.more\") forbid (principal, action == Tributary::Action::\"case.read\", resource);".into()));
    let failed = trial::tests(schema, &files, &tests()).unwrap();
    assert!(failed.contains(&"no test names `forbid.more`".to_owned()), "{failed:?}");
    assert!(failed.iter().any(|line| line.contains("is denied")), "{failed:?}");
}

fn tests() -> String {
    std::fs::read_to_string(format!("{FOLDER}/tests.toml")).unwrap()
}

#[test]
fn every_permit_is_needed() {
    let policies = policies();
    let mut needed = BTreeSet::new();
    for role in Role::ALL {
        for action in Action::ALL {
            for purpose in Purpose::ALL {
                for relation in RELATIONS {
                    let (principal, resource, context) = request(*role, *purpose, relation);
                    let answer = policies.decide(&principal, *action, &resource, context).unwrap();
                    if let (true, [only]) = (answer.allowed, answer.policies.as_slice()) {
                        needed.insert(only.clone());
                    }
                }
            }
        }
    }
    let named = tests();
    let idle: Vec<String> = policies.ids().into_iter().filter(|id| !id.starts_with("forbid.") && !needed.contains(id)).collect();
    // Those that open what the matrix's circumstances do not show (the own account, break-glass, a judge's matter) have single requests.
    let unexplained: Vec<&String> = idle.iter().filter(|id| !KNOWN_BY_SINGLE_REQUESTS.contains(&id.as_str())).collect();
    assert!(unexplained.is_empty(), "no request needs {unexplained:?}; {} tests", named.matches("[[test]]").count());
}

#[test]
fn red_lines_hold_for_every_role_class_and_action_sg_038_sg_054_sg_058() {
    assert_eq!(trial::red_lines(&policies()), Vec::<String>::new());
}

#[test]
fn policies_that_cross_a_red_line_are_told() {
    let (schema, mut files) = (shipped::SCHEMA, shipped::files());
    files.retain(|(name, _)| name != "forbid.cedar");
    let everything = "@id(\"all\") permit (principal, action, resource);";
    files.push(("all.cedar".into(), everything.into()));
    let crossed = trial::red_lines(&Policies::parse(schema, &files).unwrap());
    assert_eq!(crossed.len(), 10, "{crossed:?}");
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
    let schema = shipped::SCHEMA;
    let parse = |text: &str| Policies::parse(schema, &[("a.cedar".into(), text.into())]).map(|_| ()).map_err(|error| error.to_string());
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

/// What lacks is named when one thing more, or two, would do: for every denial that it names, supplying it gives a yes.
#[test]
fn what_lacks_would_do_and_is_as_little_as_can_be() {
    let policies = policies();
    let mut named = BTreeSet::new();
    for role in Role::ALL {
        for action in Action::ALL {
            let (who, what, context) = request(*role, Purpose::Investigation, "member");
            let bare = Context { case: false, legal_basis: false, risk_ack: false, ..context };
            if policies.decide(&who, *action, &what, bare).unwrap().allowed {
                continue;
            }
            let lacks = policies.lacks(&who, *action, &what, bare);
            assert!(lacks.len() <= 2);
            let (mut who, mut full) = (who, bare);
            for lack in &lacks {
                match lack {
                    Lack::Case => full.case = true,
                    Lack::LegalBasis => full.legal_basis = true,
                    Lack::Vetting => (who.vetting, who.vetting_valid) = (3, true),
                    Lack::Risks => full.risk_ack = true,
                    Lack::Purpose(purposes) => full.purpose = *purposes.first().unwrap(),
                }
                named.insert(format!("{lack:?}").chars().take(5).collect::<String>());
            }
            let would = policies.decide(&who, *action, &what, full).unwrap().allowed;
            assert_eq!(would, !lacks.is_empty(), "{role} {action}: {lacks:?}");
        }
    }
    assert!(named.len() >= 4, "{named:?}");
    let (mut who, what, context) = request(Role::PoliceAnalyst, Purpose::Investigation, "member");
    who.vetting_valid = false;
    assert_eq!(policies.lacks(&who, Action::CaseRead, &what, context), [Lack::Vetting]);
    let (who, what, context) = request(Role::PoliceAnalyst, Purpose::Investigation, "excluded");
    assert_eq!(policies.lacks(&who, Action::CaseRead, &what, context), [], "nothing opens a compartment");
}
