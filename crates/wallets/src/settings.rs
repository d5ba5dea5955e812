//! How addresses are linked.

use tributary_model::Amount;

/// Which rule names the change of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum ChangeRule {
    /// None: only inputs spent together are linked.
    Off,
    /// The only output to an address never seen before, which receives once in all (Meiklejohn et al. 2013).
    Fresh,
    /// The only output of the kind of address that all inputs have.
    AddressType,
    /// The only output whose amount is not round, all others being round.
    RoundAmount,
    /// The fresh one, when address type or round amounts also name it and neither names another. Never alone.
    #[default]
    Intersection,
}

/// Bounds and rules for chains of unspent outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Which output is taken for change.
    pub change: ChangeRule,
    /// Transactions with more outputs name no change: exchanges and employers pay many at once.
    pub change_outputs_max: usize,
    /// An amount is round when it is a multiple of this.
    pub round: Amount,
    /// A change or deposit link that would make a cluster larger than this is refused and told.
    pub cluster_max: u32,
    /// Are transactions whose structure is that of a CoinJoin left out of linking? Only a measurement turns it off.
    pub leave_out_coinjoins: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self { change: ChangeRule::default(), change_outputs_max: 3, round: Amount(1_000_000), cluster_max: 100_000, leave_out_coinjoins: true }
    }
}

/// Bounds and rules for deposit addresses of account chains (Victor 2020).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DepositSettings {
    /// Longest time between a receipt and its forward to the exchange, microseconds.
    pub within_micros: i64,
    /// Most that a forward may be short of its receipt: what the forward itself cost.
    pub shortfall_max: Amount,
    /// An address that forwards for more senders is nobody's deposit address.
    pub senders_max: usize,
    /// A link that would make a cluster larger than this is refused and told.
    pub cluster_max: u32,
}

impl Default for DepositSettings {
    /// 12 hours, 0.01, 100 senders: bounds of amount and time as the paper has them, and one of its senders as it has not.
    fn default() -> Self {
        Self { within_micros: 12 * 3_600_000_000, shortfall_max: Amount(10_000_000), senders_max: 100, cluster_max: 100_000 }
    }
}
