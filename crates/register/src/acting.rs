//! Somebody does something: the transaction it happens in, and the question to the policies.

use tributary_access::{Action, Context, Lack, Principal, Purpose, Resource};
use tributary_cases::{Note, Notes, Stored, Writing};
use tributary_model::Timestamp;

use crate::basis::{self, Basis};
use crate::case::Case;
use crate::people::account::Account;
use crate::people::session::Session;
use crate::{Register, RegisterError, case};

/// Who asks, and what they state with the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub principal: Principal,
    /// The session's id; its token is nowhere kept.
    pub session: String,
    /// What for (SG-007).
    pub purpose: Purpose,
    /// The case it is for.
    pub case: Option<String>,
    /// The legal basis: a code of the list, such as `pk-ptpa-2018`, or `order:ID` of an order of the case.
    pub legal_basis: Option<String>,
}

impl Caller {
    /// The same caller, acting for a case.
    #[must_use]
    pub fn for_case(mut self, case: &str) -> Self {
        self.case = Some(case.to_owned());
        self
    }

    /// The same caller, on a legal basis.
    #[must_use]
    pub fn on_basis(mut self, basis: &str) -> Self {
        self.legal_basis = Some(basis.to_owned());
        self
    }
}

/// An open transaction, who acts in it, and under what circumstances.
pub struct Acting {
    writing: Option<Writing>,
    register: Register,
    at: Timestamp,
    caller: Caller,
    context: Context,
    basis: Option<Basis>,
}

impl Acting {
    pub(crate) async fn open(register: &Register, caller: &Caller, at: Timestamp) -> Result<Self, RegisterError> {
        let mut writing = register.store().write(at).await?;
        let session = writing.get::<Session>(&caller.session).await?.filter(|session| session.body.holds(at));
        let account = writing.get::<Account>(&caller.principal.id).await?.filter(|account| account.body.is_active());
        if session.is_none_or(|session| session.body.account != caller.principal.id) || account.is_none() {
            return Err(RegisterError::SignIn("the session has ended"));
        }
        let basis = basis::stated(&mut writing, &register.settings().statutes, caller, at.date()).await?;
        let context = circumstances(&mut writing, caller, basis.is_some(), at).await?;
        Ok(Self { writing: Some(writing), register: register.clone(), at, caller: caller.clone(), context, basis })
    }

    /// The time at which it happens.
    #[must_use]
    pub const fn at(&self) -> Timestamp {
        self.at
    }

    /// Who acts.
    #[must_use]
    pub const fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The account that acts.
    #[must_use]
    pub fn who(&self) -> &str {
        &self.caller.principal.id
    }

    /// The legal basis that was stated, where it counts for the caller, the purpose and the case.
    #[must_use]
    pub const fn basis(&self) -> Option<&Basis> {
        self.basis.as_ref()
    }

    /// The circumstances, as policies see them.
    #[must_use]
    pub const fn context(&self) -> Context {
        self.context
    }

    /// Changes a circumstance that only the object knows: a consent that covers it, risks that were just read.
    pub const fn context_mut(&mut self) -> &mut Context {
        &mut self.context
    }

    /// What follows is about this case. Broken glass is that of the stated case alone, and an order counts in its own: elsewhere they open
    /// nothing (SG-055, SG-056).
    pub(crate) fn within(&mut self, case: &str) {
        if self.caller.case.as_deref() != Some(case) {
            self.context.break_glass = false;
        }
        if self.basis.as_ref().and_then(|basis| basis.order.as_ref()).is_some_and(|order| order.placed.case != case) {
            self.basis = None;
            self.context.legal_basis = false;
        }
    }

    /// A lot: two random bytes.
    pub(crate) fn lot(&self) -> [u8; 2] {
        self.register.keys().random()
    }

    /// The open transaction.
    ///
    /// # Errors
    /// [`RegisterError::State`] after it has ended.
    pub fn tx(&mut self) -> Result<&mut Writing, RegisterError> {
        self.writing.as_mut().ok_or_else(|| RegisterError::State("the transaction has ended".into()))
    }

    /// The open transaction itself, for what ends in another way than [`Acting::done`].
    pub(crate) fn into_writing(mut self) -> Result<Writing, RegisterError> {
        self.writing.take().ok_or_else(|| RegisterError::State("the transaction has ended".into()))
    }

    /// What stands for a list of what the caller's agency has, or for something that the caller is about to make: rows are decided one by
    /// one beside it.
    #[must_use]
    pub fn own(&self) -> Resource {
        let who = &self.caller.principal;
        Resource {
            id: "all".into(),
            owner: who.agency.clone(),
            jurisdiction: who.jurisdictions.first().cloned().unwrap_or_default(),
            members: [who.id.clone()].into(),
            member_agencies: [who.agency.clone()].into(),
            masked: true,
            ..Resource::default()
        }
    }

    /// Whether the policies would allow it: for what a view shows or leaves out. Nothing is recorded.
    #[must_use]
    pub fn may(&self, action: Action, resource: &Resource) -> bool {
        self.register.policies().decide(&self.caller.principal, action, resource, self.context).is_ok_and(|decision| decision.allowed)
    }

    /// What the caller would have to state, or to have, for the policies to allow it.
    #[must_use]
    pub fn lacks(&self, action: Action, resource: &Resource) -> Vec<Lack> {
        self.register.policies().lacks(&self.caller.principal, action, resource, self.context)
    }

