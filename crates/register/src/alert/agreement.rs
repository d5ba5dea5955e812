//! How well readers agree who do not know of each other, and how well they know a made-up alert (SG-016).
//!
//! Cohen, J. (1960), A coefficient of agreement for nominal scales, Educational and Psychological Measurement 20(1), 37-46. Its standard error
//! for large samples: Fleiss, J. L., Cohen, J. and Everitt, B. S. (1969), Large sample standard errors of kappa and weighted kappa,
//! Psychological Bulletin 72(5), 323-327, formula 13.

use schemars::JsonSchema;
use serde::Serialize;
use tributary_access::{Action, Resource};
use tributary_cases::{Find, Notes, Page};
use tributary_model::Timestamp;

use super::queue::all_by_key;
use super::record::{Alert, AlertState, Disposition, Stage};
use crate::acting::Caller;
use crate::people::agency::Agency;
use crate::{Register, RegisterError};

/// Fewer pairs are not told of: they would tell of single readers (SG-039), and say nothing.
const PAIRS_MIN: usize = 11;
/// Of the normal distribution, for 95 %.
const Z: f64 = 1.959_963_984_540_054;
/// How many dispositions there are.
const KINDS: usize = Disposition::ALL.len();
/// Agencies that are looked at.
const AGENCIES_MAX: u32 = 10_000;

/// Cohen's kappa over pairs of readings.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Kappa {
    /// How many pairs.
    pub pairs: usize,
    /// In how many both say the same.
    pub same: usize,
    /// Their share.
    pub observed: f64,
    /// The share that chance alone would give.
    pub by_chance: f64,
    /// Agreement beyond chance, -1 to 1; none where all say one thing, and chance alone would agree.
    pub kappa: Option<f64>,
    /// Its standard error, for large samples.
    pub standard_error: Option<f64>,
    /// Where it lies with 95 %.
    pub interval: Option<(f64, f64)>,
}

/// How often a decoy was known for what it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
pub struct DecoyScore {
    /// Readings of decoys.
    pub readings: usize,
    /// Right ones.
    pub right: usize,
}

/// How well people read.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Agreement {
    /// Over pairs of blind readings; none below 11.
    pub readings: Option<Kappa>,
    /// Over readings of decoys; none below 11.
    pub decoys: Option<DecoyScore>,
}

/// Cohen's kappa with its standard error; none for fewer than 11 pairs.
#[must_use]
pub fn kappa(pairs: &[(Disposition, Disposition)]) -> Option<Kappa> {
    if pairs.len() < PAIRS_MIN {
        return None;
    }
    let n = pairs.len() as f64;
    let share = |holds: &dyn Fn(&(Disposition, Disposition)) -> bool| pairs.iter().filter(|pair| holds(pair)).count() as f64 / n;
    let same = pairs.iter().filter(|(a, b)| a == b).count();
    let observed = same as f64 / n;
    let first = marginal(&|it| share(&|(a, _)| *a == it));
    let second = marginal(&|it| share(&|(_, b)| *b == it));
    let by_chance: f64 = first.iter().zip(&second).map(|(a, b)| a * b).sum();
    let beyond = 1.0 - by_chance;
    // All that is said is one thing: nothing is left to agree on beyond chance.
    let kappa = (beyond > 1e-12).then(|| (observed - by_chance) / beyond);
    let standard_error = kappa.map(|kappa| {
        let mut variance = -(kappa - by_chance * (1.0 - kappa)).powi(2);
        for (i, a) in Disposition::ALL.iter().enumerate() {
            for (j, b) in Disposition::ALL.iter().enumerate() {
                let cell = share(&|pair| *pair == (*a, *b));
                let at = |marginal: &[f64; KINDS], index: usize| marginal.get(index).copied().unwrap_or_default();
                // The diagonal counts by its own marginals, every other cell by those that cross it.
                variance += if i == j {
                    cell * (1.0 - (at(&first, i) + at(&second, i)) * (1.0 - kappa)).powi(2)
                } else {
                    cell * ((1.0 - kappa) * (at(&second, i) + at(&first, j))).powi(2)
                };
            }
        }
        (variance.max(0.0) / (n * beyond * beyond)).sqrt()
    });
    let interval = kappa.zip(standard_error).map(|(kappa, error)| ((kappa - Z * error).max(-1.0), (kappa + Z * error).min(1.0)));
    Some(Kappa { pairs: pairs.len(), same, observed, by_chance, kappa, standard_error, interval })
}

fn marginal(share: &dyn Fn(Disposition) -> f64) -> [f64; KINDS] {
    let mut all = [0.0; KINDS];
    for (place, it) in all.iter_mut().zip(Disposition::ALL) {
        *place = share(*it);
    }
    all
}

/// Pairs of blind readings of one alert: the first with the second, and the first with who read it again.
fn pairs(alert: &Alert) -> Vec<(Disposition, Disposition)> {
    let mut pairs = Vec::new();
    for round in 1..=alert.round {
        let of = |stage: Stage| alert.readings.iter().find(|reading| reading.round == round && reading.stage == stage).map(|it| it.disposition);
        pairs.extend([Stage::Second, Stage::Reread].into_iter().filter_map(|stage| of(Stage::First).zip(of(stage))));
    }
    pairs
}

impl Register {
    /// How well the readers of an agency, or of all, agree with each other and with what is known of decoys. It tells of no single reader.
    /// Alerts that still wait for a reader are left out.
    ///
    /// # Errors
    /// [`RegisterError`].
    pub async fn agreement(&self, caller: &Caller, agency: Option<&str>, at: Timestamp) -> Result<Agreement, RegisterError> {
        let mut acting = self.act(caller, at).await?;
        let owner = agency.unwrap_or_default().to_owned();
        acting.permit(Action::StatisticRead, &Resource { id: "alert.agreement".into(), owner, ..Resource::default() }).await?;
        let agencies = match agency {
            Some(one) => vec![one.to_owned()],
            None => acting.tx()?.list::<Agency>(Find::All, &Page::first(AGENCIES_MAX)).await?.into_iter().map(|one| one.id).collect(),
        };
        let (mut compared, mut decoys) = (Vec::new(), DecoyScore { readings: 0, right: 0 });
        for agency in agencies {
            for alert in all_by_key(acting.tx()?, "compared", &agency).await?.iter().filter(|alert| alert.body.stage().is_none()) {
                match &alert.body.decoy {
                    Some(decoy) if alert.body.state == AlertState::Closed => {
                        decoys.readings += alert.body.readings.len();
                        decoys.right += alert.body.readings.iter().filter(|reading| reading.disposition == decoy.expected).count();
                    }
                    Some(_) => {}
                    None => compared.extend(pairs(&alert.body)),
                }
            }
        }
        let note = acting.note("statistic.read").tag("statistic", "agreement");
        acting.done(Notes::one(note)).await?;
        Ok(Agreement { readings: kappa(&compared), decoys: Some(decoys).filter(|decoys| decoys.readings >= PAIRS_MIN) })
    }
}
