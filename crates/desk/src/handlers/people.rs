//! Signing in and out; agencies and accounts.

use std::collections::BTreeSet;

use axum::extract::{Path, Query, State};
use serde::{Deserialize, Serialize};
use tributary_access::AgencyClass;
use tributary_model::Timestamp;
use tributary_register::people::account::AccountIs;
use tributary_register::people::agency::Agency;

use super::{DONE, Done, Listed, Shown};
use crate::Desk;
use crate::answer::{Answer, Good};
use crate::asked::{Body, Part, Token, Who};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    login: String,
    password: String,
    code: String,
}

#[derive(Serialize)]
pub(crate) struct Session {
    token: String,
    account: String,
    until: Timestamp,
}

pub(crate) async fn sign_in(State(desk): State<Desk>, Body(asked): Body<SignIn>) -> Answer<Session> {
    let signed = desk.register().sign_in(&asked.login, &asked.password, &asked.code, desk.now()).await?;
    Ok(Good(Session { token: signed.token, account: signed.account, until: signed.until }))
}

pub(crate) async fn sign_out(State(desk): State<Desk>, Token(token): Token) -> Answer<Done> {
    desk.register().sign_out(&token, desk.now()).await?;
    Ok(Good(DONE))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrol {
    invitation: String,
    password: String,
}

#[derive(Serialize)]
pub(crate) struct Enrolled {
    account: String,
    secret: String,
}

pub(crate) async fn enrol(State(desk): State<Desk>, Body(asked): Body<Enrol>) -> Answer<Enrolled> {
    let enrolled = desk.register().enrol(&asked.invitation, &asked.password, desk.now()).await?;
    Ok(Good(Enrolled { account: enrolled.account, secret: enrolled.secret }))
}

pub(crate) async fn agencies(State(desk): State<Desk>, Who(_): Who, Query(part): Query<Part>) -> Answer<Listed<Agency>> {
    Ok(Good(desk.register().agencies(&part.page()?).await?.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAgency {
    id: String,
    name: String,
    class: AgencyClass,
    jurisdictions: BTreeSet<String>,
}

pub(crate) async fn create_agency(State(desk): State<Desk>, Who(caller): Who, Body(new): Body<NewAgency>) -> Answer<Shown<Agency>> {
    let agency = Agency::new(&new.name, new.class, new.jurisdictions)?;
    Ok(Good(desk.register().create_agency(&caller, &new.id, agency, desk.now()).await?.into()))
}

/// An account as administrators see it: nothing of its credentials.
#[derive(Serialize)]
pub(crate) struct Proposed {
    account: String,
    is: AccountIs,
}

pub(crate) async fn propose_account(State(desk): State<Desk>, Who(caller): Who, Body(is): Body<AccountIs>) -> Answer<Proposed> {
    let account = desk.register().propose_account(&caller, is, desk.now()).await?;
    Ok(Good(Proposed { account: account.id, is: account.body.is }))
}

#[derive(Serialize)]
pub(crate) struct Invited {
    account: String,
    invitation: String,
}

pub(crate) async fn approve_account(State(desk): State<Desk>, Who(caller): Who, Path(id): Path<String>) -> Answer<Invited> {
    let invited = desk.register().approve_account(&caller, &id, desk.now()).await?;
    Ok(Good(Invited { account: invited.account, invitation: invited.token }))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reason {
    reason: String,
}

pub(crate) async fn suspend_account(State(desk): State<Desk>, Who(caller): Who, Path(id): Path<String>, Body(asked): Body<Reason>) -> Answer<Done> {
    desk.register().suspend_account(&caller, &id, &asked.reason, desk.now()).await?;
    Ok(Good(DONE))
}
