//! Signed notes (c2sp.org/signed-note): a text and the lines of those who signed it.

use crate::cosign;
use crate::hash::{from_base64, from_hex, to_base64, to_hex};
use ed25519_dalek::{Signature as Ed25519, Signer as _, SigningKey, VerifyingKey};
use sha2::{Digest, Sha256};

/// Signatures read from one note; the standard asks for at least 16.
pub const SIGNATURES_MAX: usize = 64;
/// Bytes of one note, text and signatures.
pub const NOTE_BYTES_MAX: usize = 1 << 18;
/// Characters of a key's name.
pub const NAME_MAX: usize = 255;
/// Bytes of one signature, key id included; the longest known is 4 + 8 + 2420.
const SIGNATURE_BYTES_MAX: usize = 8192;

/// Why a note or a key is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// It is not a note.
    #[error("not a signed note: {0}")]
    Shape(&'static str),
    /// Not a key.
    #[error("not a key: {0}; a verifier key reads `name+hash+key`")]
    Key(&'static str),
    /// A known key signed something else.
    #[error("the signature of `{0}` does not fit the text: the note was changed, or signed with another key")]
    Forged(String),
    /// No known key signed.
    #[error("no signature of a known key is on the note; give the verifier key of who should have signed")]
    Unsigned,
}

/// What a key signs, by the standard's type byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// 0x01: Ed25519 over the text, as logs sign.
    Ed25519,
    /// 0x04: Ed25519 cosignature with a time, as witnesses sign.
    Cosignature,
}

impl Kind {
    /// The standard's type byte.
    #[must_use]
    pub const fn byte(self) -> u8 {
        match self {
            Self::Ed25519 => 0x01,
            Self::Cosignature => 0x04,
        }
    }

    /// From the standard's type byte.
    #[must_use]
    pub const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            0x01 => Some(Self::Ed25519),
            0x04 => Some(Self::Cosignature),
            _ => None,
        }
    }
}

/// Non-empty, no space of any script, no plus, no control character.
#[must_use]
pub fn is_key_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_MAX && !name.chars().any(|c| c.is_whitespace() || c.is_control() || c == '+')
}

/// SHA-256(name || 0x0A || type || public key), its first four bytes, big-endian.
#[must_use]
pub fn key_id(name: &str, kind: Kind, public: &[u8]) -> u32 {
    let digest: [u8; 32] = Sha256::new().chain_update(name).chain_update([b'\n', kind.byte()]).chain_update(public).finalize().into();
    digest.first_chunk().map_or(0, |first| u32::from_be_bytes(*first))
}

/// A public key with the name it signs under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifierKey {
    name: String,
    id: u32,
    kind: Kind,
    public: VerifyingKey,
}

impl VerifierKey {
    /// # Errors
    /// Where the name is no key name, or the 32 bytes no point of the curve that may be trusted.
    pub fn new(name: &str, kind: Kind, public: &[u8]) -> Result<Self, NoteError> {
        if !is_key_name(name) {
            return Err(NoteError::Key("the name is empty, too long, or has a space or a plus"));
        }
        let bytes: [u8; 32] = public.try_into().map_err(|_| NoteError::Key("an Ed25519 key has 32 bytes"))?;
        let point = VerifyingKey::from_bytes(&bytes).map_err(|_| NoteError::Key("the bytes are no Ed25519 key"))?;
        if point.is_weak() {
            return Err(NoteError::Key("the key is weak: it would take any signature"));
        }
        Ok(Self { name: name.to_owned(), id: key_id(name, kind, public), kind, public: point })
    }

