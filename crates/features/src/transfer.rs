//! Transfers as the features see them.

use tributary_graph::TransferGraph;

use crate::FeatureError;

/// The largest amount, in smallest units: 2^48 (2.8 million million dollars in cents).
pub const AMOUNT_MAX: i64 = 1 << 48;
/// An amount that is not known. Such a transfer counts as a transfer and is in no statistic of amounts.
pub const UNKNOWN: i64 = -1;
/// Nobody the transfers are about: what stands beyond the institutions seen (an employer, a shop, a cash desk). It has no features, is nobody's
/// counterparty and in no pair or pattern; the account on the other end counts the transfer in its windows.
pub const OUTSIDE: u32 = u32::MAX;
/// Times lie within ± this many seconds of 1970: 34,000 years.
pub const TIME_MAX: i64 = 1 << 40;

/// One transfer of value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Transfer {
    /// Seconds since 1970 UTC. First, so that transfers sort by (time, id).
    pub time: i64,
    /// The caller's number; it breaks ties of time and comes back with the row. It is no feature.
    pub id: u64,
    /// Paying account.
    pub from: u32,
    /// Receiving account.
    pub to: u32,
    /// Whole smallest units of one currency (cents), 0 to [`AMOUNT_MAX`], or [`UNKNOWN`].
    pub amount: i64,
    /// Channel or kind as the caller numbers them, 0 where there is none.
    pub kind: u16,
}

/// Transfers in columns of one length.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Transfers {
    /// Seconds since 1970 UTC.
    pub time: Vec<i64>,
    /// The caller's numbers.
    pub id: Vec<u64>,
    /// Paying accounts.
    pub from: Vec<u32>,
    /// Receiving accounts.
    pub to: Vec<u32>,
    /// Amounts in smallest units.
    pub amount: Vec<i64>,
    /// Channels or kinds.
    pub kind: Vec<u16>,
}

impl Transfers {
    /// The rows in the order of (time, id).
    ///
    /// # Errors
    /// Columns of different lengths.
    pub fn rows(&self) -> Result<Vec<Transfer>, FeatureError> {
        let expected = self.time.len();
        let lengths =
            [("id", self.id.len()), ("from", self.from.len()), ("to", self.to.len()), ("amount", self.amount.len()), ("kind", self.kind.len())];
        if let Some((column, found)) = lengths.into_iter().find(|(_, found)| *found != expected) {
            return Err(FeatureError::Ragged { column, expected, found });
        }
        let ends = self.from.iter().zip(&self.to);
        let values = self.amount.iter().zip(&self.kind);
        let mut rows: Vec<Transfer> = (self.time.iter().zip(&self.id).zip(ends).zip(values))
            .map(|(((time, id), (from, to)), (amount, kind))| Transfer { time: *time, id: *id, from: *from, to: *to, amount: *amount, kind: *kind })
            .collect();
        if !rows.is_sorted() {
            rows.sort_unstable();
        }
        Ok(rows)
    }

    /// Adds a row.
    pub fn push(&mut self, row: Transfer) {
        self.time.push(row.time);
        self.id.push(row.id);
        self.from.push(row.from);
        self.to.push(row.to);
        self.amount.push(row.amount);
        self.kind.push(row.kind);
    }

    /// The transfers of a graph: whole seconds, cents of a dollar, the currency's number as kind, the row's number as id.
    /// What is above [`AMOUNT_MAX`] or not a number is [`UNKNOWN`].
    #[must_use]
    pub fn from_graph(graph: &TransferGraph) -> Self {
        let cents = |value: f64| {
            let cents = (value * 100.0).round();
            if cents >= 0.0 && cents <= AMOUNT_MAX as f64 { cents as i64 } else { UNKNOWN }
        };
        let columns = graph.columns();
        Self {
            time: columns.at.iter().map(|micros| micros.div_euclid(1_000_000)).collect(),
            id: columns.row.iter().map(|row| u64::from(*row)).collect(),
            from: columns.from.clone(),
            to: columns.to.clone(),
            amount: columns.value.iter().map(|value| cents(*value)).collect(),
            kind: columns.currency.clone(),
        }
    }
}

impl Transfer {
    /// Says what is outside its range.
    pub(crate) fn check(&self, accounts_max: u32) -> Result<(), FeatureError> {
        let wrong = |field, value, range: String| Err(FeatureError::Value { id: self.id, field, value, range });
        if !(-TIME_MAX..=TIME_MAX).contains(&self.time) {
            return wrong("time", self.time, format!("±{TIME_MAX} seconds"));
        }
        if !(UNKNOWN..=AMOUNT_MAX).contains(&self.amount) {
            return wrong("amount", self.amount, format!("0..={AMOUNT_MAX}, or {UNKNOWN} for unknown"));
        }
        if let Some(account) = [self.from, self.to].into_iter().find(|account| *account >= accounts_max && *account != OUTSIDE) {
            return wrong("account", i64::from(account), format!("0..{accounts_max} (`accounts_max`)"));
        }
        Ok(())
    }
}
