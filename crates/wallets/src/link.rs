//! Addresses joined to clusters, each link with its reason; weak links are refused where they would join too much or too different.
#![expect(clippy::indexing_slicing, reason = "address numbers come from the store that the columns are made for")]

use std::collections::{BTreeMap, BTreeSet};

use tributary_graph::{Interner, UnionFind};

use crate::change::Votes;
use crate::tags::{Tag, Tags};

/// Why two addresses are held by one hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// Spent together in one transaction (Nakamoto 2008, section 10; Meiklejohn et al. 2013).
    MultiInput,
    /// One got the change of what the other spent.
    Change(Votes),
    /// Both pay the same deposit address of an exchange (Victor 2020).
    Deposit,
}

impl Why {
    /// The word used in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::MultiInput => "multi_input",
            Self::Change(_) => "change",
            Self::Deposit => "deposit",
        }
    }
}

/// A link that joined two clusters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// One address.
    pub a: u32,
    /// The other.
    pub b: u32,
    /// Why.
    pub why: Why,
    /// Number of the transaction (of deposits: of the movement) that shows it.
    pub transaction: u32,
}

/// Why a link was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Refusal {
    /// The cluster would be larger than allowed.
    Size,
    /// The two sides bear different names.
    Tags,
}

/// A link that was not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What it would have been.
    pub link: Link,
    /// Why not.
    pub refusal: Refusal,
}

/// A cluster that bears several names: one of the tags or one of the links is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The cluster: its smallest address.
    pub cluster: String,
    /// How many addresses it has.
    pub size: u32,
    /// Its names, each with the address that bears it, by address.
    pub tags: Vec<(String, Tag)>,
}

/// How sure a cluster is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// One address.
    Alone,
    /// Joined by common inputs only.
    Strong,
    /// Some link is of change or a deposit address.
    Likely,
    /// It bears several names.
    Conflict,
}

impl Class {
    /// The word used in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Alone => "alone",
            Self::Strong => "strong",
            Self::Likely => "likely",
            Self::Conflict => "conflict",
        }
    }
}

/// Joins addresses.
pub(crate) struct Linker {
    union: UnionFind,
    size: Vec<u32>,
    /// The names of each cluster, at its root.
    entities: BTreeMap<u32, BTreeSet<String>>,
    links: Vec<Link>,
    refused: Vec<Refused>,
    cluster_max: u32,
}

impl Linker {
    pub(crate) fn new(addresses: &Interner, tags: &Tags, cluster_max: u32) -> Self {
        let n = addresses.len();
        let mut entities: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        for (address, tag) in tags.iter() {
            if let Some(number) = addresses.get(address) {
                entities.entry(number).or_default().insert(tag.entity.clone());
            }
        }
        Self { union: UnionFind::new(n as u32), size: vec![1; n], entities, links: Vec::new(), refused: Vec::new(), cluster_max }
    }

    /// Joins for a reason that is followed whatever comes of it: two names are told as a conflict.
    pub(crate) fn join(&mut self, link: Link) {
        let (a, b) = (self.union.find(link.a), self.union.find(link.b));
        if !self.union.join(a, b) {
            return;
        }
        let (root, other) = (a.min(b), a.max(b));
        self.size[root as usize] += self.size[other as usize];
        if let Some(names) = self.entities.remove(&other) {
            self.entities.entry(root).or_default().extend(names);
        }
        self.links.push(link);
    }

    /// Joins unless the cluster would be too large or bear two names; a link that is not made is told.
    pub(crate) fn join_weakly(&mut self, link: Link) {
        let (a, b) = (self.union.find(link.a), self.union.find(link.b));
        if a == b {
            return;
        }
        let names = self.entities.get(&a).into_iter().chain(self.entities.get(&b));
        let together: BTreeSet<&String> = names.clone().flatten().collect();
        let refusal = if names.count() > 0 && together.len() > 1 {
            Some(Refusal::Tags)
        } else {
            (u64::from(self.size[a as usize]) + u64::from(self.size[b as usize]) > u64::from(self.cluster_max)).then_some(Refusal::Size)
        };
        match refusal {
            Some(refusal) => self.refused.push(Refused { link, refusal }),
            None => self.join(link),
        }
    }

    /// The clusters so far, by common inputs alone.
    pub(crate) fn labels(&self) -> Vec<u32> {
        self.union.clone().labels()
    }

