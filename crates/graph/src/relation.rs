//! The typed relation graph: accounts, parties, identifiers, journeys, templates and cases, joined by weighted, timed links.
//!
//! Built once per run from the enriched tables. Links are undirected; their conductance says how close a tie is, in 0..=1, and
//! common things carry little of it. The graph holds no observation text: an alert's links are traced back by id afterwards.

use rustc_hash::FxHashMap;

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum NodeKind {
    /// Account, wallet, handle or number.
    Account,
    /// Resolved person or organisation.
    Party,
    /// Shared identifier, `kind:value`.
    Identifier,
    /// People who travelled together.
    Journey,
    /// A group of near-duplicate adverts.
    Template,
    /// An agency's case.
    Case,
    /// A place.
    Place,
    /// An advert.
    Post,
}

/// What joins two nodes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum LinkKind {
    /// A party holds an account.
    Holds,
    /// Value moved between two accounts.
    Transfer,
    /// Two accounts were in touch.
    Contact,
    /// An account or party used an identifier.
    Identifier,
    /// A party went on a journey.
    Travel,
    /// An account posted a template.
    Post,
    /// A party stands in a case.
    Case,
}

impl NodeKind {
    /// The word used in `type:id`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Party => "party",
            Self::Identifier => "identifier",
            Self::Journey => "journey",
            Self::Template => "template",
            Self::Case => "case",
            Self::Place => "place",
            Self::Post => "post",
        }
    }
}

impl LinkKind {
    /// The word used in an alert's path.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Holds => "holds",
            Self::Transfer => "transfer",
            Self::Contact => "contact",
            Self::Identifier => "identifier",
            Self::Travel => "travel",
            Self::Post => "post",
            Self::Case => "case",
        }
    }
}

/// What is known of a node apart from its links: the strata of the null model are made of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeFacts {
    /// Index of the region (country and first-level subdivision of the account), 0 where unknown.
    pub region: u16,
    /// Number of events (transfers, contacts, sightings, posts, journeys).
    pub activity: u32,
    /// Kind within the node kind (bank, wallet, phone, device ...), 0 where unknown.
    pub subkind: u16,
    /// Holder shows a licence.
    pub licensed: bool,
}

/// One undirected link.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Link {
    /// Lower node index.
    pub a: u32,
    /// Higher node index.
    pub b: u32,
    /// What joins them.
    pub kind: LinkKind,
    /// Closeness of the tie, above 0 and at most 1.
    pub conductance: f32,
    /// First seen, UTC microseconds.
    pub first: i64,
    /// Last seen, UTC microseconds.
    pub last: i64,
    /// How many observations stand behind it.
    pub count: u32,
}

/// Collects nodes and links; the order of calls does not change the finished graph's content, only its numbering.
#[derive(Debug, Default)]
pub struct RelationBuilder {
    index: FxHashMap<(NodeKind, Box<str>), u32>,
    names: Vec<(NodeKind, Box<str>)>,
    facts: Vec<NodeFacts>,
    links: Vec<Link>,
}

impl RelationBuilder {
    /// An empty builder.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The index of a node, made when new.
    ///
    /// # Panics
    /// Never in practice: at 2^32 nodes.
    pub fn node(&mut self, kind: NodeKind, id: &str) -> u32 {
        if let Some(node) = self.index.get(&(kind, id.into())) {
            return *node;
        }
        let node = u32::try_from(self.names.len()).unwrap_or(u32::MAX);
        self.index.insert((kind, id.into()), node);
        self.names.push((kind, id.into()));
        self.facts.push(NodeFacts::default());
        node
    }

    /// The index of a node, if there is one.
    #[must_use]
    pub fn find(&self, kind: NodeKind, id: &str) -> Option<u32> {
        self.index.get(&(kind, id.into())).copied()
    }

    /// What is known of a node, to be filled in.
    pub fn facts_mut(&mut self, node: u32) -> Option<&mut NodeFacts> {
        self.facts.get_mut(node as usize)
    }

