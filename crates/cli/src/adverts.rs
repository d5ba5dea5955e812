//! `tributary adverts`: which adverts of a file are copies of one template, without a workspace; the text is read and not kept.

mod evidence;

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::Path;

use serde::{Deserialize, Serialize};
use tributary_adverts::{Grouper, Settings, Sketch, Sketcher, Template, group_texts, html, template, translations};

use crate::Failure;
use crate::arguments::{AdvertsCluster, AdvertsCommand, AdvertsGiven, AdvertsSketch, Output};
use crate::output::{Table, Whole, emit, line, not_an_input, spare};
use crate::progress::{Progress, Stop, stoppable};
use crate::rows::{Given, Rows, text};

/// Most adverts of one file.
const POSTS_MAX: usize = 20_000_000;
/// Most bytes of one text that are read; the rest of it is left out.
const TEXT_BYTES_MAX: usize = 4 * tributary_adverts::TEXT_LENGTH_MAX;
/// Names of the column of ids and of the column of texts, the likeliest first.
const IDS: [&str; 2] = ["post_id", "id"];

/// A sketch as it is kept: one JSON object a line.
#[derive(Serialize, Deserialize)]
struct KeptSketch {
    post_id: String,
    sketch: Vec<u64>,
}

/// What a clustering came to.
#[derive(Debug, Serialize)]
struct Clustered {
    adverts: usize,
    without_text: usize,
    in_groups: usize,
    groups: usize,
    largest: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    explained: Option<Explained>,
    #[serde(skip_serializing_if = "Option::is_none")]
    review: Option<usize>,
    /// `false`: there were no records of cases, so that nobody is named.
    #[serde(skip_serializing_if = "Option::is_none")]
    accounts_named: Option<bool>,
}

/// Why an advert is in its group, or alone.
#[derive(Debug, Serialize)]
struct Explained {
    post_id: String,
    group: Option<String>,
    adverts: usize,
    /// The template in words, slots as `[type ×different]`; what looks like a contact is not in it.
    template: Option<String>,
    bits_alone: Option<f64>,
    bits_together: Option<f64>,
    /// The most alike adverts, by the share of features in common.
    nearest: Vec<Near>,
}

#[derive(Debug, Serialize)]
struct Near {
    post_id: String,
    similarity: f64,
    same_group: bool,
}

impl Clustered {
    fn to_text(&self) -> String {
        let mut out = format!("{} adverts, {} in {} groups; the largest has {}\n", self.adverts, self.in_groups, self.groups, self.largest);
        if self.without_text > 0 {
            out.push_str(&format!("{} have no words and stand alone\n", self.without_text));
        }
        if let Some(review) = self.review {
            out.push_str(&format!(
                "{review} groups for a person to look at: two families of evidence beside the template; the others are templates and nothing more\n"
            ));
        }
        if self.accounts_named == Some(false) {
            out.push_str("no case_records.csv among the tables: who is a victim is not known, so no account is named\n");
        }
        if let Some(one) = &self.explained {
            let group = one.group.as_deref().map_or_else(|| "alone".to_owned(), |group| format!("in group {group} of {}", one.adverts));
            out.push_str(&format!("\n{} is {}\n", line(&one.post_id), line(&group)));
            if let (Some(words), Some(alone), Some(together)) = (&one.template, one.bits_alone, one.bits_together) {
                out.push_str(&format!("template: {}\n{together:.0} bits together, {alone:.0} one by one\n", line(words)));
            }
            let mut table = Table::new(&["nearest", "similarity", "same group"]);
            one.nearest.iter().for_each(|near| table.row([line(&near.post_id), format!("{:.3}", near.similarity), near.same_group.to_string()]));
            out.push_str(&table.render());
        }
        out
    }
}

pub(crate) fn adverts(command: AdvertsCommand, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    match command {
        AdvertsCommand::Cluster(a) => cluster(a, stop, quiet),
        AdvertsCommand::Sketch(a) => sketch(&a, stop),
        AdvertsCommand::Corpus(a) => {
            let summary = evidence::corpus(&a)?;
            emit(&a.output, &summary, || summary.to_text())
        }
    }
}

