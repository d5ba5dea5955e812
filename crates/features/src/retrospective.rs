//! Both sides of time, for investigations that look back at a closed period.

use crate::config::{Config, Families, Family};
use crate::engine::Engine;
use crate::schema::{Feature, View, schema};
use crate::table::{Column, Table};
use crate::transfer::{Transfer, Transfers};
use crate::{FeatureError, batch};

/// The columns of [`batch`], then for each but those of the transfer alone the same of the time after (`_after`).
///
/// "After" is "before" in a mirror: time runs backwards, payers are payees, and the engine is the same. What a payment was followed by is
/// known only afterwards: these columns are for periods that are closed, never for alerts while money moves. Whoever trains on them gives
/// the transfers of the training period alone first, then those of the period to be ranked, so that no row sees beyond its own period.
///
/// # Errors
/// As [`batch`].
pub fn retrospective(transfers: &Transfers, config: &Config, threads: usize) -> Result<(Vec<Feature>, Table), FeatureError> {
    let (mut features, mut table) = batch(transfers, config, threads)?;
    let others: Families = Family::ALL.into_iter().filter(|family| *family != Family::Transfer && config.families.has(*family)).collect();
    if others == Families::default() {
        return Ok((features, table));
    }
    let config = Config { families: others, ..config.clone() };
    let mut rows = transfers.rows()?;
    rows.reverse();
    let mirrored: Vec<Transfer> = rows.iter().map(mirror).collect();
    let mut after = Engine::new(config.clone(), threads)?.push(&mirrored)?;
    for column in &mut after.columns {
        match column {
            Column::Whole(values) => values.reverse(),
            Column::Real(values) => values.reverse(),
        }
    }
    features.extend(schema(&config, View::After));
    table.columns.append(&mut after.columns);
    Ok((features, table))
}

/// A transfer seen from the other end of time.
#[must_use]
pub fn mirror(transfer: &Transfer) -> Transfer {
    Transfer { time: -transfer.time, id: u64::MAX - transfer.id, from: transfer.to, to: transfer.from, ..*transfer }
}
