//! From the enriched tables to the relation graph.
//!
//! Conductances say how close a tie is. Holding an account: 1. A shared identifier: how rare it is. Value and contact: the
//! geometric mean of the share the tie has at either end, so that an employer, an exchange or a call centre is close to nobody.

use rustc_hash::FxHashMap;
use tributary_graph::relation::{Link, LinkKind, NodeKind, RelationBuilder, RelationGraph};
use tributary_lake::Session;

use crate::columns::Columns;
use crate::error::EngineError;
use crate::indicators::Finding;
use tributary_model::SubjectType;

/// Most a transfer tie can conduct: value alone is not as close as holding or sharing.
const TRANSFER_CONDUCTANCE_MAX: f32 = 0.5;
/// Most a contact tie can conduct.
const CONTACT_CONDUCTANCE_MAX: f32 = 0.35;
/// Journeys in one group.
const TRAVEL_CONDUCTANCE: f32 = 0.6;
/// Adverts of one template.
const TEMPLATE_CONDUCTANCE: f32 = 0.6;
/// Named together in one agency case.
const CASE_CONDUCTANCE: f32 = 0.8;
/// Ties below this are left out: they would be followed by no walk.
const CONDUCTANCE_MIN: f32 = 0.002;

/// The graph and the names of its regions.
#[derive(Debug)]
pub struct Relation {
    /// The graph.
    pub graph: RelationGraph,
    /// Region names by index; index 0 is unknown.
    pub regions: Vec<String>,
}

#[derive(Default)]
struct Regions {
    names: Vec<String>,
    index: FxHashMap<String, u16>,
}

impl Regions {
    fn of(&mut self, admin1: Option<&str>, country: Option<&str>) -> u16 {
        if self.names.is_empty() {
            self.names.push(String::new());
        }
        let Some(name) = admin1.or(country) else { return 0 };
        if let Some(index) = self.index.get(name) {
            return *index;
        }
        let Ok(index) = u16::try_from(self.names.len()) else { return 0 };
        self.names.push(name.to_owned());
        self.index.insert(name.to_owned(), index);
        index
    }
}

/// How close an identifier of this kind ties its users, before rarity.
fn identifier_closeness(kind: &str) -> f32 {
    match kind {
        "document" => 1.0,
        "device" | "phone" | "vehicle" | "wallet" | "handle" | "email" => 0.9,
        "address" => 0.7,
        // Carriers put thousands behind one network address.
        _ => 0.1,
    }
}

/// Builds the graph. `findings` make sure that whatever bears evidence has a node.
///
/// # Errors
/// An enriched table is missing or has another shape.
pub fn build(session: &Session, findings: &[Finding]) -> Result<Relation, EngineError> {
    let mut builder = RelationBuilder::new();
    let mut regions = Regions::default();
    nodes(session, &mut builder, &mut regions)?;
    evidence_nodes(session, &mut builder, findings)?;
    identifiers(session, &mut builder)?;
    flows(session, &mut builder, LinkKind::Transfer)?;
    flows(session, &mut builder, LinkKind::Contact)?;
    groups(session, &mut builder)?;
    regions.of(None, None);
    Ok(Relation { graph: builder.finish(), regions: regions.names })
}

fn nodes(session: &Session, builder: &mut RelationBuilder, regions: &mut Regions) -> Result<(), EngineError> {
    let sql = "SELECT entity_id, licensed, country, admin1 FROM entities ORDER BY entity_id";
    for batch in session.query(sql)? {
        let columns = Columns::new("entities", &batch);
        let (id, licensed, country, admin1) =
            (columns.text("entity_id")?, columns.boolean("licensed")?, columns.text("country")?, columns.text("admin1")?);
        for row in 0..batch.num_rows() {
            let Some(id) = id.get(row) else { continue };
            let node = builder.node(NodeKind::Party, id);
            if let Some(facts) = builder.facts_mut(node) {
                facts.licensed = licensed.value(row);
                facts.region = regions.of(admin1.get(row), country.get(row));
            }
        }
    }
    let mut kinds: FxHashMap<String, u16> = FxHashMap::default();
    let sql = "SELECT account_id, kind, country, admin1, entity_id, licensed FROM accounts ORDER BY account_id";
    for batch in session.query(sql)? {
        let columns = Columns::new("accounts", &batch);
        let (id, kind, country, admin1) = (columns.text("account_id")?, columns.text("kind")?, columns.text("country")?, columns.text("admin1")?);
        let (entity, licensed) = (columns.text("entity_id")?, columns.boolean("licensed")?);
        for row in 0..batch.num_rows() {
            let Some(id) = id.get(row) else { continue };
            let node = builder.node(NodeKind::Account, id);
            let next = kinds.len() as u16 + 1;
            let subkind = kind.get(row).map_or(0, |kind| *kinds.entry(kind.to_owned()).or_insert(next));
            if let Some(facts) = builder.facts_mut(node) {
                facts.licensed = licensed.value(row);
                facts.region = regions.of(admin1.get(row), country.get(row));
                facts.subkind = subkind;
            }
            if let Some(entity) = entity.get(row) {
                let party = builder.node(NodeKind::Party, entity);
                builder.link(Link { a: node, b: party, kind: LinkKind::Holds, conductance: 1.0, first: 0, last: 0, count: 1 });
            }
        }
    }
    Ok(())
}

