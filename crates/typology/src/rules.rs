//! The ten rules that every pack must obey (typology catalogue, section 4). One function a rule, one error a rule.

use std::collections::{BTreeMap, BTreeSet};

use crate::catalogue::CONTEXT_ONLY;
use crate::error::{At, PackError};
use crate::fixture::{Fixture, FixtureKind};
use crate::jurisdiction::Jurisdiction;
use crate::pack::{Combination, Indicator, Pack, Status};
use crate::parameter::Value;
use crate::sql::{Analysis, TABLES};
use tributary_model::{Family, SubjectType};

/// Words that name a protected trait or a proxy of one. Matched against every part of every name and text in a rule (SG-004).
pub const PROTECTED_WORDS: [(&str, &str); 55] = [
    ("religion", "religion"),
    ("religions", "religion"),
    ("religious", "religion"),
    ("faith", "religion"),
    ("zakat", "religion"),
    ("fitra", "religion"),
    ("mosque", "religion"),
    ("masjid", "religion"),
    ("madrasa", "religion"),
    ("madrassa", "religion"),
    ("church", "religion"),
    ("temple", "religion"),
    ("imam", "religion"),
    ("prayer", "religion"),
    ("jihad", "religion"),
    ("sect", "sect"),
    ("sects", "sect"),
    ("sectarian", "sect"),
    ("denomination", "sect"),
    ("ethnicity", "ethnicity"),
    ("ethnic", "ethnicity"),
    ("ethnicities", "ethnicity"),
    ("race", "ethnicity"),
    ("racial", "ethnicity"),
    ("tribe", "tribe"),
    ("tribes", "tribe"),
    ("tribal", "tribe"),
    ("clan", "tribe"),
    ("caste", "tribe"),
    ("biradari", "tribe"),
    ("language", "language"),
    ("languages", "language"),
    ("lang", "language"),
    ("dialect", "language"),
    ("tongue", "language"),
    ("politics", "political view"),
    ("political", "political view"),
    ("ideology", "political view"),
    ("gender", "gender"),
    ("sex", "gender"),
    ("female", "gender"),
    ("male", "gender"),
    ("woman", "gender"),
    ("women", "gender"),
    ("nationality", "nationality"),
    ("nationalities", "nationality"),
    ("citizenship", "nationality"),
    ("citizen", "nationality"),
    ("district", "home district"),
    ("birthplace", "home district"),
    ("hometown", "home district"),
    ("domicile", "home district"),
    ("surname", "name-derived origin"),
    ("dress", "dress"),
    ("birth", "age"),
];

/// Roles of those who control, organise or profit. A role that is not here is not a subject's (R3).
pub const CONTROLLER_ROLES: [&str; 23] = [
    "recruiter",
    "advert_operator",
    "successor",
    "transporter",
    "escort",
    "travel_organiser",
    "document_handler",
    "safe_house",
    "exploiter",
    "collector",
    "controller",
    "launderer",
    "mule_controller",
    "funder",
    "fundraiser",
    "facilitator",
    "broker",
    "hub",
    "counterparty",
    "listed",
    "shared_resource",
    "layering",
    "front_business",
];

/// Reads one part of a name or text against the list of protected words.
fn protected_word(text: &str) -> Option<&'static str> {
    let lower = text.to_lowercase();
    let mut parts = lower.split(|c: char| !c.is_alphanumeric());
    parts.find_map(|part| PROTECTED_WORDS.iter().find(|(word, _)| *word == part).map(|(_, trait_name)| *trait_name))
}

