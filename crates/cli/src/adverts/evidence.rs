//! What speaks for and against a group of adverts, from the tables of the contract beside them; and a made-up corpus to try it on.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde::Serialize;
use tributary_adverts::evidence::{
    Account, Contact, EvidenceInput, EvidenceSettings, GroupEvidence, OfferKind, Place, Post, Register, Relation, RelationKind, Subject, Verdict,
    evidence,
};
use tributary_adverts::{Part, SlotKind, Template};
use tributary_engine::world::{CorpusSettings, CorpusSummary, Language, Level, write_corpus};
use tributary_model::Timestamp;

use crate::Failure;
use crate::arguments::AdvertsCorpus;
use crate::progress::Stop;
use crate::rows::Rows;

/// Coded terms of permits that no destination knows (TYPOLOGIES REC-04).
const IMPOSSIBLE_PERMITS: [&str; 4] = ["free_visa", "azad_visa", "visit_visa_work", "no_sponsor_visa"];
/// Accounts of one device beyond which it is a shop's or a household's, and ties nobody.
const DEVICE_ACCOUNTS_MAX: usize = 50;

/// A template in words, slots as `[type ×different]`.
pub(super) fn words(template: &Template) -> String {
    let part = |part: &Part| match part {
        Part::Constant { text, .. } => text.clone(),
        Part::Slot(slot) => format!("[{} ×{}]", slot.kind.map_or("words", SlotKind::name), slot.distinct),
    };
    template.parts.iter().map(part).collect::<Vec<_>>().join(" ")
}

/// What was made.
#[derive(Debug, Serialize)]
pub(super) struct Made(CorpusSummary);

impl Made {
    pub(super) fn to_text(&self) -> String {
        let made = &self.0;
        let groups: Vec<String> = made.groups.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        format!(
            "{} adverts of {} accounts; templates: {}; {} of them translations\n",
            made.posts,
            made.accounts,
            groups.join(", "),
            made.translations
        )
    }
}

pub(super) fn corpus(a: &AdvertsCorpus) -> Result<Made, Failure> {
    let noise = Level::from_name(&a.noise).ok_or_else(|| Failure::input(format!("--noise `{}` must be low, mid or high", a.noise)))?;
    let mut settings = CorpusSettings::new(a.seed, a.posts, noise);
    if let Some(tag) = &a.language {
        let language = Language::from_tag(tag).ok_or_else(|| Failure::input(format!("--language `{tag}` must be ur, ps, prs, ur-Latn or en")))?;
        settings = settings.only(language);
    }
    if std::fs::read_dir(&a.folder).is_ok_and(|mut entries| entries.next().is_some()) {
        return Err(Failure::input(format!("`{}` is not empty: name a new folder", a.folder.display())));
    }
    Ok(Made(write_corpus(&a.folder, &settings).map_err(|e| Failure::input(tributary_model::with_causes(&e)))?))
}

/// FNV-1a: only whether two are equal is asked.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |h, byte| (h ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

fn some(text: &str) -> Option<&str> {
    Some(text.trim()).filter(|text| !text.is_empty())
}

fn country(text: &str) -> Option<[u8; 2]> {
    text.trim().as_bytes().try_into().ok()
}

fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let day = || Timestamp::parse(&format!("{text}T00:00:00Z"));
    Timestamp::parse(text).or_else(|_| day()).ok().map(|at| at.0.div_euclid(1_000_000))
}

/// The latest that somebody with this date of birth was born: of a year or a month alone, its last day.
fn born_by(text: &str) -> Option<i64> {
    let text = text.trim();
    let last = match text.len() {
        4 => format!("{text}-12-31"),
        7 => format!("{text}-28"),
        _ => text.to_owned(),
    };
    seconds(&last)
}

fn contact(text: &str) -> Contact {
    let text = text.trim();
    let digits = text.chars().filter(char::is_ascii_digit).count();
    let kind = match text.chars().next() {
        Some('@') => SlotKind::Handle,
        Some('+') => SlotKind::Phone,
        _ if text.contains('@') => SlotKind::Email,
        _ if digits >= 7 && digits * 2 > text.len() => SlotKind::Phone,
        _ if text.len() >= 26 && text.chars().all(|c| c.is_ascii_alphanumeric()) => SlotKind::Wallet,
        _ => SlotKind::Url,
    };
    Contact { kind, hash: hash(text) }
}

/// A table of the contract, by the names of its columns; one that is not there is empty.
struct Sheet {
    columns: BTreeMap<String, usize>,
    rows: Vec<Vec<String>>,
}

