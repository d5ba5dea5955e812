//! Requests, bounds and single patterns, as data.
use std::collections::BTreeMap;

use tributary_graph::{Activity, TransferColumns, TransferGraph};
use tributary_patterns::{
    Bound, IdentifierUse, Journey, Kind, Limits, Request, RequestError, Role, Roles, Value, group_travel, ranking_requests, search,
    shared_identifiers, transfer_scores,
};

use crate::equal::request;

const DAY: i64 = 86_400_000_000;

/// A graph from `from to day value` rows.
fn graph(rows: &[(u32, u32, i64, f64)]) -> TransferGraph {
    let mut columns = TransferColumns::default();
    for (row, (from, to, day, value)) in (0u32..).zip(rows) {
        columns.push(*from, *to, day * DAY, *value, 0, row);
    }
    TransferGraph::new(rows.iter().map(|row| row.0.max(row.1) + 1).max().unwrap_or(0), columns).unwrap()
}

/// Searches and gives the edges of each hit.
#[track_caller]
fn check(kind: Kind, parameters: &[(&str, f64)], rows: &[(u32, u32, i64, f64)], expected: &[&[u32]]) {
    let outcome = search(&graph(rows), &[request(kind, parameters)], &Limits::default(), &Roles::none());
    let found: Vec<&[u32]> = outcome.hits.iter().map(|hit| hit.edges.as_slice()).collect();
    assert_eq!(found, expected);
}

#[test]
fn each_kind_finds_its_pattern() {
    let k = [("k", 3.0)];
    check(Kind::FanIn, &k, &[(1, 0, 0, 5.0), (2, 0, 1, 5.0), (3, 0, 7, 5.0), (3, 0, 20, 5.0)], &[&[0, 1, 2]]);
    check(Kind::FanIn, &k, &[(1, 0, 0, 5.0), (2, 0, 1, 5.0), (3, 0, 8, 5.0)], &[]);
    check(Kind::FanOut, &k, &[(0, 1, 0, 5.0), (0, 2, 1, 5.0), (0, 3, 7, f64::NAN)], &[&[0, 1, 2]]);
    let gather = [(1, 0, 0, 100.0), (2, 0, 1, 100.0), (3, 0, 2, 100.0), (0, 4, 3, 90.0), (0, 5, 3, 100.0), (0, 6, 4, 95.0)];
    check(Kind::GatherScatter, &k, &gather, &[&[0, 1, 2, 3, 4, 5]]);
    let scatter = [(0, 1, 0, 100.0), (0, 2, 0, 90.0), (0, 3, 1, 80.0), (1, 4, 2, 99.0), (2, 4, 2, 89.0), (3, 4, 3, 79.0), (3, 4, 3, 5.0)];
    check(Kind::ScatterGather, &k, &scatter, &[&[0, 1, 2, 3, 4, 5]]);
    check(Kind::Cycle, &[], &[(0, 1, 0, 100.0), (1, 2, 1, 95.0), (2, 0, 2, 91.0)], &[&[0, 1, 2]]);
    // Against time, and through one account twice: no cycle.
    check(Kind::Cycle, &[], &[(0, 1, 2, 100.0), (1, 2, 1, 100.0), (2, 0, 0, 100.0)], &[]);
    check(Kind::Cycle, &[], &[(0, 1, 0, 100.0), (1, 2, 1, 100.0), (2, 1, 2, 100.0), (1, 0, 3, 100.0)], &[]);
    check(Kind::PassThrough, &[("k", 1.0), ("tau_hours", 24.0)], &[(1, 0, 0, 100.0), (0, 2, 1, 60.0), (0, 3, 1, 35.0)], &[&[0, 1, 2]]);
    check(Kind::PassThrough, &[("k", 1.0), ("tau_hours", 24.0)], &[(1, 0, 0, 100.0), (0, 2, 2, 100.0)], &[]);
    check(
        Kind::CollectAndSend,
        &[("k", 3.0), ("amount_max", 50.0)],
        &[(1, 0, 0, 40.0), (2, 0, 1, 40.0), (3, 0, 2, 40.0), (0, 9, 3, 118.0)],
        &[&[0, 1, 2, 3]],
    );
    check(
        Kind::Sweep,
        &k,
        &[(7, 1, 0, 100.0), (8, 2, 0, 100.0), (7, 3, 0, 100.0), (1, 0, 1, 95.0), (2, 0, 1, 95.0), (3, 0, 2, 92.0)],
        &[&[0, 1, 2, 3, 4, 5]],
    );
    let layer = [(0, 4, 0, 1.0), (0, 5, 0, 1.0), (1, 4, 1, 1.0), (1, 5, 1, 1.0), (2, 4, 1, 1.0), (2, 5, 2, 1.0)];
    check(Kind::Bipartite, &k, &layer, &[&[0, 1, 2, 3, 4, 5]]);
    let second = layer.iter().map(|(from, to, day, value)| (from + 4, to + 4, day + 2, *value)).chain([(6, 8, 3, 1.0), (6, 9, 3, 1.0)]);
    let rows: Vec<_> = layer.iter().copied().chain(second).collect();
    let outcome = search(&graph(&rows), &[request(Kind::Stack, &k)], &Limits::default(), &Roles::none());
    let middles: Vec<u32> = outcome.hits[0].members.iter().filter(|member| member.1 == Role::Middle).map(|member| member.0).collect();
    assert_eq!(middles, [4, 5]);
}

