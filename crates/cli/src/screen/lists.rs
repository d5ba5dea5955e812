//! Watch lists of the command line: what each file is, and reading it.

use std::collections::BTreeSet;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde::Serialize;
use tributary_model::Date;
use tributary_screen::WatchList;
use tributary_screen::read::{self, Form, Piece};

use crate::Failure;
use crate::progress::Stop;

/// A list as the command line names it: `FILE`, or `FORM[:NAME]=FILE[,FILE,FILE]`, either with `@DATE`.
#[derive(Clone, Debug)]
pub(crate) struct ListFile {
    /// Told from the content when not given.
    form: Option<Form>,
    name: Option<String>,
    files: Vec<PathBuf>,
    published: Option<Date>,
}

impl ListFile {
    /// The files.
    pub(crate) fn files(&self) -> impl Iterator<Item = PathBuf> + '_ {
        self.files.iter().cloned()
    }
}

/// Reads one `--list`.
pub(crate) fn list_file(text: &str) -> Result<ListFile, String> {
    // A file's own name may hold `@` and `=`: only what looks like a date, or is a form, is one.
    let (text, published) = match text.rsplit_once('@') {
        Some((files, date)) if date.len() == 10 && date.starts_with(|c: char| c.is_ascii_digit()) => {
            (files, Some(Date::parse(date).map_err(|e| format!("`{date}` {e}"))?))
        }
        _ => (text, None),
    };
    let Some((what, files)) = text.split_once('=').filter(|_| !Path::new(text).is_file()) else {
        return Ok(ListFile { form: None, name: None, files: vec![PathBuf::from(text)], published });
    };
    let (form, name) = what.split_once(':').unwrap_or((what, what));
    let form = Form::from_name(form).ok_or_else(|| format!("`{form}` is no form of list: un, ofac, eu, ftm or csv"))?;
    if name.is_empty() || name.chars().count() > 64 || name.chars().any(char::is_control) {
        return Err("a list's name has 1 to 64 characters".to_owned());
    }
    let files: Vec<PathBuf> = if form == Form::Ofac { files.split(',').map(PathBuf::from).collect() } else { vec![PathBuf::from(files)] };
    if files.len() > 3 {
        return Err("ofac takes one to three files: ofac=SDN.CSV,ADD.CSV,ALT.CSV".to_owned());
    }
    Ok(ListFile { form: Some(form), name: Some(name.to_owned()), files, published })
}

/// A list's files, read but not yet understood.
pub(crate) struct Source {
    pub(crate) form: Form,
    pub(crate) name: String,
    pub(crate) files: Vec<Vec<u8>>,
    pub(crate) published: Option<Date>,
    /// The files' paths, for what is said of them.
    pub(crate) shown: String,
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
    let file = std::fs::File::open(path).map_err(|e| fail(format!("cannot be read: {e}")))?;
    let mut bytes = Vec::new();
    // A device or a pipe states no length.
    file.take(read::FILE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes).map_err(|e| fail(format!("cannot be read: {e}")))?;
    if bytes.len() > read::FILE_BYTES_MAX {
        return Err(fail(format!("has more than {} bytes", read::FILE_BYTES_MAX)));
    }
    Ok(bytes)
}

/// Reads the files of the lists. A file without a form is what its content says; OFAC's addresses and aliases go to its entries.
pub(crate) fn sources(given: &[ListFile], stop: &Stop) -> Result<Vec<Source>, Failure> {
    let mut found: Vec<Source> = Vec::new();
    let (mut addresses, mut aliases) = (None, None);
    for one in given {
        if stop.asked() {
            return Err(Failure::Stopped);
        }
        let shown = one.files.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", ");
        let mut files: Vec<Vec<u8>> = one.files.iter().map(|path| bytes(path)).collect::<Result<_, _>>()?;
        let form = match one.form {
            Some(form) => form,
            None => match files.first().and_then(|file| read::piece(file)) {
                Some(Piece::List(form)) => form,
                Some(Piece::OfacAddresses) => {
                    addresses = files.pop().map(|file| (file, shown));
                    continue;
                }
                Some(Piece::OfacAliases) => {
                    aliases = files.pop().map(|file| (file, shown));
                    continue;
                }
                None => return Err(Failure::input(format!("`{shown}` is no list known here: UN or EU (XML), OFAC (CSV), FollowTheMoney, or CSV"))),
            },
        };
        let stem = || one.files.first().and_then(|path| path.file_stem()).map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
        let own = matches!(form, Form::Csv | Form::Ftm);
        let name = one.name.clone().unwrap_or_else(|| if own { stem() } else { form.name().to_owned() });
        found.push(Source { form, name, files, published: one.published, shown });
    }
    if addresses.is_some() || aliases.is_some() {
        let shown = addresses.as_ref().or(aliases.as_ref()).map_or("", |(_, shown)| shown.as_str());
        let entries = found.iter_mut().find(|one| one.form == Form::Ofac && one.files.len() == 1);
        let missing = || Failure::input(format!("`{shown}` belongs to OFAC's entries, which are not given: add its sdn.csv as a list"));
        let entries = entries.ok_or_else(missing)?;
        for piece in [addresses, aliases] {
            entries.files.push(piece.map(|(file, _)| file).unwrap_or_default());
        }
    }
    let mut names = BTreeSet::new();
    if let Some(twice) = found.iter().find(|one| !names.insert(one.name.as_str())) {
        let (name, form) = (&twice.name, twice.form.name());
        return Err(Failure::input(format!("two lists are called `{name}`: give one a name of its own, such as {form}:{name}-2=FILE")));
    }
    Ok(found)
}

/// Understands one list.
pub(crate) fn list(one: &Source, as_of: Date) -> Result<(WatchList, ListReport), Failure> {
    let (files, shown) = (one.files.iter().map(Vec::as_slice).collect::<Vec<_>>(), &one.shown);
    let reading = one.form.load(&files, &one.name, one.published, as_of).map_err(|e| Failure::input(format!("`{shown}`: {e}")))?;
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
    let mut found = (Vec::new(), Vec::new());
    for one in sources(given, stop)? {
        if stop.asked() {
            return Err(Failure::Stopped);
        }
        let (list, report) = list(&one, as_of)?;
        found.0.push(list);
        found.1.push(report);
    }
    Ok(found)
}
