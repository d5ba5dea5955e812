//! Cases and break-glass.

use schemars::JsonSchema;
use serde::Deserialize;
use tributary_register::basis::Statutes;
use tributary_register::case::{BreakGlass, Case, NewCase};

use super::{Account, DONE, Done, Listed, Shown, Why};
use crate::asked::{Body, Part, Path, Query};

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Reviewed {
    justified: bool,
    reason: String,
}

acts! {
    bases [r, _who, _now] () -> Statutes { r.settings().statutes.clone() }
    list [r, who, now] (Query(part) => Query<Part>) -> Listed<Case> { r.cases(&who, &part.page()?, now).await?.into() }
    create [r, who, now] (Body(new) => Body<NewCase>) -> Shown<Case> { r.create_case(&who, new, now).await?.into() }
    read [r, who, now] (Path(id) => Path<String>) -> Shown<Case> { r.read_case(&who, &id, now).await?.into() }
    add_member [r, who, now] (Path(id) => Path<String>, Body(new) => Body<Account>) -> Shown<Case> {
        r.add_member(&who, &id, &new.account, now).await?.into()
    }
    break_glass [r, who, now] (Path(id) => Path<String>, Body(why) => Body<Why>) -> Shown<BreakGlass> {
        r.break_glass(&who, &id, &why.reason, now).await?.into()
    }
    broken_glass [r, who, now] (Query(part) => Query<Part>) -> Listed<BreakGlass> { r.broken_glass(&who, &part.page()?, now).await?.into() }
    review_break_glass [r, who, now] (Path(id) => Path<String>, Body(asked) => Body<Reviewed>) -> Done {
        r.review_break_glass(&who, &id, asked.justified, &asked.reason, now).await?;
        DONE
    }
}
