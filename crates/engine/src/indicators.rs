//! Runs the packs over the enriched tables.
//!
//! The patterns that any indicator asks for are searched once each and offered as `pattern_hits` and `pattern_members`; then each
//! indicator either abstains, saying why (R8), or its SQL is run and its rows become findings. The order of findings is that of
//! indicator, subject type and subject; nothing depends on threads.

mod fixtures;
mod patterns;

use std::collections::{BTreeMap, BTreeSet};

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use serde::Serialize;
use tributary_lake::Session;
use tributary_model::time::MICROS_PER_DAY;
use tributary_model::{Family, Side, SubjectType, Timestamp};
use tributary_typology::parameter::text_literal;
use tributary_typology::{CalendarWindow, Indicator, Need, Pack, PackSet, Plan};

use crate::columns::Columns;
use crate::error::EngineError;
use crate::prepare::Prepared;

pub use fixtures::{CaseResult, test_packs};

/// Findings one indicator may give; beyond it the strongest are kept and the cut is reported as an abstention.
const FINDINGS_MAX: usize = 100_000;
/// Observations a finding lists at most.
const OBSERVATIONS_MAX: usize = 50;

/// What one indicator says of one subject.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Finding {
    /// Catalogue id.
    pub indicator: String,
    /// Family.
    pub family: Family,
    /// Side it speaks for.
    pub side: Side,
    /// What the subject is.
    pub subject_type: SubjectType,
    /// Its id; a party by its entity id, an identifier as `kind:value`.
    pub subject_id: String,
    /// Its role.
    pub role: String,
    /// How strongly the indicator speaks, 0..=1, after what the calendar takes off.
    pub strength: f64,
    /// Log-likelihood ratio it adds: weight times strength, capped; natural log.
    pub weight: f64,
    /// Start of the period.
    pub from: Timestamp,
    /// End of the period.
    pub to: Timestamp,
    /// First observations, in order of time.
    pub observations: Vec<String>,
    /// How many observations in all.
    pub observations_total: u64,
    /// Sources, sorted.
    pub sources: Vec<String>,
    /// Observation ids of the case records it derives from (R9); none when it derives from no record.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub premises: Vec<String>,
    /// Cannot open a case (R4).
    pub context_only: bool,
}

/// An indicator that kept silent, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Abstained {
    /// Catalogue id.
    pub indicator: String,
    /// In plain words.
    pub reason: String,
}

/// What the packs say of a snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct IndicatorOutcome {
    /// By indicator, subject type and subject.
    pub findings: Vec<Finding>,
    /// By indicator.
    pub abstained: Vec<Abstained>,
    /// Whom indicators show as exploited, with every account such a party holds; sorted.
    pub protects: Vec<(SubjectType, String)>,
    /// Pattern hits by kind.
    pub patterns: BTreeMap<String, u64>,
}

/// Runs all packs with the parameters of `jurisdiction` (`default` or a code such as `PK`).
///
/// # Errors
/// A pattern request is not one the search takes, or an indicator's SQL fails or returns another shape than it must; the message names it.
pub fn run_indicators(prepared: &Prepared, packs: &PackSet, jurisdiction: &str) -> Result<IndicatorOutcome, EngineError> {
    let indicators: Vec<_> = packs.indicators().collect();
    run_some(prepared, packs, jurisdiction, &indicators)
}

/// Runs some of the indicators.
fn run_some(prepared: &Prepared, packs: &PackSet, jurisdiction: &str, indicators: &[(&Pack, &Indicator)]) -> Result<IndicatorOutcome, EngineError> {
    let mut outcome = IndicatorOutcome::default();
    let mut floors = Floors { session: &prepared.session, counts: BTreeMap::new() };
    let mut plans: Vec<(&Pack, &Indicator, Plan)> = Vec::new();
    for (pack, indicator) in indicators {
        match floors.missing(&indicator.needs)? {
            Some(reason) => outcome.abstained.push(Abstained { indicator: indicator.id.clone(), reason }),
            None => {
                plans.push((pack, indicator, packs.plan(indicator, jurisdiction, prepared.as_of).map_err(|e| stage(&indicator.id, e.to_string()))?))
            }
        }
    }
    let wanted = plans.iter().flat_map(|(_, _, plan)| plan.patterns.iter().cloned()).collect::<BTreeSet<_>>();
    outcome.patterns = patterns::register(prepared, &wanted.into_iter().collect::<Vec<_>>())?;
    let mut protects: BTreeSet<(SubjectType, String)> = BTreeSet::new();
    for (pack, indicator, plan) in &plans {
        let mut found = Vec::new();
        for batch in prepared.session.query(&plan.sql).map_err(|e| stage(&indicator.id, EngineError::from(e).chain()))? {
            read(pack, indicator, &batch, prepared.as_of, &mut found, &mut protects)?;
        }
        for finding in &mut found {
            suppress(finding, indicator, packs);
        }
        found.retain(|finding| finding.strength > 0.0);
        if found.len() > FINDINGS_MAX {
            found.sort_by(|a, b| b.strength.total_cmp(&a.strength).then_with(|| a.subject_id.cmp(&b.subject_id)));
            found.truncate(FINDINGS_MAX);
            let reason = format!("more than {FINDINGS_MAX} findings: the weakest were left out; the parameters do not fit these data");
            outcome.abstained.push(Abstained { indicator: indicator.id.clone(), reason });
        }
        found.sort_by(|a, b| (a.subject_type, &a.subject_id, &a.role).cmp(&(b.subject_type, &b.subject_id, &b.role)));
        outcome.findings.append(&mut found);
    }
    outcome.protects = with_accounts(&prepared.session, protects)?;
    Ok(outcome)
}