/// Text as an SQL literal.
pub(crate) fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Nodes for findings that speak of identifiers, adverts or places; an advert is tied to the account that posted it.
fn evidence_nodes(session: &Session, builder: &mut RelationBuilder, findings: &[Finding]) -> Result<(), EngineError> {
    let mut posts: Vec<&str> = Vec::new();
    for finding in findings {
        match finding.subject_type {
            SubjectType::Identifier => _ = builder.node(NodeKind::Identifier, &finding.subject_id),
            SubjectType::Place => _ = builder.node(NodeKind::Place, &finding.subject_id),
            SubjectType::Post => posts.push(&finding.subject_id),
            SubjectType::Account | SubjectType::Party => {}
        }
    }
    posts.sort_unstable();
    posts.dedup();
    for chunk in posts.chunks(500) {
        let wanted: Vec<String> = chunk.iter().map(|id| quoted(id)).collect();
        let sql = format!("SELECT post_id, account, at FROM posts WHERE post_id IN ({}) ORDER BY post_id", wanted.join(","));
        for batch in session.query(&sql)? {
            let columns = Columns::new("posts", &batch);
            let (post, account, at) = (columns.text("post_id")?, columns.text("account")?, columns.time("at")?);
            for row in 0..batch.num_rows() {
                let (Some(post), Some(account)) = (post.get(row), account.get(row)) else { continue };
                let (a, b) = (builder.node(NodeKind::Post, post), builder.node(NodeKind::Account, account));
                builder.link(Link { a, b, kind: LinkKind::Post, conductance: 1.0, first: at.value(row), last: at.value(row), count: 1 });
            }
        }
    }
    Ok(())
}

fn identifiers(session: &Session, builder: &mut RelationBuilder) -> Result<(), EngineError> {
    let sql = "SELECT identifier_kind, identifier, node_type, node_id, entity_id, weight, users, uses, first_at, last_at \
               FROM identifier_use ORDER BY identifier_kind, identifier, node_type, node_id";
    for batch in session.query(sql)? {
        let columns = Columns::new("identifier_use", &batch);
        let (kind, value) = (columns.text("identifier_kind")?, columns.text("identifier")?);
        let (node_type, node_id, entity) = (columns.text("node_type")?, columns.text("node_id")?, columns.text("entity_id")?);
        let (weight, first, last) = (columns.f64("weight")?, columns.time("first_at")?, columns.time("last_at")?);
        for row in 0..batch.num_rows() {
            let (Some(kind), Some(value), Some(node_id)) = (kind.get(row), value.get(row), node_id.get(row)) else { continue };
            let name = format!("{kind}:{value}");
            if columns.count("users", row)? < 2 && builder.find(NodeKind::Identifier, &name).is_none() {
                continue;
            }
            let a = builder.node(NodeKind::Identifier, &name);
            let b = match node_type.get(row) {
                Some("account") => builder.node(NodeKind::Account, node_id),
                _ => builder.node(NodeKind::Party, entity.get(row).unwrap_or(node_id)),
            };
            let conductance = identifier_closeness(kind) * weight.value(row) as f32;
            builder.link(Link {
                a,
                b,
                kind: LinkKind::Identifier,
                conductance,
                first: first.value(row),
                last: last.value(row),
                count: columns.count("uses", row)?,
            });
        }
    }
    Ok(())
}

struct Flow {
    from: u32,
    to: u32,
    times: u32,
    value: f64,
    first: i64,
    last: i64,
}

/// Value or contact between pairs of accounts.
fn flows(session: &Session, builder: &mut RelationBuilder, kind: LinkKind) -> Result<(), EngineError> {
    let (sql, most) = if kind == LinkKind::Transfer {
        (
            "SELECT from_account, to_account, count(*) AS times, sum(round(value * 100)) / 100 AS value, min(at) AS first, max(at) AS last \
          FROM transfers GROUP BY from_account, to_account",
            TRANSFER_CONDUCTANCE_MAX,
        )
    } else {
        (
            "SELECT from_account, to_account, sum(CAST(coalesce(count, 1) AS BIGINT)) AS times, CAST(NULL AS DOUBLE) AS value, min(at) AS first, max(at) AS last \
          FROM contacts GROUP BY from_account, to_account",
            CONTACT_CONDUCTANCE_MAX,
        )
    };
    let mut flows: Vec<Flow> = Vec::new();
    for batch in session.query(sql)? {
        let columns = Columns::new(if kind == LinkKind::Transfer { "transfers" } else { "contacts" }, &batch);
        let (from, to, value) = (columns.text("from_account")?, columns.text("to_account")?, columns.f64("value")?);
        let (first, last) = (columns.time("first")?, columns.time("last")?);
        for row in 0..batch.num_rows() {
            let (Some(from), Some(to)) = (from.get(row), to.get(row)) else { continue };
            flows.push(Flow {
                from: builder.node(NodeKind::Account, from),
                to: builder.node(NodeKind::Account, to),
                times: columns.count("times", row)?,
                value: if arrow::array::Array::is_valid(value, row) { value.value(row) } else { 0.0 },
                first: first.value(row),
                last: last.value(row),
            });
        }
    }
    // The query's groups come in no order; the sums below must not depend on it.
    flows.sort_by_key(|flow| (flow.from, flow.to));
    link_flows(builder, &flows, kind, most);
    Ok(())
}

