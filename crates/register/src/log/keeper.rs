//! Publishes what the store holds for the ledger, asks witnesses to cosign, and says whether their quorum is there (SG-080).

use std::sync::{Arc, Mutex, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use tributary_cases::LedgerFolder;
use tributary_ledger::append::Log;
use tributary_ledger::client::{self, Answer, AskError};
use tributary_ledger::note::{Note, Signature, Signer, VerifierKey};
use tributary_ledger::policy::Policy;
use tributary_ledger::receipt::Receipt;
use tributary_ledger::store::{TileRead, Tree};
use tributary_ledger::tile::CHECKPOINT;
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use crate::{Register, RegisterError};

/// How long a cosignature counts: a witness that is silent for a day is absent.
const FRESH_SECONDS: i64 = 24 * 3_600;
/// How far a witness's clock may be ahead of ours.
const SKEW_SECONDS: i64 = 300;

/// Somebody outside who cosigns the log.
#[derive(Debug, Clone)]
pub struct Witness {
    /// What the policy calls it.
    pub name: String,
    /// `http://…` or `https://…`, without `/add-checkpoint`.
    pub url: String,
    /// Its key.
    pub key: VerifierKey,
}

/// How a request reaches a witness.
pub trait Transport: Send + Sync {
    /// Posts a body, within a time limit of its own.
    ///
    /// # Errors
    /// Why the witness was not reached.
    fn post(&self, url: &str, body: &[u8]) -> Result<Answer, String>;
}

/// What the log looked like when it was last published.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LogStatus {
    /// Entries in the log.
    pub size: u64,
    /// When it was published.
    pub at: Option<Timestamp>,
    /// Whether the quorum has cosigned it.
    pub quorum: bool,
    /// Witnesses that have.
    pub cosigned: Vec<String>,
    /// Witnesses of the policy that have not.
    pub absent: Vec<String>,
    /// What went wrong with a witness. A history that has parted stands here first.
    pub trouble: Vec<String>,
}

/// What witnesses say of a log that was put back.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Asked {
    /// Those who know nothing beyond it.
    pub agree: Vec<String>,
    /// The most entries that one has cosigned, where that is more than there are.
    pub ahead: Option<u64>,
    /// Those who cosigned another history.
    pub parted: Vec<String>,
    /// Those who did not answer, or refused.
    pub silent: Vec<String>,
}

/// A witness, and what it signed or why it did not.
type Answered<'w> = (&'w Witness, Result<Vec<Signature>, AskError>);

/// Keeps the log of one register.
pub struct LogKeeper {
    folder: LedgerFolder,
    signer: Signer,
    policy: Policy,
    witnesses: Vec<Witness>,
    transport: Box<dyn Transport>,
    erasures: Option<std::path::PathBuf>,
    status: Mutex<LogStatus>,
}

impl LogKeeper {
    /// A keeper: where the log lies, by which key it is signed, whose cosignatures make a quorum, and whom to ask.
    #[must_use]
    pub fn new(folder: LedgerFolder, signer: Signer, policy: Policy, witnesses: Vec<Witness>, transport: Box<dyn Transport>) -> Self {
        Self { folder, signer, policy, witnesses, transport, erasures: None, status: Mutex::default() }
    }

    /// The same keeper, which also keeps the list of erasures in this file: what a restore repeats.
    #[must_use]
    pub fn with_erasures(self, path: &std::path::Path) -> Self {
        Self { erasures: Some(path.to_owned()), ..self }
    }

