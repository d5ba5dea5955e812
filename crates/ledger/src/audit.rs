//! Holding entries against rules. Nothing here trusts the log's operator: what an entry does not say does not count.

use std::collections::{BTreeMap, BTreeSet};

use crate::entry::{Entry, Pseudonym};
use crate::rules::{COUNT_MAX, Follow, Precede, Require, Rules, Tags};

/// Steps of the search for people who satisfy a rule, after which it is told as undecided: no ledger of honest making comes near.
const STEPS_MAX: u32 = 200_000;
const HOUR: u64 = 3_600_000;

/// A rule that an entry breaks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Finding {
    /// The entry's index.
    pub index: u64,
    /// The rule's id.
    pub rule: String,
    /// The entry's kind.
    pub kind: String,
    /// What is missing or wrong.
    pub what: String,
    /// What to do.
    pub remedy: String,
}

/// Entries by kind, reference's name and pseudonym, in the log's order.
struct Index<'a> {
    entries: &'a [(u64, Entry)],
    about: BTreeMap<(&'a str, &'a str, Pseudonym), Vec<usize>>,
}

impl<'a> Index<'a> {
    fn new(entries: &'a [(u64, Entry)]) -> Self {
        let mut about: BTreeMap<_, Vec<usize>> = BTreeMap::new();
        for (place, (_, entry)) in entries.iter().enumerate() {
            for (name, value) in entry.refs() {
                about.entry((entry.kind(), name.as_str(), *value)).or_default().push(place);
            }
        }
        Self { entries, about }
    }

    /// Entries of a kind about a thing, with their places.
    fn about<'s>(&'s self, kind: &'s str, name: &'s str, value: Pseudonym) -> impl Iterator<Item = (usize, &'a Entry)> + 's {
        let places = self.about.get(&(kind, name, value)).map_or(&[][..], Vec::as_slice);
        places.iter().filter_map(|place| self.entries.get(*place).map(|(_, entry)| (*place, entry)))
    }
}

fn fits(entry: &Entry, tags: &Tags) -> bool {
    tags.iter().all(|(name, value)| entry.tag(name) == Some(value.as_str()))
}

/// Holds entries (with their indices, in the log's order) against rules. `as_of`, in milliseconds since 1970, says which deadlines have
/// passed. Findings come in the order of entries, then of rules.
#[must_use]
pub fn audit(entries: &[(u64, Entry)], rules: &Rules, as_of: u64) -> Vec<Finding> {
    let index = Index::new(entries);
    let mut findings = Vec::new();
    let mut latest = 0;
    for (place, (number, entry)) in entries.iter().enumerate() {
        let mut tell = |rule: &str, what: String, remedy: &str| {
            let (rule, kind, remedy) = (rule.to_owned(), entry.kind().to_owned(), remedy.to_owned());
            findings.push(Finding { index: *number, rule, kind, what, remedy });
        };
        if let Some(most) = rules.backwards_max_seconds.filter(|most| entry.at().saturating_add(most.saturating_mul(1000)) < latest) {
            let what = format!("its time lies {} s before an earlier entry's; at most {most} are allowed", (latest - entry.at()) / 1000);
            tell("clock", what, "find out whose clock or hand set it: entries are written when things happen");
        }
        latest = latest.max(entry.at());
        for what in unknown_words(entry, rules) {
            tell("words", what, "use the words the rules list; anything else may tell what must not be told");
        }
        let of_kind = |when: &str, filter: &Tags| entry.kind() == when && fits(entry, filter);
        let excused = |unless: &Tags| !unless.is_empty() && fits(entry, unless);
        for rule in rules.precede.iter().filter(|rule| of_kind(&rule.when, &rule.filter) && !excused(&rule.unless)) {
            if let Err(what) = precede(&index, place, entry, rule) {
                tell(&rule.id, what, &rule.remedy);
            }
        }
        for rule in rules.follow.iter().filter(|rule| of_kind(&rule.when, &rule.filter)) {
            if let Err(what) = follow(&index, place, entry, rule, as_of) {
                tell(&rule.id, what, &rule.remedy);
            }
        }
        for rule in rules.require.iter().filter(|rule| of_kind(&rule.when, &rule.filter)) {
            if let Err(what) = require(entry, rule) {
                tell(&rule.id, what, &rule.remedy);
            }
        }
    }
    findings
}

