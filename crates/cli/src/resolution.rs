//! `tributary lists` and `tributary resolution`: a workspace's watch lists, and pairs of which a person must say whether they are one.

use std::path::Path;

use serde::Serialize;
use tributary_engine::lists::{ListGiven, ListLoaded, ListRead, ListVersion};
use tributary_engine::resolution::{PairKind, Queued, Verdict};
use tributary_engine::screening::{Screening, is_due, rescreen, screen_all};
use tributary_engine::{EngineError, Workspace};
use tributary_model::Date;

use crate::Failure;
use crate::arguments::{ListsCommand, PairOf, ResolutionCommand, Said};
use crate::output::{Table, emit, emit_rows, heading, line, write};
use crate::pipeline::now;
use crate::progress::{Progress, Stop, stoppable};
use crate::screen::lists::sources;

pub(crate) fn lists(command: ListsCommand, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    match command {
        ListsCommand::Load { workspace, list, no_screen, screening: asked, output } => {
            let (listener, progress) = (stop.clone(), Progress::new(stop, quiet));
            let done = stoppable(stop, move || {
                let workspace = Workspace::open(&workspace)?;
                progress.message("reading lists");
                let sources = sources(&list, &listener)?;
                let at = now();
                let given: Vec<ListGiven> =
                    sources.into_iter().map(|one| ListGiven { name: one.name, form: one.form, files: one.files, published: one.published }).collect();
                // All are understood before one is put in force.
                let read: Vec<ListRead> = given.into_iter().map(|one| one.read(at)).collect::<Result<_, _>>()?;
                let mut loaded = Vec::new();
                for one in read {
                    if listener.asked() {
                        return Err(Failure::Stopped);
                    }
                    loaded.push(workspace.load_list(one)?);
                }
                let day = asked.as_of.unwrap_or_else(|| at.date());
                let screening = if no_screen || !is_due(&workspace)? { None } else { again(&workspace, day, asked.list_age_max, &progress)? };
                progress.finish();
                Ok(Loaded { lists: loaded, screening })
            })?;
            emit(&output, &done, || done.to_text())
        }
        ListsCommand::Show { workspace, as_of, output } => {
            let workspace = Workspace::open(&workspace)?;
            let (versions, day) = (workspace.lists()?, as_of.unwrap_or_else(|| now().date()));
            emit_rows(&output, &versions, || versions_text(&versions, day))
        }
        ListsCommand::Screen { workspace, screening: asked, output } => {
            let progress = Progress::new(stop, quiet);
            let found = stoppable(stop, move || {
                let workspace = Workspace::open(&workspace)?;
                progress.message("screening every party");
                let found = screen_all(&workspace, asked.as_of.unwrap_or_else(|| now().date()), settings(asked.list_age_max))?;
                progress.finish();
                Ok(found)
            })?;
            emit(&output, &found, || screening_text(&found))
        }
    }
}

fn settings(list_age_days_max: i32) -> tributary_screen::Settings {
    tributary_screen::Settings { list_age_days_max, ..tributary_screen::Settings::default() }
}

