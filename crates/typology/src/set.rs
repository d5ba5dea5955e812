//! A checked set of packs, and an indicator's plan for one jurisdiction and day.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::error::{At, PackError};
use crate::fixture::Fixture;
use crate::jurisdiction::{Area, CalendarWindow, Day, FxRate, Jurisdiction, Threshold};
use crate::lock::{self, Lock};
use crate::pack::{Combination, Indicator, Pack};
use crate::parameter::{Value, literal, text_literal};
use crate::{rules, sql, template};
use tributary_model::{Date, Timestamp};

/// File that says how indicators combine.
pub const COMBINATION_FILE: &str = "combination.toml";
/// Observations that one finding lists at most; its total has the count.
pub const OBSERVATIONS_MAX: u32 = 50;

/// Packs that obey every rule. Can be made by [`PackSet::load`] alone.
#[derive(Clone, Debug, PartialEq)]
pub struct PackSet {
    packs: Vec<Pack>,
    jurisdictions: Vec<Jurisdiction>,
    combination: Combination,
    fixtures: BTreeMap<String, Fixture>,
    /// SHA-256 by file, fixtures apart.
    hashes: BTreeMap<String, String>,
    versions: BTreeMap<String, String>,
}

/// A pattern request with its parameters filled in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ResolvedPattern {
    /// Name in `pattern_hits.request`: kind and settings, so that equal requests are one.
    pub request: String,
    /// Kind of pattern.
    pub kind: String,
    /// Settings by name, as plain text.
    pub settings: BTreeMap<String, String>,
}

/// An indicator made ready: SQL with literals, and the patterns it needs.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// One `SELECT`.
    pub sql: String,
    /// Patterns it reads.
    pub patterns: Vec<ResolvedPattern>,
    /// Values in force, by parameter.
    pub values: BTreeMap<String, Value>,
}

fn parse<T: serde::de::DeserializeOwned>(file: &str, text: &str, errors: &mut Vec<PackError>) -> Option<T> {
    match toml::from_str(text) {
        Ok(value) => Some(value),
        Err(error) => {
            errors.push(PackError::Syntax {
                at: At::file(file),
                found: error.to_string().trim().to_owned(),
                problem: "write it as in docs/packs.md",
            });
            None
        }
    }
}

impl PackSet {
    /// Loads packs from the texts of a packs folder: path relative to the folder (with `/`) to text. Read are `*.toml` at the top,
    /// `jurisdictions/*.toml`, `fixtures/*.toml`, `combination.toml` and `pack.lock.json`.
    ///
    /// # Errors
    /// Every broken rule, in the order of files and rules; nothing loads unless all hold.
    pub fn load(files: &BTreeMap<String, String>) -> Result<Self, Vec<PackError>> {
        let set = Self::load_unsigned(files);
        let mut errors = match files.get(lock::LOCK_FILE) {
            None => vec![PackError::Versioning {
                at: At::file(lock::LOCK_FILE),
                found: lock::LOCK_FILE.to_owned(),
                problem: "packs are signed by two roles and locked: the lock is missing",
            }],
            Some(text) => Lock::parse(text).map_or_else(|error| vec![error], |lock| lock.check(files)),
        };
        match set {
            Ok(set) if errors.is_empty() => Ok(set),
            Ok(_) => Err(errors),
            Err(mut others) => {
                others.append(&mut errors);
                Err(others)
            }
        }
    }

