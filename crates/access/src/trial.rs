//! Policies on trial: single requests with the answers they must get, and red lines that no set of policies may cross.
//!
//! `policies/README.md` defines the request that a test starts from.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{AccessError, Action, AgencyClass, Context, Handling, Policies, Principal, Purpose, Resource, Role};

/// How the caller stands to what is acted on.
pub const RELATIONS: [&str; 4] = ["member", "owner_agency", "stranger", "excluded"];

/// The class of agency that a role naturally belongs to.
#[must_use]
pub const fn class_of(role: Role) -> AgencyClass {
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

/// Whether a role may be of an agency of a class at all.
#[must_use]
pub fn belongs(role: Role, class: AgencyClass) -> bool {
    let more: &[AgencyClass] = match role {
        Role::TaskForceMember => &[AgencyClass::Police, AgencyClass::Fiu],
        Role::VictimSupport | Role::Auditor => &[AgencyClass::CivilSociety],
        _ => &[],
    };
    class == class_of(role) || more.contains(&class)
}

fn texts(items: &[&str]) -> BTreeSet<String> {
    items.iter().map(|item| (*item).to_owned()).collect()
}

/// The request of policies/README.md for a role, a purpose and a relation.
#[must_use]
pub fn request(role: Role, purpose: Purpose, relation: &str) -> (Principal, Resource, Context) {
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
    let somebody = if mine { "me" } else { "somebody" };
    let resource = Resource {
        id: if relation == "self" { "me".into() } else { "target".into() },
        owner: agency.into(),
        jurisdiction: "PK".into(),
        sensitivity: 1,
        handling: Handling::P,
        members: texts(&[somebody]),
        member_agencies: texts(&[agency]),
        excluded_agencies: if relation == "excluded" { texts(&["own"]) } else { BTreeSet::new() },
        assigned: somebody.into(),
        author: "somebody".into(),
        masked: true,
        minor: false,
    };
    let context = Context { purpose, case: relation == "member", legal_basis: true, break_glass: false, risk_ack: true, consent: true };
    (principal, resource, context)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Tests {
    test: Vec<Single>,
}

/// What a test changes of a principal.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfPrincipal {
    agency_class: Option<AgencyClass>,
    agency: Option<String>,
    unit: Option<String>,
    vetting: Option<u8>,
    vetting_valid: Option<bool>,
    mfa: Option<bool>,
    jurisdictions: Option<BTreeSet<String>>,
}

/// What a test changes of a resource.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct OfResource {
    owner: Option<String>,
    jurisdiction: Option<String>,
    sensitivity: Option<u8>,
    handling: Option<Handling>,
    members: Option<BTreeSet<String>>,
    member_agencies: Option<BTreeSet<String>>,
    excluded_agencies: Option<BTreeSet<String>>,
    assigned: Option<String>,
    author: Option<String>,
    masked: Option<bool>,
    minor: Option<bool>,
}

/// One request and its answer.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Single {
    name: String,
    #[serde(default)]
    #[expect(dead_code, reason = "for readers, and for the table of safeguards")]
    safeguards: Vec<String>,
    role: Role,
    action: String,
    purpose: Purpose,
    relation: String,
    #[serde(default)]
    principal: OfPrincipal,
    #[serde(default)]
    resource: OfResource,
    #[serde(default)]
    context: BTreeMap<String, bool>,
    expect: Expect,
    by: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Expect {
    Allow,
    Deny,
}

fn change<T: Clone>(field: &mut T, to: Option<&T>) {
    if let Some(to) = to {
        field.clone_from(to);
    }
}

impl Single {
    fn request(&self) -> Result<(Principal, Action, Resource, Context), AccessError> {
        let (mut principal, mut resource, mut context) = request(self.role, self.purpose, &self.relation);
        let of = &self.principal;
        change(&mut principal.agency_class, of.agency_class.as_ref());
        change(&mut principal.agency, of.agency.as_ref());
        change(&mut principal.unit, of.unit.as_ref());
        change(&mut principal.vetting, of.vetting.as_ref());
        change(&mut principal.vetting_valid, of.vetting_valid.as_ref());
        change(&mut principal.mfa, of.mfa.as_ref());
        change(&mut principal.jurisdictions, of.jurisdictions.as_ref());
        let of = &self.resource;
        change(&mut resource.owner, of.owner.as_ref());
        change(&mut resource.jurisdiction, of.jurisdiction.as_ref());
        change(&mut resource.sensitivity, of.sensitivity.as_ref());
        change(&mut resource.handling, of.handling.as_ref());
        change(&mut resource.members, of.members.as_ref());
        change(&mut resource.member_agencies, of.member_agencies.as_ref());
        change(&mut resource.excluded_agencies, of.excluded_agencies.as_ref());
        change(&mut resource.assigned, of.assigned.as_ref());
        change(&mut resource.author, of.author.as_ref());
        change(&mut resource.masked, of.masked.as_ref());
        change(&mut resource.minor, of.minor.as_ref());
        for (name, value) in &self.context {
            let fact = match name.as_str() {
                "case" => &mut context.case,
                "legal_basis" => &mut context.legal_basis,
                "break_glass" => &mut context.break_glass,
                "risk_ack" => &mut context.risk_ack,
                "consent" => &mut context.consent,
                other => return Err(AccessError::word("fact of a context", other, &["case", "legal_basis", "break_glass", "risk_ack", "consent"])),
            };
            *fact = *value;
        }
        Ok((principal, self.action.parse()?, resource, context))
    }

