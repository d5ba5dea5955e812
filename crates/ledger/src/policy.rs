//! Trust policies (c2sp.org/tlog-policy): which logs, which witnesses, and how many of whom must have cosigned.

use std::collections::BTreeSet;

use crate::checkpoint::{Checkpoint, CheckpointError, is_log_key};
use crate::hash::parse_decimal;
use crate::note::{Kind, Note, VerifierKey};

/// Bytes of a policy file.
pub const POLICY_BYTES_MAX: usize = 1 << 18;
/// Logs, witnesses and groups of each kind; the standard asks for at least 32.
pub const ITEMS_MAX: usize = 128;
/// Bytes of a name or address.
const WORD_MAX: usize = 512;

/// Why a policy is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("policy, line {line}: {why}")]
pub struct PolicyError {
    /// From 1; 0 for the file as a whole.
    pub line: usize,
    /// What is wrong.
    pub why: String,
}

/// A log the policy trusts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its key; the name is the log's origin.
    pub key: VerifierKey,
    /// Where it may be reached.
    pub url: Option<String>,
}

/// A witness the policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    /// What this file calls it.
    pub name: Vec<u8>,
    /// Its key.
    pub key: VerifierKey,
    /// Where `add-checkpoint` may be asked.
    pub url: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Member {
    Witness(usize),
    Group(usize),
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Group {
    name: Vec<u8>,
    need: usize,
    members: Vec<Member>,
}

/// A policy: a checkpoint is valid where one of the logs signed it and the quorum cosigned it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The logs, in the file's order.
    pub logs: Vec<PolicyLog>,
    /// The witnesses, in the file's order.
    pub witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    quorum: Option<Member>,
}

/// A witness that cosigned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosigned {
    /// What the policy calls it.
    pub witness: String,
    /// Its key's name.
    pub key: String,
    /// When it says it did, seconds since 1970; the latest where it did more than once.
    pub time: u64,
}

/// What a policy says of a checkpoint that one of its logs signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verdict {
    /// The checkpoint.
    pub checkpoint: Checkpoint,
    /// Is the quorum met?
    pub quorum: bool,
    /// Who cosigned, in the policy's order.
    pub cosigned: Vec<Cosigned>,
    /// Witnesses of the policy that did not.
    pub absent: Vec<String>,
}

/// Names, addresses and keys of the file, as they are read.
#[derive(Default)]
struct Reading {
    logs: Vec<PolicyLog>,
    witnesses: Vec<PolicyWitness>,
    groups: Vec<Group>,
    quorum: Option<Option<Member>>,
    used: BTreeSet<Vec<u8>>,
}

fn shown(word: &[u8]) -> String {
    String::from_utf8_lossy(word).into_owned()
}

fn key(word: &[u8]) -> Result<VerifierKey, String> {
    let text = std::str::from_utf8(word).map_err(|_| "the key is not UTF-8".to_owned())?;
    VerifierKey::parse(text).map_err(|error| format!("`{text}` is {error}"))
}

fn url(word: Option<&&[u8]>) -> Result<Option<String>, String> {
    word.map(|word| String::from_utf8(word.to_vec()).map_err(|_| "the address is not UTF-8".to_owned())).transpose()
}

impl Reading {
    fn find(&self, name: &[u8]) -> Option<Member> {
        let witness = self.witnesses.iter().position(|w| w.name == name).map(Member::Witness);
        witness.or_else(|| self.groups.iter().position(|g| g.name == name).map(Member::Group))
    }

    fn new_name(&self, name: &[u8]) -> Result<Vec<u8>, String> {
        if name == b"none" || self.find(name).is_some() {
            return Err(format!("the name `{}` is taken", shown(name)));
        }
        Ok(name.to_vec())
    }

