//! Who is under protection, how far the tables say so, and who truly holds each account.

use crate::crime::Plot;
use crate::state::{NONE, PartyNo, START, Seen, World};
use crate::write::{Sheet, WriteError, birth_shown, holder_shown};
use std::collections::BTreeMap;
use std::path::Path;

/// Day up to which somebody must be under 18 to count as a minor: later than anything in the tables.
const LATEST_DAY: i32 = START + 215;

/// Why and how a party is protected.
type Shield = (&'static str, &'static str);

/// Writes `protected` and `holders`.
pub(crate) fn write(world: &World, plot: &Plot, seconds: &[(PartyNo, PartyNo)], folder: &Path) -> Result<(), WriteError> {
    let shields = shields(world, plot, seconds);
    let header = ["subject_type", "id", "reason", "recorded"];
    let mut protected = Sheet::create(folder, "protected", &header)?;
    for (party, (reason, recorded)) in &shields {
        protected.row(&["party", &world.party_id(*party), reason, recorded])?;
    }
    let mut holders = Sheet::create(folder, "holders", &["account_id", "party_id"])?;
    for no in 0..world.accounts.len() as u32 {
        let holder = world.account(no).holder;
        if holder == NONE {
            continue;
        }
        let account = world.account_id(no);
        holders.row(&[&account, &world.party_id(holder)])?;
        if let Some((reason, recorded)) = shields.get(&holder) {
            let shown = holder_shown(world, no) != NONE;
            let recorded = if shown { recorded } else { "none" };
            protected.row(&["account", &account, reason, recorded])?;
        }
    }
    holders.finish()?;
    protected.finish()
}

/// Every protected party record. `direct`: a row about this very id says so; `other_record`: a row about another record of the
/// same person does; `none`: no row does.
fn shields(world: &World, plot: &Plot, seconds: &[(PartyNo, PartyNo)]) -> BTreeMap<PartyNo, Shield> {
    let mut direct: BTreeMap<PartyNo, &'static str> = BTreeMap::new();
    for case in &world.cases {
        if let (Seen::Party(party), "victim" | "witness" | "reporter") = (case.subject, case.role) {
            direct.entry(party).or_insert(case.role);
        }
    }
    for (index, party) in world.parties.iter().enumerate() {
        if birth_shown(party).is_some_and(|b| f64::from(LATEST_DAY - b) < 18.0 * 365.25) {
            direct.entry(index as PartyNo).or_insert("minor");
        }
    }
    let person = |no: PartyNo| match world.party(no).same_as {
        NONE => no,
        first => first,
    };
    let mut persons: BTreeMap<PartyNo, (&'static str, bool)> = BTreeMap::new();
    for (party, reason) in &direct {
        persons.entry(person(*party)).or_insert((reason, true));
    }
    for victim in plot.networks.iter().flat_map(|n| &n.victims) {
        persons.entry(*victim).or_insert(("victim", false));
    }
    let mut shields = BTreeMap::new();
    for (first, (reason, recorded)) in persons {
        let from = seconds.partition_point(|(other, _)| *other < first);
        let others = seconds[from..].iter().take_while(|(other, _)| *other == first).map(|(_, second)| *second);
        for record in std::iter::once(first).chain(others) {
            let how = match (direct.contains_key(&record), recorded) {
                (true, _) => "direct",
                (false, true) => "other_record",
                (false, false) => "none",
            };
            shields.insert(record, (reason, how));
        }
    }
    shields
}
