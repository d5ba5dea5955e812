//! Taking in the alerts of a run. The program does this, on the machine, with no person's session; so it is reached by no request.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::Handling;
use tributary_cases::{Note, Notes, Writing};
use tributary_model::Timestamp;
use tributary_model::alert::{AlertIndicator, AlertRecord};

use super::mask::Identities;
use super::record::{Alert, AlertState, Ground, Leaning, Reread, run_and_id};
use super::shown::Shown;
use super::withdraw;
use crate::governance::pack::{Gate, Released, released};
use crate::governance::stop::{InForce, checked_pack, stops_in_force};
use crate::people::agency::{Agency, checked_jurisdiction};
use crate::{Register, RegisterError};

/// Alerts of one call.
const ALERTS_MAX: usize = 1_000;
/// Indicators, links or subjects of one alert.
const PARTS_MAX: usize = 500;
/// Hypotheses of one alert.
const HYPOTHESES_MAX: usize = 12;
/// Characters of one text.
const TEXT_MAX: usize = 4_000;
/// Characters of all texts of an alert together.
const TEXTS_MAX: usize = 400_000;
/// Characters of an id.
const ID_MAX: usize = 200;
/// The greatest weight of an indicator, in nats either way.
const WEIGHT_MAX: f64 = 50.0;
/// Entries of the maps of a call.
const MAP_MAX: usize = 20_000;

/// Why an alert is not taken whose rules were not released here.
const NOT_RELEASED: &str =
    "its rule packs are not released here (SG-086): propose their hash at `/api/v1/packs/releases`, or bring it as a pilot, to be read and not used";
/// Why one is not taken whose rules were released, long ago.
const EXPIRED: &str =
    "the impact assessment of its rule packs is older than 12 months (SG-086): release them anew, or bring it as a pilot, to be read and not used";

/// The alerts of one run for one agency.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Import {
    /// The run's id.
    pub run: String,
    /// The agency that they are raised for.
    pub agency: String,
    /// ISO 3166 code.
    pub jurisdiction: String,
    /// The vetting that a reader needs, 0 to 2.
    pub sensitivity: u8,
    /// How they may be handled.
    pub handling: Handling,
    /// Indicator to the id of its pack; what is missing counts under its family's code in lower case.
    #[serde(default)]
    pub packs: BTreeMap<String, String>,
    /// Batch of observations to the id of its source; what is missing counts as a source of its own.
    #[serde(default)]
    pub sources: BTreeMap<String, String>,
    /// Rules that nobody released here, or whose assessment ran out, are tried out: their alerts can be read, and become neither a case's nor
    /// an escalation's (SG-086).
    #[serde(default)]
    pub pilot: bool,
    /// The alerts.
    pub alerts: Vec<AlertRecord>,
}

/// An alert that was not taken, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Refused {
    /// Its id in the run.
    pub alert_id: String,
    /// Why.
    pub why: &'static str,
}

/// What came of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Imported {
    /// Taken now.
    pub added: u64,
    /// Taken before.
    pub known: u64,
    /// Not taken since a stop is in force (SG-014); to be brought again when it is lifted.
    pub halted: u64,
    /// Not taken for what they are.
    pub refused: Vec<Refused>,
}

impl Register {
    /// Takes in the alerts of a run: each once, however often it is brought. While a stop is in force none comes in that it covers.
    ///
    /// # Errors
    /// [`RegisterError::Invalid`] for the call as a whole; single alerts that will not do are in the answer.
    pub async fn import_alerts(&self, import: Import, at: Timestamp) -> Result<Imported, RegisterError> {
        checked(&import)?;
        let mut writing = self.store().write(at).await?;
        if writing.get::<Agency>(&import.agency).await?.is_none() {
            return Err(RegisterError::Missing("agency"));
        }
        let stops = stops_in_force(&mut writing).await?;
        let gates = Gates { stops, released: released(&mut writing).await?, withdrawn: withdraw::in_force(&mut writing, &import.agency).await? };
        let mut done = Imported::default();
        let mut notes = Vec::new();
        for record in &import.alerts {
            match take_in(&mut writing, &import, record, &gates).await? {
                Taken::Added(note) => {
                    done.added += 1;
                    notes.push(note);
                }
                Taken::Known => done.known += 1,
                Taken::Halted => done.halted += 1,
                Taken::Refused(why) => done.refused.push(Refused { alert_id: record.alert_id.chars().take(ID_MAX).collect(), why }),
            }
        }
        let summary = Note::of("alert.run_imported").about("run", "", &import.run).about("agency", "", &import.agency);
        let halted = if done.halted > 0 { "some" } else { "none" };
        let all = notes.into_iter().fold(Notes::one(summary.tag("halted", halted).with(&done)), Notes::and);
        writing.commit(all).await?;
        Ok(done)
    }
}

