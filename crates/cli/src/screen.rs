//! `tributary screen`: one name or a file of names against watch lists, and again when a list has changed.

mod input;
pub(crate) mod lists;
mod report;

use std::path::PathBuf;

use clap::ValueEnum;

use tributary_model::Date;
use tributary_screen::{Customers, Outcome, Query, Routing, Screener, Settings, WatchList, Weights, delta};

use self::input::Asked;
use self::lists::{ListFile, ListReport, list_file};
use self::report::{Answer, Changes};
use crate::Failure;
use crate::arguments::{Format, Output, Screen};
use crate::output::{emit, emit_rows, not_an_input, write};
use crate::progress::{Progress, Stop, stoppable};
use crate::rows::Given;

/// Stages of a screening, for the bar.
const STAGES: u64 = 4;

/// How hits are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HitFormat {
    /// For people.
    Table,
    /// One JSON document.
    Json,
    /// One JSON object a line, one for each of those asked about.
    Ndjson,
    /// One line a hit: row, `list_id`, score, rank and more.
    Csv,
}

/// The lists, and the file of names: of several plain files the last.
fn files(a: &Screen, stop: &Stop) -> Result<(Vec<ListFile>, Option<Given>), Failure> {
    let mut lists = a.list.clone();
    let Some((names, more)) = a.files.split_last() else { return Ok((lists, None)) };
    for one in more {
        lists.push(list_file(one).map_err(|why| Failure::input(format!("the list `{one}`: {why}")))?);
    }
    Ok((lists, Some(Given::listening(&PathBuf::from(names), stop)?)))
}

pub(crate) fn screen(a: Screen, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    let as_of = a.screening.as_of.unwrap_or_else(|| crate::pipeline::now().date());
    let (lists, names) = files(&a, stop)?;
    let single = names.is_none();
    let format = a.format.unwrap_or(if a.out.is_some() && !single { HitFormat::Csv } else { HitFormat::Table });
    let form = match format {
        HitFormat::Json => Format::Json,
        HitFormat::Ndjson => Format::Ndjson,
        HitFormat::Table | HitFormat::Csv => Format::Table,
    };
    let output = Output { format: form, out: a.out.clone() };
    let read: Vec<PathBuf> = a.files.iter().map(PathBuf::from).chain(a.list.iter().chain(&a.previous_list).flat_map(ListFile::files)).collect();
    not_an_input(&output, &read)?;
    let (listener, progress) = (stop.clone(), Progress::new(stop, quiet));
    let answer = stoppable(stop, move || {
        let answer = run(&a, &lists, names.as_ref(), as_of, &listener, &progress);
        progress.finish();
        answer
    })?;
    if !quiet {
        for list in answer.lists.iter().filter(|list| !list.date_known) {
            let name = crate::output::line(&list.name);
            eprintln!("the list {name} has no date, so its age is not known: say when it was published, --list FILE@2026-02-01");
        }
        if format == HitFormat::Csv && output.out.is_some() {
            eprint!("{}", answer.counts());
            answer.silent_lists().iter().for_each(|said| eprintln!("abstained: {said}"));
        }
    }
    match format {
        HitFormat::Csv => write(&output, answer.to_csv()?.as_bytes()),
        HitFormat::Ndjson => emit_rows(&output, &answer.outcomes, String::new),
        HitFormat::Table | HitFormat::Json => emit(&output, &answer, || answer.to_text(single)),
    }
}

