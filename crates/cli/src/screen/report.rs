//! What `tributary screen` says, for people and for programs.

use serde::Serialize;
use tributary_screen::{Abstention, Change, Disposition, Hit, NameReason, Outcome, Quality, Routing};

use super::lists::ListReport;
use crate::Failure;
use crate::output::{Table, heading, line};

/// Said below every answer.
const CAUTION: &str = "A hit is for people to decide; it is no fact about anybody. No hit is no clearance of a list that is not here.\n";

/// All that one screening says.
#[derive(Serialize)]
pub(crate) struct Answer {
    pub(crate) as_of: String,
    pub(crate) lists: Vec<ListReport>,
    pub(crate) asked: usize,
    pub(crate) with_hits: usize,
    pub(crate) protection_first: usize,
    /// Asked about whose screening, or a part of it, says nothing.
    pub(crate) abstained: usize,
    pub(crate) births_not_understood: u64,
    pub(crate) columns_not_read: Vec<String>,
    /// What changed in the lists, where older ones were given; then only changed entries were screened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) changes: Option<Vec<Changes>>,
    /// The row of each outcome among those asked about, from 0.
    #[serde(skip)]
    pub(crate) rows: Vec<usize>,
    pub(crate) outcomes: Vec<Outcome>,
}

/// What changed in one list.
#[derive(Serialize)]
pub(crate) struct Changes {
    pub(crate) list: String,
    pub(crate) before: String,
    pub(crate) now: String,
    pub(crate) added: Vec<String>,
    pub(crate) changed: Vec<Change>,
    /// Their hits are to be withdrawn.
    pub(crate) removed: Vec<String>,
}

fn abstention(one: &Abstention) -> String {
    match one {
        Abstention::StaleList { list, age_days, age_days_max } => {
            format!("the list {} is {age_days} days old, more than {age_days_max}: load a newer one", line(list))
        }
        Abstention::FutureList { list, days } => format!("the list {} is dated {days} days after the day of screening", line(list)),
        Abstention::ThinQuery { weight, weight_min } => {
            format!("the name says too little to tell anybody by ({weight:.1} nats of {weight_min:.1}): give a fuller name or a document")
        }
        Abstention::EmptyQuery => "nothing was given to compare".to_owned(),
    }
}

const fn disposition(one: Disposition) -> &'static str {
    match one {
        Disposition::StrongMatch => "strong match",
        Disposition::ResolutionQueue => "resolution queue",
        Disposition::Abstain => "abstained",
    }
}

const fn quality(name: &NameReason) -> &'static str {
    match name.quality {
        Some(Quality::Primary) => "primary name",
        Some(Quality::Strong) => "alias",
        Some(Quality::Weak) => "weak alias",
        None => "no name",
    }
}

/// Evidence of one hit, field by field.
fn hit(number: usize, of: usize, hit: &Hit) -> String {
    let title = format!("Hit {number} of {of}: {} {}, {}", line(&hit.list), line(&hit.entry), disposition(hit.disposition));
    let mut text = format!("{}\n", heading(&title));
    let (odds, probability) = (hit.log_odds, hit.probability);
    text.push_str(&format!("  evidence   {odds:.1} nats, shown as probability {probability:.3}; list dated {}\n", hit.list_dated));
    if !hit.reference.is_empty() {
        text.push_str(&format!("  reference  {}\n", line(&hit.reference)));
    }
    let name = &hit.name;
    if name.quality.is_some() {
        let (asked, listed) = (line(&name.query), line(&name.listed));
        text.push_str(&format!("  name       {asked} ~ {listed} ({}), {:+.1}, alike {:.2}\n", quality(name), name.log_odds, name.similarity));
        let tokens: Vec<String> = name.matched.iter().map(|t| format!("{} ~ {} {:+.1}", line(&t.query), line(&t.listed), t.log_odds)).collect();
        text.push_str(&format!("             {}\n", tokens.join("; ")));
        for (what, tokens) in [("only asked ", &name.only_query), ("only listed", &name.only_listed)] {
            if !tokens.is_empty() {
                text.push_str(&format!("             {what}: {}\n", line(&tokens.join(" "))));
            }
        }
    }
    for reason in &hit.reasons {
        let side = if reason.log_odds > 0.0 {
            "agrees    "
        } else if reason.log_odds < 0.0 {
            "disagrees "
        } else {
            "neither   "
        };
        let (asked, listed) = (line(&reason.query), line(&reason.listed));
        text.push_str(&format!("  {side} {} {:+.1}: {asked} / {listed}, {}\n", reason.field, reason.log_odds, line(&reason.note)));
    }
    if !hit.missing.is_empty() {
        text.push_str(&format!("  missing    {} on one side\n", hit.missing.join(", ")));
    }
    text
}

