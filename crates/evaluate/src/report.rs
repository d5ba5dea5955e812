//! The report: figures with intervals, and of each what it does not mean.

use crate::judge::{Judged, Tally};
use crate::rate::{Mean, Rate};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use tributary_model::AlertKind;

/// Ranks at which precision and recall are given.
pub const RANKS: [u64; 4] = [5, 10, 20, 50];
/// Edges of the bins of claimed q.
pub const Q_EDGES: [f64; 7] = [0.0, 0.01, 0.05, 0.1, 0.2, 0.5, 1.0];

/// Precision and recall among the first alerts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AtRank {
    /// How many alerts from the top of each world; absent: all.
    pub rank: Option<u64>,
    /// Share of those alerts that are right.
    pub precision: Rate,
    /// Share of what there was to find that at least one of them finds.
    pub recall: Rate,
}

/// What alerts of one kind were worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindReport {
    /// `trafficking`, `terrorist_financing`, `convergence`, `laundering`, or `all`.
    pub kind: String,
    /// Alerts.
    pub alerts: u64,
    /// At ranks 5, 10, 20, 50 and over all.
    pub at: Vec<AtRank>,
    /// Mean over everything there was to find of the precision at the rank where it is first found, 0 when it is not.
    pub average_precision: Mean,
    /// Share of the subjects named that are members of some network.
    pub subject_precision: Rate,
}

/// Alerts whose claimed q lies in one range, and how many of them are false.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationBin {
    /// Lower edge, exclusive but for 0.
    pub from: f64,
    /// Upper edge, inclusive.
    pub to: f64,
    /// Mean claimed q.
    pub claimed: Option<f64>,
    /// Observed false share, exact interval.
    pub observed: Rate,
    /// Is the observed share above the upper edge by more than sampling error?
    pub above_claim: bool,
}

/// Claimed q against observed false share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Calibration {
    /// `convergence` or `all`.
    pub kind: String,
    /// By range of q.
    pub bins: Vec<CalibrationBin>,
    /// All alerts up to q = 0.1 together: `from` 0, `to` 0.1.
    pub up_to_0_1: CalibrationBin,
}

/// Convergence: what was found of it and what was mistaken for it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConvergenceReport {
    /// Convergences found by any alert, of all there are.
    pub found: Rate,
    /// The same, by alerts with q of at most 0.1 alone.
    pub found_at_q_0_1: Rate,
    /// Convergence alerts that are wrong.
    pub false_alerts: Rate,
    /// Convergence alerts with q of at most 0.1.
    pub alerts_at_q_0_1: u64,
    /// Wrong convergence alerts that fell for a near-miss, of all convergence alerts.
    pub on_near_misses: Rate,
    /// Near-misses that some alert fell for, of all there are.
    pub near_misses_taken: Rate,
    /// Worlds in which no convergence alert with q of at most 0.1 was raised, of all.
    pub quiet_worlds: Rate,
}

/// Subjects that are under protection. The first figure must be 0.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProtectedReport {
    /// Subjects whom a record names as victim, witness or reporter, or shows to be under age, or an account shown as theirs. Must be 0.
    pub recorded: u64,
    /// The same person is so named under another party id: a miss of resolution.
    pub other_record: u64,
    /// Victims of whom no record tells.
    pub unrecorded: u64,
    /// Is the first figure 0?
    pub held: bool,
}

/// How much there was to look through (SG-101).
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BaseRate {
    /// Worlds counted.
    pub worlds: u64,
    /// Persons.
    pub persons: u64,
    /// Parties with a criminal role, as share of persons and organisations known to the truth's groups.
    pub members: Rate,
    /// Members named as subjects by any alert.
    pub members_named: Rate,
    /// Precision over every alert raised: the precision at the real workload.
    pub precision_at_workload: Rate,
    /// Alerts an analyst has to read for each right one; absent when none is right.
    pub alerts_for_each_right_one: Option<f64>,
    /// Recall of networks hard to see, by any alert.
    pub hard_found: Rate,
}

