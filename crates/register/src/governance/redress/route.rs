//! Which body hears an appeal: the one that it is put to, unless that holds what it is about.

use tributary_access::{AgencyClass, Role};
use tributary_cases::{Find, Page};

use super::Redress;
use super::notice::holders;
use crate::people::account::Account;
use crate::people::agency::Agency;
use crate::{Acting, RegisterError};

/// Agencies, and people of one, that are looked at.
const LOOKED_AT: u32 = 1_000;

/// A body that hears: an agency, and for a court the judge.
type Body = (String, Option<String>);

/// The body that hears an appeal. Where the one that it is put to holds what it is about, another is drawn by lot among those that do not,
/// did not decide, and do not take it in; of the same kind, if there is one. Where there is none it stays where it was put.
pub(super) async fn hearing(
    acting: &mut Acting,
    agency: String,
    judge: Option<String>,
    first: &Redress,
    taken_by: &str,
) -> Result<Body, RegisterError> {
    let holding = holders(acting, first.about.as_ref()).await?;
    let bodies = bodies(acting, &first.jurisdiction).await?;
    if !holding.include(&agency, judge.as_deref()) {
        return Ok((agency, judge));
    }
    let decided = first.decided.as_ref().map(|decided| decided.agency.as_str());
    let free: Vec<&Body> =
        bodies.iter().filter(|(one, to)| !holding.include(one, to.as_deref()) && one != taken_by && decided != Some(one.as_str())).collect();
    let same: Vec<&Body> = free.iter().copied().filter(|(_, to)| to.is_some() == judge.is_some()).collect();
    let among = if same.is_empty() { free } else { same };
    let lot = usize::from(u16::from_be_bytes(acting.lot()));
    let drawn = among.get(lot.checked_rem(among.len()).unwrap_or_default()).map(|body| (*body).clone());
    Ok(drawn.unwrap_or((agency, judge)))
}

/// All bodies of a jurisdiction that could hear an appeal: oversight bodies with a rights officer, and judges.
async fn bodies(acting: &mut Acting, jurisdiction: &str) -> Result<Vec<Body>, RegisterError> {
    let mut all = Vec::new();
    for agency in acting.tx()?.list::<Agency>(Find::All, &Page::first(LOOKED_AT)).await? {
        let hears = match agency.body.class {
            AgencyClass::Oversight => Role::RightsOfficer,
            AgencyClass::Court => Role::Judge,
            _ => continue,
        };
        if !agency.body.jurisdictions.contains(jurisdiction) {
            continue;
        }
        let people = acting.tx()?.list::<Account>(Find::Agency(&agency.id), &Page::first(LOOKED_AT)).await?;
        let mut active = people.into_iter().filter(|one| one.body.is_active() && one.body.is.role == hears);
        if hears == Role::Judge {
            all.extend(active.map(|judge| (agency.id.clone(), Some(judge.id))));
        } else if active.next().is_some() {
            all.push((agency.id, None));
        }
    }
    Ok(all)
}