/// A licensed account that always has many payers is measured against itself: an ordinary week is no fan, a far busier one is.
#[test]
fn hubs_are_measured_against_themselves() {
    let ordinary = |week: i64| (1..=4u32).map(move |payer| (payer, 0, week * 7, 10.0));
    let mut rows: Vec<_> = (0..12).flat_map(ordinary).collect();
    let ask = [("k", 3.0), ("window", 6.0)];
    check(Kind::FanIn, &ask, &rows, &[]);
    rows.extend((5..=14u32).map(|payer| (payer, 0, 84, 10.0)));
    let outcome = search(&graph(&rows), &[request(Kind::FanIn, &ask)], &Limits::default(), &Roles::licensed([0]));
    assert_eq!(outcome.hits.iter().map(|hit| (hit.center, hit.edges.len(), hit.from)).collect::<Vec<_>>(), []);
    rows.extend((15..=30u32).map(|payer| (payer, 0, 85, 10.0)));
    let outcome = search(&graph(&rows), &[request(Kind::FanIn, &ask)], &Limits::default(), &Roles::licensed([0]));
    assert_eq!(outcome.hits.iter().map(|hit| (hit.center, hit.edges.len(), hit.from)).collect::<Vec<_>>(), [(Some(0), 26, 84 * DAY)]);
}

#[test]
fn requests_name_what_is_wrong() {
    let build = |kind, name: &str, value: Value| Request::new("r1", kind, &BTreeMap::from([(name.to_owned(), value)]));
    assert_eq!(build(Kind::FanIn, "window", "36h".into()).unwrap().window_micros, 3 * DAY / 2);
    assert_eq!(build(Kind::FanIn, "window_days", 2.0.into()).unwrap().window_micros, 2 * DAY);
    for (kind, name, value, expected) in [
        (
            Kind::FanIn,
            "tau",
            Value::Number(1.0),
            "request `r1`: `tau` is not a parameter of `fan_in`; it takes k, window, usual_factor, amount_min, amount_max, ties",
        ),
        (Kind::FanIn, "k", Value::Number(2.5), "request `r1`: `k` is `2.5`; give a whole number of at least 1"),
        (Kind::Cycle, "length_max", Value::Number(11.0), "request `r1`: `length_max` is `11`; give a whole number from 3 to 10"),
        (
            Kind::FanIn,
            "window",
            Value::Text("soon".to_owned()),
            "request `r1`: `window` is `soon`; give a duration such as 7d, 36h or 15m, up to 36525d",
        ),
        (Kind::PassThrough, "rho", Value::Number(f64::NAN), "request `r1`: `rho` is `NaN`; give a share from 0 to 1"),
    ] {
        assert_eq!(build(kind, name, value).map_err(|error: RequestError| error.to_string()), Err(expected.to_owned()));
    }
    for kind in Kind::ALL {
        assert_eq!(Kind::from_name(kind.name()), Some(kind));
    }
}

/// Every bound reports that it cut.
#[test]
fn bounds_are_reported() {
    let star: Vec<_> = (1..=40u32).flat_map(|i| [(0, i, 0, 100.0), (i, 99, 1, 100.0), (99, 0, 2, 100.0)]).collect();
    let cases = [
        (Kind::FanOut, Limits { hits_max: 0, ..Limits::default() }, Bound::Hits),
        (Kind::Cycle, Limits { steps_max: 3, ..Limits::default() }, Bound::Steps),
        (Kind::ScatterGather, Limits { group_max: 4, ..Limits::default() }, Bound::Group),
        (Kind::Sweep, Limits { legs_max: 0, ..Limits::default() }, Bound::Legs),
    ];
    for (kind, limits, bound) in cases {
        let outcome = search(&graph(&star), &[request(kind, &[])], &limits, &Roles::none());
        assert_eq!(outcome.bounds_hit.iter().map(|hit| hit.bound).collect::<Vec<_>>(), [bound], "{kind}");
    }
}

