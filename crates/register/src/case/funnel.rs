//! From report to conviction, and the four Ps: prosecution, protection, prevention, partnership. Counts of cases opened in one year, published
//! once a quarter, with small cells suppressed (SG-039).

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Notes, Page, Record, Stored, Writing};
use tributary_model::Timestamp;
use tributary_model::time::civil_from_days;

use super::suppress::{SMALLEST, Suppressed, suppress};
use super::{Case, CaseItem, CaseKind, Item, Stage, Verdict};
use crate::acting::Caller;
use crate::{Register, RegisterError};

/// How many cases are counted at a time, and how many batches at most.
const BATCH: u32 = 1_000;
const BATCHES_MAX: usize = 1_000;

/// One kind of case on its way; none where a number is not published.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FunnelRow {
    /// The kind; `all` for the sum of all.
    pub kind: String,
    /// Cases opened in the year.
    pub reported: Option<u64>,
    /// Of these: past tasking.
    pub investigated: Option<u64>,
    /// Of these: with a charge.
    pub charged: Option<u64>,
    /// Of these: with a conviction.
    pub convicted: Option<u64>,
}

/// What is published of a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Funnel {
    /// The year in which the cases were opened.
    pub year: i32,
    /// The quarter at whose beginning they were counted, such as `2026-q4`.
    pub as_of: String,
    /// The smallest number that is published.
    pub smallest: u64,
    /// One row a kind, and the sum.
    pub rows: Vec<FunnelRow>,
    /// Prosecution: cases with a charge.
    pub prosecution: Option<u64>,
    /// Protection: victims' records that were opened in the year's cases.
    pub protection: Option<u64>,
    /// Prevention: products whose effect was observed.
    pub prevention: Option<u64>,
    /// Partnership: joint cases.
    pub partnership: Option<u64>,
}

/// A published funnel, kept so that the same question has the same answer until the next quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Release {
    funnel: Funnel,
}

impl Record for Release {
    const KIND: &'static str = "funnel";

    fn state(&self) -> &'static str {
        "published"
    }
}

/// Counts before suppression.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Counted {
    rows: [[u64; 4]; 3],
    victims: u64,
    observed: u64,
    joint: u64,
}

const KINDS: [CaseKind; 3] = [CaseKind::Trafficking, CaseKind::Financing, CaseKind::Intersecting];

fn quarter(at: Timestamp) -> (i32, u32) {
    let (year, month, _) = civil_from_days(at.date().0);
    (year, (month - 1) / 3 + 1)
}

impl Register {
    /// The funnel of cases opened in a year. It is counted once a quarter and stays as it is until the next; where a number has changed by
    /// less than [`SMALLEST`] since the release before, that release is repeated, so that two releases do not tell of single cases either.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn funnel(&self, caller: &Caller, year: i32, at: Timestamp) -> Result<Funnel, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        acting.permit(Action::CaseFunnel, &Resource { id: "all".into(), ..Resource::default() }).await?;
        let (this_year, number) = quarter(at);
        if !(1_970..=this_year).contains(&year) {
            return Err(RegisterError::invalid("year", format!("1970 to {this_year}")));
        }
        let as_of = format!("{this_year}-q{number}");
        let id = format!("{year}/{as_of}");
        let funnel = match acting.tx()?.get::<Release>(&id).await? {
            Some(release) => release.body.funnel,
            None => {
                let new = published(year, as_of, &count(acting.tx()?, year).await?);
                let before = last_release(acting.tx()?, year).await?;
                let funnel = match before {
                    Some(before) if tells(&before, &new) => before,
                    _ => new,
                };
                acting.tx()?.add(&id, Release { funnel: funnel.clone() }).await?;
                funnel
            }
        };
        let note = acting.note("case.funnel_read").tag("year", year.to_string());
        acting.done(Notes::one(note)).await?;
        Ok(funnel)
    }
}

/// The release before of the same year, if any: releases are kept under year and quarter.
async fn last_release(writing: &mut Writing, year: i32) -> Result<Option<Funnel>, RegisterError> {
    let all = writing.list::<Release>(Find::All, &Page::first(BATCH)).await?;
    Ok(all.into_iter().rev().map(|release| release.body.funnel).find(|funnel| funnel.year == year))
}