/// Ids and texts, in the order of the file.
struct Posts {
    ids: Vec<String>,
    texts: Vec<String>,
}

fn read(path: &Path, given: &AdvertsGiven, stop: &Stop) -> Result<Posts, Failure> {
    let mut rows = Rows::open(path, b',', stop)?;
    let id = match &given.id_column {
        Some(name) => rows.column(name)?,
        None => match IDS.iter().find_map(|name| rows.header().iter().position(|known| known == name)) {
            Some(at) => at,
            None => rows.column(IDS[0])?,
        },
    };
    let text = rows.column(&given.text_column)?;
    let mut posts = Posts { ids: Vec::new(), texts: Vec::new() };
    while rows.advance()? {
        if posts.ids.len() >= POSTS_MAX {
            return Err(rows.fail(&format!("has more than {POSTS_MAX} adverts: split it")));
        }
        if rows.cell(id)?.trim().is_empty() {
            return Err(rows.at("has no id: give every advert one"));
        }
        posts.ids.push(rows.cell(id)?.trim().to_owned());
        let whole = rows.cell(text)?;
        let cut = (0..=TEXT_BYTES_MAX.min(whole.len())).rev().find(|at| whole.is_char_boundary(*at)).unwrap_or(0);
        posts.texts.push(whole.get(..cut).unwrap_or_default().to_owned());
    }
    Ok(posts)
}

/// The key of the sketches' hashes: 32 hexadecimal digits in a file, or the one everybody has.
fn settings(key: Option<&Path>) -> Result<Settings, Failure> {
    let Some(path) = key else { return Ok(Settings::default()) };
    let written = text(path)?;
    let number = u128::from_str_radix(written.trim(), 16).ok().filter(|_| written.trim().len() == 32);
    let number = number
        .ok_or_else(|| Failure::input(format!("`{}`: a key is 32 hexadecimal digits, such as `openssl rand -hex 16` gives", path.display())))?;
    Ok(Settings { key: [(number >> 64) as u64, number as u64], ..Settings::default() })
}

fn sketch(a: &AdvertsSketch, stop: &Stop) -> Result<(), Failure> {
    let inputs = std::iter::once(&a.given.file).chain(&a.given.key_file);
    not_an_input(&Output { format: crate::arguments::Format::Ndjson, out: Some(a.out.clone()) }, inputs)?;
    spare(&a.out)?;
    let given = Given::listening(&a.given.file, stop)?;
    let settings = settings(a.given.key_file.as_deref())?;
    let posts = read(given.path(), &a.given, stop)?;
    let mut sketcher = Sketcher::new(&settings);
    let mut out = Whole::create(&a.out)?;
    for (id, text) in posts.ids.iter().zip(&posts.texts) {
        let kept = KeptSketch { post_id: id.clone(), sketch: sketcher.sketch(text).to_words() };
        let mut line = serde_json::to_vec(&kept).map_err(|e| Failure::input(e.to_string()))?;
        line.push(b'\n');
        out.write_all(&line).map_err(|e| Failure::input(format!("`{}`: {e}", a.out.display())))?;
        if stop.asked() {
            return Err(Failure::Stopped);
        }
    }
    out.finish()
}

/// Sketches that were made elsewhere.
fn read_sketches(path: &Path, settings: &Settings) -> Result<(Vec<String>, Vec<Option<u32>>), Failure> {
    let mut grouper = Grouper::new(settings);
    let mut ids = Vec::new();
    for (number, line) in text(path)?.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let wrong =
            |why: String| Failure::input(format!("`{}`, line {}: {why}; make it with `tributary adverts sketch`", path.display(), number + 1));
        let kept: KeptSketch = serde_json::from_str(line).map_err(|e| wrong(format!("is no sketch: {e}")))?;
        let sketch = Sketch::from_words(&kept.sketch).map_err(|e| wrong(e.to_string()))?;
        let post = u32::try_from(ids.len()).map_err(|_| wrong("there are too many".to_owned()))?;
        grouper.add(post, &sketch);
        ids.push(kept.post_id);
    }
    Ok((ids, grouper.groups()))
}

