//! Signing in and out; agencies and accounts.

use std::collections::BTreeSet;

use axum::extract::State;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::AgencyClass;
use tributary_model::Timestamp;
use tributary_register::people::account::{AccountIs, Invitation};
use tributary_register::people::agency::Agency;
use tributary_register::people::listing::{AccountShown, AccountsOf};
use tributary_register::people::session::SignedIn;

use super::{DONE, Done, Listed, Shown, Why};
use crate::Desk;
use crate::answer::{Answer, Good};
use crate::asked::{Body, Part, Path, Query, Token};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignIn {
    login: String,
    password: String,
    code: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Session {
    token: String,
    account: String,
    until: Timestamp,
    factor: &'static str,
}

impl From<SignedIn> for Session {
    fn from(signed: SignedIn) -> Self {
        Self { token: signed.token, account: signed.account, until: signed.until, factor: signed.factor.as_str() }
    }
}

pub(crate) async fn sign_in(State(desk): State<Desk>, Body(asked): Body<SignIn>) -> Answer<Session> {
    let signed = desk.register().sign_in(&asked.login, &asked.password, &asked.code, desk.now()).await?;
    Ok(Good(signed.into()))
}

pub(crate) async fn sign_out(State(desk): State<Desk>, Token(token): Token) -> Answer<Done> {
    desk.register().sign_out(&token, desk.now()).await?;
    Ok(Good(DONE))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Enrol {
    invitation: String,
    password: String,
}

#[derive(Serialize, JsonSchema)]
pub(crate) struct Enrolled {
    account: String,
    secret: String,
}

pub(crate) async fn enrol(State(desk): State<Desk>, Body(asked): Body<Enrol>) -> Answer<Enrolled> {
    let enrolled = desk.register().enrol(&asked.invitation, &asked.password, desk.now()).await?;
    Ok(Good(Enrolled { account: enrolled.account, secret: enrolled.secret }))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NewAgency {
    id: String,
    name: String,
    class: AgencyClass,
    jurisdictions: BTreeSet<String>,
}

/// An account as administrators see it: nothing of its credentials.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Proposed {
    account: String,
    is: AccountIs,
}

#[derive(Serialize, JsonSchema)]
#[schemars(rename = "InvitedToSignIn")]
pub(crate) struct Invited {
    account: String,
    invitation: String,
}

impl From<Invitation> for Invited {
    fn from(invited: Invitation) -> Self {
        Self { account: invited.account, invitation: invited.token }
    }
}

/// Which accounts.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountsAsked {
    /// What the last answer gave as `next`.
    after: Option<String>,
    /// 1 to 200.
    limit: Option<u32>,
    /// Of this agency alone.
    agency: Option<String>,
    /// Those alone that are due for review.
    due: Option<bool>,
}

/// Accounts, and what to ask for the next of them.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AccountList {
    items: Vec<AccountShown>,
    next: Option<String>,
}

acts! {
    accounts [r, who, now] (Query(asked) => Query<AccountsAsked>) -> AccountList {
        let part = Part { after: asked.after, limit: asked.limit };
        let of = AccountsOf { agency: asked.agency, due: asked.due.unwrap_or(false) };
        let found = r.accounts(&who, &of, &part.page()?, now).await?;
        AccountList { items: found.accounts, next: found.next.map(|(made, id)| format!("{}.{id}", made.0)) }
    }
    agencies [r, _who, _now] (Query(part) => Query<Part>) -> Listed<Agency> { r.agencies(&part.page()?).await?.into() }
    create_agency [r, who, now] (Body(new) => Body<NewAgency>) -> Shown<Agency> {
        let agency = Agency::new(&new.name, new.class, new.jurisdictions)?;
        r.create_agency(&who, &new.id, agency, now).await?.into()
    }
    propose_account [r, who, now] (Body(is) => Body<AccountIs>) -> Proposed {
        let account = r.propose_account(&who, is, now).await?;
        Proposed { account: account.id, is: account.body.is }
    }
    approve_account [r, who, now] (Path(id) => Path<String>) -> Invited {
        r.approve_account(&who, &id, now).await?.into()
    }
    suspend_account [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Done {
        r.suspend_account(&who, &id, &why.reason, now).await?;
        DONE
    }
}
