//! Appending: entries → the tiles and bundles to write, in an order in which a crash at any point does no harm.
//!
//! Bundles first, tiles after them, the checkpoint last: what no checkpoint speaks of never happened. After a crash the same entries are
//! appended again at the same places, which writes the same bytes under the same names.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::Hash;
use crate::note::{Note, Signer, VerifierKey};
use crate::store::{StoreError, TileRead, TileStore, fetch_bundle, fetch_tile, perfect};
use crate::tile::{CHECKPOINT, ENTRY_MAX, Resource, WIDTH, hashes_at, push_entry, tile_bytes, width_at};
use crate::tree::fold;

/// Why nothing was appended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log's own checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The tiles are not those of the checkpoint.
    #[error("the right edge of the tiles does not lead to the checkpoint's root: a tile was changed; restore the ledger's folder")]
    Edge,
    /// An entry is too long.
    #[error("entry {index} has {length} bytes; at most {ENTRY_MAX} can be written")]
    Long {
        /// Where it would be.
        index: u64,
        /// Its bytes.
        length: usize,
    },
    /// Entries in between are not given.
    #[error("entries begin at {first}, and the log ends at {size}: give those in between first")]
    Gap {
        /// Place of the first entry given.
        first: u64,
        /// Entries in the log.
        size: u64,
    },
    /// The log holds another entry at that place.
    #[error("entry {index} is in the log already, with other bytes; nothing is written over: the two records have parted")]
    Differs {
        /// Its place.
        index: u64,
    },
    /// The signer is another log's.
    #[error("the signing key is `{found}`'s, not the log's `{expected}`")]
    Signer {
        /// The log's name.
        expected: String,
        /// The key's name.
        found: String,
    },
}

/// Bytes to be written under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Name below the log's prefix.
    pub name: String,
    /// What is to be there.
    pub bytes: Vec<u8>,
}

/// The right edge of a tree: all that is needed to append.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edge {
    size: u64,
    /// The partial tile of each level, 0 to 255 hashes.
    levels: Vec<Vec<Hash>>,
    /// The partial bundle.
    bundle: Vec<u8>,
}

impl Edge {
    /// Of a log without entries.
    #[must_use]
    pub const fn empty() -> Self {
        Self { size: 0, levels: Vec::new(), bundle: Vec::new() }
    }

    /// Reads the edge at a checkpoint, and holds it against the root.
    ///
    /// # Errors
    /// Where a tile or bundle of the edge is missing or changed.
    pub fn load(store: &impl TileRead, checkpoint: &Checkpoint) -> Result<Self, AppendError> {
        let size = checkpoint.size;
        let mut edge = Self { size, ..Self::empty() };
        for level in (0..8).take_while(|level| hashes_at(size, *level) > 0) {
            let index = hashes_at(size, level) / WIDTH;
            let width = width_at(size, level, index);
            edge.levels.push(if width == 0 { Vec::new() } else { fetch_tile(store, level, index, width)? });
        }
        let width = width_at(size, 0, size / WIDTH);
        if width > 0 {
            let entries = fetch_bundle(store, size / WIDTH, width)?;
            let leaves = entries.iter().map(|entry| Hash::leaf(entry));
            if !edge.levels.first().is_some_and(|level| level.iter().copied().eq(leaves)) {
                return Err(AppendError::Edge);
            }
            for entry in &entries {
                let _ = push_entry(&mut edge.bundle, entry);
            }
        }
        if edge.root() == checkpoint.root { Ok(edge) } else { Err(AppendError::Edge) }
    }

    /// Entries.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut peaks = Vec::new();
        for level in self.levels.iter().rev() {
            let mut rest = level.as_slice();
            while let Some(height) = rest.len().checked_ilog2() {
                let (peak, after) = rest.split_at(1 << height);
                peaks.push(perfect(peak));
                rest = after;
            }
        }
        fold(&peaks)
    }

    /// The checkpoint of the tree under a log's name, not yet signed.
    #[must_use]
    pub fn checkpoint(&self, origin: &str) -> Checkpoint {
        Checkpoint { origin: origin.to_owned(), size: self.size, root: self.root() }
    }

    /// Appends entries: the edge after them, and what is to be written, in the order in which it must be written.
    ///
    /// # Errors
    /// `Long` where an entry cannot be written.
    pub fn append<E: AsRef<[u8]>>(&self, entries: &[E]) -> Result<Appended, AppendError> {
        let mut edge = self.clone();
        let (mut bundles, mut tiles) = (Vec::new(), Vec::new());
        for entry in entries {
            let entry = entry.as_ref();
            if !push_entry(&mut edge.bundle, entry) {
                return Err(AppendError::Long { index: edge.size, length: entry.len() });
            }
            edge.size += 1;
            if edge.size.is_multiple_of(WIDTH) {
                let resource = Resource::Entries { index: edge.size / WIDTH - 1, width: WIDTH as u16 };
                bundles.push(Object { name: resource.path(), bytes: std::mem::take(&mut edge.bundle) });
            }
            edge.push(Hash::leaf(entry), &mut tiles);
        }
        if edge.size > self.size {
            edge.partials(self.size, &mut bundles, &mut tiles);
        }
        bundles.append(&mut tiles);
        Ok(Appended { objects: bundles, edge })
    }

    /// Adds a leaf's hash, and the hashes of the tiles it fills.
    fn push(&mut self, leaf: Hash, tiles: &mut Vec<Object>) {
        let (mut hash, mut level) = (leaf, 0_u8);
        loop {
            if self.levels.len() <= usize::from(level) {
                self.levels.push(Vec::new());
            }
            let Some(row) = self.levels.get_mut(usize::from(level)) else { return };
            row.push(hash);
            if row.len() < WIDTH as usize {
                return;
            }
            let index = hashes_at(self.size, level) / WIDTH - 1;
            tiles.push(Object { name: Resource::Tile { level, index, width: WIDTH as u16 }.path(), bytes: tile_bytes(row) });
            hash = perfect(row);
            row.clear();
            level += 1;
        }
    }

    /// The partial bundle and tiles which a log that had `before` entries has not written yet.
    fn partials(&self, before: u64, bundles: &mut Vec<Object>, tiles: &mut Vec<Object>) {
        let width = width_at(self.size, 0, self.size / WIDTH);
        if width > 0 {
            bundles.push(Object { name: Resource::Entries { index: self.size / WIDTH, width }.path(), bytes: self.bundle.clone() });
        }
        for (level, row) in (0_u8..).zip(&self.levels) {
            let hashes = hashes_at(self.size, level);
            if !row.is_empty() && hashes > hashes_at(before, level) {
                let resource = Resource::Tile { level, index: hashes / WIDTH, width: width_at(self.size, level, hashes / WIDTH) };
                tiles.push(Object { name: resource.path(), bytes: tile_bytes(row) });
            }
        }
    }
}

