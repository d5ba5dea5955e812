//! A run: snapshot → enriched tables → patterns and indicators → relation graph → findings → alerts, kept whole or not at all.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use tributary_converge::report::Input;
use tributary_converge::{Abstention, Evidence, IndicatorText};
use tributary_graph::relation::NodeKind;
use tributary_lake::{Session, Snapshot};
use tributary_model::alert::Detector;
use tributary_model::{ProtectedSet, SubjectType, Table, Timestamp};
use tributary_typology::PackSet;

use crate::error::EngineError;
use crate::indicators::{Abstained, Finding, IndicatorOutcome, run_indicators};
use crate::prepare::{Prepared, prepare};
use crate::relation::Relation;
use crate::resolution::Pair;
use crate::screening::KeptProtected;
use crate::workspace::{Workspace, sync_folder, write_whole};
use crate::{links, relation, resolution};

/// What a run is asked to do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunOptions {
    /// Seed; `None` takes the workspace's.
    pub seed: Option<u64>,
    /// Threads; 0 is one for each processor. The result does not depend on it.
    pub threads: usize,
}

/// Is told which stage begins, and may stop the run between stages.
pub trait RunObserver: Sync {
    /// `stage` of `stages` (from 1) begins. Returns whether to go on.
    fn stage(&self, stage: usize, stages: usize, name: &str) -> bool;
}

/// An observer that never stops anything.
#[derive(Clone, Copy, Debug, Default)]
pub struct Unobserved;

impl RunObserver for Unobserved {
    fn stage(&self, _stage: usize, _stages: usize, _name: &str) -> bool {
        true
    }
}

/// What a run rests on and what it found: the same for the same snapshot, packs and settings.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunSummary {
    /// First 16 hex digits of the hash over snapshot, packs and settings.
    pub run: String,
    /// The snapshot.
    pub snapshot: String,
    /// Versions.
    pub detector: Detector,
    /// The latest time the snapshot speaks of: what "now" means in this run.
    pub as_of: Timestamp,
    /// Rows by table.
    pub observations: BTreeMap<String, u64>,
    /// Records and the parties they were resolved to.
    pub records: u64,
    /// Resolved parties.
    pub parties: u64,
    /// Judgements of people on pairs of parties that the resolution held to.
    #[serde(default)]
    pub judgements: u64,
    /// Pairs of parties that may be one and wait for people.
    #[serde(default)]
    pub possible_links: u64,
    /// How many are under protection: parties, accounts and identifiers.
    pub protected: u64,
    /// Nodes and links of the relation graph.
    pub nodes: u64,
    /// Links.
    pub links: u64,
    /// Pattern hits by kind.
    pub patterns: BTreeMap<String, u64>,
    /// Findings by indicator.
    pub indicators: BTreeMap<String, u64>,
    /// Indicators that abstained, with the reason (R8).
    pub indicators_abstained: BTreeMap<String, String>,
    /// Networks of evidence: trafficking, terrorist financing, neutral.
    pub networks: [u64; 3],
    /// Pairs of networks compared.
    pub pairs_tested: u64,
    /// Trafficking networks tested for a meeting with any financing network.
    #[serde(default)]
    pub networks_tested: u64,
    /// Alerts by kind.
    pub alerts: BTreeMap<String, u64>,
    /// Convergence alerts at q <= 0.1.
    pub convergence_at_q10: u64,
    /// What was looked at and not reported.
    pub abstentions: Vec<AbstentionRecord>,
}

/// One reason for saying nothing, and how often it held.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AbstentionRecord {
    /// What was looked at.
    pub what: String,
    /// Why nothing is said.
    pub reason: String,
    /// How often.
    pub count: u64,
}

impl From<Abstention> for AbstentionRecord {
    fn from(abstention: Abstention) -> Self {
        Self { what: abstention.what, reason: abstention.reason, count: abstention.count }
    }
}