/// R1: no alert from one family, and no single indicator heavy enough to make one.
pub(crate) fn no_lone_trigger(file: &str, combination: &Combination, packs: &[Pack], errors: &mut Vec<PackError>) {
    let error = |found: String, problem| PackError::LoneTrigger { at: At::file(file), found, problem };
    if combination.families_min < 2 {
        errors.push(error(format!("families_min = {}", combination.families_min), "an alert needs two families or more"));
    }
    if combination.families_min_per_side < 2 {
        errors.push(error(
            format!("families_min_per_side = {}", combination.families_min_per_side),
            "a convergence alert needs two families on each side",
        ));
    }
    if combination.sources_min < 2 {
        errors.push(error(format!("sources_min = {}", combination.sources_min), "a convergence alert needs two independent sources"));
    }
    if combination.list_hit_alone != "human_resolution" {
        errors.push(error(combination.list_hit_alone.clone(), "a list hit alone goes to human_resolution"));
    }
    for (pack, indicator) in packs.iter().flat_map(|pack| pack.indicators.iter().map(move |indicator| (pack, indicator))) {
        let fits = indicator.weight.is_finite()
            && indicator.cap.is_finite()
            && indicator.weight <= indicator.cap
            && indicator.cap < combination.evidence_min;
        if !fits {
            errors.push(PackError::LoneTrigger {
                at: At::block(&pack.file, &indicator.id),
                found: format!("weight = {:?}, cap = {:?}", indicator.weight, indicator.cap),
                problem: "the cap must reach the weight and stay below evidence_min, so that no indicator opens an alert alone",
            });
        }
    }
}

/// R2: no protected trait or proxy in any name, text, parameter or pattern setting, and no describing column of a person.
pub(crate) fn no_protected_trait(at: &At, indicator: &Indicator, analysis: Option<&Analysis>, errors: &mut Vec<PackError>) {
    let mut texts: BTreeSet<String> = BTreeSet::new();
    if let Some(analysis) = analysis {
        texts.extend(analysis.words.iter().cloned());
        texts.extend(analysis.literals.iter().cloned());
        for column in &analysis.person_columns {
            errors.push(PackError::ProtectedTrait {
                at: at.clone(),
                found: column.clone(),
                problem: "describes a person (name, age, origin, home): rules read relations; take accounts, areas or places, each column with its table's alias",
            });
        }
    } else {
        texts.insert(indicator.sql.clone());
    }
    for parameter in &indicator.parameters {
        texts.insert(parameter.name.clone());
        texts.insert(parameter.default.plain());
    }
    for pattern in &indicator.patterns {
        texts.insert(pattern.name.clone());
        texts.insert(pattern.kind.clone());
        texts.extend(pattern.settings.iter().flat_map(|(key, value)| [key.clone(), value.plain()]));
    }
    for need in &indicator.needs {
        texts.extend(need.columns.iter().cloned());
        texts.extend(need.when.iter().cloned());
        texts.extend(need.equals.iter().flat_map(|(column, value)| [column.clone(), value.clone()]));
    }
    for text in texts {
        if protected_word(&text).is_some() {
            errors.push(PackError::ProtectedTrait { at: at.clone(), found: text, problem: "names a protected trait or a proxy of one: remove it" });
        }
    }
}

/// R3: only who controls may be flagged.
pub(crate) fn flag_the_controller(at: &At, indicator: &Indicator, analysis: Option<&Analysis>, errors: &mut Vec<PackError>) {
    let error = |found: &str, problem| PackError::WrongSubject { at: at.clone(), found: found.to_owned(), problem };
    if indicator.subject.roles.is_empty() {
        errors.push(error("roles", "name at least one role"));
    }
    for role in &indicator.subject.roles {
        if !CONTROLLER_ROLES.contains(&role.as_str()) {
            errors.push(error(
                role,
                "is not the role of one who controls: workers, payers, travellers, donors, advertised persons and minors are never subjects",
            ));
        }
        if analysis.is_some_and(|analysis| !analysis.literals.contains(role)) {
            errors.push(error(role, "is declared and not given by the SQL"));
        }
    }
    let own_type = indicator.subject.subject_type.name();
    if analysis.is_some_and(|analysis| !analysis.literals.contains(own_type)) {
        errors.push(error(own_type, "the SQL must return the declared subject type"));
    }
    if indicator.protects && indicator.subject.subject_type == SubjectType::Post {
        errors.push(error("post", "an indicator that protects people flags who exploits them, not an advert"));
    }
}

/// R4: the catalogue's context-only list.
pub(crate) fn context_only(at: &At, indicator: &Indicator, errors: &mut Vec<PackError>) {
    if CONTEXT_ONLY.contains(&indicator.id.as_str()) && !indicator.context_only {
        errors.push(PackError::ContextOnly {
            at: at.clone(),
            found: indicator.id.clone(),
            problem: "stands on the context-only list: set context_only = true, it cannot open a case",
        });
    }
}

