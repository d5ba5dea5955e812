//! What to search for: a kind of pattern with its parameters, checked.

use std::collections::BTreeMap;

/// A kind of pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Kind {
    /// Many pay one.
    FanIn,
    /// One pays many.
    FanOut,
    /// Many pay one, who then pays many.
    GatherScatter,
    /// One pays many, who then pay one.
    ScatterGather,
    /// Value comes back to its start through distinct accounts.
    Cycle,
    /// What comes in goes out soon.
    PassThrough,
    /// Many small payments, then one lump out.
    CollectAndSend,
    /// Several accounts hand what they receive on to one collector.
    Sweep,
    /// The same payers pay the same payees.
    Bipartite,
    /// A layer pays a layer that pays a layer.
    Stack,
    /// Users joined by rare identifiers used at one time.
    SharedIdentifier,
    /// People who travel together again and again.
    GroupTravel,
    /// Value goes on from account to account, little of it staying.
    Chain,
    /// A chain at each step of which something is split off to somebody else.
    PeelChain,
    /// Payments just under a limit, more of them than others make there.
    Structuring,
    /// What one account receives another soon pays out, though nothing goes between them.
    Mirror,
    /// Two accounts whose balance builds up and is settled in one, again and again.
    Netting,
    /// Several collectors hand what they gathered to one, who pays it out to many.
    CollectDistribute,
    /// Far more payments at one time than the account's own rate explains.
    Burst,
    /// An account's flow changes for good.
    RegimeChange,
    /// New accounts that pass value on to those who came before them, tier after tier.
    Recruitment,
    /// An account falls silent and a new one takes over its counterparties.
    Succession,
    /// People who are at the same place at the same time again and again.
    Rendezvous,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 23] = [
        Self::FanIn,
        Self::FanOut,
        Self::GatherScatter,
        Self::ScatterGather,
        Self::Cycle,
        Self::PassThrough,
        Self::CollectAndSend,
        Self::Sweep,
        Self::Bipartite,
        Self::Stack,
        Self::SharedIdentifier,
        Self::GroupTravel,
        Self::Chain,
        Self::PeelChain,
        Self::Structuring,
        Self::Mirror,
        Self::Netting,
        Self::CollectDistribute,
        Self::Burst,
        Self::RegimeChange,
        Self::Recruitment,
        Self::Succession,
        Self::Rendezvous,
    ];

    /// The word used in packs and tables.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::FanIn => "fan_in",
            Self::FanOut => "fan_out",
            Self::GatherScatter => "gather_scatter",
            Self::ScatterGather => "scatter_gather",
            Self::Cycle => "cycle",
            Self::PassThrough => "pass_through",
            Self::CollectAndSend => "collect_and_send",
            Self::Sweep => "sweep",
            Self::Bipartite => "bipartite",
            Self::Stack => "stack",
            Self::SharedIdentifier => "shared_identifier",
            Self::GroupTravel => "group_travel",
            Self::Chain => "chain",
            Self::PeelChain => "peel_chain",
            Self::Structuring => "structuring",
            Self::Mirror => "mirror",
            Self::Netting => "netting",
            Self::CollectDistribute => "collect_distribute",
            Self::Burst => "burst",
            Self::RegimeChange => "regime_change",
            Self::Recruitment => "recruitment",
            Self::Succession => "succession",
            Self::Rendezvous => "rendezvous",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Is it searched in transfers (by [`crate::search`])?
    #[must_use]
    pub const fn in_transfers(self) -> bool {
        !matches!(self, Self::SharedIdentifier | Self::GroupTravel | Self::Rendezvous)
    }

    /// The parameters it reads.
    #[must_use]
    pub fn parameters(self) -> Vec<&'static str> {
        let own: &[&str] = match self {
            Self::FanIn | Self::FanOut | Self::Bipartite | Self::Stack => &["k", "window", "usual_factor"],
            Self::GatherScatter | Self::ScatterGather => &["k", "window", "margin", "usual_factor"],
            Self::Cycle => &["window", "margin", "length_min", "length_max"],
            Self::PassThrough | Self::Sweep => &["k", "window", "tau", "rho"],
            Self::CollectAndSend => &["k", "window", "tau", "rho", "margin", "usual_factor"],
            Self::SharedIdentifier => &["k", "rarity_min", "tau"],
            Self::GroupTravel => &["k", "times_min", "tau", "window"],
            Self::Chain | Self::PeelChain => &["length_min", "tau", "rho"],
            Self::Structuring => &["k", "window", "limit", "delta", "p_max"],
            Self::Mirror => &["k", "window", "tau", "rho", "margin", "p_max"],
            Self::Netting => &["k", "times_min", "window", "eps"],
            Self::CollectDistribute => &["k", "window", "tau", "rho", "margin"],
            Self::Burst => &["k", "window", "p_max"],
            Self::RegimeChange => &["k", "window", "tau", "p_max"],
            Self::Recruitment => &["k", "window", "tau", "rho"],
            Self::Succession => &["k", "window", "similarity_min"],
            Self::Rendezvous => &["k", "times_min", "window", "tau", "p_max"],
        };
        let common: &[&str] = if self.in_transfers() { &["amount_min", "amount_max", "ties"] } else { &[] };
        own.iter().chain(common).copied().collect()
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// A parameter's value.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A number.
    Number(f64),
    /// A text, such as the duration `7d`, `36h` or `15m`.
    Text(String),
}

