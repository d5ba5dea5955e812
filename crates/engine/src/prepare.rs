//! From the raw views to the enriched tables that packs read (ARCHITECTURE.md, "Enriched tables").
//!
//! Each table is one query over the raw session, written in a total order as Parquet and opened again in a session of its own:
//! the result depends on the rows alone, never on threads. Transfers are also held as a graph, for the pattern search and for two
//! tables that SQL makes badly: `onward` (money that moves on) and `account_activity`.

mod flows;
mod identifiers;
mod protect;
mod reference;
mod tables;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanArray, Date32Array, ListArray, RecordBatch, StringArray, UInt64Array};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder;
use tributary_lake::{Session, SessionOptions};
use tributary_model::{Date, ProtectedSet, Timestamp};
use tributary_resolve::{PartyKind, Record, Resolution, Settings};
use tributary_typology::PackSet;

use crate::columns::Columns;
use crate::error::EngineError;
use crate::resolution::{self, Possible};

pub use flows::Flows;

/// What kind of document makes its holder licensed.
const LICENCE: &str = "licence:";

/// The enriched tables and what the later stages need beside them.
#[derive(Debug)]
pub struct Prepared {
    /// A session over the enriched tables, under their names.
    pub session: Session,
    /// Who can never be a subject: victims, witnesses, reporters, minors, what they hold, and what only they use.
    pub protected: ProtectedSet,
    /// The latest time the snapshot speaks of.
    pub as_of: Timestamp,
    /// Rows of `parties`.
    pub records: u64,
    /// Entities they were resolved to.
    pub parties: u64,
    /// Joins that were made and joins that were refused.
    pub joins: (u64, u64),
    /// Pairs of parties that may be one and were not joined.
    pub(crate) possible: Vec<Possible>,
    /// Each record's id with the entity it was resolved to.
    pub(crate) members: Vec<(String, String)>,
    /// The transfers as a graph, with the observation of each edge.
    pub flows: Flows,
}

/// Makes the enriched tables from the raw views and writes them as Parquet into `out`, which is made when it is not there. What people judged
/// about parties holds in the resolution.
///
/// # Errors
/// A raw view is missing or has another shape, a query fails, or a file cannot be written.
pub fn prepare(
    raw: &Session,
    packs: &PackSet,
    judgements: &[tributary_resolve::Judgement],
    out: &Path,
    options: &SessionOptions,
) -> Result<Prepared, EngineError> {
    std::fs::create_dir_all(out).map_err(EngineError::io("create", out))?;
    let session = Session::new(options)?;
    let writer = Writer { raw, session: &session, out };
    let as_of = tables::as_of(raw)?;
    let resolved = resolve(raw, judgements)?;
    register_resolved(raw, &resolved)?;
    writer.batch("entities", entities(&resolved)?)?;
    reference::register(&writer, packs, as_of)?;
    tables::write(&writer)?;
    identifiers::write(&writer)?;
    let flows = flows::build(&session)?;
    flows::write(&writer, &flows)?;
    reference::areas(&writer)?;
    let protected = protect::protected(&session, &resolved.records, &resolved.entity_of, as_of)?;
    let possible = resolution::possible(&resolved.records, &resolved.resolution, &resolved.entity_of);
    let members = resolved.records.iter().zip(&resolved.entity_of).map(|(record, entity)| (record.party_id.clone(), entity.clone())).collect();
    Ok(Prepared {
        possible,
        members,
        protected,
        as_of,
        records: resolved.records.len() as u64,
        parties: resolved.entity_count as u64,
        joins: resolved.joins,
        flows,
        session,
    })
}

/// Opens the enriched tables that an earlier [`prepare`] wrote into `folder`, under their names.
///
/// # Errors
/// The folder or a file in it cannot be read.
pub fn register_enriched(session: &Session, folder: &Path) -> Result<(), EngineError> {
    let entries = std::fs::read_dir(folder).map_err(EngineError::io("read", folder))?;
    let mut paths: Vec<PathBuf> =
        entries.flatten().map(|entry| entry.path()).filter(|path| path.extension().is_some_and(|e| e == "parquet")).collect();
    paths.sort();
    for path in paths {
        let Some(name) = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()) else { continue };
        let file = std::fs::File::open(&path).map_err(EngineError::io("read", &path))?;
        let reader = ParquetRecordBatchReaderBuilder::try_new(file)
            .map_err(|e| EngineError::Stage { stage: "enriched tables", problem: format!("`{name}`: {e}") })?;
        let schema = nullable(reader.schema());
        session.register_parquet(&name, &[path], schema)?;
    }
    Ok(())
}

