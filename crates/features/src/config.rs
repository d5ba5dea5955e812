//! Which features, over which windows, within which bounds.

use crate::FeatureError;

/// The longest window, seconds: 2^24, 194 days.
pub const WINDOW_MAX: i64 = 1 << 24;
/// The longest cycle.
pub const CYCLE_LENGTH_MAX: u32 = 10;

/// A group of features that is computed or left out together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// The transfer itself: amount, roundness, time of day, kind.
    Transfer,
    /// Earlier transfers between the same two accounts, both ways.
    Pair,
    /// Transfers of either account in each window.
    Degree,
    /// Distinct counterparties of either account in each window.
    Fan,
    /// Moments of amounts and times of either account in each window.
    Vertex,
    /// Times since the account's last transfers and between them.
    Recency,
    /// What came against what went.
    Ratio,
    /// This transfer against the account's own history.
    History,
    /// Earlier transfers of either account with nearly this amount.
    Match,
    /// Scatter–gather patterns that hold this transfer.
    ScatterGather,
    /// Time-respecting cycles that this transfer closes.
    TemporalCycle,
    /// Cycles of any order in time that this transfer closes.
    SimpleCycle,
    /// Accounts within two transfers.
    Reach,
    /// How busy the counterparties are.
    Counterparty,
    /// Transfers of either account by kind.
    Channel,
}

impl Family {
    /// All, in the order of the columns' documentation.
    pub const ALL: [Self; 15] = [
        Self::Transfer,
        Self::Pair,
        Self::Degree,
        Self::Fan,
        Self::Vertex,
        Self::Recency,
        Self::Ratio,
        Self::History,
        Self::Match,
        Self::ScatterGather,
        Self::TemporalCycle,
        Self::SimpleCycle,
        Self::Reach,
        Self::Counterparty,
        Self::Channel,
    ];

    /// The word used in settings and documentation.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Transfer => "transfer",
            Self::Pair => "pair",
            Self::Degree => "degree",
            Self::Fan => "fan",
            Self::Vertex => "vertex",
            Self::Recency => "recency",
            Self::Ratio => "ratio",
            Self::History => "history",
            Self::Match => "match",
            Self::ScatterGather => "scatter_gather",
            Self::TemporalCycle => "temporal_cycle",
            Self::SimpleCycle => "simple_cycle",
            Self::Reach => "reach",
            Self::Counterparty => "counterparty",
            Self::Channel => "channel",
        }
    }

    /// The family of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }
}

/// A set of families.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Families(u32);

impl Families {
    /// Every family.
    #[must_use]
    pub fn all() -> Self {
        Family::ALL.into_iter().collect()
    }

    /// Is this one asked for?
    #[must_use]
    pub const fn has(self, family: Family) -> bool {
        self.0 & (1 << family as u32) != 0
    }

    /// Is one of these asked for?
    pub(crate) fn any(self, families: &[Family]) -> bool {
        families.iter().any(|family| self.has(*family))
    }
}

impl FromIterator<Family> for Families {
    fn from_iter<T: IntoIterator<Item = Family>>(families: T) -> Self {
        Self(families.into_iter().fold(0, |set, family| set | (1 << family as u32)))
    }
}

/// What is computed. Two engines with the same settings give the same rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Which families.
    pub families: Families,
    /// Windows of the account statistics, seconds, ascending, 1 to 8 of them. The longest is also how far an account's history,
    /// its pairs and its counterparties reach back.
    pub windows: Vec<i64>,
    /// Window of scatter–gather, seconds.
    pub scatter_gather_window: i64,
    /// Window of both kinds of cycle and of reach, seconds.
    pub cycle_window: i64,
    /// The longest cycle counted, 2 to 10.
    pub cycle_length_max: u32,
    /// How many of the latest distinct counterparties are looked at for `reach` and `counterparty`, 1 to 64.
    pub neighbours_max: usize,
    /// How many of the latest transfers are looked at for `match`, 1 to 256.
    pub matches_max: usize,
    /// Kinds 1 to this have columns of their own in the family `channel`, 0 to 8; kind 0 is any other.
    pub kinds: u16,
    /// How many steps a search from one transfer may take for one family; a search that is cut leaves its columns at what it found
    /// and is counted in [`crate::Engine::cuts`].
    pub steps_max: u32,
    /// Accounts are numbered below this; 4 bytes of memory for each up to the highest seen.
    pub accounts_max: u32,
}

impl Default for Config {
    fn default() -> Self {
        const DAY: i64 = 86_400;
        Self {
            families: Families::all(),
            windows: vec![DAY / 4, DAY, 7 * DAY, 30 * DAY],
            scatter_gather_window: DAY / 4,
            cycle_window: DAY,
            cycle_length_max: CYCLE_LENGTH_MAX,
            neighbours_max: 8,
            matches_max: 32,
            kinds: 2,
            steps_max: 1_000_000,
            accounts_max: 1 << 27,
        }
    }
}

impl Config {
    /// The longest account window, seconds.
    #[must_use]
    pub fn window_longest(&self) -> i64 {
        self.windows.last().copied().unwrap_or(1)
    }

    /// How long a transfer is kept, seconds: the longest of all windows.
    #[must_use]
    pub fn kept(&self) -> i64 {
        self.window_longest().max(self.scatter_gather_window).max(self.cycle_window)
    }

    /// Says which setting is outside its range.
    ///
    /// # Errors
    /// The first such setting.
    pub fn check(&self) -> Result<(), FeatureError> {
        let wrong = |setting, value, range| Err(FeatureError::Setting { setting, value, range });
        if self.families == Families::default() {
            return Err(FeatureError::NoFamily);
        }
        if self.windows.is_empty() || self.windows.len() > 8 {
            return wrong("windows", self.windows.len() as i64, "1 to 8 windows");
        }
        if !self.windows.is_sorted_by(|a, b| a < b) {
            return wrong("windows", self.window_longest(), "windows in ascending order, none twice");
        }
        for (setting, seconds) in [("scatter_gather_window", self.scatter_gather_window), ("cycle_window", self.cycle_window)]
            .into_iter()
            .chain(self.windows.iter().map(|seconds| ("windows", *seconds)))
        {
            if !(1..=WINDOW_MAX).contains(&seconds) {
                return wrong(setting, seconds, "1 to 16777216 seconds");
            }
        }
        if !(2..=CYCLE_LENGTH_MAX).contains(&self.cycle_length_max) {
            return wrong("cycle_length_max", i64::from(self.cycle_length_max), "2 to 10");
        }
        if !(1..=64).contains(&self.neighbours_max) {
            return wrong("neighbours_max", self.neighbours_max as i64, "1 to 64");
        }
        if self.kinds > 8 {
            return wrong("kinds", i64::from(self.kinds), "0 to 8");
        }
        if !(1..=256).contains(&self.matches_max) {
            return wrong("matches_max", self.matches_max as i64, "1 to 256");
        }
        Ok(())
    }
}

/// A window as a word: `6h`, `7d`, `90s`.
#[must_use]
pub fn window_name(seconds: i64) -> String {
    match seconds {
        s if s % 86_400 == 0 => format!("{}d", s / 86_400),
        s if s % 3_600 == 0 => format!("{}h", s / 3_600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}
