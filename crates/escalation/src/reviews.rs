//! Gate, co-signature and consultation.

use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use crate::error::{none_missing, unless};
use crate::event::reason_missing;
use crate::state::{Answered, Consultation, Cosign, GateDecision, Objection};
use crate::words::{Class, Outcome, Role};
use crate::{Actor, Escalation, Missing, Protocol, Refusal, Review, State};

/// Bodies of one consultation, and objections of one body.
const BODIES_MAX: usize = 50;
const OBJECTIONS_MAX: usize = 20;

/// A decision of the gate, before it is made.
pub(crate) struct Deciding {
    pub(crate) by: Actor,
    pub(crate) party: String,
    pub(crate) outcome: Outcome,
    pub(crate) reason: String,
    pub(crate) referral_offered: bool,
    pub(crate) hash: String,
}

fn text_fits(text: &str) -> bool {
    (1..=2_000).contains(&text.trim().chars().count())
}

impl Escalation {
    fn bound(&self, hash: &str) -> bool {
        self.hash.as_deref() == Some(hash)
    }

    pub(crate) fn decide_gate(&mut self, protocol: &Protocol, deciding: Deciding, at: Timestamp) -> Result<(), Refusal> {
        let Deciding { by, party, outcome, reason, referral_offered, hash } = deciding;
        let mut missing = Vec::new();
        let m = &mut missing;
        unless(self.state == State::Gate, m, "state", "the escalation does not stand in the gate");
        unless(self.bound(&hash), m, "content", "the content has changed since you opened it");
        let before = self.gated.get(&party);
        unless(before.is_some(), m, "party", "the gate has nothing to decide on this party");
        let fit = protocol.gate.reviewers.iter().any(|one| one.role == by.role && one.agency_class == by.class);
        unless(fit, m, "reviewer", "the protocol names other reviewers for its gate (SG-032)");
        unless(!self.is_of(&by.account), m, "drafter", "who drafted or owns an escalation does not decide in its gate (SG-032)");
        unless(protocol.gate.outcomes.contains(&outcome), m, "outcome", "the protocol does not know this outcome");
        m.extend(reason_missing(&reason));
        let protecting = before.and_then(Option::as_ref).is_some_and(|one| one.outcome == Outcome::ProtectFirst);
        let owed = protecting && outcome == Outcome::Proceed && !referral_offered;
        unless(!owed, m, "referral", "protection comes first: a referral is offered before it is decided again (SG-032)");
        none_missing(missing)?;
        if outcome == Outcome::LeaveOut {
            self.out.insert(party);
            self.void(at);
            return Ok(());
        }
        self.gated.insert(party, Some(GateDecision { by, at, outcome, reason, hash }));
        if self.gated.values().all(|one| one.as_ref().is_some_and(|one| one.outcome == Outcome::Proceed)) {
            self.done.insert(Review::Gate);
            self.go_on(at);
        }
        Ok(())
    }