    fn line(&mut self, words: &[&[u8]]) -> Result<(), String> {
        match words {
            [b"log", rest @ ..] => self.log(rest),
            [b"witness", rest @ ..] => self.witness(rest),
            [b"group", name, need, members @ ..] => self.group(name, need, members),
            [b"quorum", name] => self.quorum(name),
            [first, ..] => {
                Err(format!("`{}` begins no line of a policy, or has too few or too many words; log, witness, group and quorum do", shown(first)))
            }
            [] => Ok(()),
        }
    }

    fn log(&mut self, words: &[&[u8]]) -> Result<(), String> {
        let ([word] | [word, _]) = words else {
            return Err("a log line reads `log <vkey> [<url>]`".to_owned());
        };
        let log = PolicyLog { key: key(word)?, url: url(words.get(1))? };
        if !is_log_key(&log.key) {
            return Err("a witness's key cannot sign as a log".to_owned());
        }
        if self.logs.iter().any(|l| l.key.public() == log.key.public()) {
            return Err("two logs have the same key".to_owned());
        }
        self.logs.push(log);
        bounded(self.logs.len())
    }

    fn witness(&mut self, words: &[&[u8]]) -> Result<(), String> {
        let ([name, word] | [name, word, _]) = words else {
            return Err("a witness line reads `witness <name> <vkey> [<url>]`".to_owned());
        };
        let witness = PolicyWitness { name: self.new_name(name)?, key: key(word)?, url: url(words.get(2))? };
        if witness.key.kind() == Kind::Ed25519 {
            return Err("a log's key cannot cosign: a witness's key has type 04".to_owned());
        }
        if self.witnesses.iter().any(|w| w.key.public() == witness.key.public()) {
            return Err("two witnesses have the same key".to_owned());
        }
        self.witnesses.push(witness);
        bounded(self.witnesses.len())
    }

    fn group(&mut self, name: &[u8], need: &[u8], words: &[&[u8]]) -> Result<(), String> {
        let name = self.new_name(name)?;
        let mut members = Vec::new();
        for word in words {
            members.push(self.find(word).ok_or_else(|| format!("`{}` is not defined above", shown(word)))?);
            if !self.used.insert(word.to_vec()) {
                return Err(format!("`{}` is a member twice", shown(word)));
            }
        }
        let counted = || std::str::from_utf8(need).ok().and_then(parse_decimal).and_then(|n| usize::try_from(n).ok());
        let need = match need {
            b"all" => members.len(),
            b"any" => 1,
            _ => counted().ok_or_else(|| format!("`{}` is neither a number nor `all` nor `any`", shown(need)))?,
        };
        if members.is_empty() || need == 0 || need > members.len() {
            return Err(format!("a group of {} cannot need {need}", members.len()));
        }
        self.groups.push(Group { name, need, members });
        bounded(self.groups.len())
    }

    fn quorum(&mut self, name: &[u8]) -> Result<(), String> {
        if self.quorum.is_some() {
            return Err("there is a quorum line already".to_owned());
        }
        let member = if name == b"none" { None } else { Some(self.find(name).ok_or_else(|| format!("`{}` is not defined above", shown(name)))?) };
        self.quorum = Some(member);
        Ok(())
    }
}

fn bounded(count: usize) -> Result<(), String> {
    if count > ITEMS_MAX { Err(format!("more than {ITEMS_MAX} of one kind")) } else { Ok(()) }
}

