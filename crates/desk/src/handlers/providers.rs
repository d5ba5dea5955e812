//! Identity providers: signing in at one, the second factor where it shows none, binding one's own account.

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_model::Timestamp;
use tributary_register::people::provider::binding::BindingShown;
use tributary_register::people::provider::sign_in::{Back, Way};

use super::keys::{Answered, Challenge, Password};
use super::people::Session;
use super::{DONE, Done};
use crate::Desk;
use crate::answer::{Answer, Good};
use crate::asked::{Bare, Body, Path};

/// What the providers are called.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Named {
    providers: Vec<String>,
}

pub(crate) async fn list(State(desk): State<Desk>) -> Answer<Named> {
    Ok(Good(Named { providers: desk.register().provider_names() }))
}

#[derive(Deserialize, JsonSchema)]
#[schemars(rename = "SignInAtProvider")]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    provider: String,
}

/// Where the browser goes, and what the client keeps to itself until it is back.
#[derive(Serialize, JsonSchema)]
pub(crate) struct WayOut {
    address: String,
    binder: String,
    until: Timestamp,
}

impl From<Way> for WayOut {
    fn from(way: Way) -> Self {
        Self { address: way.address, binder: way.binder, until: way.until }
    }
}

pub(crate) async fn ask_sign_in(State(desk): State<Desk>, Body(asked): Body<SignIn>) -> Answer<WayOut> {
    Ok(Good(desk.register().begin_provider_sign_in(&asked.provider, desk.now()).await?.into()))
}

pub(crate) async fn sign_in(State(desk): State<Desk>, Body(back): Body<Back>) -> Answer<Session> {
    Ok(Good(desk.register().finish_provider_sign_in(&back, desk.now()).await?.into()))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Code {
    code: String,
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Bind {
    provider: String,
    password: String,
}

pub(crate) async fn show_code(State(desk): State<Desk>, Bare(who): Bare, Body(asked): Body<Code>) -> Answer<Done> {
    desk.register().show_code(&who, &asked.code, desk.now()).await?;
    Ok(Good(DONE))
}

pub(crate) async fn ask_step(State(desk): State<Desk>, Bare(who): Bare) -> Answer<Challenge> {
    Ok(Good(desk.register().begin_key_step(&who, desk.now()).await?.into()))
}

pub(crate) async fn step(State(desk): State<Desk>, Bare(who): Bare, Body(answered): Body<Answered>) -> Answer<Done> {
    desk.register().finish_key_step(&who, &answered.challenge, &answered.credential, desk.now()).await?;
    Ok(Good(DONE))
}

acts! {
    ask_bind [r, who, now] (Body(asked) => Body<Bind>) -> WayOut { r.begin_binding(&who, &asked.password, &asked.provider, now).await?.into() }
    bind [r, who, now] (Body(back) => Body<Back>) -> BindingShown { r.finish_binding(&who, &back, now).await? }
    unbind [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Password>) -> Done {
        r.remove_binding(&who, &id, &asked.password, now).await?;
        DONE
    }
}
