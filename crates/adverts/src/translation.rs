//! Groups that say the same in other words or another language: a relation beside the groups, for people to look at. It joins nobody.

use std::collections::{BTreeMap, BTreeSet};

use crate::lexicon::translated;
use crate::sketch::Sketch;
use crate::slot::SlotValue;

/// Groups that show one contact beyond which it is a platform's or an agency's, and ties nobody.
const GROUPS_MAX: usize = 64;

/// Pairs of groups of which one may be a translation or a rewording of the other, in order: a post of each shows one contact and both name the same
/// concepts ([`translated`]). `posts` are sketches with their group; those alone are passed over. At most 64 groups are compared for one contact.
#[must_use]
pub fn translations(posts: &[(Option<u32>, Sketch)]) -> Vec<(u32, u32)> {
    // For each contact the first post of each group that shows it.
    let mut shown: BTreeMap<SlotValue, BTreeMap<u32, usize>> = BTreeMap::new();
    for (at, (group, sketch)) in posts.iter().enumerate() {
        let Some(group) = group else { continue };
        for slot in sketch.slots().iter().filter(|slot| slot.kind.is_contact()) {
            shown.entry(*slot).or_default().entry(*group).or_insert(at);
        }
    }
    let mut found: BTreeSet<(u32, u32)> = BTreeSet::new();
    for groups in shown.values().filter(|groups| groups.len() <= GROUPS_MAX) {
        for (one, first) in groups {
            for (other, second) in groups.range(one + 1..) {
                if let (Some(a), Some(b)) = (posts.get(*first), posts.get(*second))
                    && translated(&a.1, &b.1)
                {
                    found.insert((*one, *other));
                }
            }
        }
    }
    found.into_iter().collect()
}
