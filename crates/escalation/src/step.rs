//! One event, one step: the next state, or all that is missing for it.

use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_SECOND;

use crate::draft::{excluded, holds_floor, in_force_missing};
use crate::error::{none_missing, unless};
use crate::event::reason_missing;
use crate::reviews::Deciding;
use crate::state::{Ended, Feedback, Receipt};
use crate::words::{Came, Channel, Outcome, Role};
use crate::{Actor, Escalation, Event, Finding, Missing, Moment, Protocol, Refusal, Review, Screening, State};

const HOUR: i64 = 3_600 * MICROS_PER_SECOND;

impl Escalation {
    /// What follows from an event at a time. The escalation itself is not changed: a refusal leaves no trace.
    ///
    /// # Errors
    /// [`Refusal`] with all that is missing.
    pub fn step(&self, protocol: &Protocol, event: Event, at: Timestamp) -> Result<Self, Refusal> {
        let mut next = self.clone();
        next.take(protocol, event, at)?;
        Ok(next)
    }

    fn take(&mut self, protocol: &Protocol, event: Event, at: Timestamp) -> Result<(), Refusal> {
        let same = protocol.sha256 == self.protocol.sha256 && protocol.id == self.protocol.id;
        if !same && !matches!(event, Event::ProtocolChanged { .. } | Event::Withdraw { .. }) {
            return Err(Refusal::one("protocol", "the protocol's text is not the one that this was drafted under"));
        }
        if matches!(event, Event::Tick) {
            return self.tick(protocol, at);
        }
        let late = self.state.before_sent() && at >= self.expires(protocol);
        if late && !matches!(event, Event::Withdraw { .. } | Event::Refuse { .. }) {
            return Err(Refusal::one("life", "its life is over; draft it anew"));
        }
        match event {
            Event::Screened(screening) => self.screened(*screening, at),
            Event::Gate { by, party, outcome, reason, referral_offered, hash } => {
                self.decide_gate(protocol, Deciding { by, party, outcome, reason, referral_offered, hash }, at)
            }
            Event::Cosign { by, accept, reason, hash } => self.cosign(by, accept, reason, hash, at),
            Event::Ask { by, question, bodies, hash } => self.ask(protocol, &by, question, bodies, hash, at),
            Event::Answer { by, text, objections } => self.answer(by, text, objections, at),
            Event::Reply { by, objection, text } => self.reply(&by, objection, text),
            Event::CloseConsultation { by, reason } => self.close_consultation(protocol, &by, reason, at),
            Event::Opened { by, hash } => self.was_opened(&by, hash),
            Event::Sign { by, hash } => self.sign(protocol, by, hash, at),
            Event::Send { by: _, moment } => self.send(protocol, &moment, at),
            Event::Receive { by, reference, office, document, received } => {
                self.receive(protocol, Receipt { by, recorded: at, received, reference, office, document }, at)
            }
            Event::Feedback { by, came, review_reference, effect } => {
                self.feed_back(protocol, Feedback { by, at, came, review_reference, effect }, at)
            }
            Event::Refuse { by, reason } => self.refuse(protocol, &by, reason, at),
            Event::Withdraw { by, reason } => self.withdraw(protocol, &by, reason, at),
            Event::SourceWithdrawn { finding } => self.source_withdrawn(protocol, finding, at),
            Event::WithdrawalConfirmed { by } => self.withdrawal_confirmed(&by),
            Event::ContentChanged => self.changed(at),
            Event::ProtocolChanged { to } => {
                self.changed(at)?;
                self.protocol = to;
                Ok(())
            }
            Event::Tick => Ok(()),
        }
    }

    pub(crate) fn end(&mut self, to: State, by: &str, reason: String, at: Timestamp) {
        self.ended = Some(Ended { by: by.to_owned(), at, reason, after_sent: self.state.is_out() });
        self.go(to, at);
    }

    fn screened(&mut self, screening: Screening, at: Timestamp) -> Result<(), Refusal> {
        if self.state != State::Draft {
            return Err(Refusal::one("state", "what is screened stands in draft"));
        }
        if !screening.refused.is_empty() {
            let reason = screening.refused.iter().map(|one| one.says.as_str()).collect::<Vec<_>>().join("; ");
            self.end(State::Refused, "screening", reason, at);
            return Ok(());
        }
        none_missing(screening.missing)?;
        self.hash = Some(screening.hash);
        self.names_a_person = screening.names_a_person;
        self.left_out = screening.left_out;
        self.needs = screening.needs;
        self.hits = screening.hits;
        self.gated = screening.gated.into_iter().map(|party| (party, None)).collect();
        self.shortened = screening.shortened;
        self.go_on(at);
        Ok(())
    }

