//! A register that was put back from a backup: its sessions end, and the ledger says what was put back and what was not.

use serde::Serialize;
use tributary_cases::{Find, Note, Notes, Page, Writing};

use crate::RegisterError;
use crate::people::session::Session;

/// Sessions that are ended at once: a bound on memory.
const PAGE: u32 = 1_000;

/// How a register was put back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Restored {
    /// Entries of the log when the backup was made.
    pub backup_size: u64,
    /// Entries that the log is known to have had since: by a copy of it, or by a witness.
    pub log_size: u64,
    /// Entries whose changes are lost: they happened after the backup.
    pub lost: u64,
    /// Erasures that were repeated; none where no list was given.
    pub erasures: Option<u64>,
    /// Whether anybody outside said that the log was no further.
    pub confirmed: bool,
}

/// A number as a token of the ledger, which has at most eight digits.
fn token(number: u64) -> String {
    if number < 100_000_000 { number.to_string() } else { "more".into() }
}

/// Ends every session, records the restore, and makes it permanent; how many sessions were ended.
///
/// # Errors
/// [`RegisterError`] of the store: then nothing was put back.
pub async fn finish_restore(mut writing: Writing, restored: &Restored) -> Result<u64, RegisterError> {
    let mut ended = 0;
    loop {
        let open = writing.list::<Session>(Find::State("open"), &Page::first(PAGE)).await?;
        if open.is_empty() {
            break;
        }
        for mut session in open {
            session.body.ended = true;
            writing.put(&mut session).await?;
            ended += 1;
        }
    }
    let older = if restored.log_size > restored.backup_size { "yes" } else { "no" };
    let note = Note::of("register.restored")
        .tag("backup_size", token(restored.backup_size))
        .tag("log_size", token(restored.log_size))
        .tag("older", older)
        .tag("confirmed", if restored.confirmed { "yes" } else { "no" })
        .tag("erasures", if restored.erasures.is_some() { "repeated" } else { "not-given" })
        .with(restored);
    writing.commit(Notes::one(note)).await?;
    Ok(ended)
}
