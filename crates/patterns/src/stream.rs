//! Patterns as transfers come: hits that appear, hits that are withdrawn.
//!
//! After every step the hits are those that [`crate::search`] finds over the transfers held. What changed is searched again around the transfers that changed, with
//! the kernels of the batch search; kinds that weigh an account against all others are searched again when the window moves on. See `docs/patterns.md`.

mod busy;
mod centres;
mod chains;
mod cycles;
mod fans;
mod keyed;
mod layers;
mod live;
mod scatter;
mod sweeps;
mod whole;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::fan::Direction;
use crate::flow::{Flow, Limits, Roles, units};
use crate::request::{Kind, Request};
use crate::search_all::{PatternHit, Settings};
use crate::stream::fans::InFans;
use crate::stream::keyed::{Diff, Step};

pub(crate) use live::{Changed, Key, Live};

/// One transfer, as the caller numbers rows and accounts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Transfer {
    /// Number of the row it came from: breaks ties of time, and names the transfer in hits. No two transfers held have the same.
    pub row: u32,
    /// Paying account; accounts are numbered from 0, densely.
    pub from: u32,
    /// Receiving account.
    pub to: u32,
    /// When, microseconds since 1970 UTC.
    pub at: i64,
    /// Equivalent in US dollars, 0 or more; NaN when unknown.
    pub value: f64,
}

/// How far back a stream looks, and what it may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Transfers at most this much earlier than the newest are always held, microseconds, above 0.
    pub window_micros: i64,
    /// The window's beginning moves in steps of this, microseconds, above 0: up to one step more than the window is held.
    pub step_micros: i64,
    /// By how much a transfer may be late, microseconds, 0 to the window.
    pub horizon_micros: i64,
    /// Most transfers held; more are refused.
    pub transfers_max: usize,
    /// Account numbers are below this.
    pub accounts_max: u32,
}

impl Span {
    /// A window with steps of an eighth of it, at most 2^24 transfers and 2^27 account numbers.
    #[must_use]
    pub const fn new(window_micros: i64, horizon_micros: i64) -> Self {
        let step = window_micros / 8;
        Self { window_micros, step_micros: if step > 1 { step } else { 1 }, horizon_micros, transfers_max: 1 << 24, accounts_max: 1 << 27 }
    }
}

/// Why a stream cannot be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StreamError {
    /// A length of time outside its range.
    #[error("`{setting}` is {value} microseconds; give {range}")]
    Span {
        /// Which.
        setting: &'static str,
        /// What was given.
        value: i64,
        /// What is taken.
        range: &'static str,
    },
    /// A kind that is not searched in transfers.
    #[error("request `{request}`: `{kind}` is not searched in transfers; leave it out")]
    Kind {
        /// The request's name.
        request: String,
        /// The kind.
        kind: Kind,
    },
}

/// Why a transfer was not taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It is earlier than the newest by more than the horizon.
    Late {
        /// Microseconds behind the newest.
        behind: i64,
    },
    /// A transfer of that row is held.
    Twice,
    /// As many transfers are held as may be.
    Full,
    /// An account number, time or value is outside its range.
    Value,
}

/// What one step changed.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Delta {
    /// Hits that are there now and were not, in the order of a search: request, score downwards, centre, first time, transfers, members.
    pub appeared: Vec<PatternHit>,
    /// Hits that were there and are no more: their transfers left the window, or a larger or changed hit among `appeared` takes their place.
    pub withdrawn: Vec<PatternHit>,
    /// Rows that were not taken in, and why.
    pub refused: Vec<(u32, Reason)>,
    /// Were the kinds searched whole ([`Stream::is_exact`] false) brought up to date?
    pub settled: bool,
}

/// How many transfers a stream took in, refused and holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Counts {
    /// Taken in so far.
    pub taken: u64,
    /// Refused because they were late beyond the horizon.
    pub late: u64,
    /// Refused for another reason.
    pub refused: u64,
    /// Transfers held.
    pub held: usize,
    /// Hits held.
    pub hits: usize,
    /// Entries of the indexes by which hits are found again; transfers and hits not counted.
    pub remembered: usize,
}

