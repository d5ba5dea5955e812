//! A record of a victim that nobody needs any more is taken away, its keys first (SG-057, SG-081).

use tributary_cases::{Stored, Writing};

use super::Victim;
use super::consent::Consent;
use super::contact::{self, RisksRead};
use super::identity::{self, Identity, IdentityRequest};
use super::referral::Referral;
use crate::RegisterError;
use crate::retention::take_all;

/// What went with a record.
#[derive(Debug, Default)]
pub(crate) struct Gone {
    /// Who the person is.
    pub(crate) identity: bool,
    /// How the person was reached.
    pub(crate) contact: bool,
    /// Ids of consents.
    pub(crate) consents: Vec<String>,
    /// Ids of referrals.
    pub(crate) referrals: Vec<String>,
    /// Ids of requests to know who the person is.
    pub(crate) openings: Vec<String>,
}

/// Takes a record away with all that hangs on it. While the case of a party is there the bare mark stays, so that nobody makes a subject of
/// the person (SG-031): it says nothing else any more, and is looked at again later.
pub(crate) async fn purge(writing: &mut Writing, mut record: Stored<Victim>, keep_mark: bool) -> Result<Gone, RegisterError> {
    let id = record.id.clone();
    let mut gone = Gone { contact: record.body.has_contact, ..Gone::default() };
    writing.erase(&identity::sealed(&id)).await?;
    writing.erase(&contact::sealed(&id)).await?;
    take_all::<RisksRead>(writing, &id).await?;
    gone.identity = !take_all::<Identity>(writing, &id).await?.is_empty();
    for request in take_all::<IdentityRequest>(writing, &id).await? {
        writing.forget_about("opening", &request.id).await?;
        gone.openings.push(request.id);
    }
    for consent in take_all::<Consent>(writing, &id).await? {
        writing.forget_about("consent", &consent.id).await?;
        gone.consents.push(consent.id);
    }
    for referral in take_all::<Referral>(writing, &id).await? {
        writing.erase(&format!("referral/{}", referral.id)).await?;
        writing.forget_about("referral", &referral.id).await?;
        gone.referrals.push(referral.id);
    }
    writing.forget_about("victim", &id).await?;
    if !keep_mark {
        writing.remove(&record).await?;
        return Ok(gone);
    }
    let body = &mut record.body;
    body.suspended_at = Some(writing.at());
    body.has_contact = false;
    body.best_interest = None;
    (body.gate, body.risks) = (Vec::new(), Vec::new());
    body.members.clear();
    body.means.clear();
    body.exploitation.clear();
    writing.put(&mut record).await?;
    Ok(gone)
}