const STAGES: [&str; 6] = ["snapshot", "resolve and enrich", "patterns and indicators", "relation graph", "convergence", "write"];

pub(crate) fn hex(bytes: &[u8], digits: usize) -> String {
    let text: String = bytes.iter().map(|b| format!("{b:02x}")).collect();
    text.chars().take(digits).collect()
}

fn settings_hash(workspace: &Workspace, settings: &tributary_converge::Settings) -> Result<String, EngineError> {
    let text = serde_json::to_string(&(settings, &workspace.configuration().run.jurisdiction))
        .map_err(|e| EngineError::Stage { stage: "settings", problem: e.to_string() })?;
    Ok(hex(&Sha256::digest(text.as_bytes()), 12))
}

/// Runs the whole pipeline over everything committed so far and keeps the result.
///
/// # Errors
/// Nothing was ingested, the packs are not in order, a stage failed, or the observer stopped it; then nothing of the run is kept.
pub fn run(workspace: &Workspace, options: &RunOptions, observer: &dyn RunObserver) -> Result<RunSummary, EngineError> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .map_err(|e| EngineError::Stage { stage: "threads", problem: e.to_string() })?;
    let step = |stage: usize| {
        let name = STAGES.get(stage - 1).copied().unwrap_or("");
        if observer.stage(stage, STAGES.len(), name) { Ok(()) } else { Err(EngineError::Stopped) }
    };
    step(1)?;
    let snapshot = workspace.lake().snapshot()?;
    if snapshot.batches.is_empty() {
        return Err(EngineError::NoObservations { path: workspace.root().to_path_buf() });
    }
    let packs = workspace.packs()?;
    let mut settings = workspace.configuration().converge.clone();
    settings.seed = options.seed.unwrap_or(settings.seed);
    let detector = Detector { program: env!("CARGO_PKG_VERSION").to_owned(), packs: packs.hash(), settings: settings_hash(workspace, &settings)? };
    let judgements = resolution::for_resolution(&workspace.judgements()?);
    let said = resolution::judged(&judgements);
    let run_id = hex(&Sha256::digest(format!("{}|{}|{}|{}{said}", snapshot.id, detector.program, detector.packs, detector.settings)), 16);
    let folder = Building::new(workspace.root(), &run_id)?;
    pool.install(|| {
        let raw = Session::over(workspace.lake(), &snapshot, &workspace.session_options(options.threads))?;
        step(2)?;
        let prepared = prepare(&raw, &packs, &judgements, &folder.path().join("enriched"), &workspace.session_options(options.threads))?;
        drop(raw);
        step(3)?;
        let found = run_indicators(&prepared, &packs, &workspace.configuration().run.jurisdiction)?;
        step(4)?;
        let mut protected = prepared.protected.clone();
        for (subject_type, id) in &found.protects {
            protected.protect(*subject_type, id, tributary_model::protection::Protected::Exploited);
        }
        let relation = relation::build(&prepared.session, &found.findings)?;
        step(5)?;
        let (texts, evidence) = evidence(&packs, &relation, &found.findings);
        let input = Input {
            graph: &relation.graph,
            regions: &relation.regions,
            evidence: &evidence,
            texts: &texts,
            protected: &protected,
            snapshot: &snapshot.id,
            detector: &detector,
            settings: &settings,
        };
        let mut outcome = tributary_converge::converge(&input);
        links::trace(&prepared.session, &mut outcome.alerts, settings.observations_shown_max)?;
        step(6)?;
        let mut summary = summary(run_id.clone(), &snapshot, &detector, &prepared, &protected, &relation, &found, &outcome);
        let possible: Vec<&Pair> = prepared.possible.iter().filter_map(|one| one.outside(&protected)).collect();
        (summary.judgements, summary.possible_links) = (judgements.len() as u64, possible.len() as u64);
        write(&folder, &summary, &outcome, &found)?;
        write_resolution(&folder, &possible, &prepared.members, &protected)?;
        folder.finish()?;
        Ok(summary)
    })
}

