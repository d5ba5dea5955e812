//! The commands.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::json;
use tributary_ledger::checkpoint::CheckpointError;
use tributary_ledger::entry::BYTES_MAX;
use tributary_ledger::hash::from_hex;
use tributary_ledger::inspect::{Fault, inspect};
use tributary_ledger::note::{NOTE_BYTES_MAX, Note};
use tributary_ledger::policy::POLICY_BYTES_MAX;
use tributary_ledger::report::{Report, differences, report};
use tributary_ledger::rules::RULES_BYTES_MAX;
use tributary_ledger::time::{parse_time, write_time};
use tributary_ledger::{Checkpoint, Entry, Policy, Receipt, Rules, StoreError, TileRead, Tree, VerifierKey, audit, commitment};

use crate::args::{AsOf, Command, Which};
use crate::folder::{Folder, read};
use crate::told::Told;

/// It could not be looked at; exit status 2.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Unable {
    #[error("`{path}` cannot be read: {why}")]
    Read { path: String, why: String },
    #[error("`{path}`: {why}")]
    File { path: String, why: String },
    #[error("{0}")]
    Argument(String),
    #[error(transparent)]
    Store(#[from] StoreError),
}

const RESTORE: &str =
    "the ledger in this folder is not the one that was signed; keep this copy as evidence, and ask its keeper and the witnesses for theirs";

fn file(path: &Path, most: usize) -> Result<Vec<u8>, Unable> {
    read(path, most as u64).map_err(|error| Unable::Read { path: path.display().to_string(), why: error.to_string() })
}

fn text(path: &Path, most: usize) -> Result<String, Unable> {
    let bytes = file(path, most)?;
    String::from_utf8(bytes).map_err(|_| Unable::File { path: path.display().to_string(), why: "it is not UTF-8".to_owned() })
}

fn bad(path: &Path, why: impl std::fmt::Display) -> Unable {
    Unable::File { path: path.display().to_string(), why: why.to_string() }
}

fn key(given: &str) -> Result<VerifierKey, Unable> {
    let path = Path::new(given);
    let held = if given.contains('+') && !path.is_file() { given.to_owned() } else { text(path, 4096)? };
    VerifierKey::parse(held.trim()).map_err(|error| Unable::Argument(format!("`{given}` is {error}")))
}

/// Milliseconds since 1970 of a day or a time.
fn time(given: &str) -> Result<u64, Unable> {
    let whole = if given.len() == 10 { format!("{given}T00:00:00.000Z") } else { given.to_owned() };
    parse_time(&whole).ok_or_else(|| Unable::Argument(format!("`{given}` is neither a day as `2026-01-31` nor a time as `2026-01-31T09:30:00.000Z`")))
}

fn as_of(given: &AsOf) -> Result<u64, Unable> {
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX));
    given.as_of.as_deref().map_or_else(|| Ok(now()), time)
}

fn rules(path: Option<&PathBuf>) -> Result<Rules, Unable> {
    match path {
        Some(path) => Rules::parse(&text(path, RULES_BYTES_MAX)?).map_err(|error| bad(path, error)),
        None => Rules::standard().map_err(|error| Unable::Argument(error.to_string())),
    }
}

/// Looks; the findings are in what is told.
pub(crate) fn look(command: &Command) -> Result<Told, Unable> {
    match command {
        Command::Verify { which, policy, since, max_age_hours, as_of: at } => {
            verify(which, policy.as_deref(), since.as_deref(), *max_age_hours, as_of(at)?)
        }
        Command::Receipt { receipt, entry, policy, log_key, salt, payload, as_of: at } => {
            let policy = match (policy, log_key) {
                (Some(path), _) => Policy::parse(&file(path, POLICY_BYTES_MAX)?).map_err(|error| bad(path, error))?,
                (None, Some(given)) => Policy::of_log(key(given)?),
                (None, None) => return Err(Unable::Argument("give `--policy` or `--log-key`".to_owned())),
            };
            hold_receipt(receipt, entry, &policy, salt.as_deref().zip(payload.as_deref()), as_of(at)?)
        }
        Command::Rules { which, rules: path, as_of: at } => {
            let (rules, at) = (rules(path.as_ref())?, as_of(at)?);
            let (mut told, entries) = entries(which)?;
            for f in audit(&entries, &rules, at) {
                told.find(&f.rule, Some(f.index), format!("`{}`: {}", f.kind, f.what), &f.remedy);
            }
            told.holds.push(format!(
                "{} entries were held against {} rules",
                entries.len(),
                rules.precede.len() + rules.follow.len() + rules.require.len()
            ));
            Ok(told)
        }
        Command::Report { which, rules: path, from, to, against, smallest } => {
            let published = against.as_ref().map(|path| published(path)).transpose()?;
            let period = |given: &Option<String>, own: u64| given.as_deref().map_or(Ok(own), time);
            let from = period(from, published.as_ref().map_or(0, |r| r.from))?;
            let to = period(to, published.as_ref().map_or(u64::MAX >> 16, |r| r.to))?;
            count(which, &rules(path.as_ref())?, (from, to), *smallest, published.as_ref())
        }
        Command::Fork { one, other, log_key, ledger, proof } => fork(one, other, &key(log_key)?, ledger.as_deref(), proof.as_deref()),
        Command::StandardRules | Command::Completions { .. } => Ok(Told::default()),
    }
}

