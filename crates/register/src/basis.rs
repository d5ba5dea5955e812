//! Legal bases (SG-001, SG-056): what may be stated with a request, who may rely on it and for what.
//!
//! A caller states a code. It counts when the list has it for the caller's class of agency and purpose and it is in force, or when it is
//! `order:ID` of an order that was recorded in the stated case, confirmed by somebody else, covers the purpose, and has not ended or been
//! revoked. Everything else is as if nothing had been stated.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{AgencyClass, Purpose};
use tributary_cases::Writing;
use tributary_model::Date;

use crate::acting::Caller;
use crate::case::{Order, Party};
use crate::{RegisterError, victim};

/// The longest text read, in bytes.
const BYTES_MAX: usize = 1 << 20;
/// Lines of a list.
const LINES_MAX: usize = 500;
/// How an order is stated.
const ORDER: &str = "order:";

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statute {
    /// Its code, such as `pk-ptpa-2018`.
    pub code: String,
    /// The act.
    pub act: String,
    /// What it is relied on for, in our words.
    pub title: String,
    /// Who may rely on it.
    pub agency_classes: BTreeSet<AgencyClass>,
    /// For what.
    pub purposes: BTreeSet<Purpose>,
    /// The first day; none: not known.
    #[serde(default)]
    pub valid_from: Option<Date>,
    /// The last day; none: in force, as far as is known.
    #[serde(default)]
    pub valid_until: Option<Date>,
    /// No basis by itself: an order under it is.
    #[serde(default)]
    pub needs_order: bool,
    /// How well it is known: V text opened, W from an excerpt, M from memory.
    pub mark: String,
    /// From where.
    pub source: String,
}

impl Statute {
    fn in_force(&self, today: Date) -> bool {
        self.valid_from.is_none_or(|from| from <= today) && self.valid_until.is_none_or(|until| today <= until)
    }
}

/// The list of one country.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Statutes {
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// Version of the list.
    pub version: String,
    /// Who answers for it.
    pub owner: String,
    /// Looked through again by then.
    pub review_on: Date,
    /// Its lines.
    #[serde(rename = "basis")]
    pub lines: Vec<Statute>,
}

impl Statutes {
    /// Reads a list.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] with what is wrong: too long, not TOML, a code twice or in other than small letters, digits and hyphens.
    pub fn parse(text: &str) -> Result<Self, RegisterError> {
        let wrong = |why: String| RegisterError::invalid("bases", why);
        if text.len() > BYTES_MAX {
            return Err(wrong(format!("at most {BYTES_MAX} bytes")));
        }
        let list: Self = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        if list.lines.len() > LINES_MAX {
            return Err(wrong(format!("at most {LINES_MAX} lines")));
        }
        let mut codes = BTreeSet::new();
        for line in &list.lines {
            let formed = !line.code.is_empty() && line.code.len() <= 64;
            if !formed || !line.code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-') {
                return Err(wrong(format!("`{}`: a code is of small letters, digits and hyphens", line.code.chars().take(64).collect::<String>())));
            }
            if !codes.insert(&line.code) {
                return Err(wrong(format!("`{}` stands there twice", line.code)));
            }
        }
        Ok(list)
    }

    /// The list of this version (`bases/pk.toml`).
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] where it does not parse, which a test rules out.
    pub fn shipped() -> Result<Self, RegisterError> {
        Self::parse(include_str!("../../../bases/pk.toml"))
    }

    /// A list without a line: no basis counts.
    #[must_use]
    pub fn none(jurisdiction: &str) -> Self {
        Self { jurisdiction: jurisdiction.to_owned(), version: String::new(), owner: String::new(), review_on: Date(0), lines: Vec::new() }
    }

    fn line(&self, code: &str) -> Option<&Statute> {
        self.lines.iter().find(|line| line.code == code)
    }

    /// Whether a code may be relied on by itself.
    fn covers(&self, code: &str, class: AgencyClass, purpose: Purpose, today: Date) -> bool {
        self.line(code)
            .is_some_and(|line| !line.needs_order && line.in_force(today) && line.agency_classes.contains(&class) && line.purposes.contains(&purpose))
    }

    /// Whether an order may be recorded under a code, for these purposes.
    pub(crate) fn takes_order(&self, code: &str, class: AgencyClass, purposes: &BTreeSet<Purpose>, today: Date) -> bool {
        let fits = |line: &Statute| line.in_force(today) && line.agency_classes.contains(&class) && purposes.is_subset(&line.purposes);
        self.line(code).is_some_and(fits)
    }
}

/// A basis that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Basis {
    /// As it was stated.
    pub stated: String,
    /// The code of the list.
    pub code: String,
    /// The order, where it is one.
    pub order: Option<Order>,
}

impl Basis {
    /// Whether it is an order that names this person: a party or a victim's record.
    #[must_use]
    pub fn names(&self, person: &str) -> bool {
        self.order.as_ref().is_some_and(|order| order.persons.contains(person))
    }
}

/// The basis that a caller states, where it counts.
pub(crate) async fn stated(writing: &mut Writing, statutes: &Statutes, caller: &Caller, today: Date) -> Result<Option<Basis>, RegisterError> {
    let Some(stated) = caller.legal_basis.as_deref().map(str::trim) else { return Ok(None) };
    let Some(id) = stated.strip_prefix(ORDER) else {
        let covers = statutes.covers(stated, caller.principal.agency_class, caller.purpose, today);
        return Ok(covers.then(|| Basis { stated: stated.to_owned(), code: stated.to_owned(), order: None }));
    };
    let order = writing.get::<Order>(id).await?.map(|order| order.body);
    let holds = |order: &Order| {
        order.in_force(today)
            && caller.case.as_deref() == Some(order.placed.case.as_str())
            && order.placed.seen_by(&caller.principal.agency)
            && order.purposes.contains(&caller.purpose)
            && statutes.line(&order.basis).is_some_and(|line| line.agency_classes.contains(&caller.principal.agency_class))
    };
    Ok(order.filter(holds).map(|order| Basis { stated: stated.to_owned(), code: order.basis.clone(), order: Some(order) }))
}

/// Whether what was stated with an earlier request is still in force: an order that ended or was revoked is not.
pub(crate) async fn still_holds(writing: &mut Writing, statutes: &Statutes, stated: &str, today: Date) -> Result<bool, RegisterError> {
    match stated.strip_prefix(ORDER) {
        None => Ok(statutes.line(stated).is_some_and(|line| !line.needs_order && line.in_force(today))),
        Some(id) => Ok(writing.get::<Order>(id).await?.is_some_and(|order| order.body.in_force(today))),
    }
}

/// The code of the list behind what was stated: of an order, the line that it was made under.
pub(crate) async fn code_of(writing: &mut Writing, stated: &str) -> Result<String, RegisterError> {
    let Some(id) = stated.strip_prefix(ORDER) else { return Ok(stated.to_owned()) };
    Ok(writing.get::<Order>(id).await?.map_or_else(|| stated.to_owned(), |order| order.body.basis))
}

/// Refuses persons that are neither parties nor victims' records of a case.
pub(crate) async fn checked_persons(writing: &mut Writing, case: &str, persons: &BTreeSet<String>) -> Result<(), RegisterError> {
    for person in persons {
        let party = writing.get::<Party>(person).await?.is_some_and(|party| party.body.placed.case == case);
        let victim = writing.get::<victim::Victim>(person).await?.is_some_and(|victim| victim.body.case.as_deref() == Some(case));
        if !party && !victim {
            return Err(RegisterError::invalid("persons", "parties and victims' records of the case, by their ids"));
        }
    }
    Ok(())
}
