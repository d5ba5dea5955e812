//! The model of Fellegi and Sunter (1969) for persons, with relatives as a class of their own.
//!
//! A pair is of one of three classes: *same* (levels follow m), *chance* (u) and *kin* (k): people of one household share surname, address and
//! phone, so that these together must not make two of them one. Within a class fields are taken as independent.
#![expect(clippy::indexing_slicing, reason = "numeric kernel: levels are below the declared number, classes below theirs")]

use std::fmt;

use crate::keys::RULES;
use crate::levels::{ADDRESS, BIRTH, Compared, DOCUMENT, EMAIL, FIELDS, LEVELS, NAME, PHONE};

/// The classes.
pub(crate) const SAME: usize = 0;
pub(crate) const CHANCE: usize = 1;
pub(crate) const KIN: usize = 2;

/// Probabilities of the levels of every field, given that both values are present; level 0 is 1.
pub(crate) type Table = [Vec<f64>; 6];

/// What a model is made of.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Parameters {
    /// Shares of the classes among all pairs of persons.
    pub(crate) shares: [f64; 3],
    /// By class.
    pub(crate) tables: [Table; 3],
    /// Mean evidence of names that agree by chance, by name level, in thousandths of a nat.
    pub(crate) name_usual: [i32; 6],
    /// Was anything learnt from the records?
    pub(crate) trained: bool,
    pub(crate) rounds: usize,
}

/// The population that a small file is taken to be drawn from.
const TOWN: usize = 20_000;

/// Levels of m, u and k before anything is learnt: from public experience of linkage, set low for agreement among the same.
pub(crate) fn built_in(persons: usize) -> Parameters {
    let same = [
        vec![1.0, 0.68, 0.20, 0.10, 0.015, 0.005],
        vec![1.0, 0.90, 0.05, 0.02, 0.01, 0.01, 0.01],
        vec![1.0, 0.80, 0.05, 0.15],
        vec![1.0, 0.50, 0.02, 0.48],
        vec![1.0, 0.50, 0.50],
        vec![1.0, 0.50, 0.15, 0.10, 0.25],
    ];
    let chance = [
        vec![1.0, 0.0005, 0.0005, 0.004, 0.095, 0.90],
        vec![1.0, 0.00005, 0.0005, 0.002, 0.004, 0.02, 0.97345],
        vec![1.0, 1e-7, 1e-5, 0.9999899],
        vec![1.0, 1e-6, 1e-6, 0.999998],
        vec![1.0, 1e-6, 0.999999],
        vec![1.0, 1e-5, 1e-4, 0.01, 0.98989],
    ];
    let kin = kin(&chance, &[0.3, 0.02, 0.68], &[0.80, 0.05, 0.05, 0.10]);
    // As if the file were part of a town: in a small file two of one name are not yet one person.
    let persons = persons.max(TOWN) as f64;
    let (same_share, kin_share) = (0.2 / persons, 2.0 / persons);
    Parameters {
        shares: [same_share, 1.0 - same_share - kin_share, kin_share],
        tables: [same, chance, kin],
        name_usual: [0, 6_000, 5_000, 3_000, 0, 0],
        trained: false,
        rounds: 0,
    }
}

/// What relatives show. Their phones and addresses are learnt; the rest is set by hand: namesakes (a son named as his father), twins,
/// a mother's card or mail used for a child are few, and never none.
pub(crate) fn kin(chance: &Table, phone: &[f64], address: &[f64]) -> Table {
    let with = |values: &[f64]| std::iter::once(1.0).chain(values.iter().copied()).collect::<Vec<f64>>();
    let raised = |field: usize, least: f64| {
        let mut levels = chance[field].clone();
        levels[1] = levels[1].max(least);
        normalise(&mut levels);
        levels
    };
    let mut kin: Table = chance.clone();
    kin[NAME] = with(&[0.002, 0.006, 0.050, 0.700, 0.242]);
    kin[BIRTH] = raised(BIRTH, 0.010);
    kin[DOCUMENT] = raised(DOCUMENT, 0.002);
    kin[EMAIL] = raised(EMAIL, 0.020);
    kin[PHONE] = with(phone);
    kin[ADDRESS] = with(address);
    kin
}

/// By how much less often relatives agree in name and in birth date at once than in either: who has the same name is of another age, and
/// twins are named apart.
const NAMESAKE_TWINS: f64 = 0.1;

/// What the classes' independence of fields leaves out, as a factor for pairs of relatives.
pub(crate) fn kin_factor(levels: &[u8; 6]) -> f64 {
    if (1..=2).contains(&levels[NAME]) && levels[BIRTH] == 1 { NAMESAKE_TWINS } else { 1.0 }
}

/// Brings the levels after the first to a sum of 1.
pub(crate) fn normalise(levels: &mut [f64]) {
    let sum: f64 = levels.iter().skip(1).sum();
    levels.iter_mut().skip(1).for_each(|level| *level /= sum.max(1e-300));
}

/// Scores pairs under parameters.
pub(crate) struct Scorer {
    pub(crate) parameters: Parameters,
    logs: [[Vec<f64>; 6]; 3],
    /// ln of the shares.
    shares: [f64; 3],
}

/// Log-odds of a pair, in nats.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    /// For "the same" against everything else, with the prior.
    pub(crate) odds: f64,
    /// By field, against chance, without the prior.
    pub(crate) fields: [f64; 6],
    pub(crate) prior: f64,
    /// What relatives take away.
    pub(crate) household: f64,
}

impl Score {
    /// What all that is compared says, the prior left out.
    pub(crate) fn evidence(&self) -> f64 {
        self.odds - self.prior
    }
}

