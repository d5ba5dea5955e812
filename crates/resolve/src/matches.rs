//! What the model says: pairs likely to be one person, and why.

use tributary_text::names::Comparer;

use crate::features::Features;
use crate::keys::candidates;
use crate::levels::{ADDRESS, BIRTH, DOCUMENT, EMAIL, FIELDS, NAME, PHONE, compare};
use crate::model::{ModelReport, Scorer, corroborated};
use crate::party::Party;
use crate::record::{EvidenceKind, LinkEvidence, Settings};
use crate::train::{compared, recall, scorer};

/// Two members of joined entities whose comparison says less than this, the prior left out, in nats, keep a join of the model from being made.
const UNLIKE: f64 = -2.0;

/// A pair worth a link or a person's look, smaller position first.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Match {
    pub(crate) pair: (u32, u32),
    /// Log-odds, in nats.
    pub(crate) odds: f64,
    /// May the model join it by itself?
    pub(crate) joins: bool,
}

/// The model bound to the parties of one run.
pub(crate) struct Model<'a> {
    features: Features<'a>,
    parties: &'a [Party<'a>],
    scorer: Scorer,
    comparer: Comparer,
    gap: i64,
}

impl<'a> Model<'a> {
    /// Finds candidates, learns, scores; gives matches by pair.
    pub(crate) fn fit(parties: &'a [Party<'a>], settings: &Settings) -> (Self, Vec<Match>, ModelReport) {
        let features = Features::new(parties);
        let candidates = candidates(&features, settings.block_max);
        let compared = compared(&features, parties, &candidates.pairs, settings.phone_gap_max);
        let scorer = scorer(&features, parties, &compared, settings);
        let odds: Vec<f64> = compared.iter().map(|compared| scorer.score(compared).odds).collect();
        let recall = recall(&candidates, &odds);
        let (least, review) = (f64::from(settings.join_odds_min.max(1)).ln(), -f64::from(settings.review_odds_max.max(1)).ln());
        let matches = candidates.pairs.iter().zip(&compared).zip(&odds).filter(|(_, odds)| **odds >= review).map(|((pair, compared), odds)| Match {
            pair: (pair.a, pair.b),
            odds: *odds,
            joins: *odds >= least && corroborated(compared),
        });
        let matches = matches.collect();
        let report = ModelReport::new(&scorer.parameters, features.count(), candidates.pairs.len(), &candidates.found, &candidates.skipped, recall);
        (Self { features, parties, scorer, comparer: Comparer::new(), gap: settings.phone_gap_max }, matches, report)
    }

    /// With given parameters, for the plain reference.
    pub(crate) fn plain(features: Features<'a>, parties: &'a [Party<'a>], scorer: Scorer, gap: i64) -> Self {
        Self { features, parties, scorer, comparer: Comparer::new(), gap }
    }

    pub(crate) fn features(&self) -> &Features<'a> {
        &self.features
    }

    /// Did the model learn from the records?
    pub(crate) fn trained(&self) -> bool {
        self.scorer.parameters.trained
    }

    fn both_persons(&self, a: u32, b: u32) -> bool {
        [a, b].iter().all(|at| self.features.persons.get(*at as usize).is_some_and(|person| person.person))
    }

    /// The pair as a match, whatever its odds; `None` unless both may be persons.
    pub(crate) fn matched(&mut self, a: u32, b: u32, settings: &Settings) -> Option<Match> {
        if !self.both_persons(a, b) {
            return None;
        }
        let (compared, _) = compare(&self.features, self.parties, self.gap, &mut self.comparer, a, b);
        let odds = self.scorer.score(&compared).odds;
        let joins = odds >= f64::from(settings.join_odds_min.max(1)).ln() && corroborated(&compared);
        Some(Match { pair: (a, b), odds, joins })
    }

    /// Does what is compared speak against two parties being one? An organisation is compared with nobody.
    pub(crate) fn unlike(&mut self, a: u32, b: u32) -> bool {
        self.both_persons(a, b) && {
            let (compared, _) = compare(&self.features, self.parties, self.gap, &mut self.comparer, a, b);
            self.scorer.score(&compared).evidence() < UNLIKE
        }
    }

    /// The waterfall behind a pair's log-odds: one step a field that both have, the prior, and what relatives would show as well.
    pub(crate) fn explain(&mut self, pair: (u32, u32)) -> Vec<LinkEvidence> {
        let (compared, chosen) = compare(&self.features, self.parties, self.gap, &mut self.comparer, pair.0, pair.1);
        let score = self.scorer.score(&compared);
        let mut steps = Vec::new();
        for (field, kind) in FIELDS.iter().enumerate() {
            let (Some(level), Some(weight), Some(values)) = (compared.levels.get(field), score.fields.get(field), chosen.values.get(field)) else {
                continue;
            };
            if *level != 0 {
                let (a, b) = (self.text(pair.0, field, values.0), self.text(pair.1, field, values.1));
                steps.push(LinkEvidence { kind: *kind, value_compared_a: a, value_compared_b: b, weight: *weight });
            }
        }
        let plain = |kind, weight| LinkEvidence { kind, value_compared_a: String::new(), value_compared_b: String::new(), weight };
        steps.push(plain(EvidenceKind::Prior, score.prior));
        steps.push(plain(EvidenceKind::Household, score.household));
        steps
    }

    fn text(&self, party: u32, field: usize, value: u32) -> String {
        let Some(person) = self.features.persons.get(party as usize) else { return String::new() };
        let (values, table) = match field {
            NAME => (&person.names, &self.features.names),
            DOCUMENT => (&person.documents, &self.features.documents),
            PHONE => (&person.phones, &self.features.phones),
            EMAIL => (&person.emails, &self.features.emails),
            ADDRESS => (&person.addresses, &self.features.addresses),
            BIRTH => return person.births.get(value as usize).map(ToString::to_string).unwrap_or_default(),
            _ => return String::new(),
        };
        values.get(value as usize).map(|number| table.text(*number).to_owned()).unwrap_or_default()
    }
}
