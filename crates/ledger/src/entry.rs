//! What an entry of the ledger says (specs/ledger-entry.md): a kind, a time, a salted commitment, pseudonyms and public facts; nothing
//! that could carry a name. One entry has one writing.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::hash::{from_base64, from_hex, to_base64, to_hex};
use crate::time::{parse_time, write_time};

/// Bytes of an entry.
pub const BYTES_MAX: usize = 8192;
/// Characters of a kind.
pub const KIND_MAX: usize = 48;
/// References of one entry.
pub const REFS_MAX: usize = 16;
/// Tags of one entry.
pub const TAGS_MAX: usize = 24;
/// Characters of a reference's or tag's name.
pub const NAME_MAX: usize = 32;
/// Characters of a tag's token.
pub const TOKEN_MAX: usize = 64;
/// Digits of a tag's token: enough for a date or a version, too few for a telephone, an identity card, an account or a card.
pub const TOKEN_DIGITS_MAX: usize = 8;

/// Why an entry is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    /// Not the form.
    #[error("not a ledger entry: {why}, at byte {at}")]
    Shape {
        /// What was expected.
        why: &'static str,
        /// Where.
        at: usize,
    },
    /// A kind that cannot be written.
    #[error("`{0}` is no kind: lower-case words joined by dots, as `escalation.sent`, at most 48 characters")]
    Kind(String),
    /// A name that cannot be written.
    #[error("`{0}` is no name of a reference or tag: lower-case letters, digits and `_`, a letter first, at most 32")]
    Name(String),
    /// A token that cannot be written. It is not repeated: it may be what must not be there.
    #[error("the value of tag `{0}` is no token: `a-z 0-9 . _ : -`, 1 to 64, at most 8 digits; what says more belongs into the commitment")]
    Token(String),
    /// Too much.
    #[error("an entry has at most {REFS_MAX} references and {TAGS_MAX} tags")]
    Many,
    /// A time outside 1970 to 9999.
    #[error("the time is not between the years 1970 and 9999")]
    Time,
}

/// A pseudonym: what says that two entries speak of one thing, and not of which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pseudonym(pub [u8; 16]);

impl std::fmt::Display for Pseudonym {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(&to_hex(&self.0))
    }
}

/// One entry. Made by [`Entry::new`] or [`Entry::decode`], so that it always has a writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    kind: String,
    at: u64,
    commit: [u8; 32],
    refs: BTreeMap<String, Pseudonym>,
    tags: BTreeMap<String, String>,
}

/// Lower-case words of letters, digits and `_`, each beginning with a letter, joined by dots.
#[must_use]
pub fn is_kind(text: &str) -> bool {
    text.len() <= KIND_MAX && text.split('.').all(is_name)
}

/// A letter, then letters, digits and `_`, all lower-case.
#[must_use]
pub fn is_name(text: &str) -> bool {
    let rest = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'_');
    text.len() <= NAME_MAX && text.bytes().next().is_some_and(|b| b.is_ascii_lowercase()) && text.bytes().all(rest)
}

/// `a-z 0-9 . _ : -`, 1 to 64 characters, at most 8 of them digits.
#[must_use]
pub fn is_token(text: &str) -> bool {
    let allowed = |b: u8| matches!(b, b'a'..=b'z' | b'0'..=b'9' | b'.' | b'_' | b':' | b'-');
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (1..=TOKEN_MAX).contains(&text.len()) && text.bytes().all(allowed) && digits <= TOKEN_DIGITS_MAX
}

impl Entry {
    /// An entry of a kind at a time (milliseconds since 1970), committing to a payload kept elsewhere ([`commitment`]).
    ///
    /// # Errors
    /// Where a part has no writing.
    pub fn new(kind: &str, at: u64, commit: [u8; 32], refs: BTreeMap<String, Pseudonym>, tags: BTreeMap<String, String>) -> Result<Self, EntryError> {
        if !is_kind(kind) {
            return Err(EntryError::Kind(kind.to_owned()));
        }
        if let Some(name) = refs.keys().chain(tags.keys()).find(|name| !is_name(name)) {
            return Err(EntryError::Name(name.clone()));
        }
        if let Some((name, _)) = tags.iter().find(|(_, token)| !is_token(token)) {
            return Err(EntryError::Token(name.clone()));
        }
        if refs.len() > REFS_MAX || tags.len() > TAGS_MAX {
            return Err(EntryError::Many);
        }
        write_time(at).ok_or(EntryError::Time)?;
        Ok(Self { kind: kind.to_owned(), at, commit, refs, tags })
    }

    /// What happened.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }
    /// When, in milliseconds since 1970, as the log's operator says.
    #[must_use]
    pub const fn at(&self) -> u64 {
        self.at
    }
    /// The salted commitment to what is recorded elsewhere.
    #[must_use]
    pub const fn commit(&self) -> &[u8; 32] {
        &self.commit
    }
    /// A pseudonym by name.
    #[must_use]
    pub fn reference(&self, name: &str) -> Option<Pseudonym> {
        self.refs.get(name).copied()
    }
    /// A public fact by name.
    #[must_use]
    pub fn tag(&self, name: &str) -> Option<&str> {
        self.tags.get(name).map(String::as_str)
    }
    /// All pseudonyms.
    #[must_use]
    pub const fn refs(&self) -> &BTreeMap<String, Pseudonym> {
        &self.refs
    }
    /// All public facts.
    #[must_use]
    pub const fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    /// The entry's one writing: JSON, keys in order, no space, no escape.
    #[must_use]
    pub fn encode(&self) -> String {
        let join = |pairs: Vec<String>| pairs.join(",");
        let refs = join(self.refs.iter().map(|(name, value)| format!("\"{name}\":\"{value}\"")).collect());
        let tags = join(self.tags.iter().map(|(name, token)| format!("\"{name}\":\"{token}\"")).collect());
        let at = write_time(self.at).unwrap_or_default();
        format!(
            "{{\"at\":\"{at}\",\"commit\":\"{}\",\"kind\":\"{}\",\"refs\":{{{refs}}},\"tags\":{{{tags}}},\"v\":1}}",
            to_base64(&self.commit),
            self.kind
        )
    }

