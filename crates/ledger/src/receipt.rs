//! Receipts (c2sp.org/tlog-proof): one file that shows offline that an entry is in a log, and who saw the log with it.

use crate::checkpoint::CheckpointError;
use crate::hash::{Hash, from_base64, parse_decimal, to_base64};
use crate::note::NOTE_BYTES_MAX;
use crate::policy::{Policy, Verdict};
use crate::tree::{PROOF_MAX, ProofError, verify_inclusion};

/// The first line.
pub const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// Bytes of the extra data.
pub const EXTRA_MAX: usize = 1 << 16;

/// Why a receipt is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// It is none.
    #[error("not a tlog-proof: {0}")]
    Shape(&'static str),
    /// Its checkpoint.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The entry is not where it says.
    #[error("the entry is not in the log at that index: {0}")]
    Proof(#[from] ProofError),
    /// Too few witnesses.
    #[error("the witnesses' quorum is missing; absent: {0}")]
    Quorum(String),
}

/// A receipt, read and not yet believed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// Data beside it that nobody signed.
    pub extra: Option<Vec<u8>>,
    /// The entry's place, from 0.
    pub index: u64,
    /// The inclusion proof, from the leaf's sibling up.
    pub proof: Vec<Hash>,
    /// The signed checkpoint, as it was published.
    pub checkpoint: String,
}

impl Receipt {
    /// Reads a receipt.
    ///
    /// # Errors
    /// Where it is none. Signatures are not looked at here.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        let shape = ReceiptError::Shape;
        if bytes.len() > NOTE_BYTES_MAX + 2 * EXTRA_MAX {
            return Err(shape("it is longer than 384 KiB"));
        }
        let text = std::str::from_utf8(bytes).map_err(|_| shape("it is not UTF-8"))?;
        let (head, checkpoint) = text.split_once("\n\n").ok_or(shape("no blank line parts proof and checkpoint"))?;
        let mut lines = head.split('\n').peekable();
        if lines.next() != Some(HEADER) {
            return Err(shape("the first line is not `c2sp.org/tlog-proof@v1`"));
        }
        let extra = match lines.peek().and_then(|line| line.strip_prefix("extra ")) {
            Some(data) => {
                lines.next();
                let data = from_base64(data).filter(|data| data.len() <= EXTRA_MAX);
                Some(data.ok_or(shape("the extra data are not base64, or longer than 64 KiB"))?)
            }
            None => None,
        };
        let index = lines.next().and_then(|line| line.strip_prefix("index ")).and_then(parse_decimal);
        let index = index.ok_or(shape("no line `index` with a decimal number without leading zeros"))?;
        let mut proof = Vec::new();
        for line in lines {
            if proof.len() == PROOF_MAX {
                return Err(shape("it has more than 63 hashes"));
            }
            proof.push(Hash::from_base64(line).ok_or(shape("a line of the proof is not 32 bytes of base64"))?);
        }
        Ok(Self { extra, index, proof, checkpoint: checkpoint.to_owned() })
    }

    /// Holds the receipt against the policy and a leaf's hash; both must stand, and the quorum.
    ///
    /// # Errors
    /// Where any of it does not hold.
    pub fn verify_leaf(&self, leaf: &Hash, policy: &Policy, latest: Option<u64>) -> Result<Verdict, ReceiptError> {
        let verdict = policy.judge(self.checkpoint.as_bytes(), latest)?;
        verify_inclusion(leaf, self.index, verdict.checkpoint.size, &self.proof, &verdict.checkpoint.root)?;
        if verdict.quorum { Ok(verdict) } else { Err(ReceiptError::Quorum(verdict.absent.join(", "))) }
    }

    /// As [`Receipt::verify_leaf`], of an entry's bytes.
    ///
    /// # Errors
    /// Where any of it does not hold.
    pub fn verify(&self, entry: &[u8], policy: &Policy, latest: Option<u64>) -> Result<Verdict, ReceiptError> {
        self.verify_leaf(&Hash::leaf(entry), policy, latest)
    }
}

impl std::fmt::Display for Receipt {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        writeln!(out, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(out, "extra {}", to_base64(extra))?;
        }
        writeln!(out, "index {}", self.index)?;
        self.proof.iter().try_for_each(|hash| writeln!(out, "{hash}"))?;
        write!(out, "\n{}", self.checkpoint)
    }
}
