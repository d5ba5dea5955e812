//! A protocol as its file says it. The rules that a file must keep stand in `check`.

use serde::{Deserialize, Serialize};
use tributary_model::Date;

use crate::canonical::sha256;
use crate::check::check;
use crate::words::{
    Answer, Ask, Category, Channel, Class, Disposition, Field, Form, Guarded, Mark, Named, Outcome, Redact, ReturnTo, Role, Route, Sees, Side, Skip,
    Tell,
};
use crate::{EscalationError, ProtocolRef};

/// The most hours that oversight has to review a danger: a week, by the audit rules.
pub const REVIEW_HOURS_MAX: u32 = 168;

/// The longest file, in bytes.
const LONGEST: usize = 64 * 1_024;

/// A protocol (specs/escalation-protocol.md, section 1).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Protocol {
    /// Its id, which is its file's name.
    pub id: String,
    /// `major.minor.patch`.
    pub version: String,
    /// What it is called.
    pub title: String,
    /// ISO 3166-1 alpha-2, `*` for any, `XX` in a template.
    pub jurisdiction: String,
    /// First day in force.
    pub valid_from: String,
    /// First day not in force any more.
    pub valid_to: String,
    /// From this day its desk is reminded.
    pub review_on: String,
    /// Who keeps it.
    pub owner: String,
    /// It may be tried, never sent by.
    #[serde(default)]
    pub template: bool,
    /// Which findings it takes.
    pub side: Vec<Side>,
    /// Who may draft.
    pub sender: Sender,
    /// To whom it goes.
    pub recipient: Recipient,
    /// Under which law.
    pub legal_basis: Vec<LegalBasis>,
    /// For answers to orders.
    pub process: Option<Process>,
    /// How much evidence.
    pub evidence: Evidence,
    /// Whose signatures.
    pub sign_off: Vec<SignOff>,
    /// How long each state may last.
    pub deadlines: Deadlines,
    /// What each category leads to.
    pub do_not_route: Vec<DoNotRoute>,
    /// The non-punishment gate.
    pub gate: Gate,
    /// What is taken out.
    pub redaction: Vec<Redaction>,
    /// When civil society is asked.
    pub consultation: Consultation,
    /// What danger to life may leave out.
    pub danger: Option<Danger>,
    /// Who watches.
    pub observers: Observers,
    /// What the recipient answers.
    pub receipt: Receipt,
    /// Whether the subject is told.
    pub notice: Notice,
    /// In what form it is sent.
    pub output: Output,
    /// SHA-256 of the file, by which an escalation keeps to the text it was drafted under.
    #[serde(skip)]
    pub sha256: String,
}

