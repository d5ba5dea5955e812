//! Cases and break-glass.

use axum::extract::{Path, Query, State};
use serde::Deserialize;
use tributary_register::case::{BreakGlass, Case, NewCase};

use super::{DONE, Done, Listed, Shown, Why};
use crate::Desk;
use crate::answer::{Answer, Good};
use crate::asked::{Body, Part, Who};

pub(crate) async fn list(State(desk): State<Desk>, Who(caller): Who, Query(part): Query<Part>) -> Answer<Listed<Case>> {
    Ok(Good(desk.register().cases(&caller, &part.page()?, desk.now()).await?.into()))
}

pub(crate) async fn create(State(desk): State<Desk>, Who(caller): Who, Body(new): Body<NewCase>) -> Answer<Shown<Case>> {
    Ok(Good(desk.register().create_case(&caller, new, desk.now()).await?.into()))
}

pub(crate) async fn read(State(desk): State<Desk>, Who(caller): Who, Path(id): Path<String>) -> Answer<Shown<Case>> {
    Ok(Good(desk.register().read_case(&caller, &id, desk.now()).await?.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewMember {
    account: String,
}

pub(crate) async fn add_member(
    State(desk): State<Desk>,
    Who(caller): Who,
    Path(id): Path<String>,
    Body(new): Body<NewMember>,
) -> Answer<Shown<Case>> {
    Ok(Good(desk.register().add_member(&caller, &id, &new.account, desk.now()).await?.into()))
}

pub(crate) async fn break_glass(
    State(desk): State<Desk>,
    Who(caller): Who,
    Path(id): Path<String>,
    Body(why): Body<Why>,
) -> Answer<Shown<BreakGlass>> {
    Ok(Good(desk.register().break_glass(&caller, &id, &why.reason, desk.now()).await?.into()))
}

pub(crate) async fn broken_glass(State(desk): State<Desk>, Who(caller): Who, Query(part): Query<Part>) -> Answer<Listed<BreakGlass>> {
    Ok(Good(desk.register().broken_glass(&caller, &part.page()?, desk.now()).await?.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reviewed {
    justified: bool,
    reason: String,
}

pub(crate) async fn review_break_glass(
    State(desk): State<Desk>,
    Who(caller): Who,
    Path(id): Path<String>,
    Body(asked): Body<Reviewed>,
) -> Answer<Done> {
    desk.register().review_break_glass(&caller, &id, asked.justified, &asked.reason, desk.now()).await?;
    Ok(Good(DONE))
}