fn unknown_words(entry: &Entry, rules: &Rules) -> Vec<String> {
    let words = &rules.words;
    let unknown = |list: &BTreeSet<String>, word: &str| !list.is_empty() && !list.contains(word);
    let kind = unknown(&words.kinds, entry.kind()).then(|| format!("the kind `{}` is not among the rules' words", entry.kind()));
    let refs =
        entry.refs().keys().filter(|name| unknown(&words.refs, name)).map(|name| format!("the reference `{name}` is not among the rules' words"));
    let tags = entry.tags().keys().filter(|name| unknown(&words.tags, name)).map(|name| format!("the tag `{name}` is not among the rules' words"));
    kind.into_iter().chain(refs).chain(tags).collect()
}

fn require(entry: &Entry, rule: &Require) -> Result<(), String> {
    let tags = rule.tags.iter().filter(|name| entry.tag(name).is_none()).map(|name| format!("tag `{name}`"));
    let refs = rule.refs.iter().filter(|name| entry.reference(name).is_none()).map(|name| format!("reference `{name}`"));
    let missing: Vec<String> = tags.chain(refs).collect();
    if missing.is_empty() { Ok(()) } else { Err(format!("it lacks {}", missing.join(", "))) }
}

fn follow(index: &Index<'_>, place: usize, entry: &Entry, rule: &Follow, as_of: u64) -> Result<(), String> {
    let value = entry.reference(&rule.reference).ok_or_else(|| format!("it lacks reference `{}`", rule.reference))?;
    let hours = match &rule.within_tag {
        None => rule.within_hours,
        Some(tag) => {
            let said = entry.tag(tag).and_then(crate::hash::parse_decimal).filter(|said| (1..=rule.within_hours).contains(said));
            said.ok_or_else(|| format!("its tag `{tag}` is no number of hours from 1 to {}", rule.within_hours))?
        }
    };
    let deadline = entry.at() + hours * HOUR;
    let other = |y: &Entry| rule.apart.iter().all(|name| matches!((entry.reference(name), y.reference(name)), (Some(x), Some(y)) if x != y));
    let done =
        index.about(&rule.need, &rule.reference, value).any(|(at, y)| at > place && y.at() <= deadline && fits(y, &rule.need_where) && other(y));
    if done || as_of <= deadline {
        return Ok(());
    }
    let by = if rule.apart.is_empty() { String::new() } else { format!(" by another {}", rule.apart.join(" and ")) };
    Err(format!("no `{}`{by} followed within {hours} hours", rule.need))
}

/// What a rule asks of the entries before one.
struct Demand {
    count: usize,
    kinds: Vec<String>,
    roles: Vec<String>,
}

fn demand(entry: &Entry, rule: &Precede) -> Result<Demand, String> {
    let mut count = rule.count.unwrap_or(rule.need.len() as u64);
    if let Some(tag) = &rule.count_tag {
        let said = entry.tag(tag).ok_or_else(|| format!("it lacks tag `{tag}`, which says how many are needed"))?;
        let said = crate::hash::parse_decimal(said).filter(|said| *said <= COUNT_MAX);
        count = count.max(said.ok_or_else(|| format!("its tag `{tag}` is no number up to {COUNT_MAX}"))?);
    }
    let mut roles: BTreeSet<String> = rule.roles.iter().cloned().collect();
    if let Some(said) = rule.roles_tag.as_ref().and_then(|tag| entry.tag(tag)) {
        roles.extend(said.split(':').map(str::to_owned));
    }
    let kinds = if rule.need.len() > 1 { rule.need.clone() } else { Vec::new() };
    Ok(Demand { count: usize::try_from(count).unwrap_or(usize::MAX), kinds, roles: roles.into_iter().collect() })
}

/// An entry that may count: its kind, its role, and who made it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    kind: String,
    role: Option<String>,
    who: Vec<Pseudonym>,
}

