//! The log and what is counted from it.

use axum::extract::State;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use tributary_ledger::report::Report;
use tributary_register::log::LogStatus;

use super::Period;
use crate::Desk;
use crate::answer::{Answer, Good};
use crate::asked::Query;

#[derive(Serialize, JsonSchema)]
pub(crate) struct Health {
    answers: bool,
    /// Entries that wait for the log.
    waiting: u64,
    log: Option<LogStatus>,
}

pub(crate) async fn health(State(desk): State<Desk>) -> Answer<Health> {
    let waiting = desk.register().store().waiting().await.map_err(tributary_register::RegisterError::from)?;
    Ok(Good(Health { answers: true, waiting, log: desk.register().keeper().ok().map(|keeper| keeper.status()) }))
}

pub(crate) async fn openapi() -> Answer<&'static Value> {
    Ok(Good(crate::openapi::document()))
}

acts! {
    report [r, who, now] (Query(period) => Query<Period>) -> Report {
        let (from, to) = period.ends()?;
        r.transparency_report(&who, from, to, now).await?
    }
}
