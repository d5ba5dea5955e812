//! What `tributary screen` reads: lists with their dates, and who is asked about.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tributary_model::{Date, Protected};
use tributary_screen::{Birth, Kind, Query, VALUES_MAX, WatchList, read};

use crate::Failure;
use crate::arguments::Screen;
use crate::progress::Stop;
use crate::rows::Rows;

/// Most customers of one file.
const CUSTOMERS_MAX: u64 = 5_000_000;

/// The columns of a customers' file. Several values in a cell are separated by `;`. No other column is read.
const COLUMNS: [&str; 11] = ["id", "name", "alias", "kind", "birth", "place", "nationality", "document", "wallet", "phone", "email"];

/// The shape of a list's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    Un,
    Ofac,
    Eu,
    Ftm,
    Csv,
}

/// A list as the command line names it: `FORM[:NAME]=FILE[,FILE,FILE][@DATE]`.
#[derive(Clone, Debug)]
pub(crate) struct ListFile {
    form: Form,
    name: String,
    files: Vec<PathBuf>,
    published: Option<Date>,
}

/// Reads one `--list`.
pub(crate) fn list_file(text: &str) -> Result<ListFile, String> {
    let (what, files) = text.split_once('=').ok_or("write FORM=FILE, such as un=consolidated.xml or csv:own=list.csv@2026-02-01")?;
    let (form, name) = what.split_once(':').unwrap_or((what, what));
    let form = match form {
        "un" => Form::Un,
        "ofac" => Form::Ofac,
        "eu" => Form::Eu,
        "ftm" => Form::Ftm,
        "csv" => Form::Csv,
        other => return Err(format!("`{other}` is no form of list: un, ofac, eu, ftm or csv")),
    };
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err("a list's name has 1 to 64 characters".to_owned());
    }
    // A file's own name may hold `@`: only what looks like a date is one.
    let (files, published) = match files.rsplit_once('@') {
        Some((files, date)) if date.len() == 10 && date.starts_with(|c: char| c.is_ascii_digit()) => {
            (files, Some(Date::parse(date).map_err(|e| format!("`{date}` {e}"))?))
        }
        _ => (files, None),
    };
    let files: Vec<PathBuf> = if form == Form::Ofac { files.split(',').map(PathBuf::from).collect() } else { vec![PathBuf::from(files)] };
    if form == Form::Ofac && files.len() != 3 {
        return Err("ofac takes three files: ofac=SDN.CSV,ADD.CSV,ALT.CSV".to_owned());
    }
    Ok(ListFile { form, name: name.to_owned(), files, published })
}

/// A list as it was read, for the reader of the results.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ListReport {
    pub(crate) name: String,
    /// The day its age counts from.
    pub(crate) dated: String,
    /// Did the file or the caller say that day? Otherwise the day of screening stands for it, and its age is not known.
    pub(crate) date_known: bool,
    pub(crate) age_days: i32,
    pub(crate) entries: usize,
    pub(crate) names: usize,
    pub(crate) put_aside: u64,
    pub(crate) twice: usize,
    pub(crate) values_dropped: u64,
    pub(crate) values_not_understood: u64,
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let fail = |why: String| Failure::input(format!("`{}`: {why}", path.display()));
    let about = std::fs::metadata(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
    if about.len() > read::FILE_BYTES_MAX as u64 {
        return Err(fail(format!("has {} bytes; at most {} are read", about.len(), read::FILE_BYTES_MAX)));
    }
    std::fs::read(path).map_err(|e| fail(format!("cannot be read: {e}")))
}

