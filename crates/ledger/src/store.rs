//! A log as named bytes: what a store must do, and how a tree is read from one.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use crate::hash::Hash;
use crate::tile::{Resource, bundle_entries, tile_hashes, width_at};
use crate::tree::{self, Nodes, ProofError};

/// Why a log cannot be read or written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The store says so: a disk that is full, a folder that may not be read.
    #[error("the store failed at `{name}`: {why}")]
    Failed {
        /// What was read or written.
        name: String,
        /// What the store says.
        why: String,
    },
    /// A tile or bundle the checkpoint promises is not there.
    #[error("`{name}` is missing: the log was cut, or not copied whole")]
    Missing {
        /// What was looked for.
        name: String,
    },
    /// A tile or bundle is not what the tree needs.
    #[error("`{name}` is damaged: {why}")]
    Damaged {
        /// What was read.
        name: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A proof made from the tiles does not hold: some tile was changed.
    #[error("the tiles do not lead to the checkpoint's root: {0}")]
    Proof(#[from] ProofError),
}

/// Reads named bytes. Names are those of [`Resource::path`] and [`crate::tile::CHECKPOINT`].
pub trait TileRead {
    /// The bytes under a name, `None` where there are none.
    ///
    /// # Errors
    /// Where the store failed: absence is not an error.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError>;
}

/// Writes named bytes.
pub trait TileStore: TileRead {
    /// Puts bytes under a name, over what was there: whole or not at all, and on the disk before it returns.
    ///
    /// # Errors
    /// Where the store failed; then the old bytes or the new ones are there.
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError>;
}

impl<T: TileRead + ?Sized> TileRead for &T {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        (**self).get(name)
    }
}

/// Names and bytes in memory.
impl TileRead for BTreeMap<String, Vec<u8>> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(BTreeMap::get(self, name).cloned())
    }
}

impl TileStore for BTreeMap<String, Vec<u8>> {
    fn put(&mut self, name: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.insert(name.to_owned(), bytes.to_vec());
        Ok(())
    }
}

/// The bytes of a tile or bundle; of a partial one that was deleted, the full one's.
///
/// # Errors
/// `Missing` where neither is there.
pub fn fetch(store: &impl TileRead, resource: Resource) -> Result<Vec<u8>, StoreError> {
    let name = resource.path();
    if let Some(bytes) = store.get(&name)? {
        return Ok(bytes);
    }
    let full = resource.full();
    let found = if full == resource { None } else { store.get(&full.path())? };
    found.ok_or(StoreError::Missing { name })
}

/// The hashes of a tile, as many as its width.
///
/// # Errors
/// Where it is missing, or has too few.
pub fn fetch_tile(store: &impl TileRead, level: u8, index: u64, width: u16) -> Result<Vec<Hash>, StoreError> {
    let resource = Resource::Tile { level, index, width };
    let damaged = |why| StoreError::Damaged { name: resource.path(), why };
    let mut hashes = tile_hashes(&fetch(store, resource)?).ok_or_else(|| damaged("it is not a whole number of hashes"))?;
    if hashes.len() < usize::from(width) {
        return Err(damaged("it has fewer hashes than its name says"));
    }
    hashes.truncate(usize::from(width));
    Ok(hashes)
}

/// The entries of a bundle, as many as its width.
///
/// # Errors
/// Where it is missing, or has too few.
pub fn fetch_bundle(store: &impl TileRead, index: u64, width: u16) -> Result<Vec<Vec<u8>>, StoreError> {
    let resource = Resource::Entries { index, width };
    let damaged = |why| StoreError::Damaged { name: resource.path(), why };
    let bytes = fetch(store, resource)?;
    let entries = bundle_entries(&bytes).ok_or_else(|| damaged("a length leads beyond its end"))?;
    if entries.len() < usize::from(width) {
        return Err(damaged("it has fewer entries than its name says"));
    }
    Ok(entries.into_iter().take(usize::from(width)).map(<[u8]>::to_vec).collect())
}

/// Tiles kept at one time: 8 MiB.
const CACHE_MAX: usize = 1024;

/// Tiles by level and index.
type Cache = BTreeMap<(u8, u64), Rc<Vec<Hash>>>;

/// A tree of a known size and root, read from tiles. Every proof it gives was held against the root.
pub struct Tree<R> {
    store: R,
    size: u64,
    root: Hash,
    cache: RefCell<Cache>,
}

