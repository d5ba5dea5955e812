//! Taking a request in, telling the person that it came, and reading it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Resource, Role};
use tributary_cases::{Find, Notes, Page, Stored};
use tributary_model::Timestamp;
use tributary_model::time::MICROS_PER_DAY;

use super::rules::RedressRules;
use super::{About, Asks, Redress, route};
use crate::acting::{Acting, Caller, as_read};
use crate::people::account::Account;
use crate::people::agency::{Agency, checked_jurisdiction, checked_text};
use crate::retention::{Class, start};
use crate::victim::Victim;
use crate::{Register, RegisterError};

/// Who asks. It lies sealed.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Requester {
    /// Name, as the person gives it.
    pub name: String,
    /// How the person is safely reached.
    pub contact: String,
    /// What the person says.
    pub text: String,
}

impl std::fmt::Debug for Requester {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Requester(..)")
    }
}

/// What taking in takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRedress {
    /// What is asked.
    pub asks: Asks,
    /// About what, where the person can say it.
    #[serde(default)]
    pub about: Option<About>,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// Who asks.
    pub requester: Requester,
    /// The record of the person, where victim support asks for somebody they look after.
    #[serde(default)]
    pub victim: Option<String>,
    /// For an appeal: the request whose answer it is against.
    #[serde(default)]
    pub appeal_of: Option<String>,
    /// For an appeal: the oversight body it goes to.
    #[serde(default)]
    pub put_to_agency: Option<String>,
    /// For an appeal: the judge it goes to.
    #[serde(default)]
    pub put_to_judge: Option<String>,
}

/// A request with who asks, for the body that decides.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RedressView {
    /// The request.
    pub request: Redress,
    /// Who asks.
    pub requester: Requester,
    /// Whether an answer of the officer's own words may be given; the standard answer goes out otherwise. Why is not said.
    pub may_tell: bool,
}

pub(super) fn sealed_name(id: &str) -> String {
    format!("redress/{id}")
}

pub(super) const fn days(from: Timestamp, days: i64) -> Timestamp {
    Timestamp(from.0.saturating_add(days.saturating_mul(MICROS_PER_DAY)))
}

/// Where an appeal goes: an oversight body or a judge, neither of which decided before.
async fn body_of_appeal(acting: &mut Acting, new: &NewRedress, first: &Redress) -> Result<(String, Option<String>), RegisterError> {
    let (agency, judge) = match (&new.put_to_agency, &new.put_to_judge) {
        (Some(agency), None) => (agency.clone(), None),
        (None, Some(judge)) => {
            let account = acting.tx()?.get::<Account>(judge).await?.filter(|one| one.body.is_active() && one.body.is.role == Role::Judge);
            let account = account.ok_or_else(|| RegisterError::invalid("put_to_judge", "the account of a judge"))?;
            (account.body.is.agency.clone(), Some(judge.clone()))
        }
        _ => return Err(RegisterError::invalid("put_to_agency", "an appeal goes to one oversight body, or to one judge")),
    };
    let class = acting.tx()?.get::<Agency>(&agency).await?.ok_or(RegisterError::Missing("agency"))?.body.class;
    if !matches!(class, AgencyClass::Oversight | AgencyClass::Court) {
        return Err(RegisterError::invalid("put_to_agency", "an oversight body or a court"));
    }
    let own = acting.caller().principal.agency.clone();
    if agency == own || first.decided.as_ref().is_some_and(|decided| decided.agency == agency) {
        return Err(RegisterError::Duty("another body than the one that decided, and than the one that takes it in, hears an appeal"));
    }
    route::hearing(acting, agency, judge, first, &own).await
}

/// The answered request that an appeal is against.
async fn appealed(acting: &mut Acting, new: &NewRedress, rules: &RedressRules, at: Timestamp) -> Result<Stored<Redress>, RegisterError> {
    let id = new.appeal_of.as_deref().ok_or_else(|| RegisterError::invalid("appeal_of", "the request whose answer the appeal is against"))?;
    let first = acting.tx()?.get::<Redress>(id).await?.ok_or(RegisterError::Missing("request"))?;
    if first.body.asks == Asks::Appeal {
        return Err(RegisterError::State("an appeal was decided; what is left is a court".into()));
    }
    let Some((answered, _)) = &first.body.answer else { return Err(RegisterError::State("there is no answer yet to appeal against".into())) };
    if at > days(*answered, rules.clocks.appeal_days) {
        return Err(RegisterError::State(format!("an appeal is made within {} days of the answer", rules.clocks.appeal_days)));
    }
    Ok(first)
}

fn checked(new: &NewRedress) -> Result<(), RegisterError> {
    checked_jurisdiction("jurisdiction", &new.jurisdiction)?;
    checked_text("name", &new.requester.name, 300)?;
    checked_text("contact", &new.requester.contact, 500)?;
    checked_text("text", &new.requester.text, 10_000)?;
    if let Some(about) = &new.about {
        checked_text("about", &about.id, 64)?;
    }
    if (new.asks == Asks::Appeal) == (new.appeal_of.is_some()) {
        Ok(())
    } else {
        Err(RegisterError::invalid("appeal_of", "stated for an appeal, and for nothing else"))
    }
}

