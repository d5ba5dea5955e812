//! Ground truth, written apart from the tables. Nothing of the pipeline may read it.

use crate::crime::{Network, Plot};
use crate::crowd::Twin;
use crate::names::PersonName;
use crate::places::at;
use crate::state::{NONE, Name, PartyNo, Seen, World};
use crate::write::{Sheet, WriteError};
use std::path::Path;
use tributary_model::Side;

/// How many rows of each kind of truth.
pub(crate) struct Counts {
    pub(crate) members: u64,
    pub(crate) member_parties: u64,
    pub(crate) victims: u64,
}

pub(crate) fn network_id(no: usize) -> String {
    format!("N{:04}", no + 1)
}

fn side(network: &Network) -> &'static str {
    match network.side {
        Side::Trafficking => "trafficking",
        _ => "terrorist_financing",
    }
}

/// All party ids of a person: the first record and other sources'.
fn records(world: &World, seconds: &[(PartyNo, PartyNo)], no: PartyNo) -> Vec<String> {
    let mut ids = vec![world.party_id(no)];
    let from = seconds.partition_point(|(first, _)| *first < no);
    ids.extend(seconds[from..].iter().take_while(|(first, _)| *first == no).map(|(_, second)| world.party_id(*second)));
    ids
}

/// Pairs of first and second record, sorted.
fn second_records(world: &World) -> Vec<(PartyNo, PartyNo)> {
    let mut pairs: Vec<(PartyNo, PartyNo)> =
        world.parties.iter().enumerate().filter(|(_, p)| p.same_as != NONE).map(|(index, p)| (p.same_as, index as PartyNo)).collect();
    pairs.sort_unstable();
    pairs
}

/// Writes everything but the labels of transfers, which are written with the transfers.
pub(crate) fn write(world: &World, plot: &Plot, twins: &[Twin], folder: &Path) -> Result<Counts, WriteError> {
    let seconds = second_records(world);
    let counts = write_networks(world, plot, &seconds, folder)?;
    write_pairs(world, plot, folder)?;
    let mut people = Sheet::create(folder, "same_person", &["party_id", "person"])?;
    for (first, second) in &seconds {
        let person = format!("H{}", world.party_id(*first).trim_start_matches('P'));
        people.row(&[&world.party_id(*first), &person])?;
        people.row(&[&world.party_id(*second), &person])?;
    }
    people.finish()?;
    write_groups(world, folder)?;
    crate::shield::write(world, plot, &seconds, folder)?;
    let criminal: Vec<PartyNo> = plot.networks.iter().flat_map(|n| n.parties().map(|(party, _)| party)).collect();
    let mut sheet = Sheet::create(folder, "twins", &["kind", "party_id", "account_id"])?;
    for twin in twins.iter().filter(|t| !criminal.contains(&t.party)) {
        let account = if twin.account == NONE { String::new() } else { world.account_id(twin.account) };
        sheet.row(&[twin.kind, &world.party_id(twin.party), &account])?;
    }
    sheet.finish()?;
    Ok(counts)
}

fn write_networks(world: &World, plot: &Plot, seconds: &[(PartyNo, PartyNo)], folder: &Path) -> Result<Counts, WriteError> {
    let mut networks = Sheet::create(folder, "networks", &["network_id", "side", "kind", "hard"])?;
    let mut members = Sheet::create(folder, "members", &["network_id", "subject_type", "id", "role"])?;
    let mut victims = Sheet::create(folder, "victims", &["party_id", "network_id"])?;
    let mut counts = Counts { members: 0, member_parties: 0, victims: 0 };
    for (index, network) in plot.networks.iter().enumerate() {
        let id = network_id(index);
        networks.row(&[&id, side(network), network.kind.name(), if network.hard { "true" } else { "false" }])?;
        for (party, role) in network.parties() {
            for record in records(world, seconds, party) {
                members.row(&[&id, "party", &record, role])?;
                counts.members += 1;
            }
            counts.member_parties += 1;
        }
        let mut accounts = network.accounts(world);
        for tool in network.tools.iter().flatten().map(|t| &plot.tools[*t]) {
            let own = [tool.account, tool.far_account, tool.phone];
            accounts.extend(own.into_iter().filter(|a| *a != NONE).map(|a| (a, tool.kind.role())));
            if let Some(mark) = tool.mark {
                let (kind, value) = world.mark(mark);
                members.row(&[&id, "identifier", &format!("{kind}:{value}"), tool.kind.role()])?;
                counts.members += 1;
            }
        }
        accounts.sort_unstable();
        accounts.dedup_by_key(|(account, _)| *account);
        for (account, role) in accounts {
            members.row(&[&id, "account", &world.account_id(account), role])?;
            counts.members += 1;
        }
        for victim in &network.victims {
            counts.victims += 1;
            for record in records(world, seconds, *victim) {
                victims.row(&[&record, &id])?;
            }
        }
    }
    networks.finish()?;
    members.finish()?;
    victims.finish()?;
    Ok(counts)
}

fn subject(world: &World, shared: &crate::crime::Shared) -> (&'static str, String) {
    match shared {
        crate::crime::Shared::Subject(Seen::Party(no)) => ("party", world.party_id(*no)),
        crate::crime::Shared::Subject(Seen::Account(no)) => ("account", world.account_id(*no)),
        crate::crime::Shared::Mark(mark) => {
            let (kind, value) = world.mark(*mark);
            ("identifier", format!("{kind}:{value}"))
        }
        crate::crime::Shared::Place(place) => ("place", at(*place).id.to_owned()),
    }
}

fn write_pairs(world: &World, plot: &Plot, folder: &Path) -> Result<(), WriteError> {
    let head = |id| [id, "trafficking_network", "financing_network", "shared_kind", "shared_type", "shared_id"];
    for (file, column, letter, pairs) in
        [("convergences", "convergence_id", 'C', &plot.convergences), ("near_misses", "near_miss_id", 'M', &plot.near_misses)]
    {
        let mut sheet = Sheet::create(folder, file, &head(column))?;
        for (index, pair) in pairs.iter().enumerate() {
            for (kind, shared) in &pair.shared {
                let (shared_type, shared_id) = subject(world, shared);
                let id = format!("{letter}{:03}", index + 1);
                sheet.row(&[&id, &network_id(pair.trafficking), &network_id(pair.financing), kind, shared_type, &shared_id])?;
            }
        }
        sheet.finish()?;
    }
    Ok(())
}

/// Group membership of every person, complete, for the fairness report alone.
fn write_groups(world: &World, folder: &Path) -> Result<(), WriteError> {
    let mut sheet = Sheet::create(folder, "groups", &["party_id", "gender", "nationality", "admin1", "language"])?;
    for (index, party) in world.parties.iter().enumerate() {
        if let Name::Person(PersonName { woman, .. }) = &party.name {
            let gender = if *woman { "female" } else { "male" };
            sheet.row(&[&world.party_id(index as PartyNo), gender, party.nationality, at(party.origin).admin1, party.language])?;
        }
    }
    sheet.finish()
}

/// One label of a transfer or a post.
pub(crate) fn network_label(sheet: &mut Sheet, transfer_id: &str, network: u16) -> Result<(), WriteError> {
    sheet.row(&[transfer_id, &network_id(usize::from(network))])
}