/// The ledger's checkpoint; where there is none that holds, a finding and `None`.
fn opened(which: &Which, told: &mut Told) -> Result<Option<(Folder, VerifierKey, Checkpoint, Note)>, Unable> {
    let (folder, key) = (Folder(which.ledger.clone()), key(&which.log_key)?);
    if !which.ledger.is_dir() {
        return Err(Unable::Read { path: which.ledger.display().to_string(), why: "it is no folder".to_owned() });
    }
    let Some(bytes) = folder.get("checkpoint")? else {
        told.find(
            "checkpoint-missing",
            None,
            "the folder has no `checkpoint`".to_owned(),
            "give the ledger's folder, or get its checkpoint from a witness",
        );
        return Ok(None);
    };
    match Checkpoint::open(&bytes, &key) {
        Ok((checkpoint, note)) => {
            told.checkpoint = Some(checkpoint.clone());
            told.holds.push(format!("the checkpoint is signed by `{}`", key.name()));
            Ok(Some((folder, key, checkpoint, note)))
        }
        Err(error) => {
            unsigned("the checkpoint", &error, told);
            Ok(None)
        }
    }
}

fn unsigned(what: &str, error: &CheckpointError, told: &mut Told) {
    let rule = match error {
        CheckpointError::Note(tributary_ledger::note::NoteError::Forged(_)) => "signature-forged",
        CheckpointError::Note(tributary_ledger::note::NoteError::Unsigned) => "signature-missing",
        CheckpointError::Origin { .. } => "another-log",
        _ => "checkpoint-malformed",
    };
    told.find(
        rule,
        None,
        format!("{what}: {error}"),
        "compare the verifier key with one that its keeper did not give you; a log does not change its key quietly",
    );
}

/// Every entry and tile, computed again.
fn whole(folder: &Folder, checkpoint: &Checkpoint, told: &mut Told, mut visit: impl FnMut(u64, &[u8])) -> Result<bool, Unable> {
    let found = inspect(folder, checkpoint, &mut visit)?;
    for damage in &found.damage {
        told.find(damage.fault.name(), damage.index, format!("{} (`{}`)", damage.what, damage.name), RESTORE);
    }
    if found.unnamed > 0 {
        told.notices.push(format!("{} further places are damaged and not listed", found.unnamed));
    }
    if found.beyond {
        told.notices.push(
            "there is data beyond the checkpoint: the copy was made while the ledger was written, or after a crash, or an older checkpoint was put back; \
             hold it against an earlier checkpoint with `--since`"
                .to_owned(),
        );
    }
    let sound = found.damage.is_empty();
    if sound {
        told.holds.push(format!("{} entries and their tiles give the signed root", found.entries));
    }
    Ok(sound || found.damage.iter().all(|d| d.fault == Fault::TileChanged))
}

fn verify(which: &Which, policy: Option<&Path>, since: Option<&Path>, max_age: Option<u64>, now: u64) -> Result<Told, Unable> {
    let mut told = Told::default();
    let policy = policy.map(|path| Policy::parse(&file(path, POLICY_BYTES_MAX)?).map_err(|error| bad(path, error))).transpose()?;
    let since = since.map(|path| file(path, NOTE_BYTES_MAX)).transpose()?;
    let Some((folder, key, checkpoint, note)) = opened(which, &mut told)? else { return Ok(told) };
    whole(&folder, &checkpoint, &mut told, |_, _| ())?;
    if let Some(bytes) = since {
        match Checkpoint::open(&bytes, &key) {
            Ok((old, _)) => continues(&folder, &old, &checkpoint, &mut told)?,
            Err(error) => unsigned("the earlier checkpoint", &error, &mut told),
        }
    }
    if let Some(policy) = policy {
        witnesses(&policy, &note, max_age, now, &mut told);
    } else {
        told.notices.push("no policy was given: whether witnesses saw this log was not looked at".to_owned());
    }
    Ok(told)
}

