//! Seconds, hits and a hash of the hits for all kinds of pattern over seeded transfers.
//!
//! `cargo run --release -p tributary-patterns --example patterns_bench -- 600000 [seed]` prints one JSON object.
//! The transfers are everyday life (wages, shops, families) with patterns put among them; it says nothing about detection.

use std::time::Instant;

use tributary_graph::{TransferColumns, TransferGraph};
use tributary_patterns::{Kind, Limits, Outcome, Request, Roles, Value, search, transfer_scores};

const DAY: i64 = 86_400_000_000;
const DAYS: u64 = 180;

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: u64) -> u64 {
        self.next() % n.max(1)
    }
}

/// Transfers of about one account a twenty transfers over half a year.
pub(crate) fn world(transfers: u32, seed: u64) -> TransferGraph {
    let mut random = Random(seed);
    let nodes = u64::from(transfers / 20).max(100);
    let (shops, firms) = ((nodes / 200).max(2), (nodes / 50).max(2));
    let mut columns = TransferColumns::default();
    let mut row = 0;
    while row < transfers {
        let person = shops + firms + random.below(nodes - shops - firms);
        let at = random.below(DAYS * 86_400) as i64 * 1_000_000;
        let (from, to, amount) = match random.below(10) {
            // The same shops again and again, few of them very busy.
            0..=4 => (person, random.below(shops) * random.below(shops) / shops, 5 + random.below(100)),
            5 => (shops + person % firms, person, 300 + random.below(700)),
            // Ties of family and friends.
            _ => (person, shops + firms + (person + random.below(12) * 37) % (nodes - shops - firms), 10 + random.below(400)),
        };
        columns.push(from as u32, to as u32, at, amount as f64, 0, row);
        row += 1;
        if random.below(2_000) == 0 {
            row = planted(&mut random, nodes, at, row, &mut columns);
        }
    }
    TransferGraph::new(nodes as u32, columns).unwrap_or_default()
}

/// Puts a cycle, a gather–scatter or a scatter–gather among them.
fn planted(random: &mut Random, nodes: u64, at: i64, mut row: u32, columns: &mut TransferColumns) -> u32 {
    let n = 3 + random.below(6);
    let start = random.below(nodes);
    let node = |i: u64| ((start + i * 7_919) % nodes) as u32;
    let kind = random.below(3);
    for i in 0..n {
        let later = at + (i as i64) * DAY;
        let amount = 1_000.0 - 10.0 * i as f64;
        let legs = match kind {
            0 => [(node(i), node((i + 1) % n), later), (node(i), node((i + 1) % n), later)],
            1 => [(node(i + 2), node(0), at + i as i64), (node(0), node(i + 40), at + DAY + i as i64)],
            _ => [(node(0), node(i + 2), at + i as i64), (node(i + 2), node(1), later + DAY)],
        };
        for (from, to, at) in legs.into_iter().skip(usize::from(kind == 0)) {
            columns.push(from, to, at, amount, 0, row);
            row += 1;
        }
    }
    row
}

/// Every kind that is searched in transfers, over a week.
pub(crate) fn requests() -> Vec<Request> {
    Kind::ALL
        .into_iter()
        .filter(|kind| kind.in_transfers())
        .filter_map(|kind| {
            let window = ("window".to_owned(), Value::from("7d"));
            let parameters = kind.parameters().contains(&"window").then_some(window).into_iter().collect();
            Request::new(kind.name(), kind, &parameters).ok()
        })
        .collect()
}

/// FNV-1a over all that a hit says.
pub(crate) fn digest(outcome: &Outcome) -> u64 {
    let mut state = 0xCBF2_9CE4_8422_2325_u64;
    let mut add = |value: u64| state = (state ^ value).wrapping_mul(0x0000_0100_0000_01B3);
    for hit in &outcome.hits {
        add(u64::from(hit.request));
        add(hit.center.map_or(u64::MAX, u64::from));
        hit.members.iter().for_each(|(node, role)| add(u64::from(*node) * 8 + *role as u64));
        hit.edges.iter().for_each(|edge| add(u64::from(*edge)));
        add(hit.score.to_bits());
        add(hit.value.to_bits());
    }
    state
}

fn main() {
    let number = |at: usize, default: u64| std::env::args().nth(at).and_then(|text| text.parse().ok()).unwrap_or(default);
    let (transfers, seed) = (number(1, 600_000) as u32, number(2, 1));
    let built = Instant::now();
    let graph = world(transfers, seed);
    let build_seconds = built.elapsed().as_secs_f64();
    let (limits, roles) = (Limits::default(), Roles::none());
    let mut kinds = Vec::new();
    for request in requests() {
        let started = Instant::now();
        let outcome = search(&graph, std::slice::from_ref(&request), &limits, &roles);
        let cuts: u64 = outcome.bounds_hit.iter().map(|bound| bound.count).sum();
        kinds.push(format!(
            "\"{}\": {{\"seconds\": {:.3}, \"hits\": {}, \"cut\": {cuts}}}",
            request.kind,
            started.elapsed().as_secs_f64(),
            outcome.hits.len()
        ));
    }
    let ranking: Vec<Request> = requests().into_iter().take(10).collect();
    let ranked = digest(&search(&graph, &ranking, &limits, &roles));
    let started = Instant::now();
    let outcome = search(&graph, &requests(), &limits, &roles);
    let seconds = started.elapsed().as_secs_f64();
    let started = Instant::now();
    let scores = transfer_scores(&graph, &outcome.hits);
    let score_seconds = started.elapsed().as_secs_f64();
    println!(
        "{{\"bench\": \"patterns\", \"transfers\": {}, \"seed\": {seed}, \"build_seconds\": {build_seconds:.3}, \"seconds\": {seconds:.3}, \
         \"score_seconds\": {score_seconds:.3}, \"scored\": {}, \"hits\": {}, \"hash\": \"{:016x}\", \"hash_of_ranking_kinds\": \"{ranked:016x}\", \"kinds\": {{{}}}}}",
        graph.len(),
        scores.iter().filter(|score| **score > 0.0).count(),
        outcome.hits.len(),
        digest(&outcome),
        kinds.join(", ")
    );
}