impl From<f64> for Value {
    fn from(value: f64) -> Self {
        Self::Number(value)
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

/// Why a request is refused.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum RequestError {
    /// Not a parameter of this kind.
    #[error("request `{request}`: `{parameter}` is not a parameter of `{kind}`; it takes {known}")]
    Unknown {
        /// The request's name.
        request: String,
        /// The parameter given.
        parameter: String,
        /// The kind.
        kind: Kind,
        /// The parameters it takes.
        known: String,
    },
    /// A value that is not what the parameter takes.
    #[error("request `{request}`: `{parameter}` is `{value}`; give {expected}")]
    Value {
        /// The request's name.
        request: String,
        /// The parameter given.
        parameter: String,
        /// Its value.
        value: String,
        /// What is taken.
        expected: &'static str,
    },
}

/// What to search for. Build it with [`Request::new`].
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    /// The caller's name for it.
    pub name: String,
    /// Kind of pattern.
    pub kind: Kind,
    /// Least number of distinct counterparties, legs, users or travellers (of pass-through: of receipts passed on).
    pub k: u32,
    /// Length of the window, microseconds.
    pub window_micros: i64,
    /// Least value of a transfer, US dollars.
    pub amount_min: Option<f64>,
    /// Greatest value of a transfer, US dollars.
    pub amount_max: Option<f64>,
    /// Longest delay between receiving and sending (identifiers, journeys: longest gap), microseconds.
    pub tau_micros: i64,
    /// Least share passed on, 0..=1.
    pub rho: f64,
    /// Greatest relative change of value from step to step, 0 or more; from 1 on every decrease is allowed.
    pub margin: f64,
    /// Fewest edges of a cycle.
    pub length_min: u32,
    /// Most edges of a cycle, up to 10.
    pub length_max: u32,
    /// How many times its own usual number of counterparties a busy or licensed account must reach.
    pub usual_factor: f64,
    /// Least rarity of an identifier, 0..=1.
    pub rarity_min: f64,
    /// Fewest journeys together.
    pub times_min: u32,
    /// Take only transfers of a passing tie: all that the one ever paid the other lies within this many microseconds. `None` takes all.
    pub tie_micros: Option<i64>,
    /// The limit under which payments are split, US dollars.
    pub limit: f64,
    /// How far under the limit a payment still counts as just under it, as a share of the limit, above 0 and at most 0.3.
    pub delta: f64,
    /// Greatest p-value of a hit of a kind that is tested, 0..=1.
    pub p_max: f64,
    /// Greatest share of a balance that a settlement leaves open, 0..=1.
    pub eps: f64,
    /// Least similarity of two accounts' counterparties, 0..=1.
    pub similarity_min: f64,
}

