//! From matched and unmatched tokens to a score. Whole numbers throughout, so that fast and plain ways agree to the bit.

/// Weights and evidence are counted in this many parts of a nat.
pub(crate) const PARTS: i32 = 256;
/// Most cost a letter on average for two tokens to be the same name, in sixteenths of a nat.
pub(crate) const COST_PER_LETTER: u32 = 9;
/// Most cost for two tokens of any length, in sixteenths of a nat; below the cost of an operation that does not exist.
pub(crate) const COST_MAX: u32 = 176;
/// What tokens weigh that stand against each other unmatched, in hundredths of their weight.
const CONFLICT: i64 = 130;
/// What tokens weigh that only one side has, in hundredths of their weight.
const SURPLUS: i64 = 22;
/// The least that two names standing against each other weigh, in parts of a nat.
const OPPOSED: i64 = 4 * PARTS as i64;
/// What weight lost to cost takes from the similarity once more, in hundredths.
const LOSS: i64 = 50;
/// How fast evidence falls with cost, in hundredths: at half the allowed cost this share of the weight is lost twice over.
const DOUBT: i64 = 200;

/// The least that weight left unmatched on either side, and names of their own left on both, take from the evidence; in nats. A bound for
/// searching: what [`score`] takes is no less.
#[must_use]
pub fn against_least(left: f32, right: f32, opposed: u32) -> f32 {
    let (conflict, surplus) = (CONFLICT as f32 / 100.0, SURPLUS as f32 / 100.0);
    let opposed = opposed as f32 * (OPPOSED as f32 / PARTS as f32);
    (conflict * opposed).max(conflict * left.min(right) + surplus * (left - right).abs())
}

/// How much two names agree.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct NameScore {
    /// Evidence that both are one name, in nats, for rather than against: rare tokens that agree count much, common ones little.
    /// Not calibrated to any population of pairs; add it to other evidence only after learning how it is distributed there.
    pub log_odds: f64,
    /// How much of the two names agrees, 0..=1, each token by its weight; 1 only when all tokens agree at no cost.
    pub similarity: f64,
}

/// Sums over an assignment, in parts of a nat.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sums {
    /// Weight of matched tokens, each times how well it matches. First, since assignments are compared by it.
    pub(crate) gain: i32,
    /// Weight of matched tokens.
    pub(crate) matched: i32,
    /// Weight of the left tokens that are matched.
    pub(crate) left: i32,
    /// Weight of the right tokens that are matched.
    pub(crate) right: i32,
    /// How many of the left tokens that are names of their own are matched.
    pub(crate) names_left: i32,
    /// The same of the right ones.
    pub(crate) names_right: i32,
}

impl Sums {
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self {
            gain: self.gain + other.gain,
            matched: self.matched + other.matched,
            left: self.left + other.left,
            right: self.right + other.right,
            names_left: self.names_left + other.names_left,
            names_right: self.names_right + other.names_right,
        }
    }
}

/// The most two tokens of these lengths may cost.
#[inline]
pub(crate) fn limit(length_a: u8, length_b: u8) -> u32 {
    let letters = u32::from(length_a) + u32::from(length_b);
    (COST_PER_LETTER * letters / 2).min(COST_MAX)
}

/// What one side puts into a match: its weight in parts of a nat, and how many names of their own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) weight: i32,
    pub(crate) names: i32,
}

impl Side {
    pub(crate) const fn plus(self, other: Self) -> Self {
        Self { weight: self.weight + other.weight, names: self.names + other.names }
    }
}

/// What a match of two tokens at this cost gains; `None` when it is no match.
#[inline]
pub(crate) fn gain(a: Side, b: Side, cost: u32, limit: u32) -> Option<Sums> {
    if cost >= limit {
        return None;
    }
    let weight = a.weight.min(b.weight);
    // Half in proportion to the cost, half to its square: a little variation is normal, much is not. At most 2^13 * 2^8 * 2^9.
    let (cost, limit) = (i32::try_from(cost).unwrap_or(i32::MAX), i32::try_from(limit.max(1)).unwrap_or(1));
    let lost = weight * cost * (cost + limit) / (2 * limit * limit);
    Some(Sums { gain: weight - lost, matched: weight, left: a.weight, right: b.weight, names_left: a.names, names_right: b.names })
}

/// The score of an assignment, given what all tokens of either side weigh.
pub(crate) fn score(sums: Sums, all_left: Side, all_right: Side) -> NameScore {
    let (left, right) = (i64::from(all_left.weight - sums.left), i64::from(all_right.weight - sums.right));
    // However common, two names that stand against each other are two names.
    let opposed = i64::from((all_left.names - sums.names_left).min(all_right.names - sums.names_right)) * OPPOSED;
    let (conflict, surplus) = (left.min(right).max(opposed), (left - right).abs());
    let (gain, matched) = (i64::from(sums.gain), i64::from(sums.matched));
    let against = CONFLICT * conflict + SURPLUS * surplus;
    let evidence = 100 * matched - DOUBT * (matched - gain) - against;
    let whole = 100 * matched + against;
    let agreed = (100 * gain - LOSS * (matched - gain)).max(0);
    NameScore { log_odds: evidence as f64 / (100.0 * f64::from(PARTS)), similarity: if whole > 0 { agreed as f64 / whole as f64 } else { 0.0 } }
}