/// Most that the rarity of a name adds or takes, in thousandths of a nat.
const RARITY_MAX: i32 = 6_000;

/// Most that it adds where nothing was learnt: the built-in token frequencies do not know what is rare here.
const RARITY_UNLEARNT: i32 = 2_000;

impl Scorer {
    pub(crate) fn new(parameters: Parameters) -> Self {
        let log = |value: f64| value.max(1e-12).ln();
        let logs = parameters.tables.clone().map(|table| table.map(|levels| levels.into_iter().map(log).collect()));
        let shares = parameters.shares.map(|share| share.max(1e-15).ln());
        Self { parameters, logs, shares }
    }

    /// ln of how much less often than usual unrelated people agree on these very values, by field: at most 0 for many users of one identifier.
    fn rarity(&self, compared: &Compared) -> [f64; 6] {
        let mut rarity = [0.0; 6];
        let level = usize::from(compared.levels[NAME]);
        if (1..=3).contains(&level) {
            let most = if self.parameters.trained { RARITY_MAX } else { RARITY_UNLEARNT };
            let more = (compared.name - self.parameters.name_usual[level]).clamp(-RARITY_MAX, most);
            rarity[NAME] = f64::from(more) / 1000.0;
        }
        for (field, users) in [DOCUMENT, PHONE, EMAIL, ADDRESS].into_iter().zip(compared.users) {
            if users > 2 {
                rarity[field] = -f64::from(users - 1).ln();
            }
        }
        rarity
    }

    pub(crate) fn score(&self, compared: &Compared) -> Score {
        let rarity = self.rarity(compared);
        let (mut fields, mut classes) = ([0.0; 6], self.shares);
        for (field, level) in compared.levels.iter().enumerate() {
            let level = usize::from(*level);
            if level == 0 {
                continue;
            }
            let at = |class: usize| self.logs[class][field][level];
            classes[SAME] += at(SAME);
            classes[CHANCE] += at(CHANCE) - rarity[field];
            classes[KIN] += at(KIN);
            fields[field] = at(SAME) - at(CHANCE) + rarity[field];
        }
        classes[KIN] += kin_factor(&compared.levels).ln();
        let (high, low) = (classes[CHANCE].max(classes[KIN]), classes[CHANCE].min(classes[KIN]));
        let odds = classes[SAME] - (high + (low - high).exp().ln_1p());
        let prior = self.shares[SAME] - self.shares[CHANCE];
        Score { odds, fields, prior, household: odds - prior - fields.iter().sum::<f64>() }
    }
}

/// May the model join such a pair by itself, its odds being high enough? Names must agree, and besides a date that is not a
/// registry's "1 January", a document or a mail address; with a phone alone the names must be the same.
pub(crate) fn corroborated(compared: &Compared) -> bool {
    let levels = &compared.levels;
    let names = (1..=3).contains(&levels[NAME]);
    let certain = (1..=2).contains(&levels[BIRTH]) || levels[DOCUMENT] == 1 || levels[EMAIL] == 1;
    names && (certain || (levels[PHONE] == 1 && levels[NAME] == 1))
}

/// What the model learnt of the records: for reports and for people who check it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelReport {
    /// Was anything learnt, or were persons too few?
    pub trained: bool,
    /// Rounds of EM.
    pub rounds: usize,
    /// Persons compared.
    pub persons: u64,
    /// Pairs compared.
    pub pairs: u64,
    /// By blocking rule: what must agree, pairs found, keys that too many shared.
    pub rules: Vec<(&'static str, u64, u64)>,
    /// Estimated share of pairs of one person that some rule finds, 0..=1; too high where rules miss the same pairs.
    pub recall: Option<f64>,
    /// Estimated pairs of one person, and of relatives, among all pairs, as shares.
    pub shares: (f64, f64),
    /// By field and level: probability among the same, by chance, among kin; values absent left out.
    pub levels: Vec<(&'static str, &'static str, [f64; 3])>,
}

impl ModelReport {
    pub(crate) fn new(parameters: &Parameters, persons: usize, pairs: usize, found: &[u64], skipped: &[u64], recall: Option<f64>) -> Self {
        let mut levels = Vec::new();
        for (field, names) in LEVELS.iter().enumerate() {
            for (level, name) in names.iter().enumerate().skip(1) {
                let of = |class: usize| parameters.tables[class][field][level];
                levels.push((FIELDS[field].name(), *name, [of(SAME), of(CHANCE), of(KIN)]));
            }
        }
        Self {
            trained: parameters.trained,
            rounds: parameters.rounds,
            persons: persons as u64,
            pairs: pairs as u64,
            rules: RULES.iter().zip(found).zip(skipped).map(|((rule, found), skipped)| (*rule, *found, *skipped)).collect(),
            recall,
            shares: (parameters.shares[SAME], parameters.shares[KIN]),
            levels,
        }
    }
}

impl fmt::Display for ModelReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.trained { "learnt from the records" } else { "built-in" };
        writeln!(f, "{} persons, {} pairs compared, parameters {how}, {} rounds", self.persons, self.pairs, self.rounds)?;
        for (rule, found, skipped) in &self.rules {
            writeln!(f, "  {rule:<28}{found:>10} pairs {skipped:>8} keys shared by too many")?;
        }
        if let Some(recall) = self.recall {
            writeln!(f, "  estimated recall of these rules {recall:.4}")?;
        }
        writeln!(f, "  share of pairs: same {:.3e}, kin {:.3e}", self.shares.0, self.shares.1)?;
        for (field, level, [same, chance, kin]) in &self.levels {
            writeln!(f, "  {field:<12}{level:<22} same {same:.5} chance {chance:.3e} kin {kin:.5}")?;
        }
        Ok(())
    }
}