/// Does the log continue the earlier checkpoint?
fn continues(folder: &Folder, old: &Checkpoint, new: &Checkpoint, told: &mut Told) -> Result<(), Unable> {
    const EVIDENCE: &str = "keep both signed checkpoints: together they prove that the log's keeper rewrote it; tell the witnesses";
    if old.size > new.size {
        told.find("rolled-back", None, format!("the log had {} entries and has {}", old.size, new.size), EVIDENCE);
        return Ok(());
    }
    if old.size == new.size && old.root != new.root {
        told.find("forked", None, format!("two roots were signed for {} entries", old.size), EVIDENCE);
        return Ok(());
    }
    match Tree::new(folder, new.size, new.root).consistency(old.size, &old.root) {
        Ok(_) => told.holds.push(format!("it continues the earlier checkpoint of {} entries", old.size)),
        Err(StoreError::Failed { name, why }) => return Err(StoreError::Failed { name, why }.into()),
        Err(error) => told.find("not-consistent", None, format!("it does not continue the checkpoint of {} entries: {error}", old.size), EVIDENCE),
    }
    Ok(())
}

fn witnesses(policy: &Policy, note: &Note, max_age: Option<u64>, now: u64, told: &mut Told) {
    let now = now / 1000;
    // A minute's difference between clocks is no future.
    let verdict = match policy.judge(note.to_string().as_bytes(), Some(now + 60)) {
        Ok(verdict) => verdict,
        Err(error) => return unsigned("the policy", &error, told),
    };
    let seen: Vec<String> = verdict.cosigned.iter().map(|c| format!("{} at {}", c.witness, shown(c.time))).collect();
    told.result = Some(json!({
        "cosigned": verdict.cosigned.iter().map(|c| json!({"witness": c.witness, "time": c.time})).collect::<Vec<_>>(),
        "absent": verdict.absent,
    }));
    if verdict.quorum {
        told.holds.push(format!("the witnesses' quorum is met: {}", if seen.is_empty() { "none is needed".to_owned() } else { seen.join(", ") }));
    } else {
        let what = format!("the witnesses' quorum is missing; absent: {}", verdict.absent.join(", "));
        told.find("quorum-missing", None, what, "ask the absent witnesses what they saw; nothing may be exported under this checkpoint");
    }
    let newest = verdict.cosigned.iter().map(|c| c.time).max();
    if let Some(hours) = max_age.filter(|hours| newest.is_none_or(|time| time.saturating_add(hours.saturating_mul(3600)) < now)) {
        let when = newest.map_or_else(|| "never".to_owned(), shown);
        let what = format!("the newest cosignature is of {when}, more than {hours} hours old");
        told.find("stale", None, what, "ask the keeper and a witness for the newest checkpoint: later entries may be withheld");
    }
}

fn shown(seconds: u64) -> String {
    seconds.checked_mul(1000).and_then(write_time).unwrap_or_else(|| seconds.to_string())
}

fn hold_receipt(receipt: &Path, entry: &Path, policy: &Policy, open: Option<(&str, &Path)>, now: u64) -> Result<Told, Unable> {
    let mut told = Told::default();
    let proof = Receipt::parse(&file(receipt, 1 << 20)?).map_err(|error| bad(receipt, error))?;
    let mut bytes = file(entry, BYTES_MAX + 1)?;
    // An editor's last newline is no part of an entry.
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    }
    let decoded = Entry::decode(&bytes).map_err(|error| bad(entry, error))?;
    match proof.verify(&bytes, policy, Some(now / 1000 + 60)) {
        Ok(verdict) => {
            told.holds.push(format!("the entry is number {} of `{}`", proof.index, verdict.checkpoint.origin));
            told.holds.extend(verdict.cosigned.iter().map(|c| format!("witnessed by {} at {}", c.witness, shown(c.time))));
            told.checkpoint = Some(verdict.checkpoint);
        }
        Err(error) => told.find(
            "receipt",
            Some(proof.index),
            error.to_string(),
            "the receipt does not show what it claims; ask its sender for the entry it belongs to",
        ),
    }
    if let Some((salt, payload)) = open {
        let salt = from_hex::<32>(salt).ok_or_else(|| Unable::Argument("`--salt` takes 64 lower-case hexadecimal digits".to_owned()))?;
        if commitment(&salt, &file(payload, 1 << 26)?) == *decoded.commit() {
            told.holds.push("the entry commits to this payload".to_owned());
        } else {
            told.find(
                "commitment",
                Some(proof.index),
                "the entry commits to another payload".to_owned(),
                "the document shown is not the one that was recorded",
            );
        }
    }
    told.result = Some(json!({"entry": serde_json::from_slice::<serde_json::Value>(&bytes).ok()}));
    Ok(told)
}

