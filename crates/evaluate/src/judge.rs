//! What the truth says of each alert.

use crate::truth::{EvaluateError, Groups, Truth, TruthSide, name};
use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::io::{BufRead, Read};
use tributary_model::AlertKind;
use tributary_model::alert::AlertRecord;

/// Longest line of an alert file, in bytes.
const LINE_MAX: u64 = 16 * 1024 * 1024;

/// An alert with the truth's verdict.
#[derive(Clone, Debug)]
pub(crate) struct Judged {
    pub(crate) kind: AlertKind,
    pub(crate) q: f64,
    /// Is it right?
    pub(crate) hit: bool,
    /// What it rightly finds: networks, or convergences for a convergence alert.
    pub(crate) targets: Vec<usize>,
    /// Networks of either side that it touches.
    pub(crate) networks: Vec<usize>,
    /// Wrong, and on a pair of networks that merely seem to converge.
    pub(crate) near_miss: Option<usize>,
    pub(crate) subjects: u64,
    pub(crate) member_subjects: u64,
}

/// All that is counted of one world. Reports are made from one or several of these.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    pub(crate) alerts: Vec<Judged>,
    pub(crate) trafficking: u64,
    pub(crate) financing: u64,
    pub(crate) hard: u64,
    pub(crate) hard_networks: Vec<bool>,
    /// What there was to find and what was found, by what it is (`network` or `convergence`) and its kind.
    pub(crate) found: BTreeMap<(&'static str, String), (u64, u64)>,
    pub(crate) convergences: u64,
    pub(crate) near_misses: u64,
    /// Distinct subjects under protection, by reason and how far the records say so.
    pub(crate) protected: BTreeMap<(String, String), u64>,
    pub(crate) persons: u64,
    pub(crate) member_parties: u64,
    pub(crate) members_named: u64,
    /// Benign persons and how many of them are subjects, by trait and group.
    pub(crate) groups: BTreeMap<(&'static str, String), (u64, u64)>,
    /// Benign twins and how many are subjects, by kind.
    pub(crate) twins: BTreeMap<String, (u64, u64)>,
}

/// Reads alerts, one a line, in the order of their ranks.
pub(crate) fn read_alerts(mut alerts: impl BufRead) -> Result<Vec<AlertRecord>, EvaluateError> {
    let mut records: Vec<AlertRecord> = Vec::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let read = alerts.by_ref().take(LINE_MAX + 1).read_until(b'\n', &mut line).map_err(|source| EvaluateError::Read { source })?;
        if read == 0 {
            break;
        }
        if line.len() as u64 > LINE_MAX {
            return Err(EvaluateError::Long { line: number, most: LINE_MAX });
        }
        if !line.trim_ascii().is_empty() {
            records.push(serde_json::from_slice(&line).map_err(|source| EvaluateError::Alert { line: number, source })?);
        }
    }
    records.sort_by(|a, b| a.rank.cmp(&b.rank).then_with(|| a.alert_id.cmp(&b.alert_id)));
    Ok(records)
}

/// Judges alerts against a truth.
pub(crate) fn judge(records: &[AlertRecord], truth: &Truth, groups: &Groups) -> Tally {
    let mut tally = Tally {
        trafficking: truth.sides.iter().filter(|s| **s == TruthSide::Trafficking).count() as u64,
        financing: truth.sides.iter().filter(|s| **s == TruthSide::Financing).count() as u64,
        hard: truth.hard.iter().filter(|h| **h).count() as u64,
        hard_networks: truth.hard.clone(),
        convergences: truth.convergences.len() as u64,
        near_misses: truth.near_misses.len() as u64,
        member_parties: truth.member_parties,
        ..Tally::default()
    };
    let mut named: BTreeSet<String> = BTreeSet::new();
    for record in records {
        let subjects: Vec<String> = record.subjects.iter().map(|s| name(s.subject_type.name(), &s.id)).collect();
        named.extend(subjects.iter().cloned());
        tally.alerts.push(judge_one(record, &subjects, truth));
    }
    for thing in &named {
        if let Some((reason, recorded)) = truth.protected.get(thing) {
            *tally.protected.entry((reason.clone(), recorded.clone())).or_default() += 1;
        } else if thing.strip_prefix("party:").is_some_and(|id| truth.victims.contains(id)) {
            *tally.protected.entry(("victim".to_owned(), "unknown".to_owned())).or_default() += 1;
        }
    }
    count_found(&mut tally, truth);
    count_people(&mut tally, &named, truth, groups);
    tally
}