const DAY: i64 = 86_400_000_000;

impl Request {
    /// A request of that kind with its defaults, changed by `parameters`. Durations (`window`, `tau`, `ties`) are texts such as `7d`, `36h`, `15m`,
    /// or numbers of days; `window_days`, `window_hours`, `tau_days` and `tau_hours` are taken as numbers too. `ties` may also be `all`.
    ///
    /// # Errors
    /// A parameter the kind does not take, or a value out of its range; the message names it.
    pub fn new(name: &str, kind: Kind, parameters: &BTreeMap<String, Value>) -> Result<Self, RequestError> {
        let mut request = Self::defaults(name, kind);
        for (parameter, value) in parameters {
            request.set(parameter, value)?;
        }
        if request.length_min > request.length_max {
            return Err(request.wrong("length_min", &Value::Number(f64::from(request.length_min)), "a number not above length_max"));
        }
        Ok(request)
    }

    fn defaults(name: &str, kind: Kind) -> Self {
        let (k, window, tau) = match kind {
            Kind::FanIn | Kind::FanOut | Kind::CollectAndSend => (5, 7, 2),
            Kind::GatherScatter | Kind::Sweep => (3, 14, 3),
            Kind::ScatterGather => (3, 14, 7),
            Kind::Cycle => (3, 14, 7),
            Kind::PassThrough => (3, 30, 1),
            Kind::Bipartite | Kind::Stack => (3, 14, 7),
            Kind::SharedIdentifier => (2, 0, 0),
            Kind::GroupTravel => (3, 365, 1),
            Kind::Chain | Kind::PeelChain => (3, 14, 2),
            Kind::Structuring => (5, 7, 1),
            Kind::Mirror => (5, 30, 1),
            Kind::Netting => (3, 90, 1),
            Kind::CollectDistribute => (3, 14, 3),
            Kind::Burst => (5, 3, 1),
            Kind::RegimeChange => (10, 30, 7),
            Kind::Recruitment => (3, 30, 3),
            Kind::Succession => (3, 30, 1),
            Kind::Rendezvous => (2, 90, 0),
        };
        let (rho, margin) = match kind {
            Kind::Chain => (0.8, 0.2),
            Kind::PeelChain => (0.5, 0.2),
            Kind::Mirror => (0.25, 0.02),
            _ => (0.9, 0.2),
        };
        Self {
            name: name.to_owned(),
            kind,
            k,
            window_micros: window * DAY,
            amount_min: None,
            amount_max: None,
            tau_micros: if kind == Kind::Rendezvous { DAY / 24 } else { tau * DAY },
            rho,
            margin,
            length_min: if kind == Kind::Cycle { 3 } else { 4 },
            length_max: 8,
            usual_factor: 3.0,
            rarity_min: 0.4,
            times_min: if kind == Kind::Rendezvous { 3 } else { 2 },
            tie_micros: None,
            limit: 10_000.0,
            delta: 0.1,
            p_max: if kind == Kind::Burst { 0.001 } else { 0.01 },
            eps: 0.1,
            similarity_min: 0.5,
        }
    }