/// All figures of an evaluation. Serialises as JSON; [`Report::to_text`] is the same as a table.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Version of this form.
    pub format: &'static str,
    /// How much there was to look through.
    pub base_rate: BaseRate,
    /// By kind of alert; `all` is last.
    pub kinds: Vec<KindReport>,
    /// Convergence.
    pub convergence: ConvergenceReport,
    /// Recall by kind of network, and by what convergences share.
    pub found: Vec<FoundOfKind>,
    /// Claimed q against observed false share.
    pub calibration: Vec<Calibration>,
    /// Protected people.
    pub protected: ProtectedReport,
    /// Error by group.
    pub fairness: Vec<crate::fairness::TraitReport>,
    /// Benign twins taken for subjects, by kind.
    pub twins: Vec<crate::fairness::TwinReport>,
    /// What each figure does not mean.
    pub does_not_mean: Vec<Caveat>,
    #[serde(skip)]
    pub(crate) tallies: Vec<Tally>,
}

/// What was found of one kind, by any right alert.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundOfKind {
    /// `network` or `convergence`.
    pub what: &'static str,
    /// Kind of network, or what is shared.
    pub kind: String,
    /// Found, of all there are.
    pub found: Rate,
}

/// What a figure does not mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Caveat {
    /// Which figure.
    pub figure: &'static str,
    /// What it does not mean.
    pub not: &'static str,
}

const CAVEATS: [Caveat; 9] = [
    Caveat {
        figure: "precision",
        not: "the share of accused people who are guilty: an alert counts as right when it names one member, and the world is simulated",
    },
    Caveat { figure: "recall", not: "the share of real networks that would be found: the world holds only kinds of network that its makers know of" },
    Caveat { figure: "average_precision", not: "comparable between worlds with other base rates or other overlap" },
    Caveat { figure: "calibration", not: "that q holds on other data: it is checked here against simulated truth alone" },
    Caveat { figure: "on_near_misses", not: "all ways to be wrong: near-misses are the pairs that the world planted on purpose" },
    Caveat {
        figure: "protected.unrecorded",
        not: "a failure of the rule: nobody had recorded these people as victims; it shows what the rule cannot see",
    },
    Caveat {
        figure: "fairness",
        not: "absence of bias on real people: traits are drawn here without regard to crime, so a disparity is the detector's or the sampling's own; groups under 11 are not shown",
    },
    Caveat { figure: "twins", not: "the harm done by a false alarm, nor that lawful people of other kinds are safe" },
    Caveat { figure: "precision_at_workload", not: "precision at another rate of crime: with fewer members among the same people it falls" },
];

fn kind_report(name: &str, kind: Option<AlertKind>, tallies: &[Tally]) -> KindReport {
    let of_kind = |t: &Tally| -> Vec<Judged> { t.alerts.iter().filter(|a| kind.is_none_or(|k| a.kind == k)).cloned().collect() };
    let worlds: Vec<(Vec<Judged>, u64)> = tallies.iter().map(|t| (of_kind(t), targets(t, kind))).collect();
    let at = RANKS.into_iter().map(Some).chain([None]).map(|rank| at_rank(&worlds, kind, rank)).collect();
    let contributions: Vec<f64> = worlds.iter().flat_map(|(alerts, total)| first_found(alerts, kind, *total)).collect();
    let all = || worlds.iter().flat_map(|(alerts, _)| alerts);
    KindReport {
        kind: name.to_owned(),
        alerts: all().count() as u64,
        at,
        average_precision: Mean::bootstrap(&contributions, 1),
        subject_precision: Rate::wilson(all().map(|a| a.member_subjects).sum(), all().map(|a| a.subjects).sum()),
    }
}

/// How much there is to find for that kind of alert.
fn targets(tally: &Tally, kind: Option<AlertKind>) -> u64 {
    match kind {
        Some(AlertKind::Trafficking) => tally.trafficking,
        Some(AlertKind::TerroristFinancing) => tally.financing,
        Some(AlertKind::Convergence) => tally.convergences,
        Some(AlertKind::Laundering) | None => tally.trafficking + tally.financing,
    }
}