    fn was_opened(&mut self, by: &Actor, hash: String) -> Result<(), Refusal> {
        if self.hash.as_ref() != Some(&hash) {
            return Err(Refusal::one("content", "there is no content with this hash"));
        }
        self.opened.insert(by.account.clone(), hash);
        Ok(())
    }

    /// What is missing of all that must be there before anything leaves, whatever the state says: asked again at the moment of sending.
    #[must_use]
    pub fn unmet(&self, protocol: &Protocol) -> Vec<Missing> {
        let mut missing = Vec::new();
        let m = &mut missing;
        let bound = |hash: &String| Some(hash) == self.hash.as_ref();
        unless(self.hash.is_some(), m, "content", "there is no screened content");
        let through = |decision: &Option<_>| matches!(decision, Some(crate::GateDecision { outcome: Outcome::Proceed, hash, .. }) if bound(hash));
        unless(self.gated.values().all(through), m, "gate", "the non-punishment gate has not let everybody through (SG-032)");
        let cosigned = self.cosign.as_ref().is_some_and(|one| bound(&one.hash));
        unless(!self.needs.contains(&Review::Rights) || cosigned, m, "rights", "a rights officer must co-sign (SG-006)");
        let consulted = self.consultation.as_ref().is_some_and(|one| bound(&one.hash) && one.closed.is_some());
        unless(!self.needs.contains(&Review::Consultation) || consulted, m, "consultation", "the consultation is not closed (SG-087)");
        unless(self.unsigned(protocol).is_empty(), m, "sign_off", "the protocol's signatures are not all there (SG-015)");
        missing
    }

    fn send(&mut self, protocol: &Protocol, moment: &Moment, at: Timestamp) -> Result<(), Refusal> {
        let mut missing = in_force_missing(protocol, moment.stopped, at.date());
        unless(self.state == State::Signed, &mut missing, "state", "what is sent has been signed");
        missing.extend(self.unmet(protocol));
        let m = &mut missing;
        unless(self.hash.as_deref() == Some(moment.hash.as_str()), m, "content", "the content is not the one that was signed");
        unless(moment.unchanged, m, "consent", "a consent or a hold has changed since; screen it anew (SG-035)");
        unless(!moment.excluded, m, "recipient", excluded(protocol));
        unless(moment.quorum, m, "quorum", "the witnesses' quorum is missing (SG-080)");
        none_missing(missing)?;
        let mut asked = self.draft.clone();
        asked.finding.clone_from(&moment.finding);
        holds_floor(protocol, &asked)?;
        self.sent = Some(at);
        self.go(State::Sent, at);
        Ok(())
    }

