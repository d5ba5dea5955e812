//! One question to the policies, and its answer.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::str::FromStr;

use cedar_policy::{
    Authorizer, Context as CedarContext, Entities, Entity, EntityId, EntityTypeName, EntityUid, PolicyId, PolicySet, Request, RestrictedExpression,
    Schema, ValidationMode, Validator,
};

use crate::{AccessError, Action, AgencyClass, Handling, Purpose, ResourceType, Role};

/// Who asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The account.
    pub id: String,
    /// Its one role.
    pub role: Role,
    /// Its agency's id.
    pub agency: String,
    /// What kind of agency that is.
    pub agency_class: AgencyClass,
    /// The unit within the agency; different readers come from different ones (SG-015).
    pub unit: String,
    /// Vetting, 0 (none) to 3.
    pub vetting: u8,
    /// Whether the vetting has not run out at the time of the question.
    pub vetting_valid: bool,
    /// Jurisdictions served, as ISO 3166 codes.
    pub jurisdictions: BTreeSet<String>,
    /// Whether a second factor was shown in this session.
    pub mfa: bool,
}

/// What the question is about. Where a type lacks an attribute it is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// Its id, or `new` for what does not exist yet, `all` for a list.
    pub id: String,
    /// The agency that owns it.
    pub owner: String,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// 0 (members) to 3 (compartment).
    pub sensitivity: u8,
    /// How it may be handled.
    pub handling: Handling,
    /// Accounts that are members of its case.
    pub members: BTreeSet<String>,
    /// Agencies that share its case.
    pub member_agencies: BTreeSet<String>,
    /// Agencies that it names, and that must not learn of it (SG-058).
    pub excluded_agencies: BTreeSet<String>,
    /// The account it is assigned to.
    pub assigned: String,
    /// The account that made it.
    pub author: String,
    /// An alert whose identities are hidden.
    pub masked: bool,
    /// A victim under 18.
    pub minor: bool,
}

impl Default for Resource {
    fn default() -> Self {
        Self {
            id: "new".into(),
            owner: String::new(),
            jurisdiction: String::new(),
            sensitivity: 0,
            handling: Handling::P,
            members: BTreeSet::new(),
            member_agencies: BTreeSet::new(),
            excluded_agencies: BTreeSet::new(),
            assigned: String::new(),
            author: String::new(),
            masked: false,
            minor: false,
        }
    }
}

/// Under what circumstances.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is one fact that policies read by its name")]
pub struct Context {
    /// What for.
    pub purpose: Purpose,
    /// A case was stated, and the principal is a member of it.
    pub case: bool,
    /// A legal basis was stated.
    pub legal_basis: bool,
    /// Break-glass is in force for the principal and the case (SG-055).
    pub break_glass: bool,
    /// The risks of contacting the person have just been read (SG-036).
    pub risk_ack: bool,
    /// A consent covers it (SG-035).
    pub consent: bool,
}

impl Context {
    /// Nothing but a purpose.
    #[must_use]
    pub const fn of(purpose: Purpose) -> Self {
        Self { purpose, case: false, legal_basis: false, break_glass: false, risk_ack: false, consent: false }
    }
}

/// The answer, and the ids of the policies it rests on; none stands under a *no* that no policy says yes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// Yes or no.
    pub allowed: bool,
    /// Ids of the policies, in order.
    pub policies: Vec<String>,
}

/// A set of policies that agree with their schema.
#[derive(Debug)]
pub struct Policies {
    schema: Schema,
    set: PolicySet,
}

impl Policies {
    /// Reads a schema and policy files (name, text). Every policy has an `@id`; ids are unique over all files.
    ///
    /// # Errors
    /// [`AccessError`] with the file where something does not parse, has no id, or does not agree with the schema.
    pub fn parse(schema: &str, files: &[(String, String)]) -> Result<Self, AccessError> {
        let (schema, _) = Schema::from_cedarschema_str(schema).map_err(|error| AccessError::Schema(error.to_string()))?;
        let mut set = PolicySet::new();
        for (file, text) in files {
            let wrong = |message: String| AccessError::Policy { file: file.clone(), message };
            let read = PolicySet::from_str(text).map_err(|error| wrong(error.to_string()))?;
            for policy in read.policies() {
                let id = policy.annotation("id").ok_or_else(|| wrong(format!("a policy has no @id: `{}`", first_line(&policy.to_string()))))?;
                set.add(policy.new_id(PolicyId::new(id))).map_err(|error| wrong(error.to_string()))?;
            }
        }
        let checked = Validator::new(schema.clone()).validate(&set, ValidationMode::Strict);
        if !checked.validation_passed() {
            let all: Vec<String> = checked.validation_errors().map(ToString::to_string).collect();
            return Err(AccessError::Validation(all.join("; ")));
        }
        Ok(Self { schema, set })
    }

    /// Ids of all policies, in order.
    #[must_use]
    pub fn ids(&self) -> Vec<String> {
        let mut ids: Vec<String> = self.set.policies().map(|policy| policy.id().to_string()).collect();
        ids.sort();
        ids
    }

