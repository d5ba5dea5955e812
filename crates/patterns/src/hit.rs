//! What a search finds.

use crate::request::Kind;

/// What an account does in a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Role {
    /// The account the pattern is about.
    Center,
    /// Value comes from it.
    Source,
    /// Value goes to it.
    Sink,
    /// Value goes through it.
    Middle,
    /// One among equals.
    Member,
}

impl Role {
    /// The word used in tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Center => "center",
            Self::Source => "source",
            Self::Sink => "sink",
            Self::Middle => "middle",
            Self::Member => "member",
        }
    }
}

/// One maximal pattern.
#[derive(Clone, Debug, PartialEq)]
pub struct Hit {
    /// Position of the request in those given to the search.
    pub request: u32,
    /// What it is.
    pub kind: Kind,
    /// The node it is about, where the kind has one.
    pub center: Option<u32>,
    /// Who takes part, by (node, role), each pair once.
    pub members: Vec<(u32, Role)>,
    /// Positions of the rows it rests on, ascending: edges of the graph, or rows of the identifier uses or journeys searched.
    pub edges: Vec<u32>,
    /// First time, microseconds since 1970 UTC.
    pub from: i64,
    /// Last time.
    pub to: i64,
    /// US dollars moved by `edges`; unknown values count nothing.
    pub value: f64,
    /// How strongly the pattern is expressed, 0..=1; comparable within a kind, see `specs/patterns.md`.
    pub score: f64,
    /// How likely so much, or more, is by chance, where the kind is tested (`specs/patterns.md` says against what); uncorrected for the number of hits looked for.
    pub p: Option<f64>,
}

/// A bound that cut a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Bound {
    /// More hits than `hits_max`: the weakest were left out.
    Hits,
    /// More steps from one edge than `steps_max`: cycles may be missing.
    Steps,
    /// More candidate legs at one edge than `legs_max`: the latest were left out.
    Legs,
    /// A group larger than `group_max` was not searched pair by pair.
    Group,
}

impl Bound {
    /// The word used in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hits => "hits_max",
            Self::Steps => "steps_max",
            Self::Legs => "legs_max",
            Self::Group => "group_max",
        }
    }
}

/// That a bound cut a request, and how often.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BoundHit {
    /// Position of the request.
    pub request: u32,
    /// Which bound.
    pub bound: Bound,
    /// How many hits, edges or groups it cut.
    pub count: u64,
}

/// What a search found, and where it was cut.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Outcome {
    /// By request, then score downwards, then center and time.
    pub hits: Vec<Hit>,
    /// By request and bound; empty when nothing was cut.
    pub bounds_hit: Vec<BoundHit>,
}