/// Screens again what the lists changed; without a finished run there is nobody to screen yet.
fn again(workspace: &Workspace, day: Date, list_age_max: i32, progress: &Progress) -> Result<Option<Screening>, Failure> {
    progress.message("screening what changed");
    match rescreen(workspace, day, settings(list_age_max)) {
        Ok(found) => Ok(Some(found)),
        Err(EngineError::NoRun { .. }) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// What `lists load` did.
#[derive(Serialize)]
struct Loaded {
    lists: Vec<ListLoaded>,
    screening: Option<Screening>,
}

impl Loaded {
    fn to_text(&self) -> String {
        let mut text = String::new();
        for one in &self.lists {
            let (name, dated) = (line(&one.version.list), one.version.dated());
            if one.already {
                text.push_str(&format!("{name} of {dated} was in force already\n"));
                continue;
            }
            let (added, changed, removed) = (one.changes.added.len(), one.changes.changed.len(), one.changes.removed.len());
            text.push_str(&format!("{name} of {dated}: {} entries; {added} added, {changed} changed, {removed} removed\n", one.version.entries));
            if one.version.put_aside > 0 {
                text.push_str(&format!("  {} entries could not be used\n", one.version.put_aside));
            }
            if one.version.published.is_none() {
                text.push_str("  no date of publication is known: its age counts from today; say it with @2026-02-01\n");
            }
        }
        match &self.screening {
            Some(screening) => text.push_str(&screening_text(screening)),
            None if self.lists.iter().any(|one| !one.already) => text.push_str("nobody was screened: `tributary lists screen` does it after a run\n"),
            None => {}
        }
        text
    }
}

fn versions_text(versions: &[ListVersion], day: Date) -> String {
    if versions.is_empty() {
        return "no lists\n".to_owned();
    }
    let mut table = Table::new(&["list", "form", "dated", "age", "entries", "put aside", "version"]);
    for one in versions {
        let age = day.0.saturating_sub(one.dated().0).to_string();
        let dated = if one.published.is_some() { one.dated().to_string() } else { format!("{} (loaded)", one.dated()) };
        table.row([line(&one.list), one.form.name().to_owned(), dated, age, one.entries.to_string(), one.put_aside.to_string(), one.version.clone()]);
    }
    table.render()
}

fn screening_text(screening: &Screening) -> String {
    let kind = if screening.whole { "everybody" } else { "what changed" };
    let mut text = format!(
        "screening {} of run {}, {kind}: {} parties, {} of them under protection; {} hits, {} new, {} withdrawn\n",
        screening.number,
        screening.run,
        screening.parties,
        screening.protected,
        screening.hits.len(),
        screening.opened.len(),
        screening.withdrawn.len()
    );
    if screening.thin > 0 {
        text.push_str(&format!("of {} parties too little is known to say anything\n", screening.thin));
    }
    for list in &screening.stale {
        text.push_str(&format!("abstained: the list {} is too old to rely on, load a newer one\n", line(list)));
    }
    text
}

pub(crate) fn resolution(command: ResolutionCommand) -> Result<(), Failure> {
    match command {
        ResolutionCommand::List { workspace, of, all, limit, output } => {
            let queue: Vec<Queued> = open(&workspace)?
                .resolution_queue()?
                .into_iter()
                .filter(|one| (all || one.open) && of.is_none_or(|of| of.kind() == one.pair.kind))
                .take(limit.unwrap_or(usize::MAX))
                .collect();
            emit_rows(&output, &queue, || queue_text(&queue))
        }
        ResolutionCommand::Show { workspace, pair, output } => {
            let one = open(&workspace)?.pair(&pair)?;
            emit(&output, &one, || pair_text(&one))
        }
        ResolutionCommand::Judge { workspace, pair, verdict, by, reason, output } => {
            let workspace = open(&workspace)?;
            let judgement = workspace.judge(&pair, verdict.verdict(), &by, &reason, now())?;
            emit(&output, &judgement, || {
                let next = match judgement.pair.kind {
                    PairKind::Parties => "it holds from the next run on",
                    PairKind::Listed => "it holds while the values compared are the same",
                };
                format!("{} on {} is kept; {next}\n", judgement.verdict.name(), judgement.pair.id)
            })
        }
        ResolutionCommand::Log { workspace, output } => {
            let all = open(&workspace)?.judgements_shown()?;
            let mut table = Table::new(&["at", "pair", "verdict", "by", "a", "b", "reason"]);
            for one in &all {
                let (a, b) = (line(&one.pair.a), line(&one.pair.b));
                let verdict = one.verdict.name().to_owned();
                table.row([one.at.to_string(), one.pair.id.clone(), verdict, line(&one.by), a, b, line(&one.reason)]);
            }
            emit_rows(&output, &all, || if all.is_empty() { "no judgements\n".to_owned() } else { table.render() })
        }
        ResolutionCommand::Screening { workspace, output } => {
            let found = tributary_engine::screening::latest_shown(&open(&workspace)?)?;
            let text = || found.as_ref().map_or_else(|| "nobody was screened yet\n".to_owned(), screening_text);
            match &output.format {
                crate::arguments::Format::Table => write(&output, text().as_bytes()),
                _ => emit(&output, &found, String::new),
            }
        }
    }
}

fn open(path: &Path) -> Result<Workspace, Failure> {
    Ok(Workspace::open(path)?)
}

fn state(one: &Queued) -> String {
    match &one.judged {
        None => "open".to_owned(),
        Some(said) if one.open && !said.same_values => format!("open again (was {}, values changed)", said.verdict.name()),
        Some(said) => said.verdict.name().to_owned(),
    }
}

fn queue_text(queue: &[Queued]) -> String {
    if queue.is_empty() {
        return "nothing waits for anybody\n".to_owned();
    }
    let mut table = Table::new(&["pair", "of", "party", "other", "log-odds", "identifier agrees", "state"]);
    for one in queue {
        let strong = if one.pair.strong { "yes" } else { "" }.to_owned();
        let odds = format!("{:.1}", one.pair.log_odds);
        table.row([one.pair.id.clone(), one.pair.kind.name().to_owned(), line(&one.pair.a), line(&one.pair.b), odds, strong, state(one)]);
    }
    format!(
        "{}\nEach is a question for a person: `tributary resolution show` says what was compared. Nothing acts upon a pair by itself.\n",
        table.render()
    )
}

fn pair_text(one: &Queued) -> String {
    let pair = &one.pair;
    let title = format!("Pair {}: {} and {}", pair.id, line(&pair.a), line(&pair.b));
    let mut text = format!("{}\nstate {}\n\n", heading(&title), state(one));
    let mut table = Table::new(&["compared", "party", "other", "log-odds"]);
    for step in &pair.compared {
        table.row([step.field.replace('_', " "), line(&step.a), line(&step.b), format!("{:+.1}", step.log_odds)]);
    }
    text.push_str(&table.render());
    text.push_str(&format!(
        "in all {:+.1}, natural log; {}\n",
        pair.log_odds,
        if pair.strong { "a hard identifier agrees" } else { "no hard identifier agrees" }
    ));
    if let Some(said) = &one.judged {
        text.push_str(&format!("judged {} by {} at {}: {}\n", said.verdict.name(), line(&said.by), said.at, line(&said.reason)));
    }
    text
}

impl PairOf {
    const fn kind(self) -> PairKind {
        match self {
            Self::Parties => PairKind::Parties,
            Self::Listed => PairKind::Listed,
        }
    }
}

impl Said {
    const fn verdict(self) -> Verdict {
        match self {
            Self::Same => Verdict::Same,
            Self::Different => Verdict::Different,
            Self::Insufficient => Verdict::Insufficient,
        }
    }
}
