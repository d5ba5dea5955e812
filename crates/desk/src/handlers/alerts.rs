//! Alerts: the queue, weighing, readings, stops, and what is learned of the readers.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_model::Timestamp;
use tributary_register::alert::{Agreement, AlertView, Decision, Label, Mark, NewDecoy, QueueItem, Withdrawal};
use tributary_register::governance::{Scope, StopView};
use tributary_register::retention::Class;

use super::{DONE, Done, Read, ReadWhy, Why};
use crate::asked::{Body, Part, Path, Query};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Budget {
    budget: usize,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Assignment {
    to: String,
    version: i64,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Snooze {
    version: i64,
    until: Timestamp,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Marks {
    marks: Vec<Mark>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Against {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SourceGone {
    source: String,
    reason: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Whose {
    agency: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewStop {
    scope: Scope,
    reason: String,
}

/// A version after a change.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Version {
    version: i64,
}

/// What was placed.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Id {
    id: String,
}

/// Labels, and what to ask for the next of them.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Labels {
    items: Vec<Label>,
    next: Option<String>,
}

acts! {
    review [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Done {
        r.review_record(&who, Class::Alert, &id, &why.reason, now).await?;
        DONE
    }
    queue [register, caller, now] (Query(asked) => Query<Budget>) -> Vec<QueueItem> { register.queue(&caller, asked.budget, now).await? }
    read [register, caller, now] (Path(id) => Path<String>) -> AlertView { register.read_alert(&caller, &id, now).await? }
    claim [register, caller, now] (Path(id) => Path<String>, Body(asked) => Body<Read>) -> Version {
        Version { version: register.claim_alert(&caller, &id, asked.version, now).await? }
    }
    assign [register, caller, now] (Path(id) => Path<String>, Body(asked) => Body<Assignment>) -> Version {
        Version { version: register.assign_alert(&caller, &id, &asked.to, asked.version, now).await? }
    }
    release [register, caller, now] (Path(id) => Path<String>, Body(asked) => Body<Read>) -> Version {
        Version { version: register.release_alert(&caller, &id, asked.version, now).await? }
    }
    snooze [register, caller, now] (Path(id) => Path<String>, Body(asked) => Body<Snooze>) -> Version {
        Version { version: register.snooze_alert(&caller, &id, asked.version, asked.until, &asked.reason, now).await? }
    }
    weigh [register, caller, now] (Path(id) => Path<String>, Body(asked) => Body<Marks>) -> AlertView {
        register.weigh(&caller, &id, asked.marks, now).await?
    }
    counter_evidence [register, caller, now] (Path(id) => Path<String>, Body(asked) => Body<Against>) -> Version {
        Version { version: register.add_counter_evidence(&caller, &id, &asked.text, now).await? }
    }
    dispose [register, caller, now] (Path(id) => Path<String>, Body(decision) => Body<Decision>) -> AlertView {
        register.dispose(&caller, &id, decision, now).await?
    }
    unmask [register, caller, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> AlertView {
        register.unmask(&caller, &id, &why.reason, now).await?
    }
    withdraw_source [register, caller, now] (Body(gone) => Body<SourceGone>) -> Withdrawal {
        register.withdraw_source(&caller, &gone.source, &gone.reason, now).await?
    }
    place_decoy [register, caller, now] (Body(new) => Body<NewDecoy>) -> Id { Id { id: register.place_decoy(&caller, new, now).await? } }
    agreement [register, caller, now] (Query(whose) => Query<Whose>) -> Agreement { register.agreement(&caller, whose.agency.as_deref(), now).await? }
    labels [register, caller, now] (Query(part) => Query<Part>) -> Labels {
        let (items, next) = register.labels(&caller, &part.page()?, now).await?;
        Labels { items, next: next.map(|(made, id)| format!("{}.{id}", made.0)) }
    }
    set_stop [register, caller, now] (Body(new) => Body<NewStop>) -> StopView { register.set_stop(&caller, new.scope, &new.reason, now).await? }
    lift_stop [register, caller, now] (Path(id) => Path<String>, Body(asked) => Body<ReadWhy>) -> StopView {
        register.lift_stop(&caller, &id, asked.version, &asked.reason, now).await?
    }
    stops [register, _caller, _now] (Query(part) => Query<Part>) -> Vec<StopView> { register.stops(&part.page()?).await? }
}