/// The entries of a ledger, after every one was computed up to the root.
fn entries(which: &Which) -> Result<(Told, Vec<(u64, Entry)>), Unable> {
    let (mut told, mut entries, mut strange) = (Told::default(), Vec::new(), Vec::new());
    if let Some((folder, _, checkpoint, _)) = opened(which, &mut told)? {
        whole(&folder, &checkpoint, &mut told, |index, bytes| match Entry::decode(bytes) {
            Ok(entry) => entries.push((index, entry)),
            Err(error) => strange.push((index, error)),
        })?;
    }
    for (index, error) in strange.into_iter().take(100) {
        told.find(
            "not-an-entry",
            Some(index),
            error.to_string(),
            "an entry outside the form may hold what must not be there: look at it under supervision",
        );
    }
    Ok((told, entries))
}

fn published(path: &Path) -> Result<Report, Unable> {
    serde_json::from_slice(&file(path, 1 << 24)?).map_err(|error| bad(path, format!("it is no transparency report: {error}")))
}

fn count(which: &Which, rules: &Rules, period: (u64, u64), smallest: u64, published: Option<&Report>) -> Result<Told, Unable> {
    let (mut told, entries) = entries(which)?;
    let size = told.checkpoint.as_ref().map_or(0, |c| c.size);
    // A later look counts from a longer log; what was published counted up to its own size.
    let until = published.map_or(size, |report| report.size);
    let counted: Vec<(u64, Entry)> = entries.into_iter().filter(|(index, _)| *index < until).collect();
    let k = published.map_or(smallest, |report| report.k);
    let report = report(&counted, rules, period, until.min(size), k).map_err(|error| Unable::Argument(error.to_string()))?;
    if let Some(published) = published {
        if published.size > size {
            told.find(
                "report",
                None,
                format!("it was counted from {} entries, and the log has {size}", published.size),
                "the log was cut after it was published",
            );
        }
        if published.k < tributary_ledger::report::K_MIN {
            told.find("report", None, format!("it shows counts below {}", tributary_ledger::report::K_MIN), "publish with small cells hidden");
        }
        for d in differences(published, &report) {
            let group = if d.key.is_empty() { "total".to_owned() } else { d.key.join(" / ") };
            let what = format!("line `{}`, {group}: published {}, the log says {}", d.line, d.published, d.counted);
            told.find("report", None, what, "ask who published it for a correction: the log is what was signed");
        }
    }
    told.table = Some(table(&report));
    told.result = serde_json::to_value(&report).ok();
    Ok(told)
}

fn table(report: &Report) -> String {
    let figure = |count: Option<u64>| count.map_or_else(|| "hidden".to_owned(), |count| count.to_string());
    let mut out = String::new();
    for line in &report.lines {
        out += &format!("{:>9}  {}\n", figure(line.total), line.title);
        for group in &line.groups {
            let key: Vec<String> = line.by.iter().zip(&group.key).map(|(tag, value)| format!("{tag} {value}")).collect();
            out += &format!("{:>9}    {}\n", figure(group.count), key.join(", "));
        }
    }
    out
}

fn fork(one: &Path, other: &Path, key: &VerifierKey, ledger: Option<&Path>, proof: Option<&Path>) -> Result<Told, Unable> {
    let mut told = Told::default();
    let mut held = Vec::new();
    for path in [one, other] {
        match Checkpoint::open(&file(path, NOTE_BYTES_MAX)?, key) {
            Ok(found) => held.push(found),
            Err(error) => unsigned(&format!("`{}`", path.display()), &error, &mut told),
        }
    }
    held.sort_by_key(|(checkpoint, _)| checkpoint.size);
    let [(old, old_note), (new, new_note)] = held.as_slice() else { return Ok(told) };
    told.checkpoint = Some(new.clone());
    match (old.size == new.size, ledger) {
        (true, _) if old.root == new.root => told.holds.push("both are the same tree".to_owned()),
        (true, _) => told.find(
            "forked",
            None,
            format!("`{}` signed two roots for {} entries", key.name(), old.size),
            "hand the proof to every witness and to oversight: this key's log is not to be trusted",
        ),
        (false, Some(folder)) => continues(&Folder(folder.to_owned()), old, new, &mut told)?,
        (false, None) => told
            .notices
            .push(format!("{} and {} entries: only the ledger's tiles can show whether they are one history; give `--ledger`", old.size, new.size)),
    }
    if let (Some(path), false) = (proof, told.findings.is_empty()) {
        let value = json!({"v": 1, "log": key.to_string(), "checkpoints": [old_note.to_string(), new_note.to_string()]});
        std::fs::write(path, format!("{value:#}\n")).map_err(|error| bad(path, error))?;
        told.notices.push(format!("the proof was written to `{}`", path.display()));
    }
    Ok(told)
}
