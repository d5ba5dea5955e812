//! After every step a stream's hits are those of a batch search over the transfers it holds, whatever the order within the horizon and the pieces; what it tells adds up to
//! them; memory follows the window.
use std::collections::BTreeMap;

use proptest::prelude::*;
use tributary_graph::{TransferColumns, TransferGraph};
use tributary_patterns::{
    AllHits, Delta, Kind, Limits, PatternHit, Reason, Request, Roles, Settings, Span, Stream, StreamError, Transfer, search_all,
};

use crate::equal::request;

const DAY: i64 = 86_400_000_000;
const NO_CUTS: Limits = Limits { hits_max: usize::MAX, steps_max: u32::MAX, legs_max: usize::MAX, group_max: usize::MAX };

fn transfers(nodes: u32, most: usize, days: i64) -> impl Strategy<Value = Vec<Transfer>> {
    let value =
        prop_oneof![6 => (8u32..12).prop_map(|v| f64::from(v) * 10.0), 2 => (1u32..60).prop_map(|v| f64::from(v) * 10.0), 1 => Just(f64::NAN)];
    (2..=nodes, proptest::collection::vec((0..nodes, 0..nodes, 0..days, value), 1..most)).prop_map(|(few, rows)| {
        let row = |(row, (from, to, day, value)): (u32, (u32, u32, i64, f64))| Transfer { row, from: from % few, to: to % few, at: day * DAY, value };
        (0u32..).zip(rows).map(row).collect()
    })
}

/// An order of arrival in which none comes more than `horizon` after a later one. Rows of one time keep no order.
fn arrivals(transfers: &[Transfer], delays: &[i64], horizon: i64) -> Vec<Transfer> {
    let mut order: Vec<(i64, usize)> =
        (0..transfers.len()).map(|at| (transfers[at].at + delays[at % delays.len()] * DAY / 4 % (horizon + 1), at)).collect();
    order.sort_by_key(|entry| (entry.0, entry.1 * 7 % 5));
    order.into_iter().map(|(_, at)| transfers[at]).collect()
}

/// A batch search over these transfers; nothing when a bound cut it (more than 64 cycles from one transfer), for then either search is incomplete.
fn batch(transfers: &[Transfer], nodes: u32, settings: &Settings) -> Option<Vec<PatternHit>> {
    let mut columns = TransferColumns::default();
    transfers.iter().for_each(|transfer| columns.push(transfer.from, transfer.to, transfer.at, transfer.value, 0, transfer.row));
    let graph = TransferGraph::new(nodes, columns).unwrap();
    let AllHits { hits, bounds_hit } = search_all(&graph, settings);
    bounds_hit.is_empty().then(|| sorted(hits))
}

fn sorted(mut hits: Vec<PatternHit>) -> Vec<PatternHit> {
    hits.sort_by(|a, b| (a.request, &a.transfers, &a.members).cmp(&(b.request, &b.transfers, &b.members)).then(a.score.total_cmp(&b.score)));
    hits
}

/// What was told so far.
#[derive(Default)]
struct Told(BTreeMap<String, i64>);

impl Told {
    fn add(&mut self, delta: &Delta) {
        // What is withdrawn was told, what appears was not there.
        for (hits, sign) in [(&delta.withdrawn, -1), (&delta.appeared, 1)] {
            for hit in hits {
                let count = self.0.entry(format!("{:?}", PatternHit { bounded: false, ..hit.clone() })).or_default();
                *count += sign;
                assert!(*count >= 0, "withdrawn, though never told: {hit:?}");
            }
        }
        self.0.retain(|_, count| *count > 0);
    }
}

