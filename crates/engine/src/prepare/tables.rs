//! The tables of the contract with resolved parties, values and templates.

use std::sync::Arc;

use arrow::array::{Array, Int64Array, ListArray, UInt64Array};
use tributary_adverts::{Settings, Sketch, group_sketches};
use tributary_lake::Session;
use tributary_model::Timestamp;

use super::{Writer, batch, texts};
use crate::columns::Columns;
use crate::error::EngineError;

/// The latest time any table speaks of.
pub(super) fn as_of(raw: &Session) -> Result<Timestamp, EngineError> {
    let sql = "SELECT max(l.at) AS at FROM (SELECT max(at) AS at FROM transfers UNION ALL SELECT max(at) FROM contacts UNION ALL SELECT max(at) FROM posts \
               UNION ALL SELECT max(at) FROM sightings UNION ALL SELECT max(at) FROM movements UNION ALL SELECT max(opened_at) FROM case_records \
               UNION ALL SELECT max(closed_at) FROM case_records) l";
    for batch in raw.query(sql)? {
        let at = Columns::new("as_of", &batch).time("at")?;
        if at.len() == 1 && at.is_valid(0) {
            return Ok(Timestamp(at.value(0)));
        }
    }
    Ok(Timestamp(0))
}

const ACCOUNTS: &str = "
WITH seen AS (
  SELECT account_id FROM accounts
  UNION SELECT from_account AS account_id FROM transfers UNION SELECT to_account AS account_id FROM transfers
  UNION SELECT from_account AS account_id FROM contacts UNION SELECT to_account AS account_id FROM contacts
  UNION SELECT account AS account_id FROM posts
  UNION SELECT s.subject AS account_id FROM sightings s LEFT ANTI JOIN entity_of e ON e.party_id = s.subject
  UNION SELECT c.subject AS account_id FROM case_records c LEFT ANTI JOIN entity_of e ON e.party_id = c.subject
), described AS (
  -- several rows may speak of one account: the first that states a thing holds
  SELECT account_id, first_value(kind ORDER BY obs) AS kind, first_value(provider ORDER BY obs) FILTER (WHERE provider IS NOT NULL) AS provider,
    first_value(country ORDER BY obs) FILTER (WHERE country IS NOT NULL) AS country, first_value(admin1 ORDER BY obs) FILTER (WHERE admin1 IS NOT NULL) AS admin1,
    min(opened_at) AS opened_at, first_value(holder ORDER BY obs) FILTER (WHERE holder IS NOT NULL) AS holder, min(obs) AS obs, first_value(source ORDER BY obs) AS source
  FROM accounts
  GROUP BY account_id
)
SELECT s.account_id, d.kind, d.provider, d.country, d.admin1, d.opened_at, d.holder, h.entity_id, coalesce(n.licensed, false) AS licensed, d.obs, d.source
FROM seen s
LEFT JOIN described d ON d.account_id = s.account_id
LEFT JOIN entity_of h ON h.party_id = d.holder
LEFT JOIN e_entities n ON n.entity_id = h.entity_id
ORDER BY s.account_id";

/// Every holder that any row states, also of joint accounts and of holders without a record of their own: who is protected protects
/// each account that anyone says is theirs.
const HOLDERS: &str = "
SELECT DISTINCT a.account_id, coalesce(h.entity_id, a.holder) AS user_id
FROM accounts a
LEFT JOIN entity_of h ON h.party_id = a.holder
WHERE a.holder IS NOT NULL
ORDER BY 1, 2";

const PARTIES: &str = "
SELECT p.party_id, p.kind, p.name, p.birth_date, p.document, p.phone, p.email, p.address, p.country, p.admin1, p.obs, p.source, h.entity_id
FROM parties p
LEFT JOIN entity_of h ON h.party_id = p.party_id
ORDER BY p.party_id, p.obs";

