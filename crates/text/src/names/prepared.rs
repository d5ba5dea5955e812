//! A name made ready once for many comparisons.

use super::costs::letter_bits;
use super::keys::sound_key;
use super::known::{Known, known};
use super::parse::PersonName;
use super::score::{PARTS, Side};
use super::units::{Script, Spelling};
use super::words::Role;
use crate::hash::{hash, mix};

/// A token made ready.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Prepared {
    pub(crate) spelling: Spelling,
    pub(crate) role: Role,
    pub(crate) script: Script,
    /// In parts of a nat.
    pub(crate) weight: i32,
    /// Bits of the letters it holds.
    pub(crate) letters: u64,
    /// Equal for equal spellings of one script.
    pub(crate) identity: u64,
    /// Which names of the table of look-alikes it may stand for.
    pub(crate) known: Known,
    /// Its place among all tokens of the name.
    pub(crate) place: u8,
}

/// One number for all tokens that are spelled with the same units; initials apart.
pub(crate) fn identity(spelling: &Spelling, role: Role) -> u64 {
    spelling.ones().iter().fold(u64::from(role == Role::Initial), |state, unit| mix(state ^ u64::from(*unit)))
}

impl Prepared {
    /// What it puts into a match.
    pub(crate) const fn side(&self) -> Side {
        Side { weight: self.weight, names: matches!(self.role, Role::Name) as i32 }
    }
}

/// A name made ready for [`Comparer`](super::Comparer): tokens spelled out, weighed, set-aside ones left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PreparedName {
    pub(crate) tokens: Box<[Prepared]>,
    /// What all tokens together put in.
    pub(crate) all: Side,
    /// Orders two names, so that a comparison does not depend on which comes first.
    pub(crate) order: u64,
    sound: u64,
}

impl PreparedName {
    /// Parses a name with the default frequencies and makes it ready.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self::of(&PersonName::parse(name))
    }

    /// Makes a parsed name ready. Particles and articles are set aside; they are in the account.
    #[must_use]
    pub fn of(name: &PersonName) -> Self {
        let mut tokens = Vec::with_capacity(name.tokens.len());
        let mut sound: u64 = 0;
        for (place, token) in (0_u8..).zip(&name.tokens) {
            if matches!(token.role, Role::Particle | Role::Article) {
                continue;
            }
            let spelling = token.spelling;
            let identity = if token.script == Script::Other || spelling.length == 0 { hash(&token.text) } else { identity(&spelling, token.role) };
            // Saturating and bounded by the weights' range: at most 12 tokens of 8 nats.
            let weight = (token.weight * f64::from(PARTS)).round() as i32;
            let letters = spelling.ones().iter().fold(0, |bits, unit| bits | letter_bits(*unit));
            let known = if token.role == Role::Name { known(identity) } else { 0 };
            sound = sound.wrapping_add(mix(sound_key(&spelling)));
            tokens.push(Prepared { spelling, role: token.role, script: token.script, weight, letters, identity, known, place });
        }
        let (all, order) = super::compare::totals(&tokens);
        Self { tokens: tokens.into_boxed_slice(), all, order, sound }
    }

    /// Is there anything to compare?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.tokens.is_empty()
    }

    /// A number that names sounding alike share, whatever their order and script; for grouping, not for proof.
    #[must_use]
    pub const fn sound(&self) -> u64 {
        self.sound
    }
}