    /// May `who` do `action` to `what`? No, unless a policy says yes and none forbids.
    ///
    /// # Errors
    /// [`AccessError::Question`] when the question does not fit the schema. Callers treat it as a no.
    pub fn decide(&self, who: &Principal, action: Action, what: &Resource, context: Context) -> Result<Decision, AccessError> {
        let principal = uid("Account", &who.id)?;
        let resource = uid(action.resource().as_str(), &what.id)?;
        let act = uid("Action", action.as_str())?;
        let given = CedarContext::from_pairs(context_pairs(context)).map_err(|error| AccessError::Question(error.to_string()))?;
        let request = Request::new(principal.clone(), act, resource.clone(), given, Some(&self.schema))
            .map_err(|error| AccessError::Question(error.to_string()))?;
        let entities = self.entities(who, principal, what, resource, action.resource())?;
        let answer = Authorizer::new().is_authorized(&request, &self.set, &entities);
        // A policy that cannot be evaluated is left out by Cedar; one that would have forbidden must not be lost that way.
        let failed = answer.diagnostics().errors().next().map(ToString::to_string);
        if let Some(failed) = failed {
            return Err(AccessError::Question(failed));
        }
        let mut policies: Vec<String> = answer.diagnostics().reason().map(ToString::to_string).collect();
        policies.sort();
        Ok(Decision { allowed: answer.decision() == cedar_policy::Decision::Allow, policies })
    }

    fn entities(
        &self,
        who: &Principal,
        principal: EntityUid,
        what: &Resource,
        resource: EntityUid,
        kind: ResourceType,
    ) -> Result<Entities, AccessError> {
        let wrong = |error: &dyn std::fmt::Display| AccessError::Question(error.to_string());
        let asks = Entity::new(principal.clone(), principal_attributes(who), HashSet::new()).map_err(|error| wrong(&error))?;
        // An account may act on itself: one entity then carries the attributes of both.
        if principal == resource {
            return Entities::from_entities([asks], Some(&self.schema)).map_err(|error| wrong(&error));
        }
        let mut attributes = resource_attributes(what, kind);
        if kind == ResourceType::Account {
            attributes.extend(account_attributes(what));
        }
        let acted_on = Entity::new(resource, attributes, HashSet::new()).map_err(|error| wrong(&error))?;
        Entities::from_entities([asks, acted_on], Some(&self.schema)).map_err(|error| wrong(&error))
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().chars().take(80).collect()
}

fn uid(kind: &str, id: &str) -> Result<EntityUid, AccessError> {
    let name = EntityTypeName::from_str(&format!("Tributary::{kind}")).map_err(|error| AccessError::Question(error.to_string()))?;
    Ok(EntityUid::from_type_name_and_id(name, EntityId::new(id)))
}

fn text(value: &str) -> RestrictedExpression {
    RestrictedExpression::new_string(value.to_owned())
}

fn set(values: &BTreeSet<String>) -> RestrictedExpression {
    RestrictedExpression::new_set(values.iter().map(|value| text(value)))
}

type Attributes = HashMap<String, RestrictedExpression>;

fn principal_attributes(who: &Principal) -> Attributes {
    let own = Resource {
        owner: who.agency.clone(),
        jurisdiction: who.jurisdictions.first().cloned().unwrap_or_default(),
        member_agencies: BTreeSet::from([who.agency.clone()]),
        ..Resource::default()
    };
    let mut attributes = resource_attributes(&own, ResourceType::Account);
    attributes.extend([
        ("id".to_owned(), text(&who.id)),
        ("role".to_owned(), text(who.role.as_str())),
        ("agency".to_owned(), text(&who.agency)),
        ("agency_class".to_owned(), text(who.agency_class.as_str())),
        ("unit".to_owned(), text(&who.unit)),
        ("vetting".to_owned(), RestrictedExpression::new_long(i64::from(who.vetting))),
        ("vetting_valid".to_owned(), RestrictedExpression::new_bool(who.vetting_valid)),
        ("jurisdictions".to_owned(), set(&who.jurisdictions)),
        ("mfa".to_owned(), RestrictedExpression::new_bool(who.mfa)),
    ]);
    attributes
}

/// What an account has as the object of an action; nothing of it decides but its owner.
fn account_attributes(what: &Resource) -> Attributes {
    let none = Principal {
        id: what.id.clone(),
        role: Role::Observer,
        agency: what.owner.clone(),
        agency_class: AgencyClass::CivilSociety,
        unit: String::new(),
        vetting: 0,
        vetting_valid: false,
        jurisdictions: BTreeSet::new(),
        mfa: false,
    };
    let mut attributes = principal_attributes(&none);
    attributes.extend(resource_attributes(what, ResourceType::Account));
    attributes
}

fn resource_attributes(what: &Resource, kind: ResourceType) -> Attributes {
    let mut attributes: Attributes = HashMap::from([
        ("owner".to_owned(), text(&what.owner)),
        ("jurisdiction".to_owned(), text(&what.jurisdiction)),
        ("sensitivity".to_owned(), RestrictedExpression::new_long(i64::from(what.sensitivity))),
        ("handling".to_owned(), text(what.handling.as_str())),
        ("members".to_owned(), set(&what.members)),
        ("member_agencies".to_owned(), set(&what.member_agencies)),
        ("excluded_agencies".to_owned(), set(&what.excluded_agencies)),
        ("assigned".to_owned(), text(&what.assigned)),
        ("author".to_owned(), text(&what.author)),
    ]);
    match kind {
        ResourceType::Alert => attributes.extend([("masked".to_owned(), RestrictedExpression::new_bool(what.masked))]),
        ResourceType::Victim | ResourceType::Identity => attributes.extend([("minor".to_owned(), RestrictedExpression::new_bool(what.minor))]),
        _ => {}
    }
    attributes
}

fn context_pairs(context: Context) -> [(String, RestrictedExpression); 6] {
    let fact = |name: &str, value: bool| (name.to_owned(), RestrictedExpression::new_bool(value));
    [
        ("purpose".to_owned(), text(context.purpose.as_str())),
        fact("case", context.case),
        fact("legal_basis", context.legal_basis),
        fact("break_glass", context.break_glass),
        fact("risk_ack", context.risk_ack),
        fact("consent", context.consent),
    ]
}