const TRANSFERS: &str = "
SELECT t.transfer_id, t.at, t.from_account, t.to_account, t.amount, t.currency, t.to_amount, t.to_currency, t.channel, t.purpose, t.obs, t.source,
  CAST(t.amount AS DOUBLE) * r.usd AS value, f.entity_id AS from_entity, o.entity_id AS to_entity
FROM transfers t
LEFT JOIN e_fx r ON r.currency = t.currency
LEFT JOIN e_accounts f ON f.account_id = t.from_account
LEFT JOIN e_accounts o ON o.account_id = t.to_account
ORDER BY t.at, t.obs";

const CONTACTS: &str = "
SELECT c.contact_id, c.at, c.from_account, c.to_account, c.kind, c.platform, c.count, c.obs, c.source, f.entity_id AS from_entity, o.entity_id AS to_entity
FROM contacts c
LEFT JOIN e_accounts f ON f.account_id = c.from_account
LEFT JOIN e_accounts o ON o.account_id = c.to_account
ORDER BY c.at, c.obs";

const POSTS: &str = "
SELECT p.post_id, p.at, p.account, p.platform, p.kind, p.place, p.contact, p.obs, p.source, a.entity_id, g.template
FROM posts p
LEFT JOIN e_accounts a ON a.account_id = p.account
LEFT JOIN templates g ON g.obs = p.obs
ORDER BY p.at, p.obs";

const SIGHTINGS: &str = "
SELECT s.at, s.subject, s.identifier_kind, CASE WHEN s.identifier_kind = 'email' THEN lower(s.identifier) ELSE s.identifier END AS identifier, s.obs, s.source,
  CASE WHEN h.party_id IS NULL THEN 'account' ELSE 'party' END AS subject_type, coalesce(h.entity_id, a.entity_id) AS entity_id
FROM sightings s
LEFT JOIN entity_of h ON h.party_id = s.subject
LEFT JOIN e_accounts a ON a.account_id = s.subject
ORDER BY s.at, s.obs";

const MOVEMENTS: &str = "
SELECT m.movement_id, m.at, m.party, m.from_place, m.to_place, m.crossing, m.mode, m.document, m.\"group\", m.obs, m.source, h.entity_id
FROM movements m
LEFT JOIN entity_of h ON h.party_id = m.party
ORDER BY m.at, m.obs";

const CASE_RECORDS: &str = "
SELECT c.case_id, c.agency, c.kind, c.subject, c.role, c.status, c.opened_at, c.closed_at, c.obs, c.source,
  CASE WHEN h.party_id IS NULL THEN 'account' ELSE 'party' END AS subject_type, coalesce(h.entity_id, a.entity_id) AS entity_id
FROM case_records c
LEFT JOIN entity_of h ON h.party_id = c.subject
LEFT JOIN e_accounts a ON a.account_id = c.subject
ORDER BY c.case_id, c.obs";

/// Writes the tables of the contract, `places` apart.
pub(super) fn write(writer: &Writer<'_>) -> Result<(), EngineError> {
    writer.query(writer.raw, "accounts", ACCOUNTS)?;
    writer.query(writer.raw, "account_holders", HOLDERS)?;
    writer.query(writer.raw, "parties", PARTIES)?;
    writer.query(writer.raw, "transfers", TRANSFERS)?;
    writer.query(writer.raw, "contacts", CONTACTS)?;
    templates(writer.raw)?;
    writer.query(writer.raw, "posts", POSTS)?;
    writer.query(writer.raw, "sightings", SIGHTINGS)?;
    writer.query(writer.raw, "movements", MOVEMENTS)?;
    writer.query(writer.raw, "case_records", CASE_RECORDS)?;
    places(writer)
}