/// Pattern search over a window that moves.
///
/// Holds the transfers whose time is at least `floor((newest - window) / step) × step`. Scores are those of [`crate::search`]: not put in relation to an account's like,
/// and `hits_max` cuts only kinds that are searched whole.
#[derive(Debug)]
pub struct Stream {
    requests: Vec<Request>,
    limits: Limits,
    roles: Roles,
    score_min: f64,
    span: Span,
    live: Live,
    finders: Vec<Finder>,
    /// Fans that finders rest on.
    fans: Vec<InFans>,
    takes: Vec<i64>,
    newest: Option<i64>,
    start: Option<i64>,
    counts: Counts,
}

/// What finds the hits of one request.
#[derive(Debug)]
enum Finder {
    Fans(fans::Fans),
    Centres(centres::Centres),
    Sweeps(sweeps::Sweeps),
    Scatter(scatter::Scatter),
    Layers(Box<layers::Layers>),
    Cycles(cycles::Cycles),
    Chains(chains::Chains),
    Whole(whole::Whole),
    /// Another finder finds them too.
    Elsewhere,
}

/// The number of the fans that the request looks for.
fn fans_for(request: &Request, direction: Direction, fans: &mut Vec<InFans>) -> usize {
    fans.iter().position(|fans| fans.suit(request, direction)).unwrap_or_else(|| {
        fans.push(InFans::new(request, direction));
        fans.len() - 1
    })
}

impl Finder {
    fn of(number: u32, request: &Request, fans: &mut Vec<InFans>) -> Self {
        match request.kind {
            Kind::FanIn | Kind::FanOut => Self::Fans(fans::Fans::new(request.kind)),
            Kind::ScatterGather => {
                Self::Scatter(scatter::Scatter::new(fans_for(request, Direction::Out, fans), fans_for(request, Direction::In, fans)))
            }
            Kind::Bipartite | Kind::Stack => {
                let mut layers = layers::Layers::new(fans_for(request, Direction::In, fans));
                layers.tell(number, request);
                Self::Layers(Box::new(layers))
            }
            Kind::Sweep => Self::Sweeps(sweeps::Sweeps::default()),
            Kind::Cycle => Self::Cycles(cycles::Cycles::default()),
            Kind::Chain | Kind::PeelChain => Self::Chains(chains::Chains::default()),
            kind if Stream::is_exact(kind) => Self::Centres(centres::Centres::default()),
            _ => Self::Whole(whole::Whole::default()),
        }
    }

    /// A finder for each request. Blocks and stacks with the same parameters have one.
    fn all(requests: &[Request]) -> (Vec<Self>, Vec<InFans>) {
        let (mut finders, mut fans): (Vec<Self>, Vec<InFans>) = (Vec::with_capacity(requests.len()), Vec::new());
        for (number, request) in (0_u32..).zip(requests) {
            if matches!(request.kind, Kind::Bipartite | Kind::Stack) {
                let gathered = fans_for(request, Direction::In, &mut fans);
                let other = finders.iter_mut().find_map(|finder| match finder {
                    Self::Layers(layers) if layers.suit(gathered, request) => Some(layers),
                    _ => None,
                });
                if let Some(layers) = other {
                    layers.tell(number, request);
                    finders.push(Self::Elsewhere);
                    continue;
                }
            }
            finders.push(Self::of(number, request, &mut fans));
        }
        (finders, fans)
    }

    fn step(&mut self, step: &Step<'_>) -> Diff {
        match self {
            Self::Fans(finder) => finder.step(step),
            Self::Centres(finder) => finder.step(step),
            Self::Sweeps(finder) => finder.step(step),
            Self::Scatter(finder) => finder.step(step),
            Self::Layers(finder) => finder.step(step),
            Self::Cycles(finder) => finder.step(step),
            Self::Chains(finder) => finder.step(step),
            Self::Whole(_) | Self::Elsewhere => Diff::default(),
        }
    }

    fn hits(&self) -> Vec<&PatternHit> {
        match self {
            Self::Fans(finder) => finder.hits(),
            Self::Centres(finder) => finder.hits(),
            Self::Sweeps(finder) => finder.hits(),
            Self::Scatter(finder) => finder.hits(),
            Self::Layers(finder) => finder.hits(),
            Self::Cycles(finder) => finder.hits(),
            Self::Chains(finder) => finder.hits(),
            Self::Whole(finder) => finder.hits(),
            Self::Elsewhere => Vec::new(),
        }
    }
}