impl<R: TileRead> Tree<R> {
    /// The tree a checkpoint speaks of.
    pub fn new(store: R, size: u64, root: Hash) -> Self {
        Self { store, size, root, cache: RefCell::default() }
    }

    /// Entries.
    pub const fn size(&self) -> u64 {
        self.size
    }

    /// The root.
    pub const fn root(&self) -> Hash {
        self.root
    }

    fn tile(&self, level: u8, index: u64) -> Result<Rc<Vec<Hash>>, StoreError> {
        if let Some(found) = self.cache.borrow().get(&(level, index)) {
            return Ok(Rc::clone(found));
        }
        let tile = Rc::new(fetch_tile(&self.store, level, index, width_at(self.size, level, index))?);
        let mut cache = self.cache.borrow_mut();
        if cache.len() >= CACHE_MAX {
            cache.clear();
        }
        cache.insert((level, index), Rc::clone(&tile));
        Ok(tile)
    }

    /// The bytes of an entry, held against the root.
    ///
    /// # Errors
    /// Where it is outside, missing or changed.
    pub fn entry(&self, index: u64) -> Result<Vec<u8>, StoreError> {
        if index >= self.size {
            return Err(ProofError::Outside { index, size: self.size }.into());
        }
        let entries = fetch_bundle(&self.store, index / 256, width_at(self.size, 0, index / 256))?;
        let missing = || StoreError::Missing { name: format!("entry {index}") };
        let entry = entries.into_iter().nth(usize::try_from(index % 256).unwrap_or(usize::MAX)).ok_or_else(missing)?;
        let proof = tree::inclusion(self, index, self.size)?;
        tree::verify_inclusion(&Hash::leaf(&entry), index, self.size, &proof, &self.root)?;
        Ok(entry)
    }

    /// The proof that the leaf at `index` is in the tree.
    ///
    /// # Errors
    /// Where it is outside, or a tile is missing or changed.
    pub fn inclusion(&self, index: u64) -> Result<Vec<Hash>, StoreError> {
        if index >= self.size {
            return Err(ProofError::Outside { index, size: self.size }.into());
        }
        let proof = tree::inclusion(self, index, self.size)?;
        tree::verify_inclusion(&self.node(0, index)?, index, self.size, &proof, &self.root)?;
        Ok(proof)
    }

    /// The proof that the first `old` entries, under `old_root`, are the beginning of this tree.
    ///
    /// # Errors
    /// `Proof` where they are not: a fork or a rollback. Others where a tile is missing.
    pub fn consistency(&self, old: u64, old_root: &Hash) -> Result<Vec<Hash>, StoreError> {
        let proof = tree::consistency(self, old, self.size)?;
        tree::verify_consistency(old, old_root, self.size, &self.root, &proof)?;
        Ok(proof)
    }

    /// The root of the first `size` entries, as the tiles have it: to be believed as far as [`Tree::consistency`] holds it.
    ///
    /// # Errors
    /// Where it is outside, or a tile is missing.
    pub fn root_at(&self, size: u64) -> Result<Hash, StoreError> {
        if size > self.size {
            return Err(ProofError::Shrunk { old: size, new: self.size }.into());
        }
        tree::root(self, size)
    }
}

impl<R: TileRead> Nodes for Tree<R> {
    type Error = StoreError;

    fn node(&self, height: u32, index: u64) -> Result<Hash, StoreError> {
        let (level, inner) = (u8::try_from(height / 8).unwrap_or(u8::MAX), height % 8);
        let first = index << inner;
        let tile = self.tile(level, first / 256)?;
        let (start, count) = ((first % 256) as usize, 1_usize << inner);
        let part = tile.get(start..start + count).ok_or_else(|| StoreError::Missing {
            name: Resource::Tile { level, index: first / 256, width: width_at(self.size, level, first / 256) }.path(),
        })?;
        Ok(perfect(part))
    }
}

/// The root over a power of two of hashes.
pub(crate) fn perfect(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row
            .chunks(2)
            .map(|pair| if let [left, right] = pair { Hash::node(left, right) } else { pair.iter().copied().next().unwrap_or_else(Hash::empty) })
            .collect();
    }
    row.first().copied().unwrap_or_else(Hash::empty)
}