/// Whether two releases side by side tell of fewer than [`SMALLEST`] cases: a shown number that changed by a little, or one that came or went.
fn tells(before: &Funnel, after: &Funnel) -> bool {
    // What comes into sight was small before, or left a small rest; what goes out of it is now: by how much is not known.
    let changed_by_little = |(before, after): (u64, u64)| before != after && before.abs_diff(after) < SMALLEST;
    before.numbers().into_iter().zip(after.numbers()).any(|(before, after)| before.zip(after).is_some_and(changed_by_little))
}

impl Funnel {
    fn numbers(&self) -> Vec<Option<u64>> {
        let rows = self.rows.iter().flat_map(|row| [row.reported, row.investigated, row.charged, row.convicted]);
        rows.chain([self.prosecution, self.protection, self.prevention, self.partnership]).collect()
    }
}

fn published(year: i32, as_of: String, counted: &Counted) -> Funnel {
    let Suppressed { rows, totals } = suppress(&counted.rows.iter().map(|row| row.to_vec()).collect::<Vec<_>>());
    let shown = |kind: &str, cells: &[Option<u64>]| {
        let cell = |at: usize| cells.get(at).copied().flatten();
        FunnelRow { kind: kind.to_owned(), reported: cell(0), investigated: cell(1), charged: cell(2), convicted: cell(3) }
    };
    let mut table: Vec<FunnelRow> = KINDS.iter().zip(&rows).map(|(kind, cells)| shown(kind.as_str(), cells)).collect();
    table.push(shown("all", &totals));
    let large = |count: u64| (count >= SMALLEST).then_some(count);
    Funnel {
        year,
        as_of,
        smallest: SMALLEST,
        prosecution: totals.get(2).copied().flatten(),
        protection: large(counted.victims),
        prevention: large(counted.observed),
        // Joint cases are a part of all: what is left must be large enough as well, or nothing.
        partnership: large(counted.joint)
            .filter(|joint| totals.first().copied().flatten().is_none_or(|all| all == *joint || all - joint >= SMALLEST)),
        rows: table,
    }
}

/// Counts the cases that were opened in a year.
async fn count(writing: &mut Writing, year: i32) -> Result<Counted, RegisterError> {
    let mut counted = Counted::default();
    let mut page = Page::first(BATCH);
    for _ in 0..BATCHES_MAX {
        let cases = writing.list::<Case>(Find::All, &page).await?;
        for case in cases.iter().filter(|case| civil_from_days(case.made.date().0).0 == year) {
            count_one(writing, case, &mut counted).await?;
        }
        let Some(last) = cases.last().filter(|_| cases.len() == BATCH as usize) else { break };
        page = Page { after: Some((last.made, last.id.clone())), limit: BATCH };
    }
    Ok(counted)
}

async fn count_one(writing: &mut Writing, case: &Stored<Case>, counted: &mut Counted) -> Result<(), RegisterError> {
    let items = writing.list::<CaseItem>(Find::Parent(&case.id), &Page::first(super::parts::PARTS_MAX)).await?;
    let charged = items.iter().any(|item| matches!(item.body.what, Item::Charge(_)));
    let convicted = items.iter().any(|item| item.body.verdict() == Some(Verdict::Convicted));
    let past_tasking = case.body.stages.iter().any(|step| step.stage > Stage::Tasking);
    // Each stage is a part of the one before: who is convicted was charged, whatever was left out in between.
    let reached = [true, past_tasking || charged, charged, charged && convicted];
    if let Some(row) = KINDS.iter().position(|kind| *kind == case.body.kind).and_then(|at| counted.rows.get_mut(at)) {
        for (cell, reached) in row.iter_mut().zip(reached) {
            *cell += u64::from(reached);
        }
    }
    let victims = writing.list::<super::party::VictimMark>(Find::Parent(&case.id), &Page::first(super::parts::PARTS_MAX)).await?;
    counted.victims += victims.len() as u64;
    let products = writing.list::<super::Product>(Find::Parent(&case.id), &Page::first(super::parts::PARTS_MAX)).await?;
    counted.observed += products.iter().filter(|product| product.body.effect.is_some()).count() as u64;
    counted.joint += u64::from(case.body.agencies.len() > 1);
    Ok(())
}
