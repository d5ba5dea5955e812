//! Joins in the order of their strength; a join that would bring contradicting parties into one entity is refused.

use std::collections::BTreeSet;

use crate::compare::{birth_dates_differ, identity_theft};
use crate::party::Party;
use crate::record::RefusalReason;

/// What people said of pairs of parties, by position, smaller first.
#[derive(Default)]
pub(crate) struct Judged {
    pub(crate) same: BTreeSet<(u32, u32)>,
    pub(crate) apart: BTreeSet<(u32, u32)>,
}

/// Entities under construction, over positions of parties.
pub(crate) struct Clusters<'a> {
    parties: &'a [Party<'a>],
    judged: &'a Judged,
    size_max: usize,
    entity: Vec<u32>,
    members: Vec<Vec<u32>>,
}

impl<'a> Clusters<'a> {
    pub(crate) fn new(parties: &'a [Party<'a>], judged: &'a Judged, size_max: usize) -> Self {
        let n = u32::try_from(parties.len()).unwrap_or(u32::MAX);
        Self { parties, judged, size_max, entity: (0..n).collect(), members: (0..n).map(|at| vec![at]).collect() }
    }

    /// Joins the entities of two parties unless that contradicts something, or `unlike` holds of two of their members.
    pub(crate) fn join(&mut self, a: u32, b: u32, mut unlike: impl FnMut(u32, u32) -> bool) -> Result<(), RefusalReason> {
        let (a, b) = (self.entity_of(a), self.entity_of(b));
        if a == b {
            return Ok(());
        }
        let (keep, give) = (a.min(b), a.max(b));
        let (kept, given) = (self.members_of(keep), self.members_of(give));
        if kept.len() + given.len() > self.size_max {
            return Err(RefusalReason::ClusterSize);
        }
        for one in kept {
            for other in given {
                self.contradiction(*one, *other).map_or(Ok(()), Err)?;
            }
        }
        for one in kept {
            for other in given {
                let judged = self.judged.same.contains(&(*one.min(other), *one.max(other)));
                if !judged && unlike(*one.min(other), *one.max(other)) {
                    return Err(RefusalReason::Unlike);
                }
            }
        }
        let moved = self.members.get_mut(give as usize).map(std::mem::take).unwrap_or_default();
        for party in &moved {
            if let Some(entity) = self.entity.get_mut(*party as usize) {
                *entity = keep;
            }
        }
        if let Some(members) = self.members.get_mut(keep as usize) {
            members.extend(moved);
        }
        Ok(())
    }

    /// Why two parties cannot be one, whatever speaks for it.
    pub(crate) fn contradiction(&self, a: u32, b: u32) -> Option<RefusalReason> {
        let pair = (a.min(b), a.max(b));
        if self.judged.apart.contains(&pair) {
            return Some(RefusalReason::Judged);
        }
        // A person who said "the same" has seen the differing dates.
        if self.judged.same.contains(&pair) {
            return None;
        }
        let (a, b) = (self.parties.get(a as usize)?, self.parties.get(b as usize)?);
        if !a.kind.compatible(b.kind) {
            return Some(RefusalReason::Kinds);
        }
        if identity_theft(a, b).is_some() {
            return Some(RefusalReason::IdentityTheft);
        }
        birth_dates_differ(a, b).then_some(RefusalReason::BirthDates)
    }

    pub(crate) fn entity_of(&self, party: u32) -> u32 {
        self.entity.get(party as usize).copied().unwrap_or(party)
    }

    fn members_of(&self, entity: u32) -> &[u32] {
        self.members.get(entity as usize).map(Vec::as_slice).unwrap_or_default()
    }

    /// For each party the smallest party of its entity.
    pub(crate) fn into_entities(self) -> Vec<u32> {
        self.entity
    }
}