impl Register {
    /// Takes a request in. What it is about shows by nothing that is told: the answer is the same whether it exists or not. An appeal that is
    /// put to a body which holds what it is about goes to another that does not, and the one who takes it in sees no difference (SG-018).
    ///
    /// # Errors
    /// [`RegisterError::Duty`] for an appeal to the body that decided, or takes it in; [`RegisterError::Missing`] for a person whom the caller does not
    /// look after.
    pub async fn take_redress(&self, caller: &Caller, new: NewRedress, at: Timestamp) -> Result<Stored<Redress>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::RedressTake, &Resource { owner: caller.principal.agency.clone(), ..Resource::default() }).await?;
        checked(&new)?;
        let victim = new.victim.clone();
        if caller.principal.role == Role::VictimSupport {
            let id = victim.as_deref().ok_or_else(|| RegisterError::invalid("victim", "the record of the person you look after"))?;
            let record = acting.tx()?.get::<Victim>(id).await?;
            record.filter(|record| record.body.members.contains(acting.who())).ok_or(RegisterError::Missing("person"))?;
        }
        let rules = RedressRules::of(&new.jurisdiction)?;
        let (mut agency, mut assigned, mut about) = (caller.principal.agency.clone(), None, new.about.clone());
        let mut decide = rules.clocks.decide_days;
        if new.asks == Asks::Appeal {
            let first = appealed(&mut acting, &new, &rules, at).await?;
            (agency, assigned) = body_of_appeal(&mut acting, &new, &first.body).await?;
            about = first.body.about;
            decide = rules.clocks.appeal_decide_days;
        } else if caller.principal.role == Role::VictimSupport {
            agency = new.put_to_agency.clone().ok_or_else(|| RegisterError::invalid("put_to_agency", "the oversight body that decides"))?;
            let class = acting.tx()?.get::<Agency>(&agency).await?.ok_or(RegisterError::Missing("agency"))?.body.class;
            if class != AgencyClass::Oversight {
                return Err(RegisterError::invalid("put_to_agency", "an oversight body"));
            }
        }
        let id = acting.tx()?.new_id();
        let plain = serde_json::to_vec(&new.requester).map_err(|error| RegisterError::State(error.to_string()))?;
        acting.tx()?.seal(&sealed_name(&id), &plain).await?;
        let request = Redress {
            asks: new.asks,
            about,
            jurisdiction: new.jurisdiction,
            rules: format!("{} {}", rules.id, rules.version),
            taken_by: acting.who().to_owned(),
            victim,
            agency,
            assigned,
            received: at,
            acknowledge_by: days(at, rules.clocks.acknowledge_days),
            acknowledged: None,
            answer_from: days(at, rules.clocks.answer_from_days),
            decide_by: days(at, decide),
            extended: None,
            overdue: false,
            decided: None,
            answer: None,
            appeal_of: new.appeal_of,
            suspended: false,
        };
        let request = acting.tx()?.add(&id, request).await?;
        start(acting.tx()?, Class::Request, &id, &request.body.agency).await?;
        let note = acting.note_on("request.taken", "request", &id).tag("asks", request.body.asks.as_str());
        acting.done(Notes::one(note)).await?;
        Ok(request)
    }

    /// Records that the person was told that the request came.
    ///
    /// # Errors
    /// [`RegisterError::Conflict`] for another version.
    pub async fn acknowledge_redress(&self, caller: &Caller, id: &str, version: i64, at: Timestamp) -> Result<Stored<Redress>, RegisterError> {
        let (mut acting, mut request) = self.redress_for(caller, id, Some(version), Action::RedressDecide, at).await?;
        request.body.acknowledged.get_or_insert(at);
        acting.tx()?.put(&mut request).await?;
        let late = if at > request.body.acknowledge_by { "late" } else { "in_time" };
        let note = acting.note_on("request.acknowledged", "request", id).tag("clock", late);
        acting.done(Notes::one(note)).await?;
        Ok(request)
    }

    /// A request, once the policies allow it; a stranger is told that there is none.
    pub(super) async fn redress_for(
        &self,
        caller: &Caller,
        id: &str,
        version: Option<i64>,
        action: Action,
        at: Timestamp,
    ) -> Result<(Acting, Stored<Redress>), RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let request = acting.tx()?.get::<Redress>(id).await?.filter(|request| !request.body.suspended).ok_or(RegisterError::Missing("request"))?;
        acting.permit(action, &request.body.resource(id)).await?;
        version.map_or(Ok(()), |version| as_read(&request, version))?;
        Ok((acting, request))
    }

    /// A request with who asks, for the body that decides.
    ///
    /// # Errors
    /// [`RegisterError::Missing`] for anybody else.
    pub async fn read_redress(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<(i64, RedressView), RegisterError> {
        let (mut acting, request) = self.redress_for(caller, id, None, Action::RedressRead, at).await?;
        let plain = acting.tx()?.unseal(&sealed_name(id)).await?;
        let requester = serde_json::from_slice(&plain).map_err(|_| RegisterError::State("who asks does not read back".into()))?;
        let may_tell = super::notice::may_tell(&mut acting, &request.body).await?;
        let note = acting.note_on("request.read", "request", id);
        acting.done(Notes::one(note)).await?;
        Ok((request.version, RedressView { request: request.body, requester, may_tell }))
    }

    /// Requests that the caller's body decides, or that were put to the caller, oldest first, without who asks.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn redress(&self, caller: &Caller, page: &Page, at: Timestamp) -> Result<Vec<Stored<Redress>>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let own = Resource { id: "all".into(), owner: caller.principal.agency.clone(), assigned: caller.principal.id.clone(), ..Resource::default() };
        acting.permit(Action::RedressRead, &own).await?;
        let agency = caller.principal.agency.clone();
        let mut all = acting.tx()?.list::<Redress>(Find::Agency(&agency), page).await?;
        all.retain(|request| !request.body.suspended && acting.may(Action::RedressRead, &request.body.resource(&request.id)));
        let note = acting.note("request.listed");
        acting.done(Notes::one(note)).await?;
        Ok(all)
    }
}
