//! The beginning: an empty register gets its operator and two administrators, who enter everybody else.

use std::collections::BTreeSet;

use tributary_access::{AgencyClass, Role};
use tributary_cases::{Find, Note, Notes, Page};
use tributary_model::Timestamp;

use super::account::{Account, AccountIs, AccountState, Invitation};
use super::agency::{Agency, checked_id};
use super::session::{new_token, token_hash};
use crate::{Register, RegisterError};

/// Who is there at the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct First {
    /// The operator's id and name.
    pub agency: (String, String),
    /// Two administrators of different units, so that each can approve what the other proposes.
    pub administrators: [AccountIs; 2],
}

impl Register {
    /// Enters the operator and the first two administrators into an empty register; their invitations, in order.
    ///
    /// # Errors
    /// [`RegisterError::State`] when the register is not empty: the beginning happens once.
    pub async fn begin(&self, first: First, at: Timestamp) -> Result<[Invitation; 2], RegisterError> {
        let [one, two] = &first.administrators;
        if one.login == two.login {
            return Err(RegisterError::invalid("administrators", "two different logins"));
        }
        if [one, two].iter().any(|admin| admin.role != Role::Administrator || admin.agency != first.agency.0) {
            return Err(RegisterError::invalid("administrators", "both administrators, of the operator"));
        }
        checked_id("agency", &first.agency.0)?;
        let mut writing = self.store().write(at).await?;
        if !writing.list::<Agency>(Find::All, &Page::first(1)).await?.is_empty() {
            return Err(RegisterError::State("the register has begun: its administrators enter people".into()));
        }
        let jurisdictions = BTreeSet::from([self.settings().jurisdiction.clone()]);
        writing.add(&first.agency.0, Agency::new(&first.agency.1, AgencyClass::Operator, jurisdictions)?).await?;
        let mut invitations = Vec::new();
        for admin in first.administrators {
            super::account::checked(&admin)?;
            let (id, token) = (writing.new_id(), new_token(self.keys()));
            let mut account = Account::new(admin, AgencyClass::Operator, String::new());
            account.state = AccountState::Active;
            account.invitation = Some(token_hash(&token));
            writing.add(&id, account).await?;
            invitations.push(Invitation { account: id, token });
        }
        writing.commit(Notes::one(Note::of("register.begun").about("agency", "", &first.agency.0))).await?;
        invitations.try_into().map_err(|_| RegisterError::State("two administrators were not entered".into()))
    }
}