    /// Reads `name+hash+base64(type || key)`.
    ///
    /// # Errors
    /// Where it is not such a text, its hash does not fit, or its type is not known here.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let mut parts = text.splitn(3, '+');
        let (Some(name), Some(hash), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("it has fewer than three parts"));
        };
        let id = from_hex::<4>(hash).map(u32::from_be_bytes).ok_or(NoteError::Key("the hash is not 8 lower-case hexadecimal digits"))?;
        let bytes = from_base64(encoded).ok_or(NoteError::Key("the key is not base64"))?;
        let (kind, public) = bytes.split_first().ok_or(NoteError::Key("the key is empty"))?;
        let kind = Kind::from_byte(*kind).ok_or(NoteError::Key("its type is not known here: 01 and 04 are"))?;
        let key = Self::new(name, kind, public)?;
        if key.id == id { Ok(key) } else { Err(NoteError::Key("its hash does not fit its name and bytes")) }
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
    /// Its id, which with the name says whose signature a line is.
    #[must_use]
    pub const fn id(&self) -> u32 {
        self.id
    }
    /// What it signs.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        self.kind
    }
    /// The public key's bytes, which tell two keys apart whatever their names.
    #[must_use]
    pub fn public(&self) -> &[u8] {
        self.public.as_bytes()
    }

    /// Is this signature line this key's?
    #[must_use]
    pub fn owns(&self, signature: &Signature) -> bool {
        self.name == signature.name && self.id == signature.id
    }

    /// Holds one of its signatures against a text. Says the time of a cosignature (seconds since 1970), `None` for a plain one.
    ///
    /// # Errors
    /// `Forged` where it does not fit.
    pub fn verify(&self, text: &str, signature: &Signature) -> Result<Option<u64>, NoteError> {
        let forged = || NoteError::Forged(self.name.clone());
        let (time, bytes) = match self.kind {
            Kind::Ed25519 => (None, signature.bytes.as_slice()),
            Kind::Cosignature => {
                let (time, rest) = signature.bytes.split_first_chunk::<8>().ok_or_else(forged)?;
                let time = u64::from_be_bytes(*time);
                (Some(i64::try_from(time).map(|_| time).map_err(|_| forged())?), rest)
            }
        };
        let ed25519 = Ed25519::from_slice(bytes).map_err(|_| forged())?;
        let message = time.map_or_else(|| text.to_owned(), |time| cosign::message(time, text));
        self.public.verify_strict(message.as_bytes(), &ed25519).map(|()| time).map_err(|_| forged())
    }
}

impl std::fmt::Display for VerifierKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes: Vec<u8> = std::iter::once(self.kind.byte()).chain(self.public().iter().copied()).collect();
        write!(out, "{}+{}+{}", self.name, to_hex(&self.id.to_be_bytes()), to_base64(&bytes))
    }
}

/// A secret key with the name it signs under. It is never shown.
pub struct Signer {
    secret: SigningKey,
    verifier: VerifierKey,
}

impl Signer {
    /// From a secret seed of 32 random bytes.
    ///
    /// # Errors
    /// Where the name is no key name.
    pub fn new(name: &str, kind: Kind, seed: &[u8; 32]) -> Result<Self, NoteError> {
        let secret = SigningKey::from_bytes(seed);
        let verifier = VerifierKey::new(name, kind, secret.verifying_key().as_bytes())?;
        Ok(Self { secret, verifier })
    }

    /// Reads `PRIVATE+KEY+name+hash+base64(type || seed)`.
    ///
    /// # Errors
    /// Where it is not such a text or its hash does not fit. The text is never repeated in the error.
    pub fn parse(text: &str) -> Result<Self, NoteError> {
        let bad = |why| move || NoteError::Key(why);
        let rest = text.strip_prefix("PRIVATE+KEY+").ok_or_else(bad("a signing key begins with `PRIVATE+KEY+`"))?;
        let mut parts = rest.splitn(3, '+');
        let (Some(name), Some(hash), Some(encoded)) = (parts.next(), parts.next(), parts.next()) else {
            return Err(NoteError::Key("it has fewer than five parts"));
        };
        let bytes = from_base64(encoded).ok_or_else(bad("the secret is not base64"))?;
        let (kind, seed) = bytes.split_first().ok_or_else(bad("the secret is empty"))?;
        let kind = Kind::from_byte(*kind).ok_or_else(bad("its type is not known here: 01 and 04 are"))?;
        let signer = Self::new(name, kind, &seed.try_into().map_err(|_| NoteError::Key("the seed has not 32 bytes"))?)?;
        if to_hex(&signer.verifier.id.to_be_bytes()) == hash { Ok(signer) } else { Err(NoteError::Key("its hash does not fit its name and bytes")) }
    }

    /// The secret's text, for a file that only its owner may read.
    #[must_use]
    pub fn to_secret_text(&self) -> String {
        let bytes: Vec<u8> = std::iter::once(self.verifier.kind.byte()).chain(self.secret.to_bytes()).collect();
        format!("PRIVATE+KEY+{}+{}+{}", self.verifier.name, to_hex(&self.verifier.id.to_be_bytes()), to_base64(&bytes))
    }

    /// The public half.
    #[must_use]
    pub const fn verifier(&self) -> &VerifierKey {
        &self.verifier
    }

    /// Signs a text; `time` (seconds since 1970, below 2^63) is read for cosignatures only.
    #[must_use]
    pub fn sign(&self, text: &str, time: u64) -> Signature {
        let bytes = match self.verifier.kind {
            Kind::Ed25519 => self.secret.sign(text.as_bytes()).to_bytes().to_vec(),
            Kind::Cosignature => {
                let mut bytes = time.to_be_bytes().to_vec();
                bytes.extend(self.secret.sign(cosign::message(time, text).as_bytes()).to_bytes());
                bytes
            }
        };
        Signature { name: self.verifier.name.clone(), id: self.verifier.id, bytes }
    }
}

impl std::fmt::Debug for Signer {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Signer({})", self.verifier)
    }
}

