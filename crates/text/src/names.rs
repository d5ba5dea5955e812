//! Person names across scripts: parse, prepare, compare, explain.
//!
//! Names are compared, never classified: nothing here infers a trait. Every comparison can say what it compared.

mod align;
mod assign;
mod compare;
mod costs;
mod costs_arabic;
mod costs_learned;
mod frequency;
mod keys;
mod known;
mod letters;
mod parse;
mod prepared;
mod score;
mod slip;
pub mod units;
mod words;

use crate::fold::fold;
use units::{Script, Spelling};

pub use align::{Step, align_plain};
pub use compare::{Agreement, Comparer, MatchedTokens, NameComparison};
pub use costs::COSTS_PER_NAT;
pub use frequency::TokenFrequencies;
pub use keys::{Breadth, skeleton_keys};
pub use parse::{NameToken, PersonName, TOKENS_MAX};
pub use prepared::PreparedName;
pub use score::{NameScore, against_least};
pub use slip::slip_keys;
pub use words::Role;

/// One word folded and spelled out in units, with the script it was read in.
#[must_use]
pub fn spelled(word: &str) -> (Script, Spelling) {
    let bounded: String = word.chars().take(256).collect();
    let folded = fold(&bounded);
    let script = letters::script_of(&folded);
    (script, Spelling::new(script, &letters::letters_of(script, &folded)))
}