/// Reads one list.
fn list(one: &ListFile, as_of: Date) -> Result<(WatchList, ListReport), Failure> {
    let files: Vec<Vec<u8>> = one.files.iter().map(|path| bytes(path)).collect::<Result<_, _>>()?;
    let shown = one.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
    let reading = match (one.form, files.as_slice()) {
        (Form::Un, [file]) => read::un(file, as_of),
        (Form::Eu, [file]) => read::eu(file, as_of),
        (Form::Ftm, [file]) => read::follow_the_money(file, &one.name, one.published, as_of),
        (Form::Csv, [file]) => read::csv(file, &one.name, one.published, as_of),
        (Form::Ofac, [sdn, add, alt]) => read::ofac(sdn, add, alt, one.published, as_of),
        _ => return Err(Failure::input(format!("`{shown}`: the list `{}` needs another number of files", one.name))),
    };
    let mut reading = reading.map_err(|e| Failure::input(format!("`{shown}`: {e}")))?;
    reading.list.name.clone_from(&one.name);
    match (one.published, reading.list.published) {
        (Some(given), Some(own)) if given != own => {
            return Err(Failure::input(format!("`{shown}` dates itself {own}, and @{given} says otherwise: leave @{given} out")));
        }
        (given, own) => reading.list.published = own.or(given),
    }
    if reading.list.entries.is_empty() {
        return Err(Failure::input(format!("`{shown}` holds no entry that can be screened against: look whether it is whole")));
    }
    let report = ListReport {
        name: one.name.clone(),
        dated: reading.list.dated().to_string(),
        date_known: reading.list.published.is_some(),
        age_days: reading.list.age_days(as_of),
        entries: reading.list.entries.len(),
        names: reading.list.entries.iter().map(|entry| entry.names.len()).sum(),
        put_aside: reading.put_aside_count,
        twice: reading.twice,
        values_dropped: reading.dropped,
        values_not_understood: reading.unread,
    };
    Ok((reading.list, report))
}

/// Reads lists, each of a name of its own.
pub(crate) fn lists(given: &[ListFile], as_of: Date, stop: &Stop) -> Result<(Vec<WatchList>, Vec<ListReport>), Failure> {
    let mut names = BTreeSet::new();
    if let Some(twice) = given.iter().find(|one| !names.insert(one.name.as_str())) {
        return Err(Failure::input(format!("two lists are called `{}`: give one a name of its own, such as FORM:{}-2=FILE", twice.name, twice.name)));
    }
    let mut found = (Vec::new(), Vec::new());
    for one in given {
        if stop.asked() {
            return Err(Failure::Stopped);
        }
        let (list, report) = list(one, as_of)?;
        found.0.push(list);
        found.1.push(report);
    }
    Ok(found)
}

/// Who is asked about, and dates of birth that could not be understood.
pub(crate) struct Asked {
    pub(crate) queries: Vec<Query>,
    pub(crate) births_not_understood: u64,
    pub(crate) columns_not_read: Vec<String>,
}

fn kind(text: &str) -> Option<Kind> {
    match text.trim() {
        "" | "unknown" => Some(Kind::Unknown),
        "person" => Some(Kind::Person),
        "organisation" => Some(Kind::Organisation),
        "craft" => Some(Kind::Craft),
        _ => None,
    }
}

/// The one asked about on the command line.
pub(crate) fn single(a: &Screen) -> Result<Asked, Failure> {
    let kind = kind(&a.kind).ok_or_else(|| Failure::input(format!("--kind `{}` must be person, organisation or craft", a.kind)))?;
    let mut births = Vec::new();
    for text in &a.birth {
        let birth = Birth::parse(text);
        births.push(birth.ok_or_else(|| Failure::input(format!("--birth `{text}` is no date: write 1980-05-01, 1980-05 or 1980")))?);
    }
    let mut query = Query {
        id: String::new(),
        kind,
        names: a.name.clone(),
        births,
        places: a.place.clone(),
        nationalities: a.nationality.clone(),
        documents: a.document.clone(),
        wallets: a.wallet.clone(),
        phones: a.phone.clone(),
        emails: a.email.clone(),
        protected: None,
    };
    if a.possible_victim {
        query = query.possible_victim();
    }
    Ok(Asked { queries: vec![query], births_not_understood: 0, columns_not_read: Vec::new() })
}