/// Writes tables to the folder and opens them in both sessions.
pub(crate) struct Writer<'a> {
    pub(crate) raw: &'a Session,
    pub(crate) session: &'a Session,
    pub(crate) out: &'a Path,
}

impl Writer<'_> {
    fn path(&self, name: &str) -> PathBuf {
        self.out.join(format!("{name}.parquet"))
    }

    /// The answer of `sql` over `from` becomes the table `name`; it is also offered to the raw session as `e_<name>`.
    pub(crate) fn query(&self, from: &Session, name: &str, sql: &str) -> Result<(), EngineError> {
        let path = self.path(name);
        let schema = nullable(from.schema_of(sql)?.as_ref());
        from.write_parquet(sql, &path)?;
        self.session.register_parquet(name, std::slice::from_ref(&path), Arc::clone(&schema))?;
        self.raw.register_parquet(&format!("e_{name}"), &[path], schema)?;
        Ok(())
    }

    /// A batch in memory becomes the table `name`.
    pub(crate) fn batch(&self, name: &str, batch: RecordBatch) -> Result<(), EngineError> {
        let staged = format!("staged_{name}");
        self.raw.register_batches(&staged, batch.schema(), vec![batch])?;
        self.query(self.raw, name, &format!("SELECT * FROM {staged}"))
    }
}

/// The schema with every column nullable, so that files and tables agree whatever the planner proved.
fn nullable(schema: &Schema) -> SchemaRef {
    Arc::new(Schema::new(schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect::<Vec<Field>>()))
}

/// A batch from named columns.
pub(crate) fn batch(columns: Vec<(&str, ArrayRef)>) -> Result<RecordBatch, EngineError> {
    let fields: Vec<Field> = columns.iter().map(|(name, array)| Field::new(*name, array.data_type().clone(), true)).collect();
    let arrays = columns.into_iter().map(|(_, array)| array).collect();
    RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).map_err(|e| EngineError::Stage { stage: "enrich", problem: e.to_string() })
}

/// Texts as a column.
pub(crate) fn texts<'a>(values: impl IntoIterator<Item = Option<&'a str>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<StringArray>())
}

/// The rows of `parties` and what they were resolved to.
pub(crate) struct Resolved {
    pub(crate) records: Vec<Record>,
    pub(crate) places: Vec<(Option<String>, Option<String>)>,
    pub(crate) entity_of: Vec<String>,
    pub(crate) entity_count: usize,
    pub(crate) joins: (u64, u64),
    pub(crate) resolution: Resolution,
}

fn list(array: &ListArray, row: usize) -> Vec<String> {
    if array.is_null(row) {
        return Vec::new();
    }
    let values = array.value(row);
    match arrow::compute::cast(&values, &DataType::Utf8) {
        Ok(values) => {
            values.as_any().downcast_ref::<StringArray>().map(|texts| texts.iter().flatten().map(str::to_owned).collect()).unwrap_or_default()
        }
        Err(_) => Vec::new(),
    }
}

fn list_column<'a>(batch: &'a RecordBatch, name: &str) -> Result<&'a ListArray, EngineError> {
    batch
        .column_by_name(name)
        .and_then(|column| column.as_any().downcast_ref::<ListArray>())
        .ok_or_else(|| EngineError::Shape { table: "parties", column: name.to_owned() })
}

/// What a row of `parties` says of who somebody is and where.
pub(crate) struct PartyRow {
    /// Its times of activity are not in `parties`.
    pub(crate) record: Record,
    pub(crate) country: Option<String>,
    pub(crate) admin1: Option<String>,
}

/// The rows of `parties`, named by their `id` column; rows without one are left out.
pub(crate) fn party_rows(batch: &RecordBatch, id: &str) -> Result<Vec<PartyRow>, EngineError> {
    let columns = Columns::new("parties", batch);
    let (id, kind, address) = (columns.text(id)?, columns.text("kind")?, columns.text("address")?);
    let (country, admin1) = (columns.text("country")?, columns.text("admin1")?);
    let birth = batch.column_by_name("birth_date").and_then(|column| column.as_any().downcast_ref::<Date32Array>());
    let birth = birth.ok_or_else(|| EngineError::Shape { table: "parties", column: "birth_date".to_owned() })?;
    let (name, document) = (list_column(batch, "name")?, list_column(batch, "document")?);
    let (phone, email) = (list_column(batch, "phone")?, list_column(batch, "email")?);
    let row = |row: usize| {
        let record = Record {
            party_id: id.get(row)?.to_owned(),
            kind: PartyKind::from_name(kind.get(row).unwrap_or_default()),
            names: list(name, row),
            birth_date: birth.is_valid(row).then(|| Date(birth.value(row))),
            documents: list(document, row),
            phones: list(phone, row),
            emails: list(email, row),
            addresses: address.get(row).map(str::to_owned).into_iter().collect(),
            active: None,
        };
        Some(PartyRow { record, country: country.get(row).map(str::to_owned), admin1: admin1.get(row).map(str::to_owned) })
    };
    Ok((0..batch.num_rows()).filter_map(row).collect())
}