impl Sheet {
    /// With `needed` among the columns `wanted`: a table that lacks one is refused, for what it would have said is not known.
    fn read(path: &Path, needed: &[&str], wanted: &[&str], stop: &Stop) -> Result<Self, Failure> {
        if !path.exists() {
            return Ok(Self { columns: BTreeMap::new(), rows: Vec::new() });
        }
        let mut rows = Rows::open(path, b',', stop)?;
        for name in needed {
            rows.column(name)?;
        }
        let found: Vec<(String, usize)> =
            wanted.iter().filter_map(|name| Some(((*name).to_owned(), rows.header().iter().position(|known| known == name)?))).collect();
        let mut out = Self { columns: found.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect(), rows: Vec::new() };
        while rows.advance()? {
            out.rows.push(found.iter().map(|(_, at)| rows.cell(*at).map(str::to_owned)).collect::<Result<_, _>>()?);
        }
        Ok(out)
    }

    fn cell<'r>(&self, row: &'r [String], name: &str) -> &'r str {
        self.columns.get(name).and_then(|at| row.get(*at)).map_or("", String::as_str)
    }
}

/// Accounts with their numbers, and who is behind them.
struct Known {
    numbers: BTreeMap<String, u32>,
    accounts: Vec<Account>,
    names: Vec<String>,
    /// When the latest day of the holder's birth lies, seconds since 1970, of each account.
    births: Vec<Option<i64>>,
    licensed_contacts: Vec<Contact>,
    has_register: bool,
    /// Are there records that say who is a victim? Without them nobody is named.
    has_cases: bool,
}

impl Known {
    fn read(folder: &Path, stop: &Stop) -> Result<Self, Failure> {
        let parties = Sheet::read(&folder.join("parties.csv"), &["party_id"], &["party_id", "document", "phone", "birth_date"], stop)?;
        let mut licensed: BTreeSet<&str> = BTreeSet::new();
        let mut licensed_contacts = Vec::new();
        let mut born: BTreeMap<&str, i64> = BTreeMap::new();
        for row in &parties.rows {
            if let Some(birth) = born_by(parties.cell(row, "birth_date")) {
                born.insert(parties.cell(row, "party_id").trim(), birth);
            }
            if parties.cell(row, "document").split('|').any(|document| document.trim().starts_with("licence:")) {
                licensed.insert(parties.cell(row, "party_id"));
                licensed_contacts.extend(parties.cell(row, "phone").split('|').filter_map(some).map(contact));
            }
        }
        // Whom a case names as a victim, a witness or its reporter is counted and never named (SG-031).
        let path = folder.join("case_records.csv");
        let cases = Sheet::read(&path, &["subject", "role"], &["subject", "role"], stop)?;
        let mut shielded: BTreeSet<&str> = BTreeSet::new();
        for (at, row) in cases.rows.iter().enumerate() {
            match cases.cell(row, "role").trim().to_lowercase().as_str() {
                "victim" | "witness" | "reporter" => {
                    shielded.insert(cases.cell(row, "subject").trim());
                }
                "suspect" | "facilitator" => {}
                // A role that is not understood may be a victim's: nobody is named on such a table.
                role => {
                    let known = "must be victim, witness, reporter, suspect or facilitator";
                    return Err(Failure::input(format!("`{}`, row {}: `role` `{role}` {known}", path.display(), at + 1)));
                }
            }
        }
        let columns = ["account_id", "holder", "country", "opened_at", "closed_at"];
        let sheet = Sheet::read(&folder.join("accounts.csv"), &["account_id", "holder"], &columns, stop)?;
        let mut out = Self {
            numbers: BTreeMap::new(),
            accounts: Vec::new(),
            names: Vec::new(),
            births: Vec::new(),
            licensed_contacts,
            has_register: !licensed.is_empty(),
            has_cases: path.exists(),
        };
        for row in &sheet.rows {
            let (id, holder) = (sheet.cell(row, "account_id").trim(), sheet.cell(row, "holder").trim());
            out.numbers.insert(id.to_owned(), u32::try_from(out.accounts.len()).unwrap_or(u32::MAX));
            out.names.push(id.to_owned());
            out.births.push(born.get(holder).copied());
            out.accounts.push(Account {
                holder: some(holder).map(hash),
                country: country(sheet.cell(row, "country")),
                licensed: licensed.contains(holder),
                opened_at: seconds(sheet.cell(row, "opened_at")),
                closed_at: seconds(sheet.cell(row, "closed_at")),
                protected: shielded.contains(id) || shielded.contains(holder),
            });
        }
        Ok(out)
    }