fn cluster(a: AdvertsCluster, stop: &Stop, quiet: bool) -> Result<(), Failure> {
    let needs_text = a.html.is_some() || a.explain.is_some() || a.tables.is_some() || a.translations.is_some();
    if a.sketches && needs_text {
        return Err(Failure::input(
            "--html, --explain, --translations and --tables need the texts, which a file of sketches does not have".to_owned(),
        ));
    }
    let tables = ["accounts", "parties", "places", "sightings", "case_records"].map(|table| format!("{table}.csv"));
    let mut inputs: Vec<std::path::PathBuf> = std::iter::once(&a.given.file).chain(&a.given.key_file).cloned().collect();
    inputs.extend(a.tables.iter().flat_map(|folder| tables.iter().map(|table| folder.join(table))));
    let outputs: Vec<&std::path::PathBuf> =
        [Some(&a.out), a.html.as_ref(), a.evidence.as_ref(), a.translations.as_ref()].into_iter().flatten().collect();
    for (at, out) in outputs.iter().enumerate() {
        not_an_input(&Output { format: a.format, out: Some((*out).clone()) }, &inputs)?;
        if outputs.iter().take(at).any(|other| other == out) {
            return Err(Failure::input(format!("`{}` is written twice: name another file", out.display())));
        }
        spare(out)?;
    }
    let given = Given::listening(&a.given.file, stop)?;
    let (listener, progress) = (stop.clone(), Progress::new(stop, quiet));
    let format = a.format;
    let summary = stoppable(stop, move || {
        let summary = run(&a, given.path(), &listener, &progress)?;
        progress.finish();
        Ok(summary)
    })?;
    emit(&Output { format, out: None }, &summary, || summary.to_text())
}

fn run(a: &AdvertsCluster, path: &Path, stop: &Stop, progress: &Progress) -> Result<Clustered, Failure> {
    let settings = settings(a.given.key_file.as_deref())?;
    progress.message("reading");
    let (posts, groups) = if a.sketches {
        let (ids, groups) = read_sketches(path, &settings)?;
        (Posts { ids, texts: Vec::new() }, groups)
    } else {
        let posts = read(path, &a.given, stop)?;
        progress.message(&format!("grouping {} adverts", posts.ids.len()));
        let groups = group_texts(&posts.texts, &settings);
        (posts, groups)
    };
    let named = posts.ids.iter().zip(&groups).map(|(id, group)| [id.as_str(), name(&posts.ids, *group)]);
    let mut done = vec![csv(&a.out, ["post_id", "group"], named)?];
    let mut members: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    groups.iter().enumerate().for_each(|(at, group)| {
        if let Some(group) = group {
            members.entry(*group).or_default().push(at);
        }
    });
    if let Some(out) = &a.html {
        progress.message("templates");
        done.push(Whole::of(out, page(path, &posts, &members).as_bytes())?);
    }
    if let Some(out) = &a.translations {
        progress.message("translations");
        let pairs = related(&posts, &groups, &settings);
        let named = pairs.iter().map(|(one, other)| [name(&posts.ids, Some(*one)), name(&posts.ids, Some(*other))]);
        done.push(csv(out, ["group", "other"], named)?);
    }
    let explained = a.explain.as_ref().map(|id| explain(id, &posts, &groups, &members, &settings)).transpose()?;
    let weighed = match (&a.tables, &a.evidence) {
        (Some(tables), Some(out)) => {
            progress.message("evidence");
            let weighed = evidence::weigh(path, tables, &posts.ids, &groups, stop)?;
            done.push(Whole::of(out, &weighed.lines)?);
            Some(weighed)
        }
        _ => None,
    };
    if stop.asked() {
        return Err(Failure::Stopped);
    }
    done.into_iter().try_for_each(Whole::finish)?;
    Ok(Clustered {
        adverts: posts.ids.len(),
        without_text: posts.texts.iter().filter(|text| text.trim().is_empty()).count(),
        in_groups: members.values().map(Vec::len).sum(),
        groups: members.len(),
        largest: members.values().map(Vec::len).max().unwrap_or(0),
        explained,
        review: weighed.as_ref().map(|weighed| weighed.review),
        accounts_named: weighed.map(|weighed| weighed.named),
    })
}

