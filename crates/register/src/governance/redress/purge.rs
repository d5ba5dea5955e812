//! Requests and notices that nobody needs any more are taken away, who asked first (SG-057, SG-081).

use tributary_access::{Resource, Role};
use tributary_cases::{Find, Page, Writing};

use super::notice::{cases_of, reaches};
use super::take::sealed_name;
use super::{Notice, Redress};
use crate::retention::Class;
use crate::{Acting, RegisterError};

/// The cases whose hold holds it, and whether an appeal rests on it.
pub(crate) async fn rests_on(writing: &mut Writing, class: Class, id: &str) -> Result<(Vec<String>, bool), RegisterError> {
    let about = match class {
        Class::Notice => writing.get::<Notice>(id).await?.map(|one| one.body.about),
        _ => writing.get::<Redress>(id).await?.and_then(|one| one.body.about),
    };
    let cases = match &about {
        Some(about) => cases_of(writing, about).await?,
        None => Vec::new(),
    };
    let appeal = writing.list::<Redress>(Find::Parent(id), &Page::first(1)).await?;
    Ok((cases, class == Class::Request && !appeal.is_empty()))
}

/// What policies see of one whose clock is reviewed.
pub(crate) async fn resource_of(acting: &mut Acting, class: Class, id: &str) -> Result<Resource, RegisterError> {
    let none = RegisterError::Missing("request");
    if class == Class::Request {
        return Ok(acting.tx()?.get::<Redress>(id).await?.ok_or(none)?.body.resource(id));
    }
    let notice = acting.tx()?.get::<Notice>(id).await?.ok_or(RegisterError::Missing("request"))?;
    let who = acting.caller().principal.clone();
    if who.role != Role::RightsOfficer || !reaches(acting, &notice.body.about).await? {
        return Err(none);
    }
    Ok(Resource { id: id.to_owned(), owner: who.agency, ..Resource::default() })
}

/// Takes one away: the key of who asked, the record, and the salts of the entries about it.
pub(crate) async fn purge(writing: &mut Writing, class: Class, id: &str) -> Result<(), RegisterError> {
    if class == Class::Notice {
        if let Some(gone) = writing.get::<Notice>(id).await? {
            writing.remove(&gone).await?;
        }
        writing.forget_about("notice", id).await?;
        return Ok(());
    }
    writing.erase(&sealed_name(id)).await?;
    if let Some(gone) = writing.get::<Redress>(id).await? {
        writing.remove(&gone).await?;
    }
    writing.forget_about("request", id).await?;
    writing.forget_about("appeal", id).await?;
    Ok(())
}
