//! Rules an auditor holds a ledger to, and the lines of the transparency report, as data (specs/audit-rules.md).

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::entry::{is_kind, is_name, is_token};

/// Bytes of a rules file.
pub const RULES_BYTES_MAX: usize = 1 << 18;
/// Rules of one sort.
pub const RULES_MAX: usize = 256;
/// How many entries a rule may ask for.
pub const COUNT_MAX: u64 = 16;

/// Why rules are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// Not the form.
    #[error("not a rules file: {0}")]
    Shape(String),
    /// A rule makes no sense.
    #[error("rule `{rule}`: {why}")]
    Rule {
        /// Its id.
        rule: String,
        /// What is wrong.
        why: String,
    },
}

/// All rules and report lines of a file.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rules {
    /// The form's version: 1.
    pub v: u32,
    /// How far the times of entries may run backwards, in seconds; not checked where it is not given.
    pub backwards_max_seconds: Option<u64>,
    /// Words an entry may use; an empty list allows all.
    #[serde(default)]
    pub words: Words,
    /// What must stand before what.
    #[serde(default)]
    pub precede: Vec<Precede>,
    /// What must follow what, and within what time.
    #[serde(default)]
    pub follow: Vec<Follow>,
    /// What an entry must say.
    #[serde(default)]
    pub require: Vec<Require>,
    /// Lines of the transparency report.
    #[serde(default)]
    pub line: Vec<Line>,
}

/// The vocabulary of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    /// Kinds of entries.
    #[serde(default)]
    pub kinds: BTreeSet<String>,
    /// Names of references.
    #[serde(default)]
    pub refs: BTreeSet<String>,
    /// Names of tags.
    #[serde(default)]
    pub tags: BTreeSet<String>,
}

/// Tags and the values they must have.
pub type Tags = BTreeMap<String, String>;

/// An entry of kind `when` must be preceded by others about the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Precede {
    /// Name of the rule.
    pub id: String,
    /// What to do where it is broken.
    pub remedy: String,
    /// The kind of entry the rule speaks of.
    pub when: String,
    /// Only those with these tags.
    #[serde(default, rename = "where")]
    pub filter: Tags,
    /// Not those with all of these tags. Silence, or another word, is no exception.
    #[serde(default)]
    pub unless: Tags,
    /// The reference both must share.
    #[serde(rename = "ref")]
    pub reference: String,
    /// Kinds that must stand before, each at least once.
    pub need: Vec<String>,
    /// Tags these must have.
    #[serde(default)]
    pub need_where: Tags,
    /// How many there must be; as many as there are kinds where it is not given.
    pub count: Option<u64>,
    /// The tag of the entry that says how many; the greater of both counts.
    pub count_tag: Option<String>,
    /// References in which no two of them may agree: `actor`, `unit`.
    #[serde(default)]
    pub distinct: Vec<String>,
    /// Kinds whose entries about the same thing must differ from all of them in `distinct`: who proposed does not sign.
    #[serde(default)]
    pub apart_from: Vec<String>,
    /// Tags in which they must agree with the entry.
    #[serde(default)]
    pub same: Vec<String>,
    /// Roles (tag `role`) of which each must be among them.
    #[serde(default)]
    pub roles: Vec<String>,
    /// The tag of the entry that names further roles, parted by `:`.
    pub roles_tag: Option<String>,
    /// The kind that takes one of them back.
    pub withdrawn: Option<String>,
    /// Taken back by the same value of this reference; by anybody where it is not given.
    pub withdrawn_by: Option<String>,
    /// Only what stands after the last such entry about the same thing counts: one sign-off, one dispatch.
    #[serde(default)]
    pub fresh: bool,
}

/// An entry of kind `when` must be followed by another about the same thing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Follow {
    /// Name of the rule.
    pub id: String,
    /// What to do where it is broken.
    pub remedy: String,
    /// The kind of entry the rule speaks of.
    pub when: String,
    /// Only those with these tags.
    #[serde(default, rename = "where")]
    pub filter: Tags,
    /// The reference both must share.
    #[serde(rename = "ref")]
    pub reference: String,
    /// The kind that must follow.
    pub need: String,
    /// Tags it must have.
    #[serde(default)]
    pub need_where: Tags,
    /// Hours it may take.
    pub within_hours: u64,
    /// The tag of the entry that says how many of these hours it may take: 1 up to `within_hours`.
    pub within_tag: Option<String>,
    /// References in which it must differ: somebody else, of another unit.
    #[serde(default)]
    pub apart: Vec<String>,
}

/// An entry of kind `when` must have these.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Require {
    /// Name of the rule.
    pub id: String,
    /// What to do where it is broken.
    pub remedy: String,
    /// The kind of entry the rule speaks of.
    pub when: String,
    /// Only those with these tags.
    #[serde(default, rename = "where")]
    pub filter: Tags,
    /// Tags it must have.
    #[serde(default)]
    pub tags: Vec<String>,
    /// References it must have.
    #[serde(default)]
    pub refs: Vec<String>,
}

