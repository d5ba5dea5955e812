//! What stands out in how staff search: every test is stated, compares an account with its own habit or with its peers, and abstains where
//! there is too little. It reads counts, hours and keyed hashes; no name, no trait of anybody, neither of staff nor of those looked for.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use tributary_access::{AgencyClass, Role};
use tributary_model::Timestamp;
use tributary_model::time::{MICROS_PER_DAY, MICROS_PER_SECOND};

use super::stats::{beta_binomial_tail, q_values, tail_beside};

/// Entries that a finding lists.
const LISTED_MAX: usize = 200;
/// Micro-seconds of an hour.
const HOUR: i64 = 3_600 * MICROS_PER_SECOND;

/// Ways to look at somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "the words say it")]
pub enum Channel {
    NamedSearch,
    Unmasking,
    IdentityRequest,
    IdentityOpened,
    Marker,
    PartyRead,
    CaseRead,
    VictimRead,
    BreakGlass,
}

/// One look, as its entry in the log has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Look {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub account: String,
    /// How.
    pub channel: Channel,
    /// The id of its entry.
    pub entry: String,
    /// In which case, where it stood in one.
    pub case: Option<String>,
    /// Keyed hash of the name or number looked for.
    pub sought: Option<String>,
    /// Keyed hashes that neighbours share: a number without its last digits, a name without one of its words.
    pub near: Vec<String>,
}

/// Whose looks are compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// The account.
    pub account: String,
    /// Its role.
    pub role: Role,
    /// The class of its agency.
    pub class: AgencyClass,
    /// Its agency.
    pub agency: String,
}

/// What the report is made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Office {
    /// Everybody who may look.
    pub people: Vec<Person>,
    /// Every look, of the period and of the weeks before it, in time order.
    pub looks: Vec<Look>,
    /// Account and case in which that account entered, decided or wrote something.
    pub worked: BTreeSet<(String, String)>,
    /// Cases that are closed.
    pub closed: BTreeSet<String>,
    /// Of these, the ones that left nothing: no product, no charge, nothing disclosed.
    pub unused: BTreeSet<String>,
}

/// From when, until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Span {
    /// The first moment.
    pub from: Timestamp,
    /// The moment after the last.
    pub to: Timestamp,
}

impl Span {
    fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.to
    }
}

/// What the tests go by.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, JsonSchema)]
pub struct Bounds {
    /// Expected share of findings that are chance, over all tests and accounts (Benjamini–Hochberg).
    pub q: f64,
    /// Fewer peers than this and the tests beside peers abstain.
    pub peers_min: usize,
    /// Weeks of own history; fewer than half of them with anything, and the test of a burst abstains.
    pub history_weeks: usize,
    /// Minutes that local time is ahead of UTC.
    pub offset_minutes: i64,
    /// The night, in local hours: from, until.
    pub night: (i64, i64),
    /// Fewer looks in the period than this and nothing is said of an account at all.
    pub looks_min: u64,
    /// Fewer cases or days than this and a share is not judged.
    pub share_min: u64,
}

impl Default for Bounds {
    fn default() -> Self {
        Self { q: 0.05, peers_min: 5, history_weeks: 16, offset_minutes: 300, night: (22, 6), looks_min: 5, share_min: 5 }
    }
}

/// The tests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// More looks than peers of the same role and class of agency.
    MoreThanPeers,
    /// A week with more looks than the account's own weeks before.
    Burst,
    /// More days with looks at night than the account's own habit.
    Night,
    /// More of the closed cases looked into than peers' were closed without use.
    WithoutUse,
    /// More of the cases looked into than peers' are cases in which the account never wrote anything.
    OutsideCases,
    /// The same name searched in different cases, more often than peers do.
    SameName,
    /// Steps from a number to its neighbours, more than peers take.
    NeighbourNumbers,
    /// Steps from a name to names that differ in one word, more than peers take.
    NeighbourNames,
}

impl Test {
    /// Every one.
    pub const ALL: [Self; 8] = [
        Self::MoreThanPeers,
        Self::Burst,
        Self::Night,
        Self::WithoutUse,
        Self::OutsideCases,
        Self::SameName,
        Self::NeighbourNumbers,
        Self::NeighbourNames,
    ];