    /// Adds a link. A link to itself or without conductance is dropped.
    pub fn link(&mut self, link: Link) {
        if link.a == link.b || link.conductance.is_nan() || link.conductance <= 0.0 {
            return;
        }
        let (a, b) = (link.a.min(link.b), link.a.max(link.b));
        self.links.push(Link { a, b, conductance: link.conductance.min(1.0), ..link });
    }

    /// Finishes: parallel links stay apart (two kinds of tie are two ties); neighbours are in order.
    #[must_use]
    pub fn finish(mut self) -> RelationGraph {
        self.links.sort_by_key(|x| (x.a, x.b, x.kind, x.first, x.last));
        let n = self.names.len();
        let mut offsets = vec![0_u32; n + 1];
        for link in &self.links {
            for end in [link.a, link.b] {
                if let Some(slot) = offsets.get_mut(end as usize + 1) {
                    *slot += 1;
                }
            }
        }
        let mut total = 0;
        for slot in &mut offsets {
            total += *slot;
            *slot = total;
        }
        let mut fill: Vec<u32> = offsets.clone();
        let mut arcs = vec![Arc { to: 0, link: 0 }; self.links.len() * 2];
        for (index, link) in self.links.iter().enumerate() {
            for (end, other) in [(link.a, link.b), (link.b, link.a)] {
                let Some(at) = fill.get_mut(end as usize) else { continue };
                if let Some(arc) = arcs.get_mut(*at as usize) {
                    *arc = Arc { to: other, link: index as u32 };
                }
                *at += 1;
            }
        }
        let mut strength = vec![0.0_f32; n];
        for link in &self.links {
            for end in [link.a, link.b] {
                if let Some(sum) = strength.get_mut(end as usize) {
                    *sum += link.conductance;
                }
            }
        }
        RelationGraph { index: self.index, names: self.names, facts: self.facts, links: self.links, offsets, arcs, strength }
    }
}

/// One half of a link, as seen from a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arc {
    /// The other end.
    pub to: u32,
    /// The link.
    pub link: u32,
}

/// The finished graph: compressed rows of neighbours.
#[derive(Debug)]
pub struct RelationGraph {
    index: FxHashMap<(NodeKind, Box<str>), u32>,
    names: Vec<(NodeKind, Box<str>)>,
    facts: Vec<NodeFacts>,
    links: Vec<Link>,
    offsets: Vec<u32>,
    arcs: Vec<Arc>,
    strength: Vec<f32>,
}

impl RelationGraph {
    /// Number of nodes.
    #[must_use]
    pub fn node_count(&self) -> usize {
        self.names.len()
    }

    /// Number of links.
    #[must_use]
    pub fn link_count(&self) -> usize {
        self.links.len()
    }

    /// The index of a node, if there is one.
    #[must_use]
    pub fn find(&self, kind: NodeKind, id: &str) -> Option<u32> {
        self.index.get(&(kind, id.into())).copied()
    }

    /// Kind and id of a node.
    #[must_use]
    pub fn name(&self, node: u32) -> (NodeKind, &str) {
        self.names.get(node as usize).map_or((NodeKind::Account, ""), |(kind, id)| (*kind, id))
    }

    /// What is known of a node.
    #[must_use]
    pub fn facts(&self, node: u32) -> NodeFacts {
        self.facts.get(node as usize).copied().unwrap_or_default()
    }

    /// A link by index.
    #[must_use]
    pub fn link(&self, link: u32) -> Option<&Link> {
        self.links.get(link as usize)
    }

    /// The arcs of a node, in order of the other end.
    #[must_use]
    pub fn arcs(&self, node: u32) -> &[Arc] {
        let row = node as usize;
        match (self.offsets.get(row), self.offsets.get(row + 1)) {
            (Some(start), Some(end)) => self.arcs.get(*start as usize..*end as usize).unwrap_or_default(),
            _ => &[],
        }
    }

    /// Number of arcs of a node.
    #[must_use]
    pub fn degree(&self, node: u32) -> usize {
        self.arcs(node).len()
    }

    /// Sum of conductances at a node, at least 1: a node with weak ties only does not pass on what it receives as if they were close.
    #[must_use]
    pub fn strength(&self, node: u32) -> f32 {
        self.strength.get(node as usize).copied().unwrap_or(0.0).max(1.0)
    }
}