/// One signature line.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Signature {
    /// The key's name.
    pub name: String,
    /// The key's id.
    pub id: u32,
    /// The signature, after the id.
    pub bytes: Vec<u8>,
}

impl Signature {
    /// Reads `— name base64`, without its newline.
    ///
    /// # Errors
    /// Where it is no such line.
    pub fn parse(line: &str) -> Result<Self, NoteError> {
        let rest = line.strip_prefix("\u{2014} ").ok_or(NoteError::Shape("a signature line begins with an em dash and a space"))?;
        let (name, encoded) = rest.split_once(' ').ok_or(NoteError::Shape("a signature line has a name and a signature"))?;
        if !is_key_name(name) {
            return Err(NoteError::Shape("a key's name is empty, too long, or has a space or a plus"));
        }
        if encoded.len() > SIGNATURE_BYTES_MAX.div_ceil(3) * 4 {
            return Err(NoteError::Shape("a signature is longer than any known kind"));
        }
        let bytes = from_base64(encoded).ok_or(NoteError::Shape("a signature is not base64"))?;
        match bytes.split_first_chunk::<4>() {
            Some((id, rest)) if !rest.is_empty() => Ok(Self { name: name.to_owned(), id: u32::from_be_bytes(*id), bytes: rest.to_vec() }),
            _ => Err(NoteError::Shape("a signature has fewer than five bytes")),
        }
    }
}

impl std::fmt::Display for Signature {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let bytes: Vec<u8> = self.id.to_be_bytes().iter().chain(&self.bytes).copied().collect();
        write!(out, "\u{2014} {} {}", self.name, to_base64(&bytes))
    }
}

/// A signature that holds: which of the given keys made it, and when it says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Verified {
    /// Place of the key among those given.
    pub key: usize,
    /// Place of the signature in the note.
    pub signature: usize,
    /// Time of a cosignature, seconds since 1970; `None` for a plain signature.
    pub time: Option<u64>,
}

/// A text and its signatures. What it says may be believed only after [`Note::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The text, with its last newline.
    pub text: String,
    /// The signatures, in their order.
    pub signatures: Vec<Signature>,
}

impl Note {
    /// Reads a note; what it says is not yet to be believed.
    ///
    /// # Errors
    /// Where it is no note, or beyond [`NOTE_BYTES_MAX`] or [`SIGNATURES_MAX`].
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > NOTE_BYTES_MAX {
            return Err(NoteError::Shape("it is longer than 256 KiB"));
        }
        let whole = std::str::from_utf8(bytes).map_err(|_| NoteError::Shape("it is not UTF-8"))?;
        if whole.bytes().any(|b| b < b' ' && b != b'\n') {
            return Err(NoteError::Shape("it has a control character"));
        }
        let (before, lines) = whole.rsplit_once("\n\n").ok_or(NoteError::Shape("no blank line parts text and signatures"))?;
        let lines = lines.strip_suffix('\n').ok_or(NoteError::Shape("the last line has no newline"))?;
        if lines.split('\n').count() > SIGNATURES_MAX {
            return Err(NoteError::Shape("it has more than 64 signatures"));
        }
        let signatures = lines.split('\n').map(Signature::parse).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { text: format!("{before}\n"), signatures })
    }

    /// The signatures of these keys, each held against the text. Those of unknown keys are passed over.
    ///
    /// # Errors
    /// `Forged` where a known key's signature does not fit; `Unsigned` where no known key signed.
    pub fn verify(&self, keys: &[&VerifierKey]) -> Result<Vec<Verified>, NoteError> {
        let found = self.known(keys)?;
        if found.is_empty() { Err(NoteError::Unsigned) } else { Ok(found) }
    }

    /// As [`Note::verify`], but none is not an error.
    ///
    /// # Errors
    /// `Forged` where a known key's signature does not fit.
    pub fn known(&self, keys: &[&VerifierKey]) -> Result<Vec<Verified>, NoteError> {
        let mut found = Vec::new();
        for (place, signature) in self.signatures.iter().enumerate() {
            if let Some((key, verifier)) = keys.iter().enumerate().find(|(_, key)| key.owns(signature)) {
                found.push(Verified { key, signature: place, time: verifier.verify(&self.text, signature)? });
            }
        }
        Ok(found)
    }

    /// Adds signatures; a key's earlier signature gives way to its later one, which takes the same place.
    pub fn add(&mut self, signatures: impl IntoIterator<Item = Signature>) {
        for signature in signatures {
            match self.signatures.iter_mut().find(|s| s.name == signature.name && s.id == signature.id) {
                Some(earlier) => *earlier = signature,
                None => self.signatures.push(signature),
            }
        }
    }
}

impl std::fmt::Display for Note {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{}", self.text)?;
        self.signatures.iter().try_for_each(|signature| writeln!(out, "{signature}"))
    }
}