/// Pushes pieces; after each compares what is exact, and after settling all.
#[track_caller]
fn check(all: &[Transfer], requests: Vec<Request>, span: Span, delays: &[i64], cuts: &[usize], settle_often: bool) {
    let settings = Settings { limits: NO_CUTS, roles: Roles::licensed([1]), ..Settings::of_requests(requests) };
    let mut stream = Stream::new(settings.clone(), span).unwrap();
    let arrivals = arrivals(all, delays, span.horizon_micros);
    let (mut rest, mut cuts, mut so_far, mut told) = (arrivals.as_slice(), cuts.iter().cycle(), Vec::new(), Told::default());
    while !rest.is_empty() {
        let (piece, more) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
        rest = more;
        let delta = stream.push(piece);
        assert!(delta.refused.is_empty());
        told.add(&delta);
        so_far.extend_from_slice(piece);
        let newest = so_far.iter().map(|transfer| transfer.at).max().unwrap();
        let start = (newest - span.window_micros).div_euclid(span.step_micros) * span.step_micros;
        assert_eq!(stream.start(), Some(start));
        let held: Vec<Transfer> = so_far.iter().copied().filter(|transfer| transfer.at >= start).collect();
        assert_eq!(stream.counts().held, held.len());
        if settle_often {
            told.add(&stream.settle());
        }
        let Some(now) = batch(&held, stream.accounts(), &settings) else {
            return;
        };
        let exact = |hit: &PatternHit| settle_often || delta.settled || Stream::is_exact(hit.kind);
        let (found, expected): (Vec<_>, Vec<_>) = (stream.hits().into_iter().filter(exact).collect(), now.into_iter().filter(exact).collect());
        assert_eq!(sorted(found), expected);
        let mut shown = Told::default();
        shown.add(&Delta { appeared: stream.hits(), ..Delta::default() });
        assert_eq!(told.0, shown.0, "what was told adds up");
    }
}

/// How many streams each property is tried on: more when `PROPTEST_CASES` says so.
fn cases() -> u32 {
    std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(96)
}

fn spans() -> impl Strategy<Value = Span> {
    (1i64..30, 1i64..10, 0i64..12)
        .prop_map(|(window, step, horizon)| Span { step_micros: step * DAY, ..Span::new(window * DAY, horizon.min(window) * DAY) })
}

fn pieces() -> impl Strategy<Value = (Vec<i64>, Vec<usize>)> {
    (proptest::collection::vec(0i64..60, 1..20), proptest::collection::vec(1usize..64, 1..8))
}

/// With and without short ties.
fn both(requests: Vec<Request>, ties: bool) -> Vec<Request> {
    requests.into_iter().map(|request| Request { tie_micros: ties.then_some(2 * DAY), ..request }).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: cases(), failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn centres(all in transfers(8, 120, 40), span in spans(), (delays, cuts) in pieces(), k in 1u32..4, window in 0u32..9, tau in 0u32..4, ties in any::<bool>()) {
        let (k, window, tau) = (("k", f64::from(k)), ("window", f64::from(window)), ("tau", f64::from(tau)));
        let requests = vec![
            request(Kind::FanIn, &[k, window, ("usual_factor", 1.0)]),
            request(Kind::FanOut, &[k, window, ("amount_min", 85.0)]),
            request(Kind::GatherScatter, &[k, window, ("margin", 0.8)]),
            request(Kind::CollectAndSend, &[k, window, tau, ("margin", 0.8), ("rho", 0.6)]),
            request(Kind::PassThrough, &[k, window, tau, ("rho", 0.6)]),
            request(Kind::Sweep, &[k, window, tau, ("rho", 0.6)]),
            request(Kind::CollectDistribute, &[k, window, tau, ("rho", 0.2), ("margin", 2.0)]),
            request(Kind::Netting, &[("k", 1.0), window, ("times_min", 1.0), ("eps", 0.7)]),
        ];
        check(&all, both(requests, ties), span, &delays, &cuts, false);
    }

    #[test]
    fn layers(all in transfers(10, 260, 20), span in spans(), (delays, cuts) in pieces(), k in 1u32..4, window in 0u32..9, margin in 0u32..8, ties in any::<bool>()) {
        let (k, window) = (("k", f64::from(k)), ("window", f64::from(window)));
        let requests = vec![
            request(Kind::ScatterGather, &[k, window, ("margin", f64::from(margin) / 5.0)]),
            request(Kind::Bipartite, &[k, window]),
            request(Kind::Stack, &[k, window]),
        ];
        check(&all, both(requests, ties), span, &delays, &cuts, false);
    }

    #[test]
    fn paths(all in transfers(9, 200, 25), span in spans(), (delays, cuts) in pieces(), tau in 0u32..6, rho in 0u32..=10, window in 0u32..9, margin in 0u32..6, ties in any::<bool>()) {
        let own = [("tau", f64::from(tau)), ("rho", f64::from(rho) / 12.0), ("length_min", 3.0)];
        let requests = vec![
            request(Kind::Chain, &own),
            request(Kind::PeelChain, &own),
            request(Kind::Cycle, &[("window", f64::from(window)), ("margin", f64::from(margin) / 5.0), ("length_max", 5.0)]),
        ];
        check(&all, both(requests, ties), span, &delays, &cuts, false);
    }

    #[test]
    fn every_kind_when_settled(all in transfers(14, 160, 40), span in spans(), (delays, cuts) in pieces(), ties in any::<bool>()) {
        let requests = Kind::ALL.into_iter().filter(|kind| kind.in_transfers()).map(|kind| {
            let wide = [("k", 2.0), ("window", 6.0), ("p_max", 0.5), ("similarity_min", 0.1), ("tau", 3.0), ("rho", 0.4), ("limit", 110.0), ("delta", 0.2)];
            let taken: Vec<(&str, f64)> = wide.into_iter().filter(|(name, _)| kind.parameters().contains(name)).collect();
            request(kind, &taken)
        });
        check(&all, both(requests.collect(), ties), span, &delays, &cuts, true);
    }
}

