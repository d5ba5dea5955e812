//! Which list a file holds, told from its content, and reading it whatever it is.

use serde::{Deserialize, Serialize};
use tributary_model::Date;

use super::{ReadError, Reading, csv, eu, follow_the_money, ofac, un};

/// Bytes looked at to tell what a file is.
const HEAD_BYTES: usize = 1 << 16;

/// The shape of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// The UN Security Council's consolidated list (XML).
    Un,
    /// OFAC's SDN list: the entries, and optionally addresses and aliases (three CSV files without header).
    Ofac,
    /// The EU's consolidated list (XML).
    Eu,
    /// Any list in FollowTheMoney entities (JSON lines).
    Ftm,
    /// A list of one's own (CSV with a header).
    Csv,
}

/// What one file is, by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Piece {
    /// A whole list, or OFAC's entries.
    List(Form),
    /// OFAC's addresses, which belong to its entries.
    OfacAddresses,
    /// OFAC's aliases, which belong to its entries.
    OfacAliases,
}

impl Form {
    /// Every form, in the order in which they are offered.
    pub const ALL: [Self; 5] = [Self::Un, Self::Ofac, Self::Eu, Self::Ftm, Self::Csv];

    /// The word for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Un => "un",
            Self::Ofac => "ofac",
            Self::Eu => "eu",
            Self::Ftm => "ftm",
            Self::Csv => "csv",
        }
    }

    /// The form of that word.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|form| form.name() == name)
    }

    /// Reads a list that is to be screened against, as [`Form::read`]: the date it states holds, else the one given.
    ///
    /// # Errors
    /// As [`Form::read`]; it states another date than the one given, or holds no entry.
    pub fn load(self, files: &[&[u8]], name: &str, published: Option<Date>, loaded: Date) -> Result<Reading, ReadError> {
        let mut reading = self.read(files, name, published, loaded)?;
        match (published, reading.list.published) {
            (Some(said), Some(own)) if said != own => return Err(ReadError::Dated { own, said }),
            (said, own) => reading.list.published = own.or(said),
        }
        if reading.list.entries.is_empty() { Err(ReadError::Empty) } else { Ok(reading) }
    }

    /// Reads a list of this form: one file, or for OFAC one to three (entries, addresses, aliases; an absent one is empty).
    ///
    /// # Errors
    /// The number of files or a file is not this form's.
    pub fn read(self, files: &[&[u8]], name: &str, published: Option<Date>, loaded: Date) -> Result<Reading, ReadError> {
        let mut reading = match (self, files) {
            (Self::Un, [file]) => un(file, loaded),
            (Self::Eu, [file]) => eu(file, loaded),
            (Self::Ftm, [file]) => follow_the_money(file, name, published, loaded),
            (Self::Csv, [file]) => csv(file, name, published, loaded),
            (Self::Ofac, [entries, more @ ..]) if more.len() <= 2 => {
                let file = |at: usize| more.get(at).copied().unwrap_or_default();
                ofac(entries, file(0), file(1), published, loaded)
            }
            (Self::Ofac, _) => Err(ReadError::Shape { expected: "OFAC's list", remedy: "give one to three files: SDN.CSV,ADD.CSV,ALT.CSV" }),
            _ => Err(ReadError::Shape { expected: "a list of this form", remedy: "give one file" }),
        }?;
        name.clone_into(&mut reading.list.name);
        Ok(reading)
    }
}

/// What a file holds, from its first bytes; None for what is none of the lists known. OFAC's files have no header, 12 fields (entries),
/// 6 (addresses) or 5 (aliases), and begin with the entry's number.
#[must_use]
pub fn piece(bytes: &[u8]) -> Option<Piece> {
    let head = bytes.get(..HEAD_BYTES.min(bytes.len())).unwrap_or_default();
    let head = String::from_utf8_lossy(head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head));
    let text = head.trim_start();
    if text.starts_with('<') {
        return if text.contains("<CONSOLIDATED_LIST") {
            Some(Piece::List(Form::Un))
        } else if text.contains("<sanctionEntity") || text.contains("<export") {
            Some(Piece::List(Form::Eu))
        } else {
            None
        };
    }
    if text.starts_with('{') {
        return Some(Piece::List(Form::Ftm));
    }
    let mut reader = ::csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(text.as_bytes());
    let first = reader.records().next()?.ok()?;
    let numbered = |at: usize| first.get(at).is_some_and(|field| field.trim().parse::<u64>().is_ok());
    match first.len() {
        12 if numbered(0) => Some(Piece::List(Form::Ofac)),
        6 if numbered(0) && numbered(1) => Some(Piece::OfacAddresses),
        5 if numbered(0) && numbered(1) => Some(Piece::OfacAliases),
        _ => Some(Piece::List(Form::Csv)),
    }
}