    /// Reads an entry.
    ///
    /// # Errors
    /// For anything but the one writing of an entry.
    pub fn decode(bytes: &[u8]) -> Result<Self, EntryError> {
        let mut at = Cursor { rest: bytes, whole: bytes.len() };
        if bytes.len() > BYTES_MAX {
            return Err(at.fault("longer than 8192 bytes"));
        }
        at.literal("{\"at\":")?;
        let time = at.string("a time")?;
        let time = parse_time(time).ok_or_else(|| at.fault("a time such as `2026-01-31T09:30:00.000Z`"))?;
        at.literal(",\"commit\":")?;
        let commit = at.string("a commitment")?;
        let commit = (commit.len() == 44).then(|| from_base64(commit)).flatten().and_then(|bytes| bytes.try_into().ok());
        let commit: [u8; 32] = commit.ok_or_else(|| at.fault("32 bytes of base64"))?;
        at.literal(",\"kind\":")?;
        let kind = at.string("a kind")?.to_owned();
        at.literal(",\"refs\":")?;
        let refs = at.map(REFS_MAX, |text| from_hex(text).map(Pseudonym))?;
        at.literal(",\"tags\":")?;
        let tags = at.map(TAGS_MAX, |text| is_token(text).then(|| text.to_owned()))?;
        at.literal(",\"v\":1}")?;
        if !at.rest.is_empty() {
            return Err(at.fault("nothing after the last brace"));
        }
        Self::new(&kind, time, commit, refs, tags)
    }
}

/// Where reading stands.
struct Cursor<'a> {
    rest: &'a [u8],
    whole: usize,
}

impl<'a> Cursor<'a> {
    const fn fault(&self, why: &'static str) -> EntryError {
        EntryError::Shape { why, at: self.whole - self.rest.len() }
    }

    fn literal(&mut self, text: &'static str) -> Result<(), EntryError> {
        self.rest = self.rest.strip_prefix(text.as_bytes()).ok_or_else(|| self.fault(text))?;
        Ok(())
    }

    /// A JSON string without escapes.
    fn string(&mut self, why: &'static str) -> Result<&'a str, EntryError> {
        let inner = self.rest.strip_prefix(b"\"").ok_or_else(|| self.fault(why))?;
        let end = inner.iter().position(|b| *b == b'"').ok_or_else(|| self.fault(why))?;
        let (text, after) = inner.split_at_checked(end).ok_or_else(|| self.fault(why))?;
        let text = std::str::from_utf8(text).map_err(|_| self.fault(why))?;
        self.rest = after.strip_prefix(b"\"").ok_or_else(|| self.fault(why))?;
        Ok(text)
    }

    /// An object of strings, its names in rising order.
    fn map<T>(&mut self, most: usize, value: impl Fn(&str) -> Option<T>) -> Result<BTreeMap<String, T>, EntryError> {
        let mut found = BTreeMap::new();
        self.literal("{")?;
        while !self.rest.starts_with(b"}") {
            if !found.is_empty() {
                self.literal(",")?;
            }
            let name = self.string("a name")?;
            let rising = found.last_key_value().is_none_or(|(last, _): (&String, &T)| last.as_str() < name);
            if !rising || !is_name(name) || found.len() == most {
                return Err(self.fault("names in rising order, not too many"));
            }
            self.literal(":")?;
            let text = self.string("a value")?;
            found.insert(name.to_owned(), value(text).ok_or_else(|| self.fault("a value of the right form"))?);
        }
        self.literal("}")?;
        Ok(found)
    }
}

/// The commitment to a payload: SHA-256 over a label, 32 random bytes of salt, and the payload.
///
/// Whoever has salt and payload can show what was recorded; once the salt is destroyed nobody can, not by guessing either (SG-081).
#[must_use]
pub fn commitment(salt: &[u8; 32], payload: &[u8]) -> [u8; 32] {
    Sha256::new().chain_update(b"tributary-ledger/commit/v1\n").chain_update(salt).chain_update(payload).finalize().into()
}

/// The pseudonym of a thing: HMAC-SHA256 under a key that never leaves its keeper, over a label and three texts with their lengths, cut to
/// 128 bits. The same person has another pseudonym in each `scope` (the thing acted on), so that nobody can be followed across things.
#[must_use]
pub fn pseudonym(key: &[u8; 32], scope: &str, name: &str, id: &str) -> Pseudonym {
    // HMAC pads a key that is shorter than its block with zeros (RFC 2104).
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(place, byte)| *place = *byte);
    let mut mac = Hmac::<Sha256>::new(&block.into());
    mac.update(b"tributary-ledger/ref/v1\n");
    for part in [scope, name, id] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    let whole: [u8; 32] = mac.finalize().into_bytes().into();
    Pseudonym(whole.first_chunk().copied().unwrap_or_default())
}