    /// Loads packs that are still being written: every rule but the signatures. For testing a change against history, never for a run
    /// whose alerts people act on.
    ///
    /// # Errors
    /// Every broken rule.
    pub fn load_unsigned(files: &BTreeMap<String, String>) -> Result<Self, Vec<PackError>> {
        let mut errors = Vec::new();
        let (packs, jurisdictions) = parse_files(files, &mut errors);
        let combination: Option<Combination> = match files.get(COMBINATION_FILE) {
            Some(text) => parse(COMBINATION_FILE, text, &mut errors),
            None => {
                errors.push(PackError::LoneTrigger {
                    at: At::file(COMBINATION_FILE),
                    found: COMBINATION_FILE.to_owned(),
                    problem: "the file that says how indicators combine is missing",
                });
                None
            }
        };
        if let Some(combination) = &combination {
            rules::no_lone_trigger(COMBINATION_FILE, combination, &packs, &mut errors);
        }
        for jurisdiction in &jurisdictions {
            rules::jurisdiction(jurisdiction, &packs, &mut errors);
        }
        let fixtures = check_indicators(&packs, &jurisdictions, files, &mut errors);
        check_versions(&packs, &jurisdictions, combination.as_ref(), &mut errors);
        let (Some(combination), true) = (combination, errors.is_empty()) else { return Err(errors) };
        let hashes = files.iter().filter(|(file, _)| counts(file)).map(|(file, text)| (file.clone(), lock::sha256_hex(text))).collect();
        let mut versions: BTreeMap<String, String> = packs.iter().map(|pack| (pack.file.clone(), pack.version.clone())).collect();
        versions.extend(jurisdictions.iter().map(|j| (j.file.clone(), j.version.clone())));
        versions.insert(COMBINATION_FILE.to_owned(), combination.version.clone());
        Ok(Self { packs, jurisdictions, combination, fixtures, hashes, versions })
    }

    /// Packs in the order of their files.
    #[must_use]
    pub fn packs(&self) -> &[Pack] {
        &self.packs
    }

    /// All indicators with their packs, by id.
    pub fn indicators(&self) -> impl Iterator<Item = (&Pack, &Indicator)> {
        let mut all: Vec<(&Pack, &Indicator)> = self.packs.iter().flat_map(|pack| pack.indicators.iter().map(move |i| (pack, i))).collect();
        all.sort_by(|(_, a), (_, b)| a.id.cmp(&b.id));
        all.into_iter()
    }

    /// The indicator of that id, with its pack.
    #[must_use]
    pub fn indicator(&self, id: &str) -> Option<(&Pack, &Indicator)> {
        self.indicators().find(|(_, indicator)| indicator.id == id)
    }

    /// How indicators combine.
    #[must_use]
    pub const fn combination(&self) -> &Combination {
        &self.combination
    }

    /// Jurisdictions in the order of their files.
    #[must_use]
    pub fn jurisdictions(&self) -> &[Jurisdiction] {
        &self.jurisdictions
    }

    /// The fixtures of an indicator.
    #[must_use]
    pub fn fixture(&self, id: &str) -> Option<&Fixture> {
        self.fixtures.get(id)
    }

