//! What a witness does (c2sp.org/tlog-witness), as a function of what it saw before: it cosigns a checkpoint that continues the one it
//! cosigned last, and never two histories. Keeping its memory on the disk before it answers is its server's duty.

use crate::checkpoint::Checkpoint;
use crate::hash::{Hash, parse_decimal};
use crate::note::{NOTE_BYTES_MAX, Note, Signer, VerifierKey};
use crate::tree::{PROOF_MAX, verify_consistency};

/// Bytes of a request.
pub const REQUEST_BYTES_MAX: usize = NOTE_BYTES_MAX + 64 * 48;
/// The media type of a 409 answer's size.
pub const SIZE_TYPE: &str = "text/x.tlog.size";

/// A log that a witness serves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub origin: String,
    /// Its keys.
    pub keys: Vec<VerifierKey>,
}

/// What a witness cosigned last of one log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Entries.
    pub size: u64,
    /// Root.
    pub root: Hash,
}

impl Seen {
    /// Nothing yet.
    #[must_use]
    pub fn nothing() -> Self {
        Self { size: 0, root: Hash::empty() }
    }
}

/// An `add-checkpoint` request, read and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    /// The size the client believes the witness cosigned last.
    pub old: u64,
    /// Consistency from there.
    pub proof: Vec<Hash>,
    /// The new checkpoint.
    pub checkpoint: Checkpoint,
    /// With its signatures.
    pub note: Note,
}

impl AddCheckpoint {
    /// Reads a request's body.
    ///
    /// # Errors
    /// With what is wrong; the answer is 400.
    pub fn parse(body: &[u8]) -> Result<Self, String> {
        if body.len() > REQUEST_BYTES_MAX {
            return Err("the request is too long".to_owned());
        }
        let text = std::str::from_utf8(body).map_err(|_| "the request is not UTF-8".to_owned())?;
        let (head, note) = text.split_once("\n\n").ok_or("no blank line parts proof and checkpoint")?;
        let mut lines = head.split('\n');
        let old = lines.next().and_then(|line| line.strip_prefix("old ")).and_then(parse_decimal);
        let old = old.ok_or("the first line is not `old` with a decimal number without leading zeros")?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == PROOF_MAX {
                return Err("the proof has more than 63 lines".to_owned());
            }
            proof.push(Hash::from_base64(line).ok_or("a line of the proof is not 32 bytes of base64")?);
        }
        let (checkpoint, note) = Checkpoint::parse(note.as_bytes()).map_err(|error| error.to_string())?;
        Ok(Self { old, proof, checkpoint, note })
    }
}

impl std::fmt::Display for AddCheckpoint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "old {}", self.old)?;
        self.proof.iter().try_for_each(|hash| writeln!(out, "{hash}"))?;
        write!(out, "\n{}", self.note)
    }
}

/// An answer over HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// 200, 400, 403, 404, 409 or 422.
    pub status: u16,
    /// The media type.
    pub content_type: &'static str,
    /// The body.
    pub body: String,
}

impl Reply {
    fn plain(status: u16, body: &str) -> Self {
        Self { status, content_type: "text/plain; charset=utf-8", body: format!("{body}\n") }
    }

    fn size(size: u64) -> Self {
        Self { status: 409, content_type: SIZE_TYPE, body: format!("{size}\n") }
    }
}

/// What a request leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The answer; a 200 may be sent only after `keep` is on the disk.
    pub reply: Reply,
    /// The origin and what is to be remembered of it, in place of what was.
    pub keep: Option<(String, Seen)>,
    /// A checkpoint that the log signed and that does not continue the one it signed before: proof of its misbehaviour, worth keeping.
    pub misbehaved: Option<Note>,
}

impl From<Reply> for Outcome {
    fn from(reply: Reply) -> Self {
        Self { reply, keep: None, misbehaved: None }
    }
}

/// Answers an `add-checkpoint` request. `seen` says what was cosigned last of an origin; the caller holds the origin's lock from before
/// that is read until `keep` is written. `now` is in seconds since 1970. `signers` are the witness's own keys, one cosignature line each.
#[must_use]
pub fn add_checkpoint(body: &[u8], logs: &[Known], seen: impl Fn(&str) -> Option<Seen>, now: u64, signers: &[Signer]) -> Outcome {
    let request = match AddCheckpoint::parse(body) {
        Ok(request) => request,
        Err(why) => return Reply::plain(400, &why).into(),
    };
    let checkpoint = &request.checkpoint;
    let Some(known) = logs.iter().find(|log| log.origin == checkpoint.origin) else {
        return Reply::plain(404, "this log is not known here").into();
    };
    if request.note.verify(&known.keys.iter().collect::<Vec<_>>()).is_err() {
        return Reply::plain(403, "no signature of a key that is trusted for this log").into();
    }
    if request.old > checkpoint.size {
        return Reply::plain(400, "the old size is greater than the checkpoint's").into();
    }
    let last = seen(&checkpoint.origin).unwrap_or_else(Seen::nothing);
    if request.old != last.size {
        return Reply::size(last.size).into();
    }
    if !checkpoint.is_sound() {
        return Outcome { misbehaved: Some(request.note), ..Reply::plain(422, "the size is 0 and the root is not the empty tree's").into() };
    }
    if checkpoint.size == last.size && checkpoint.root != last.root {
        return Outcome { misbehaved: Some(request.note), ..Reply::size(last.size).into() };
    }
    if verify_consistency(last.size, &last.root, checkpoint.size, &checkpoint.root, &request.proof).is_err() {
        return Outcome { misbehaved: Some(request.note), ..Reply::plain(422, "the consistency proof does not hold").into() };
    }
    let lines: String = signers.iter().map(|signer| format!("{}\n", signer.sign(&request.note.text, now))).collect();
    let keep = Some((checkpoint.origin.clone(), Seen { size: checkpoint.size, root: checkpoint.root }));
    Outcome { reply: Reply { status: 200, content_type: "text/plain; charset=utf-8", body: lines }, keep, misbehaved: None }
}