enum Taken {
    Added(Note),
    Known,
    Halted,
    Refused(&'static str),
}

/// What keeps an alert out.
struct Gates {
    stops: InForce,
    released: Released,
    withdrawn: BTreeSet<String>,
}

async fn take_in(writing: &mut Writing, import: &Import, record: &AlertRecord, gates: &Gates) -> Result<Taken, RegisterError> {
    let (mut alert, shown, identities) = match prepare(import, record) {
        Ok(parts) => parts,
        Err(why) => return Ok(Taken::Refused(why)),
    };
    if gates.stops.halts(&alert.agency, &alert.pack_ids()).is_some() {
        return Ok(Taken::Halted);
    }
    // A pilot says that it is one, also of rules that are released: nobody is surprised later by what it became.
    match gates.released.gate(&alert.detector.packs, writing.at()) {
        Gate::Open => {}
        Gate::NotReleased | Gate::Expired if import.pilot => {}
        Gate::NotReleased => return Ok(Taken::Refused(NOT_RELEASED)),
        Gate::Expired => return Ok(Taken::Refused(EXPIRED)),
    }
    let key = run_and_id(&alert.agency, &alert.run, &alert.alert_id);
    if writing.sole::<Alert>("run_and_id", &key).await?.is_some() {
        return Ok(Taken::Known);
    }
    alert.withdrawn = alert.sources().intersection(&gates.withdrawn).cloned().collect();
    if !alert.withdrawn.is_empty() && !withdraw::is_enough(&alert) {
        return Ok(Taken::Refused("it rests on a source that was withdrawn"));
    }
    let note = |id: &str| {
        Note::of("alert.raised")
            .about("alert", "", id)
            .about("agency", id, &alert.agency)
            .tag("kind", alert.kind.name())
            .tag("region", alert.jurisdiction.to_ascii_lowercase())
            .tag("pack", pack_tag(&alert))
            .tag("pilot", if alert.pilot { "yes" } else { "no" })
    };
    let id = writing.new_id();
    let note = note(&id);
    keep(writing, &id, alert, shown, &identities).await?;
    Ok(Taken::Added(note))
}

/// Writes the three parts of an alert.
pub(super) async fn keep(writing: &mut Writing, id: &str, alert: Alert, shown: Shown, identities: &Identities) -> Result<(), RegisterError> {
    let sealed = serde_json::to_vec(identities).map_err(|error| RegisterError::State(format!("the alert cannot be written: {error}")))?;
    crate::retention::start(writing, crate::retention::Class::Alert, id, &alert.agency).await?;
    writing.add(id, alert).await?;
    writing.add(id, shown).await?;
    writing.seal(&sealed_id(id), &sealed).await?;
    Ok(())
}

/// Where it lies sealed who an alert is about.
pub(super) fn sealed_id(id: &str) -> String {
    format!("alert/{id}")
}

/// The pack that adds most to an alert, as a tag; ties by name.
pub(super) fn pack_tag(alert: &Alert) -> String {
    let mut by_pack: BTreeMap<&str, f64> = BTreeMap::new();
    for ground in &alert.grounds {
        *by_pack.entry(ground.pack.as_str()).or_default() += ground.weight;
    }
    let most = by_pack.into_iter().rev().max_by(|a, b| a.1.total_cmp(&b.1));
    most.map_or_else(|| "none".into(), |(pack, _)| pack.to_owned())
}

fn checked(import: &Import) -> Result<(), RegisterError> {
    checked_jurisdiction("jurisdiction", &import.jurisdiction)?;
    if import.sensitivity > 2 {
        return Err(RegisterError::invalid("sensitivity", "0 to 2: an alert lies in no compartment"));
    }
    if import.alerts.len() > ALERTS_MAX {
        return Err(RegisterError::invalid("alerts", format!("at most {ALERTS_MAX} in one call; bring the rest in another")));
    }
    if import.packs.len() > MAP_MAX || import.sources.len() > MAP_MAX {
        return Err(RegisterError::invalid("sources", format!("at most {MAP_MAX} in one call")));
    }
    if !is_id(&import.run) {
        return Err(RegisterError::invalid("run", format!("1 to {ID_MAX} characters without spaces")));
    }
    if !import.sources.iter().all(|(batch, source)| is_id(batch) && is_id(source)) {
        return Err(RegisterError::invalid("sources", format!("ids of 1 to {ID_MAX} characters without spaces")));
    }
    import.packs.values().try_for_each(|pack| checked_pack(pack))
}

fn is_id(text: &str) -> bool {
    (1..=ID_MAX).contains(&text.chars().count()) && !text.chars().any(|c| c.is_control() || c.is_whitespace())
}

/// The three parts of an alert: its file, what is shown, who it is about.
///
/// # Errors
/// Why it is not taken: it has not the form of an alert, or rests on fewer than two families of indicators (SG-010).
pub fn prepare(import: &Import, record: &AlertRecord) -> Result<(Alert, Shown, Identities), &'static str> {
    within_bounds(record)?;
    let families: BTreeSet<_> = record.indicators.iter().map(|indicator| indicator.family).collect();
    if families.len() < 2 {
        return Err("it rests on fewer than two families of indicators");
    }
    let (shown, identities) = Shown::of(record, &import.agency);
    let pack_of =
        |indicator: &AlertIndicator| import.packs.get(&indicator.id).cloned().unwrap_or_else(|| indicator.family.code().to_ascii_lowercase());
    let grounds = shown.indicators.iter().zip(&identities.observations).map(|(indicator, observations)| Ground {
        indicator: indicator.id.clone(),
        pack: pack_of(indicator),
        family: indicator.family,
        side: indicator.side,
        weight: indicator.weight,
        sources: observations.iter().filter_map(|id| batch_of(id)).map(|batch| source_of(import, batch)).collect(),
    });
    let alert = Alert {
        agency: import.agency.clone(),
        jurisdiction: import.jurisdiction.clone(),
        sensitivity: import.sensitivity,
        handling: import.handling,
        run: import.run.clone(),
        alert_id: record.alert_id.clone(),
        kind: record.kind,
        detector: record.detector.clone(),
        packs: record.indicators.iter().map(|indicator| (pack_of(indicator), indicator.version.clone())).collect(),
        from: record.from,
        to: record.to,
        grounds: grounds.collect(),
        withdrawn: BTreeSet::new(),
        q_value: record.q_value,
        leaning: leaning(record),
        state: AlertState::Waiting,
        round: 1,
        claim: None,
        snooze: None,
        readings: Vec::new(),
        adjudicate_by: None,
        outcome: None,
        reread: Reread::No,
        unmasked: Vec::new(),
        counter: Vec::new(),
        notices: Vec::new(),
        decoy: None,
        rights_officer: None,
        suspended: false,
        pilot: import.pilot,
    };
    Ok((alert, shown, identities))
}

