//! Hubs are measured against their like: what every broker does says nothing of a broker.

use std::collections::BTreeMap;

use crate::flow::Roles;
use crate::hit::Hit;
use crate::search::order;

/// What an account is known to be. Given by the caller from registers; never inferred from flows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum HubRole {
    /// A licensed broker of transfers or money changer.
    Broker,
    /// An exchange or custodian of virtual assets.
    Exchange,
    /// It pays wages.
    Payroll,
    /// It bills the public: power, water, telephone, school, rent.
    Utility,
    /// A shop or other merchant.
    Merchant,
}

impl HubRole {
    /// All roles.
    pub const ALL: [Self; 5] = [Self::Broker, Self::Exchange, Self::Payroll, Self::Utility, Self::Merchant];

    /// The word used in registers.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Broker => "broker",
            Self::Exchange => "exchange",
            Self::Payroll => "payroll",
            Self::Utility => "utility",
            Self::Merchant => "merchant",
        }
    }

    /// The role of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.name() == name)
    }
}

/// Fewest other accounts of a role before one is measured against them: smaller cells abstain.
pub const PEERS_MIN: usize = 10;

/// The hits with scores put in relation to what accounts of the same role show.
///
/// Of a hit whose centre (of hits without one: any member) has a role, the score is multiplied by the share of the other accounts of that role that show no hit of the
/// same request at least as strong in the same position (as centre; or as member). Of several members with roles the smallest share counts. Accounts without a role,
/// and roles with fewer than [`PEERS_MIN`] other accounts, leave the score as it is. No hit is deleted. Sorted again by score.
#[must_use]
pub fn normalised(hits: &[Hit], roles: &Roles) -> Vec<Hit> {
    let sizes = roles.sizes();
    let best = best_of(hits, roles);
    // By request and role, the best scores of its accounts, ascending.
    let mut peers: BTreeMap<(u32, HubRole), Vec<f64>> = BTreeMap::new();
    for ((request, node), score) in &best {
        if let Some(role) = roles.role(*node) {
            peers.entry((*request, role)).or_default().push(*score);
        }
    }
    peers.values_mut().for_each(|scores| scores.sort_by(f64::total_cmp));
    let share = |hit: &Hit, node: u32| {
        let role = roles.role(node)?;
        let others = sizes.get(&role).copied().unwrap_or(0).saturating_sub(1);
        let scores = peers.get(&(hit.request, role))?;
        // The account itself is among them when its best hit is as strong.
        let own = usize::from(best.get(&(hit.request, node)).is_some_and(|best| *best >= hit.score));
        let as_strong = scores.len() - scores.partition_point(|score| *score < hit.score) - own;
        (others >= PEERS_MIN).then(|| 1.0 - as_strong as f64 / others as f64)
    };
    let one = |hit: &Hit| {
        let factor = concerned(hit).filter_map(|node| share(hit, node)).fold(1.0, f64::min);
        Hit { score: hit.score * factor.clamp(0.0, 1.0), ..hit.clone() }
    };
    let mut found: Vec<Hit> = hits.iter().map(one).collect();
    found.sort_by(|a, b| a.request.cmp(&b.request).then_with(|| order(a, b)));
    found
}

/// The centre, or every member.
fn concerned(hit: &Hit) -> impl Iterator<Item = u32> {
    let members = hit.members.iter().map(|(node, _)| *node).filter(|_| hit.center.is_none());
    hit.center.into_iter().chain(members)
}

/// The best score of each account with a role, by request.
fn best_of(hits: &[Hit], roles: &Roles) -> BTreeMap<(u32, u32), f64> {
    let mut best: BTreeMap<(u32, u32), f64> = BTreeMap::new();
    for hit in hits {
        for node in concerned(hit).filter(|node| roles.role(*node).is_some()) {
            let entry = best.entry((hit.request, node)).or_insert(hit.score);
            *entry = entry.max(hit.score);
        }
    }
    best
}