    /// The number of an account; one that the tables do not have is known by its id alone.
    fn number(&mut self, id: &str) -> u32 {
        if let Some(number) = self.numbers.get(id) {
            return *number;
        }
        let number = u32::try_from(self.accounts.len()).unwrap_or(u32::MAX);
        self.numbers.insert(id.to_owned(), number);
        self.names.push(id.to_owned());
        self.births.push(None);
        self.accounts.push(Account::default());
        number
    }

    /// Puts holders who were under 18 at `now` under protection.
    fn shield_minors(&mut self, now: i64) {
        const ADULT: i64 = 18 * 31_556_952;
        for (account, birth) in self.accounts.iter_mut().zip(&self.births) {
            account.protected |= birth.is_some_and(|birth| birth > now - ADULT);
        }
    }
}

fn places(folder: &Path, stop: &Stop) -> Result<BTreeMap<String, Place>, Failure> {
    let sheet = Sheet::read(&folder.join("places.csv"), &["place", "lat", "lon"], &["place", "country", "lat", "lon"], stop)?;
    let place = |(id, row): (u32, &Vec<String>)| {
        let (lat, lon) = (sheet.cell(row, "lat").trim().parse().ok()?, sheet.cell(row, "lon").trim().parse().ok()?);
        Some((sheet.cell(row, "place").to_owned(), Place { id, lat, lon, country: country(sheet.cell(row, "country"))? }))
    };
    Ok((0..).zip(&sheet.rows).filter_map(place).collect())
}

/// Pairs of accounts seen with one device.
fn devices(folder: &Path, known: &Known, stop: &Stop) -> Result<Vec<Relation>, Failure> {
    let columns = ["subject", "identifier_kind", "identifier"];
    let sheet = Sheet::read(&folder.join("sightings.csv"), &columns, &columns, stop)?;
    let mut users: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    for row in sheet.rows.iter().filter(|row| sheet.cell(row, "identifier_kind") == "device") {
        if let Some(number) = known.numbers.get(sheet.cell(row, "subject")) {
            users.entry(sheet.cell(row, "identifier")).or_default().insert(*number);
        }
    }
    let mut out = Vec::new();
    for users in users.values().filter(|users| users.len() <= DEVICE_ACCOUNTS_MAX) {
        out.extend(users.iter().zip(users.iter().skip(1)).map(|(one, other)| Relation { one: *one, other: *other, kind: RelationKind::Device }));
    }
    Ok(out)
}

const POST_COLUMNS: [&str; 12] =
    ["account", "at", "kind", "place", "contact", "occupation", "destination", "wage", "wage_currency", "fee", "fee_currency", "terms"];

fn posts(path: &Path, groups: &[Option<u32>], known: &mut Known, places: &BTreeMap<String, Place>, stop: &Stop) -> Result<Vec<Post>, Failure> {
    let sheet = Sheet::read(path, &["account", "at", "kind"], &POST_COLUMNS, stop)?;
    let mut out = Vec::with_capacity(sheet.rows.len());
    for (number, row) in (0_u64..).zip(&sheet.rows) {
        let cell = |name: &str| sheet.cell(row, name);
        let wrong = |why: &str| Failure::input(format!("`{}`, advert {}: {why}", path.display(), number + 1));
        let amount = |name: &str| cell(name).trim().parse::<f64>().ok().filter(|amount| amount.is_finite());
        // Offers are held against those in the same currency: no rate is assumed.
        let trade = some(cell("occupation")).map(|trade| hash(&[trade, cell("wage_currency"), cell("fee_currency")].join("\u{1f}")));
        out.push(Post {
            number,
            group: groups.get(number as usize).copied().flatten(),
            account: known.number(cell("account").trim()),
            at: seconds(cell("at")).ok_or_else(|| wrong("`at` is no time: write 2026-02-28T10:00:00Z"))?,
            kind: OfferKind::from_name(cell("kind")).ok_or_else(|| wrong("`kind` must be job, marriage, travel, escort, fundraising or other"))?,
            place: places.get(cell("place")).copied(),
            contacts: cell("contact").split('|').filter_map(some).map(contact).collect(),
            occupation: trade,
            destination: country(cell("destination")),
            wage: amount("wage"),
            fee: amount("fee"),
            requirements: None,
            terms: cell("terms").split('|').filter_map(some).map(str::to_owned).collect(),
        });
    }
    Ok(out)
}

