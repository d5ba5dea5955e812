//! What happened in a case, in order, from all of its parts that a reader may see.

use schemars::JsonSchema;
use serde::Serialize;
use tributary_access::Action;
use tributary_cases::Notes;
use tributary_model::Timestamp;

use super::parts::{open_case, visible};
use super::{CaseItem, Evidence, Intelligence, Item, Party, Product, Standing};
use crate::acting::Caller;
use crate::{Register, RegisterError};

/// Something that happened.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, JsonSchema)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// What: a word such as `evidence.collected`.
    pub what: &'static str,
    /// The part's id; of the case itself for what happened to it.
    pub id: String,
    /// What it is called.
    pub label: String,
}

fn event(at: Timestamp, what: &'static str, id: &str, label: impl Into<String>) -> Event {
    Event { at, what, id: id.to_owned(), label: label.into() }
}

impl Register {
    /// All that happened in a case, oldest first, as far as the caller may see it: same store, same order.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn timeline(&self, caller: &Caller, id: &str, at: Timestamp) -> Result<Vec<Event>, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let case = open_case(&mut acting, id, Action::CaseRead).await?;
        let mut events = vec![event(case.made, "case.opened", id, case.body.title.clone())];
        events.extend(case.body.stages.iter().map(|step| event(step.since, "case.stage", id, step.stage.as_str())));
        events.extend(case.body.members.values().map(|member| event(member.since, "case.member", id, member.agency.clone())));
        events.extend(case.body.remarks.iter().map(|remark| event(remark.at, "case.remark", id, remark.what.clone())));
        for party in visible::<Party>(&mut acting, &case, Action::PartyRead).await? {
            let label = &party.body.label;
            events.push(event(party.made, "party.added", &party.id, label));
            match &party.body.standing {
                Standing::Named => {}
                Standing::Subject(promotion) => events.push(event(promotion.at, "party.promoted", &party.id, label)),
                Standing::Cleared { at, .. } => events.push(event(*at, "party.cleared", &party.id, label)),
            }
        }
        for evidence in visible::<Evidence>(&mut acting, &case, Action::EvidenceRead).await? {
            let label = &evidence.body.label;
            events.push(event(evidence.body.collected_at, "evidence.collected", &evidence.id, label));
            let received = evidence.body.custody.iter().filter_map(|entry| entry.received_at);
            events.extend(received.map(|at| event(at, "evidence.received", &evidence.id, label)));
        }
        if acting.may(Action::CaseUpdate, &case.body.resource(id)) {
            let items = visible::<Intelligence>(&mut acting, &case, Action::CaseUpdate).await?;
            let usable = items.iter().filter(|item| item.body.suspended_at.is_none());
            events.extend(usable.map(|item| event(item.body.collected_at, "intelligence.collected", &item.id, "")));
        }
        for product in visible::<Product>(&mut acting, &case, Action::CaseRead).await? {
            events.push(event(product.made, "product.added", &product.id, &product.body.title));
            let observed = product.body.effect.as_ref().map(|effect| event(effect.at, "product.effect", &product.id, &product.body.title));
            events.extend(observed);
        }
        for item in visible::<CaseItem>(&mut acting, &case, Action::CaseRead).await? {
            events.extend(of_item(&item.id, item.made, &item.body));
        }
        events.sort();
        let note = acting.note_on("case.timeline_read", "case_file", id);
        acting.done(Notes::one(note)).await?;
        Ok(events)
    }
}

fn of_item(id: &str, made: Timestamp, item: &CaseItem) -> Vec<Event> {
    let (entered, done) = match &item.what {
        Item::Task => ("task.added", "task.done"),
        Item::Deadline => ("deadline.added", "deadline.met"),
        Item::Hearing { .. } => ("hearing.added", "hearing.held"),
        Item::Charge(_) => ("charge.added", "charge.ended"),
    };
    let mut events = vec![event(made, entered, id, &item.title)];
    if let Item::Charge(charge) = &item.what {
        events.extend(charge.outcomes.iter().map(|outcome| event(outcome.on.start(), "charge.outcome", id, &item.title)));
    }
    events.extend(item.done.as_ref().map(|end| event(end.at, done, id, &item.title)));
    events
}