fn stage(indicator: &str, problem: String) -> EngineError {
    EngineError::Stage { stage: "indicators", problem: format!("`{indicator}`: {problem}") }
}

/// Counts rows for needs, each condition once.
struct Floors<'a> {
    session: &'a Session,
    counts: BTreeMap<String, u64>,
}

impl Floors<'_> {
    /// The first need that the data do not meet, in words.
    fn missing(&mut self, needs: &[Need]) -> Result<Option<String>, EngineError> {
        for need in needs {
            let have = self.count(need)?;
            if have < need.rows_min {
                return Ok(Some(format!("{} ({have} rows of `{}`, floor {})", need.reason, need.table, need.rows_min)));
            }
        }
        Ok(None)
    }

    fn count(&mut self, need: &Need) -> Result<u64, EngineError> {
        let name = |column: &str| format!("n.\"{column}\"");
        let mut conditions: Vec<String> = need.columns.iter().map(|column| format!("{} IS NOT NULL", name(column))).collect();
        conditions.extend(need.when.iter().map(|column| name(column)));
        conditions.extend(need.equals.iter().map(|(column, value)| format!("{} = {}", name(column), text_literal(value))));
        let mut sql = format!("SELECT count(*) AS rows FROM {} n", need.table);
        if !conditions.is_empty() {
            sql.push_str(&format!(" WHERE {}", conditions.join(" AND ")));
        }
        if let Some(count) = self.counts.get(&sql) {
            return Ok(*count);
        }
        let mut count = 0;
        for batch in self.session.query(&sql)? {
            count += u64::from(Columns::new("needs", &batch).count("rows", 0)?);
        }
        self.counts.insert(sql, count);
        Ok(count)
    }
}

/// The texts of a list column in one row.
fn list(batch: &RecordBatch, name: &str, row: usize) -> Result<Option<Vec<String>>, String> {
    let Some(column) = batch.column_by_name(name) else { return Err(format!("the sql does not return `{name}`")) };
    let Some(lists) = column.as_list_opt::<i32>() else { return Err(format!("`{name}` is no list")) };
    if lists.is_null(row) {
        return Ok(None);
    }
    let values = arrow::compute::cast(&lists.value(row), &DataType::Utf8).map_err(|e| format!("`{name}`: {e}"))?;
    Ok(Some(values.as_string::<i32>().iter().flatten().map(str::to_owned).collect()))
}

/// The case records that a row derives from: most indicators derive from none and do not return the column.
fn premises(batch: &RecordBatch, row: usize) -> Result<Vec<String>, String> {
    if batch.column_by_name("premises").is_none() {
        return Ok(Vec::new());
    }
    let mut premises = list(batch, "premises", row)?.unwrap_or_default();
    premises.sort_unstable();
    premises.dedup();
    premises.truncate(OBSERVATIONS_MAX);
    Ok(premises)
}