/// R5, in an indicator: typed parameters with unit, default and range; no country written into a rule.
pub(crate) fn parameters(at: &At, indicator: &Indicator, analysis: Option<&Analysis>, errors: &mut Vec<PackError>) {
    let error = |found: String, problem| PackError::Parameter { at: at.clone(), found, problem };
    let mut seen = BTreeSet::new();
    for parameter in &indicator.parameters {
        if !seen.insert(parameter.name.as_str()) {
            errors.push(error(parameter.name.clone(), "is declared twice"));
        }
        if parameter.unit.trim().is_empty() {
            errors.push(error(parameter.name.clone(), "has no unit"));
        }
        if !parameter.has_range() {
            errors.push(error(parameter.name.clone(), "has no range: state min and max"));
        }
        if !parameter.accepts(&parameter.default) {
            errors.push(error(
                format!("{} = {}", parameter.name, parameter.default.plain()),
                "the default is not of the parameter's kind or lies outside its range",
            ));
        }
    }
    let is_place = |text: &&String| {
        let code = text.as_bytes();
        matches!(code, [a, b] | [a, b, b'-', ..] if a.is_ascii_uppercase() && b.is_ascii_uppercase())
    };
    if let Some(place) = analysis.into_iter().flat_map(|analysis| &analysis.literals).find(is_place) {
        errors.push(error(place.clone(), "a country or subdivision in a rule: label it in a jurisdiction pack and join `areas`"));
    }
    if !(0.2..=3.0).contains(&indicator.weight) || indicator.weight_reason.trim().len() < 20 {
        errors.push(error(format!("weight = {:?}", indicator.weight), "the weight is a log-likelihood ratio in 0.2..=3 with its reason in words"));
    }
}

/// R5, in a jurisdiction: validity, source, review and owner on everything.
pub(crate) fn jurisdiction(jurisdiction: &Jurisdiction, packs: &[Pack], errors: &mut Vec<PackError>) {
    let file = jurisdiction.file.as_str();
    let error = |block: &str, found: String, problem| PackError::Parameter { at: At::block(file, block), found, problem };
    for area in &jurisdiction.areas {
        if area.source.trim().is_empty() || area.valid_from >= area.valid_to || area.review_on > area.valid_to {
            errors.push(error(&area.label, format!("{:?}", area.country), "a label needs a source, a review date and an expiry after its start"));
        }
        if area.country.is_none() && area.place.is_none() {
            errors.push(error(&area.label, "country".to_owned(), "a label is on a country, a subdivision of it, or a place"));
        }
    }
    for threshold in &jurisdiction.thresholds {
        if threshold.source.trim().is_empty()
            || threshold.valid_from >= threshold.valid_to
            || tributary_model::Amount::parse(&threshold.amount).is_err()
        {
            errors.push(error(
                &threshold.name,
                threshold.amount.clone(),
                "a reporting line needs a decimal amount, a validity and a source (or `unverified` and why)",
            ));
        }
    }
    for rate in &jurisdiction.fx {
        if !rate.usd.is_finite() || rate.usd <= 0.0 || rate.source.trim().is_empty() {
            errors.push(error(&rate.currency, format!("{:?}", rate.usd), "a reference rate is a positive number with a source"));
        }
    }
    for entry in &jurisdiction.overrides {
        let target = packs.iter().flat_map(|pack| &pack.indicators).find(|indicator| indicator.id == entry.indicator);
        let parameter = target.and_then(|indicator| indicator.parameters.iter().find(|parameter| parameter.name == entry.parameter));
        if !parameter.is_some_and(|parameter| parameter.accepts(&entry.value)) {
            errors.push(error(
                &entry.indicator,
                format!("{} = {}", entry.parameter, entry.value.plain()),
                "no such parameter, or a value outside its kind and range",
            ));
        }
        let stated = [&entry.owner, &entry.source, &entry.calibration].iter().all(|text| !text.trim().is_empty());
        if !stated || entry.valid_from >= entry.valid_to {
            errors.push(error(&entry.indicator, entry.parameter.clone(), "an override needs validity, owner, source and a calibration record"));
        }
    }
    for window in &jurisdiction.calendar {
        if window.from > window.to || !window.widen.is_finite() || window.widen < 1.0 || window.source.trim().is_empty() {
            errors.push(PackError::Suppressor {
                at: At::block(file, &window.name),
                found: format!("{:?}", window.widen),
                problem: "a window has a first day, a last day, a factor of 1 or more, and a source",
            });
        }
    }
}