impl Finder {
    fn remembered(&self) -> usize {
        match self {
            Self::Scatter(finder) => finder.remembered(),
            Self::Layers(finder) => finder.remembered(),
            Self::Cycles(finder) => finder.remembered(),
            Self::Chains(finder) => finder.remembered(),
            Self::Fans(finder) => finder.remembered(),
            Self::Centres(finder) => finder.remembered(),
            Self::Sweeps(finder) => finder.remembered(),
            Self::Whole(_) | Self::Elsewhere => 0,
        }
    }
}

impl Stream {
    /// A stream that has seen nothing. Of the settings it reads requests, roles, bounds and the least score.
    ///
    /// # Errors
    /// A span outside its range, or a kind that is not searched in transfers.
    pub fn new(settings: Settings, span: Span) -> Result<Self, StreamError> {
        // A hundred years: no sum of a time and a window overflows.
        const MOST: i64 = 36_525 * 86_400_000_000;
        let wrong = |setting, value, range| Err(StreamError::Span { setting, value, range });
        if !(1..=MOST).contains(&span.window_micros) {
            return wrong("window", span.window_micros, "a length above 0 and of at most a hundred years");
        }
        if !(1..=MOST).contains(&span.step_micros) {
            return wrong("step", span.step_micros, "a length above 0 and of at most a hundred years");
        }
        if !(0..=span.window_micros).contains(&span.horizon_micros) {
            return wrong("horizon", span.horizon_micros, "a length from 0 to the window");
        }
        if let Some(request) = settings.requests.iter().find(|request| !request.kind.in_transfers()) {
            return Err(StreamError::Kind { request: request.name.clone(), kind: request.kind });
        }
        let mut takes: Vec<i64> = settings.requests.iter().filter_map(|request| request.tie_micros).collect();
        takes.sort_unstable();
        takes.dedup();
        let (finders, fans) = Finder::all(&settings.requests);
        Ok(Self {
            finders,
            fans,
            requests: settings.requests,
            limits: settings.limits,
            roles: settings.roles,
            score_min: settings.score_min,
            span,
            live: Live::default(),
            takes,
            newest: None,
            start: None,
            counts: Counts::default(),
        })
    }

    /// Does a stream find hits of that kind after every push? The others weigh one account against all, and are searched whole: when the window's beginning moves and by
    /// [`Stream::settle`]; in between their hits are those of the last such moment.
    #[must_use]
    pub const fn is_exact(kind: Kind) -> bool {
        !matches!(
            kind,
            Kind::Structuring
                | Kind::Burst
                | Kind::RegimeChange
                | Kind::Mirror
                | Kind::Recruitment
                | Kind::Succession
                | Kind::SharedIdentifier
                | Kind::GroupTravel
                | Kind::Rendezvous
        )
    }

    /// Takes transfers in, in any order within the horizon, and gives what changed.
    pub fn push(&mut self, transfers: &[Transfer]) -> Delta {
        let mut delta = Delta::default();
        let (mut taken, mut rows): (Vec<Transfer>, FxHashSet<u32>) = (Vec::with_capacity(transfers.len()), FxHashSet::default());
        for transfer in transfers {
            match self.refusal(transfer, taken.len(), &rows) {
                Some(reason) => {
                    *(if matches!(reason, Reason::Late { .. }) { &mut self.counts.late } else { &mut self.counts.refused }) += 1;
                    delta.refused.push((transfer.row, reason));
                }
                None => {
                    self.newest = Some(self.newest.map_or(transfer.at, |newest| newest.max(transfer.at)));
                    taken.push(*transfer);
                    rows.insert(transfer.row);
                }
            }
        }
        self.counts.taken += taken.len() as u64;
        let Some(newest) = self.newest.filter(|_| !taken.is_empty()) else {
            return delta;
        };
        taken.sort_unstable_by_key(|transfer| (transfer.at, transfer.row));
        self.live.enter(&taken);
        let start = newest.saturating_sub(self.span.window_micros).div_euclid(self.span.step_micros) * self.span.step_micros;
        let moved = self.start.replace(start) != Some(start);
        let mut changed: Vec<Changed> = if moved { self.live.leave(start) } else { Vec::new() };
        let amount = |transfer: &Transfer| units(transfer.value).unwrap_or(-1);
        let entered =
            |transfer: &Transfer| Changed { key: (transfer.at, transfer.row), from: transfer.from, to: transfer.to, amount: amount(transfer) };
        changed.extend(taken.iter().map(entered));
        let crossed = self.live.measure_ties(&changed, &self.takes);
        changed.extend(crossed);
        changed.sort_unstable();
        changed.dedup();
        self.search(&changed, moved, &mut delta);
        delta
    }