    fn set(&mut self, parameter: &str, value: &Value) -> Result<(), RequestError> {
        let (base, unit) = match parameter {
            "window_days" | "tau_days" => (parameter.trim_end_matches("_days"), DAY as f64),
            "window_hours" | "tau_hours" => (parameter.trim_end_matches("_hours"), DAY as f64 / 24.0),
            _ => (parameter, DAY as f64),
        };
        if !self.kind.parameters().contains(&base) {
            let (request, parameter) = (self.name.clone(), parameter.to_owned());
            return Err(RequestError::Unknown { request, parameter, kind: self.kind, known: self.kind.parameters().join(", ") });
        }
        match base {
            "k" => self.k = self.count(parameter, value, 1, 1_000_000)?,
            "length_min" => self.length_min = self.count(parameter, value, 3, 10)?,
            "length_max" => self.length_max = self.count(parameter, value, 3, 10)?,
            "times_min" => self.times_min = self.count(parameter, value, 1, 1_000_000)?,
            "window" => self.window_micros = self.duration(parameter, value, unit)?,
            "tau" => self.tau_micros = self.duration(parameter, value, unit)?,
            "rho" => self.rho = self.number(parameter, value, 0.0, 1.0, "a share from 0 to 1")?,
            "margin" => self.margin = self.number(parameter, value, 0.0, 1e6, "a relative change from 0 (none) upwards; from 1 on, any decrease")?,
            "rarity_min" => self.rarity_min = self.number(parameter, value, 0.0, 1.0, "a share from 0 to 1")?,
            "usual_factor" => self.usual_factor = self.number(parameter, value, 1.0, 1e6, "a number of at least 1")?,
            "limit" => self.limit = self.number(parameter, value, 0.01, 1e12, "US dollars of at least 0.01")?,
            "delta" => self.delta = self.number(parameter, value, 0.001, 0.3, "a share of the limit from 0.001 to 0.3")?,
            "p_max" => self.p_max = self.number(parameter, value, 0.0, 1.0, "a share from 0 to 1")?,
            "eps" => self.eps = self.number(parameter, value, 0.0, 1.0, "a share from 0 to 1")?,
            "similarity_min" => self.similarity_min = self.number(parameter, value, 0.0, 1.0, "a share from 0 to 1")?,
            "ties" => {
                self.tie_micros = match value {
                    Value::Text(text) if text == "all" => None,
                    _ => Some(self.duration(parameter, value, unit)?),
                }
            }
            "amount_min" => self.amount_min = Some(self.number(parameter, value, 0.0, 1e15, "US dollars of at least 0")?),
            _ => self.amount_max = Some(self.number(parameter, value, 0.0, 1e15, "US dollars of at least 0")?),
        }
        Ok(())
    }

    fn wrong(&self, parameter: &str, value: &Value, expected: &'static str) -> RequestError {
        let value = match value {
            Value::Number(number) => number.to_string(),
            Value::Text(text) => text.clone(),
        };
        RequestError::Value { request: self.name.clone(), parameter: parameter.to_owned(), value, expected }
    }

    fn number(&self, parameter: &str, value: &Value, min: f64, max: f64, expected: &'static str) -> Result<f64, RequestError> {
        match value {
            Value::Number(number) if (min..=max).contains(number) => Ok(*number),
            _ => Err(self.wrong(parameter, value, expected)),
        }
    }

    fn count(&self, parameter: &str, value: &Value, min: u32, max: u32) -> Result<u32, RequestError> {
        let expected = if max == 10 { "a whole number from 3 to 10" } else { "a whole number of at least 1" };
        let number = self.number(parameter, value, f64::from(min), f64::from(max), expected)?;
        if number.fract() == 0.0 { Ok(number as u32) } else { Err(self.wrong(parameter, value, expected)) }
    }

    fn duration(&self, parameter: &str, value: &Value, unit: f64) -> Result<i64, RequestError> {
        let micros = match value {
            Value::Number(number) => Some(number * unit),
            Value::Text(text) => [("d", DAY as f64), ("h", DAY as f64 / 24.0), ("m", 60e6)].into_iter().find_map(|(suffix, unit)| {
                text.trim().strip_suffix(suffix).and_then(|number| number.trim().parse::<f64>().ok()).map(|number| number * unit)
            }),
        };
        // A hundred years bounds every sum of a time and a window.
        micros
            .filter(|micros| (0.0..=DAY as f64 * 36_525.0).contains(micros))
            .map(|micros| micros.round() as i64)
            .ok_or_else(|| self.wrong(parameter, value, "a duration such as 7d, 36h or 15m, up to 36525d"))
    }

    /// The amounts asked for, in units of [`crate::UNITS_PER_DOLLAR`], both ends included.
    pub(crate) fn amounts(&self) -> (i64, i64) {
        let (low, high) = (self.amount_min.unwrap_or(0.0), self.amount_max.unwrap_or(f64::INFINITY));
        (crate::flow::units(low).unwrap_or(0), crate::flow::units(high).unwrap_or(i64::MAX))
    }
}
