//! The whole way from evidence to ranked alerts.

use std::collections::BTreeMap;

use rayon::prelude::*;
use sha2::{Digest, Sha256};
use tributary_graph::relation::{NodeKind, RelationGraph};
use tributary_model::alert::{AlertIndicator, Detector, PathLink, ProtectedCount};
use tributary_model::{Alert, AlertKind, ProtectedSet, Side, Subject, SubjectType, Timestamp};

use crate::evidence::{Evidence, IndicatorText, echoes};
use crate::explain;
use crate::fdr::q_values;
use crate::hypotheses::{Grounds, table};
use crate::meeting::{Abstained, Meeting, Sides, meetings};
use crate::network::{ByNode, Fields, Network, networks};
use crate::null::{Background, PValue, field_of, gathered};
use crate::path::{Step, closest};
use crate::proximity::Walk;
use crate::settings::Settings;
use crate::strata::Strata;

/// Everything the search reads.
#[derive(Clone, Copy, Debug)]
pub struct Input<'a> {
    /// The relation graph.
    pub graph: &'a RelationGraph,
    /// Names of regions, by [`tributary_graph::relation::NodeFacts::region`]; ISO 3166-1 or 3166-2, empty where unknown.
    pub regions: &'a [String],
    /// What the indicators found.
    pub evidence: &'a [Evidence],
    /// What is said of the indicators.
    pub texts: &'a [IndicatorText],
    /// Who can never be a subject.
    pub protected: &'a ProtectedSet,
    /// The snapshot's id.
    pub snapshot: &'a str,
    /// Versions.
    pub detector: &'a Detector,
    /// Settings.
    pub settings: &'a Settings,
}

/// Something that was looked at and not reported, with the reason: known gaps are better than unknown ones (SG-017).
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Abstention {
    /// What was looked at.
    pub what: String,
    /// Why nothing is said of it.
    pub reason: String,
    /// How often.
    pub count: u64,
}

/// One comparison of two networks, whether reported or not: whoever checks the run can compute the q-values again from all of them and
/// [`Outcome::networks_tested`].
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Comparison {
    /// Centre of the trafficking network, `type:id` or `protected`.
    pub trafficking: String,
    /// Centre of the financing network.
    pub financing: String,
    /// Evidence of the trafficking network, natural log.
    pub trafficking_evidence: f64,
    /// Evidence of the financing network, natural log.
    pub financing_evidence: f64,
    /// The larger of the two p-values, 0 < p <= 1.
    pub p_value: f64,
    /// Places at which the network that was moved came as close to any network of the other side.
    pub exceeded: u64,
    /// Places tried.
    pub tried: u64,
    /// q-value over the run, 0..=1.
    pub q_value: f64,
}

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Alerts, best first.
    pub alerts: Vec<Alert>,
    /// What was not reported, and why.
    pub abstentions: Vec<Abstention>,
    /// Pairs of networks that were compared.
    pub pairs_tested: u64,
    /// Trafficking networks that were tested for a meeting with any financing network: the number of tests behind the q-values.
    pub networks_tested: u64,
    /// Networks found per side: trafficking, terrorist financing, neutral.
    pub networks: [u64; 3],
    /// Every pair of networks with any closeness, in order of the networks' evidence.
    pub comparisons: Vec<Comparison>,
}

const fn subject_type(kind: NodeKind) -> Option<SubjectType> {
    match kind {
        NodeKind::Account => Some(SubjectType::Account),
        NodeKind::Party => Some(SubjectType::Party),
        NodeKind::Identifier => Some(SubjectType::Identifier),
        NodeKind::Post => Some(SubjectType::Post),
        NodeKind::Place => Some(SubjectType::Place),
        NodeKind::Journey | NodeKind::Template | NodeKind::Case => None,
    }
}

impl Input<'_> {
    fn is_protected(&self, node: u32) -> bool {
        let (kind, id) = self.graph.name(node);
        subject_type(kind).is_some_and(|t| self.protected.reason(t, id).is_some())
    }

    /// `type:id`, or `protected`.
    pub(crate) fn label(&self, node: u32) -> String {
        let (kind, id) = self.graph.name(node);
        if self.is_protected(node) { "protected".to_owned() } else { format!("{}:{id}", kind.name()) }
    }

    fn region(&self, node: u32) -> &str {
        self.regions.get(usize::from(self.graph.facts(node).region)).map_or("", String::as_str)
    }
}