    fn receive(&mut self, protocol: &Protocol, receipt: Receipt, at: Timestamp) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        let m = &mut missing;
        unless(self.state == State::Sent, m, "state", "a receipt follows what was sent, once");
        let by_paper = matches!(protocol.recipient.channel, Channel::Letter | Channel::Portal);
        let theirs = receipt.by.agency == self.draft.recipient_agency;
        let ours = receipt.by.agency == self.draft.by.agency;
        unless(theirs || (by_paper && ours), m, "recipient", "the recipient gives the receipt; by letter or portal the sender records it");
        let fits = |text: &str| (1..=500).contains(&text.trim().chars().count());
        unless(
            fits(&receipt.reference) && fits(&receipt.office),
            m,
            "receipt",
            "a receipt has a reference and a person or office, 1 to 500 characters",
        );
        let digest = |text: &String| text.len() == 64 && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let hashed = receipt.document.as_ref().is_some_and(digest);
        unless(!ours || theirs || hashed, m, "document", "a receipt that the sender records has the SHA-256 of its document");
        let in_time = self.sent.is_some_and(|sent| sent <= receipt.received) && receipt.received <= at;
        unless(in_time, m, "received", "it was received after it was sent, and not in the future");
        none_missing(missing)?;
        self.receipt = Some(receipt);
        self.go(State::Received, at);
        Ok(())
    }

    fn feed_back(&mut self, protocol: &Protocol, feedback: Feedback, at: Timestamp) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        let m = &mut missing;
        let again = self.state == State::Feedback && self.feedback.as_ref().is_some_and(|one| one.came == Came::NoneYet);
        unless(self.state == State::Received || again, m, "state", "feedback follows the receipt");
        let theirs = feedback.by.agency == self.draft.recipient_agency || feedback.by.agency == self.draft.by.agency;
        unless(theirs, m, "recipient", "recipient or sender record the feedback");
        unless((1..=2_000).contains(&feedback.effect.trim().chars().count()), m, "effect", "say what effect was observed (SG-121)");
        let own = feedback.review_reference.as_deref().is_some_and(|text| (1..=500).contains(&text.trim().chars().count()));
        let measure = feedback.came == Came::MeasureTaken && protocol.receipt.review_reference_required;
        unless(!measure || own, m, "review_reference", "a measure against somebody names the recipient's own review (SG-071)");
        none_missing(missing)?;
        self.feedback = Some(feedback);
        self.go(State::Feedback, at);
        Ok(())
    }

    fn refuse(&mut self, protocol: &Protocol, by: &Actor, reason: String, at: Timestamp) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        let m = &mut missing;
        unless(self.state.before_sent(), m, "state", "what has been sent is withdrawn, not refused");
        let reviewer = protocol.gate.reviewers.iter().any(|one| one.role == by.role && one.agency_class == by.class);
        let signer = protocol.sign_off.iter().any(|one| one.roles.contains(&by.role));
        let may = (reviewer || signer || by.role == Role::RightsOfficer) && self.draft.by.account != by.account;
        unless(may, m, "role", "a reviewer, a signer or a rights officer refuses; a drafter withdraws");
        m.extend(reason_missing(&reason));
        none_missing(missing)?;
        self.end(State::Refused, &by.account, reason, at);
        Ok(())
    }

    fn withdraw(&mut self, protocol: &Protocol, by: &Actor, reason: String, at: Timestamp) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        let m = &mut missing;
        unless(self.state.before_sent() || self.state.is_out(), m, "state", "it has ended");
        unless(self.draft.owner == by.account || by.role == Role::RightsOfficer, m, "owner", "the owner or a rights officer withdraws it");
        m.extend(reason_missing(&reason));
        none_missing(missing)?;
        self.take_back(protocol, &by.account, reason, at);
        Ok(())
    }

    fn take_back(&mut self, protocol: &Protocol, by: &str, reason: String, at: Timestamp) {
        if self.state.is_out() {
            self.tell_by = Some(Timestamp(at.0.saturating_add(i64::from(protocol.receipt.within_hours) * HOUR)));
        }
        self.end(State::Withdrawn, by, reason, at);
    }

    fn source_withdrawn(&mut self, protocol: &Protocol, finding: Finding, at: Timestamp) -> Result<(), Refusal> {
        if !self.state.before_sent() && !self.state.is_out() {
            return Err(Refusal::one("state", "it has ended"));
        }
        self.draft.finding = Some(finding);
        if let Err(refusal) = holds_floor(protocol, &self.draft) {
            self.take_back(protocol, "source", refusal.to_string(), at);
        }
        Ok(())
    }

    fn withdrawal_confirmed(&mut self, by: &Actor) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        unless(self.state == State::Withdrawn && self.tell_by.is_some(), &mut missing, "state", "no withdrawal waits for confirmation");
        let theirs = by.agency == self.draft.recipient_agency || by.agency == self.draft.by.agency;
        unless(theirs, &mut missing, "recipient", "the recipient confirms, or the sender records that it did");
        none_missing(missing)?;
        self.tell_by = None;
        Ok(())
    }

    fn changed(&mut self, at: Timestamp) -> Result<(), Refusal> {
        if !self.state.before_sent() {
            return Err(Refusal::one("state", "what was sent, or has ended, is not changed any more"));
        }
        self.void(at);
        Ok(())
    }

    fn tick(&mut self, protocol: &Protocol, at: Timestamp) -> Result<(), Refusal> {
        if !self.state.before_sent() || at < self.expires(protocol) {
            return Err(Refusal::one("life", "its life is not over"));
        }
        self.end(State::Expired, "clock", "its life was over".into(), at);
        Ok(())
    }
}