/// The batch of an observation's id, `table/batch/row`.
fn batch_of(observation: &str) -> Option<&str> {
    observation.split('/').nth(1).filter(|batch| !batch.is_empty())
}

fn source_of(import: &Import, batch: &str) -> String {
    import.sources.get(batch).cloned().unwrap_or_else(|| batch.to_owned())
}

fn leaning(record: &AlertRecord) -> Leaning {
    let likeliest = record.hypotheses.iter().max_by(|a, b| a.log_odds.total_cmp(&b.log_odds).then_with(|| b.name.cmp(&a.name)));
    match likeliest.map(|one| one.name.as_str()) {
        Some("lawful" | "data_error") => Leaning::Harmless,
        _ => Leaning::Suspicious,
    }
}

fn within_bounds(record: &AlertRecord) -> Result<(), &'static str> {
    let share = |value: f64| (0.0..=1.0).contains(&value);
    let shares = [record.score, record.p_value, record.q_value, record.trafficking, record.terrorist_financing, record.convergence];
    if !shares.into_iter().chain(record.subjects.iter().map(|subject| subject.score)).all(share) {
        return Err("a figure is not between 0 and 1");
    }
    let weight = |value: f64| value.is_finite() && value.abs() <= WEIGHT_MAX;
    if !record.indicators.iter().all(|indicator| weight(indicator.weight)) || !record.hypotheses.iter().all(|one| one.log_odds.is_finite()) {
        return Err("a weight is no number, or beyond 50 nats");
    }
    let counts = [record.subjects.len(), record.indicators.len(), record.path.len(), record.places.len(), record.jurisdictions.len()];
    if counts.into_iter().any(|count| count > PARTS_MAX) || record.subjects.is_empty() {
        return Err("it has no subject, or more parts than 500");
    }
    let names: BTreeSet<&str> = record.hypotheses.iter().map(|one| one.name.as_str()).collect();
    if names.is_empty() || names.len() > HYPOTHESES_MAX || names.len() != record.hypotheses.len() {
        return Err("it has no hypotheses to weigh, more than 12, or two of one name");
    }
    let ids = record.subjects.iter().map(|subject| subject.id.as_str()).chain([record.alert_id.as_str()]).chain(names);
    if ids.into_iter().any(|id| id.is_empty() || id.chars().count() > ID_MAX) {
        return Err("an id is empty or too long");
    }
    let (longest, all) = texts(record).fold((0, 0), |(longest, all), text| {
        let length = text.chars().count();
        (length.max(longest), all + length)
    });
    if longest > TEXT_MAX || all > TEXTS_MAX {
        return Err("a text is too long");
    }
    Ok(())
}

/// Every text of an alert that people write or read.
fn texts(record: &AlertRecord) -> impl Iterator<Item = &String> {
    let indicators = record.indicators.iter().flat_map(|one| {
        [&one.id, &one.version, &one.statement].into_iter().chain(&one.sources).chain(&one.benign).chain(&one.observations).chain(&one.subject)
    });
    let path = record.path.iter().flat_map(|link| [&link.from, &link.to, &link.kind, &link.statement].into_iter().chain(&link.observations));
    let hypotheses =
        record.hypotheses.iter().flat_map(|one| std::iter::once(&one.would_decide).chain(&one.evidence_for).chain(&one.evidence_against));
    let roles = record.subjects.iter().map(|subject| &subject.role);
    let detector = [&record.detector.program, &record.detector.packs, &record.detector.settings, &record.snapshot];
    indicators
        .chain(path)
        .chain(hypotheses)
        .chain(roles)
        .chain(detector)
        .chain(&record.limits)
        .chain(&record.places)
        .chain(&record.jurisdictions)
        .chain([&record.explanation])
}