    /// Its word, as the store and the API write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::MoreThanPeers => "more_than_peers",
            Self::Burst => "burst",
            Self::Night => "night",
            Self::WithoutUse => "without_use",
            Self::OutsideCases => "outside_cases",
            Self::SameName => "same_name",
            Self::NeighbourNumbers => "neighbour_numbers",
            Self::NeighbourNames => "neighbour_names",
        }
    }

    /// How it is decided, in a line.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::MoreThanPeers | Self::SameName | Self::NeighbourNumbers | Self::NeighbourNames => {
                "count beside peers: the largest of a negative binomial, a predictive and (for larger counts) a Student tail"
            }
            Self::Burst => "the busiest week beside the account's own weeks, by the same tails, times the number of weeks",
            Self::Night => "days with looks at night: beta-binomial on the own history, with the peers' share as five days of prior",
            Self::WithoutUse | Self::OutsideCases => "share of cases: beta-binomial on the peers' share",
        }
    }
}

/// Something that stands out. It says nothing about why: there are ordinary reasons, and the person is asked first.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Anomaly {
    /// Whose looks.
    pub account: String,
    /// That account's agency.
    pub agency: String,
    /// By which test.
    pub test: Test,
    /// Why, in plain words.
    pub why: String,
    /// Chance of so much or more in an ordinary period.
    pub p: f64,
    /// Corrected for everything that was tested.
    pub q: f64,
    /// The entries that it rests on; the first of them where there are many.
    pub entries: Vec<String>,
    /// How many there are.
    pub entries_total: usize,
}

/// A test that was not made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Abstained {
    /// For whom.
    pub account: String,
    /// That account's agency.
    pub agency: String,
    /// Which.
    pub test: Test,
    /// Why not.
    pub why: &'static str,
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Judged {
    /// What stands out, the surest first.
    pub anomalies: Vec<Anomaly>,
    /// What could not be judged.
    pub abstained: Vec<Abstained>,
    /// How many tests were made.
    pub tested: usize,
}

/// What one test says of one account.
enum Said {
    P { p: f64, why: String, entries: Vec<String> },
    TooLittle(&'static str),
}

/// One account's looks in the period and before it.
struct Of<'a> {
    person: &'a Person,
    now: Vec<&'a Look>,
    before: Vec<&'a Look>,
}

/// Judges a period. The same office and period give the same answer.
#[must_use]
pub fn judge(office: &Office, span: Span, bounds: &Bounds) -> Judged {
    let start = Timestamp(span.from.0 - bounds.history_weeks as i64 * 7 * MICROS_PER_DAY);
    let mut by_account: BTreeMap<&str, (Vec<&Look>, Vec<&Look>)> = BTreeMap::new();
    for look in &office.looks {
        let (now, before) = by_account.entry(&look.account).or_default();
        if span.holds(look.at) {
            now.push(look);
        } else if look.at >= start && look.at < span.from {
            before.push(look);
        }
    }
    let mut all: Vec<Of<'_>> = office
        .people
        .iter()
        .map(|person| {
            let (now, before) = by_account.remove(person.account.as_str()).unwrap_or_default();
            Of { person, now, before }
        })
        .collect();
    all.sort_by(|a, b| a.person.account.cmp(&b.person.account));
    let mut judged = Judged { anomalies: Vec::new(), abstained: Vec::new(), tested: 0 };
    let mut said = Vec::new();
    for one in all.iter().filter(|one| !one.now.is_empty()) {
        let peers: Vec<&Of<'_>> = all.iter().filter(|other| is_peer(one, other)).collect();
        for test in Test::ALL {
            match put(test, one, &peers, office, span, bounds) {
                Said::P { p, why, entries } => said.push((one.person, test, p, why, entries)),
                Said::TooLittle(why) => {
                    let (account, agency) = (one.person.account.clone(), one.person.agency.clone());
                    judged.abstained.push(Abstained { account, agency, test, why });
                }
            }
        }
    }
    judged.tested = said.len();
    let q = q_values(&said.iter().map(|(_, _, p, _, _)| *p).collect::<Vec<_>>());
    for ((person, test, p, why, mut entries), q) in said.into_iter().zip(q).filter(|(_, q)| *q <= bounds.q) {
        let entries_total = entries.len();
        entries.truncate(LISTED_MAX);
        let (account, agency) = (person.account.clone(), person.agency.clone());
        judged.anomalies.push(Anomaly { account, agency, test, why, p, q, entries, entries_total });
    }
    judged.anomalies.sort_by(|a, b| a.q.total_cmp(&b.q).then_with(|| (&a.account, a.test).cmp(&(&b.account, b.test))));
    judged
}