/// What an alert finds of what is counted for that kind: over all kinds together it is networks that count.
fn found_by(alert: &Judged, kind: Option<AlertKind>) -> &[usize] {
    match (kind, alert.hit) {
        (_, false) => &[],
        (None, true) => &alert.networks,
        (Some(_), true) => &alert.targets,
    }
}

fn at_rank(worlds: &[(Vec<Judged>, u64)], kind: Option<AlertKind>, rank: Option<u64>) -> AtRank {
    let (mut right, mut read, mut found, mut total) = (0, 0, 0, 0);
    for (alerts, targets) in worlds {
        let first = alerts.iter().take(rank.map_or(usize::MAX, |r| r as usize));
        read += first.clone().count() as u64;
        right += first.clone().filter(|a| a.hit).count() as u64;
        found += first.flat_map(|a| found_by(a, kind)).collect::<BTreeSet<_>>().len() as u64;
        total += targets;
    }
    AtRank { rank, precision: Rate::wilson(right, read), recall: Rate::wilson(found, total) }
}

/// For each thing to find, the precision at the rank where it is first found; 0 for what is not.
fn first_found(alerts: &[Judged], kind: Option<AlertKind>, total: u64) -> Vec<f64> {
    let mut found = BTreeSet::new();
    let mut contributions = Vec::new();
    let mut right = 0;
    for (index, alert) in alerts.iter().enumerate() {
        right += u64::from(alert.hit);
        for target in found_by(alert, kind) {
            if found.insert(*target) {
                contributions.push(right as f64 / (index + 1) as f64);
            }
        }
    }
    contributions.resize(contributions.len().max(total as usize), 0.0);
    contributions
}

fn bin(alerts: &[&Judged], from: f64, to: f64) -> CalibrationBin {
    let inside: Vec<&&Judged> = alerts.iter().filter(|a| a.q <= to && (a.q > from || from == 0.0)).collect();
    let wrong = inside.iter().filter(|a| !a.hit).count() as u64;
    let claimed = (!inside.is_empty()).then(|| inside.iter().map(|a| a.q).sum::<f64>() / inside.len() as f64);
    let observed = Rate::exact(wrong, inside.len() as u64);
    CalibrationBin { from, to, claimed, observed, above_claim: observed.low > to }
}

fn calibration(name: &str, kind: Option<AlertKind>, tallies: &[Tally]) -> Calibration {
    let alerts: Vec<&Judged> = tallies.iter().flat_map(|t| &t.alerts).filter(|a| kind.is_none_or(|k| a.kind == k)).collect();
    let bins = Q_EDGES.iter().zip(Q_EDGES.iter().skip(1)).map(|(from, to)| bin(&alerts, *from, *to)).collect();
    Calibration { kind: name.to_owned(), bins, up_to_0_1: bin(&alerts, 0.0, 0.1) }
}

fn convergence(tallies: &[Tally]) -> ConvergenceReport {
    let of = |t: &Tally| -> Vec<Judged> { t.alerts.iter().filter(|a| a.kind == AlertKind::Convergence).cloned().collect() };
    let (mut found, mut sure, mut alerts, mut wrong, mut fell, mut taken, mut low_q, mut quiet) = (0, 0, 0, 0, 0, 0, 0, 0);
    for tally in tallies {
        let own = of(tally);
        found += own.iter().flat_map(|a| &a.targets).collect::<BTreeSet<_>>().len() as u64;
        sure += own.iter().filter(|a| a.q <= 0.1).flat_map(|a| &a.targets).collect::<BTreeSet<_>>().len() as u64;
        alerts += own.len() as u64;
        wrong += own.iter().filter(|a| !a.hit).count() as u64;
        fell += own.iter().filter(|a| a.near_miss.is_some()).count() as u64;
        taken += own.iter().filter_map(|a| a.near_miss).collect::<BTreeSet<_>>().len() as u64;
        let here = own.iter().filter(|a| a.q <= 0.1).count() as u64;
        low_q += here;
        quiet += u64::from(here == 0);
    }
    let total = tallies.iter().map(|t| t.convergences).sum();
    ConvergenceReport {
        found: Rate::wilson(found, total),
        found_at_q_0_1: Rate::wilson(sure, total),
        false_alerts: Rate::exact(wrong, alerts),
        alerts_at_q_0_1: low_q,
        on_near_misses: Rate::exact(fell, alerts),
        near_misses_taken: Rate::wilson(taken, tallies.iter().map(|t| t.near_misses).sum()),
        quiet_worlds: Rate::wilson(quiet, tallies.len() as u64),
    }
}

