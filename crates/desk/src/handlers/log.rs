//! The log and what is counted from it.

use axum::extract::{Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use tributary_ledger::report::Report;
use tributary_model::{Date, Timestamp};
use tributary_register::log::LogStatus;

use crate::Desk;
use crate::answer::{Answer, Good, Problem};
use crate::asked::Who;

#[derive(Serialize)]
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

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Period {
    from: String,
    to: String,
}

pub(crate) async fn report(State(desk): State<Desk>, Who(caller): Who, Query(period): Query<Period>) -> Answer<Report> {
    let day = |text: &str| -> Result<Timestamp, Problem> {
        Date::parse(text)
            .map(Date::start)
            .map_err(|error| Problem::of(StatusCode::BAD_REQUEST, format!("`{}` {error}", text.chars().take(40).collect::<String>())))
    };
    Ok(Good(desk.register().transparency_report(&caller, day(&period.from)?, day(&period.to)?, desk.now()).await?))
}
