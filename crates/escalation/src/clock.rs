//! Clocks. Silence moves nothing forward: a state that lasts too long is overdue, and a life that is over ends.

use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use crate::{Escalation, Protocol, State};

const HOUR: i64 = 3_600 * MICROS_PER_SECOND;

fn later(from: Timestamp, hours: u32) -> Timestamp {
    Timestamp(from.0.saturating_add(i64::from(hours).saturating_mul(HOUR)))
}

impl Escalation {
    /// When it expires unless it was sent before.
    #[must_use]
    pub fn expires(&self, protocol: &Protocol) -> Timestamp {
        later(self.started, protocol.deadlines.life)
    }

    /// When its state is overdue; none in a state without a clock.
    #[must_use]
    pub fn overdue_from(&self, protocol: &Protocol) -> Option<Timestamp> {
        let hours = &protocol.deadlines;
        let lasts = match self.state {
            // Time in draft after a return counts on.
            State::Draft => return Some(Timestamp(later(self.since, hours.draft).0.saturating_sub(self.drafted_for))),
            State::Gate => hours.gate,
            State::Rights => hours.rights,
            State::Consultation => hours.consultation,
            State::Screened => hours.screened,
            State::Signed => hours.signed,
            State::Sent => hours.sent,
            State::Received => hours.received,
            State::Withdrawn => return self.tell_by,
            State::Feedback | State::Refused | State::Expired => return None,
        };
        Some(later(self.since, lasts))
    }

    /// When somebody must look at it next: overdue, or the end of its life.
    #[must_use]
    pub fn due(&self, protocol: &Protocol) -> Option<Timestamp> {
        let overdue = self.overdue_from(protocol);
        if self.state.before_sent() { overdue.map(|due| due.min(self.expires(protocol))) } else { overdue }
    }

    /// When the recipient is reminded next, counted from when the state was overdue; none where nothing is awaited.
    #[must_use]
    pub fn reminded_at(&self, protocol: &Protocol, at: Timestamp) -> Option<Timestamp> {
        let from = self.overdue_from(protocol).filter(|_| self.state == State::Sent)?;
        let every = i64::from(protocol.receipt.reminder_hours).saturating_mul(HOUR).max(1);
        let gone = at.0.saturating_sub(from.0);
        if gone < 0 { Some(from) } else { Some(Timestamp(from.0.saturating_add((gone / every + 1).saturating_mul(every)))) }
    }
}
