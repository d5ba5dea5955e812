//! Checkpoints (c2sp.org/tlog-checkpoint): a log's size and root under its name.

use crate::hash::{Hash, parse_decimal};
use crate::note::{Kind, Note, NoteError, Signer, VerifierKey};

/// Characters of an origin.
pub const ORIGIN_MAX: usize = 255;

/// Why a checkpoint is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The note around it.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The text is no checkpoint's.
    #[error("not a checkpoint: {0}")]
    Shape(&'static str),
    /// It is another log's.
    #[error("the checkpoint is of `{found}`, not of `{expected}`")]
    Origin {
        /// The log's name that was asked for.
        expected: String,
        /// The name on the checkpoint.
        found: String,
    },
}

/// What a log says of itself at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The log's name.
    pub origin: String,
    /// Entries in the log.
    pub size: u64,
    /// The root of the tree over them.
    pub root: Hash,
}

impl Checkpoint {
    /// The text that is signed. `origin` must be one line, not empty.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}\n{}\n{}\n", self.origin, self.size, self.root)
    }

    /// Reads a text. Extension lines are refused: nobody could audit them.
    ///
    /// # Errors
    /// Where it is not three lines of origin, size and root.
    pub fn parse_text(text: &str) -> Result<Self, CheckpointError> {
        let shape = CheckpointError::Shape;
        let body = text.strip_suffix('\n').ok_or(shape("the last line has no newline"))?;
        let mut lines = body.split('\n');
        let (Some(origin), Some(size), Some(root)) = (lines.next(), lines.next(), lines.next()) else {
            return Err(shape("it has fewer than three lines"));
        };
        if origin.is_empty() || origin.len() > ORIGIN_MAX || origin.chars().any(char::is_control) {
            return Err(shape("the origin is empty, longer than 255 bytes, or has a control character"));
        }
        if lines.next().is_some() {
            return Err(shape("it has extension lines, which no auditor can check"));
        }
        let size = parse_decimal(size).ok_or(shape("the size is not a decimal number without leading zeros"))?;
        if size > i64::MAX as u64 {
            return Err(shape("the size is beyond 2^63"));
        }
        let root = Hash::from_base64(root).ok_or(shape("the root is not 32 bytes of base64"))?;
        Ok(Self { origin: origin.to_owned(), size, root })
    }

    /// An empty log has the empty tree's root.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.size > 0 || self.root == Hash::empty()
    }

    /// Reads a signed checkpoint without believing it.
    ///
    /// # Errors
    /// Where it is no note or no checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<(Self, Note), CheckpointError> {
        let note = Note::parse(bytes)?;
        Ok((Self::parse_text(&note.text)?, note))
    }

    /// Reads a signed checkpoint, holds its log's signature against it, and its name against the key's.
    ///
    /// # Errors
    /// Where it is no checkpoint, another log's, or not signed with this key.
    pub fn open(bytes: &[u8], log: &VerifierKey) -> Result<(Self, Note), CheckpointError> {
        let (checkpoint, note) = Self::parse(bytes)?;
        note.verify(&[log])?;
        if checkpoint.origin != log.name() {
            return Err(CheckpointError::Origin { expected: log.name().to_owned(), found: checkpoint.origin });
        }
        if !checkpoint.is_sound() {
            return Err(CheckpointError::Shape("the size is 0 and the root is not the empty tree's"));
        }
        Ok((checkpoint, note))
    }

    /// Signs it as the log. A log must never sign two that are not consistent: sign what was appended, and nothing else.
    #[must_use]
    pub fn sign(&self, log: &Signer) -> Note {
        let text = self.text();
        let signature = log.sign(&text, 0);
        Note { text, signatures: vec![signature] }
    }
}

/// Is this a key a log may sign with?
#[must_use]
pub fn is_log_key(key: &VerifierKey) -> bool {
    key.kind() == Kind::Ed25519
}