impl Policy {
    /// Reads a policy file.
    ///
    /// # Errors
    /// With the line at fault.
    pub fn parse(bytes: &[u8]) -> Result<Self, PolicyError> {
        let whole = |why: &str| PolicyError { line: 0, why: why.to_owned() };
        if bytes.len() > POLICY_BYTES_MAX {
            return Err(whole("the file is longer than 256 KiB"));
        }
        let mut reading = Reading::default();
        for (line, text) in bytes.split(|b| *b == b'\n').enumerate().map(|(at, text)| (at + 1, text)) {
            let fault = |why: String| PolicyError { line, why };
            if text.iter().any(|b| (*b < b' ' && *b != b'\t') || *b == 0x7f) {
                return Err(fault("a control character; tab and newline alone are allowed".to_owned()));
            }
            let words: Vec<&[u8]> = text.split(|b| matches!(b, b' ' | b'\t')).filter(|word| !word.is_empty()).collect();
            if words.first().is_some_and(|word| word.starts_with(b"#")) {
                continue;
            }
            if words.iter().any(|word| word.len() > WORD_MAX) {
                return Err(fault(format!("a word of more than {WORD_MAX} bytes")));
            }
            reading.line(&words).map_err(fault)?;
        }
        let quorum = reading.quorum.ok_or_else(|| whole("no quorum line; write `quorum none` where no witness is needed"))?;
        Ok(Self { logs: reading.logs, witnesses: reading.witnesses, groups: reading.groups, quorum })
    }

    /// The policy of one log and no witness.
    #[must_use]
    pub fn of_log(key: VerifierKey) -> Self {
        Self { logs: vec![PolicyLog { key, url: None }], witnesses: Vec::new(), groups: Vec::new(), quorum: None }
    }

    /// Does this set of witnesses (by place in [`Policy::witnesses`]) meet the quorum?
    #[must_use]
    pub fn meets(&self, cosigned: &BTreeSet<usize>) -> bool {
        // Groups name only what stands above them: one pass settles each.
        let mut settled: Vec<bool> = Vec::new();
        let has = |member: &Member, settled: &[bool]| match member {
            Member::Witness(place) => cosigned.contains(place),
            Member::Group(place) => settled.get(*place).copied().unwrap_or(false),
        };
        for group in &self.groups {
            let count = group.members.iter().filter(|member| has(member, &settled)).count();
            settled.push(count >= group.need);
        }
        self.quorum.is_none_or(|member| has(&member, &settled))
    }

    /// Holds a signed checkpoint against the policy.
    ///
    /// A cosignature from after `latest` (seconds since 1970, with what tolerance the caller allows) is no cosignature.
    ///
    /// # Errors
    /// Where it is no checkpoint, no log of the policy signed it, or a known key's signature does not fit. A missing quorum is no error:
    /// see [`Verdict::quorum`].
    pub fn judge(&self, bytes: &[u8], latest: Option<u64>) -> Result<Verdict, CheckpointError> {
        let (checkpoint, note) = Checkpoint::parse(bytes)?;
        self.judge_note(checkpoint, &note, latest)
    }

    fn judge_note(&self, checkpoint: Checkpoint, note: &Note, latest: Option<u64>) -> Result<Verdict, CheckpointError> {
        let logs: Vec<&VerifierKey> = self.logs.iter().map(|log| &log.key).collect();
        let named = note.verify(&logs)?.iter().filter_map(|v| logs.get(v.key)).any(|key| key.name() == checkpoint.origin);
        if !named || !checkpoint.is_sound() {
            let expected = logs.iter().map(|key| key.name()).collect::<Vec<_>>().join("` or `");
            return Err(CheckpointError::Origin { expected, found: checkpoint.origin });
        }
        let keys: Vec<&VerifierKey> = self.witnesses.iter().map(|witness| &witness.key).collect();
        let found = note.known(&keys)?;
        let mut cosigned = Vec::new();
        let (mut present, mut absent) = (BTreeSet::new(), Vec::new());
        for (place, witness) in self.witnesses.iter().enumerate() {
            let times = found.iter().filter(|v| v.key == place).filter_map(|v| v.time);
            match times.filter(|time| latest.is_none_or(|latest| *time <= latest)).max() {
                Some(time) => {
                    present.insert(place);
                    cosigned.push(Cosigned { witness: shown(&witness.name), key: witness.key.name().to_owned(), time });
                }
                None => absent.push(shown(&witness.name)),
            }
        }
        Ok(Verdict { quorum: self.meets(&present), checkpoint, cosigned, absent })
    }
}
