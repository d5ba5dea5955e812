//! What changed between two sets of packs.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Indicator, PackSet};

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub enum Change {
    /// An indicator that was not there before.
    Added {
        /// Its id.
        id: String,
    },
    /// An indicator that is no longer there.
    Removed {
        /// Its id.
        id: String,
    },
    /// A field of an indicator that differs.
    Altered {
        /// Indicator.
        id: String,
        /// Field.
        field: &'static str,
        /// Before.
        old: String,
        /// After.
        new: String,
    },
    /// A pack's or jurisdiction's version or text differs.
    File {
        /// File.
        file: String,
        /// Version and short hash before; absent when it is new.
        old: Option<String>,
        /// Version and short hash after; absent when it was removed.
        new: Option<String>,
    },
}

impl std::fmt::Display for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Added { id } => write!(f, "+ {id}"),
            Self::Removed { id } => write!(f, "- {id}"),
            Self::Altered { id, field, old, new } => write!(f, "~ {id} {field}\n    was: {old}\n    now: {new}"),
            Self::File { file, old, new } => {
                let none = "absent";
                write!(f, "~ {file}: {} -> {}", old.as_deref().unwrap_or(none), new.as_deref().unwrap_or(none))
            }
        }
    }
}

fn fields(indicator: &Indicator) -> [(&'static str, String); 14] {
    let lines = |items: &[String]| items.join("; ");
    [
        ("title", indicator.title.clone()),
        ("statement", indicator.statement.clone()),
        ("side", format!("{:?}", indicator.side)),
        ("subject", format!("{} {}", indicator.subject.subject_type, indicator.subject.roles.join("|"))),
        ("context_only", indicator.context_only.to_string()),
        ("protects", indicator.protects.to_string()),
        ("weight", format!("{:?} capped {:?}", indicator.weight, indicator.cap)),
        ("benign", lines(&indicator.benign)),
        ("lineage", lines(&indicator.lineage)),
        ("needs", format!("{:?}", indicator.needs)),
        ("suppressors", lines(&indicator.suppressors)),
        ("parameters", format!("{:?}", indicator.parameters)),
        ("patterns", format!("{:?}", indicator.patterns)),
        ("sql", indicator.sql.trim().to_owned()),
    ]
}

/// Changes from `old` to `new`: files first, then indicators by id.
#[must_use]
pub fn diff(old: &PackSet, new: &PackSet) -> Vec<Change> {
    let mut changes = Vec::new();
    let (old_files, new_files) = (old.file_versions(), new.file_versions());
    let mut names: Vec<&String> = old_files.keys().chain(new_files.keys()).collect();
    names.sort();
    names.dedup();
    for file in names {
        let (before, after) = (old_files.get(file), new_files.get(file));
        if before != after {
            changes.push(Change::File { file: file.clone(), old: before.cloned(), new: after.cloned() });
        }
    }
    let by_id = |set: &PackSet| set.indicators().map(|(_, i)| (i.id.clone(), i.clone())).collect::<BTreeMap<_, _>>();
    let (before, after) = (by_id(old), by_id(new));
    for (id, indicator) in &before {
        let Some(next) = after.get(id) else {
            changes.push(Change::Removed { id: id.clone() });
            continue;
        };
        for ((field, old), (_, new)) in fields(indicator).into_iter().zip(fields(next)) {
            if old != new {
                changes.push(Change::Altered { id: id.clone(), field, old, new });
            }
        }
    }
    changes.extend(after.keys().filter(|id| !before.contains_key(*id)).map(|id| Change::Added { id: id.clone() }));
    changes
}