    pub(crate) fn cosign(&mut self, by: Actor, accept: bool, reason: String, hash: String, at: Timestamp) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        let m = &mut missing;
        unless(self.state == State::Rights, m, "state", "no co-signature is asked for now");
        unless(self.bound(&hash), m, "content", "the content has changed since you opened it");
        unless(by.role == Role::RightsOfficer, m, "role", "a rights officer co-signs (SG-006)");
        unless(by.agency != self.draft.by.agency, m, "agency", "the rights officer is of another agency than the sender (SG-006)");
        unless(!self.is_of(&by.account), m, "drafter", "who drafted or owns an escalation does not co-sign it");
        m.extend(reason_missing(&reason));
        none_missing(missing)?;
        if accept {
            self.cosign = Some(Cosign { by, at, reason, hash });
            self.done.insert(Review::Rights);
            self.go_on(at);
        } else {
            self.end(State::Refused, &by.account, reason, at);
        }
        Ok(())
    }

    pub(crate) fn ask(
        &mut self,
        protocol: &Protocol,
        by: &Actor,
        question: String,
        bodies: Vec<(String, Class)>,
        hash: String,
        at: Timestamp,
    ) -> Result<(), Refusal> {
        let mut missing = Vec::new();
        let m = &mut missing;
        let rules = &protocol.consultation;
        unless(self.state == State::Consultation, m, "state", "no consultation is open");
        unless(self.consultation.is_none(), m, "asked", "the question was asked");
        unless(self.bound(&hash), m, "content", "the content has changed since you opened it");
        unless(self.is_of(&by.account), m, "owner", "the owner asks");
        unless(text_fits(&question), m, "question", "a question of 1 to 2,000 characters");
        unless((1..=BODIES_MAX).contains(&bodies.len()), m, "bodies", "1 to 50 bodies are asked");
        unless(
            bodies.iter().all(|(_, class)| rules.agency_classes.contains(class)),
            m,
            "bodies",
            "the protocol asks bodies of other classes (SG-087)",
        );
        unless(bodies.iter().all(|(agency, _)| *agency != self.draft.by.agency), m, "bodies", "an agency does not consult itself");
        let bodies: std::collections::BTreeMap<String, Class> = bodies.into_iter().collect();
        let enough = u32::try_from(bodies.len()).is_ok_and(|many| many >= rules.answers_min);
        unless(enough, m, "bodies", format!("at least {} are asked, for so many must answer", rules.answers_min));
        none_missing(missing)?;
        let until = Timestamp(at.0.saturating_add(i64::from(rules.days) * MICROS_PER_DAY));
        self.consultation =
            Some(Consultation { question, bodies, asked: at, until, hash, answers: Vec::new(), objections: Vec::new(), closed: None });
        Ok(())
    }

    /// The open consultation, or why there is none.
    fn consulting(&mut self) -> Result<&mut Consultation, Refusal> {
        let open = self.state == State::Consultation;
        self.consultation.as_mut().filter(|_| open).ok_or_else(|| Refusal::one("state", "no consultation is open, or nothing was asked yet"))
    }

    pub(crate) fn answer(&mut self, by: Actor, text: String, objections: Vec<String>, at: Timestamp) -> Result<(), Refusal> {
        let consultation = self.consulting()?;
        let mut missing = Vec::new();
        let m = &mut missing;
        unless(consultation.bodies.get(&by.agency) == Some(&by.class), m, "body", "your body was not asked");
        unless(!consultation.answers.iter().any(|one| one.by.agency == by.agency), m, "twice", "your body has answered");
        unless(text_fits(&text) && objections.iter().all(|one| text_fits(one)), m, "text", "texts of 1 to 2,000 characters");
        unless(objections.len() <= OBJECTIONS_MAX, m, "text", "at most 20 objections");
        none_missing(missing)?;
        consultation.objections.extend(objections.into_iter().map(|text| Objection { by: by.agency.clone(), text, reply: None }));
        consultation.answers.push(Answered { by, at, text });
        Ok(())
    }

    pub(crate) fn reply(&mut self, by: &Actor, objection: usize, text: String) -> Result<(), Refusal> {
        let owns = self.is_of(&by.account);
        let consultation = self.consulting()?;
        let mut missing = Vec::new();
        unless(owns, &mut missing, "owner", "the owner answers objections (SG-087)");
        unless(text_fits(&text), &mut missing, "text", "1 to 2,000 characters");
        unless(objection < consultation.objections.len(), &mut missing, "objection", "there is no such objection");
        none_missing(missing)?;
        if let Some(found) = consultation.objections.get_mut(objection) {
            found.reply = Some(text);
        }
        Ok(())
    }

    pub(crate) fn close_consultation(&mut self, protocol: &Protocol, by: &Actor, reason: String, at: Timestamp) -> Result<(), Refusal> {
        let owns = self.is_of(&by.account);
        let least = usize::try_from(protocol.consultation.answers_min).unwrap_or(usize::MAX);
        let consultation = self.consulting()?;
        let mut missing: Vec<Missing> = Vec::new();
        let m = &mut missing;
        let officer = by.role == Role::RightsOfficer;
        unless(owns || officer, m, "owner", "the owner or a rights officer closes a consultation");
        if officer {
            m.extend(reason_missing(&reason));
        } else {
            let over = at >= consultation.until || consultation.answers.len() >= consultation.bodies.len();
            unless(over, m, "days", "its days are not over, and not all have answered (SG-087)");
            unless(
                consultation.answers.len() >= least,
                m,
                "answers",
                format!("{least} answers are needed, or a rights officer's reason; silence is none"),
            );
        }
        let replied = consultation.objections.iter().all(|one| one.reply.is_some());
        unless(replied, m, "objections", "each objection has an answer of the owner's (SG-087)");
        none_missing(missing)?;
        consultation.closed = Some(reason);
        self.done.insert(Review::Consultation);
        self.go_on(at);
        Ok(())
    }
}
