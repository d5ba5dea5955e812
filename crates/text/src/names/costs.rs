//! What it costs to take one unit of spelling for another: the learned tables, unfolded into one.
//!
//! A cost is half of how much less likely the right unit is than the likeliest counterpart of the left one, and half the same
//! the other way round, in sixteenths of a nat: `c(u,v) = (max log P(v'|u) - log P(v|u))/2 + (max log P(u'|v) - log P(u|v))/2`.
//! The probabilities come from a memoryless transducer over units, trained by expectation–maximisation (Ristad and Yianilos
//! 1998, with units of one or two letters as in Brill and Moore 2000). Costs are symmetric, never negative, and 0 on the diagonal.

#![expect(clippy::indexing_slicing, reason = "tables as wide as their index type: every index is in range")]

use std::sync::OnceLock;

use super::costs_arabic::arabic_arabic;
use super::costs_learned::{ARABIC_LATIN, LATIN_LATIN};
use super::units::{ARABIC_UNITS, EMPTY_ARABIC, EMPTY_LATIN, LATIN_UNITS, NO_UNIT, Script, unit_code, unit_text};

/// Cost units in one nat.
pub const COSTS_PER_NAT: u32 = 16;
/// No such operation.
pub(crate) const COST_NEVER: u8 = 255;
/// From this cost a letter on, an operation counts as out of reach for the bound of the fast path: 2 nats.
pub(crate) const REACH: u8 = 32;

/// All costs, and which letters can be reached cheaply from which unit.
pub(crate) struct Costs {
    table: Box<[[u8; 256]; 256]>,
    reach: [[u64; 256]; 2],
    /// The letter of each unit of one letter, wherever it stands, as the code of its free unit.
    letter: [u8; 256],
}

impl Costs {
    /// The committed costs.
    pub(crate) fn get() -> &'static Self {
        static COSTS: OnceLock<Costs> = OnceLock::new();
        COSTS.get_or_init(Self::unfold)
    }

    /// The cost of two units; 0 and 128 are the empty unit of either script.
    #[inline]
    pub(crate) fn of(&self, a: u8, b: u8) -> u8 {
        self.table[usize::from(a)][usize::from(b)]
    }

    /// The costs of a unit against every other.
    #[inline]
    pub(crate) fn row(&self, a: u8) -> &[u8; 256] {
        &self.table[usize::from(a)]
    }

    /// For each unit the bits of the letters in some unit that costs less than [`REACH`] a letter against it; all bits when the empty
    /// unit does. `latin` says which script the other side is in.
    #[inline]
    pub(crate) fn reach(&self, latin: bool) -> &[u64; 256] {
        &self.reach[usize::from(latin)]
    }

    /// The letter that a unit of one letter stands for, wherever in the word it is.
    #[inline]
    pub(crate) fn letter(&self, unit: u8) -> u8 {
        self.letter[usize::from(unit)]
    }

    fn unfold() -> Self {
        let mut costs = Self { table: Box::new([[COST_NEVER; 256]; 256]), reach: [[0; 256]; 2], letter: [NO_UNIT; 256] };
        for (x, row) in (0_u8..).zip(ARABIC_LATIN.iter()) {
            for (y, cost) in (EMPTY_LATIN..=255).zip(row) {
                // The empty unit of the other side keeps one code a script: an Arabic letter against nothing in Latin is (letter, 128).
                costs.set(x, y, *cost);
            }
        }
        for (x, row) in (EMPTY_LATIN..=255).zip(LATIN_LATIN.iter()) {
            for (y, cost) in (EMPTY_LATIN..=255).zip(row) {
                costs.set(x, y, *cost);
            }
        }
        for (a, b, cost) in arabic_arabic() {
            costs.set(a, b, cost);
        }
        costs.set(NO_UNIT, NO_UNIT, COST_NEVER);
        costs.find_reach();
        for code in 0..=255_u8 {
            let script = if code > EMPTY_LATIN { Script::Latin } else { Script::Arabic };
            let bare = unit_text(code).trim_start_matches('^').trim_end_matches('$');
            costs.letter[usize::from(code)] = unit_code(bare, script).unwrap_or(NO_UNIT);
        }
        costs
    }

    fn set(&mut self, a: u8, b: u8, cost: u8) {
        self.table[usize::from(a)][usize::from(b)] = cost;
        self.table[usize::from(b)][usize::from(a)] = cost;
    }

    fn find_reach(&mut self) {
        for unit in 0..=255_u8 {
            let near = if pair(unit) { 2 * REACH } else { REACH };
            for (latin, empty, units) in [(false, EMPTY_ARABIC, ARABIC_UNITS.len()), (true, EMPTY_LATIN, LATIN_UNITS.len())] {
                let mut bits = if self.of(unit, empty) < near { u64::MAX } else { 0 };
                for other in (empty + 1..=255).take(units).filter(|other| self.of(unit, *other) < near) {
                    bits |= letter_bits(other);
                }
                self.reach[usize::from(latin)][usize::from(unit)] = bits;
            }
        }
    }
}

/// Does the unit take two letters?
fn pair(unit: u8) -> bool {
    unit_text(unit).trim_start_matches('^').trim_end_matches('$').chars().count() > 1
}

/// The bits of the letters of a unit: each letter of a script has its own bit.
pub(crate) fn letter_bits(unit: u8) -> u64 {
    let (units, base): (&[&str], u8) = if unit > EMPTY_LATIN { (&LATIN_UNITS, EMPTY_LATIN) } else { (&ARABIC_UNITS, EMPTY_ARABIC) };
    let Some(text) = unit.checked_sub(base + 1).and_then(|at| units.get(usize::from(at))) else {
        return 0;
    };
    let letter = |c: char| units.iter().position(|unit| unit.chars().eq([c]));
    text.chars().filter_map(letter).fold(0, |bits, at| bits | 1 << (at & 63))
}
