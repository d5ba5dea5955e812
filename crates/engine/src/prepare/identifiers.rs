//! Which identifier was used by whom: sightings, what records of parties state, and what adverts show.

use std::sync::Arc;

use arrow::array::{Float64Array, Int64Array};
use rustc_hash::FxHashMap;
use tributary_graph::rarity;
use tributary_model::identifier::IdentifierKind;

use super::{Writer, batch, texts};
use crate::columns::Columns;
use crate::error::EngineError;

/// Adverts with each contact they show and its kind.
const POST_CONTACTS: &str = "
SELECT c.obs, c.source, c.post_id, c.at, c.account, c.entity_id, c.place, c.kind, c.contact, k.identifier_kind
FROM (SELECT p.obs, p.source, p.post_id, p.at, p.account, p.entity_id, p.place, p.kind, unnest(p.contact) AS contact FROM e_posts p) c
JOIN contact_kinds k ON k.contact = c.contact
ORDER BY c.at, c.obs, c.contact";

/// Uses before they are counted.
const USES: &str = "
SELECT identifier_kind, identifier, subject_type AS node_type, subject AS node_id, entity_id, 'sightings' AS origin, at, obs, source FROM e_sightings
UNION ALL SELECT 'phone', phone, 'party', party_id, entity_id, 'parties', at, obs, source FROM (SELECT unnest(phone) AS phone, party_id, entity_id, never AS at, obs, source FROM stated) p
UNION ALL SELECT 'email', lower(email), 'party', party_id, entity_id, 'parties', at, obs, source FROM (SELECT unnest(email) AS email, party_id, entity_id, never AS at, obs, source FROM stated) p
UNION ALL SELECT 'document', document, 'party', party_id, entity_id, 'parties', at, obs, source FROM (SELECT unnest(document) AS document, party_id, entity_id, never AS at, obs, source FROM stated) p
UNION ALL SELECT 'address', address, 'party', party_id, entity_id, 'parties', never, obs, source FROM stated WHERE address IS NOT NULL
UNION ALL SELECT identifier_kind, contact, 'account', account, entity_id, 'posts', at, obs, source FROM e_post_contacts
UNION ALL SELECT k.identifier_kind, a.account_id AS identifier, 'account' AS node_type, a.account_id AS node_id, a.entity_id, 'accounts', a.opened_at, a.obs, a.source FROM e_accounts a JOIN contact_kinds k ON k.contact = a.account_id";

const IDENTIFIER_USE: &str = "
WITH grouped AS (
  SELECT identifier_kind, identifier, node_type, node_id, entity_id, origin, min(at) AS first_at, max(at) AS last_at, count(*) AS uses,
    first_value(obs ORDER BY at, obs) AS obs, first_value(source ORDER BY at, obs) AS source
  FROM identifier_uses
  GROUP BY identifier_kind, identifier, node_type, node_id, entity_id, origin
), counted AS (
  SELECT identifier_kind, identifier, count(DISTINCT coalesce(entity_id, node_id)) AS users
  FROM grouped
  GROUP BY identifier_kind, identifier
)
SELECT g.identifier_kind, g.identifier, g.node_type, g.node_id, g.entity_id, g.origin, g.first_at, g.last_at, g.uses, c.users, r.weight, g.obs, g.source
FROM grouped g
JOIN counted c ON c.identifier_kind = g.identifier_kind AND c.identifier = g.identifier
JOIN rarities r ON r.users = c.users
ORDER BY g.identifier_kind, g.identifier, g.node_type, g.node_id, g.origin";

/// Writes `post_contacts` and `identifier_use`.
pub(super) fn write(writer: &Writer<'_>) -> Result<(), EngineError> {
    contact_kinds(writer)?;
    writer.query(writer.raw, "post_contacts", POST_CONTACTS)?;
    // A record of a party states an identifier without saying when it was used.
    let stated = "SELECT party_id, entity_id, phone, email, document, address, obs, source, arrow_cast(NULL, 'Timestamp(Microsecond, Some(\"UTC\"))') AS never FROM e_parties";
    writer.raw.define_view("stated", stated)?;
    writer.raw.define_view("identifier_uses", USES)?;
    rarities(writer)?;
    writer.query(writer.raw, "identifier_use", IDENTIFIER_USE)
}