/// Who does the same work: the same role in the same class of agency, and was at work in the period or before it.
fn is_peer(one: &Of<'_>, other: &Of<'_>) -> bool {
    let (a, b) = (one.person, other.person);
    a.account != b.account && a.role == b.role && a.class == b.class && !(other.now.is_empty() && other.before.is_empty())
}

fn put(test: Test, one: &Of<'_>, peers: &[&Of<'_>], office: &Office, span: Span, bounds: &Bounds) -> Said {
    if (one.now.len() as u64) < bounds.looks_min {
        return Said::TooLittle("fewer looks in the period than are judged");
    }
    if !matches!(test, Test::Burst | Test::Night) && peers.len() < bounds.peers_min {
        return Said::TooLittle("too few peers of the same role and class of agency");
    }
    match test {
        Test::MoreThanPeers => more_than_peers(one, peers),
        Test::Burst => burst(one, span, bounds),
        Test::Night => night(one, peers, bounds),
        Test::WithoutUse => {
            let closed = |case: &str| office.closed.contains(case);
            let bad = |case: &str| office.unused.contains(case);
            share(one, peers, bounds, &|_, case| closed(case), &|_, case| bad(case), "closed cases that were looked into ended without any use")
        }
        Test::OutsideCases => {
            let bad = |account: &str, case: &str| !office.worked.contains(&(account.to_owned(), case.to_owned()));
            share(one, peers, bounds, &|_, _| true, &bad, "cases that were looked into are ones in which the account never wrote anything")
        }
        Test::SameName => steps(one, peers, &same_names, "searches were for a name that the account had searched in another case"),
        Test::NeighbourNumbers => steps(
            one,
            peers,
            &|looks| neighbours(looks, Channel::Marker),
            "markers were placed on a neighbour of a number placed within a day before",
        ),
        Test::NeighbourNames => steps(
            one,
            peers,
            &|looks| neighbours(looks, Channel::NamedSearch),
            "searches differed in one word from a name searched within a day before",
        ),
    }
}

fn entries_of(looks: &[&Look]) -> Vec<String> {
    looks.iter().map(|look| look.entry.clone()).collect()
}

fn median(counts: &[u64]) -> u64 {
    let mut sorted = counts.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}

fn more_than_peers(one: &Of<'_>, peers: &[&Of<'_>]) -> Said {
    let counts: Vec<u64> = peers.iter().map(|peer| peer.now.len() as u64).collect();
    let own = one.now.len() as u64;
    let why = format!(
        "{own} looks in the period; {} peers have {} in the middle and {} at most",
        counts.len(),
        median(&counts),
        counts.iter().max().unwrap_or(&0)
    );
    Said::P { p: tail_beside(own, &counts), why, entries: entries_of(&one.now) }
}

/// Looks by week, counted back from a moment; only whole weeks after the account's first look count.
fn weeks<'a>(looks: &[&'a Look], end: Timestamp, most: usize, first: Timestamp) -> Vec<Vec<&'a Look>> {
    const WEEK: i64 = 7 * MICROS_PER_DAY;
    let whole = usize::try_from((end.0 - first.0).max(0) / WEEK).unwrap_or(0).min(most);
    let mut weeks = vec![Vec::new(); whole];
    for look in looks {
        let back = usize::try_from((end.0 - 1 - look.at.0).max(0) / WEEK).unwrap_or(usize::MAX);
        if let Some(week) = weeks.get_mut(back) {
            week.push(*look);
        }
    }
    weeks
}