/// R6: innocent explanations and what would tell them apart.
pub(crate) fn benign(at: &At, indicator: &Indicator, errors: &mut Vec<PackError>) {
    for (found, list) in [("benign", &indicator.benign), ("discriminates", &indicator.discriminates)] {
        if list.is_empty() || list.iter().any(|line| line.trim().is_empty()) {
            errors.push(PackError::Benign {
                at: at.clone(),
                found: found.to_owned(),
                problem: "list the innocent explanations and the data that would tell them apart",
            });
        }
    }
}

/// R7: what counts money or journeys in time names the seasons that swell both, or says why none does.
pub(crate) fn suppressors(at: &At, indicator: &Indicator, calendar: &BTreeSet<&str>, errors: &mut Vec<PackError>) {
    let error = |found: &str, problem| PackError::Suppressor { at: at.clone(), found: found.to_owned(), problem };
    for name in indicator.suppressors.iter().filter(|name| !calendar.contains(name.as_str())) {
        errors.push(error(name, "is in no jurisdiction's calendar"));
    }
    let seasonal = indicator.lineage.iter().any(|table| table == "transfers" || table == "movements");
    let waived = indicator.suppressors_none.as_ref().is_some_and(|reason| reason.trim().len() >= 20);
    if seasonal && indicator.suppressors.is_empty() && !waived {
        errors.push(error("suppressors", "name the seasons that swell this, or say in suppressors_none why none does"));
    }
}

/// R8: a floor for every table it rests on, and no unknown column condition.
pub(crate) fn abstention(at: &At, indicator: &Indicator, errors: &mut Vec<PackError>) {
    let error = |found: &str, problem| PackError::Abstention { at: at.clone(), found: found.to_owned(), problem };
    for table in &indicator.lineage {
        let floored =
            indicator.needs.iter().any(|need| TABLES.iter().any(|(name, rests_on)| *name == need.table && rests_on.contains(&table.as_str())));
        if !floored {
            errors.push(error(table, "has no floor: add a need, below which the indicator abstains"));
        }
    }
    for need in &indicator.needs {
        if need.rows_min == 0 || need.reason.trim().is_empty() || !TABLES.iter().any(|(name, _)| *name == need.table) {
            errors.push(error(&need.table, "a need names an enriched table, a floor of 1 or more and a reason"));
        }
    }
}

/// R9: the lineage is exactly what the SQL and the patterns read, and what rests on an agency's record says on which one.
pub(crate) fn lineage(at: &At, indicator: &Indicator, analysis: Option<&Analysis>, errors: &mut Vec<PackError>) {
    let Some(analysis) = analysis else { return };
    let read: BTreeSet<&str> =
        TABLES.iter().filter(|(name, _)| analysis.tables.contains(*name)).flat_map(|(_, rests_on)| rests_on.iter().copied()).collect();
    let declared: BTreeSet<&str> = indicator.lineage.iter().map(String::as_str).collect();
    if let Some(table) = read.symmetric_difference(&declared).next() {
        let problem =
            if read.contains(table) { "is read and not in the lineage: an echo of it would count twice" } else { "is in the lineage and not read" };
        errors.push(PackError::Lineage { at: at.clone(), found: (*table).to_owned(), problem });
    }
    // A record's own family gives the record itself as its observation.
    let is_record = indicator.id.starts_with(Family::List.code());
    if analysis.tables.contains("case_records") && !is_record && !analysis.returns.contains("premises") {
        let problem =
            "is not returned though case records are read: return the observation ids of the records the finding rests on, which count once";
        errors.push(PackError::Lineage { at: at.clone(), found: "premises".to_owned(), problem });
    }
}

