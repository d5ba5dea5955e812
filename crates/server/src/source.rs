//! Where a finished run comes from. The only module that calls the engine.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::Serialize;
use tributary_engine::events::{Events, TakenEvents};
use tributary_engine::lists::ListVersion;
use tributary_engine::resolution::Queued;
use tributary_engine::{EngineError, RunSummary, Workspace, alerts, ask, screening};
use tributary_model::alert::AlertRecord;
use tributary_model::{Date, Family, Side, Timestamp};
use tributary_screen::Screener;

/// Places read from a workspace at the most.
const PLACES_MAX: usize = 20_000;
/// Longest that reading the places may take, seconds.
const PLACES_SECONDS_MAX: u64 = 5;
const PLACES_QUERY: &str = "SELECT place, country, admin1, CAST(lat AS DOUBLE) AS lat, CAST(lon AS DOUBLE) AS lon FROM places ORDER BY place";

/// Why a run cannot be shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// There is no finished run yet.
    #[error("{0}")]
    NoRun(String),
    /// There are no watch lists yet.
    #[error("{0}")]
    NoLists(String),
    /// This server takes no events.
    #[error("{0}")]
    NotTaken(String),
    /// What was sent cannot be taken.
    #[error("{0}")]
    Wrong(String),
    /// What was kept cannot be read.
    #[error("{0}")]
    Damaged(String),
}

impl From<EngineError> for SourceError {
    fn from(error: EngineError) -> Self {
        match error {
            EngineError::NoRun { .. } => Self::NoRun(error.chain()),
            EngineError::NoLists { .. } => Self::NoLists(error.chain()),
            _ => Self::Damaged(error.chain()),
        }
    }
}

/// Where a place lies.
#[derive(Clone, Debug, PartialEq)]
pub struct Spot {
    /// Its name, or the code of a subdivision.
    pub name: String,
    /// ISO 3166-1 alpha-2.
    pub country: String,
    /// Degrees north, -90..=90.
    pub latitude: f64,
    /// Degrees east, -180..=180.
    pub longitude: f64,
    /// For a subdivision: of how many places this is the middle. 0 for a place itself.
    pub middle_of: u32,
}

/// The places a workspace knows, by name; subdivisions stand at the middle of their places.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Gazetteer {
    spots: BTreeMap<String, Spot>,
}

impl Gazetteer {
    /// From rows of place, country, subdivision, latitude and longitude. Rows without a position on the globe are left out.
    pub fn new<'a>(rows: impl Iterator<Item = (&'a str, &'a str, &'a str, f64, f64)>) -> Self {
        let mut spots: BTreeMap<String, Spot> = BTreeMap::new();
        let mut areas: BTreeMap<String, (String, u32, f64, f64)> = BTreeMap::new();
        for (name, country, area, latitude, longitude) in rows {
            if name.is_empty() || !(-90.0..=90.0).contains(&latitude) || !(-180.0..=180.0).contains(&longitude) {
                continue;
            }
            if spots.contains_key(name) {
                continue;
            }
            spots.insert(name.to_owned(), Spot { name: name.to_owned(), country: country.to_owned(), latitude, longitude, middle_of: 0 });
            if !area.is_empty() {
                let sum = areas.entry(area.to_owned()).or_insert_with(|| (country.to_owned(), 0, 0.0, 0.0));
                sum.1 += 1;
                sum.2 += latitude;
                sum.3 += longitude;
            }
        }
        for (area, (country, places, latitude, longitude)) in areas {
            let n = f64::from(places);
            let spot = Spot { name: area.clone(), country, latitude: latitude / n, longitude: longitude / n, middle_of: places };
            spots.entry(area).or_insert(spot);
        }
        Self { spots }
    }

    /// Where something lies, if that is known.
    #[must_use]
    pub fn spot(&self, name: &str) -> Option<&Spot> {
        self.spots.get(name)
    }

    /// All places, subdivisions left out, in order of name.
    pub fn places(&self) -> impl Iterator<Item = &Spot> {
        self.spots.values().filter(|s| s.middle_of == 0)
    }
}

