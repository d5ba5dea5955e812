//! What jurisdiction packs say, as tables: `areas`, `thresholds`, `calendar`, `fx`, and which accounts and places have which label.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, RecordBatch, TimestampMicrosecondArray};
use tributary_model::{Amount, Date, Timestamp};
use tributary_typology::PackSet;

use super::{Writer, batch, texts};
use crate::error::EngineError;

fn times(values: impl Iterator<Item = Timestamp>) -> ArrayRef {
    Arc::new(values.map(|at| Some(at.0)).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

fn numbers(values: impl Iterator<Item = f64>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<Float64Array>())
}

/// The first instant after a day.
const fn after(day: Date) -> Timestamp {
    Date(day.0 + 1).start()
}

/// Writes the reference tables.
pub(super) fn register(writer: &Writer<'_>, packs: &PackSet, as_of: Timestamp) -> Result<(), EngineError> {
    writer.batch("areas", labels(packs, as_of)?)?;
    writer.batch("thresholds", thresholds(packs)?)?;
    writer.batch("calendar", calendar(packs)?)?;
    writer.batch("fx", rates(packs)?)
}

/// Labels in force on the day of `as_of`: an expired label is not there, and what needs it abstains.
fn labels(packs: &PackSet, as_of: Timestamp) -> Result<RecordBatch, EngineError> {
    let areas = packs.areas(as_of.date());
    batch(vec![
        ("label", texts(areas.iter().map(|area| Some(area.label.as_str())))),
        ("country", texts(areas.iter().map(|area| area.country.as_deref()))),
        ("admin1", texts(areas.iter().map(|area| area.admin1.as_deref()))),
        ("place", texts(areas.iter().map(|area| area.place.as_deref()))),
        ("valid_from", times(areas.iter().map(|area| area.valid_from.0.start()))),
        ("valid_to", times(areas.iter().map(|area| after(area.valid_to.0)))),
    ])
}

fn thresholds(packs: &PackSet) -> Result<RecordBatch, EngineError> {
    let lines: Vec<_> = packs.thresholds().collect();
    batch(vec![
        ("jurisdiction", texts(lines.iter().map(|(code, _)| Some(*code)))),
        ("name", texts(lines.iter().map(|(_, line)| Some(line.name.as_str())))),
        ("currency", texts(lines.iter().map(|(_, line)| Some(line.currency.as_str())))),
        ("amount", numbers(lines.iter().map(|(_, line)| Amount::parse(&line.amount).map_or(f64::NAN, Amount::to_f64)))),
        ("valid_from", times(lines.iter().map(|(_, line)| line.valid_from.0.start()))),
        ("valid_to", times(lines.iter().map(|(_, line)| after(line.valid_to.0)))),
    ])
}

fn calendar(packs: &PackSet) -> Result<RecordBatch, EngineError> {
    let windows: Vec<_> = packs.calendar().collect();
    batch(vec![
        ("name", texts(windows.iter().map(|window| Some(window.name.as_str())))),
        ("from_at", times(windows.iter().map(|window| window.from.0.start()))),
        ("to_at", times(windows.iter().map(|window| after(window.to.0)))),
        ("widen", numbers(windows.iter().map(|window| window.widen))),
    ])
}

fn rates(packs: &PackSet) -> Result<RecordBatch, EngineError> {
    let rates = packs.fx();
    batch(vec![("currency", texts(rates.keys().map(|currency| Some(*currency)))), ("usd", numbers(rates.values().map(|rate| rate.usd)))])
}

/// Writes `account_areas` and `place_areas`: every label an account or a place carries.
pub(super) fn areas(writer: &Writer<'_>) -> Result<(), EngineError> {
    writer.query(
        writer.session,
        "account_areas",
        "SELECT DISTINCT a.account_id, r.label FROM accounts a JOIN areas r ON r.country = a.country \
         WHERE r.place IS NULL AND (r.admin1 IS NULL OR r.admin1 = a.admin1) ORDER BY a.account_id, r.label",
    )?;
    writer.query(
        writer.session,
        "place_areas",
        "SELECT DISTINCT n.place, n.label FROM ( \
           SELECT p.place, r.label FROM places p JOIN areas r ON r.country = p.country WHERE r.place IS NULL AND (r.admin1 IS NULL OR r.admin1 = p.admin1) \
           UNION ALL SELECT p.place, r.label FROM places p JOIN areas r ON r.place = p.place) n ORDER BY n.place, n.label",
    )
}