/// The reason of protection that a cell states.
fn protected(text: &str) -> Option<Option<Protected>> {
    Some(match text.trim().to_lowercase().as_str() {
        "" | "no" | "false" | "0" => None,
        "victim" | "yes" | "true" | "1" => Some(Protected::Victim),
        "witness" => Some(Protected::Witness),
        "reporter" => Some(Protected::Reporter),
        "minor" => Some(Protected::Minor),
        "exploited" => Some(Protected::Exploited),
        _ => return None,
    })
}

fn values(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|value| !value.is_empty()).take(VALUES_MAX)
}

/// The customers of a CSV file, in their order.
pub(crate) fn customers(path: &Path, stop: &Stop) -> Result<Asked, Failure> {
    let mut source = Rows::open(path, b',', stop)?;
    let place = |name: &str| {
        let others: &[&str] = match name {
            "name" => &["full_name"],
            "birth" => &["date_of_birth", "dob"],
            "place" => &["place_of_birth"],
            _ => &[],
        };
        let stands = |wanted: &str| source.header().iter().position(|column| column.eq_ignore_ascii_case(wanted));
        stands(name).or_else(|| others.iter().find_map(|other| stands(other)))
    };
    let places = COLUMNS.map(place);
    let protection = place("protected");
    if COLUMNS.iter().zip(places).all(|(name, at)| at.is_none() || *name == "id" || *name == "kind") {
        return Err(source.fail(&format!("has no column to screen by: name one `name`; these are read: {}, protected", COLUMNS.join(", "))));
    }
    let read = |at: &usize| places.iter().flatten().chain(&protection).any(|used| used == at);
    let columns_not_read = source.header().iter().enumerate().filter(|(at, _)| !read(at)).map(|(_, name)| name.clone()).collect();
    let mut asked = Asked { queries: Vec::new(), births_not_understood: 0, columns_not_read };
    while source.advance()? {
        if source.read() > CUSTOMERS_MAX {
            return Err(source.fail(&format!("has more than {CUSTOMERS_MAX} customers: split it")));
        }
        let query = customer(&source, places, protection, &mut asked.births_not_understood)?;
        asked.queries.push(query);
    }
    if asked.queries.is_empty() {
        return Err(source.fail("has no rows below its header: there is nobody to screen"));
    }
    Ok(asked)
}

fn customer(source: &Rows, places: [Option<usize>; 11], protection: Option<usize>, unread: &mut u64) -> Result<Query, Failure> {
    let cell = |at: Option<usize>| at.map_or(Ok(""), |at| source.cell(at));
    let all = |at: Option<usize>| Ok::<Vec<String>, Failure>(values(cell(at)?).map(str::to_owned).collect());
    let [id, name, alias, kind_at, birth, place, nationality, document, wallet, phone, email] = places;
    let mut births = Vec::new();
    for text in values(cell(birth)?) {
        match Birth::parse(text) {
            Some(one) => births.push(one),
            None => *unread += 1,
        }
    }
    let mut names = all(name)?;
    names.extend(all(alias)?);
    let stated = cell(kind_at)?;
    let why = cell(protection)?;
    Ok(Query {
        id: if id.is_some() { cell(id)?.trim().to_owned() } else { (source.read() - 1).to_string() },
        kind: kind(stated).ok_or_else(|| source.at(&format!("column `kind` has `{stated}`: write person, organisation, craft or nothing")))?,
        names,
        births,
        places: all(place)?,
        nationalities: all(nationality)?,
        documents: all(document)?,
        wallets: all(wallet)?,
        phones: all(phone)?,
        emails: all(email)?,
        protected: protected(why)
            .ok_or_else(|| source.at(&format!("column `protected` has `{why}`: write victim, witness, reporter, minor, exploited or no")))?,
    })
}