fn burst(one: &Of<'_>, span: Span, bounds: &Bounds) -> Said {
    let Some(first) = one.before.iter().map(|look| look.at).min() else { return Said::TooLittle("no history of the account's own") };
    let before: Vec<u64> = weeks(&one.before, span.from, bounds.history_weeks, first).iter().map(|week| week.len() as u64).collect();
    if before.len() < bounds.history_weeks.div_ceil(2) {
        return Said::TooLittle("too short a history of the account's own");
    }
    let length = usize::try_from((span.to.0 - span.from.0) / (7 * MICROS_PER_DAY)).unwrap_or(0) + 1;
    let now = weeks(&one.now, span.to, length, span.from);
    let Some(most) = now.iter().max_by_key(|week| week.len()) else { return Said::TooLittle("the period is shorter than a week") };
    let p = (tail_beside(most.len() as u64, &before) * now.len() as f64).min(1.0);
    let why = format!(
        "{} looks in one week; the account's own {} weeks before have {} in the middle and {} at most",
        most.len(),
        before.len(),
        median(&before),
        before.iter().max().unwrap_or(&0)
    );
    Said::P { p, why, entries: entries_of(most) }
}

/// The local hour, and the night that a look belongs to: after midnight it is that of the day before.
fn night_of(look: &Look, bounds: &Bounds) -> (i64, bool) {
    let local = look.at.0 + bounds.offset_minutes * 60 * MICROS_PER_SECOND;
    let hour = local.rem_euclid(MICROS_PER_DAY) / HOUR;
    let (from, until) = bounds.night;
    let at_night = if from > until { hour >= from || hour < until } else { (from..until).contains(&hour) };
    // The day begins when the night ends, so that one night is one.
    ((local - until * HOUR).div_euclid(MICROS_PER_DAY), at_night)
}

/// Days with a look, and those of them with one at night.
fn nights(looks: &[&Look], bounds: &Bounds) -> (u64, u64) {
    let days: BTreeSet<i64> = looks.iter().map(|look| night_of(look, bounds).0).collect();
    let dark: BTreeSet<i64> = looks.iter().map(|look| night_of(look, bounds)).filter(|(_, dark)| *dark).map(|(day, _)| day).collect();
    (days.len() as u64, dark.len() as u64)
}

fn night(one: &Of<'_>, peers: &[&Of<'_>], bounds: &Bounds) -> Said {
    let (days, dark) = nights(&one.now, bounds);
    let (days_before, dark_before) = nights(&one.before, bounds);
    if days < bounds.share_min || days_before < 2 * bounds.share_min {
        return Said::TooLittle("too few days at work, now or before");
    }
    let (all, of_them) = peers.iter().map(|peer| nights(&peer.now, bounds)).fold((0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1));
    let usual = (of_them as f64 + 0.5) / (all as f64 + 1.0);
    let (a, b) = (0.5 + 5.0 * usual + dark_before as f64, 0.5 + 5.0 * (1.0 - usual) + (days_before - dark_before) as f64);
    let p = beta_binomial_tail(dark, days, a, b);
    let why = format!("looks at night on {dark} of {days} days; before it was {dark_before} of {days_before}");
    let at_night: Vec<&Look> = one.now.iter().copied().filter(|look| night_of(look, bounds).1).collect();
    Said::P { p, why, entries: entries_of(&at_night) }
}

/// Of the cases looked into that count, those that are of a kind; by account and case.
type OfCase<'a> = &'a dyn Fn(&str, &str) -> bool;

fn cases<'a>(of: &Of<'a>, counts: OfCase<'_>, bad: OfCase<'_>) -> (BTreeSet<&'a str>, BTreeSet<&'a str>) {
    let account = of.person.account.as_str();
    let all: BTreeSet<&str> = of.now.iter().filter_map(|look| look.case.as_deref()).filter(|case| counts(account, case)).collect();
    let such = all.iter().copied().filter(|case| bad(account, case)).collect();
    (all, such)
}