/// The name of a group: the id of its first advert in the file.
fn name<'p>(ids: &'p [String], group: Option<u32>) -> &'p str {
    group.and_then(|group| ids.get(group as usize)).map_or("", String::as_str)
}

/// A CSV file of two columns.
fn csv<'r>(out: &Path, header: [&str; 2], rows: impl IntoIterator<Item = [&'r str; 2]>) -> Result<Whole, Failure> {
    let fail = |e: &dyn std::fmt::Display| Failure::input(format!("cannot write `{}`: {e}", out.display()));
    let mut writer = csv::Writer::from_writer(Whole::create(out)?);
    writer.write_record(header).map_err(|e| fail(&e))?;
    for row in rows {
        writer.write_record(row).map_err(|e| fail(&e))?;
    }
    writer.into_inner().map_err(|e| fail(&e))
}

/// Pairs of groups that may say the same in other words.
fn related(posts: &Posts, groups: &[Option<u32>], settings: &Settings) -> Vec<(u32, u32)> {
    let mut sketcher = Sketcher::new(settings);
    let sketched = posts.texts.iter().zip(groups).map(|(text, group)| (*group, group.map(|_| sketcher.sketch(text)).unwrap_or_default()));
    translations(&sketched.collect::<Vec<_>>())
}

fn template_of(members: &[usize], texts: &[String]) -> Option<Template> {
    let texts: Vec<&str> = members.iter().filter_map(|at| texts.get(*at)).map(String::as_str).collect();
    template(&texts)
}

/// The largest groups first.
fn page(path: &Path, posts: &Posts, members: &BTreeMap<u32, Vec<usize>>) -> String {
    let mut order: Vec<(&u32, &Vec<usize>)> = members.iter().collect();
    order.sort_by(|a, b| b.1.len().cmp(&a.1.len()).then(a.0.cmp(b.0)));
    let shown = order.into_iter().filter_map(|(group, at)| Some((name(&posts.ids, Some(*group)).to_owned(), template_of(at, &posts.texts)?)));
    let title = format!("Adverts of one template: {}", path.file_name().unwrap_or_default().to_string_lossy());
    html::page(&title, &shown.collect::<Vec<_>>())
}

fn explain(id: &str, posts: &Posts, groups: &[Option<u32>], members: &BTreeMap<u32, Vec<usize>>, settings: &Settings) -> Result<Explained, Failure> {
    const NEAREST: usize = 5;
    let at = posts.ids.iter().position(|known| known == id);
    let at = at.ok_or_else(|| Failure::input(format!("--explain `{id}` is no id of the file")))?;
    let group = groups.get(at).copied().flatten();
    let own = group.and_then(|group| members.get(&group));
    let found = own.and_then(|own| template_of(own, &posts.texts));
    let mut sketcher = Sketcher::new(settings);
    let mine = posts.texts.get(at).map(|text| sketcher.sketch(text)).unwrap_or_default();
    let mut nearest: Vec<(f64, usize)> = Vec::new();
    for (other, text) in posts.texts.iter().enumerate().filter(|(other, _)| *other != at) {
        nearest.push((mine.similarity(&sketcher.sketch(text)), other));
        if nearest.len() > 4_096 {
            keep_best(&mut nearest, NEAREST);
        }
    }
    keep_best(&mut nearest, NEAREST);
    let near = |(similarity, other): &(f64, usize)| Near {
        post_id: posts.ids.get(*other).cloned().unwrap_or_default(),
        similarity: *similarity,
        same_group: group.is_some() && groups.get(*other).copied().flatten() == group,
    };
    Ok(Explained {
        post_id: id.to_owned(),
        group: group.map(|_| name(&posts.ids, group).to_owned()),
        adverts: own.map_or(1, Vec::len),
        template: found.as_ref().map(evidence::words),
        bits_alone: found.as_ref().map(|found| found.bits_alone),
        bits_together: found.as_ref().map(|found| found.bits_together),
        nearest: nearest.iter().map(near).collect(),
    })
}

fn keep_best(found: &mut Vec<(f64, usize)>, most: usize) {
    found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    found.truncate(most);
}
