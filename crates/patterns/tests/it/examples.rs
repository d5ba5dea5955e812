//! Requests, bounds and single patterns, as data.
use std::collections::BTreeMap;

use tributary_graph::{Activity, TransferColumns, TransferGraph};
use tributary_patterns::{
    Bound, HubRole, IdentifierUse, Journey, Kind, Limits, Request, RequestError, Role, Roles, Settings, Sighting, Value, group_travel,
    ranking_requests, rendezvous, search, search_all, shared_identifiers, transfer_scores,
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

/// What a kind finds in rows: the edges of each hit, and its p-value where it is tested.
#[track_caller]
fn check_new(kind: Kind, parameters: &[(&str, f64)], rows: &[(u32, u32, i64, f64)], expected: &[&[u32]]) {
    check(kind, parameters, rows, expected);
    let outcome = search(&graph(rows), &[request(kind, parameters)], &Limits::default(), &Roles::none());
    let tested = kind.parameters().contains(&"p_max");
    assert!(outcome.hits.iter().all(|hit| hit.p.is_some() == tested && hit.p.is_none_or(|p| p <= 0.05)), "{:?}", outcome.hits);
}

#[test]
fn chains_go_on_and_peels_split_off() {
    let chain = [(0, 1, 0, 100.0), (1, 2, 1, 95.0), (2, 3, 1, 94.0), (3, 4, 3, 90.0)];
    check_new(Kind::Chain, &[], &chain, &[&[0, 1, 2, 3]]);
    check_new(Kind::Chain, &[("length_min", 5.0)], &chain, &[]);
    // Too late, and too little.
    check_new(Kind::Chain, &[], &[(0, 1, 0, 100.0), (1, 2, 4, 95.0), (2, 3, 5, 94.0), (3, 4, 6, 50.0)], &[]);
    let peeled = [(0, 1, 0, 100.0), (1, 2, 1, 80.0), (1, 9, 1, 20.0), (2, 3, 2, 60.0), (2, 8, 2, 19.0), (3, 4, 3, 45.0), (3, 7, 4, 15.0)];
    check_new(Kind::PeelChain, &[], &peeled, &[&[0, 1, 2, 3, 4, 5, 6]]);
    check_new(Kind::PeelChain, &[], &chain, &[]);
}

/// Five payments just under the limit within a week are splitting where others spread over the band, and nothing where everybody pays so.
#[test]
fn splitting_is_measured_against_others() {
    let spread: Vec<_> = (0..40u32).map(|i| (100 + i, 200 + i, i64::from(i), 7_500.0 + 125.0 * f64::from(i))).collect();
    let mut rows: Vec<(u32, u32, i64, f64)> = (0..5u32).map(|i| (0, 1 + i, 20 + i64::from(i), 9_500.0)).collect();
    rows.extend(&spread);
    let found = search(&graph(&rows), &[request(Kind::Structuring, &[])], &Limits::default(), &Roles::none());
    assert_eq!(found.hits.iter().map(|hit| (hit.center, hit.edges.len())).collect::<Vec<_>>(), [(Some(0), 5)]);
    rows.extend((0..200u32).map(|i| (300 + i, 600 + i, i64::from(i % 40), 9_700.0)));
    check_new(Kind::Structuring, &[], &rows, &[]);
}

/// Eight credits of odd amounts here, eight debits of the same amounts there within a day: a mirror, unless both accounts are at one institution.
#[test]
fn mirrors_pay_out_elsewhere_what_came_in_here() {
    let amounts = [130.0, 275.0, 410.0, 95.0, 620.0, 333.0, 780.0, 205.0];
    let rows: Vec<_> = (0_i64..)
        .zip(amounts)
        .flat_map(|(day, amount)| [(10 + day as u32, 0, 2 * day, amount), (1, 30 + day as u32, 2 * day + 1, amount * 0.99)])
        .collect();
    let all: Vec<u32> = (0..16).collect();
    check_new(Kind::Mirror, &[], &rows, &[&all]);
    let ask = [request(Kind::Mirror, &[])];
    let one_house = Roles::none().with_institutions(vec![Some(7), Some(7)]);
    assert!(search(&graph(&rows), &ask, &Limits::default(), &one_house).hits.is_empty());
    // The same amount again and again would match in any order.
    let same: Vec<_> = rows.iter().map(|(from, to, day, _)| (*from, *to, *day, 100.0)).collect();
    check_new(Kind::Mirror, &[], &same, &[]);
}

#[test]
fn balances_build_up_and_are_settled() {
    let build = |day: i64| [(0u32, 1u32, day, 30.0), (0, 1, day + 1, 50.0), (0, 1, day + 2, 20.0), (1, 0, day + 9, 97.0)];
    let rows: Vec<_> = build(0).into_iter().chain(build(30)).collect();
    check_new(Kind::Netting, &[], &rows, &[&[0, 1, 2, 3, 4, 5, 6, 7]]);
    check_new(Kind::Netting, &[], &rows[..4], &[]);
    check_new(Kind::Netting, &[("eps", 0.01)], &rows, &[]);
}

#[test]
fn collectors_hand_over_and_the_centre_pays_out() {
    let gather = |collector: u32, day: i64| (0..3u32).map(move |i| (10 * collector + i, collector, day + i64::from(i), 100.0));
    let mut rows: Vec<_> = gather(1, 0).chain(gather(2, 0)).collect();
    rows.extend([(1, 0, 3, 290.0), (2, 0, 3, 295.0), (0, 50, 4, 190.0), (0, 51, 4, 190.0), (0, 52, 5, 190.0)]);
    let all: Vec<u32> = (0..11).collect();
    check_new(Kind::CollectDistribute, &[], &rows, &[&all]);
    check_new(Kind::CollectDistribute, &[], &rows[3..], &[]);
}

#[test]
fn activity_bursts_and_changes() {
    let quiet = (0..100u32).map(|i| (i % 9, 10 + i % 7, i64::from(i), 50.0));
    let burst = (0..8u32).map(|i| (50, 60 + i, 40, 50.0));
    let rows: Vec<_> = quiet.clone().chain(burst).collect();
    let outcome = search(&graph(&rows), &[request(Kind::Burst, &[])], &Limits::default(), &Roles::none());
    assert_eq!(outcome.hits.iter().map(|hit| (hit.center, hit.edges.len())).collect::<Vec<_>>(), [(Some(50), 8)]);
    // A tenth of what others move, then ten times as much.
    let grown = (0..100u32).map(|i| (70, 71 + i % 3, i64::from(i), if i < 50 { 5.0 } else { 500.0 }));
    let rows: Vec<_> = quiet.chain(grown).collect();
    let outcome = search(&graph(&rows), &[request(Kind::RegimeChange, &[("tau", 3.0)])], &Limits::default(), &Roles::none());
    let of_grown = outcome.hits.iter().find(|hit| hit.center == Some(70)).unwrap();
    assert!((45..56).contains(&(of_grown.from / DAY)) && of_grown.p.unwrap() < 0.001, "{of_grown:?}");
}

/// New accounts pass what they get to those who came before them, tier after tier.
#[test]
fn recruits_recruit() {
    let mule = |node: u32, above: u32, day: i64| [(100 + node, node, day, 100.0), (node, above, day + 1, 95.0)];
    let rows: Vec<_> = [(90, 91, 0, 1.0), (80, 1, 0, 100.0), (1, 70, 1, 95.0)]
        .into_iter()
        .chain(mule(2, 1, 40))
        .chain(mule(3, 1, 45))
        .chain(mule(4, 2, 55))
        .chain(mule(5, 2, 60))
        .collect();
    let outcome = search(&graph(&rows), &[request(Kind::Recruitment, &[])], &Limits::default(), &Roles::none());
    assert_eq!(outcome.hits.iter().map(|hit| (hit.center, hit.edges.len())).collect::<Vec<_>>(), [(Some(1), 8)]);
    // One tier is a circle of customers, not a cascade.
    let flat: Vec<_> = rows.iter().map(|(from, to, day, value)| (*from, if *to == 2 && *day > 50 { 1 } else { *to }, *day, *value)).collect();
    check_new(Kind::Recruitment, &[], &flat, &[]);
}

#[test]
fn a_new_account_takes_over() {
    let dealings = |node: u32, day: i64| [(node, 10, day, 9.0), (node, 11, day + 5, 9.0), (12, node, day + 9, 9.0), (node, 13, day + 12, 9.0)];
    let mut rows = vec![(90, 91, 0, 1.0), (90, 91, 300, 1.0)];
    rows.extend(dealings(1, 40));
    rows.extend(dealings(2, 60));
    let outcome = search(&graph(&rows), &[request(Kind::Succession, &[])], &Limits::default(), &Roles::none());
    assert_eq!(outcome.hits.iter().map(|hit| (hit.center, hit.edges.len())).collect::<Vec<_>>(), [(Some(2), 8)]);
    // Both at work at one time: no hand-over.
    rows.extend(dealings(1, 200));
    check_new(Kind::Succession, &[], &rows, &[]);
}

#[test]
fn people_meet_again_and_again() {
    let crowd = (0..60u32).map(|i| Sighting { party: 10 + i, place: i % 3, at: i64::from(i) * DAY });
    let both = [3_i64, 17, 29, 44].into_iter().zip([0u32, 1, 2, 0]);
    let pair = both.flat_map(|(day, place)| [Sighting { party: 1, place, at: day * DAY + 1 }, Sighting { party: 2, place, at: day * DAY + 2 }]);
    let rows: Vec<Sighting> = crowd.chain(pair).collect();
    let ask = request(Kind::Rendezvous, &[]);
    let found = rendezvous(&rows, &ask, 0, &Limits::default());
    assert_eq!(
        found.hits.iter().map(|hit| (hit.members.clone(), hit.edges.len())).collect::<Vec<_>>(),
        [(vec![(1, Role::Member), (2, Role::Member)], 8)]
    );
    // A crowd says nothing about two of it.
    let limits = Limits { group_max: 0, ..Limits::default() };
    assert_eq!(rendezvous(&rows, &ask, 0, &limits).bounds_hit[0].bound, Bound::Group);
}

/// Twelve shops with the same fan: one that does what its like do has a low score, one that does what none of them does keeps its own; nothing is deleted.
#[test]
fn hubs_are_measured_against_their_like() {
    let fan = |shop: u32, payers: u32| (0..payers).map(move |i| (1_000 * (shop + 1) + i, shop, i64::from(i % 5), 10.0));
    let rows: Vec<_> = (0..12u32).flat_map(|shop| fan(shop, if shop == 11 { 60 } else { 8 })).chain(fan(20, 8)).collect();
    let graph = graph(&rows);
    let roles = Roles::none().with_roles((0..12).map(|shop| (shop, HubRole::Merchant)));
    let settings = Settings { roles, ..Settings::of_requests(vec![request(Kind::FanIn, &[])]) };
    let found = search_all(&graph, &settings);
    let score = |center: u32| found.hits.iter().find(|hit| hit.center == Some(center)).unwrap().score;
    assert_eq!(found.hits.len(), 13);
    assert!(score(0) < 0.05 && score(11) > 0.6 && score(20) > 0.3, "{} {} {}", score(0), score(11), score(20));
    assert!(found.hits.windows(2).all(|pair| pair[0].score >= pair[1].score));
    // With few peers nothing is known of what the role does.
    let few = Roles::none().with_roles((0..5).map(|shop| (shop, HubRole::Merchant)));
    let unchanged = search_all(&graph, &Settings { roles: few, ..settings.clone() });
    assert_eq!(unchanged, search_all(&graph, &Settings { roles: Roles::none(), ..settings }));
}

#[test]
fn one_entry_searches_every_kind_and_says_where_it_was_cut() {
    let star: Vec<_> = (1..=40u32).flat_map(|i| [(0, i, 0, 100.0), (i, 99, 1, 100.0), (99, 0, 2, 100.0)]).collect();
    let graph = graph(&star);
    let mut settings = Settings::every_kind();
    assert_eq!(settings.requests.len(), 20);
    let all = search_all(&graph, &settings);
    assert!(all.hits.is_sorted_by_key(|hit| hit.request));
    assert!(all.hits.iter().all(|hit| hit.accounts.is_sorted() && !hit.transfers.is_empty()));
    settings.limits.steps_max = 3;
    let cut = search_all(&graph, &settings);
    assert!(cut.hits.iter().all(|hit| hit.bounded == cut.bounds_hit.iter().any(|bound| bound.request == hit.request)));
    assert!(cut.bounds_hit.iter().any(|bound| bound.bound == Bound::Steps));
    let given = |name: &str, value: f64| Settings::of_kinds(&[Kind::FanIn, Kind::Chain], &BTreeMap::from([(name.to_owned(), Value::Number(value))]));
    assert_eq!(given("k", 9.0).unwrap().requests.iter().map(|request| request.k).collect::<Vec<_>>(), [9, 3]);
    assert_eq!(given("window_days", 2.0).unwrap().requests[0].window_micros, 2 * DAY);
    assert!(given("eps", 0.5).is_err() && given("nonsense", 1.0).is_err());
}