    /// What the log looked like when it was last published.
    #[must_use]
    pub fn status(&self) -> LogStatus {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The key that the log is signed by: what outsiders verify with.
    #[must_use]
    pub fn verifier(&self) -> &VerifierKey {
        self.signer.verifier()
    }

    /// Where the log lies.
    pub const fn folder(&self) -> &LedgerFolder {
        &self.folder
    }

    /// Asks every witness to cosign a log that is to go on from where it is: who did, and who says that it was further already, or another.
    ///
    /// # Errors
    /// [`RegisterError`] of the log's folder.
    pub fn ask_before_use(&self) -> Result<Asked, RegisterError> {
        let mut asked = Asked::default();
        let Some((_, answers)) = self.answers()? else { return Ok(asked) };
        for (witness, answer) in answers {
            match answer {
                Ok(_) => asked.agree.push(witness.name.clone()),
                Err(AskError::Ahead { witness: size, .. }) => asked.ahead = asked.ahead.max(Some(size)),
                Err(error @ AskError::Parted { .. }) => asked.parted.push(format!("{}: {error}", witness.name)),
                Err(error) => asked.silent.push(format!("{}: {error}", witness.name)),
            }
        }
        Ok(asked)
    }

    /// Asks every witness; what they signed, and what went wrong.
    fn ask(&self) -> Result<(Option<Note>, Vec<String>), RegisterError> {
        let Some((mut sealed, answers)) = self.answers()? else { return Ok((None, Vec::new())) };
        let mut trouble = Vec::new();
        for (witness, answer) in answers {
            match answer {
                Ok(signatures) => sealed.add(signatures),
                Err(error) => trouble.push(format!("{}: {error}", witness.name)),
            }
        }
        Ok((Some(sealed), trouble))
    }

    /// The log's checkpoint, where it has one, and what each witness answered to it.
    fn answers(&self) -> Result<Option<(Note, Vec<Answered<'_>>)>, RegisterError> {
        let log = Log::open(&self.folder, self.verifier()).map_err(|error| broken(&error))?;
        let Some(note) = log.note() else { return Ok(None) };
        let checkpoint = log.checkpoint();
        let tree = Tree::new(self.folder.clone(), checkpoint.size, checkpoint.root);
        let ask = |witness: &'_ Witness| {
            let url = format!("{}/add-checkpoint", witness.url.trim_end_matches('/'));
            client::ask(&tree, note, checkpoint.size, &[&witness.key], |body| self.transport.post(&url, body))
        };
        Ok(Some((note.clone(), self.witnesses.iter().map(|witness| (witness, ask(witness))).collect())))
    }

    /// What the policy says of the checkpoint in force.
    fn judge(&self, at: Timestamp, trouble: Vec<String>) -> Result<LogStatus, RegisterError> {
        let Some(bytes) = self.folder.get(CHECKPOINT).map_err(|error| broken(&error))? else {
            return Ok(LogStatus { at: Some(at), trouble, ..LogStatus::default() });
        };
        let seconds = u64::try_from(at.0.div_euclid(MICROS_PER_SECOND) + SKEW_SECONDS).unwrap_or(0);
        let verdict = self.policy.judge(&bytes, Some(seconds)).map_err(|error| broken(&error))?;
        let cosigned: Vec<String> = verdict.cosigned.iter().map(|one| one.witness.clone()).collect();
        // A policy that asks for nobody lets nothing out: somebody outside must have looked.
        let oldest = verdict.cosigned.iter().map(|one| one.time).min().unwrap_or(0);
        let fresh = i64::try_from(oldest).is_ok_and(|oldest| at.0.div_euclid(MICROS_PER_SECOND) - oldest <= FRESH_SECONDS);
        let quorum = verdict.quorum && !cosigned.is_empty() && fresh;
        Ok(LogStatus { size: verdict.checkpoint.size, at: Some(at), quorum, cosigned, absent: verdict.absent, trouble })
    }

    /// Whether the quorum is there and was not long ago.
    fn is_open(&self, at: Timestamp) -> Result<(), RegisterError> {
        let status = self.status();
        let fresh = status.at.is_some_and(|seen| at.0 - seen.0 <= FRESH_SECONDS * MICROS_PER_SECOND);
        if status.quorum && fresh {
            return Ok(());
        }
        let why = if let (Some(trouble), 0) = (status.trouble.first(), status.size) {
            trouble.clone()
        } else if status.absent.is_empty() {
            "nothing was published within a day".into()
        } else {
            format!("absent: {}", status.absent.join(", "))
        };
        Err(RegisterError::Quorum(why))
    }
}

