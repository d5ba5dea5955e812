//! Every entry and every tile computed again and held against the signed checkpoint: what an auditor does first.

use std::collections::BTreeSet;

use crate::append::{Edge, Object};
use crate::checkpoint::Checkpoint;
use crate::hash::Hash;
use crate::store::{StoreError, TileRead, fetch_bundle};
use crate::tile::{Resource, WIDTH, tile_hashes, width_at};

/// Places named one by one for each sort of fault; more are counted.
pub const NAMED_MAX: usize = 100;

/// A sort of damage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A bundle or tile that the checkpoint promises is not there, or too short.
    Missing,
    /// An entry is not the one its tile was made of, and the tile is the checkpoint's.
    EntryChanged,
    /// The entries of a bundle are the right ones in another order.
    EntriesReordered,
    /// A tile is not what the entries give, and the entries are the checkpoint's.
    TileChanged,
    /// Entries and tiles agree with each other, and not with the signed checkpoint.
    HistoryReplaced,
}

impl Fault {
    /// Its name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::EntryChanged => "entry-changed",
            Self::EntriesReordered => "entries-reordered",
            Self::TileChanged => "tile-changed",
            Self::HistoryReplaced => "history-replaced",
        }
    }
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Damage {
    /// What sort.
    pub fault: Fault,
    /// The entry, where it is of one.
    pub index: Option<u64>,
    /// The file.
    pub name: String,
    /// In words.
    pub what: String,
}

/// What an inspection found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inspection {
    /// What is wrong, by sort and place.
    pub damage: Vec<Damage>,
    /// Faults beyond [`NAMED_MAX`] of a sort, not listed.
    pub unnamed: u64,
    /// Entries that were read.
    pub entries: u64,
    /// Is there data beyond the checkpoint? So it is after a crash, and where an older checkpoint was put back.
    pub beyond: bool,
}

/// Reads the whole log of a checkpoint, whose signature the caller has held; `visit` sees each entry with its index.
///
/// # Errors
/// Where the store itself failed.
pub fn inspect(store: &impl TileRead, checkpoint: &Checkpoint, mut visit: impl FnMut(u64, &[u8])) -> Result<Inspection, StoreError> {
    let (mut edge, mut found, mut broken) = (Edge::empty(), Inspection::default(), false);
    let mut suspects = Vec::new();
    for index in 0..checkpoint.size.div_ceil(WIDTH) {
        let width = width_at(checkpoint.size, 0, index);
        let name = Resource::Entries { index, width }.path();
        let entries = match fetch_bundle(store, index, width) {
            Ok(entries) => entries,
            Err(StoreError::Failed { name, why }) => return Err(StoreError::Failed { name, why }),
            Err(error) => {
                broken = true;
                tell(&mut found, Damage { fault: Fault::Missing, index: None, name, what: error.to_string() });
                break;
            }
        };
        for (at, entry) in (index * WIDTH..).zip(&entries) {
            visit(at, entry);
            found.entries += 1;
        }
        let Ok(appended) = edge.append(&entries) else { break };
        edge = appended.edge;
        for object in &appended.objects {
            compare(store, object, checkpoint.size, &mut suspects, &mut found)?;
        }
    }
    let sound = !broken && edge.root() == checkpoint.root;
    if !sound && !broken && suspects.is_empty() {
        let what = format!("{} entries and their tiles lead to the root {}, and the log signed {}", checkpoint.size, edge.root(), checkpoint.root);
        tell(&mut found, Damage { fault: Fault::HistoryReplaced, index: None, name: "checkpoint".to_owned(), what });
    }
    for suspect in suspects {
        suspect.tell(sound, &mut found);
    }
    found.damage.sort();
    found.beyond = beyond(store, checkpoint.size)?;
    Ok(found)
}

fn tell(found: &mut Inspection, damage: Damage) {
    if found.damage.iter().filter(|d| d.fault == damage.fault).count() < NAMED_MAX {
        found.damage.push(damage);
    } else {
        found.unnamed += 1;
    }
}

/// A tile that differs from what the entries give; whose fault it is, the root says in the end.
struct Suspect {
    name: String,
    resource: Resource,
    stored: Vec<Hash>,
    computed: Vec<Hash>,
}

/// Holds a tile as stored against what the entries give. A partial tile counts at the log's end alone: those in between may be gone.
fn compare(store: &impl TileRead, object: &Object, size: u64, suspects: &mut Vec<Suspect>, found: &mut Inspection) -> Result<(), StoreError> {
    let Some(resource @ Resource::Tile { level, index, width }) = Resource::parse(&object.name) else { return Ok(()) };
    if width != width_at(size, level, index) {
        return Ok(());
    }
    let computed = tile_hashes(&object.bytes).unwrap_or_default();
    let stored = match crate::store::fetch(store, resource) {
        Ok(bytes) => tile_hashes(&bytes).unwrap_or_default(),
        Err(StoreError::Missing { name }) => {
            let what = format!("`{name}` is missing: the log was cut, or not copied whole");
            tell(found, Damage { fault: Fault::Missing, index: None, name, what });
            return Ok(());
        }
        Err(error) => return Err(error),
    };
    let stored: Vec<Hash> = stored.into_iter().take(computed.len()).collect();
    if stored != computed {
        suspects.push(Suspect { name: object.name.clone(), resource, stored, computed });
    }
    Ok(())
}

impl Suspect {
    fn tell(self, entries_sound: bool, found: &mut Inspection) {
        let Resource::Tile { level, index, .. } = self.resource else { return };
        let name = self.name;
        if entries_sound {
            let what = format!("`{name}` is not what the entries give, and the entries are those that were signed");
            tell(found, Damage { fault: Fault::TileChanged, index: None, name, what });
            return;
        }
        // A tile above says the same again: the entries' own tile names the places.
        if level > 0 {
            return;
        }
        let differ: Vec<(u64, Option<&Hash>, &Hash)> = (index * WIDTH..)
            .zip(self.computed.iter().enumerate().map(|(at, hash)| (self.stored.get(at), hash)))
            .filter_map(|(at, (stored, computed))| (stored != Some(computed)).then_some((at, stored, computed)))
            .collect();
        let (was, is): (BTreeSet<_>, BTreeSet<_>) = (differ.iter().filter_map(|d| d.1).collect(), differ.iter().map(|d| d.2).collect());
        let file = Resource::Entries { index, width: self.resource.width() }.path();
        let fault = if was == is { Fault::EntriesReordered } else { Fault::EntryChanged };
        for (at, _, _) in differ {
            let what = match fault {
                Fault::EntriesReordered => format!("entry {at} stood at another place when the log was signed"),
                _ => format!("entry {at} is not the one that was signed"),
            };
            tell(found, Damage { fault, index: Some(at), name: file.clone(), what });
        }
    }
}

/// Is there a bundle with more entries than the log has?
fn beyond(store: &impl TileRead, size: u64) -> Result<bool, StoreError> {
    let (index, width) = (size / WIDTH, width_at(size, 0, size / WIDTH));
    let partial = (width + 1..256).map(|width| Resource::Entries { index, width });
    for resource in partial.chain([Resource::Entries { index, width: WIDTH as u16 }]) {
        if store.get(&resource.path())?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}
