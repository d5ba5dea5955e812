//! Pay and prices against those of comparable offers, and permits that do not exist.
//!
//! Each template or lone post is one peer in a cell, so that a template posted often does not make its own norm. Where a cell of trade and
//! destination has too few, the trade's and the destination's own levels are taken off by median polish (Tukey 1977, chapter 11), and the rest is
//! held against all offers to that destination.

use std::collections::BTreeMap;

use super::input::{EvidenceInput, OfferKind, Post};
use super::operators::Scene;
use super::settings::EvidenceSettings;
use super::signal::{Abstention, Family, Finding, Signal};
use super::timing::median_and_deviation;

/// Rounds of median polish: levels settle in two or three.
const ROUNDS: usize = 4;
/// Least median deviation of the logarithm: prices are round figures, so that many peers are equal.
const DEVIATION_MIN: f64 = 0.03;
/// A median deviation times this is a standard deviation, for normal values.
const TO_SIGMA: f64 = 1.482_6;

/// A row (trade, or kind of offer) and a column (destination).
type Cell = (u64, [u8; 2]);

/// A template, or a lone post: `true` and its number.
pub(super) type Unit = (bool, u64);

/// Which template a post follows; a lone post is one of its own.
pub(super) fn unit_of(post: &Post) -> Unit {
    post.group.map_or((true, post.number), |group| (false, u64::from(group)))
}

/// Middle, spread and number of peers.
type Norm = (f64, f64, usize);

/// Offers that others are held against.
pub(super) struct Peers {
    wages: Table,
    fees: Table,
}

#[derive(Default)]
struct Table {
    cells: BTreeMap<Cell, Norm>,
    rows: BTreeMap<u64, (f64, usize)>,
    columns: BTreeMap<[u8; 2], (f64, Norm)>,
}

fn log(value: Option<f64>) -> Option<f64> {
    value.filter(|v| v.is_finite() && *v > 0.0).map(f64::ln)
}

fn wage_of(post: &Post) -> Option<(Cell, f64)> {
    Some(((post.occupation?, post.destination?), log(post.wage)?)).filter(|_| post.kind == OfferKind::Job)
}

fn fee_of(post: &Post) -> Option<(Cell, f64)> {
    Some(((post.kind as u64, post.destination?), log(post.fee)?))
}

impl Peers {
    pub(super) fn of(posts: &[&Post], settings: &EvidenceSettings) -> Self {
        Self { wages: Table::of(posts, wage_of, settings), fees: Table::of(posts, fee_of, settings) }
    }
}

impl Table {
    fn of(posts: &[&Post], value_of: impl Fn(&Post) -> Option<(Cell, f64)>, settings: &EvidenceSettings) -> Self {
        // One value for each template or lone post in each cell.
        let mut units: BTreeMap<(Cell, Unit), Vec<f64>> = BTreeMap::new();
        for post in posts {
            if let Some((cell, value)) = value_of(post) {
                units.entry((cell, unit_of(post))).or_default().push(value);
            }
        }
        let values: Vec<(Cell, f64)> = units.into_iter().map(|((cell, _), mut values)| (cell, median_and_deviation(&mut values).0)).collect();
        let mut cells: BTreeMap<Cell, Vec<f64>> = BTreeMap::new();
        for (cell, value) in &values {
            cells.entry(*cell).or_default().push(*value);
        }
        let mut table = Self::polished(values);
        let norm = |mut values: Vec<f64>| {
            let (middle, deviation) = median_and_deviation(&mut values);
            (middle, deviation, values.len())
        };
        table.cells = cells.into_iter().filter(|(_, values)| values.len() >= settings.peers_min).map(|(cell, values)| (cell, norm(values))).collect();
        table
    }

