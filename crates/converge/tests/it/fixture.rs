//! Small graphs and findings to test on.

use tributary_converge::{Evidence, IndicatorText, Outcome, Settings, converge};
use tributary_graph::relation::{Link, LinkKind, NodeKind, RelationBuilder, RelationGraph};
use tributary_model::alert::Detector;
use tributary_model::{Family, ProtectedSet, Side, Table, Timestamp};

/// Deterministic numbers for tests: SplitMix64.
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
    pub(crate) fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }
}

pub(crate) fn link(a: u32, b: u32, kind: LinkKind, conductance: f32) -> Link {
    Link { a, b, kind, conductance, first: 0, last: 86_400_000_000, count: 3 }
}

/// `households` of four accounts, each with a party and a shared handset, and random weak transfers between households.
pub(crate) fn town(households: u32, seed: u64) -> RelationBuilder {
    let mut builder = RelationBuilder::new();
    let mut numbers = Numbers(seed);
    for household in 0..households {
        let handset = builder.node(NodeKind::Identifier, &format!("device:h{household}"));
        for member in 0..4 {
            let account = builder.node(NodeKind::Account, &format!("a{}", household * 4 + member));
            let party = builder.node(NodeKind::Party, &format!("p{}", household * 4 + member));
            builder.link(link(account, party, LinkKind::Holds, 1.0));
            builder.link(link(account, handset, LinkKind::Identifier, 0.8));
        }
    }
    let accounts = u64::from(households) * 4;
    for account in 0..accounts {
        for _ in 0..3 {
            let other = numbers.below(accounts);
            let (a, b) = (builder.node(NodeKind::Account, &format!("a{account}")), builder.node(NodeKind::Account, &format!("a{other}")));
            builder.link(link(a, b, LinkKind::Transfer, 0.05));
        }
    }
    builder
}

/// A finding on an account.
pub(crate) fn finding(graph: &RelationGraph, account: &str, family: Family, side: Side, number: usize) -> Evidence {
    let (lineage, source) = match family {
        Family::Rec => (Table::Posts, "platform"),
        Family::Mov => (Table::Movements, "border"),
        Family::List => (Table::CaseRecords, "agency"),
        _ => (Table::Transfers, "bank"),
    };
    Evidence {
        indicator: 0,
        family,
        side,
        node: graph.find(NodeKind::Account, account).unwrap(),
        role: "collector".into(),
        weight: 1.5,
        lineage,
        context_only: false,
        from: Timestamp(0),
        to: Timestamp(86_400_000_000),
        observations: vec![format!("{lineage}/b/{number}")],
        observations_total: 1,
        sources: vec![source.into()],
        premises: vec![],
    }
}

pub(crate) fn texts() -> Vec<IndicatorText> {
    vec![IndicatorText {
        id: "FTR-02".into(),
        version: "1.0.0".into(),
        statement: "many senders".into(),
        sources: vec!["a p. 1".into()],
        benign: vec!["a landlord".into()],
    }]
}

pub(crate) fn run(graph: &RelationGraph, evidence: &[Evidence], protected: &ProtectedSet, settings: &Settings) -> Outcome {
    let detector = Detector { program: "test".into(), packs: "p".into(), settings: "s".into() };
    converge(&tributary_converge::report::Input {
        graph,
        regions: &[String::new()],
        evidence,
        texts: &texts(),
        protected,
        snapshot: "snap",
        detector: &detector,
        settings,
    })
}
