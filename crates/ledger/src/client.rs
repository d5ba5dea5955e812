//! The log's side of the witness protocol: what to send, what an answer means. How bytes travel is the caller's.

use crate::checkpoint::{Checkpoint, CheckpointError};
use crate::hash::parse_decimal;
use crate::note::{Note, NoteError, Signature, VerifierKey};
use crate::store::{StoreError, TileRead, Tree};
use crate::witness::{AddCheckpoint, SIZE_TYPE};

/// Bytes of an answer that are read.
pub const REPLY_BYTES_MAX: usize = 1 << 16;
/// How often a witness may say that it is at another size before it is given up: others may be sending to it as well.
const TRIES: usize = 4;

/// An answer as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// The `Content-Type` header.
    pub content_type: String,
    /// The body, at most [`REPLY_BYTES_MAX`].
    pub body: Vec<u8>,
}

/// Why no cosignature came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AskError {
    /// It was not reached.
    #[error("the witness was not reached: {0}")]
    Transport(String),
    /// It saw a longer log than ours, under our key.
    #[error(
        "the witness has cosigned {witness} entries of this log, and we have {ours}: the log was rolled back; restore it before anything is published"
    )]
    Ahead {
        /// Entries it saw.
        witness: u64,
        /// Entries there are here.
        ours: u64,
    },
    /// It saw another history of the same log.
    #[error("the witness has cosigned another history of this log (status {status}): {why}")]
    Parted {
        /// 409 or 422.
        status: u16,
        /// What it says.
        why: String,
    },
    /// It refused.
    #[error("the witness refused with status {status}: {why}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// What it says, cut short.
        why: String,
    },
    /// Its answer makes no sense.
    #[error("the witness's answer is not one: {0}")]
    Answer(String),
    /// Our own log.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Our own checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// Cosignatures that hold, of the keys asked for.
    Cosigned(Vec<Signature>),
    /// The witness is at another size: ask again from there.
    At(u64),
}

/// The body of a request for a checkpoint, from the size the witness is believed to be at.
///
/// # Errors
/// Where the tiles do not carry the proof, or `old` is beyond the tree.
pub fn request<R: TileRead>(tree: &Tree<R>, checkpoint: &Checkpoint, note: &Note, old: u64) -> Result<AddCheckpoint, AskError> {
    if old > tree.size() {
        return Err(AskError::Ahead { witness: old, ours: tree.size() });
    }
    let proof = if old == 0 { Vec::new() } else { tree.consistency(old, &tree.root_at(old)?)? };
    Ok(AddCheckpoint { old, proof, checkpoint: checkpoint.clone(), note: note.clone() })
}

/// Reads an answer to `sent`, and holds the cosignatures against the witness's keys.
///
/// # Errors
/// Where it is neither a cosignature nor another size.
pub fn meaning(sent: &AddCheckpoint, answer: &Answer, keys: &[&VerifierKey]) -> Result<Meaning, AskError> {
    let text = || String::from_utf8_lossy(&answer.body).chars().filter(|c| !c.is_control()).take(200).collect::<String>();
    let parsed = |text: &str| text.strip_suffix('\n').and_then(parse_decimal);
    match answer.status {
        200 => {
            if answer.body.len() > REPLY_BYTES_MAX {
                return Err(AskError::Answer("it is too long".to_owned()));
            }
            let body = std::str::from_utf8(&answer.body).map_err(|_| AskError::Answer("it is not UTF-8".to_owned()))?;
            let lines = body.lines().map(Signature::parse).collect::<Result<Vec<_>, _>>();
            let signatures = lines.map_err(|error| AskError::Answer(error.to_string()))?;
            let note = Note { text: sent.note.text.clone(), signatures };
            let held = note.verify(keys).map_err(|error: NoteError| AskError::Answer(error.to_string()))?;
            Ok(Meaning::Cosigned(held.iter().filter_map(|v| note.signatures.get(v.signature).cloned()).collect()))
        }
        409 => {
            let size = answer.content_type.starts_with(SIZE_TYPE).then(|| std::str::from_utf8(&answer.body).ok().and_then(parsed)).flatten();
            match size {
                Some(size) if size == sent.old => Err(AskError::Parted { status: 409, why: format!("it has another root at {size} entries") }),
                Some(size) if size > sent.checkpoint.size => Err(AskError::Ahead { witness: size, ours: sent.checkpoint.size }),
                Some(size) => Ok(Meaning::At(size)),
                None => Err(AskError::Answer("a conflict without a size".to_owned())),
            }
        }
        422 => Err(AskError::Parted { status: 422, why: text() }),
        status => Err(AskError::Refused { status, why: text() }),
    }
}

/// Asks one witness to cosign the log's checkpoint, from the size it is believed to be at (0 when unknown); where it says another size,
/// asks again from there. `send` carries a body to `<prefix>/add-checkpoint` and brings the answer, within its own time limit.
///
/// # Errors
/// Where no cosignature came. `Ahead` and `Parted` are alarms: the log has two histories.
pub fn ask<R: TileRead>(
    tree: &Tree<R>,
    note: &Note,
    believed: u64,
    keys: &[&VerifierKey],
    mut send: impl FnMut(&[u8]) -> Result<Answer, String>,
) -> Result<Vec<Signature>, AskError> {
    let checkpoint = Checkpoint::parse_text(&note.text)?;
    let mut old = believed.min(tree.size());
    for _ in 0..TRIES {
        let sent = request(tree, &checkpoint, note, old)?;
        let answer = send(sent.to_string().as_bytes()).map_err(AskError::Transport)?;
        match meaning(&sent, &answer, keys)? {
            Meaning::Cosigned(signatures) => return Ok(signatures),
            Meaning::At(size) => old = size,
        }
    }
    Err(AskError::Answer("it names another size each time it is asked".to_owned()))
}
