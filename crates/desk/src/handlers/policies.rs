//! Policies as released data.

use std::collections::BTreeMap;

use axum::extract::{Path, State};
use serde::Deserialize;
use tributary_register::release::PolicySet;

use super::Shown;
use crate::Desk;
use crate::answer::{Answer, Good};
use crate::asked::{Body, Who};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Proposal {
    schema: String,
    files: BTreeMap<String, String>,
    tests: String,
    reason: String,
}

pub(crate) async fn propose(State(desk): State<Desk>, Who(caller): Who, Body(new): Body<Proposal>) -> Answer<Shown<PolicySet>> {
    let set = desk.register().propose_policies(&caller, new.schema, new.files, new.tests, &new.reason, desk.now()).await?;
    Ok(Good(set.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Approval {
    version: i64,
}

pub(crate) async fn approve(
    State(desk): State<Desk>,
    Who(caller): Who,
    Path(id): Path<String>,
    Body(asked): Body<Approval>,
) -> Answer<Shown<PolicySet>> {
    Ok(Good(desk.register().approve_policies(&caller, &id, asked.version, desk.now()).await?.into()))
}
