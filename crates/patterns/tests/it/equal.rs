//! The fast search equals the plain one on small random graphs, finds nothing that breaks its own definition, and does not depend on
//! the number of threads.
use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_graph::{TransferColumns, TransferGraph};
use tributary_patterns::reference::{self, Found};
use tributary_patterns::{Kind, Limits, Request, Roles, Sighting, Value, rendezvous, rendezvous_plain, search};

/// The same request over passing ties only.
fn passing(request: &Request) -> Request {
    Request { tie_micros: Some(DAY), ..request.clone() }
}

pub(crate) fn request(kind: Kind, parameters: &[(&str, f64)]) -> Request {
    let parameters: BTreeMap<String, Value> = parameters.iter().map(|(name, value)| ((*name).to_owned(), Value::Number(*value))).collect();
    Request::new("test", kind, &parameters).unwrap()
}

const DAY: i64 = 86_400_000_000;

/// (from, to, day, value); amounts from few values, so that margins are met and missed; some unknown.
fn graph(nodes: u32, edges: usize) -> impl Strategy<Value = TransferGraph> {
    let value =
        prop_oneof![6 => (8u32..12).prop_map(|v| f64::from(v) * 10.0), 2 => (1u32..60).prop_map(|v| f64::from(v) * 10.0), 1 => Just(f64::NAN)];
    (1..=nodes, proptest::collection::vec((0..nodes, 0..nodes, 0i64..14, value), 0..edges)).prop_map(|(few, rows)| {
        let mut columns = TransferColumns::default();
        for (row, (from, to, day, value)) in (0u32..).zip(rows) {
            columns.push(from % few, to % few, day * DAY, value, 0, row);
        }
        TransferGraph::new(few, columns).unwrap()
    })
}

#[track_caller]
fn check(graph: &TransferGraph, request: &Request, roles: &Roles) {
    compare(graph, request, roles);
    compare(graph, &passing(request), roles);
}

#[track_caller]
fn compare(graph: &TransferGraph, request: &Request, roles: &Roles) {
    let outcome = search(graph, std::slice::from_ref(request), &Limits { steps_max: u32::MAX, ..Limits::default() }, roles);
    assert!(outcome.bounds_hit.is_empty());
    let mut found: Vec<Found> = outcome.hits.iter().map(|hit| Found { center: hit.center, edges: hit.edges.iter().copied().collect() }).collect();
    found.sort();
    assert_eq!(found, reference::search(graph, request, roles));
    for hit in &outcome.hits {
        assert!((0.0..=1.0).contains(&hit.score), "score {}", hit.score);
        assert_eq!((hit.from, hit.to), (graph.at()[hit.edges[0] as usize], graph.at()[*hit.edges.last().unwrap() as usize]));
        assert!(hit.edges.is_sorted() && hit.members.is_sorted());
        let known: f64 = hit.edges.iter().map(|edge| graph.value()[*edge as usize]).filter(|value| !value.is_nan()).sum();
        assert!((hit.value - known).abs() < 1e-6);
        // Members are the ends of the edges.
        let mut ends: Vec<u32> = hit.edges.iter().flat_map(|edge| [graph.from()[*edge as usize], graph.to()[*edge as usize]]).collect();
        ends.sort_unstable();
        ends.dedup();
        let mut members: Vec<u32> = hit.members.iter().map(|member| member.0).collect();
        members.dedup();
        assert_eq!(members, ends);
    }
}