macro_rules! parts {
    ($($(#[$about:meta])* $name:ident { $($(#[$note:meta])* $field:ident: $kind:ty,)+ })+) => {
        $(
            $(#[$about])*
            #[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
            #[serde(deny_unknown_fields)]
            #[allow(missing_docs, reason = "the keys are those of the specification's table")]
            pub struct $name { $($(#[$note])* pub $field: $kind,)+ }
        )+
    };
}

parts! {
    /// Who may draft.
    Sender { agency_classes: Vec<Class>, }

    /// To whom it goes; addresses are the workspace's, never the file's.
    Recipient {
        id: String,
        name: String,
        agency_class: Class,
        channel: Channel,
        /// Offered when this recipient's agency is excluded from the case.
        alternate: Option<String>,
    }

    /// A law it rests on, and how far it was read.
    LegalBasis { code: String, text: String, mark: Mark, source: String, }

    /// What an order must be.
    Process { required: bool, issued_by: Vec<Class>, scope_required: bool, expires_days_max: u32, }

    /// The floor of evidence.
    Evidence {
        families_min: u32,
        sources_min: u32,
        second_reads_min: u32,
        q_max: Option<f64>,
        dispositions: Vec<Disposition>,
    }

    /// One of these roles signs, so many times.
    SignOff { roles: Vec<Role>, agency_class: Option<Class>, count: u32, different_unit: bool, }

    /// Hours that a state may last; `life` from draft to sent.
    Deadlines {
        draft: u32,
        gate: u32,
        rights: u32,
        consultation: u32,
        screened: u32,
        signed: u32,
        sent: u32,
        received: u32,
        life: u32,
    }

    /// What a category leads to.
    DoNotRoute { category: Category, action: Route, }

    /// Who looks at people who may be victims, and what may come of it.
    Gate { when: Vec<Guarded>, reviewers: Vec<Reviewer>, outcomes: Vec<Outcome>, return_to: ReturnTo, }

    /// Somebody who may decide a gate.
    Reviewer { role: Role, agency_class: Class, }

    /// What is taken out, and why.
    Redaction { field: Field, action: Redact, reason: String, }

    /// When civil society is asked, and how long.
    Consultation { when: Vec<Ask>, agency_classes: Vec<Class>, days: u32, answers_min: u32, }

    /// What danger to life may leave out.
    Danger { may_skip: Vec<Skip>, review_hours: u32, reviewed_by: Role, }

    /// Who watches, and what they see.
    Observers { agency_classes: Vec<Class>, sees: Sees, }

    /// What is expected of the recipient.
    Receipt { within_hours: u32, reminder_hours: u32, review_reference_required: bool, }

    /// Whether the subject is told.
    Notice { to_subject: Tell, reason: String, reviewed_by: Role, expires_days: u32, }

    /// What is sent.
    Output { form: Form, report_code: Option<String>, parties: Named, count_min: Option<u32>, language: String, }
}

impl Protocol {
    /// Reads a protocol and holds it to every rule of sections 1 and 4.
    ///
    /// # Errors
    /// [`EscalationError`] with the key and what would do.
    pub fn parse(text: &str) -> Result<Self, EscalationError> {
        if text.len() > LONGEST {
            return Err(EscalationError::Long(LONGEST));
        }
        let mut protocol: Self = toml::from_str(text).map_err(|error| EscalationError::Form(error.to_string()))?;
        protocol.sha256 = sha256(text.as_bytes());
        check(&protocol)?;
        Ok(protocol)
    }

    /// Reads a protocol from a file of this name, which must be its id.
    ///
    /// # Errors
    /// As [`Protocol::parse`], and where the id is another.
    pub fn parse_named(stem: &str, text: &str) -> Result<Self, EscalationError> {
        let protocol = Self::parse(text)?;
        if protocol.id == stem {
            return Ok(protocol);
        }
        Err(EscalationError::Rule { key: "id", why: format!("the file's name is `{stem}`, and the id must be the same") })
    }

    /// What an escalation keeps of it.
    #[must_use]
    pub fn reference(&self) -> ProtocolRef {
        ProtocolRef { id: self.id.clone(), version: self.version.clone(), sha256: self.sha256.clone() }
    }

    /// Whether it is in force on a day.
    #[must_use]
    pub fn in_force(&self, today: Date) -> bool {
        let day = |text: &str| Date::parse(text).ok();
        day(&self.valid_from).is_some_and(|from| from <= today) && day(&self.valid_to).is_some_and(|to| today < to)
    }

    /// Whether it answers orders only.
    #[must_use]
    pub fn answers_orders(&self) -> bool {
        self.process.as_ref().is_some_and(|process| process.required)
    }

    /// What is done to a field.
    #[must_use]
    pub fn redacts(&self, field: Field) -> Option<Redact> {
        self.redaction.iter().find(|one| one.field == field).map(|one| one.action)
    }

    /// What an answer about a category leads to.
    #[must_use]
    pub fn route(&self, category: Category, answer: Answer) -> Option<Route> {
        self.do_not_route.iter().find(|one| one.category == category && answer.counts()).map(|one| one.action)
    }

    /// Whether people under protection are taken out without anybody looking.
    #[must_use]
    pub fn leaves_out_only(&self) -> bool {
        self.gate.outcomes == [Outcome::LeaveOut]
    }

    /// Accounts that must sign at least; two where a natural person is named.
    #[must_use]
    pub fn signatures(&self, names_a_person: bool) -> u32 {
        let asked: u32 = self.sign_off.iter().map(|one| one.count).sum();
        asked.max(if names_a_person { 2 } else { 1 })
    }
}