fn resolve(raw: &Session, judgements: &[tributary_resolve::Judgement]) -> Result<Resolved, EngineError> {
    let mut active = rustc_hash::FxHashMap::default();
    for batch in raw.query("SELECT s.subject, min(s.at) AS first_at, max(s.at) AS last_at FROM sightings s GROUP BY s.subject")? {
        let columns = Columns::new("sightings", &batch);
        let (subject, first, last) = (columns.text("subject")?, columns.time("first_at")?, columns.time("last_at")?);
        for row in 0..batch.num_rows() {
            if let Some(subject) = subject.get(row) {
                active.insert(subject.to_owned(), (first.value(row), last.value(row)));
            }
        }
    }
    let (mut records, mut places) = (Vec::new(), Vec::new());
    let sql = "SELECT party_id, kind, name, birth_date, document, phone, email, address, country, admin1 FROM parties ORDER BY party_id, obs";
    for batch in raw.query(sql)? {
        for PartyRow { mut record, country, admin1 } in party_rows(&batch, "party_id")? {
            record.active = active.get(&record.party_id).copied();
            records.push(record);
            places.push((country, admin1));
        }
    }
    let resolution = tributary_resolve::resolve(&records, judgements, &Settings::default());
    let entity_of = (0..records.len()).map(|row| resolution.entity_id(row).unwrap_or_default().to_owned()).collect();
    let joins = (resolution.links.len() as u64, resolution.refused.len() as u64);
    Ok(Resolved { records, places, entity_of, entity_count: resolution.entities.len(), joins, resolution })
}

/// Party ids with their entities, for joins in the raw session.
fn register_resolved(raw: &Session, resolved: &Resolved) -> Result<(), EngineError> {
    let mut pairs: Vec<(&str, &str)> =
        resolved.records.iter().zip(&resolved.entity_of).map(|(record, entity)| (record.party_id.as_str(), entity.as_str())).collect();
    pairs.dedup_by_key(|(party, _)| *party);
    let batch = batch(vec![
        ("party_id", texts(pairs.iter().map(|(party, _)| Some(*party)))),
        ("entity_id", texts(pairs.iter().map(|(_, entity)| Some(*entity)))),
    ])?;
    raw.register_batches("entity_of", batch.schema(), vec![batch])?;
    Ok(())
}

/// One row an entity. Kind, country and subdivision are the first that a record states, records in the order of party id and observation.
fn entities(resolved: &Resolved) -> Result<RecordBatch, EngineError> {
    #[derive(Default)]
    struct Entity<'a> {
        kind: PartyKind,
        licensed: bool,
        records: u64,
        country: Option<&'a str>,
        admin1: Option<&'a str>,
    }
    let mut entities: std::collections::BTreeMap<&str, Entity<'_>> = std::collections::BTreeMap::new();
    for ((record, place), id) in resolved.records.iter().zip(&resolved.places).zip(&resolved.entity_of) {
        let entity = entities.entry(id).or_default();
        if entity.kind == PartyKind::Unknown {
            entity.kind = record.kind;
        }
        entity.licensed |= record.documents.iter().any(|document| document.starts_with(LICENCE));
        entity.records += 1;
        entity.country = entity.country.or(place.0.as_deref());
        entity.admin1 = entity.admin1.or(place.1.as_deref());
    }
    let kind = |kind: PartyKind| match kind {
        PartyKind::Person => "person",
        PartyKind::Organisation => "organisation",
        PartyKind::Unknown => "unknown",
    };
    batch(vec![
        ("entity_id", texts(entities.keys().map(|id| Some(*id)))),
        ("kind", texts(entities.values().map(|e| Some(kind(e.kind))))),
        ("licensed", Arc::new(entities.values().map(|e| Some(e.licensed)).collect::<BooleanArray>())),
        ("records", Arc::new(entities.values().map(|e| Some(e.records)).collect::<UInt64Array>())),
        ("country", texts(entities.values().map(|e| e.country))),
        ("admin1", texts(entities.values().map(|e| e.admin1))),
    ])
}
