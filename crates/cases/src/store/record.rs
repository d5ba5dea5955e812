//! What an object of the register is to the store: a body, and what it is found by.

use serde::Serialize;
use serde::de::DeserializeOwned;
use tributary_model::Timestamp;

/// A kind of object. Its body is JSON in the store; the other things are columns and keys, written anew with each change.
pub trait Record: Serialize + DeserializeOwned + Clone + Send + Sync {
    /// The kind's word.
    const KIND: &'static str;

    /// The object it belongs to, or nothing.
    fn parent(&self) -> &str {
        ""
    }

    /// The agency that owns it, or nothing.
    fn agency(&self) -> &str {
        ""
    }

    /// Where it stands.
    fn state(&self) -> &str {
        ""
    }

    /// When its next clock strikes.
    fn due(&self) -> Option<Timestamp> {
        None
    }

    /// Keys it is found by, which others may share: name, value.
    fn keys(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Keys that no other object of its kind may have: name, value.
    fn sole_keys(&self) -> Vec<(&'static str, String)> {
        Vec::new()
    }
}

/// An object as it stands in the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored<T> {
    /// Its id.
    pub id: String,
    /// 1, and one more with each change.
    pub version: i64,
    /// When it came into being.
    pub made: Timestamp,
    /// The object.
    pub body: T,
}

/// Which objects of a kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Find<'a> {
    /// All of them.
    All,
    /// Those that belong to an object.
    Parent(&'a str),
    /// Those of an agency.
    Agency(&'a str),
    /// Those in a state.
    State(&'a str),
    /// Those whose clock has struck by this time.
    Due(Timestamp),
    /// Those with a key.
    Key(&'a str, &'a str),
}

/// The part of a list that is asked for: in the order in which they came into being.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// After this one: time and id, as the last of the page before had them.
    pub after: Option<(Timestamp, String)>,
    /// At most so many.
    pub limit: u32,
}

impl Page {
    /// The first so many.
    #[must_use]
    pub const fn first(limit: u32) -> Self {
        Self { after: None, limit }
    }
}