/// Groups of near-duplicate adverts, by observation; the sketches go no further than here.
fn templates(raw: &Session) -> Result<(), EngineError> {
    let (mut observations, mut sketches) = (Vec::new(), Vec::new());
    for batch in raw.query("SELECT p.obs, p._sketch AS sketch FROM posts p WHERE p._sketch IS NOT NULL ORDER BY p.at, p.obs")? {
        let columns = Columns::new("posts", &batch);
        let obs = columns.text("obs")?;
        let sketch = batch.column_by_name("sketch").and_then(|column| column.as_any().downcast_ref::<ListArray>());
        let sketch = sketch.ok_or_else(|| EngineError::Shape { table: "posts", column: "_sketch".to_owned() })?;
        for row in 0..batch.num_rows() {
            let Some(obs) = obs.get(row) else { continue };
            let values = sketch.value(row);
            let values = values.as_any().downcast_ref::<UInt64Array>();
            let sketch = values.map(|values| Sketch::from_words(values.values())).transpose();
            let damaged =
                |e| EngineError::Stage { stage: "adverts", problem: format!("the sketch of advert {obs}: {e}; ingest the file of adverts anew") };
            let Some(sketch) = sketch.map_err(damaged)? else { continue };
            let number = u32::try_from(observations.len())
                .map_err(|_| EngineError::Stage { stage: "adverts", problem: "more than 2^32 adverts".to_owned() })?;
            observations.push(obs.to_owned());
            sketches.push((number, sketch));
        }
    }
    let groups = group_sketches(&sketches, &Settings::default());
    let batch = batch(vec![
        ("obs", texts(observations.iter().map(|obs| Some(obs.as_str())))),
        ("template", Arc::new(groups.iter().map(|group| group.map(i64::from)).collect::<Int64Array>())),
    ])?;
    raw.register_batches("templates", batch.schema(), vec![batch])?;
    Ok(())
}

/// Places with their position on the unit sphere, so that rules can bound distances by products alone.
fn places(writer: &Writer<'_>) -> Result<(), EngineError> {
    let mut all: std::collections::BTreeMap<String, Place> = std::collections::BTreeMap::new();
    for batch in writer.raw.query("SELECT place, country, admin1, lat, lon, kind, obs FROM places ORDER BY place, obs")? {
        let columns = Columns::new("places", &batch);
        let (place, country, admin1, kind) = (columns.text("place")?, columns.text("country")?, columns.text("admin1")?, columns.text("kind")?);
        let (lat, lon) = (columns.f64("lat")?, columns.f64("lon")?);
        for row in 0..batch.num_rows() {
            let Some(id) = place.get(row) else { continue };
            let at = (lat.is_valid(row) && lon.is_valid(row)).then(|| (lat.value(row), lon.value(row)));
            let text = |text: Option<&str>| text.map(str::to_owned);
            all.entry(id.to_owned()).or_insert_with(|| Place {
                country: text(country.get(row)),
                admin1: text(admin1.get(row)),
                kind: text(kind.get(row)),
                at,
            });
        }
    }
    let number = |f: fn((f64, f64)) -> f64| Arc::new(all.values().map(|place| place.at.map(f)).collect::<arrow::array::Float64Array>());
    let batch = batch(vec![
        ("place", texts(all.keys().map(|id| Some(id.as_str())))),
        ("country", texts(all.values().map(|place| place.country.as_deref()))),
        ("admin1", texts(all.values().map(|place| place.admin1.as_deref()))),
        ("lat", number(|(lat, _)| lat)),
        ("lon", number(|(_, lon)| lon)),
        ("kind", texts(all.values().map(|place| place.kind.as_deref()))),
        ("x", number(|(lat, lon)| lat.to_radians().cos() * lon.to_radians().cos())),
        ("y", number(|(lat, lon)| lat.to_radians().cos() * lon.to_radians().sin())),
        ("z", number(|(lat, _)| lat.to_radians().sin())),
    ])?;
    writer.batch("places", batch)
}

struct Place {
    country: Option<String>,
    admin1: Option<String>,
    kind: Option<String>,
    at: Option<(f64, f64)>,
}