/// Searches for findings. Deterministic: the result does not depend on the number of threads.
#[must_use]
pub fn converge(input: &Input<'_>) -> Outcome {
    let settings = input.settings;
    let echo = echoes(input.evidence);
    let protected: Vec<bool> = input.evidence.iter().map(|e| input.is_protected(e.node)).collect();
    let flag = |flags: &[bool], i: usize| flags.get(i).copied().unwrap_or(true);
    // One side alone may use a finding that echoes the other side; a meeting may not.
    let single = ByNode::new(input.evidence, |i| !flag(&protected, i));
    let meeting = ByNode::new(input.evidence, |i| !flag(&protected, i) && !flag(&echo, i));
    let walk = Walk { damping: settings.walk_damping, steps: settings.walk_steps, cutoff: settings.walk_cutoff };
    let fields = Fields::new(input.graph, &single.nodes(), walk);
    let strata = Strata::new(input.graph, settings.stratum_size_min);
    let mut abstained = Abstained::default();

    let met = Sides {
        trafficking: networks(&meeting, &fields, Side::Trafficking, settings),
        financing: networks(&meeting, &fields, Side::TerroristFinancing, settings),
        neutral: vec![],
    };
    let tested = meetings(input, &met, &fields, &strata, &mut abstained);
    let mut drafts = convergence_alerts(input, &met, &tested.meetings, &fields);

    let alone = Sides {
        trafficking: networks(&single, &fields, Side::Trafficking, settings),
        financing: networks(&single, &fields, Side::TerroristFinancing, settings),
        neutral: networks(&single, &fields, Side::Neutral, settings),
    };
    let counts = [alone.trafficking.len() as u64, alone.financing.len() as u64, alone.neutral.len() as u64];
    for (networks, side, kind) in [
        (&alone.trafficking, Side::Trafficking, AlertKind::Trafficking),
        (&alone.financing, Side::TerroristFinancing, AlertKind::TerroristFinancing),
        (&alone.neutral, Side::Neutral, AlertKind::Laundering),
    ] {
        drafts.extend(single_alerts(input, networks, side, kind, &single, &fields, &strata, &mut abstained));
    }
    Outcome {
        alerts: rank(drafts),
        abstentions: abstained.finish(),
        pairs_tested: tested.pairs,
        networks_tested: tested.networks,
        networks: counts,
        comparisons: tested.meetings.iter().filter_map(|meeting| comparison(input, &met, meeting)).collect(),
    }
}

/// An alert before it is ranked.
struct Draft {
    alert: Alert,
    center: String,
}

/// Evidence as a number between 0 and 1.
fn squash(nats: f64) -> f64 {
    1.0 - (-nats.max(0.0) / 3.0).exp()
}

fn comparison(input: &Input<'_>, sides: &Sides, meeting: &Meeting) -> Option<Comparison> {
    let (t, f) = (sides.trafficking.get(meeting.trafficking)?, sides.financing.get(meeting.financing)?);
    Some(Comparison {
        trafficking: input.label(t.center),
        financing: input.label(f.center),
        trafficking_evidence: t.weighed.total,
        financing_evidence: f.weighed.total,
        p_value: meeting.p.p,
        exceeded: meeting.p.exceeded,
        tried: meeting.p.tried,
        q_value: meeting.q,
    })
}

fn convergence_alerts(input: &Input<'_>, sides: &Sides, meetings: &[Meeting], fields: &Fields) -> Vec<Draft> {
    let reported: Vec<&Meeting> = meetings.iter().filter(|meeting| meeting.q <= input.settings.q_report_max).collect();
    reported
        .into_par_iter()
        .filter_map(|meeting| {
            let (t, f) = (sides.trafficking.get(meeting.trafficking)?, sides.financing.get(meeting.financing)?);
            convergence_alert(input, t, f, meeting.p, meeting.q, fields)
        })
        .collect()
}

