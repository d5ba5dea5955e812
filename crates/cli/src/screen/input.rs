//! What `tributary screen` reads of those who are asked about.

use std::io::BufRead as _;
use std::path::Path;

use tributary_model::Protected;
use tributary_screen::read::column_of;
use tributary_screen::{Birth, Kind, QUERY_NAMES_MAX, Query, VALUE_LENGTH_MAX, VALUES_MAX};

use crate::Failure;
use crate::arguments::Screen;
use crate::progress::Stop;
use crate::rows::Rows;

/// Most customers of one file.
const CUSTOMERS_MAX: u64 = 5_000_000;

/// The columns of a customers' file. Several values in a cell are separated by `;`. No other column is read.
const COLUMNS: [&str; 11] = ["id", "name", "alias", "kind", "birth", "place", "nationality", "document", "wallet", "phone", "email"];

/// Who is asked about, and dates of birth that could not be understood.
pub(crate) struct Asked {
    pub(crate) queries: Vec<Query>,
    pub(crate) births_not_understood: u64,
    pub(crate) columns_not_read: Vec<String>,
}

/// The one asked about on the command line.
pub(crate) fn single(a: &Screen) -> Result<Asked, Failure> {
    let kind = Kind::from_name(a.kind.trim()).ok_or_else(|| Failure::input(format!("--kind `{}` must be person, organisation or craft", a.kind)))?;
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

/// Does a column's name say that it tells who is protected?
fn speaks_of_protection(name: &str) -> bool {
    let name = name.to_lowercase();
    ["protect", "victim", "witness", "minor"].iter().any(|word| name.contains(word))
}

fn values(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(';').map(str::trim).filter(|value| !value.is_empty())
}

/// Those named in a file, in their order: CSV with a header, or one name a line.
pub(crate) fn customers(path: &Path, stop: &Stop) -> Result<Asked, Failure> {
    let mut source = Rows::open(path, b',', stop)?;
    if let [only] = source.header()
        && !COLUMNS.iter().any(|column| column_of(column, std::iter::once(only.as_str())).is_some())
    {
        if only.contains([';', '\t', '|']) {
            return Err(
                source.fail("is separated by another sign than the comma: its columns, one of which may protect somebody, cannot be told apart")
            );
        }
        return lines(path, stop);
    }
    let place = |name: &str| column_of(name, source.header().iter().map(String::as_str));
    let places = COLUMNS.map(place);
    let protection = place("protected");
    if let Some(unknown) = source.header().iter().enumerate().find(|(at, name)| Some(*at) != protection && speaks_of_protection(name)) {
        return Err(source.fail(&format!("the column `{}` seems to say who is protected, and is not read: call it `protected`", unknown.1)));
    }
    if COLUMNS.iter().zip(places).all(|(name, at)| at.is_none() || *name == "id" || *name == "kind") {
        return Err(source.fail(&format!("has no column to screen by: name one `name`; these are read: {}, protected", COLUMNS.join(", "))));
    }
    let id_given = places.first().is_some_and(Option::is_some);
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
    let under: std::collections::BTreeMap<String, Protected> = asked
        .queries
        .iter()
        .filter(|query| id_given && !query.id.is_empty())
        .filter_map(|query| Some((query.id.clone(), query.protected?)))
        .collect();
    for query in &mut asked.queries {
        // Whoever is protected in one row is protected in all rows of the same id.
        query.protected = query.protected.or_else(|| under.get(&query.id).copied());
    }
    if asked.queries.is_empty() {
        return Err(source.fail("has no rows below its header: there is nobody to screen"));
    }
    Ok(asked)
}

/// One name a line, without a header; an empty line asks about nobody and keeps its number.
fn lines(path: &Path, stop: &Stop) -> Result<Asked, Failure> {
    let fail = |why: String| Failure::input(format!("`{}`: {why}", path.display()));
    let file = std::fs::File::open(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
    let mut asked = Asked { queries: Vec::new(), births_not_understood: 0, columns_not_read: Vec::new() };
    for (at, line) in std::io::BufReader::new(file).lines().enumerate() {
        if at as u64 >= CUSTOMERS_MAX {
            return Err(fail(format!("has more than {CUSTOMERS_MAX} names: split it")));
        }
        if at % 4_096 == 0 && stop.asked() {
            return Err(Failure::Stopped);
        }
        let line = line.map_err(|e| fail(format!("line {} cannot be read as UTF-8: {e}", at + 1)))?;
        let name: String = line.trim_start_matches('\u{feff}').trim().chars().take(VALUE_LENGTH_MAX).collect();
        let names = if name.is_empty() { Vec::new() } else { vec![name] };
        asked.queries.push(Query { id: at.to_string(), names, ..Query::default() });
    }
    Ok(asked)
}

fn customer(source: &Rows, places: [Option<usize>; 11], protection: Option<usize>, unread: &mut u64) -> Result<Query, Failure> {
    let cell = |at: Option<usize>| at.map_or(Ok(""), |at| source.cell(at));
    let all = |at: Option<usize>| {
        let found: Vec<String> = values(cell(at)?).map(str::to_owned).collect();
        if found.len() > VALUES_MAX {
            return Err(source.at(&format!("a cell has {} values; at most {VALUES_MAX} are compared: split the row", found.len())));
        }
        Ok(found)
    };
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
    if names.len() > QUERY_NAMES_MAX {
        return Err(source.at(&format!("has {} names; at most {QUERY_NAMES_MAX} are compared: split the row", names.len())));
    }
    let stated = cell(kind_at)?;
    let why = cell(protection)?;
    Ok(Query {
        id: if id.is_some() { cell(id)?.trim().to_owned() } else { (source.read() - 1).to_string() },
        kind: Kind::from_name(stated.trim())
            .ok_or_else(|| source.at(&format!("column `kind` has `{stated}`: write person, organisation, craft or nothing")))?,
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