/// Is this `major.minor.patch`?
#[must_use]
pub fn is_semantic_version(version: &str) -> bool {
    let parts: Vec<&str> = version.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| {
            !part.is_empty() && part.len() <= 6 && part.bytes().all(|b| b.is_ascii_digit()) && (part.len() == 1 || !part.starts_with('0'))
        })
}

/// R10: id, version, citations with page.
pub(crate) fn versioning(pack: &Pack, indicator: &Indicator, errors: &mut Vec<PackError>) {
    let at = At::block(&pack.file, &indicator.id);
    let error = |found: &str, problem| PackError::Versioning { at: at.clone(), found: found.to_owned(), problem };
    let number = indicator.id.strip_prefix(pack.family.code()).and_then(|rest| rest.strip_prefix('-'));
    if !number.is_some_and(|number| number.len() == 2 && number.bytes().all(|b| b.is_ascii_digit())) {
        errors.push(error(&indicator.id, "an id is the family's code, a hyphen and two digits"));
    }
    if indicator.sources.is_empty() || indicator.sources.iter().any(|source| source.citation.trim().is_empty() || source.page.trim().is_empty()) {
        errors.push(error("sources", "cite at least one source, each with its page or place"));
    }
    let has_number = |page: &str| page.bytes().any(|b| b.is_ascii_digit());
    if matches!(indicator.status, Status::V | Status::VW)
        && !indicator.sources.iter().any(|source| has_number(&source.page) || source.page.contains("repository"))
    {
        errors.push(error("page", "a verified source is cited with its page"));
    }
    let family_fits = pack.family != Family::List || indicator.subject.subject_type != SubjectType::Post;
    if !family_fits {
        errors.push(error(&indicator.id, "a list record speaks of an account, party or identifier"));
    }
}

/// R10: positive, negative and benign cases, and an abstaining one where there is a floor.
pub(crate) fn fixtures(at: &At, indicator: &Indicator, files: &BTreeMap<String, String>, errors: &mut Vec<PackError>) -> Option<Fixture> {
    let error = |found: &str, problem| PackError::Versioning { at: at.clone(), found: found.to_owned(), problem };
    let Some(text) = files.get(&indicator.fixtures) else {
        errors.push(error(&indicator.fixtures, "the fixtures file is not there"));
        return None;
    };
    let fixture = match Fixture::parse(&indicator.fixtures, text) {
        Ok(fixture) => fixture,
        Err(problem) => {
            errors.push(problem);
            return None;
        }
    };
    if fixture.indicator != indicator.id {
        errors.push(error(&fixture.indicator, "the fixtures are of another indicator"));
    }
    let needed = [
        ("positive", FixtureKind::Positive),
        ("negative", FixtureKind::Negative),
        ("benign", FixtureKind::Benign),
        ("abstain", FixtureKind::Abstain),
    ];
    for (name, kind) in needed {
        let of_kind = fixture.cases.iter().filter(|case| case.kind == kind);
        let needless = kind == FixtureKind::Abstain && indicator.needs.is_empty();
        if of_kind.clone().count() == 0 && !needless {
            errors.push(error(name, "the fixtures have no case of this kind"));
        }
        let states_subjects = kind == FixtureKind::Positive;
        if of_kind.clone().any(|case| case.expect.is_empty() == states_subjects) {
            errors.push(error(name, "a positive case expects subjects and no other case does"));
        }
    }
    Some(fixture)
}

/// Every parameter used is declared and every one declared is used.
pub(crate) fn placeholders(at: &At, indicator: &Indicator, errors: &mut Vec<PackError>) {
    let used: BTreeSet<String> = crate::template::placeholders(&indicator.sql).into_iter().map(|p| p.name).collect();
    let in_patterns = |name: &str| {
        indicator
            .patterns
            .iter()
            .flat_map(|pattern| pattern.settings.values())
            .any(|value| matches!(value, Value::Text(text) if text.strip_prefix(':') == Some(name)))
    };
    for parameter in indicator.parameters.iter().filter(|parameter| !used.contains(&parameter.name) && !in_patterns(&parameter.name)) {
        errors.push(PackError::Parameter { at: at.clone(), found: parameter.name.clone(), problem: "is declared and used nowhere" });
    }
}