/// What an append asks to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appended {
    /// To be put in this order, each on the disk before the checkpoint is.
    pub objects: Vec<Object>,
    /// The tree after it.
    pub edge: Edge,
}

/// A log that is open for appending, its checkpoint and edge held against each other.
#[derive(Clone, Debug)]
pub struct Log {
    origin: String,
    edge: Edge,
    note: Option<Note>,
}

impl Log {
    /// Opens the log whose name is its key's. A store without a checkpoint is a log without entries.
    ///
    /// # Errors
    /// Where the checkpoint is not this log's, or the tiles are not the checkpoint's.
    pub fn open(store: &impl TileRead, key: &VerifierKey) -> Result<Self, AppendError> {
        let Some(bytes) = store.get(CHECKPOINT)? else {
            return Ok(Self { origin: key.name().to_owned(), edge: Edge::empty(), note: None });
        };
        let (checkpoint, note) = Checkpoint::open(&bytes, key)?;
        Ok(Self { edge: Edge::load(store, &checkpoint)?, origin: checkpoint.origin, note: Some(note) })
    }

    /// Entries in the log.
    #[must_use]
    pub const fn size(&self) -> u64 {
        self.edge.size
    }

    /// The checkpoint in force.
    #[must_use]
    pub fn checkpoint(&self) -> Checkpoint {
        self.edge.checkpoint(&self.origin)
    }

    /// The checkpoint as it was signed, with the cosignatures it has; `None` before the first.
    #[must_use]
    pub const fn note(&self) -> Option<&Note> {
        self.note.as_ref()
    }

    /// Appends entries of which the first is to be at `first`, writes them, and publishes a checkpoint signed by the log.
    ///
    /// Entries the log has already are held against it and passed over, so that after a crash or a restored backup the caller gives what
    /// it has, from any place not beyond the log's end, and gets the same log. Nothing that is in the log is ever written over. Where all
    /// are there already and a checkpoint is, nothing is written.
    ///
    /// # Errors
    /// Where nothing was published; the log in memory is as before, and the same call may be made again.
    pub fn publish<E: AsRef<[u8]>>(&mut self, store: &mut impl TileStore, signer: &Signer, first: u64, entries: &[E]) -> Result<(), AppendError> {
        let expected = &self.origin;
        if signer.verifier().name() != expected {
            return Err(AppendError::Signer { expected: expected.clone(), found: signer.verifier().name().to_owned() });
        }
        let fresh = self.fresh(store, first, entries)?;
        if fresh.is_empty() && self.note.is_some() {
            return Ok(());
        }
        let appended = self.edge.append(fresh)?;
        for object in &appended.objects {
            store.put(&object.name, &object.bytes)?;
        }
        let note = appended.edge.checkpoint(&self.origin).sign(signer);
        store.put(CHECKPOINT, note.to_string().as_bytes())?;
        self.edge = appended.edge;
        self.note = Some(note);
        Ok(())
    }

    /// Those of the entries that are not in the log, after the others were held against it.
    fn fresh<'a, E: AsRef<[u8]>>(&self, store: &impl TileRead, first: u64, entries: &'a [E]) -> Result<&'a [E], AppendError> {
        let size = self.size();
        if first > size {
            return Err(AppendError::Gap { first, size });
        }
        let known = usize::try_from(size - first).unwrap_or(usize::MAX).min(entries.len());
        let (known, fresh) = entries.split_at_checked(known).unwrap_or((entries, &[]));
        let mut tile: (u64, Vec<Hash>) = (u64::MAX, Vec::new());
        for (index, entry) in (first..).zip(known) {
            if tile.0 != index / WIDTH {
                tile = (index / WIDTH, fetch_tile(store, 0, index / WIDTH, width_at(size, 0, index / WIDTH))?);
            }
            if tile.1.get((index % WIDTH) as usize) != Some(&Hash::leaf(entry.as_ref())) {
                return Err(AppendError::Differs { index });
            }
        }
        Ok(fresh)
    }

    /// Adds cosignatures to the published checkpoint, which the caller has verified. Where the log went on meanwhile they fit no more: `false`.
    ///
    /// # Errors
    /// Where the store failed.
    pub fn seal(&mut self, store: &mut impl TileStore, sealed: &Note) -> Result<bool, AppendError> {
        let Some(note) = self.note.as_mut().filter(|note| note.text == sealed.text) else {
            return Ok(false);
        };
        let mut next = note.clone();
        next.add(sealed.signatures.iter().cloned());
        store.put(CHECKPOINT, next.to_string().as_bytes())?;
        *note = next;
        Ok(true)
    }
}
