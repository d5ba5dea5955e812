//! What lacks where the answer is no: the same question is asked again with one thing more.

use std::collections::BTreeSet;

use crate::{Action, Context, Policies, Principal, Purpose, Resource};

/// The highest vetting.
const VETTING_MAX: u8 = 3;

/// Something that was not stated, or is not so, and without which the answer is no.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lack {
    /// A case that the caller belongs to.
    Case,
    /// A legal basis that counts.
    LegalBasis,
    /// A vetting that is high enough and has not run out.
    Vetting,
    /// The risks of contacting a person, read just before.
    Risks,
    /// Another purpose: one of these.
    Purpose(BTreeSet<Purpose>),
}

/// One thing more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum More {
    Case,
    LegalBasis,
    Vetting,
    Risks,
    Purpose(Purpose),
}

impl More {
    fn lack(self) -> Lack {
        match self {
            Self::Case => Lack::Case,
            Self::LegalBasis => Lack::LegalBasis,
            Self::Vetting => Lack::Vetting,
            Self::Risks => Lack::Risks,
            Self::Purpose(purpose) => Lack::Purpose(BTreeSet::from([purpose])),
        }
    }

    fn add(self, who: &mut Principal, context: &mut Context) {
        match self {
            Self::Case => context.case = true,
            Self::LegalBasis => context.legal_basis = true,
            Self::Vetting => (who.vetting, who.vetting_valid) = (VETTING_MAX, true),
            Self::Risks => context.risk_ack = true,
            Self::Purpose(purpose) => context.purpose = purpose,
        }
    }
}

impl Policies {
    /// What lacks for a yes: one thing, or two together; nothing where no two of them would do. Break-glass and consents are not tried: the one is
    /// no thing to be suggested, the other the person's. Nobody is told this of a thing whose existence is a secret: that is the caller's duty.
    #[must_use]
    pub fn lacks(&self, who: &Principal, action: Action, what: &Resource, context: Context) -> Vec<Lack> {
        let would = |more: &[More]| {
            let (mut who, mut context) = (who.clone(), context);
            more.iter().for_each(|one| one.add(&mut who, &mut context));
            self.decide(&who, action, what, context).is_ok_and(|decision| decision.allowed)
        };
        let stated: Vec<More> =
            [(More::Case, context.case), (More::LegalBasis, context.legal_basis), (More::Risks, context.risk_ack), (More::Vetting, false)]
                .into_iter()
                .filter_map(|(more, there)| (!there).then_some(more))
                .collect();
        let purposes: Vec<More> =
            Purpose::ALL.iter().filter(|one| **one != context.purpose && **one != Purpose::Return).map(|one| More::Purpose(*one)).collect();
        if let Some(one) = stated.iter().find(|one| would(&[**one])) {
            return vec![one.lack()];
        }
        let fitting: BTreeSet<Purpose> = purposes.iter().filter(|one| would(&[**one])).filter_map(purpose).collect();
        if !fitting.is_empty() {
            return vec![Lack::Purpose(fitting)];
        }
        for (place, one) in stated.iter().enumerate() {
            if let Some(other) = stated.iter().skip(place + 1).find(|other| would(&[*one, **other])) {
                return vec![one.lack(), other.lack()];
            }
            let fitting: BTreeSet<Purpose> = purposes.iter().filter(|other| would(&[*one, **other])).filter_map(purpose).collect();
            if !fitting.is_empty() {
                return vec![one.lack(), Lack::Purpose(fitting)];
            }
        }
        Vec::new()
    }
}

const fn purpose(more: &More) -> Option<Purpose> {
    match more {
        More::Purpose(purpose) => Some(*purpose),
        _ => None,
    }
}