fn convergence_alert(input: &Input<'_>, t: &Network, f: &Network, p: PValue, q: f64, fields: &Fields) -> Option<Draft> {
    let nodes = |network: &Network| -> Vec<u32> { network.seeds.iter().map(|s| s.node).collect() };
    let steps = closest(input.graph, &nodes(t), &nodes(f), input.settings)?;
    let meeting_node = meeting_node(t, f, &steps, fields);
    let path = path_links(input, &steps);
    let mut subjects = Subjects::new(input);
    if let Some(node) = meeting_node.filter(|node| may_be_named(input, *node)) {
        subjects.add(node, "shared_infrastructure", 1.0);
    }
    for network in [t, f] {
        subjects.add_network(network);
    }
    for step in &steps {
        subjects.count(step.from);
        subjects.count(step.to);
    }
    let indicators = indicators(input, &[t, f]);
    let grounds = grounds(input, &[t, f], p, true, &path, &indicators);
    let meeting_words = match (meeting_node, path.as_slice()) {
        (Some(node), []) => format!("The two meet in {}, which bears evidence of both.", input.label(node)),
        (Some(node), path) => {
            format!("They are joined by {}; the shared point is {}.", explain::count(path.len(), "link", "links"), input.label(node))
        }
        (None, _) => String::new(),
    };
    let explanation = [
        explain::side_sentence(t.side, &t.opening, t.seeds.len(), t.weighed.sources.len(), t.period),
        explain::side_sentence(f.side, &f.opening, f.seeds.len(), f.weighed.sources.len(), f.period),
        meeting_words,
        explain::meeting_sentence(p, q),
    ]
    .into_iter()
    .filter(|s| !s.is_empty())
    .collect::<Vec<_>>()
    .join(" ");
    let (evidence_t, evidence_f) = (squash(t.weighed.total), squash(f.weighed.total));
    let convergence = (1.0 - p.p).max(0.0);
    let mut limits = limits(input, q);
    if let Some(link) = path.iter().find(|l| l.weakest) {
        limits.push(format!("The weakest link is: {}.", link.statement));
    }
    let part = Part {
        kind: AlertKind::Convergence,
        center: format!("{}|{}", input.label(t.center), input.label(f.center)),
        networks: vec![t, f],
        score: (1.0 - q) * (evidence_t * evidence_f).sqrt(),
        p,
        q,
        sides: (evidence_t, evidence_f, convergence),
    };
    Some(build(input, part, subjects, indicators, path, table(&grounds), explanation, limits, &steps))
}

/// The node of the path at which both sides are nearest: the greatest product of the two fields.
fn meeting_node(t: &Network, f: &Network, steps: &[Step], fields: &Fields) -> Option<u32> {
    let (of_t, of_f) = (field_of(t, fields), field_of(f, fields));
    let mut nodes: Vec<u32> = steps.iter().flat_map(|s| [s.from, s.to]).collect();
    if nodes.is_empty() {
        nodes = t.seeds.iter().map(|s| s.node).filter(|node| f.seeds.iter().any(|s| s.node == *node)).collect();
    }
    let value = |node: u32| of_t.get(&node).copied().unwrap_or(0.0) * of_f.get(&node).copied().unwrap_or(0.0);
    nodes.into_iter().max_by(|x, y| value(*x).total_cmp(&value(*y)).then(y.cmp(x)))
}

/// May the point where two networks meet be a subject? A thing may; a person and a person's account only when a finding says something
/// of them: whoever merely stands between two networks may be exploited by one of them, and no record says so yet (SG-031).
fn may_be_named(input: &Input<'_>, node: u32) -> bool {
    match input.graph.name(node).0 {
        NodeKind::Party | NodeKind::Account => input.evidence.iter().any(|e| e.node == node),
        NodeKind::Identifier | NodeKind::Post | NodeKind::Place | NodeKind::Journey | NodeKind::Template | NodeKind::Case => true,
    }
}