/// Rows as findings. A role or type that the pack did not declare is a fault of the pack and not passed on.
fn read(
    pack: &Pack,
    indicator: &Indicator,
    batch: &RecordBatch,
    as_of: Timestamp,
    found: &mut Vec<Finding>,
    protects: &mut BTreeSet<(SubjectType, String)>,
) -> Result<(), EngineError> {
    let fault = |problem: String| stage(&indicator.id, problem);
    let columns = Columns::new("indicator", batch);
    let (subject_type, subject_id, role) = (columns.text("subject_type")?, columns.text("subject_id")?, columns.text("role")?);
    let strength = batch.column_by_name("strength").and_then(|column| arrow::compute::cast(column, &DataType::Float64).ok());
    let strength = strength.ok_or_else(|| fault("the sql does not return `strength` as a number".to_owned()))?;
    let strength = strength.as_primitive::<arrow::datatypes::Float64Type>();
    let (from, to) = (columns.time("from_at")?, columns.time("to_at")?);
    for row in 0..batch.num_rows() {
        let (Some(kind), Some(id), Some(role)) = (subject_type.get(row), subject_id.get(row), role.get(row)) else { continue };
        if kind != indicator.subject.subject_type.name() || !indicator.subject.roles.iter().any(|known| known == role) {
            return Err(fault(format!("the sql returned a `{kind}` as `{role}`, which the pack does not declare")));
        }
        if indicator.protects {
            for named in list(batch, "protects", row).map_err(fault)?.unwrap_or_default() {
                let named = named.split_once(':').and_then(|(kind, id)| SubjectType::from_name(kind).map(|kind| (kind, id.to_owned())));
                protects.extend(named);
            }
        }
        let value = strength.value(row);
        if strength.is_null(row) || value.is_nan() {
            continue;
        }
        let mut observations = list(batch, "observations", row).map_err(fault)?.unwrap_or_default();
        observations.dedup();
        observations.truncate(OBSERVATIONS_MAX);
        let total = u64::from(columns.count("observations_total", row)?).max(observations.len() as u64);
        let time = |array: &arrow::array::TimestampMicrosecondArray| if array.is_valid(row) { Timestamp(array.value(row)) } else { as_of };
        found.push(Finding {
            indicator: indicator.id.clone(),
            family: pack.family,
            side: indicator.side,
            subject_type: indicator.subject.subject_type,
            subject_id: id.to_owned(),
            role: role.to_owned(),
            strength: value.clamp(0.0, 1.0),
            weight: 0.0,
            from: time(from),
            to: time(to),
            observations,
            observations_total: total,
            sources: list(batch, "sources", row).map_err(fault)?.unwrap_or_default(),
            premises: premises(batch, row).map_err(fault)?,
            context_only: indicator.context_only,
        });
    }
    Ok(())
}

/// Takes off what a season explains (R7) and sets the weight: a finding that lies wholly in a window that widens thresholds by `w`
/// keeps 1/w of its strength, one that lies in it by half proportionally more. Windows that overlap count by the widest alone.
fn suppress(finding: &mut Finding, indicator: &Indicator, packs: &PackSet) {
    let windows = packs.calendar().filter(|window| indicator.suppressors.contains(&window.name));
    let factor = windows.map(|window| widening(finding, window)).fold(1.0_f64, f64::max);
    finding.strength /= factor;
    finding.weight = (indicator.weight * finding.strength).min(indicator.cap);
}

#[allow(clippy::cast_precision_loss, reason = "a share of a period; days are enough")]
fn widening(finding: &Finding, window: &CalendarWindow) -> f64 {
    let (start, end) = (window.from.0.start().0, window.to.0.start().0 + MICROS_PER_DAY);
    let overlap = finding.to.0.min(end) - finding.from.0.max(start);
    if overlap < 0 {
        return 1.0;
    }
    // A day is added to both, so that an instant has a length.
    let share = ((overlap + MICROS_PER_DAY) as f64 / (finding.to.0 - finding.from.0 + MICROS_PER_DAY) as f64).min(1.0);
    1.0 + (window.widen - 1.0) * share
}

/// Adds whoever holds a protected account, every account that anyone says a protected party holds, and every identifier that nobody
/// else uses.
fn with_accounts(session: &Session, mut protects: BTreeSet<(SubjectType, String)>) -> Result<Vec<(SubjectType, String)>, EngineError> {
    if protects.is_empty() {
        return Ok(Vec::new());
    }
    let register = |protects: &BTreeSet<(SubjectType, String)>| -> Result<(), EngineError> {
        let ids: BTreeSet<&str> = protects.iter().map(|(_, id)| id.as_str()).collect();
        let ids = crate::prepare::batch(vec![("user_id", crate::prepare::texts(ids.iter().map(|id| Some(*id))))])?;
        Ok(session.register_batches("exploited", ids.schema(), vec![ids])?)
    };
    let holders = "SELECT DISTINCT a.user_id AS id FROM account_holders a JOIN exploited e ON e.user_id = a.account_id ORDER BY 1";
    let accounts = "SELECT DISTINCT a.account_id AS id FROM account_holders a JOIN exploited e ON e.user_id = a.user_id ORDER BY 1";
    let identifiers = "SELECT i.identifier_kind || ':' || i.identifier AS id FROM identifier_use i \
                       LEFT JOIN exploited e ON e.user_id = coalesce(i.entity_id, i.node_id) \
                       GROUP BY i.identifier_kind, i.identifier HAVING count(*) = count(e.user_id) ORDER BY 1";
    for (sql, kind) in [(holders, SubjectType::Party), (accounts, SubjectType::Account), (identifiers, SubjectType::Identifier)] {
        register(&protects)?;
        for batch in session.query(sql)? {
            let id = Columns::new("protected", &batch).text("id")?;
            protects.extend((0..batch.num_rows()).filter_map(|row| id.get(row)).map(|id| (kind, id.to_owned())));
        }
    }
    Ok(protects.into_iter().collect())
}