fn judge_one(record: &AlertRecord, subjects: &[String], truth: &Truth) -> Judged {
    let member_subjects = subjects.iter().filter(|s| !truth.networks_of(s).is_empty()).count() as u64;
    let mut things: BTreeSet<String> = subjects.iter().cloned().collect();
    if record.kind == AlertKind::Convergence {
        // A path names its ends as `type:id`.
        for end in record.path.iter().flat_map(|link| [&link.from, &link.to]) {
            if let Some((subject_type, id)) = end.split_once(':') {
                things.insert(name(subject_type, id));
            }
        }
    }
    let networks: BTreeSet<usize> = things.iter().flat_map(|t| truth.networks_of(t).iter().copied()).collect();
    let of_side = |side| networks.iter().copied().filter(|n| truth.sides.get(*n) == Some(&side)).collect::<Vec<_>>();
    let meets = |pair: &crate::truth::TruthPair| {
        (networks.contains(&pair.trafficking) && networks.contains(&pair.financing)) || pair.shared.iter().any(|s| things.contains(s))
    };
    let targets: Vec<usize> = match record.kind {
        AlertKind::Trafficking => of_side(TruthSide::Trafficking),
        AlertKind::TerroristFinancing => of_side(TruthSide::Financing),
        AlertKind::Laundering => networks.iter().copied().collect(),
        AlertKind::Convergence => truth.convergences.iter().enumerate().filter(|(_, p)| meets(p)).map(|(i, _)| i).collect(),
    };
    let hit = !targets.is_empty();
    let wrong = record.kind == AlertKind::Convergence && !hit;
    let near_miss = if wrong { truth.near_misses.iter().position(meets) } else { None };
    Judged {
        kind: record.kind,
        q: record.q_value,
        hit,
        targets,
        networks: networks.into_iter().collect(),
        near_miss,
        subjects: subjects.len() as u64,
        member_subjects,
    }
}

/// Counts what right alerts found, by kind of network and by what convergences share.
fn count_found(tally: &mut Tally, truth: &Truth) {
    let right = || tally.alerts.iter().filter(|a| a.hit);
    let networks: BTreeSet<usize> = right().flat_map(|a| a.networks.iter().copied()).collect();
    let pairs: BTreeSet<usize> = right().filter(|a| a.kind == AlertKind::Convergence).flat_map(|a| a.targets.iter().copied()).collect();
    let of_networks = truth.kinds.iter().enumerate().map(|(index, kind)| ("network", kind, networks.contains(&index)));
    let of_pairs = truth.convergences.iter().enumerate().flat_map(|(index, pair)| pair.kinds.iter().map(move |kind| (index, kind)));
    let of_pairs = of_pairs.map(|(index, kind)| ("convergence", kind, pairs.contains(&index)));
    let mut cells: BTreeMap<(&'static str, String), (u64, u64)> = BTreeMap::new();
    for (what, kind, found) in of_networks.chain(of_pairs) {
        let cell = cells.entry((what, kind.clone())).or_default();
        *cell = (cell.0 + 1, cell.1 + u64::from(found));
    }
    tally.found = cells;
}

/// Counts persons: who was named, of which groups, and which benign twins. Each person once, whatever records and accounts name them.
fn count_people(tally: &mut Tally, named: &BTreeSet<String>, truth: &Truth, groups: &Groups) {
    let mut persons: HashSet<&str> = HashSet::new();
    for thing in named {
        let party = match thing.split_once(':') {
            Some(("party", id)) => Some(id),
            Some(("account", id)) => truth.holders.get(id).map(String::as_str),
            _ => None,
        };
        if let Some(party) = party {
            persons.insert(truth.person(party));
        }
    }
    let members: HashSet<&str> = truth.members.keys().filter_map(|k| k.strip_prefix("party:")).map(|id| truth.person(id)).collect();
    tally.members_named = members.iter().filter(|p| persons.contains(*p)).count() as u64;
    let mut seen: HashSet<&str> = HashSet::new();
    for (party, traits) in &groups.of {
        let person = truth.person(party);
        if !seen.insert(person) {
            continue;
        }
        tally.persons += 1;
        if members.contains(person) {
            continue;
        }
        let flagged = u64::from(persons.contains(person));
        for (kind, group) in traits {
            let cell = tally.groups.entry((kind, group.clone())).or_default();
            *cell = (cell.0 + 1, cell.1 + flagged);
        }
    }
    for (kind, party, account) in &truth.twins {
        let flagged = named.contains(&name("party", party)) || (!account.is_empty() && named.contains(&name("account", account)));
        let cell = tally.twins.entry(kind.clone()).or_default();
        *cell = (cell.0 + 1, cell.1 + u64::from(flagged));
    }
}