fn precede(index: &Index<'_>, place: usize, entry: &Entry, rule: &Precede) -> Result<(), String> {
    let value = entry.reference(&rule.reference).ok_or_else(|| format!("it lacks reference `{}`", rule.reference))?;
    let demand = demand(entry, rule)?;
    let about = |kind: &'_ str| index.about(kind, &rule.reference, value).filter(|(at, _)| *at < place).collect::<Vec<_>>();
    let since = if rule.fresh { about(&rule.when).iter().filter(|(_, x)| fits(x, &rule.filter)).map(|(at, _)| at + 1).max().unwrap_or(0) } else { 0 };
    let withdrawn = rule.withdrawn.as_deref().map(about).unwrap_or_default();
    let apart: Vec<(usize, &Entry)> = rule.apart_from.iter().flat_map(|kind| about(kind)).collect();
    if let Some(kind) = rule.apart_from.iter().find(|kind| !apart.iter().any(|(_, z)| z.kind() == **kind)) {
        return Err(format!("no `{kind}` about the same `{}` stands before it, which would say who must be another", rule.reference));
    }
    let mut candidates = BTreeSet::new();
    let mut withheld = false;
    for (at, y) in rule.need.iter().flat_map(|kind| about(kind)) {
        let same = rule.same.iter().all(|tag| y.tag(tag).is_some() && y.tag(tag) == entry.tag(tag));
        if at < since || !fits(y, &rule.need_where) || !same {
            continue;
        }
        let by = |z: &Entry| rule.withdrawn_by.as_ref().is_none_or(|name| z.reference(name) == y.reference(name));
        if withdrawn.iter().any(|(taken, z)| *taken > at && by(z)) {
            withheld = true;
            continue;
        }
        let Some(who) = rule.distinct.iter().map(|name| y.reference(name)).collect::<Option<Vec<_>>>() else { continue };
        if apart.iter().any(|(_, z)| rule.distinct.iter().zip(&who).any(|(name, own)| z.reference(name).is_none_or(|other| other == *own))) {
            continue;
        }
        candidates.insert((
            if rule.distinct.is_empty() { at } else { 0 },
            Candidate { kind: y.kind().to_owned(), role: y.tag("role").map(str::to_owned), who },
        ));
    }
    let candidates: Vec<Candidate> = candidates.into_iter().map(|(_, candidate)| candidate).collect();
    let mut steps = 0;
    if choose(&candidates, &demand, &mut Vec::new(), &mut steps) {
        return Ok(());
    }
    if steps >= STEPS_MAX {
        return Err(format!("{} entries before it are too many to decide whether they suffice", candidates.len()));
    }
    Err(lacking(rule, &demand, candidates.len(), withheld))
}

fn lacking(rule: &Precede, demand: &Demand, found: usize, withheld: bool) -> String {
    let kinds = rule.need.join("` and `");
    let apart = if rule.distinct.is_empty() { String::new() } else { format!(" of {} different {}", demand.count, rule.distinct.join(" and ")) };
    let roles = if demand.roles.is_empty() { String::new() } else { format!(" in the roles {}", demand.roles.join(", ")) };
    let others = if rule.apart_from.is_empty() { String::new() } else { format!(", none by who made `{}`", rule.apart_from.join("` or `")) };
    let taken = if withheld { "; some were withdrawn" } else { "" };
    format!("it needs {} of `{kinds}`{apart}{roles}{others} before it; {found} count{taken}", demand.count)
}

/// Can `demand` be met by candidates no two of whom agree in anything that must be distinct? A search in depth: first each kind and role
/// that is still missing, then the number.
fn choose<'a>(candidates: &'a [Candidate], demand: &Demand, chosen: &mut Vec<&'a Candidate>, steps: &mut u32) -> bool {
    *steps += 1;
    if *steps >= STEPS_MAX {
        return false;
    }
    let kind = demand.kinds.iter().find(|kind| !chosen.iter().any(|c| c.kind == **kind));
    let role = demand.roles.iter().find(|role| !chosen.iter().any(|c| c.role.as_ref() == Some(*role)));
    if kind.is_none() && role.is_none() && chosen.len() >= demand.count {
        return true;
    }
    let helps = |c: &Candidate| match (kind, role) {
        (Some(kind), _) => c.kind == *kind,
        (None, Some(role)) => c.role.as_ref() == Some(role),
        (None, None) => true,
    };
    for candidate in candidates.iter().filter(|c| helps(c)) {
        let clash = |c: &&Candidate| std::ptr::eq(*c, candidate) || c.who.iter().zip(&candidate.who).any(|(a, b)| a == b);
        if chosen.iter().any(clash) {
            continue;
        }
        chosen.push(candidate);
        if choose(candidates, demand, chosen, steps) {
            return true;
        }
        chosen.pop();
    }
    false
}
