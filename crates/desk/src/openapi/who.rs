//! Who may ask: what the policies of this version allow, in short.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tributary_access::trial::request;
use tributary_access::{Action, Policies, Purpose, ResourceType, Role};

/// The most that each role can reach, as it is committed.
const MATRIX: &str = include_str!("../../../../policies/matrix.csv");

/// What is allowed of one action.
#[derive(Default)]
struct Allowed {
    /// By role: for which purposes.
    roles: BTreeMap<Role, BTreeSet<Purpose>>,
    relations: BTreeSet<String>,
    /// What must be stated or have been done beside purpose and role.
    needs: Vec<&'static str>,
    /// Everybody, for the own account.
    own: bool,
}

/// Who may ask, by action.
pub(super) struct Hints(BTreeMap<&'static str, Allowed>);

/// What one row of the matrix says: role, action, purpose, relation.
fn row(line: &str) -> Option<(Role, Action, Purpose, &str)> {
    let mut cells = line.split(',');
    let role = cells.next()?.parse().ok()?;
    let action = cells.nth(2)?.parse().ok()?;
    Some((role, action, cells.next()?.parse().ok()?, cells.next()?))
}

impl Hints {
    /// Read from the matrix; what is needed beside is found by asking the policies again without it.
    pub(super) fn new(policies: &Policies) -> Self {
        let mut all: BTreeMap<&'static str, Allowed> = BTreeMap::new();
        let mut lacking: BTreeMap<&'static str, BTreeSet<&'static str>> = BTreeMap::new();
        for (role, action, purpose, relation) in MATRIX.lines().filter_map(row) {
            let of = all.entry(action.as_str()).or_default();
            of.roles.entry(role).or_default().insert(purpose);
            of.relations.insert(relation.to_owned());
            let (who, what, context) = request(role, purpose, relation);
            let may = |context| policies.decide(&who, action, &what, context).is_ok_and(|decision| decision.allowed);
            let without = [
                ("a stated case", tributary_access::Context { case: false, ..context }),
                ("a stated legal basis", tributary_access::Context { legal_basis: false, ..context }),
                ("a consent that covers it", tributary_access::Context { consent: false, ..context }),
                ("the risks read just before", tributary_access::Context { risk_ack: false, ..context }),
            ];
            lacking.entry(action.as_str()).or_default().extend(without.iter().filter(|(_, less)| may(*less)).map(|(name, _)| *name));
        }
        let names = ["a stated case", "a stated legal basis", "a consent that covers it", "the risks read just before"];
        for (action, of) in &mut all {
            of.needs = names.into_iter().filter(|name| lacking.get(action).is_none_or(|can_go| !can_go.contains(name))).collect();
        }
        for action in Action::ALL.iter().filter(|action| action.resource() == ResourceType::Account) {
            let own = Role::ALL.iter().all(|role| {
                let (who, what, context) = request(*role, Purpose::Administration, "self");
                policies.decide(&who, *action, &what, context).is_ok_and(|decision| decision.allowed)
            });
            all.entry(action.as_str()).or_default().own = own;
        }
        Self(all)
    }

    /// Nothing is known.
    pub(super) const fn none() -> Self {
        Self(BTreeMap::new())
    }

    /// As data: action, roles with their purposes, what is needed.
    pub(super) fn data(&self, actions: &[Action]) -> Value {
        let one = |action: &Action| {
            let of = self.0.get(action.as_str());
            let roles = of.map(|of| of.roles.iter().map(|(role, purposes)| (role.as_str(), words(purposes))).collect::<BTreeMap<_, _>>());
            json!({ "action": action.as_str(), "roles": roles, "needs": of.map(|of| &of.needs), "own_account": of.is_some_and(|of| of.own) })
        };
        actions.iter().map(one).collect()
    }

    /// As a sentence.
    pub(super) fn sentence(&self, actions: &[Action]) -> String {
        let said: Vec<String> = actions.iter().map(|action| format!("`{}`: {}", action.as_str(), self.one(*action))).collect();
        said.join("; ")
    }

    fn one(&self, action: Action) -> String {
        let Some(of) = self.0.get(action.as_str()) else { return "nobody".into() };
        // Roles with the same purposes are said together.
        let mut together: BTreeMap<Vec<&str>, Vec<&str>> = BTreeMap::new();
        for (role, purposes) in &of.roles {
            together.entry(words(purposes)).or_default().push(role.as_str());
        }
        let mut parts: Vec<String> =
            together.into_iter().map(|(purposes, roles)| format!("{} (for {})", roles.join(", "), purposes.join(", "))).collect();
        if of.own {
            parts.push("everybody on the own account".into());
        }
        if of.relations.len() == 1 && of.relations.contains("member") {
            parts.push("only who was put on it".into());
        }
        if !of.needs.is_empty() {
            parts.push(format!("with {}", of.needs.join(" and ")));
        }
        parts.join("; ")
    }
}

fn words(purposes: &BTreeSet<Purpose>) -> Vec<&'static str> {
    purposes.iter().map(|purpose| purpose.as_str()).collect()
}