/// A group as it is written: nothing of a text, contacts as hashes not shown.
#[derive(Serialize)]
struct Line<'a> {
    group: &'a str,
    verdict: &'static str,
    adverts: usize,
    posters: usize,
    operators: usize,
    protected: usize,
    from: Timestamp,
    to: Timestamp,
    families: Vec<&'static str>,
    indicators: Vec<&'static str>,
    /// What keeps it from being more.
    why: Vec<&'static str>,
    /// Families that say nothing, and why.
    abstained: BTreeMap<&'static str, &'static str>,
    /// What was found, and the adverts it rests on.
    findings: Vec<Found<'a>>,
    /// Accounts of its operators, as advert operators; none unless the verdict is review.
    subjects: Vec<&'a str>,
}

#[derive(Serialize)]
struct Found<'a> {
    family: &'static str,
    indicators: Vec<&'static str>,
    adverts: Vec<&'a str>,
}

fn as_line<'a>(group: &GroupEvidence, ids: &'a [String], names: &'a [String]) -> Line<'a> {
    let id = |at: u64| usize::try_from(at).ok().and_then(|at| ids.get(at)).map_or("", String::as_str);
    let findings = group.findings.iter().filter(|finding| finding.speaks()).map(|finding| Found {
        family: finding.family.name(),
        indicators: finding.signals.iter().map(tributary_adverts::evidence::Signal::indicator).collect(),
        adverts: finding.posts.iter().map(|post| id(*post)).collect(),
    });
    let subject = |subject: &Subject| if let Subject::Account(account) = subject { names.get(*account as usize).map(String::as_str) } else { None };
    Line {
        group: id(u64::from(group.group)),
        verdict: group.verdict.name(),
        adverts: group.adverts,
        posters: group.posters,
        operators: group.operators,
        protected: group.protected,
        from: Timestamp(group.period.0.saturating_mul(1_000_000)),
        to: Timestamp(group.period.1.saturating_mul(1_000_000)),
        families: group.families.iter().map(|family| family.name()).collect(),
        indicators: group.indicators(),
        why: group.why.iter().map(|why| why.words()).collect(),
        abstained: group.findings.iter().filter_map(|f| Some((f.family.name(), f.abstained.as_ref()?.words()))).collect(),
        findings: findings.collect(),
        subjects: group.subjects.iter().filter_map(subject).collect(),
    }
}

/// The evidence as it is written.
pub(super) struct Weighed {
    /// One line for each group, those to be reviewed first.
    pub(super) lines: Vec<u8>,
    /// How many groups are for a person to look at.
    pub(super) review: usize,
    /// Are accounts named?
    pub(super) named: bool,
}

/// Weighs what the tables say of each group.
pub(super) fn weigh(path: &Path, folder: &Path, ids: &[String], groups: &[Option<u32>], stop: &Stop) -> Result<Weighed, Failure> {
    if !folder.is_dir() {
        return Err(Failure::input(format!(
            "--tables `{}` is no folder: it holds accounts.csv, parties.csv, places.csv, sightings.csv",
            folder.display()
        )));
    }
    let mut known = Known::read(folder, stop)?;
    let places = places(folder, stop)?;
    let posts = posts(path, groups, &mut known, &places, stop)?;
    let relations = devices(folder, &known, stop)?;
    let now = posts.iter().map(|post| post.at).max().unwrap_or(0);
    known.shield_minors(now);
    // The tables are of one day: the register is as old as they are.
    let countries: BTreeSet<[u8; 2]> = known.accounts.iter().filter(|account| account.licensed).filter_map(|account| account.country).collect();
    let register = known.has_register.then(|| Register {
        copied_at: now,
        countries: countries.into_iter().collect(),
        contacts: known.licensed_contacts.clone(),
    });
    let permits = IMPOSSIBLE_PERMITS.map(str::to_owned);
    let input = EvidenceInput {
        posts: &posts,
        accounts: &known.accounts,
        relations: &relations,
        register: register.as_ref(),
        impossible_permits: &permits,
        now,
    };
    let mut found = evidence(&input, &EvidenceSettings::default());
    found.sort_by(|a, b| b.verdict.cmp(&a.verdict).then(b.families.len().cmp(&a.families.len())).then(a.group.cmp(&b.group)));
    let mut lines: Vec<Line<'_>> = found.iter().map(|group| as_line(group, ids, &known.names)).collect();
    // Who is a victim is not known without records of cases: nobody is named then.
    if !known.has_cases {
        lines.iter_mut().for_each(|line| line.subjects.clear());
    }
    let review = found.iter().filter(|group| group.verdict == Verdict::Review).count();
    Ok(Weighed { lines: crate::output::ndjson(&lines)?, review, named: known.has_cases })
}
