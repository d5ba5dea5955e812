//! Signatures: who may sign, and which of the protocol's sign-offs are not met yet.

use crate::error::{none_missing, unless};
use crate::{Actor, Escalation, Missing, Protocol, Refusal, SignOff, Signature, State};
use tributary_model::Timestamp;

/// Places that a protocol's sign-offs ask for, one a signature; two at least where a natural person is named.
fn places(protocol: &Protocol, names_a_person: bool) -> Vec<&SignOff> {
    let mut places: Vec<&SignOff> = Vec::new();
    for row in &protocol.sign_off {
        places.extend((0..row.count).map(|_| row));
    }
    let least = usize::try_from(protocol.signatures(names_a_person)).unwrap_or(usize::MAX);
    while let Some(first) = protocol.sign_off.first().filter(|_| places.len() < least) {
        places.push(first);
    }
    places
}

fn fits(row: &SignOff, by: &Actor) -> bool {
    row.roles.contains(&by.role) && row.agency_class.is_none_or(|class| class == by.class)
}

/// The sign-offs that no signature fills, when signatures are given to places as well as they can be: by augmenting paths, so that a
/// signer who fits two places does not take the one that nobody else fits.
#[must_use]
pub fn still_needed<'a>(protocol: &'a Protocol, names_a_person: bool, signers: &[&Actor]) -> Vec<&'a SignOff> {
    let places = places(protocol, names_a_person);
    let mut taken: Vec<Option<usize>> = vec![None; places.len()];
    for signer in 0..signers.len() {
        let mut seen = vec![false; places.len()];
        place(signer, signers, &places, &mut taken, &mut seen);
    }
    places.into_iter().zip(taken).filter(|(_, by)| by.is_none()).map(|(row, _)| row).collect()
}

fn place(signer: usize, signers: &[&Actor], places: &[&SignOff], taken: &mut [Option<usize>], seen: &mut [bool]) -> bool {
    for (at, row) in places.iter().enumerate() {
        let fresh = seen.get(at).is_some_and(|seen| !seen) && signers.get(signer).is_some_and(|by| fits(row, by));
        if !fresh {
            continue;
        }
        if let Some(mark) = seen.get_mut(at) {
            *mark = true;
        }
        let held = taken.get(at).copied().flatten();
        if held.is_none_or(|other| place(other, signers, places, taken, seen)) {
            if let Some(mine) = taken.get_mut(at) {
                *mine = Some(signer);
            }
            return true;
        }
    }
    false
}

impl Escalation {
    fn signers(&self) -> Vec<&Actor> {
        self.signatures.iter().map(|one| &one.by).collect()
    }

    /// Sign-offs that are not met for the content as it is.
    #[must_use]
    pub fn unsigned<'a>(&self, protocol: &'a Protocol) -> Vec<&'a SignOff> {
        let bound: Vec<&Actor> = self.signatures.iter().filter(|one| Some(&one.hash) == self.hash.as_ref()).map(|one| &one.by).collect();
        still_needed(protocol, self.names_a_person, &bound)
    }

    fn sign_missing(&self, protocol: &Protocol, by: &Actor, hash: &str) -> Vec<Missing> {
        let mut missing = Vec::new();
        let m = &mut missing;
        unless(self.state == State::Screened && self.open().next().is_none(), m, "state", "signatures are gathered once every review is through");
        unless(self.hash.as_deref() == Some(hash), m, "content", "the content has changed since you opened it");
        unless(self.opened.get(&by.account).map(String::as_str) == Some(hash), m, "opened", "open the content as it is before you sign it (SG-015)");
        unless(self.draft.by.account != by.account, m, "drafter", "who drafted an escalation does not sign it (SG-015)");
        let apart = !by.shares_unit(&self.draft.by) && !self.signatures.iter().any(|one| one.by.shares_unit(by));
        unless(apart, m, "unit", "signers are of units that differ from each other's and from the drafter's (SG-015)");
        unless(!self.signatures.iter().any(|one| one.by.account == by.account), m, "twice", "nobody signs twice");
        let decided = self.gated.values().flatten().any(|one| one.by.account == by.account);
        unless(!decided, m, "gate", "who decided in the gate does not sign (SG-032)");
        unless(self.cosign.as_ref().is_none_or(|one| one.by.account != by.account), m, "rights", "who co-signed does not sign (SG-006)");
        let mut with = self.signers();
        let before = still_needed(protocol, self.names_a_person, &with).len();
        with.push(by);
        let counts = still_needed(protocol, self.names_a_person, &with).len() < before;
        unless(counts, m, "role", "your role's signature is not asked for, or is there already");
        missing
    }

    pub(crate) fn sign(&mut self, protocol: &Protocol, by: Actor, hash: String, at: Timestamp) -> Result<(), Refusal> {
        none_missing(self.sign_missing(protocol, &by, &hash))?;
        self.signatures.push(Signature { by, at, hash });
        if self.unsigned(protocol).is_empty() {
            self.go(State::Signed, at);
        }
        Ok(())
    }
}