/// One alert, and the line it was written as.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptAlert {
    /// Parsed, for pages and filters.
    pub record: AlertRecord,
    /// The very bytes of the run's file, without the line's end: what the interface hands out.
    pub line: String,
}

/// A finished run as it is shown.
#[derive(Clone, Debug)]
pub struct Kept {
    /// What it rests on and what it found.
    pub run: RunSummary,
    /// Its alerts, best first.
    pub alerts: Vec<KeptAlert>,
    /// Where places lie.
    pub gazetteer: Gazetteer,
}

impl Kept {
    /// From a summary, NDJSON lines and places.
    ///
    /// # Errors
    /// A line is no alert; its number is named.
    pub fn new(run: RunSummary, ndjson: &str, gazetteer: Gazetteer) -> Result<Self, SourceError> {
        let mut alerts = Vec::new();
        for (index, line) in ndjson.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
            let record = serde_json::from_str(line)
                .map_err(|e| SourceError::Damaged(format!("line {} of the run's alerts cannot be read: {e}", index + 1)))?;
            alerts.push(KeptAlert { record, line: line.to_owned() });
        }
        Ok(Self { run, alerts, gazetteer })
    }

    /// The alert of that id.
    #[must_use]
    pub fn alert(&self, id: &str) -> Option<&KeptAlert> {
        self.alerts.iter().find(|a| a.record.alert_id == id)
    }
}

/// An indicator as the packs in force have it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct IndicatorInForce {
    /// Catalogue id, e.g. `REC-02`.
    pub id: String,
    /// Short title.
    pub title: String,
    /// What it says.
    pub statement: String,
    /// Its pack's title.
    pub pack: String,
    /// Its pack's version.
    pub version: String,
    /// Family.
    pub family: Family,
    /// Side it speaks for.
    pub side: Side,
    /// It may raise or lower a finding and never open one.
    pub context_only: bool,
    /// It shows people as exploited, who then go under protection.
    pub protects: bool,
    /// Log-likelihood ratio at strength 1, natural log.
    pub weight: f64,
    /// Most it may add for one subject, natural log.
    pub cap: f64,
    /// Was the weight measured? `false`: set by judgement.
    pub calibrated: bool,
    /// Why this weight.
    pub weight_reason: String,
    /// Innocent explanations.
    pub benign: Vec<String>,
    /// Data that would tell the innocent from the other.
    pub discriminates: Vec<String>,
    /// Where it is documented, with page.
    pub sources: Vec<String>,
}

/// The packs in force.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InForce {
    /// Hash over the packs.
    pub packs: String,
    /// Their indicators, in order of pack and indicator.
    pub indicators: Vec<IndicatorInForce>,
}

/// Something that keeps runs. All calls may block.
pub trait Source: Send + Sync + 'static {
    /// The id of the latest finished run.
    ///
    /// # Errors
    /// There is none.
    fn latest(&self) -> Result<String, SourceError>;

    /// The latest finished run.
    ///
    /// # Errors
    /// There is none, or what was kept cannot be read.
    fn kept(&self) -> Result<Kept, SourceError>;

    /// The packs in force.
    ///
    /// # Errors
    /// They are not in order.
    fn in_force(&self) -> Result<InForce, SourceError>;

    /// The watch lists in force.
    ///
    /// # Errors
    /// What was kept cannot be read.
    fn lists(&self) -> Result<Vec<ListVersion>, SourceError>;

    /// A screener over the watch lists in force.
    ///
    /// # Errors
    /// There are none, or one cannot be read.
    fn screener(&self) -> Result<Screener, SourceError>;

    /// Pairs of which people say whether they are one.
    ///
    /// # Errors
    /// What was kept cannot be read.
    fn resolution(&self) -> Result<Vec<Queued>, SourceError>;

    /// Keeps transfers that are sent, one JSON object a line, and searches them.
    ///
    /// # Errors
    /// None are taken here, or they cannot be kept.
    fn take_events(&self, lines: &[u8]) -> Result<TakenEvents, SourceError>;

    /// The day it is.
    fn today(&self) -> Date;
}

