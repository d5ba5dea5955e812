//! Accounts as those see them who keep or oversee them: who has which role, and which of them are due for review. Nothing of their secrets,
//! and nothing of the cases that they belong to.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, AgencyClass, Resource, Role};
use tributary_cases::{Find, Notes, Page, Stored, Writing};
use tributary_model::{Date, Timestamp};

use super::account::{Account, AccountState};
use super::agency::checked_id;
use super::provider::binding::bindings_of;
use super::security_key::keys_of;
use crate::acting::Caller;
use crate::{Register, RegisterError};

/// Accounts of one part of the list.
const PART_MAX: u32 = 200;

/// Why somebody should look at an account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Due {
    /// Its vetting has run out.
    VettingRanOut,
    /// Nobody signed in with it for as long as the operator has set.
    NotSignedIn,
    /// It was invited and has set no password or no second factor for as long.
    NotEnrolled,
}

/// An account in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct AccountShown {
    /// Its id.
    pub id: String,
    /// Its version.
    pub version: i64,
    /// The day it was proposed.
    pub made: Date,
    /// By what the person signs in.
    pub login: String,
    /// How the person is called.
    pub name: String,
    /// Agency.
    pub agency: String,
    /// The agency's class.
    pub class: AgencyClass,
    /// Unit within the agency.
    pub unit: String,
    /// The one role.
    pub role: Role,
    /// Vetting, 0 to 3.
    pub vetting: u8,
    /// The last day on which the vetting holds.
    pub vetted_until: Date,
    /// ISO 3166 codes served.
    pub jurisdictions: BTreeSet<String>,
    /// Where it stands.
    pub state: AccountState,
    /// Until when it is closed after failed attempts.
    pub closed_until: Option<Timestamp>,
    /// Whether an app's codes are taken.
    pub code: bool,
    /// How many security keys are taken.
    pub keys: usize,
    /// How many subjects of identity providers it is bound to.
    pub bindings: usize,
    /// The day on which somebody last signed in.
    pub last_sign_in: Option<Date>,
    /// Why somebody should look at it.
    pub due: Vec<Due>,
}

/// Which accounts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AccountsOf {
    /// Of one agency.
    pub agency: Option<String>,
    /// Those alone that are due for review.
    pub due: bool,
}

/// A part of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accounts {
    /// Accounts, oldest first.
    pub accounts: Vec<AccountShown>,
    /// The last one that was looked at, where there may be more.
    pub next: Option<(Timestamp, String)>,
}

/// Why an account is due for review on a day; nothing for one that is closed.
fn due(account: &Account, made: Date, today: Date, idle_days: u32) -> Vec<Due> {
    let mut all = Vec::new();
    if account.state == AccountState::Suspended {
        return all;
    }
    if account.is.vetting > 0 && today > account.is.vetted_until {
        all.push(Due::VettingRanOut);
    }
    let since = account.last_sign_in.unwrap_or(made);
    if i64::from(today.0) - i64::from(since.0) >= i64::from(idle_days) {
        all.push(if account.password.is_some() { Due::NotSignedIn } else { Due::NotEnrolled });
    }
    all
}

async fn shown(writing: &mut Writing, stored: Stored<Account>, due: Vec<Due>, at: Timestamp) -> Result<AccountShown, RegisterError> {
    let keys = keys_of(writing, &stored.id).await?.iter().filter(|key| key.body.copied.is_none()).count();
    let bindings = bindings_of(writing, &stored.id).await?.len();
    let account = stored.body;
    Ok(AccountShown {
        id: stored.id,
        version: stored.version,
        made: stored.made.date(),
        login: account.is.login,
        name: account.is.name,
        agency: account.is.agency,
        class: account.class,
        unit: account.is.unit,
        role: account.is.role,
        vetting: account.is.vetting,
        vetted_until: account.is.vetted_until,
        jurisdictions: account.is.jurisdictions,
        state: account.state,
        closed_until: account.failures.closed(at),
        code: account.totp.is_some(),
        keys,
        bindings,
        last_sign_in: account.last_sign_in,
        due,
    })
}

impl Register {
    /// Accounts of all agencies or of one, oldest first, for administrators and for those who oversee who has which role (SG-054, SG-083). One
    /// whose vetting ran out, or with which nobody signed in for a while ([`crate::Settings::account_idle_days`]), is due for review; nothing is
    /// closed by itself.
    ///
    /// # Errors
    /// [`RegisterError::Denied`] for anybody else.
    pub async fn accounts(&self, caller: &Caller, of: &AccountsOf, page: &Page, at: Timestamp) -> Result<Accounts, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::AccountList, &Resource { id: "all".into(), ..Resource::default() }).await?;
        if let Some(agency) = &of.agency {
            checked_id("agency", agency)?;
        }
        let find = of.agency.as_deref().map_or(Find::All, Find::Agency);
        let page = Page { after: page.after.clone(), limit: page.limit.min(PART_MAX) };
        let found = acting.tx()?.list::<Account>(find, &page).await?;
        let full = found.len() == page.limit as usize;
        let next = found.last().filter(|_| full).map(|last| (last.made, last.id.clone()));
        let mut accounts = Vec::new();
        for account in found {
            let due = due(&account.body, account.made.date(), at.date(), self.settings().account_idle_days);
            if acting.may(Action::AccountList, &account.body.resource(&account.id)) && (!of.due || !due.is_empty()) {
                accounts.push(shown(acting.tx()?, account, due, at).await?);
            }
        }
        let payload = serde_json::json!({"account": acting.who(), "agency": of.agency});
        let note = acting.note("account.listed").tag("which", if of.due { "due" } else { "all" }).with(&payload);
        acting.done(Notes::one(note)).await?;
        Ok(Accounts { accounts, next })
    }
}