impl Answer {
    /// For people: everything of one outcome, a line a hit of many.
    pub(crate) fn to_text(&self, single: bool) -> String {
        let mut text = format!("{}\n", heading(&format!("Screened as of {}", self.as_of)));
        let mut lists = Table::new(&["list", "dated", "age", "entries", "names", "put aside"]);
        for list in &self.lists {
            let dated = if list.date_known { list.dated.clone() } else { "not dated".to_owned() };
            let age = if list.date_known { list.age_days.to_string() } else { String::new() };
            lists.row([line(&list.name), dated, age, list.entries.to_string(), list.names.to_string(), list.put_aside.to_string()]);
        }
        text.push_str(&lists.render());
        for change in self.changes.iter().flatten() {
            let (added, changed, removed) = (change.added.len(), change.changed.len(), change.removed.len());
            text.push_str(&format!(
                "\n{} from {} to {}: {added} added, {changed} changed, {removed} removed\n",
                line(&change.list),
                change.before,
                change.now
            ));
            if !change.removed.is_empty() {
                let shown: Vec<String> = change.removed.iter().take(20).map(|id| line(id)).collect();
                text.push_str(&format!("removed, withdraw their hits: {}{}\n", shown.join(", "), if removed > 20 { " …" } else { "" }));
            }
        }
        text.push('\n');
        text.push_str(&if single { self.one() } else { self.many() });
        text.push_str(&format!("\n{CAUTION}"));
        text
    }

    /// The lists that say nothing on that day, each once.
    pub(crate) fn silent_lists(&self) -> Vec<String> {
        let mut lists: Vec<String> = Vec::new();
        for one in self.outcomes.iter().flat_map(|outcome| &outcome.abstained) {
            if matches!(one, Abstention::StaleList { .. } | Abstention::FutureList { .. }) {
                let said = abstention(one);
                if !lists.contains(&said) {
                    lists.push(said);
                }
            }
        }
        lists
    }

    /// How many were asked about and what came of it, on one line.
    pub(crate) fn counts(&self) -> String {
        format!("{} asked, {} with hits, {} protection first\n", self.asked, self.with_hits, self.protection_first)
    }

    /// One line a hit, by row and rank. Of those under protection there is no line, hit or no hit (SG-032).
    pub(crate) fn to_csv(&self) -> Result<String, Failure> {
        let fail = |e: &dyn std::fmt::Display| Failure::input(format!("cannot write CSV: {e}"));
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(["row", "list_id", "score", "rank", "list", "probability", "disposition"]).map_err(|e| fail(&e))?;
        for (row, outcome) in self.rows.iter().zip(&self.outcomes) {
            for (rank, hit) in (1_usize..).zip(&outcome.hits) {
                let (row, rank) = (row.to_string(), rank.to_string());
                let (score, probability) = (format!("{:.4}", hit.log_odds), format!("{:.6}", hit.probability));
                let record = [&row, &hit.entry, &score, &rank, &hit.list, &probability, disposition(hit.disposition)];
                writer.write_record(record).map_err(|e| fail(&e))?;
            }
        }
        String::from_utf8(writer.into_inner().map_err(|e| fail(&e))?).map_err(|e| fail(&e))
    }

    fn one(&self) -> String {
        let Some(outcome) = self.outcomes.first() else { return String::new() };
        let mut text = String::new();
        if outcome.routing == Routing::ProtectionFirst {
            return "protection first: the desk that protects possible victims sees the outcome; whether there is a hit is not shown here\n"
                .to_owned();
        }
        for (at, one) in outcome.hits.iter().enumerate() {
            text.push_str(&hit(at + 1, outcome.hits.len(), one));
        }
        if outcome.hits.is_empty() {
            text.push_str("no hit\n");
        }
        if outcome.bounded {
            text.push_str("there are more candidates than are compared: give more fields\n");
        }
        for one in &outcome.abstained {
            text.push_str(&format!("abstained: {}\n", abstention(one)));
        }
        text
    }

    fn many(&self) -> String {
        let mut hits = Table::new(&["customer", "list", "entry", "goes to", "nats", "probability", "name", "listed", "quality"]);
        let mut thin = 0_usize;
        for outcome in &self.outcomes {
            thin += outcome.abstained.iter().filter(|one| matches!(one, Abstention::ThinQuery { .. } | Abstention::EmptyQuery)).count();
            if outcome.routing == Routing::ProtectionFirst {
                let empty = || "-".to_owned();
                hits.row([line(&outcome.id), empty(), empty(), "protection first".to_owned(), empty(), empty(), empty(), empty(), empty()]);
            }
            for hit in &outcome.hits {
                hits.row([
                    line(&outcome.id),
                    line(&hit.list),
                    line(&hit.entry),
                    disposition(hit.disposition).to_owned(),
                    format!("{:.1}", hit.log_odds),
                    format!("{:.3}", hit.probability),
                    line(&hit.name.query),
                    line(&hit.name.listed),
                    quality(&hit.name).to_owned(),
                ]);
            }
        }
        let mut text = if self.with_hits + self.protection_first > 0 { format!("{}\n", hits.render()) } else { String::new() };
        text.push_str(&self.counts());
        for said in self.silent_lists() {
            text.push_str(&format!("abstained: {said}\n"));
        }
        if thin > 0 {
            text.push_str(&format!("abstained for {thin}: the name says too little, or nothing was given; --format json names them\n"));
        }
        if self.births_not_understood > 0 {
            text.push_str(&format!("{} dates of birth were not understood and not used\n", self.births_not_understood));
        }
        if !self.columns_not_read.is_empty() {
            text.push_str(&format!("columns not read: {}\n", line(&self.columns_not_read.join(", "))));
        }
        text
    }
}