    /// SHA-256 over names and bytes of everything that decides what a run says (fixtures apart), hex.
    #[must_use]
    pub fn hash(&self) -> String {
        let mut sha = Sha256::new();
        for (file, hash) in &self.hashes {
            sha.update(format!("{file}\n{hash}\n").as_bytes());
        }
        sha.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Version and short hash by file.
    #[must_use]
    pub(crate) fn file_versions(&self) -> BTreeMap<String, String> {
        self.hashes
            .iter()
            .map(|(file, hash)| {
                let version = self.versions.get(file).map_or("", String::as_str);
                (file.clone(), format!("{version} {}", hash.chars().take(12).collect::<String>()))
            })
            .collect()
    }

    /// Areas that hold on `day`, all jurisdictions. Labels that have expired are not among them.
    #[must_use]
    pub fn areas(&self, day: Date) -> Vec<&Area> {
        let day = Day(day);
        self.jurisdictions.iter().flat_map(|j| &j.areas).filter(|area| area.valid_from <= day && day <= area.valid_to).collect()
    }

    /// Reporting lines of all jurisdictions, with the jurisdiction's code.
    pub fn thresholds(&self) -> impl Iterator<Item = (&str, &Threshold)> {
        self.jurisdictions.iter().flat_map(|j| j.thresholds.iter().map(move |threshold| (j.jurisdiction.as_str(), threshold)))
    }

    /// Calendar windows of all jurisdictions.
    pub fn calendar(&self) -> impl Iterator<Item = &CalendarWindow> {
        self.jurisdictions.iter().flat_map(|j| &j.calendar)
    }

    /// Reference rates; a later jurisdiction file does not replace an earlier rate of the same currency.
    #[must_use]
    pub fn fx(&self) -> BTreeMap<&str, &FxRate> {
        let mut rates = BTreeMap::new();
        for rate in self.jurisdictions.iter().flat_map(|j| &j.fx) {
            rates.entry(rate.currency.as_str()).or_insert(rate);
        }
        rates
    }

    /// Values of an indicator's parameters in `jurisdiction` on the day of `as_of`.
    #[must_use]
    pub fn values(&self, indicator: &Indicator, jurisdiction: &str, as_of: Timestamp) -> BTreeMap<String, Value> {
        let day = Day(as_of.date());
        let mut values: BTreeMap<String, Value> = indicator.parameters.iter().map(|p| (p.name.clone(), p.default.clone())).collect();
        for code in ["default", jurisdiction] {
            let overrides = self.jurisdictions.iter().filter(|j| j.jurisdiction == code).flat_map(|j| &j.overrides);
            for entry in overrides.filter(|o| o.indicator == indicator.id && o.valid_from <= day && day <= o.valid_to) {
                values.insert(entry.parameter.clone(), entry.value.clone());
            }
        }
        values
    }

    /// Makes an indicator ready to run: its SQL with the values in force, and its pattern requests.
    ///
    /// # Errors
    /// The SQL names a parameter that is not declared (the loader refuses such a pack before).
    pub fn plan(&self, indicator: &Indicator, jurisdiction: &str, as_of: Timestamp) -> Result<Plan, PackError> {
        let values = self.values(indicator, jurisdiction, as_of);
        plan(indicator, values, as_of, "")
    }
}

fn counts(file: &str) -> bool {
    file != lock::LOCK_FILE && !lock::is_fixture(file) && file.ends_with(".toml")
}

fn parse_files(files: &BTreeMap<String, String>, errors: &mut Vec<PackError>) -> (Vec<Pack>, Vec<Jurisdiction>) {
    let (mut packs, mut jurisdictions) = (Vec::new(), Vec::new());
    for (file, text) in files.iter().filter(|(file, _)| counts(file) && *file != COMBINATION_FILE) {
        if file.starts_with("jurisdictions/") {
            if let Some(mut jurisdiction) = parse::<Jurisdiction>(file, text, errors) {
                jurisdiction.file.clone_from(file);
                jurisdictions.push(jurisdiction);
            }
        } else if !file.contains('/')
            && let Some(mut pack) = parse::<Pack>(file, text, errors)
        {
            pack.file.clone_from(file);
            packs.push(pack);
        }
    }
    (packs, jurisdictions)
}

fn check_indicators(
    packs: &[Pack],
    jurisdictions: &[Jurisdiction],
    files: &BTreeMap<String, String>,
    errors: &mut Vec<PackError>,
) -> BTreeMap<String, Fixture> {
    let calendar: BTreeSet<&str> = jurisdictions.iter().flat_map(|j| &j.calendar).map(|window| window.name.as_str()).collect();
    let mut fixtures = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for (pack, indicator) in packs.iter().flat_map(|pack| pack.indicators.iter().map(move |i| (pack, i))) {
        let at = At::block(&pack.file, &indicator.id);
        if !ids.insert(indicator.id.as_str()) {
            errors.push(PackError::Versioning { at: at.clone(), found: indicator.id.clone(), problem: "the id is used twice" });
        }
        let analysis = analysed(&at, pack, indicator, errors);
        let analysis = analysis.as_ref();
        rules::no_protected_trait(&at, indicator, analysis, errors);
        rules::flag_the_controller(&at, indicator, analysis, errors);
        rules::context_only(&at, indicator, errors);
        rules::parameters(&at, indicator, analysis, errors);
        rules::placeholders(&at, indicator, errors);
        rules::benign(&at, indicator, errors);
        rules::suppressors(&at, indicator, &calendar, errors);
        rules::abstention(&at, indicator, errors);
        rules::lineage(&at, indicator, analysis, errors);
        rules::versioning(pack, indicator, errors);
        if let Some(fixture) = rules::fixtures(&at, indicator, files, errors) {
            fixtures.insert(indicator.id.clone(), fixture);
        }
    }
    fixtures
}

fn check_versions(packs: &[Pack], jurisdictions: &[Jurisdiction], combination: Option<&Combination>, errors: &mut Vec<PackError>) {
    let of_packs = packs.iter().map(|p| (p.file.as_str(), p.version.as_str(), p.owner.as_str()));
    let of_jurisdictions = jurisdictions.iter().map(|j| (j.file.as_str(), j.version.as_str(), j.owner.as_str()));
    let of_combination = combination.iter().map(|c| (COMBINATION_FILE, c.version.as_str(), c.owner.as_str()));
    for (file, version, owner) in of_packs.chain(of_jurisdictions).chain(of_combination) {
        if !rules::is_semantic_version(version) {
            errors.push(PackError::Versioning { at: At::file(file), found: version.to_owned(), problem: "is not a semantic version such as 1.2.0" });
        }
        if owner.trim().is_empty() {
            errors.push(PackError::Versioning { at: At::file(file), found: "owner".to_owned(), problem: "name the role that answers for it" });
        }
    }
}

/// Renders the SQL with default values and analyses it.
fn analysed(at: &At, pack: &Pack, indicator: &Indicator, errors: &mut Vec<PackError>) -> Option<sql::Analysis> {
    let values = indicator.parameters.iter().map(|p| (p.name.clone(), p.default.clone())).collect();
    let plan = match plan(indicator, values, Timestamp(0), &pack.file) {
        Ok(plan) => plan,
        Err(error) => {
            errors.push(error);
            return None;
        }
    };
    match sql::analyse(&plan.sql) {
        Ok(analysis) => Some(analysis),
        Err(sql::Refused { found, problem }) => {
            errors.push(PackError::Sql { at: at.clone(), found, problem });
            None
        }
    }
}

fn plan(indicator: &Indicator, values: BTreeMap<String, Value>, as_of: Timestamp, file: &str) -> Result<Plan, PackError> {
    let mut patterns = Vec::new();
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    for pattern in &indicator.patterns {
        let settings: BTreeMap<String, String> = pattern
            .settings
            .iter()
            .map(|(key, value)| {
                let parameter = match value {
                    Value::Text(text) => text.strip_prefix(':').and_then(|name| values.get(name)),
                    _ => None,
                };
                (key.clone(), parameter.unwrap_or(value).plain())
            })
            .collect();
        let request =
            std::iter::once(pattern.kind.clone()).chain(settings.iter().map(|(key, value)| format!("{key}={value}"))).collect::<Vec<_>>().join("/");
        names.insert(format!("pattern_{}", pattern.name), request.clone());
        patterns.push(ResolvedPattern { request, kind: pattern.kind.clone(), settings });
    }
    let rendered = template::render(&indicator.sql, |name| match name {
        "as_of" => Some(format!("CAST('{as_of}' AS TIMESTAMP)")),
        "observations_max" => Some(OBSERVATIONS_MAX.to_string()),
        _ => {
            let parameter = indicator.parameters.iter().find(|parameter| parameter.name == name);
            let value = parameter.and_then(|parameter| values.get(name).map(|value| literal(parameter.kind, value)));
            value.or_else(|| names.get(name).map(|request| text_literal(request)))
        }
    });
    let sql = rendered.map_err(|name| PackError::Parameter {
        at: At::block(file, &indicator.id),
        found: format!(":{name}"),
        problem: "is used in the SQL and declared nowhere",
    })?;
    Ok(Plan { sql, patterns, values })
}