    pub(crate) fn finish(self, addresses: &Interner, tags: &Tags, cores: Vec<u32>) -> Clusters {
        let Self { union, links, refused, .. } = self;
        let roots = union.labels();
        let n = roots.len();
        let name = |number: u32| addresses.name(number).unwrap_or_default();
        let smallest_of = |label: &[u32]| {
            let mut smallest: Vec<u32> = (0..n as u32).collect();
            for (number, root) in (0_u32..).zip(label) {
                let least = &mut smallest[*root as usize];
                if name(number) < name(*least) {
                    *least = number;
                }
            }
            label.iter().map(|root| smallest[*root as usize]).collect::<Vec<u32>>()
        };
        let (cluster, core) = (smallest_of(&roots), smallest_of(&cores));
        let mut size = vec![0_u32; n];
        cluster.iter().for_each(|id| size[*id as usize] += 1);
        let mut weak = vec![false; n];
        links.iter().filter(|link| link.why != Why::MultiInput).for_each(|link| weak[cluster[link.a as usize] as usize] = true);
        let mut tagged: BTreeMap<u32, Vec<(u32, Tag)>> = BTreeMap::new();
        for (address, tag) in tags.iter() {
            if let Some(number) = addresses.get(address) {
                tagged.entry(cluster[number as usize]).or_default().push((number, tag.clone()));
            }
        }
        Clusters { cluster, core, size, weak, tagged, links, refused }
    }
}

/// Which addresses are held by one hand.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    /// For each address its cluster: the address whose text is smallest.
    cluster: Vec<u32>,
    core: Vec<u32>,
    /// By cluster.
    size: Vec<u32>,
    weak: Vec<bool>,
    tagged: BTreeMap<u32, Vec<(u32, Tag)>>,
    /// The links that joined, in the order they were made: common inputs first.
    pub links: Vec<Link>,
    /// The links that were not made.
    pub refused: Vec<Refused>,
}

impl Clusters {
    /// The cluster of an address: the number of the one whose text is smallest.
    #[must_use]
    pub fn cluster(&self, address: u32) -> u32 {
        self.cluster.get(address as usize).copied().unwrap_or(address)
    }

    /// The same by common inputs alone: what stands even if every change and deposit link were wrong.
    #[must_use]
    pub fn core(&self, address: u32) -> u32 {
        self.core.get(address as usize).copied().unwrap_or(address)
    }

    /// How many addresses its cluster has.
    #[must_use]
    pub fn size(&self, address: u32) -> u32 {
        self.size.get(self.cluster(address) as usize).copied().unwrap_or(1)
    }

    /// How sure its cluster is.
    #[must_use]
    pub fn class(&self, address: u32) -> Class {
        let cluster = self.cluster(address);
        if self.entities(cluster) > 1 {
            Class::Conflict
        } else if self.weak.get(cluster as usize).copied().unwrap_or(false) {
            Class::Likely
        } else if self.size(address) > 1 {
            Class::Strong
        } else {
            Class::Alone
        }
    }

    fn entities(&self, cluster: u32) -> usize {
        self.tagged.get(&cluster).map_or(0, |tags| tags.iter().map(|(_, tag)| &tag.entity).collect::<BTreeSet<_>>().len())
    }

    /// The name its cluster bears, when it bears just one.
    #[must_use]
    pub fn tag(&self, address: u32) -> Option<&Tag> {
        let cluster = self.cluster(address);
        self.tagged.get(&cluster).filter(|_| self.entities(cluster) == 1).and_then(|tags| tags.first()).map(|(_, tag)| tag)
    }

    /// Clusters that bear several names, by cluster.
    #[must_use]
    pub fn conflicts(&self, addresses: &Interner) -> Vec<Conflict> {
        let text = |number: u32| addresses.name(number).unwrap_or_default().to_owned();
        let of = |(cluster, tags): (&u32, &Vec<(u32, Tag)>)| Conflict {
            cluster: text(*cluster),
            size: self.size(*cluster),
            tags: tags.iter().map(|(number, tag)| (text(*number), tag.clone())).collect(),
        };
        let mut conflicts: Vec<Conflict> = self.tagged.iter().filter(|(cluster, _)| self.entities(**cluster) > 1).map(of).collect();
        conflicts.sort_by(|a, b| a.cluster.cmp(&b.cluster));
        conflicts
    }

    /// How many clusters there are.
    #[must_use]
    pub fn count(&self) -> usize {
        (0_u32..).zip(&self.cluster).filter(|(number, cluster)| number == *cluster).count()
    }
}