fn transfer(row: u32, at: i64) -> Transfer {
    Transfer { row, from: 0, to: row % 5 + 1, at, value: 100.0 }
}

#[test]
fn what_cannot_be_placed_is_refused_and_counted() {
    let span = Span { transfers_max: 3, accounts_max: 10, ..Span::new(100, 60) };
    let mut stream = Stream::new(Settings::every_kind(), span).unwrap();
    let mut reason = |transfer: Transfer| stream.push(&[transfer]).refused.first().map(|refused| refused.1);
    assert_eq!(reason(transfer(1, 1_000)), None);
    assert_eq!(reason(transfer(2, 940)), None);
    assert_eq!(reason(transfer(3, 939)), Some(Reason::Late { behind: 61 }));
    assert_eq!(reason(transfer(2, 990)), Some(Reason::Twice));
    assert_eq!(reason(transfer(4, 1_000)), None);
    assert_eq!(reason(transfer(5, 1_000)), Some(Reason::Full));
    assert_eq!(reason(Transfer { from: 10, ..transfer(6, 1_000) }), Some(Reason::Value));
    assert_eq!(reason(Transfer { value: -1.0, ..transfer(6, 1_000) }), Some(Reason::Value));
    let counts = stream.counts();
    assert_eq!((counts.taken, counts.late, counts.refused, counts.held), (3, 1, 4, 3));
    // After the end only later transfers are taken in.
    stream.finish();
    assert_eq!(stream.push(&[transfer(7, 1_000)]).refused.len(), 1);
}

#[test]
fn a_span_or_kind_that_makes_no_sense_is_refused() {
    let make = |window, step, horizon| Stream::new(Settings::every_kind(), Span { step_micros: step, ..Span::new(window, horizon) }).map(|_| ());
    assert_eq!(make(10, 1, 10), Ok(()));
    for (window, step, horizon, named) in [(0, 1, 0, "window"), (10, 0, 0, "step"), (10, 1, 11, "horizon"), (10, 1, -1, "horizon")] {
        assert!(matches!(make(window, step, horizon), Err(StreamError::Span { setting, .. }) if setting == named));
    }
    let people = Settings::of_requests(vec![request(Kind::GroupTravel, &[])]);
    assert!(matches!(Stream::new(people, Span::new(10, 0)), Err(StreamError::Kind { kind: Kind::GroupTravel, .. })));
}