fn found(tallies: &[Tally]) -> Vec<FoundOfKind> {
    let mut cells: BTreeMap<(&'static str, String), (u64, u64)> = BTreeMap::new();
    for ((what, kind), (all, found)) in tallies.iter().flat_map(|t| &t.found) {
        let cell = cells.entry((what, kind.clone())).or_default();
        *cell = (cell.0 + all, cell.1 + found);
    }
    cells.into_iter().map(|((what, kind), (all, found))| FoundOfKind { what, kind, found: Rate::wilson(found, all) }).collect()
}

fn base_rate(tallies: &[Tally]) -> BaseRate {
    let sum = |f: fn(&Tally) -> u64| tallies.iter().map(f).sum::<u64>();
    let right = sum(|t| t.alerts.iter().filter(|a| a.hit).count() as u64);
    let read = sum(|t| t.alerts.len() as u64);
    let hard_found = sum(|t| {
        let touched: BTreeSet<usize> = t.alerts.iter().filter(|a| a.hit).flat_map(|a| a.networks.iter().copied()).collect();
        touched.into_iter().filter(|n| t.hard_networks.get(*n) == Some(&true)).count() as u64
    });
    BaseRate {
        worlds: tallies.len() as u64,
        persons: sum(|t| t.persons),
        members: Rate::wilson(sum(|t| t.member_parties).min(sum(|t| t.persons)), sum(|t| t.persons)),
        members_named: Rate::wilson(sum(|t| t.members_named), sum(|t| t.member_parties)),
        precision_at_workload: Rate::wilson(right, read),
        alerts_for_each_right_one: (right > 0).then(|| read as f64 / right as f64),
        hard_found: Rate::wilson(hard_found, sum(|t| t.hard)),
    }
}

fn protected(tallies: &[Tally]) -> ProtectedReport {
    let mut report = ProtectedReport { recorded: 0, other_record: 0, unrecorded: 0, held: true };
    for ((_, recorded), count) in tallies.iter().flat_map(|t| &t.protected) {
        match recorded.as_str() {
            "direct" => report.recorded += count,
            "other_record" => report.other_record += count,
            _ => report.unrecorded += count,
        }
    }
    report.held = report.recorded == 0;
    report
}

impl Report {
    /// The report over the worlds counted.
    pub(crate) fn over(tallies: Vec<Tally>) -> Self {
        let kinds = [AlertKind::Convergence, AlertKind::Trafficking, AlertKind::TerroristFinancing, AlertKind::Laundering];
        let mut by_kind: Vec<KindReport> = kinds.into_iter().map(|k| kind_report(k.name(), Some(k), &tallies)).collect();
        by_kind.push(kind_report("all", None, &tallies));
        Self {
            format: "tributary-evaluation/1",
            base_rate: base_rate(&tallies),
            kinds: by_kind,
            convergence: convergence(&tallies),
            found: found(&tallies),
            calibration: vec![calibration("convergence", Some(AlertKind::Convergence), &tallies), calibration("all", None, &tallies)],
            protected: protected(&tallies),
            fairness: crate::fairness::report(&tallies),
            twins: crate::fairness::twins(&tallies),
            does_not_mean: CAVEATS.to_vec(),
            tallies,
        }
    }

    /// The figures of one kind.
    #[must_use]
    pub fn kind(&self, name: &str) -> Option<&KindReport> {
        self.kinds.iter().find(|k| k.kind == name)
    }
}