fn path_links(input: &Input<'_>, steps: &[Step]) -> Vec<PathLink> {
    let weakest = steps.iter().enumerate().min_by(|x, y| x.1.closeness.total_cmp(&y.1.closeness)).map(|(i, _)| i);
    steps
        .iter()
        .enumerate()
        .filter_map(|(index, step)| {
            let link = input.graph.link(step.link)?;
            let masked = |node: u32| if input.is_protected(node) { (input.graph.name(node).0, "under protection") } else { input.graph.name(node) };
            Some(PathLink {
                from: input.label(step.from),
                to: input.label(step.to),
                kind: link.kind.name().to_owned(),
                weight: f64::from(link.conductance),
                statement: explain::link_sentence(
                    link.kind,
                    masked(step.from),
                    masked(step.to),
                    link.count,
                    Timestamp(link.first),
                    Timestamp(link.last),
                ),
                observations: Vec::new(),
                weakest: Some(index) == weakest,
            })
        })
        .collect()
}

#[expect(clippy::too_many_arguments, reason = "one private step of the run; the arguments are its named inputs")]
fn single_alerts(
    input: &Input<'_>,
    networks: &[Network],
    side: Side,
    kind: AlertKind,
    by_node: &ByNode<'_>,
    fields: &Fields,
    strata: &Strata,
    abstained: &mut Abstained,
) -> Vec<Draft> {
    let background = Background::new(by_node, strata, side, input.settings);
    let eligible: Vec<&Network> = networks.iter().filter(|n| n.opening.len() >= input.settings.families_min).collect();
    for _ in eligible.len()..networks.len() {
        abstained.note(kind.name(), "fewer than two families of indicators");
    }
    let p: Vec<PValue> = eligible.par_iter().map(|n| gathered(by_node, fields, n, strata, &background, input.settings)).collect();
    let q = q_values(&p.iter().map(|p| p.p).collect::<Vec<_>>(), eligible.len());
    let drafts: Vec<(&Network, PValue, f64)> = eligible.into_iter().zip(p).zip(q).map(|((n, p), q)| (n, p, q)).collect();
    for _ in drafts.iter().filter(|(_, _, q)| *q > input.settings.q_report_max) {
        abstained.note(kind.name(), "no more than chance would gather");
    }
    drafts.into_iter().filter(|(_, _, q)| *q <= input.settings.q_report_max).map(|(n, p, q)| single_alert(input, n, kind, p, q)).collect()
}

fn single_alert(input: &Input<'_>, network: &Network, kind: AlertKind, p: PValue, q: f64) -> Draft {
    let mut subjects = Subjects::new(input);
    subjects.add_network(network);
    let indicators = indicators(input, &[network]);
    let grounds = grounds(input, &[network], p, false, &[], &indicators);
    let explanation = format!(
        "{} {}",
        explain::side_sentence(network.side, &network.opening, network.seeds.len(), network.weighed.sources.len(), network.period),
        explain::gathering_sentence(p, q)
    );
    let evidence = squash(network.weighed.total);
    let sides = match kind {
        AlertKind::Trafficking => (evidence, 0.0, 0.0),
        AlertKind::TerroristFinancing => (0.0, evidence, 0.0),
        AlertKind::Convergence | AlertKind::Laundering => (0.0, 0.0, 0.0),
    };
    let part = Part { kind, center: input.label(network.center), networks: vec![network], score: (1.0 - q) * evidence, p, q, sides };
    build(input, part, subjects, indicators, Vec::new(), table(&grounds), explanation, limits(input, q), &[])
}

/// The numbers of an alert.
struct Part<'a> {
    kind: AlertKind,
    center: String,
    networks: Vec<&'a Network>,
    score: f64,
    p: PValue,
    q: f64,
    sides: (f64, f64, f64),
}

/// Collects subjects through the one door, and counts those who may not pass it.
struct Subjects<'a> {
    input: &'a Input<'a>,
    admitted: Vec<Subject>,
    protected: std::collections::BTreeSet<u32>,
}

/// Subjects named in one alert.
const SUBJECTS_MAX: usize = 24;