/// One table of the transparency report: how many entries, by what.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Name of the line.
    pub id: String,
    /// What it is called in print.
    pub title: String,
    /// The kind counted.
    pub kind: String,
    /// Only those with these tags.
    #[serde(default, rename = "where")]
    pub filter: Tags,
    /// Tags to group by, at most three.
    #[serde(default)]
    pub by: Vec<String>,
    /// Count the last entry of each value of this reference only: a thing decided twice counts once.
    pub once_per: Option<String>,
}

impl Rules {
    /// The rules that Tributary ships.
    ///
    /// # Errors
    /// Never; a test holds it.
    pub fn standard() -> Result<Self, RulesError> {
        Self::parse(STANDARD)
    }

    /// Reads a rules file.
    ///
    /// # Errors
    /// With the rule at fault.
    pub fn parse(text: &str) -> Result<Self, RulesError> {
        if text.len() > RULES_BYTES_MAX {
            return Err(RulesError::Shape("it is longer than 256 KiB".to_owned()));
        }
        let rules: Self = toml::from_str(text).map_err(|error| RulesError::Shape(error.message().to_owned()))?;
        if rules.v != 1 {
            return Err(RulesError::Shape(format!("version {} is not known here; 1 is", rules.v)));
        }
        rules.check()?;
        Ok(rules)
    }

    fn check(&self) -> Result<(), RulesError> {
        let mut ids = BTreeSet::new();
        let all = self.precede.iter().map(|r| (&r.id, r.parts()));
        let all = all.chain(self.follow.iter().map(|r| (&r.id, r.parts())));
        let all = all.chain(self.require.iter().map(|r| (&r.id, r.parts()))).chain(self.line.iter().map(|r| (&r.id, r.parts())));
        for (count, (id, parts)) in all.enumerate() {
            let fault = |why: String| RulesError::Rule { rule: id.clone(), why };
            if count >= RULES_MAX || !is_token(id) || !ids.insert(id) {
                return Err(fault(format!("its id is no token or is taken, or there are more than {RULES_MAX} rules")));
            }
            if let Some(kind) = parts.kinds.iter().find(|kind| !is_kind(kind)) {
                return Err(fault(format!("`{kind}` is no kind")));
            }
            if let Some(name) = parts.names.iter().find(|name| !is_name(name)) {
                return Err(fault(format!("`{name}` is no name of a reference or tag")));
            }
            if let Some((name, value)) = parts.tags.iter().flat_map(|t| t.iter()).find(|(name, value)| !is_name(name) || !is_token(value)) {
                return Err(fault(format!("`{name} = {value}` is no tag")));
            }
            parts.sense.map_err(|why| fault(why.to_owned()))?;
        }
        Ok(())
    }
}

/// What of a rule is checked.
struct Parts<'a> {
    kinds: Vec<&'a String>,
    names: Vec<&'a String>,
    tags: Vec<&'a Tags>,
    sense: Result<(), &'static str>,
}

impl Precede {
    fn parts(&self) -> Parts<'_> {
        let sense = if self.need.is_empty() || self.need.len() > 8 {
            Err("`need` names one to eight kinds")
        } else if self.count.is_some_and(|count| count == 0 || count > COUNT_MAX) {
            Err("`count` is 1 to 16")
        } else if self.roles.iter().any(|role| !is_token(role)) || self.distinct.len() > 4 {
            Err("`roles` are tokens, and `distinct` names at most four references")
        } else if !self.apart_from.is_empty() && self.distinct.is_empty() {
            Err("`apart_from` needs `distinct`: it says in what they differ")
        } else {
            Ok(())
        };
        let names = std::iter::once(&self.reference).chain(&self.distinct).chain(&self.same);
        Parts {
            kinds: std::iter::once(&self.when).chain(&self.need).chain(&self.apart_from).chain(&self.withdrawn).collect(),
            names: names.chain(&self.count_tag).chain(&self.roles_tag).chain(&self.withdrawn_by).collect(),
            tags: vec![&self.filter, &self.unless, &self.need_where],
            sense,
        }
    }
}

impl Follow {
    fn parts(&self) -> Parts<'_> {
        let sense = if self.within_hours == 0 || self.within_hours > 24 * 366 { Err("`within_hours` is 1 to 8784") } else { Ok(()) };
        Parts {
            kinds: vec![&self.when, &self.need],
            names: std::iter::once(&self.reference).chain(&self.apart).chain(&self.within_tag).collect(),
            tags: vec![&self.filter, &self.need_where],
            sense,
        }
    }
}

impl Require {
    fn parts(&self) -> Parts<'_> {
        let sense = if self.tags.is_empty() && self.refs.is_empty() { Err("it requires nothing") } else { Ok(()) };
        Parts { kinds: vec![&self.when], names: self.tags.iter().chain(&self.refs).collect(), tags: vec![&self.filter], sense }
    }
}

impl Line {
    fn parts(&self) -> Parts<'_> {
        let sense = if self.by.len() > 3 { Err("`by` names at most three tags") } else { Ok(()) };
        Parts { kinds: vec![&self.kind], names: self.by.iter().chain(&self.once_per).collect(), tags: vec![&self.filter], sense }
    }
}

/// The text of the rules that Tributary ships.
pub const STANDARD: &str = include_str!("../rules/standard.toml");