/// A workspace, and the transfers that are sent where they are taken.
pub struct Served {
    workspace: Workspace,
    events: Option<Mutex<Option<Events>>>,
}

impl Served {
    /// Of a workspace; `take_events` says whether transfers may be sent.
    #[must_use]
    pub fn new(workspace: Workspace, take_events: bool) -> Self {
        Self { workspace, events: take_events.then(Mutex::default) }
    }
}

fn now() -> Timestamp {
    let micros = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    Timestamp(i64::try_from(micros).unwrap_or(i64::MAX))
}

impl Source for Served {
    fn latest(&self) -> Result<String, SourceError> {
        Ok(alerts::latest_id(&self.workspace)?)
    }

    fn kept(&self) -> Result<Kept, SourceError> {
        let run = alerts::summary(&self.workspace)?;
        let bytes = alerts::alerts_ndjson(&self.workspace)?;
        let text = String::from_utf8(bytes).map_err(|e| SourceError::Damaged(format!("the run's alerts are not UTF-8: {e}")))?;
        Kept::new(run, &text, gazetteer(&self.workspace))
    }

    fn in_force(&self) -> Result<InForce, SourceError> {
        let packs = self.workspace.packs()?;
        let indicators = packs
            .indicators()
            .map(|(pack, indicator)| IndicatorInForce {
                id: indicator.id.clone(),
                title: indicator.title.clone(),
                statement: indicator.statement.clone(),
                pack: pack.title.clone(),
                version: pack.version.clone(),
                family: pack.family,
                side: indicator.side,
                context_only: indicator.context_only,
                protects: indicator.protects,
                weight: indicator.weight,
                cap: indicator.cap,
                calibrated: indicator.calibrated,
                weight_reason: indicator.weight_reason.clone(),
                benign: indicator.benign.clone(),
                discriminates: indicator.discriminates.clone(),
                sources: indicator.sources.iter().map(ToString::to_string).collect(),
            })
            .collect();
        Ok(InForce { packs: packs.hash(), indicators })
    }

    fn lists(&self) -> Result<Vec<ListVersion>, SourceError> {
        Ok(Workspace::lists(&self.workspace)?)
    }

    fn screener(&self) -> Result<Screener, SourceError> {
        Ok(screening::screener(&self.workspace, tributary_screen::Settings::default())?.1)
    }

    fn resolution(&self) -> Result<Vec<Queued>, SourceError> {
        Ok(self.workspace.resolution_queue()?)
    }

    fn take_events(&self, lines: &[u8]) -> Result<TakenEvents, SourceError> {
        let Some(events) = &self.events else {
            return Err(SourceError::NotTaken("this server takes no events: start it with `--take-events`".to_owned()));
        };
        let mut open = events.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            *open = Some(Events::open(&self.workspace)?);
        }
        let Some(kept) = open.as_mut() else { return Ok(TakenEvents::default()) };
        let taken = kept.take(&self.workspace, lines, now());
        if kept.is_broken() {
            // Opened anew it stands as the disk does.
            *open = None;
        }
        taken.map_err(|error| match error {
            EngineError::Stage { stage: "events", problem } => SourceError::Wrong(problem),
            error => SourceError::from(error),
        })
    }

    fn today(&self) -> Date {
        now().date()
    }
}

/// A workspace without places, or whose places cannot be read, still has alerts to show: its maps are empty then.
fn gazetteer(workspace: &Workspace) -> Gazetteer {
    let Ok(answer) = ask::sql(workspace, PLACES_QUERY, PLACES_MAX, PLACES_SECONDS_MAX) else {
        return Gazetteer::default();
    };
    Gazetteer::new(answer.cells.iter().filter_map(|row| match row.as_slice() {
        [place, country, area, latitude, longitude] => {
            Some((place.as_str(), country.as_str(), area.as_str(), latitude.parse().ok()?, longitude.parse().ok()?))
        }
        _ => None,
    }))
}
