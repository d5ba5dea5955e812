//! Readers of lists: bytes in, [`WatchList`](crate::WatchList) and what was put aside out.
//!
//! Fields are taken by name from a closed set; everything else, protected traits above all, is never read into an entry (SG-005).

mod csv_own;
mod eu;
mod form;
mod ftm;
mod ofac;
mod un;
mod xml;

use serde::Serialize;
use tributary_model::Date;

use crate::entry::{ListEntry, WatchList};

pub use csv_own::{CSV_COLUMNS, column_of, csv};
pub use eu::eu;
pub use form::{Form, Piece, piece};
pub use ftm::follow_the_money;
pub use ofac::ofac;
pub use un::un;

/// Most bytes of a list's file.
pub const FILE_BYTES_MAX: usize = 1 << 29;
/// Most entries of a list.
pub const ENTRIES_MAX: usize = 5_000_000;
/// Most entries put aside that are kept; all are counted.
pub const PUT_ASIDE_MAX: usize = 1_000;
/// Longest piece of an entry put aside that is kept, in characters: it is there to find the entry, not to read it.
const PIECE_MAX: usize = 80;

/// Why a file could not be read as a list.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// Too large.
    #[error("the file has {bytes} bytes; at most {FILE_BYTES_MAX} are read")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Not the shape of this list.
    #[error("is not {expected}: {remedy}")]
    Shape {
        /// What was expected.
        expected: &'static str,
        /// What to do.
        remedy: &'static str,
    },
    /// The file breaks off or is damaged.
    #[error("the file is damaged: {message}; download it again")]
    Damaged {
        /// What is wrong.
        message: String,
    },
    /// The file and the caller date it differently.
    #[error("dates itself {own}, and {said} was said: leave that date out")]
    Dated {
        /// What the file says.
        own: Date,
        /// What the caller said.
        said: Date,
    },
    /// Nothing that could be screened against.
    #[error("holds no entry that can be screened against: look whether it is whole")]
    Empty,
    /// More entries than are read.
    #[error("the list has more than {ENTRIES_MAX} entries; split it")]
    TooMany,
}

/// An entry that was not accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PutAside {
    /// Where it stands: its number in the file, from 1.
    pub at: u64,
    /// Its id or the start of it, to find it by.
    pub piece: String,
    /// What is wrong, and what to do.
    pub problem: &'static str,
}

/// A list and what reading it left out.
#[derive(Clone, Debug, Default)]
pub struct Reading {
    /// The list.
    pub list: WatchList,
    /// Entries not accepted, the first [`PUT_ASIDE_MAX`].
    pub put_aside: Vec<PutAside>,
    /// How many were not accepted.
    pub put_aside_count: u64,
    /// Entries whose id another entry of the file has as well: they are one, with the names and values of all.
    pub twice: usize,
    /// Values of fields that may not enter (gender, religion, ethnicity and the like), dropped unread.
    pub dropped: u64,
    /// Values that no reader could make sense of, such as a date of birth in words.
    pub unread: u64,
}

/// Gathers a list while it is read.
#[derive(Default)]
struct Gather {
    entries: Vec<ListEntry>,
    put_aside: Vec<PutAside>,
    put_aside_count: u64,
    dropped: u64,
    unread: u64,
    at: u64,
}

impl Gather {
    /// Takes the next entry, or puts it aside when it has no id or no name.
    fn take(&mut self, entry: ListEntry) -> Result<(), ReadError> {
        self.at += 1;
        if entry.id.is_empty() {
            let first = entry.names.first().map_or("", |name| name.text.as_str()).to_owned();
            self.aside(&first, "has no id: give each entry one that stays the same between versions");
        } else if entry.names.is_empty() && entry.documents.is_empty() && entry.wallets.is_empty() && entry.phones.is_empty() {
            self.aside(&entry.id, "has neither a name nor an identifier: there is nothing to screen against");
        } else if self.entries.len() >= ENTRIES_MAX {
            return Err(ReadError::TooMany);
        } else {
            self.entries.push(entry);
        }
        Ok(())
    }

    /// Puts the current entry aside.
    fn aside(&mut self, piece: &str, problem: &'static str) {
        self.put_aside_count += 1;
        if self.put_aside.len() < PUT_ASIDE_MAX {
            self.put_aside.push(PutAside { at: self.at, piece: piece.chars().take(PIECE_MAX).collect(), problem });
        }
    }

    fn finish(self, name: &str, published: Option<Date>, loaded: Date) -> Reading {
        let (list, twice) = WatchList::new(name, published, loaded, self.entries);
        Reading { list, put_aside: self.put_aside, put_aside_count: self.put_aside_count, twice, dropped: self.dropped, unread: self.unread }
    }
}

/// Refuses CSV text in which a quote is opened and not closed: everything after it would be one value, and its entries would vanish.
fn quotes_closed(text: &str) -> Result<(), ReadError> {
    let odd = text.bytes().filter(|byte| *byte == b'"').count() % 2 == 1;
    if odd {
        return Err(ReadError::Damaged { message: "a quote is opened and not closed, so that entries would be lost".to_owned() });
    }
    Ok(())
}

/// Refuses a file that is too large.
fn bounded(bytes: &[u8]) -> Result<(), ReadError> {
    if bytes.len() > FILE_BYTES_MAX { Err(ReadError::TooLarge { bytes: bytes.len() }) } else { Ok(()) }
}
