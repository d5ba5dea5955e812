//! The pattern requests of packs: searched once each, offered as tables.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int64Array, ListBuilder, StringArray, StringBuilder, TimestampMicrosecondArray};
use tributary_patterns::{Hit, Kind, Limits, Request, Roles, Value, search};
use tributary_typology::set::ResolvedPattern;

use crate::error::EngineError;
use crate::prepare::{Flows, Prepared, batch, texts};

fn stage(problem: String) -> EngineError {
    EngineError::Stage { stage: "patterns", problem }
}

/// A pack's request as one of the search.
fn request(pattern: &ResolvedPattern) -> Result<Request, EngineError> {
    let kind = Kind::from_name(&pattern.kind).filter(|kind| kind.in_transfers());
    let kind = kind.ok_or_else(|| stage(format!("`{}` is no kind of pattern in transfers", pattern.kind)))?;
    let value = |text: &String| text.parse::<f64>().map_or_else(|_| Value::Text(text.clone()), Value::Number);
    let settings: BTreeMap<String, Value> = pattern.settings.iter().map(|(key, text)| (key.clone(), value(text))).collect();
    Request::new(&pattern.request, kind, &settings).map_err(|e| stage(e.to_string()))
}

/// Searches the requests and registers `pattern_hits` and `pattern_members`. Returns hits by kind.
pub(super) fn register(prepared: &Prepared, wanted: &[ResolvedPattern]) -> Result<BTreeMap<String, u64>, EngineError> {
    let requests: Vec<Request> = wanted.iter().map(request).collect::<Result<_, _>>()?;
    let flows = &prepared.flows;
    let outcome = search(&flows.graph, &requests, &Limits::default(), &Roles::licensed(flows.licensed.iter().copied()));
    let mut counts: BTreeMap<String, u64> = BTreeMap::new();
    for hit in &outcome.hits {
        *counts.entry(hit.kind.name().to_owned()).or_default() += 1;
    }
    let name = |hit: &Hit| requests.get(hit.request as usize).map(|request| request.name.as_str());
    hits(prepared, flows, &outcome.hits, &name)?;
    members(prepared, flows, &outcome.hits, &name)?;
    Ok(counts)
}

fn times(values: impl Iterator<Item = i64>) -> ArrayRef {
    Arc::new(values.map(Some).collect::<TimestampMicrosecondArray>().with_timezone("UTC"))
}

/// Lists of texts, one a hit.
fn lists<'a, I: Iterator<Item = &'a str>>(hits: &'a [Hit], of: impl Fn(&'a Hit) -> I) -> ArrayRef {
    let mut builder = ListBuilder::new(StringBuilder::new());
    for hit in hits {
        for text in of(hit) {
            builder.values().append_value(text);
        }
        builder.append(true);
    }
    Arc::new(builder.finish())
}

fn hits<'a>(prepared: &Prepared, flows: &'a Flows, hits: &'a [Hit], name: &dyn Fn(&Hit) -> Option<&'a str>) -> Result<(), EngineError> {
    let number = |hit: usize| i64::try_from(hit).ok();
    let batch = batch(vec![
        ("request", Arc::new(hits.iter().map(name).collect::<StringArray>())),
        ("hit", Arc::new((0..hits.len()).map(number).collect::<Int64Array>())),
        ("kind", texts(hits.iter().map(|hit| Some(hit.kind.name())))),
        ("center", texts(hits.iter().map(|hit| hit.center.and_then(|node| flows.accounts.name(node))))),
        (
            "size",
            Arc::new(hits.iter().map(|hit| number(hit.members.iter().filter(|(node, _)| Some(*node) != hit.center).count())).collect::<Int64Array>()),
        ),
        ("from_at", times(hits.iter().map(|hit| hit.from))),
        ("to_at", times(hits.iter().map(|hit| hit.to))),
        ("value", Arc::new(hits.iter().map(|hit| Some(hit.value)).collect::<Float64Array>())),
        ("score", Arc::new(hits.iter().map(|hit| Some(hit.score)).collect::<Float64Array>())),
        ("transfers", lists(hits, |hit| hit.edges.iter().filter_map(|edge| flows.observation(*edge)))),
        ("members", lists(hits, |hit| hit.members.iter().filter_map(|(node, _)| flows.accounts.name(*node)))),
    ])?;
    prepared.session.register_batches("pattern_hits", batch.schema(), vec![batch])?;
    Ok(())
}

fn members<'a>(prepared: &Prepared, flows: &'a Flows, hits: &'a [Hit], name: &dyn Fn(&Hit) -> Option<&'a str>) -> Result<(), EngineError> {
    let rows: Vec<_> = hits.iter().enumerate().flat_map(|(number, hit)| hit.members.iter().map(move |member| (number, hit, *member))).collect();
    let batch = batch(vec![
        ("request", Arc::new(rows.iter().map(|(_, hit, _)| name(hit)).collect::<StringArray>())),
        ("hit", Arc::new(rows.iter().map(|(number, _, _)| i64::try_from(*number).ok()).collect::<Int64Array>())),
        ("kind", texts(rows.iter().map(|(_, hit, _)| Some(hit.kind.name())))),
        ("account", texts(rows.iter().map(|(_, _, (node, _))| flows.accounts.name(*node)))),
        ("role", texts(rows.iter().map(|(_, _, (_, role))| Some(role.name())))),
    ])?;
    prepared.session.register_batches("pattern_members", batch.schema(), vec![batch])?;
    Ok(())
}
