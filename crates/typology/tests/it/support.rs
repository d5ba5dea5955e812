//! A small set of packs in order, to break one thing at a time.

use std::collections::BTreeMap;
use tributary_typology::lock::{LOCK_FILE, Lock, SignOff};
use tributary_typology::{PackError, PackSet};

pub(crate) type Files = BTreeMap<String, String>;

const PACK: &str = r#"
family = "FTR"
title = "Test"
version = "1.0.0"
owner = "test desk"

[[indicator]]
id = "FTR-99"
title = "Test"
statement = "An account receives many payments."
status = "V"
side = "trafficking"
subject = { type = "account", roles = ["collector"] }
weight = 0.8
cap = 1.0
calibrated = false
weight_reason = "a test needs some weight"
benign = ["A shop"]
discriminates = ["Its licence"]
sources = [{ citation = "FIN-2014-A008", page = "p. 7" }]
lineage = ["transfers"]
needs = [{ table = "transfers", rows_min = 1, reason = "no transfers" }]
suppressors = ["season"]
fixtures = "fixtures/FTR-99.toml"
parameter = [{ name = "payers_min", kind = "integer", unit = "payers", default = 3, min = 1.0, max = 9.0 }]
sql = """
SELECT 'account' AS subject_type, t.to_account AS subject_id, 'collector' AS role, 1.0 AS strength, min(t.at) AS from_at, max(t.at) AS to_at,
  array_agg(t.obs ORDER BY t.obs) AS observations, count(*) AS observations_total, array_agg(DISTINCT t.source) AS sources
FROM transfers t GROUP BY t.to_account HAVING count(DISTINCT t.from_account) >= :payers_min
"""
"#;

const JURISDICTION: &str = r#"
jurisdiction = "default"
version = "1.0.0"
owner = "test desk"

[[area]]
label = "hub"
country = "AE"
valid_from = "2020-01-01"
valid_to = "2027-01-01"
review_on = "2026-01-01"
source = "a document, p. 1"
synthetic = true

[[calendar]]
name = "season"
from = "2025-03-01"
to = "2025-03-30"
widen = 1.5
source = "a calendar"

[[override]]
indicator = "FTR-99"
parameter = "payers_min"
value = 5
valid_from = "2025-01-01"
valid_to = "2026-01-01"
owner = "test desk"
source = "a study"
calibration = "none"
"#;

const COMBINATION: &str = r#"
version = "1.0.0"
owner = "test desk"
families_min = 2
families_min_per_side = 2
sources_min = 2
evidence_min = 3.0
list_hit_alone = "human_resolution"
"#;

const FIXTURE: &str = r#"
indicator = "FTR-99"
[[case]]
kind = "positive"
name = "yes"
expect = ["account:a"]
[[case]]
kind = "negative"
name = "no"
[[case]]
kind = "benign"
name = "ordinary life"
[[case]]
kind = "abstain"
name = "too little"
"#;

/// Packs that obey every rule, without a lock.
pub(crate) fn files() -> Files {
    let texts =
        [("test.toml", PACK), ("jurisdictions/default.toml", JURISDICTION), ("combination.toml", COMBINATION), ("fixtures/FTR-99.toml", FIXTURE)];
    texts.into_iter().map(|(file, text)| (file.to_owned(), text.to_owned())).collect()
}

/// The files with `old` replaced by `new` in one of them. `old` must be there.
pub(crate) fn changed(file: &str, old: &str, new: &str) -> Files {
    let mut files = files();
    let text = files.get(file).expect("the file is there");
    assert!(text.contains(old), "`{old}` is not in `{file}`");
    let text = text.replace(old, new);
    files.insert(file.to_owned(), text);
    files
}

/// Adds a lock signed by these roles.
pub(crate) fn locked(mut files: Files, roles: &[&str]) -> Files {
    let sign_offs: Vec<SignOff> = roles.iter().map(|role| SignOff { role: (*role).to_owned(), on: "2026-01-01".to_owned() }).collect();
    let lock = Lock::over(&files, &sign_offs).render();
    files.insert(LOCK_FILE.to_owned(), lock);
    files
}

/// Loads with a lock of two roles.
pub(crate) fn load(files: Files) -> Result<PackSet, Vec<PackError>> {
    PackSet::load(&locked(files, &["author", "tester"]))
}

/// The set does not load, and one of the reasons is this rule with this text in its message.
#[track_caller]
pub(crate) fn check(files: Files, rule: &str, message: &str) {
    let errors = load(files).expect_err("the set breaks a rule");
    let named = errors.iter().any(|error| error.rule() == rule && error.to_string().contains(message));
    assert!(named, "no {rule} with `{message}` in {errors:#?}");
}

/// Further changes to a set.
pub(crate) trait FilesExt {
    /// Replaces text in one file.
    fn and(self, file: &str, old: &str, new: &str) -> Files;
    /// Gives a file another name.
    fn renamed(self, old: &str, new: &str) -> Files;
}

impl FilesExt for Files {
    fn and(mut self, file: &str, old: &str, new: &str) -> Files {
        let text = self.get(file).expect("the file is there").replace(old, new);
        self.insert(file.to_owned(), text);
        self
    }

    fn renamed(mut self, old: &str, new: &str) -> Files {
        let text = self.remove(old).expect("the file is there");
        self.insert(new.to_owned(), text);
        self
    }
}
