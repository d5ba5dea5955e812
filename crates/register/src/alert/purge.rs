//! An alert that nobody needs any more is taken away, and the salts of the entries about it with it (SG-057, SG-081).

use tributary_cases::{Stored, Writing};

use super::import::sealed_id;
use super::record::Alert;
use super::shown::Shown;
use super::weigh::Weighing;
use crate::RegisterError;
use crate::acting::Acting;
use crate::retention::take_all;

/// Takes an alert away: whom it is about, what was shown of it, how it was weighed.
pub(crate) async fn purge(writing: &mut Writing, id: &str) -> Result<(), RegisterError> {
    writing.erase(&sealed_id(id)).await?;
    take_all::<Weighing>(writing, id).await?;
    if let Some(shown) = writing.get::<Shown>(id).await? {
        writing.remove(&shown).await?;
    }
    if let Some(alert) = writing.get::<Alert>(id).await? {
        writing.remove(&alert).await?;
    }
    writing.forget_about("alert", id).await?;
    writing.forget_about("decoy", id).await?;
    Ok(())
}

/// An alert in use: one whose clock ran out is not found until it is reviewed.
pub(super) async fn in_use(acting: &mut Acting, id: &str) -> Result<Stored<Alert>, RegisterError> {
    let alert = acting.tx()?.get::<Alert>(id).await?.filter(|alert| !alert.body.suspended);
    alert.ok_or(RegisterError::Missing("alert"))
}