/// A fan-in grows, and goes: each step tells what took the place of what.
#[test]
fn a_larger_hit_takes_the_place_of_a_smaller_one() {
    let mut stream = Stream::new(Settings::of_requests(vec![request(Kind::FanIn, &[("k", 3.0)])]), Span::new(30 * DAY, 0)).unwrap();
    let pay = |row: u32, day: i64| Transfer { row, from: row, to: 99, at: day * DAY, value: 10.0 };
    assert_eq!(stream.push(&[pay(0, 1), pay(1, 1)]).appeared, []);
    let third = stream.push(&[pay(2, 2)]);
    assert_eq!(third.appeared.iter().map(|hit| hit.transfers.clone()).collect::<Vec<_>>(), [[0, 1, 2]]);
    let fourth = stream.push(&[pay(3, 3)]);
    assert_eq!(fourth.withdrawn, third.appeared);
    assert_eq!(fourth.appeared.iter().map(|hit| hit.transfers.clone()).collect::<Vec<_>>(), [[0, 1, 2, 3]]);
    let later = stream.push(&[pay(4, 300)]);
    assert_eq!((later.appeared.len(), later.withdrawn), (0, fourth.appeared));
}

/// Half a year of days through a window of two, full of patterns: what is held and remembered follows the window, not the history, and nothing is left when all has gone.
#[test]
fn memory_follows_the_window() {
    let span = Span { step_micros: DAY, ..Span::new(2 * DAY, DAY) };
    let mut stream = Stream::new(Settings::every_kind(), span).unwrap();
    let mut most = 0;
    for day in 0..180_u32 {
        // Six accounts pay six, who pay six, who pay the first ones; others every day.
        let account = |layer: u32, at: u32| day * 18 + layer % 3 * 6 + at % 6;
        let pay = |at: u32| Transfer {
            row: day * 108 + at,
            from: account(at / 36, at),
            to: account(at / 36 + 1, at / 6),
            at: i64::from(day) * DAY + i64::from(at),
            value: 100.0,
        };
        stream.push(&(0..108).map(pay).collect::<Vec<Transfer>>());
        let counts = stream.counts();
        assert!(counts.held <= 4 * 108, "{counts:?}");
        if day < 10 {
            most = most.max(counts.hits + counts.remembered);
        }
        assert!(counts.hits > 0 && counts.remembered > 0 && counts.hits + counts.remembered <= 2 * most, "day {day}: {counts:?}");
    }
    let last = Transfer { row: u32::MAX, from: 0, to: 1, at: 1_000 * DAY, value: 1.0 };
    stream.push(&[last]);
    let counts = stream.counts();
    assert_eq!((counts.held, counts.hits, counts.remembered), (1, 0, 0));
}

/// Three accounts pay round four hundred times: what is looked at is bounded, and the hit says so. Two that pay each other make no cycle and leave nothing behind.
#[test]
fn accounts_that_pay_round_again_and_again_are_bounded() {
    for (accounts, expected) in [(3, vec![(vec![0, 1, 2], true)]), (2, vec![])] {
        let mut stream = Stream::new(Settings::of_requests(vec![request(Kind::Cycle, &[])]), Span::new(30 * DAY, 0)).unwrap();
        let rows: Vec<Transfer> = (0..1_200)
            .map(|row| Transfer { row, from: row % accounts, to: (row + 1) % accounts, at: i64::from(row) * 60_000_000, value: 100.0 })
            .collect();
        rows.chunks(64).for_each(|piece| _ = stream.push(piece));
        let found: Vec<(Vec<u32>, bool)> = stream.hits().into_iter().map(|hit| (hit.accounts, hit.bounded)).collect();
        assert_eq!(found, expected);
        assert!(stream.counts().remembered <= if accounts == 2 { 0 } else { 2 * 1_200 + 1 });
    }
}
