//! Security keys: signing in with one, adding, listing and taking away; what two administrators change of an account.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tributary_model::Timestamp;
use tributary_register::people::challenge::Asked;
use tributary_register::people::change::{AccountChange, Change};
use tributary_register::people::security_key::{Factors, KeyShown};

use super::people::{Invited, Session};
use super::{DONE, Done, Shown};
use crate::Desk;
use crate::answer::{Answer, Good};
use crate::asked::{Body, Path};

/// A challenge: `options` go to `navigator.credentials`, `challenge` comes back with the answer.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Challenge {
    challenge: String,
    options: Value,
    until: Timestamp,
}

impl From<Asked> for Challenge {
    fn from(asked: Asked) -> Self {
        Self { challenge: asked.challenge, options: asked.options, until: asked.until }
    }
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "SignInWithKey")]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    login: String,
    password: String,
}

/// What the browser's key answered.
#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "KeyAnswer")]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    pub(super) challenge: String,
    pub(super) credential: Value,
}

pub(crate) async fn ask_sign_in(State(desk): State<Desk>, Body(asked): Body<SignIn>) -> Answer<Challenge> {
    Ok(Good(desk.register().begin_key_sign_in(&asked.login, &asked.password, desk.now()).await?.into()))
}

pub(crate) async fn sign_in(State(desk): State<Desk>, Body(answered): Body<Answered>) -> Answer<Session> {
    Ok(Good(desk.register().finish_key_sign_in(&answered.challenge, &answered.credential, desk.now()).await?.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AskEnrol {
    invitation: String,
    password: String,
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "EnrolKey")]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrol {
    invitation: String,
    challenge: String,
    name: String,
    credential: Value,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "EnrolledKey")]
pub(crate) struct Enrolled {
    account: String,
}

pub(crate) async fn ask_enrol(State(desk): State<Desk>, Body(asked): Body<AskEnrol>) -> Answer<Challenge> {
    Ok(Good(desk.register().begin_enrolment(&asked.invitation, &asked.password, desk.now()).await?.into()))
}

pub(crate) async fn enrol(State(desk): State<Desk>, Body(new): Body<Enrol>) -> Answer<Enrolled> {
    let account = desk.register().finish_enrolment(&new.invitation, &new.challenge, &new.name, &new.credential, desk.now()).await?;
    Ok(Good(Enrolled { account }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Password {
    pub(super) password: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewKey {
    challenge: String,
    name: String,
    credential: Value,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ProposedChange {
    change: Change,
    reason: String,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccountChanged")]
pub(crate) struct Changed {
    done: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    invited: Option<Invited>,
}

acts! {
    ask_add [r, who, now] (Body(asked) => Body<Password>) -> Challenge { r.begin_key(&who, &asked.password, now).await?.into() }
    add [r, who, now] (Body(new) => Body<NewKey>) -> KeyShown { r.finish_key(&who, &new.challenge, &new.name, &new.credential, now).await? }
    remove [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Password>) -> Done {
        r.remove_key(&who, &id, &asked.password, now).await?;
        DONE
    }
    factors [r, who, now] (Path(id) => Path<String>) -> Factors { r.factors(&who, &id, now).await? }
    propose_change [r, who, now] (Path(id) => Path<String>, Body(new) => Body<ProposedChange>) -> Shown<AccountChange> {
        r.propose_change(&who, &id, new.change, &new.reason, now).await?.into()
    }
    approve_change [r, who, now] (Path(id) => Path<String>) -> Changed {
        Changed { done: true, invited: r.approve_change(&who, &id, now).await?.map(Into::into) }
    }
}