    /// What is wrong with the answers to it, if anything is.
    fn judge(&self, policies: &Policies, open: &Policies) -> Result<Option<String>, AccessError> {
        let (principal, action, resource, context) = self.request()?;
        let answer = policies.decide(&principal, action, &resource, context)?;
        if answer.allowed != (self.expect == Expect::Allow) {
            return Ok(Some(format!("`{}` is {}: {}", self.name, if answer.allowed { "allowed" } else { "denied" }, answer.policies.join(", "))));
        }
        let Some(by) = &self.by else { return Ok(None) };
        let answer = open.decide(&principal, action, &resource, context)?;
        let leans = answer.allowed || !answer.policies.contains(by);
        Ok(leans.then(|| format!("`{}` is not denied by `{by}` once everything is permitted", self.name)))
    }
}

/// Puts single requests (the text of a tests.toml) to policies; what fails, in order. A test with `by` must be denied by that policy also
/// when everything is permitted beside it, and every policy that forbids must have such a test.
///
/// # Errors
/// [`AccessError`] where schema, policies or tests are not understood.
pub fn tests(schema: &str, files: &[(String, String)], tests: &str) -> Result<Vec<String>, AccessError> {
    let policies = Policies::parse(schema, files)?;
    let everything = ("everything.cedar".to_owned(), "@id(\"trial.everything\") permit (principal, action, resource);".to_owned());
    let open = Policies::parse(schema, &files.iter().cloned().chain([everything]).collect::<Vec<_>>())?;
    let tests: Tests = toml::from_str(tests).map_err(|error| AccessError::Policy { file: "tests.toml".into(), message: error.to_string() })?;
    let mut failed = Vec::new();
    for single in &tests.test {
        failed.extend(single.judge(&policies, &open)?);
    }
    let tried: BTreeSet<&str> = tests.test.iter().filter_map(|single| single.by.as_deref()).collect();
    let untried = policies.ids().into_iter().filter(|id| id.starts_with("forbid.") && !tried.contains(id.as_str()));
    failed.extend(untried.map(|id| format!("no test names `{id}`")));
    Ok(failed)
}

/// What no released policies may allow, whatever their own tests say: looked at for every role, class of agency, action, purpose and
/// relation, under circumstances that open as much as they can. What they do allow of it, in order, ten lines at the most.
#[must_use]
pub fn red_lines(policies: &Policies) -> Vec<String> {
    let mut crossed = Vec::new();
    for role in Role::ALL {
        for class in AgencyClass::ALL {
            for action in Action::ALL {
                for purpose in Purpose::ALL {
                    // Out of its class a role is looked at where it could do most.
                    let relations = if *class == class_of(*role) { RELATIONS.as_slice() } else { &["member"] };
                    for relation in relations {
                        let (principal, resource, context) = request(*role, *purpose, relation);
                        let principal = Principal { agency_class: *class, ..principal };
                        let context = Context { case: true, ..context };
                        let Some(line) = red_line(&principal, *action, relation, context.purpose) else { continue };
                        if policies.decide(&principal, *action, &resource, context).is_ok_and(|answer| answer.allowed) {
                            crossed.push(format!("{role} of an agency of class {class} may {action} for {purpose} as {relation}: {line}"));
                        }
                        if crossed.len() >= 10 {
                            return crossed;
                        }
                    }
                }
            }
        }
    }
    crossed
}

/// The red line that a request would cross if it were allowed.
fn red_line(who: &Principal, action: Action, relation: &str, purpose: Purpose) -> Option<&'static str> {
    use crate::ResourceType as On;
    let on = action.resource();
    // To report somebody as a possible victim is open to more than to read of one.
    let victims = matches!(on, On::Victim | On::Identity | On::Consent | On::Referral) && action != Action::VictimOpen;
    let files = matches!(on, On::Case | On::Party | On::Evidence);
    let far =
        matches!(who.role, Role::PlatformAnalyst | Role::ComplianceAnalyst | Role::FiuAnalyst | Role::Administrator | Role::Auditor | Role::Observer);
    let outside = matches!(who.role, Role::PlatformAnalyst | Role::Administrator | Role::Auditor | Role::Observer);
    if relation == "excluded" {
        Some("an agency that a thing names learns nothing of it (SG-058)")
    } else if purpose == Purpose::Return || who.agency_class == AgencyClass::Immigration {
        Some("nothing is done for return or by immigration enforcement (SG-038)")
    } else if !belongs(who.role, who.agency_class) {
        Some("a role counts only in its class of agency (SG-054)")
    } else if victims && far {
        Some("a victim's record is not theirs to reach (SG-034)")
    } else if files && outside {
        Some("case data are not theirs to reach (SG-054)")
    } else {
        None
    }
}