/// What kind of identifier each contact shown in an advert is: the kind under which it was sighted or stated; for an account's id the
/// kind of account; else by its form (`+` and digits, an `@`), and a handle when that says nothing.
fn contact_kinds(writer: &Writer<'_>) -> Result<(), EngineError> {
    let sql = "
WITH shown AS (
  SELECT DISTINCT c.contact FROM (SELECT unnest(p.contact) AS contact FROM e_posts p) c
), known AS (
  SELECT n.contact, min(n.kind) AS kind
  FROM (
    SELECT s.identifier AS contact, s.identifier_kind AS kind FROM e_sightings s
    UNION ALL SELECT p.phone AS contact, 'phone' AS kind FROM (SELECT unnest(phone) AS phone FROM e_parties) p
    UNION ALL SELECT p.email AS contact, 'email' AS kind FROM (SELECT unnest(email) AS email FROM e_parties) p
  ) n
  JOIN shown s ON s.contact = n.contact
  GROUP BY n.contact
)
SELECT s.contact, k.kind, a.kind AS account_kind
FROM shown s
LEFT JOIN known k ON k.contact = s.contact
LEFT JOIN e_accounts a ON a.account_id = s.contact
ORDER BY s.contact";
    let (mut contacts, mut kinds) = (Vec::new(), Vec::new());
    for rows in writer.raw.query(sql)? {
        let columns = Columns::new("contact_kinds", &rows);
        let (contact, kind, account) = (columns.text("contact")?, columns.text("kind")?, columns.text("account_kind")?);
        for row in 0..rows.num_rows() {
            let Some(contact) = contact.get(row) else { continue };
            kinds.push(contact_kind(contact, kind.get(row), account.get(row)).name());
            contacts.push(contact.to_owned());
        }
    }
    let batch = batch(vec![("contact", texts(contacts.iter().map(|c| Some(c.as_str())))), ("identifier_kind", texts(kinds.into_iter().map(Some)))])?;
    writer.raw.register_batches("contact_kinds", batch.schema(), vec![batch])?;
    Ok(())
}

fn contact_kind(contact: &str, known: Option<&str>, account: Option<&str>) -> IdentifierKind {
    if let Some(kind) = known.and_then(IdentifierKind::from_name) {
        return kind;
    }
    match account {
        Some("phone" | "mobile_money") => return IdentifierKind::Phone,
        Some("platform") => return IdentifierKind::Handle,
        Some(_) => return IdentifierKind::Wallet,
        None => {}
    }
    let digits = contact.strip_prefix('+').is_some_and(|rest| rest.len() >= 7 && rest.bytes().all(|b| b.is_ascii_digit()));
    match contact.split_once('@') {
        _ if digits => IdentifierKind::Phone,
        Some((name, host)) if !name.is_empty() && host.contains('.') => IdentifierKind::Email,
        _ => IdentifierKind::Handle,
    }
}

/// The weight of each number of users that occurs: ln(N/df) / ln N over all who used anything.
fn rarities(writer: &Writer<'_>) -> Result<(), EngineError> {
    let sql = "SELECT identifier_kind, identifier, count(DISTINCT coalesce(entity_id, node_id)) AS users FROM identifier_uses GROUP BY identifier_kind, identifier";
    let mut counts: FxHashMap<u64, f64> = FxHashMap::default();
    for rows in writer.raw.query(&format!("SELECT DISTINCT u.users FROM ({sql}) u"))? {
        let columns = Columns::new("identifier_use", &rows);
        for row in 0..rows.num_rows() {
            counts.insert(u64::from(columns.count("users", row)?), 0.0);
        }
    }
    let mut total = 0_u64;
    for rows in writer.raw.query("SELECT count(DISTINCT coalesce(entity_id, node_id)) AS users FROM identifier_uses")? {
        total = u64::from(Columns::new("identifier_use", &rows).count("users", 0)?);
    }
    let mut users: Vec<u64> = counts.into_keys().collect();
    users.sort_unstable();
    let batch = batch(vec![
        ("users", Arc::new(users.iter().map(|n| i64::try_from(*n).ok()).collect::<Int64Array>())),
        ("weight", Arc::new(users.iter().map(|n| Some(rarity(total, *n))).collect::<Float64Array>())),
    ])?;
    writer.raw.register_batches("rarities", batch.schema(), vec![batch])?;
    Ok(())
}