impl<'a> Subjects<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        Self { input, admitted: Vec::new(), protected: std::collections::BTreeSet::new() }
    }

    fn add(&mut self, node: u32, role: &str, score: f64) {
        let (kind, id) = self.input.graph.name(node);
        let Some(subject_type) = subject_type(kind) else { return };
        if self.admitted.iter().any(|s| s.subject_type() == subject_type && s.id() == id) || self.admitted.len() >= SUBJECTS_MAX {
            return;
        }
        match self.input.protected.admit(subject_type, id, role, score) {
            Ok(subject) => self.admitted.push(subject),
            Err(_) => {
                self.protected.insert(node);
            }
        }
    }

    fn count(&mut self, node: u32) {
        if self.input.is_protected(node) {
            self.protected.insert(node);
        }
    }

    fn add_network(&mut self, network: &Network) {
        let mut seeds: Vec<_> = network.seeds.iter().collect();
        seeds.sort_by(|x, y| y.share.total_cmp(&x.share).then(x.node.cmp(&y.node)));
        for seed in seeds.into_iter().take(SUBJECTS_MAX / 2) {
            let role = network
                .evidence
                .iter()
                .filter_map(|i| self.input.evidence.get(*i))
                .filter(|e| e.node == seed.node && e.side == network.side)
                .max_by(|x, y| x.weight.total_cmp(&y.weight).then(y.indicator.cmp(&x.indicator)))
                .map_or("unknown", |e| e.role.as_str());
            self.add(seed.node, role, seed.share);
        }
    }
}

fn indicators(input: &Input<'_>, networks: &[&Network]) -> Vec<AlertIndicator> {
    let mut chosen: Vec<usize> = networks.iter().flat_map(|n| n.evidence.iter().copied()).collect();
    chosen.sort_unstable();
    chosen.dedup();
    let mut out: Vec<AlertIndicator> = chosen
        .into_iter()
        .filter_map(|i| input.evidence.get(i))
        .filter_map(|e| {
            let text = input.texts.get(e.indicator)?;
            let shown = input.settings.observations_shown_max;
            Some(AlertIndicator {
                id: text.id.clone(),
                version: text.version.clone(),
                family: e.family,
                side: e.side,
                weight: e.weight,
                statement: text.statement.clone(),
                sources: text.sources.clone(),
                benign: text.benign.clone(),
                observations: e.observations.iter().take(shown).cloned().collect(),
                observations_total: e.observations_total,
                subject: Some(input.label(e.node)).filter(|label| label != "protected"),
                from: Some(e.from),
                to: Some(e.to),
            })
        })
        .collect();
    out.sort_by(|x, y| y.weight.total_cmp(&x.weight).then(x.id.cmp(&y.id)).then(x.subject.cmp(&y.subject)));
    out
}

fn grounds(input: &Input<'_>, networks: &[&Network], p: PValue, meets: bool, path: &[PathLink], indicators: &[AlertIndicator]) -> Grounds {
    let total = |side: Side| networks.iter().filter(|n| n.side == side).map(|n| n.weighed.total).sum::<f64>();
    let nodes: Vec<u32> = networks.iter().flat_map(|n| n.seeds.iter().map(|s| s.node)).collect();
    let licensed = nodes.iter().filter(|n| input.graph.facts(**n).licensed).count() as f64 / nodes.len().max(1) as f64;
    let mut per_source: BTreeMap<&str, f64> = BTreeMap::new();
    for item in networks.iter().flat_map(|n| &n.evidence).filter_map(|i| input.evidence.get(*i)) {
        for source in &item.sources {
            *per_source.entry(source).or_default() += item.weight / item.sources.len() as f64;
        }
    }
    let said: f64 = per_source.values().sum();
    let largest = per_source.values().copied().fold(0.0, f64::max);
    let mut benign: BTreeMap<&str, usize> = BTreeMap::new();
    for text in indicators.iter().flat_map(|i| &i.benign) {
        *benign.entry(text).or_default() += 1;
    }
    let mut benign: Vec<(&str, usize)> = benign.into_iter().collect();
    benign.sort_by(|x, y| y.1.cmp(&x.1).then(x.0.cmp(y.0)));
    Grounds {
        trafficking: total(Side::Trafficking),
        financing: total(Side::TerroristFinancing),
        neutral: total(Side::Neutral),
        surprise: -p.p.max(f64::MIN_POSITIVE).ln(),
        meets,
        licensed,
        sources: per_source.len(),
        largest_source: if said > 0.0 { largest / said } else { 1.0 },
        weakest_link: path.iter().find(|l| l.weakest).map(|l| l.statement.clone()),
        benign: benign.into_iter().map(|(text, _)| text.to_owned()).collect(),
    }
}