    /// Takes the levels of rows and columns off in turn.
    fn polished(mut values: Vec<(Cell, f64)>) -> Self {
        let mut table = Self::default();
        for _ in 0..ROUNDS {
            let mut rows: BTreeMap<u64, Vec<f64>> = BTreeMap::new();
            let mut columns: BTreeMap<[u8; 2], Vec<f64>> = BTreeMap::new();
            for ((row, _), value) in &values {
                rows.entry(*row).or_default().push(*value);
            }
            let rows: BTreeMap<u64, (f64, usize)> = rows.into_iter().map(|(row, mut v)| (row, (median_and_deviation(&mut v).0, v.len()))).collect();
            for ((row, column), value) in &mut values {
                *value -= rows.get(row).map_or(0.0, |r| r.0);
                columns.entry(*column).or_default().push(*value);
            }
            let columns: BTreeMap<[u8; 2], (f64, f64, usize)> = columns
                .into_iter()
                .map(|(column, mut v)| {
                    let (middle, deviation) = median_and_deviation(&mut v);
                    (column, (middle, deviation, v.len()))
                })
                .collect();
            for ((_, column), value) in &mut values {
                *value -= columns.get(column).map_or(0.0, |c| c.0);
            }
            for (row, (level, count)) in rows {
                let slot = table.rows.entry(row).or_insert((0.0, 0));
                *slot = (slot.0 + level, count);
            }
            for (column, (level, deviation, count)) in columns {
                let slot = table.columns.entry(column).or_insert((0.0, (0.0, 0.0, 0)));
                *slot = (slot.0 + level, (0.0, deviation, count));
            }
        }
        table
    }

    /// Robust z of a value and the number of peers; nothing where there are too few.
    fn z(&self, cell: Cell, value: f64, settings: &EvidenceSettings) -> Option<(f64, usize)> {
        let score = |middle: f64, deviation: f64| (value - middle) / (TO_SIGMA * deviation.max(DEVIATION_MIN));
        if let Some((middle, deviation, count)) = self.cells.get(&cell) {
            return Some((score(*middle, *deviation), *count));
        }
        let (row, in_row) = self.rows.get(&cell.0)?;
        let (column, (_, deviation, in_column)) = self.columns.get(&cell.1)?;
        let peers = (*in_row).min(*in_column);
        (peers >= settings.peers_min).then(|| (score(row + column, *deviation), peers))
    }

    /// The middle z of a group's posts that can be compared: one post with a slip does not decide.
    fn of_group(&self, posts: &[&Post], value_of: impl Fn(&Post) -> Option<(Cell, f64)>, settings: &EvidenceSettings) -> Option<(f64, usize)> {
        let compared: Vec<(f64, usize)> =
            posts.iter().filter_map(|post| value_of(post)).filter_map(|(cell, value)| self.z(cell, value, settings)).collect();
        let peers = compared.iter().map(|(_, peers)| *peers).min()?;
        Some((median_and_deviation(&mut compared.into_iter().map(|(z, _)| z).collect::<Vec<_>>()).0, peers))
    }
}

/// REC-04 and REC-05. Pages that post what others offer are left out; so are licensed firms.
pub(super) fn terms(input: &EvidenceInput<'_>, scene: &Scene<'_>, peers: &Peers, settings: &EvidenceSettings) -> Finding {
    let posts: Vec<&Post> = scene.open_posts().into_iter().map(|(post, _)| post).collect();
    let mut finding = Finding::silent(Family::Terms);
    let named: Vec<u64> =
        posts.iter().filter(|post| post.terms.iter().any(|t| input.impossible_permits.contains(t))).map(|post| post.number).collect();
    if named.len() >= 2 && named.len() as f64 >= settings.permit_share * posts.len() as f64 {
        finding.signals.push(Signal::Permit { posts: named.len() });
        finding.posts.extend(named);
    }
    let easy: Vec<&Post> = posts.iter().copied().filter(|post| post.requirements.is_none_or(|asked| asked <= settings.requirements_max)).collect();
    let (wage, fee) = (peers.wages.of_group(&easy, wage_of, settings), peers.fees.of_group(&posts, fee_of, settings));
    if let Some((z, peers)) = wage.filter(|(z, _)| *z > settings.z_min) {
        finding.signals.push(Signal::Wage { z, peers });
        finding.posts.extend(easy.iter().filter(|post| wage_of(post).is_some()).map(|post| post.number));
    }
    if let Some((z, peers)) = fee.filter(|(z, _)| *z > settings.z_min) {
        finding.signals.push(Signal::Fee { z, peers });
        finding.posts.extend(posts.iter().filter(|post| fee_of(post).is_some()).map(|post| post.number));
    }
    let terms_known = posts.iter().any(|post| !post.terms.is_empty());
    if finding.signals.is_empty() && wage.is_none() && fee.is_none() && !terms_known {
        return Finding::abstains(Family::Terms, Abstention::FewPeers);
    }
    finding
}
