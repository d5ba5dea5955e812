//! Where a log's bytes lie (c2sp.org/tlog-tiles): tiles of 256 hashes, bundles of 256 entries, and the names of both.

use crate::hash::{Hash, parse_decimal};

/// Hashes of a full tile, and entries of a full bundle.
pub const WIDTH: u64 = 256;
/// Bytes of one entry, as a uint16 can count.
pub const ENTRY_MAX: usize = u16::MAX as usize;
/// The name of the checkpoint.
pub const CHECKPOINT: &str = "checkpoint";

/// A tile or a bundle, by place and width.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Hashes `index * 256 .. index * 256 + width` of a level; a hash of level `l` is over `256^l` leaves.
    Tile {
        /// 0 for leaves.
        level: u8,
        /// From the left, from 0.
        index: u64,
        /// 1 to 256.
        width: u16,
    },
    /// Entries `index * 256 .. index * 256 + width`.
    Entries {
        /// From the left, from 0.
        index: u64,
        /// 1 to 256.
        width: u16,
    },
}

impl Resource {
    /// How many hashes or entries it holds.
    #[must_use]
    pub const fn width(self) -> u16 {
        match self {
            Self::Tile { width, .. } | Self::Entries { width, .. } => width,
        }
    }

    /// The full one at the same place.
    #[must_use]
    pub const fn full(self) -> Self {
        match self {
            Self::Tile { level, index, .. } => Self::Tile { level, index, width: WIDTH as u16 },
            Self::Entries { index, .. } => Self::Entries { index, width: WIDTH as u16 },
        }
    }

    /// Its name below the log's prefix, such as `tile/0/x001/x234/067` or `tile/entries/000.p/7`.
    #[must_use]
    pub fn path(self) -> String {
        let (folder, index, width) = match self {
            Self::Tile { level, index, width } => (level.to_string(), index, width),
            Self::Entries { index, width } => ("entries".to_owned(), index, width),
        };
        let mut groups = vec![format!("{:03}", index % 1000)];
        let mut rest = index / 1000;
        while rest > 0 {
            groups.push(format!("x{:03}", rest % 1000));
            rest /= 1000;
        }
        groups.reverse();
        let partial = if u64::from(width) == WIDTH { String::new() } else { format!(".p/{width}") };
        format!("tile/{folder}/{}{partial}", groups.join("/"))
    }

    /// Reads a name; `None` for anything but the one right writing.
    #[must_use]
    pub fn parse(path: &str) -> Option<Self> {
        let rest = path.strip_prefix("tile/")?;
        let (folder, rest) = rest.split_once('/')?;
        let (groups, width) = match rest.split_once(".p/") {
            Some((groups, width)) => (groups, u16::try_from(parse_decimal(width)?).ok().filter(|w| (1..256).contains(w))?),
            None => (rest, WIDTH as u16),
        };
        let mut index = 0_u64;
        for group in groups.split('/') {
            let digits = group.strip_prefix('x').unwrap_or(group);
            if digits.len() != 3 || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
        }
        let found = match folder {
            "entries" => Self::Entries { index, width },
            level => Self::Tile { level: u8::try_from(parse_decimal(level)?).ok().filter(|l| *l < 64)?, index, width },
        };
        (found.path() == path).then_some(found)
    }
}

/// Width of the tile at `index` of a level in a tree of `size` leaves; 0 where there is none.
#[must_use]
pub fn width_at(size: u64, level: u8, index: u64) -> u16 {
    let hashes = hashes_at(size, level);
    let before = index.saturating_mul(WIDTH);
    u16::try_from(hashes.saturating_sub(before).min(WIDTH)).unwrap_or(0)
}

/// Hashes of a level in a tree of `size` leaves: `floor(size / 256^level)`.
#[must_use]
pub fn hashes_at(size: u64, level: u8) -> u64 {
    size.checked_shr(u32::from(level) * 8).unwrap_or(0)
}

/// Every tile and bundle of a tree, level by level from the left; the partial one of a level last.
pub fn resources(size: u64) -> impl Iterator<Item = Resource> {
    let bundles = (0..size.div_ceil(WIDTH)).map(move |index| Resource::Entries { index, width: width_at(size, 0, index) });
    let tiles = (0..8_u8).flat_map(move |level| {
        (0..hashes_at(size, level).div_ceil(WIDTH)).map(move |index| Resource::Tile { level, index, width: width_at(size, level, index) })
    });
    bundles.chain(tiles)
}

/// The hashes of a tile, `None` where the bytes are not a whole number of them.
#[must_use]
pub fn tile_hashes(bytes: &[u8]) -> Option<Vec<Hash>> {
    let whole = bytes.chunks_exact(32);
    whole.remainder().is_empty().then(|| bytes.chunks_exact(32).filter_map(Hash::from_slice).collect())
}

/// The bytes of a tile.
#[must_use]
pub fn tile_bytes(hashes: &[Hash]) -> Vec<u8> {
    hashes.iter().flat_map(|hash| hash.0).collect()
}

/// The entries of a bundle, `None` where a length does not fit the bytes.
#[must_use]
pub fn bundle_entries(bytes: &[u8]) -> Option<Vec<&[u8]>> {
    let (mut rest, mut entries) = (bytes, Vec::new());
    while !rest.is_empty() {
        let (length, after) = rest.split_first_chunk::<2>()?;
        let (entry, after) = after.split_at_checked(usize::from(u16::from_be_bytes(*length)))?;
        entries.push(entry);
        rest = after;
    }
    Some(entries)
}

/// Adds an entry to a bundle's bytes. Longer ones than [`ENTRY_MAX`] cannot be written: `false`.
#[must_use]
pub fn push_entry(bundle: &mut Vec<u8>, entry: &[u8]) -> bool {
    let Ok(length) = u16::try_from(entry.len()) else {
        return false;
    };
    bundle.extend(length.to_be_bytes());
    bundle.extend(entry);
    true
}
