//! The transparency report: counted from the log itself, so that an outsider who holds the log counts the same (SG-084).

use tributary_access::Action;
use tributary_cases::Notes;
use tributary_ledger::append::Log;
use tributary_ledger::entry::Entry;
use tributary_ledger::report::{K_MIN, Report, report};
use tributary_ledger::rules::Rules;
use tributary_ledger::store::fetch_bundle;
use tributary_ledger::tile::{WIDTH, width_at};
use tributary_model::Timestamp;

use crate::acting::Caller;
use crate::log::keeper::LogKeeper;
use crate::{Register, RegisterError};

/// Entries that are read at the most: a bound on memory, some 300 MB.
const ENTRIES_MAX: u64 = 1_000_000;

impl Register {
    /// Counts a period, small cells hidden.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn transparency_report(&self, caller: &Caller, from: Timestamp, to: Timestamp, at: Timestamp) -> Result<Report, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let own = acting.own();
        acting.permit(Action::StatisticRead, &own).await?;
        if from >= to {
            return Err(RegisterError::invalid("from", "a time before `to`"));
        }
        let keeper = self.keeper()?;
        let counted = tokio::task::spawn_blocking(move || count(&keeper, from, to)).await;
        let counted = counted.map_err(|_| RegisterError::State("counting was interrupted; try again".into()))??;
        let note = acting.note("report.read");
        acting.done(Notes::one(note)).await?;
        Ok(counted)
    }
}

fn count(keeper: &LogKeeper, from: Timestamp, to: Timestamp) -> Result<Report, RegisterError> {
    let wrong = |error: &dyn std::fmt::Display| RegisterError::State(format!("the log cannot be counted: {error}"));
    let log = Log::open(keeper.folder(), keeper.verifier()).map_err(|error| wrong(&error))?;
    let size = log.size();
    if size > ENTRIES_MAX {
        return Err(wrong(&"it has more than a million entries; count it with `tributary-auditor report`"));
    }
    let mut entries = Vec::new();
    while (entries.len() as u64) < size {
        let index = entries.len() as u64 / WIDTH;
        for bytes in fetch_bundle(keeper.folder(), index, width_at(size, 0, index)).map_err(|error| wrong(&error))? {
            let entry = Entry::decode(&bytes).map_err(|error| wrong(&error))?;
            entries.push((entries.len() as u64, entry));
        }
    }
    let rules = Rules::standard().map_err(|error| wrong(&error))?;
    let millis = |time: Timestamp| u64::try_from(time.0.div_euclid(1_000)).unwrap_or(0);
    report(&entries, &rules, (millis(from), millis(to)), size, K_MIN).map_err(|error| wrong(&format!("`{}` is grouped too finely", error.kind)))
}