fn uses(rows: &[(u32, u32, i64, i64)]) -> Vec<IdentifierUse> {
    rows.iter()
        .map(|(user, identifier, first, last)| IdentifierUse {
            user: *user,
            identifier: *identifier,
            active: Activity { first: first * DAY, last: last * DAY },
        })
        .collect()
}

#[test]
fn identifiers_join_users_of_one_time() {
    let rows = uses(&[(1, 50, 0, 9), (2, 50, 5, 20), (2, 51, 0, 9), (3, 51, 9, 12), (4, 50, 30, 40), (5, 52, 0, 1), (6, 52, 0, 1)]);
    let find = |request: &Request, total| shared_identifiers(&rows, total, request, 0, &Limits::default());
    let found = find(&request(Kind::SharedIdentifier, &[("k", 3.0)]), 1_000);
    // 4 took the identifier over after the others had left it.
    assert_eq!(found.hits.iter().map(|hit| hit.members.iter().map(|member| member.0).collect::<Vec<_>>()).collect::<Vec<_>>(), [[1, 2, 3]]);
    assert_eq!(found.hits[0].edges, [0, 1, 2, 3]);
    assert_eq!(find(&request(Kind::SharedIdentifier, &[("k", 3.0), ("tau", 60.0)]), 1_000).hits[0].members.len(), 4);
    // What most have says nothing.
    assert!(find(&request(Kind::SharedIdentifier, &[]), 3).hits.is_empty());
    let bounded = shared_identifiers(&rows, 1_000, &request(Kind::SharedIdentifier, &[]), 0, &Limits { group_max: 2, ..Limits::default() });
    assert_eq!(bounded.bounds_hit.iter().map(|hit| (hit.bound, hit.count)).collect::<Vec<_>>(), [(Bound::Group, 1)]);
}

#[test]
fn people_who_travel_together_again_and_again() {
    let row = |party, day: i64, group, document| Journey { party, at: day * DAY, group, crossing: Some(9), document };
    let trip = |day, group| (1..=3u32).map(move |party| row(party, day, Some(group), None));
    let mut journeys: Vec<Journey> = trip(0, 70).chain(trip(40, 71)).collect();
    journeys.push(row(4, 40, Some(71), None));
    let ask = request(Kind::GroupTravel, &[]);
    let found = group_travel(&journeys, &ask, 0, &Limits::default());
    assert_eq!(found.hits.iter().map(|hit| (hit.members.len(), hit.edges.clone())).collect::<Vec<_>>(), [(3, vec![0, 1, 2, 3, 4, 5])]);
    // Once is no habit; a group number used again much later is another group.
    assert!(group_travel(&journeys[..3], &ask, 0, &Limits::default()).hits.is_empty());
    let by_document: Vec<Journey> = [0, 3].iter().flat_map(|day| (1..=3u32).map(move |party| row(party, *day, None, Some(5)))).collect();
    assert_eq!(group_travel(&by_document, &ask, 0, &Limits::default()).hits.len(), 1);
}

/// What lies in a pattern that few transfers show outranks what lies in a common one, and what lies in none has no score.
#[test]
fn rare_patterns_outrank_common_ones() {
    // Thirty accounts with an ordinary fan, one cycle, one lone payment.
    let mut rows: Vec<(u32, u32, i64, f64)> =
        (0..30u32).flat_map(|i| (0..6u32).map(move |j| (1_000 + i * 6 + j, i, 40 + i64::from(j), 10.0))).collect();
    rows.extend([(500, 501, 50, 9.0), (501, 502, 51, 8.0), (502, 503, 52, 7.0), (503, 500, 53, 6.0)]);
    rows.extend([(700, 701, 0, 5.0), (702, 703, 111, 5.0)]);
    let graph = graph(&rows);
    let outcome = search(&graph, &ranking_requests(), &Limits::default(), &Roles::none());
    let scores = transfer_scores(&graph, &outcome.hits);
    let of_row = |row: u32| scores[graph.row().iter().position(|other| *other == row).unwrap()];
    let (fan, cycle, alone) = (of_row(0), of_row(181), of_row(184));
    assert!(cycle > fan && fan > 0.0 && alone == 0.0, "{cycle} {fan} {alone}");
    assert!(scores.iter().all(|score| (0.0..1.0).contains(score)));
    assert_eq!(transfer_scores(&graph, &[]), vec![0.0; graph.len()]);
}
