//! The catalogue's ids, and how much of it the packs in force cover.

use std::collections::BTreeSet;

use crate::PackSet;
use tributary_model::Family;

/// How many indicators the catalogue has in each family (131 in all). `LIST` has none: it is records made by authorities.
pub const COUNTS: [(Family, u32); 9] = [
    (Family::Rec, 14),
    (Family::Mov, 10),
    (Family::Exp, 15),
    (Family::Ftr, 16),
    (Family::Ftf, 20),
    (Family::Haw, 16),
    (Family::Vas, 16),
    (Family::Coo, 13),
    (Family::Con, 11),
];

/// Indicators that may raise or lower a case and never open one (rule R4).
pub const CONTEXT_ONLY: [&str; 11] = ["REC-08", "EXP-05", "FTR-10", "FTR-16", "FTF-13", "FTF-20", "VAS-10", "VAS-11", "VAS-13", "VAS-16", "MOV-08"];

/// All ids of the catalogue, in its order.
#[must_use]
pub fn ids() -> Vec<String> {
    COUNTS.into_iter().flat_map(|(family, count)| (1..=count).map(move |n| format!("{family}-{n:02}"))).collect()
}

/// What of one family is covered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Coverage {
    /// The family.
    pub family: Family,
    /// Catalogue ids that a pack computes.
    pub covered: Vec<String>,
    /// Catalogue ids that no pack computes.
    pub missing: Vec<String>,
    /// Indicators of our own beyond the catalogue.
    pub additional: Vec<String>,
}

/// Coverage of each family, in the catalogue's order, `LIST` last.
#[must_use]
pub fn coverage(packs: &PackSet) -> Vec<Coverage> {
    let have: BTreeSet<&str> = packs.indicators().map(|(_, indicator)| indicator.id.as_str()).collect();
    let listed: BTreeSet<String> = ids().into_iter().collect();
    Family::ALL
        .into_iter()
        .map(|family| {
            let prefix = format!("{family}-");
            let of_family = |id: &&String| id.starts_with(&prefix);
            Coverage {
                family,
                covered: listed.iter().filter(of_family).filter(|id| have.contains(id.as_str())).cloned().collect(),
                missing: listed.iter().filter(of_family).filter(|id| !have.contains(id.as_str())).cloned().collect(),
                additional: have.iter().filter(|id| id.starts_with(&prefix) && !listed.contains(**id)).map(|id| (*id).to_owned()).collect(),
            }
        })
        .collect()
}
