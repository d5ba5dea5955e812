//! Competing hypotheses: what else could explain a finding, with what speaks for and against each (SG-012).
//!
//! Each hypothesis gets a log-likelihood from the evidence and a prior in natural log. The priors are stated judgements, not
//! estimates: no public labelled data of such meetings exist (typology catalogue, section 10).

use tributary_model::alert::Hypothesis;

/// What the hypotheses are weighed on.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Grounds {
    /// Evidence of trafficking, natural log, 0 when none.
    pub trafficking: f64,
    /// Evidence of terrorist financing, natural log, 0 when none.
    pub financing: f64,
    /// Neutral evidence (value transfer, virtual assets, coordination), natural log.
    pub neutral: f64,
    /// Surprise of the finding under the null model: -ln p.
    pub surprise: f64,
    /// Do the two sides meet?
    pub meets: bool,
    /// Share of the named accounts whose holder shows a licence, 0..=1.
    pub licensed: f64,
    /// Independent sources.
    pub sources: usize,
    /// Share of the evidence that comes from the single largest source, 0..=1.
    pub largest_source: f64,
    /// Plain words of the weakest link, when there is a path.
    pub weakest_link: Option<String>,
    /// Benign explanations named by the indicators, most frequent first.
    pub benign: Vec<String>,
}

const PRIOR_TRAFFICKING: f64 = -4.0;
const PRIOR_FINANCING: f64 = -5.0;
const PRIOR_SHARED: f64 = -7.0;
const PRIOR_DATA_ERROR: f64 = -3.0;
/// Most that the null model's surprise may add.
const SURPRISE_CAP: f64 = 7.0;

fn log_sum(values: impl Iterator<Item = f64> + Clone) -> f64 {
    let greatest = values.clone().fold(f64::NEG_INFINITY, f64::max);
    if greatest.is_finite() { greatest + values.map(|v| (v - greatest).exp()).sum::<f64>().ln() } else { greatest }
}

struct Draft {
    name: &'static str,
    log_likelihood: f64,
    evidence_for: Vec<String>,
    evidence_against: Vec<String>,
    would_decide: String,
}

fn nats(value: f64) -> String {
    format!("{value:.1} nats")
}

fn one_side(name: &'static str, what: &str, weight: f64, prior: f64, grounds: &Grounds) -> Draft {
    let mut against = Vec::new();
    if grounds.meets {
        against.push(format!("evidence of the other side comes close (surprise {})", nats(grounds.surprise)));
    }
    if grounds.licensed > 0.0 {
        against.push(format!("{:.0} % of the named accounts are held by licensed parties", grounds.licensed * 100.0));
    }
    Draft {
        name,
        log_likelihood: weight + prior + if grounds.meets { 0.0 } else { grounds.surprise.min(SURPRISE_CAP) },
        evidence_for: if weight > 0.0 { vec![format!("indicators of {what} add {}", nats(weight))] } else { vec![] },
        evidence_against: against,
        would_decide: "the business purpose of the flows at the centre, from the account's own institution".to_owned(),
    }
}

fn shared(grounds: &Grounds) -> Draft {
    let mut evidence_for = vec![];
    let mut evidence_against = vec![];
    if grounds.meets {
        evidence_for.push(format!("both sides' indicators add {}", nats(grounds.trafficking + grounds.financing)));
        evidence_for.push(format!("a comparable network elsewhere would seldom come as close (surprise {})", nats(grounds.surprise)));
    } else {
        evidence_against.push("evidence of one side only".to_owned());
    }
    if let Some(weakest) = &grounds.weakest_link {
        evidence_against.push(format!("the finding hangs on its weakest link: {weakest}"));
    }
    Draft {
        name: "shared_infrastructure",
        log_likelihood: if grounds.meets {
            grounds.trafficking + grounds.financing + grounds.surprise.min(SURPRISE_CAP) + PRIOR_SHARED
        } else {
            PRIOR_SHARED + PRIOR_SHARED
        },
        evidence_for,
        evidence_against,
        would_decide: grounds.weakest_link.as_ref().map_or_else(
            || "a second, independent source for a link between the two sides".to_owned(),
            |weakest| format!("a second, independent source for the weakest link ({weakest})"),
        ),
    }
}

fn lawful(grounds: &Grounds) -> Draft {
    let mut evidence_for: Vec<String> = grounds.benign.iter().take(6).map(|b| format!("would also look like this: {b}")).collect();
    if grounds.licensed > 0.0 {
        evidence_for.push(format!("{:.0} % of the named accounts are held by licensed parties", grounds.licensed * 100.0));
    }
    Draft {
        name: "lawful",
        log_likelihood: 2.0 * grounds.licensed,
        evidence_for,
        evidence_against: vec![format!("{} independent sources speak against it", grounds.sources)],
        would_decide: "licence and registration records, payroll or family ties of the parties at the centre".to_owned(),
    }
}

fn data_error(grounds: &Grounds) -> Draft {
    let mut evidence_for = vec![];
    if grounds.largest_source > 0.8 {
        evidence_for.push(format!("{:.0} % of the evidence comes from one source", grounds.largest_source * 100.0));
    }
    Draft {
        name: "data_error",
        log_likelihood: PRIOR_DATA_ERROR + 2.0 * grounds.largest_source + if grounds.sources < 2 { 2.0 } else { 0.0 },
        evidence_for,
        evidence_against: if grounds.sources > 1 { vec![format!("{} sources agree", grounds.sources)] } else { vec![] },
        would_decide: "the records behind the links, checked at their sources; recycled numbers and shared devices first".to_owned(),
    }
}

/// The table of hypotheses, always all five and always in this order: the order says nothing of their odds.
#[must_use]
pub fn table(grounds: &Grounds) -> Vec<Hypothesis> {
    let drafts = vec![
        one_side("trafficking_only", "trafficking", grounds.trafficking, PRIOR_TRAFFICKING, grounds),
        one_side("terrorist_financing_only", "terrorist financing", grounds.financing, PRIOR_FINANCING, grounds),
        shared(grounds),
        lawful(grounds),
        data_error(grounds),
    ];
    let values: Vec<f64> = drafts.iter().map(|d| d.log_likelihood).collect();
    drafts
        .into_iter()
        .enumerate()
        .map(|(index, draft)| {
            let others = log_sum(values.iter().enumerate().filter(|(i, _)| *i != index).map(|(_, v)| *v));
            Hypothesis {
                name: draft.name.to_owned(),
                log_odds: draft.log_likelihood - others,
                evidence_for: draft.evidence_for,
                evidence_against: draft.evidence_against,
                would_decide: draft.would_decide,
            }
        })
        .collect()
}