fn run(a: &Screen, lists: &[ListFile], names: Option<&Given>, as_of: Date, stop: &Stop, progress: &Progress) -> Result<Answer, Failure> {
    let stage = |at: u64, name: &str| {
        progress.message(name);
        if progress.position(at, STAGES) { Ok(()) } else { Err(Failure::Stopped) }
    };
    stage(0, "reading who is asked about")?;
    let asked = match names {
        Some(given) => input::customers(given.path(), stop)?,
        None => input::single(a)?,
    };
    stage(1, "reading lists")?;
    let (lists, reports) = lists::lists(lists, as_of, stop)?;
    let (before, _) = lists::lists(&a.previous_list, as_of, stop)?;
    if let Some(unknown) = before.iter().find(|old| lists.iter().all(|new| new.name != old.name)) {
        return Err(Failure::input(format!("--previous-list `{}` has no --list of that name: give both versions under one name", unknown.name)));
    }
    let settings = Settings { list_age_days_max: a.screening.list_age_max, ..Settings::default() };
    stage(2, &format!("indexing {} lists", lists.len()))?;
    if before.is_empty() {
        let screener = Screener::new(lists, settings);
        stage(3, &format!("screening {}", asked.queries.len()))?;
        let outcomes = screener.screen_batch(&asked.queries, as_of).into_iter().enumerate().collect();
        return Ok(answer(as_of, reports, asked, None, outcomes));
    }
    let screener = again(&lists, &before, settings);
    stage(3, &format!("screening {} against what changed", asked.queries.len()))?;
    let (changes, outcomes) = changed(&screener, &before, &asked.queries, as_of);
    Ok(answer(as_of, reports, asked, Some(changes), outcomes))
}

/// A screener over the lists as they are now, under the weights of the lists as they were: only changed entries can change a score.
fn again(lists: &[WatchList], before: &[WatchList], settings: Settings) -> Screener {
    let old = |new: &WatchList| before.iter().find(|old| old.name == new.name).unwrap_or(new).clone();
    let weights = Weights::of(&lists.iter().map(old).collect::<Vec<_>>(), None);
    Screener::with_weights(lists.to_vec(), settings, weights)
}

/// What changed in the lists, and what it means for the customers. Everybody under protection is there, reached by a change or not:
/// that somebody is there must not tell that there was a hit (SG-032).
fn changed(screener: &Screener, before: &[WatchList], queries: &[Query], as_of: Date) -> (Vec<Changes>, Vec<(usize, Outcome)>) {
    let customers = Customers::new(queries.to_vec(), screener);
    let mut found: Vec<Option<Outcome>> = queries.iter().map(|_| None).collect();
    let mut changes = Vec::new();
    for old in before {
        let Some(new) = screener.lists().iter().find(|new| new.name == old.name) else { continue };
        let difference = delta(old, new);
        for one in customers.rescreen(screener, new, &difference, as_of) {
            match found.get_mut(one.customer) {
                Some(Some(known)) => known.hits.extend(one.outcome.hits),
                Some(place) => *place = Some(one.outcome),
                None => {}
            }
        }
        let (before, now) = (old.dated().to_string(), new.dated().to_string());
        changes.push(Changes {
            list: new.name.clone(),
            before,
            now,
            added: difference.added,
            changed: difference.changed,
            removed: difference.removed,
        });
    }
    let mut outcomes = Vec::new();
    let mut workspace = screener.workspace();
    for (row, (query, outcome)) in queries.iter().zip(found).enumerate() {
        if query.protected.is_some() {
            outcomes.push((row, screener.screen_in(&mut workspace, query, as_of)));
        } else if let Some(mut outcome) = outcome {
            outcome.hits.sort_by(|a, b| b.log_odds.total_cmp(&a.log_odds).then_with(|| (&a.list, &a.entry).cmp(&(&b.list, &b.entry))));
            outcomes.push((row, outcome));
        }
    }
    (changes, outcomes)
}

fn answer(as_of: Date, lists: Vec<ListReport>, asked: Asked, changes: Option<Vec<Changes>>, outcomes: Vec<(usize, Outcome)>) -> Answer {
    let (rows, outcomes): (Vec<usize>, Vec<Outcome>) = outcomes.into_iter().unzip();
    Answer {
        as_of: as_of.to_string(),
        lists,
        asked: asked.queries.len(),
        with_hits: outcomes.iter().filter(|o| !o.hits.is_empty()).count(),
        protection_first: outcomes.iter().filter(|o| o.routing == Routing::ProtectionFirst).count(),
        abstained: outcomes.iter().filter(|o| !o.abstained.is_empty()).count(),
        births_not_understood: asked.births_not_understood,
        columns_not_read: asked.columns_not_read,
        changes,
        rows,
        outcomes,
    }
}

/// A day of the command line.
pub(crate) fn day(text: &str) -> Result<Date, String> {
    Date::parse(text).map_err(|e| e.to_string())
}