/// Findings as evidence on the graph; a finding on something the graph does not know (an account without any record) is left out.
fn evidence(packs: &PackSet, relation: &Relation, findings: &[Finding]) -> (Vec<IndicatorText>, Vec<Evidence>) {
    let mut texts: Vec<IndicatorText> = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut evidence = Vec::with_capacity(findings.len());
    for finding in findings {
        let Some((pack, indicator)) = packs.indicator(&finding.indicator) else { continue };
        let text = *index.entry(finding.indicator.as_str()).or_insert_with(|| {
            texts.push(IndicatorText {
                id: indicator.id.clone(),
                version: pack.version.clone(),
                statement: indicator.statement.clone(),
                sources: indicator.sources.iter().map(ToString::to_string).collect(),
                benign: indicator.benign.clone(),
            });
            texts.len() - 1
        });
        let kind = match finding.subject_type {
            SubjectType::Account => NodeKind::Account,
            SubjectType::Party => NodeKind::Party,
            SubjectType::Identifier => NodeKind::Identifier,
            SubjectType::Post => NodeKind::Post,
            SubjectType::Place => NodeKind::Place,
        };
        let Some(node) = relation.graph.find(kind, &finding.subject_id) else { continue };
        let table = finding.observations.first().and_then(|o| o.split('/').next()).and_then(Table::from_name);
        evidence.push(Evidence {
            indicator: text,
            family: finding.family,
            side: finding.side,
            node,
            role: finding.role.clone(),
            weight: finding.weight,
            lineage: table.unwrap_or(Table::Transfers),
            context_only: finding.context_only,
            from: finding.from,
            to: finding.to,
            observations: finding.observations.clone(),
            observations_total: finding.observations_total,
            sources: finding.sources.clone(),
            premises: finding.premises.clone(),
        });
    }
    (texts, evidence)
}

#[expect(clippy::too_many_arguments, reason = "the summary is made of every stage's outcome")]
fn summary(
    run: String,
    snapshot: &Snapshot,
    detector: &Detector,
    prepared: &Prepared,
    protected: &ProtectedSet,
    relation: &Relation,
    found: &IndicatorOutcome,
    outcome: &tributary_converge::Outcome,
) -> RunSummary {
    let mut observations: BTreeMap<String, u64> = BTreeMap::new();
    for batch in &snapshot.batches {
        *observations.entry(batch.table.name().to_owned()).or_default() += batch.rows;
    }
    let mut indicators: BTreeMap<String, u64> = BTreeMap::new();
    for finding in &found.findings {
        *indicators.entry(finding.indicator.clone()).or_default() += 1;
    }
    let mut alerts: BTreeMap<String, u64> = BTreeMap::new();
    for alert in &outcome.alerts {
        *alerts.entry(alert.kind.name().to_owned()).or_default() += 1;
    }
    RunSummary {
        run,
        snapshot: snapshot.id.clone(),
        detector: detector.clone(),
        as_of: prepared.as_of,
        observations,
        records: prepared.records,
        parties: prepared.parties,
        judgements: 0,
        possible_links: 0,
        protected: protected.len() as u64,
        nodes: relation.graph.node_count() as u64,
        links: relation.graph.link_count() as u64,
        patterns: found.patterns.clone(),
        indicators,
        indicators_abstained: found.abstained.iter().map(|Abstained { indicator, reason }| (indicator.clone(), reason.clone())).collect(),
        networks: outcome.networks,
        pairs_tested: outcome.pairs_tested,
        networks_tested: outcome.networks_tested,
        alerts,
        convergence_at_q10: outcome.alerts.iter().filter(|a| a.kind == tributary_model::AlertKind::Convergence && a.q_value <= 0.1).count() as u64,
        abstentions: outcome.abstentions.iter().cloned().map(AbstentionRecord::from).collect(),
    }
}