fn limits(input: &Input<'_>, q: f64) -> Vec<String> {
    let mut limits = vec![
        "An indicator that is present proves nothing, and one that is absent disproves nothing.".to_owned(),
        "No person has reviewed this yet; it is no ground for closing an account or refusing a service.".to_owned(),
        format!("Computed from snapshot {}; what was not ingested is not known.", input.snapshot),
    ];
    if q > 0.1 {
        limits.push(format!("Weak: about {:.0} % of findings ranked this high are expected to be false.", q * 100.0));
    }
    limits
}

#[expect(clippy::too_many_arguments, reason = "one private step of the run; the arguments are the alert's parts")]
fn build(
    input: &Input<'_>,
    part: Part<'_>,
    subjects: Subjects<'_>,
    indicators: Vec<AlertIndicator>,
    path: Vec<PathLink>,
    hypotheses: Vec<tributary_model::alert::Hypothesis>,
    explanation: String,
    limits: Vec<String>,
    steps: &[Step],
) -> Draft {
    let nodes: Vec<u32> =
        part.networks.iter().flat_map(|n| n.seeds.iter().map(|s| s.node)).chain(steps.iter().flat_map(|s| [s.from, s.to])).collect();
    let mut places: Vec<String> = nodes.iter().map(|n| input.region(*n).to_owned()).filter(|r| r.contains('-')).collect();
    places.extend(nodes.iter().filter(|n| input.graph.name(**n).0 == NodeKind::Place).map(|n| input.graph.name(*n).1.to_owned()));
    places.sort();
    places.dedup();
    let mut jurisdictions: Vec<String> = nodes.iter().filter_map(|n| input.region(*n).get(..2)).map(str::to_owned).collect();
    jurisdictions.sort();
    jurisdictions.dedup();
    let alert = Alert {
        alert_id: alert_id(input, part.kind, &part.center),
        snapshot: input.snapshot.to_owned(),
        detector: input.detector.clone(),
        kind: part.kind,
        rank: 0,
        protected: ProtectedCount { count: subjects.protected.len() as u64 },
        subjects: subjects.admitted,
        score: part.score.clamp(0.0, 1.0),
        p_value: part.p.p,
        q_value: part.q,
        trafficking: part.sides.0,
        terrorist_financing: part.sides.1,
        convergence: part.sides.2,
        indicators,
        path,
        hypotheses,
        explanation,
        limits,
        from: part.networks.iter().map(|n| n.period.0).min().unwrap_or_default(),
        to: part.networks.iter().map(|n| n.period.1).max().unwrap_or_default(),
        places,
        jurisdictions,
    };
    Draft { alert, center: part.center }
}

fn alert_id(input: &Input<'_>, kind: AlertKind, center: &str) -> String {
    let mut hash = Sha256::new();
    for part in [input.snapshot, &input.detector.program, &input.detector.packs, &input.detector.settings, kind.name(), center] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().iter().take(8).map(|b| format!("{b:02x}")).collect()
}

/// Best first: convergence findings that hold at q <= 0.1 before all others, then by score. An alert without a subject is dropped.
fn rank(drafts: Vec<Draft>) -> Vec<Alert> {
    let mut drafts: Vec<Draft> = drafts.into_iter().filter(|d| !d.alert.subjects.is_empty()).collect();
    let first = |alert: &Alert| u8::from(alert.kind != AlertKind::Convergence || alert.q_value > 0.1);
    drafts.sort_by(|x, y| {
        first(&x.alert)
            .cmp(&first(&y.alert))
            .then(y.alert.score.total_cmp(&x.alert.score))
            .then(x.alert.kind.cmp(&y.alert.kind))
            .then(x.center.cmp(&y.center))
    });
    drafts
        .into_iter()
        .enumerate()
        .map(|(index, mut draft)| {
            draft.alert.rank = index as u64 + 1;
            draft.alert
        })
        .collect()
}