fn link_flows(builder: &mut RelationBuilder, flows: &[Flow], kind: LinkKind, most: f32) {
    let mut out: FxHashMap<u32, (f64, f64)> = FxHashMap::default();
    let mut into: FxHashMap<u32, (f64, f64)> = FxHashMap::default();
    for flow in flows {
        for (map, node) in [(&mut out, flow.from), (&mut into, flow.to)] {
            let slot = map.entry(node).or_default();
            slot.0 += f64::from(flow.times);
            slot.1 += flow.value;
        }
    }
    let share = |totals: Option<&(f64, f64)>, flow: &Flow| -> f64 {
        let (times, value) = totals.copied().unwrap_or((1.0, 0.0));
        let by_times = f64::from(flow.times) / times.max(1.0);
        if value > 0.0 { f64::midpoint(by_times, flow.value / value) } else { by_times }
    };
    for flow in flows {
        let closeness = (share(out.get(&flow.from), flow) * share(into.get(&flow.to), flow)).sqrt();
        let conductance = most * closeness as f32;
        for node in [flow.from, flow.to] {
            if let Some(facts) = builder.facts_mut(node) {
                facts.activity = facts.activity.saturating_add(flow.times);
            }
        }
        if conductance >= CONDUCTANCE_MIN {
            builder.link(Link { a: flow.from, b: flow.to, kind, conductance, first: flow.first, last: flow.last, count: flow.times });
        }
    }
}

/// Journeys made in a group, adverts of one template, and cases that name several suspects.
fn groups(session: &Session, builder: &mut RelationBuilder) -> Result<(), EngineError> {
    let travel = "SELECT \"group\" AS name, entity_id AS member, count(*) AS times, min(at) AS first, max(at) AS last FROM movements \
                  WHERE \"group\" IS NOT NULL AND entity_id IS NOT NULL GROUP BY \"group\", entity_id ORDER BY 1, 2";
    let posts = "SELECT CAST(template AS VARCHAR) AS name, account AS member, count(*) AS times, min(at) AS first, max(at) AS last FROM posts \
                 WHERE template IS NOT NULL GROUP BY template, account ORDER BY 1, 2";
    // Victims and witnesses are tied to nobody by the case that names them.
    let cases = "SELECT agency || '/' || case_id AS name, coalesce(entity_id, subject) AS member, count(*) AS times, \
                 min(coalesce(opened_at, to_timestamp_micros(0))) AS first, max(coalesce(closed_at, opened_at, to_timestamp_micros(0))) AS last \
                 FROM case_records WHERE role IN ('suspect', 'facilitator') GROUP BY 1, 2 ORDER BY 1, 2";
    for (sql, table, group, member, kind, most) in [
        (travel, "movements", NodeKind::Journey, NodeKind::Party, LinkKind::Travel, TRAVEL_CONDUCTANCE),
        (posts, "posts", NodeKind::Template, NodeKind::Account, LinkKind::Post, TEMPLATE_CONDUCTANCE),
        (cases, "case_records", NodeKind::Case, NodeKind::Party, LinkKind::Case, CASE_CONDUCTANCE),
    ] {
        let mut rows: Vec<(String, String, u32, i64, i64)> = Vec::new();
        for batch in session.query(sql)? {
            let columns = Columns::new(table, &batch);
            let (name, other) = (columns.text("name")?, columns.text("member")?);
            let (first, last) = (columns.time("first")?, columns.time("last")?);
            for row in 0..batch.num_rows() {
                let (Some(name), Some(other)) = (name.get(row), other.get(row)) else { continue };
                rows.push((name.to_owned(), other.to_owned(), columns.count("times", row)?, first.value(row), last.value(row)));
            }
        }
        for members in rows.chunk_by(|x, y| x.0 == y.0).filter(|members| members.len() > 1) {
            // A crowd ties nobody: the larger the group, the weaker each tie.
            let conductance = most * (2.0 / members.len() as f32).sqrt().min(1.0);
            for (name, other, times, first, last) in members {
                let (a, b) = (builder.node(group, name), builder.node(member, other));
                builder.link(Link { a, b, kind, conductance, first: *first, last: *last, count: *times });
            }
        }
    }
    Ok(())
}