    /// Goes on when the policies allow it. A *no* is recorded in the ledger and ends the transaction; it is told as *not found* where the
    /// caller may not even read the thing, so that what is secret does not show by the answer; otherwise it names what lacks.
    ///
    /// # Errors
    /// [`RegisterError::Denied`] or [`RegisterError::Missing`].
    pub async fn permit(&mut self, action: Action, resource: &Resource) -> Result<(), RegisterError> {
        if self.may(action, resource) {
            return Ok(());
        }
        let may_know = readable(action).is_none_or(|read| read != action && self.may(read, resource));
        // What lacks is asked for only where that the thing is there is no secret: elsewhere the answer would depend on it.
        let lacks = if may_know { self.lacks(action, resource) } else { Vec::new() };
        if let Some(writing) = self.writing.take() {
            let note = self.note("access.denied").tag("action", action.as_str().replace('.', "-")).about("thing", &resource.id, &resource.id);
            writing
                .commit(Notes::one(note.with(&serde_json::json!({"action": action.as_str(), "resource": resource.id, "account": self.who()}))))
                .await?;
        }
        Err(if may_know { RegisterError::Denied { action, lacks } } else { RegisterError::Missing(kind_of(action)) })
    }

    /// A note of what the caller does: role and purpose are public, who it is stands in the payload and, within the thing's scope, as a
    /// pseudonym that [`Acting::note_on`] adds.
    #[must_use]
    pub fn note(&self, kind: &'static str) -> Note {
        let case = self.caller.case.as_deref().map_or("none", |_| "stated");
        Note::of(kind).tag("role", self.caller.principal.role.as_str()).tag("purpose", self.caller.purpose.as_str()).tag("case", case)
    }

    /// A note of what the caller does to one thing: the thing, and within its scope who acted, from which unit and agency.
    #[must_use]
    pub fn note_on(&self, kind: &'static str, thing: &'static str, id: &str) -> Note {
        let who = &self.caller.principal;
        self.note(kind).about(thing, "", id).about("actor", id, &who.id).about("unit", id, &unit_of(who)).about("agency", id, &who.agency)
    }

    /// Makes everything permanent together with its entries; their ids.
    ///
    /// # Errors
    /// [`RegisterError`] of the store: then nothing has changed.
    pub async fn done(mut self, notes: Notes) -> Result<Vec<String>, RegisterError> {
        let writing = self.writing.take().ok_or_else(|| RegisterError::State("the transaction has ended".into()))?;
        Ok(writing.commit(notes).await?)
    }
}

/// What the caller's circumstances are in this transaction.
async fn circumstances(writing: &mut Writing, caller: &Caller, legal_basis: bool, at: Timestamp) -> Result<Context, RegisterError> {
    let mut context = Context::of(caller.purpose);
    context.legal_basis = legal_basis;
    if let Some(id) = &caller.case {
        let stated = writing.get::<Case>(id).await?;
        context.case = stated.as_ref().is_some_and(|stated| stated.body.is_open() && stated.body.has_member(&caller.principal.id));
        context.break_glass = case::break_glass_in_force(writing, &caller.principal.id, id, at).await?;
    }
    Ok(context)
}

/// The action that tells whether somebody may know of a thing at all; none where its existence is no secret.
const fn readable(action: Action) -> Option<Action> {
    use tributary_access::ResourceType as On;
    // Who reviews uses of break-glass learns by that of no case.
    if matches!(action, Action::BreakGlassUse) {
        return Some(Action::CaseRead);
    }
    match action.resource() {
        On::Alert => Some(Action::AlertRead),
        On::Case => Some(Action::CaseRead),
        On::Party => Some(Action::PartyRead),
        On::Evidence => Some(Action::EvidenceRead),
        On::Task | On::Link => Some(Action::CaseRead),
        On::Marker => Some(Action::MarkerTalk),
        On::Victim | On::Consent => Some(Action::VictimRead),
        On::Identity => Some(Action::IdentityRequest),
        On::Referral => Some(Action::ReferralRead),
        On::Escalation => Some(Action::EscalationRead),
        On::Disclosure => Some(Action::DisclosureRead),
        On::BreakGlass => Some(Action::BreakGlassReview),
        On::Redress => Some(Action::RedressRead),
        On::Protocol | On::Policy | On::Pack | On::Account | On::Agency | On::Log | On::Statistic | On::Stop => None,
    }
}

const fn kind_of(action: Action) -> &'static str {
    use tributary_access::ResourceType as On;
    match action.resource() {
        On::Alert => "alert",
        On::Case | On::Task | On::Link => "case",
        On::Party => "party",
        On::Evidence => "evidence",
        On::Marker => "match",
        On::Victim | On::Consent | On::Identity => "person",
        On::Referral => "referral",
        On::Escalation => "escalation",
        On::Disclosure => "disclosure",
        On::BreakGlass => "use of break-glass",
        On::Redress => "request",
        On::Protocol | On::Policy | On::Pack | On::Account | On::Agency | On::Log | On::Statistic | On::Stop => "thing",
    }
}

/// Refuses a change of something that is not any more as its changer read it.
pub(crate) const fn as_read<T>(stored: &Stored<T>, version: i64) -> Result<(), RegisterError> {
    if stored.version == version { Ok(()) } else { Err(RegisterError::Conflict) }
}

/// `agency/unit`: two units of one name in two agencies are two.
pub(crate) fn unit_of(who: &Principal) -> String {
    format!("{}/{}", who.agency, who.unit)
}
