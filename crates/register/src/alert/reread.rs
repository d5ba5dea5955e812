//! A sample of closed alerts is read again, blind, by another person of another unit (SG-016).
//!
//! Which ones follows from a keyed hash of the alert's id: nobody without the register's key can foretell it, and nobody can change it by
//! what they decide or when. Chance may draw too few of few; a clock makes up for it, again by the hash.

use tributary_cases::{Find, Keys, Note, Notes, Page};
use tributary_model::Timestamp;

use super::disposition::{close, closing_notes, keyed_share, may_be_drawn};
use super::queue::all_by_key;
use super::record::{Alert, Disposition, Notice, Reread};
use crate::{Register, RegisterError, Settings};

/// SG-016 asks for so many percent at least, whatever is set.
const PERCENT_MIN: u32 = 5;
/// Adjudications that lapse in one call.
const LAPSED_MAX: u32 = 500;

/// The share of closed alerts that is read again, in percent.
pub(super) fn percent(settings: &Settings) -> u32 {
    settings.reread_percent.clamp(PERCENT_MIN, 100)
}

/// See [`keyed_share`].
pub(super) fn share(keys: &Keys, scope: &str, id: &str) -> f64 {
    keyed_share(keys, scope, id)
}

/// Draws an alert that was just closed, or not.
pub(super) fn draw(keys: &Keys, settings: &Settings, id: &str, alert: &mut Alert) {
    if may_be_drawn(alert) && share(keys, "reread", id) * 100.0 < f64::from(percent(settings)) {
        alert.reread = Reread::Due;
    }
}

impl Register {
    /// Runs the clocks of an agency's review: makes up for a sample that is too small, and closes as insufficient what two readers differ on
    /// and no third decided in time. The program does this by itself, at least daily. How many it drew, how many lapsed.
    ///
    /// # Errors
    /// [`RegisterError`] of the store.
    pub async fn run_review_clocks(&self, agency: &str, at: Timestamp) -> Result<(usize, usize), RegisterError> {
        let mut writing = self.store().write(at).await?;
        let mut not_drawn = all_by_key(&mut writing, "not_drawn", agency).await?;
        let drawn = all_by_key(&mut writing, "drawn", agency).await?.len();
        let wanted = (not_drawn.len() + drawn) * percent(self.settings()) as usize / 100;
        not_drawn.sort_by(|a, b| share(self.keys(), "reread", &a.id).total_cmp(&share(self.keys(), "reread", &b.id)).then_with(|| a.id.cmp(&b.id)));
        not_drawn.truncate(wanted.saturating_sub(drawn));
        for alert in &mut not_drawn {
            alert.body.reread = Reread::Due;
            writing.put(alert).await?;
        }
        let mut lapsed = writing.list::<Alert>(Find::Due(at), &Page::first(LAPSED_MAX)).await?;
        lapsed.retain(|alert| alert.body.agency == agency);
        let mut notes = Notes::one(Note::of("alert.clocks_run").about("agency", "", agency));
        for alert in &mut lapsed {
            close(&mut alert.body, Disposition::Insufficient, at);
            alert.body.notices.push(Notice { at, text: "Two readers differed, and no third decided in time.".into() });
            writing.put(alert).await?;
            notes = closing_notes(alert).into_iter().fold(notes, Notes::and);
        }
        writing.commit(notes).await?;
        Ok((not_drawn.len(), lapsed.len()))
    }
}