    /// Brings the kinds that are searched whole up to date: afterwards all hits are those of a batch search.
    pub fn settle(&mut self) -> Delta {
        let mut delta = Delta::default();
        self.search(&[], true, &mut delta);
        delta
    }

    /// Settles, and takes later transfers only from then on.
    pub fn finish(&mut self) -> Delta {
        let delta = self.settle();
        self.newest = self.newest.map(|newest| newest.saturating_add(self.span.horizon_micros).saturating_add(1));
        delta
    }

    /// All hits there are now, in the order of a search.
    #[must_use]
    pub fn hits(&self) -> Vec<PatternHit> {
        let mut hits: Vec<PatternHit> = self.finders.iter().flat_map(Finder::hits).cloned().collect();
        hits.retain(|hit| hit.score >= self.score_min);
        hits.sort_by(keyed::order);
        hits
    }

    /// How many transfers were taken in and refused, and what is held.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let hits = self.finders.iter().map(|finder| finder.hits().len()).sum();
        let remembered = self.finders.iter().map(Finder::remembered).chain(self.fans.iter().map(InFans::remembered)).sum();
        Counts { held: self.live.len(), hits, remembered, ..self.counts }
    }

    /// How many transfers are held.
    #[must_use]
    pub fn held(&self) -> usize {
        self.live.len()
    }

    /// The time from which on transfers are held; `None` before the first.
    #[must_use]
    pub fn start(&self) -> Option<i64> {
        self.start
    }

    /// One more than the highest account number ever seen: how many nodes the graph of an equal batch search has.
    #[must_use]
    pub fn accounts(&self) -> u32 {
        self.live.n_nodes()
    }

    fn refusal(&self, transfer: &Transfer, taken: usize, rows: &FxHashSet<u32>) -> Option<Reason> {
        // Far beyond every real time: windows are added without overflow.
        const TIMES: std::ops::Range<i64> = -(1 << 61)..1 << 61;
        if transfer.from.max(transfer.to) >= self.span.accounts_max || !TIMES.contains(&transfer.at) || transfer.value < 0.0 {
            return Some(Reason::Value);
        }
        if let Some(behind) = self.newest.map(|newest| newest.saturating_sub(transfer.at)).filter(|behind| *behind > self.span.horizon_micros) {
            return Some(Reason::Late { behind });
        }
        if self.live.holds(transfer.row) || rows.contains(&transfer.row) {
            return Some(Reason::Twice);
        }
        (self.live.len() + taken >= self.span.transfers_max).then_some(Reason::Full)
    }

    fn search(&mut self, changed: &[Changed], settle: bool, delta: &mut Delta) {
        let flow = Flow::live(&self.live, &self.roles, &self.limits);
        let live = &self.live;
        if let Some(request) = self.requests.first() {
            let step = Step { flow: &flow, live, request, number: 0, changed, fans: &[] };
            self.fans.par_iter_mut().for_each(|fans| fans.step(&step));
        }
        let fans = &self.fans;
        let one = |((number, request), finder): ((usize, &Request), &mut Finder)| {
            finder.step(&Step { flow: &flow, live, request, number: number as u32, changed, fans })
        };
        let diffs: Vec<Diff> = self.requests.par_iter().enumerate().zip(self.finders.par_iter_mut()).with_max_len(1).map(one).collect();
        for diff in diffs {
            delta.appeared.extend(diff.appeared);
            delta.withdrawn.extend(diff.withdrawn);
        }
        delta.settled = settle;
        if settle {
            whole::settle(&self.live, (&self.requests, &self.limits, &self.roles), &mut self.finders, delta);
        }
        for hits in [&mut delta.appeared, &mut delta.withdrawn] {
            hits.retain(|hit| hit.score >= self.score_min);
            hits.sort_by(keyed::order);
        }
    }
}