fn share(one: &Of<'_>, peers: &[&Of<'_>], bounds: &Bounds, counts: OfCase<'_>, bad: OfCase<'_>, what: &str) -> Said {
    let (all, such) = cases(one, counts, bad);
    let (mut of_peers, mut such_of_peers, mut extra) = (0_u64, 0_u64, Vec::new());
    for peer in peers {
        let (all, such) = cases(peer, counts, bad);
        of_peers += all.len() as u64;
        such_of_peers += such.len() as u64;
        if all.len() >= 2 {
            extra.push((all.len() as f64, such.len() as f64));
        }
    }
    if (all.len() as u64) < bounds.share_min || of_peers < 4 * bounds.share_min {
        return Said::TooLittle("too few such cases, of the account or of its peers");
    }
    let usual = (such_of_peers as f64 + 0.5) / (of_peers as f64 + 1.0);
    let strength = agreement(&extra, usual).min(of_peers as f64);
    let p = beta_binomial_tail(such.len() as u64, all.len() as u64, usual * strength, (1.0 - usual) * strength);
    let why = format!("{} of {} {what}; of the peers' it is {such_of_peers} of {of_peers}", such.len(), all.len());
    let entries = one.now.iter().filter(|look| look.case.as_deref().is_some_and(|case| such.contains(case))).map(|look| look.entry.clone()).collect();
    Said::P { p, why, entries }
}

/// How alike the peers' shares are, as the strength a + b of a beta distribution with the same spread (method of moments), 2 to 200.
fn agreement(of_each: &[(f64, f64)], usual: f64) -> f64 {
    let n = of_each.len() as f64;
    if n < 3.0 {
        return 4.0;
    }
    let spread = of_each.iter().map(|(all, such)| (such / all - usual).powi(2)).sum::<f64>() / (n - 1.0);
    let size = n / of_each.iter().map(|(all, _)| 1.0 / all).sum::<f64>();
    let by_chance = usual * (1.0 - usual);
    // Var = p(1-p)/m · (1 + (m-1)·rho), rho = 1/(strength + 1)
    let rho = (spread * size / by_chance - 1.0) / (size - 1.0).max(0.1);
    if rho <= 0.0 { 200.0 } else { (1.0 / rho - 1.0).clamp(2.0, 200.0) }
}

/// Entries of steps of a kind, of one account's looks of the period.
type Steps<'a> = &'a dyn Fn(&[&Look]) -> Vec<String>;

fn steps(one: &Of<'_>, peers: &[&Of<'_>], of: Steps<'_>, what: &str) -> Said {
    let entries = of(&one.now);
    let counts: Vec<u64> = peers.iter().map(|peer| of(&peer.now).len() as u64).collect();
    let why = format!("{} {what}; of {} peers nobody has more than {}", entries.len(), counts.len(), counts.iter().max().unwrap_or(&0));
    Said::P { p: tail_beside(entries.len() as u64, &counts), why, entries }
}

/// Searches for a name that the account has searched before in the period, in another case.
fn same_names(looks: &[&Look]) -> Vec<String> {
    let mut cases: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    let mut found = Vec::new();
    for look in looks.iter().filter(|look| look.channel == Channel::NamedSearch) {
        let (Some(name), Some(case)) = (look.sought.as_deref(), look.case.as_deref()) else { continue };
        let seen = cases.entry(name).or_default();
        if seen.insert(case) && seen.len() > 1 {
            found.push(look.entry.clone());
        }
    }
    found
}

/// Looks for something next to another thing that was looked for within a day before.
fn neighbours(looks: &[&Look], channel: Channel) -> Vec<String> {
    let mut found = Vec::new();
    let mut last: BTreeMap<&str, Vec<(Timestamp, &str)>> = BTreeMap::new();
    for look in looks.iter().filter(|look| look.channel == channel) {
        let Some(sought) = look.sought.as_deref() else { continue };
        let recent = |(at, other): &(Timestamp, &str)| look.at.0 - at.0 <= MICROS_PER_DAY && *other != sought;
        if look.near.iter().any(|near| last.get(near.as_str()).is_some_and(|seen| seen.iter().any(recent))) {
            found.push(look.entry.clone());
        }
        for near in &look.near {
            last.entry(near).or_default().push((look.at, sought));
        }
    }
    found
}