fn broken(error: &dyn std::fmt::Display) -> RegisterError {
    RegisterError::Store(tributary_cases::CasesError::Ledger(error.to_string()))
}

impl Register {
    /// Publishes everything that waits for the ledger, and asks the witnesses. Called after what leaves the register, and from time to time.
    ///
    /// # Errors
    /// [`RegisterError`] of the store or the log's folder. A witness that is not reached is no error: it stands in the status.
    pub async fn publish(&self, at: Timestamp) -> Result<LogStatus, RegisterError> {
        let keeper = self.keeper()?;
        if let Some(erasures) = &keeper.erasures {
            self.store().list_erasures(erasures).await?;
        }
        if let Err(error) = self.store().publish(keeper.folder(), &keeper.signer).await {
            // A log that was cut is nobody's proof: nothing leaves until it is whole again.
            let trouble = vec![error.to_string()];
            *keeper.status.lock().unwrap_or_else(PoisonError::into_inner) = LogStatus { at: Some(at), trouble, ..LogStatus::default() };
            return Err(error.into());
        }
        let asking = Arc::clone(&keeper);
        let asked = tokio::task::spawn_blocking(move || asking.ask()).await;
        let (sealed, trouble) = asked.map_err(|_| RegisterError::State("asking the witnesses was interrupted".into()))??;
        if let Some(sealed) = sealed {
            self.store().seal_checkpoint(keeper.folder(), &keeper.signer, &sealed)?;
        }
        let status = keeper.judge(at, trouble)?;
        *keeper.status.lock().unwrap_or_else(PoisonError::into_inner) = status.clone();
        Ok(status)
    }

    /// Whether the log is the one that was published: asked before a register serves.
    ///
    /// # Errors
    /// [`RegisterError`]: the log's folder was cut, exchanged or lost, or the store is older than its log.
    pub async fn check_log(&self) -> Result<(), RegisterError> {
        let keeper = self.keeper()?;
        Ok(self.store().check_log(keeper.folder(), &keeper.signer).await?)
    }

    /// Makes the log's folder again from the store, to the root that was published; entries in it.
    ///
    /// # Errors
    /// [`RegisterError`] where the folder still holds a log, or the store leads to another root.
    pub async fn rebuild_log(&self, at: Timestamp) -> Result<u64, RegisterError> {
        let keeper = self.keeper()?;
        Ok(self.store().rebuild_log(keeper.folder(), &keeper.signer, at).await?)
    }

    /// Whether anything may leave the register now (SG-080): the witnesses' quorum has cosigned the log within a day.
    ///
    /// # Errors
    /// [`RegisterError::Quorum`] where it may not.
    pub fn outbound_open(&self, at: Timestamp) -> Result<(), RegisterError> {
        self.keeper()?.is_open(at)
    }

    /// The receipt of an entry (C2SP tlog-proof): what a recipient verifies offline. Publishes first where the entry still waits.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for an unknown entry; of the store and the log's folder.
    pub async fn receipt(&self, entry: &str, at: Timestamp) -> Result<String, RegisterError> {
        let keeper = self.keeper()?;
        if self.store().entry(entry).await?.ok_or(RegisterError::Missing("entry"))?.place.is_none() {
            self.publish(at).await?;
        }
        let waiting = self.store().entry(entry).await?.ok_or(RegisterError::Missing("entry"))?;
        let index = waiting.place.ok_or_else(|| RegisterError::State("the entry has no place in the log yet; try again".into()))?;
        let log = Log::open(keeper.folder(), keeper.verifier()).map_err(|error| broken(&error))?;
        let note = log.note().ok_or_else(|| RegisterError::State("the log has no checkpoint yet; try again".into()))?;
        let checkpoint = log.checkpoint();
        let tree = Tree::new(keeper.folder().clone(), checkpoint.size, checkpoint.root);
        let proof = tree.inclusion(index).map_err(|error| broken(&error))?;
        Ok(Receipt { extra: None, index, proof, checkpoint: note.to_string() }.to_string())
    }
}