fn ndjson<T: Serialize>(rows: &[T]) -> Result<Vec<u8>, EngineError> {
    let mut bytes = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut bytes, row).map_err(|e| EngineError::Stage { stage: "write", problem: e.to_string() })?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

fn write(folder: &Building, summary: &RunSummary, outcome: &tributary_converge::Outcome, found: &IndicatorOutcome) -> Result<(), EngineError> {
    write_whole(&folder.path().join("alerts.ndjson"), &ndjson(&outcome.alerts)?)?;
    write_whole(&folder.path().join("comparisons.ndjson"), &ndjson(&outcome.comparisons)?)?;
    write_whole(&folder.path().join("findings.ndjson"), &ndjson(&found.findings)?)?;
    let text = serde_json::to_vec_pretty(summary).map_err(|e| EngineError::Stage { stage: "write", problem: e.to_string() })?;
    write_whole(&folder.path().join("run.json"), &text)
}

/// What later stages need of the resolution: pairs for people, and who is under protection, under the ids of all their records too.
fn write_resolution(folder: &Building, possible: &[&Pair], members: &[(String, String)], protected: &ProtectedSet) -> Result<(), EngineError> {
    write_whole(&folder.path().join("possible.ndjson"), &ndjson(possible)?)?;
    let mut all = protected.clone();
    for (record, entity) in members {
        if let Some(reason) = protected.reason(SubjectType::Party, entity) {
            all.protect(SubjectType::Party, record, reason);
        }
    }
    let kept: Vec<KeptProtected> = all.iter().map(|(subject_type, id, reason)| KeptProtected { subject_type, id: id.to_owned(), reason }).collect();
    write_whole(&folder.path().join("protected.ndjson"), &ndjson(&kept)?)
}

/// The folder of a run that is being made; removed unless it is finished.
struct Building {
    part: PathBuf,
    whole: PathBuf,
    runs: PathBuf,
}

impl Building {
    fn new(root: &Path, run: &str) -> Result<Self, EngineError> {
        let runs = root.join("runs");
        std::fs::create_dir_all(&runs).map_err(EngineError::io("create", &runs))?;
        // The process number keeps two runs of one workspace apart; what a killed one left behind is removed here.
        sweep(&runs);
        let part = runs.join(format!("{run}.{}.part", std::process::id()));
        std::fs::create_dir_all(&part).map_err(EngineError::io("create", &part))?;
        Ok(Self { part, whole: runs.join(run), runs })
    }

    fn path(&self) -> &Path {
        &self.part
    }

    /// Puts the run in its place and names it the latest.
    fn finish(&self) -> Result<(), EngineError> {
        // A run made again has the same bytes; the earlier one is moved away first and removed last, so that one of them is always there.
        let earlier = self.part.with_extension("old.part");
        if self.whole.exists() {
            std::fs::rename(&self.whole, &earlier).map_err(EngineError::io("replace", &self.whole))?;
        }
        std::fs::rename(&self.part, &self.whole).map_err(EngineError::io("rename", &self.part))?;
        let _ = std::fs::remove_dir_all(&earlier);
        sync_folder(&self.runs)?;
        let name = self.whole.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        write_whole(&self.runs.join("latest.txt"), name.as_bytes())
    }
}

impl Drop for Building {
    fn drop(&mut self) {
        // After `finish` the folder has its other name and this removes nothing.
        let _ = std::fs::remove_dir_all(&self.part);
    }
}

/// Removes what runs that no longer live left behind.
fn sweep(runs: &Path) {
    for path in std::fs::read_dir(runs).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
        let process = name.strip_suffix(".part").and_then(|n| n.rsplit('.').next()).map(str::to_owned);
        if let Some(process) = process
            && !Path::new("/proc").join(&process).exists()
        {
            let _ = std::fs::remove_dir_all(&path);
        }
    }
}