/// How many graphs each property is tried on: more when `PROPTEST_CASES` says so.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(384)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn fans(graph in graph(7, 40), k in 1u32..5, window in 0u32..6, factor in 1u32..4, licensed in 0u32..7, bounded in any::<bool>()) {
        for kind in [Kind::FanIn, Kind::FanOut] {
            let mut parameters = vec![("k", f64::from(k)), ("window", f64::from(window)), ("usual_factor", f64::from(factor))];
            if bounded {
                parameters.extend([("amount_min", 50.0), ("amount_max", 100.0)]);
            }
            check(&graph, &request(kind, &parameters), &Roles::licensed([licensed]));
        }
    }

    #[test]
    fn gathers(graph in graph(6, 40), k in 1u32..4, window in 0u32..6, tau in 0u32..4, margin in 0u32..8) {
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("margin", f64::from(margin) / 5.0)];
        check(&graph, &request(Kind::GatherScatter, &parameters), &Roles::none());
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("margin", f64::from(margin) / 5.0), ("tau", f64::from(tau)), ("rho", 0.7), ("amount_max", 150.0)];
        check(&graph, &request(Kind::CollectAndSend, &parameters), &Roles::none());
    }

    #[test]
    fn passing_on(graph in graph(5, 40), k in 1u32..4, window in 0u32..6, tau in 0u32..5, rho in 0u32..=10) {
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("tau", f64::from(tau)), ("rho", f64::from(rho) / 10.0)];
        for kind in [Kind::PassThrough, Kind::Sweep] {
            check(&graph, &request(kind, &parameters), &Roles::none());
        }
    }

    #[test]
    fn layers(graph in graph(8, 50), k in 1u32..4, window in 0u32..8, margin in 0u32..8) {
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("margin", f64::from(margin) / 5.0)];
        check(&graph, &request(Kind::ScatterGather, &parameters), &Roles::none());
        for kind in [Kind::Bipartite, Kind::Stack] {
            check(&graph, &request(kind, &parameters[..2]), &Roles::none());
        }
    }

    #[test]
    fn cycles(graph in graph(6, 24), window in 0u32..14, margin in 0u32..8, length in 3u32..6) {
        let parameters = [("window", f64::from(window)), ("margin", f64::from(margin) / 5.0), ("length_max", f64::from(length))];
        check(&graph, &request(Kind::Cycle, &parameters), &Roles::none());
    }

    #[test]
    fn chains(graph in graph(7, 40), tau in 0u32..6, rho in 0u32..=10, length in 3u32..6) {
        let parameters = [("tau", f64::from(tau)), ("rho", f64::from(rho) / 10.0), ("length_min", f64::from(length))];
        for kind in [Kind::Chain, Kind::PeelChain] {
            check(&graph, &request(kind, &parameters), &Roles::none());
        }
    }

    #[test]
    fn splitting(graph in graph(4, 60), k in 1u32..5, window in 0u32..6, p_max in 1u32..=10) {
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("limit", 110.0), ("delta", 0.2), ("p_max", f64::from(p_max) / 10.0)];
        check(&graph, &request(Kind::Structuring, &parameters), &Roles::none());
    }

    #[test]
    fn mirrors(graph in graph(6, 40), k in 1u32..4, window in 0u32..8, tau in 0u32..4, margin in 0u32..8, p_max in 1u32..=10, rho in 0u32..8, same in any::<bool>()) {
        let parameters = [
            ("rho", f64::from(rho) / 10.0),
            ("k", f64::from(k)), ("window", f64::from(window)), ("tau", f64::from(tau)), ("margin", f64::from(margin) / 5.0), ("p_max", f64::from(p_max) / 10.0),
        ];
        let roles = Roles::none().with_institutions(if same { vec![Some(1), Some(1), Some(2), None] } else { Vec::new() });
        check(&graph, &request(Kind::Mirror, &parameters), &roles);
    }

    #[test]
    fn settlements(graph in graph(3, 50), k in 1u32..4, times in 1u32..3, window in 0u32..8, eps in 0u32..=10) {
        let parameters = [("k", f64::from(k)), ("times_min", f64::from(times)), ("window", f64::from(window)), ("eps", f64::from(eps) / 10.0)];
        check(&graph, &request(Kind::Netting, &parameters), &Roles::none());
    }

    #[test]
    fn collecting(graph in graph(7, 60), k in 1u32..3, window in 0u32..6, tau in 0u32..4, rho in 0u32..=10, margin in 0u32..12) {
        let parameters = [
            ("k", f64::from(k)), ("window", f64::from(window)), ("tau", f64::from(tau)), ("rho", f64::from(rho) / 10.0), ("margin", f64::from(margin) / 5.0),
        ];
        check(&graph, &request(Kind::CollectDistribute, &parameters), &Roles::none());
    }

    #[test]
    fn bursting(graph in graph(5, 60), k in 1u32..6, window in 0u32..5, p_max in 0u32..=10) {
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("p_max", f64::from(p_max) / 10.0)];
        check(&graph, &request(Kind::Burst, &parameters), &Roles::none());
    }

    #[test]
    fn changing(graph in graph(4, 60), k in 1u32..6, window in 0u32..8, tau in 0u32..3, p_max in 0u32..=10) {
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("tau", f64::from(tau)), ("p_max", f64::from(p_max) / 10.0)];
        check(&graph, &request(Kind::RegimeChange, &parameters), &Roles::none());
    }

    #[test]
    fn recruiting(graph in graph(12, 50), k in 1u32..4, window in 0u32..8, tau in 0u32..6, rho in 0u32..=10) {
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("tau", f64::from(tau)), ("rho", f64::from(rho) / 10.0)];
        check(&graph, &request(Kind::Recruitment, &parameters), &Roles::none());
    }

    #[test]
    fn succeeding(graph in graph(10, 40), k in 1u32..4, window in 0u32..8, similar in 0u32..8) {
        let parameters = [("k", f64::from(k)), ("window", f64::from(window)), ("similarity_min", f64::from(similar) / 10.0)];
        check(&graph, &request(Kind::Succession, &parameters), &Roles::none());
    }

    #[test]
    fn meeting(rows in proptest::collection::vec((0u32..4, 0u32..3, 0i64..30), 0..40), times in 1u32..4, tau in 0u32..3, window in 0u32..20, p_max in 1u32..=10) {
        let sightings: Vec<Sighting> = rows.iter().map(|(party, place, day)| Sighting { party: *party, place: *place, at: day * DAY }).collect();
        let parameters = [("times_min", f64::from(times)), ("tau", f64::from(tau)), ("window", f64::from(window)), ("p_max", f64::from(p_max) / 10.0)];
        let request = request(Kind::Rendezvous, &parameters);
        let outcome = rendezvous(&sightings, &request, 0, &Limits::default());
        let mut found: Vec<(u32, u32, Vec<u32>)> = outcome.hits.iter().map(|hit| (hit.members[0].0, hit.members[1].0, hit.edges.clone())).collect();
        found.sort_unstable();
        prop_assert_eq!(found, rendezvous_plain(&sightings, &request));
        prop_assert!(outcome.hits.iter().all(|hit| (0.0..=1.0).contains(&hit.score)));
    }
}
