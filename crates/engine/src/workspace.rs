//! A workspace: one folder with the lake, the packs in force, the settings and the runs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use tributary_lake::{IngestObserver, IngestReport, IngestRequest, Lake, SessionOptions};
use tributary_model::{Grading, Provenance, Timestamp};
use tributary_typology::PackSet;

use crate::error::EngineError;

/// The packs of the program, by path below `packs/`.
static PACKS: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/packs.rs"));

pub use tributary_model::UNDECLARED;

/// What `init` declares unless it is told otherwise.
pub const EVALUATION_ONLY: &str = "evaluation-only";

/// `tributary.toml`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// What every batch says of itself unless the command says otherwise.
    pub provenance: Declared,
    /// How it is graded at entry.
    pub grading: Grading,
    /// Ingest.
    #[serde(default)]
    pub ingest: IngestConfiguration,
    /// Runs.
    #[serde(default)]
    pub run: RunConfiguration,
    /// The convergence search.
    #[serde(default)]
    pub converge: tributary_converge::Settings,
}

impl Configuration {
    /// What is out of range apart from the search's own settings.
    fn problem(&self) -> Option<&'static str> {
        if self.provenance.legal_basis.trim().is_empty() || self.provenance.purpose.trim().is_empty() {
            return Some("`legal_basis` and `purpose` must say something");
        }
        if self.ingest.source.as_ref().is_some_and(|source| source.trim().is_empty()) {
            return Some("`ingest.source` is empty: name the supplier, or leave the key out");
        }
        (!(64..=1_048_576).contains(&self.run.memory_mib)).then_some("`memory_mib` is not 64 to 1048576")
    }
}

/// Legal basis and purpose: no default in the program; `init` writes what the person who made the workspace declared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Declared {
    /// Code of the legal basis.
    pub legal_basis: String,
    /// Code of the purpose.
    pub purpose: String,
}

/// Settings of ingest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct IngestConfiguration {
    /// Keep the text of adverts. Off: text is sketched and dropped.
    pub keep_text: bool,
    /// Who supplies what is ingested without `--source`. Not given: [`UNDECLARED`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
}

/// Settings of runs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct RunConfiguration {
    /// Which jurisdiction's parameters the packs use.
    pub jurisdiction: String,
    /// Memory the query engine may hold, in MiB.
    pub memory_mib: usize,
}

impl Default for RunConfiguration {
    fn default() -> Self {
        Self { jurisdiction: "pk".to_owned(), memory_mib: 2_048 }
    }
}

/// An open workspace.
#[derive(Debug)]
pub struct Workspace {
    root: PathBuf,
    configuration: Configuration,
    lake: Lake,
}

/// Writes a file so that it is there whole or not at all, also after a crash.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), EngineError> {
    use std::io::Write as _;
    let part = path.with_extension("part");
    let mut file = std::fs::File::create(&part).map_err(EngineError::io("create", &part))?;
    file.write_all(bytes).map_err(EngineError::io("write", &part))?;
    file.sync_all().map_err(EngineError::io("write", &part))?;
    std::fs::rename(&part, path).map_err(EngineError::io("rename", &part))?;
    sync_folder(path.parent().unwrap_or(path))
}

/// Makes a rename in a folder last.
pub(crate) fn sync_folder(folder: &Path) -> Result<(), EngineError> {
    let handle = std::fs::File::open(folder).map_err(EngineError::io("open", folder))?;
    handle.sync_all().map_err(EngineError::io("write", folder))
}

/// The text files below a folder, by path with `/`.
pub(crate) fn text_files(folder: &Path) -> Result<BTreeMap<String, String>, EngineError> {
    let mut found = BTreeMap::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(at) = open.pop() {
        for entry in std::fs::read_dir(&at).map_err(EngineError::io("read", &at))? {
            let path = entry.map_err(EngineError::io("read", &at))?.path();
            if path.is_dir() {
                open.push(path);
            } else if matches!(path.extension().and_then(|e| e.to_str()), Some("toml" | "json" | "ndjson")) {
                let name = path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().replace('\\', "/");
                found.insert(name, std::fs::read_to_string(&path).map_err(EngineError::io("read", &path))?);
            }
        }
    }
    Ok(found)
}

/// The packs that the program carries.
#[must_use]
pub fn built_in_packs() -> BTreeMap<String, String> {
    PACKS.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

impl Workspace {
    /// Makes a workspace in a new or empty folder.
    ///
    /// # Errors
    /// The folder is not empty, or cannot be written.
    pub fn init(root: &Path, declared: Declared, grading: Grading) -> Result<Self, EngineError> {
        if std::fs::read_dir(root).is_ok_and(|mut entries| entries.next().is_some()) {
            return Err(EngineError::NotEmpty { path: root.to_path_buf() });
        }
        for folder in ["packs", "runs"] {
            let path = root.join(folder);
            std::fs::create_dir_all(&path).map_err(EngineError::io("create", &path))?;
        }
        for (name, text) in PACKS {
            let path = root.join("packs").join(name);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent).map_err(EngineError::io("create", parent))?;
            }
            std::fs::write(&path, text).map_err(EngineError::io("write", &path))?;
        }
        Lake::create(root)?;
        let configuration = Configuration {
            provenance: declared,
            grading,
            ingest: IngestConfiguration::default(),
            run: RunConfiguration::default(),
            converge: tributary_converge::Settings::default(),
        };
        let text =
            toml::to_string(&configuration).map_err(|e| EngineError::Configuration { path: root.join("tributary.toml"), problem: e.to_string() })?;
        // The configuration comes last: a folder without it is no workspace.
        write_whole(&root.join("tributary.toml"), format!("# Settings of this workspace; docs/configuration.md explains them.\n{text}").as_bytes())?;
        Self::open(root)
    }

    /// Opens a workspace.
    ///
    /// # Errors
    /// It is none, its configuration cannot be understood, or its lake is damaged.
    pub fn open(root: &Path) -> Result<Self, EngineError> {
        let path = root.join("tributary.toml");
        if !path.is_file() {
            return Err(EngineError::NoWorkspace { path: root.to_path_buf() });
        }
        let text = std::fs::read_to_string(&path).map_err(EngineError::io("read", &path))?;
        let configuration: Configuration =
            toml::from_str(&text).map_err(|e| EngineError::Configuration { path: path.clone(), problem: e.to_string() })?;
        let problem = configuration.converge.problem().or_else(|| configuration.problem());
        if let Some(problem) = problem {
            return Err(EngineError::Configuration { path, problem: problem.to_owned() });
        }
        Ok(Self { root: root.to_path_buf(), configuration, lake: Lake::open(root)? })
    }

    /// The folder.
    #[must_use]
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The settings.
    #[must_use]
    pub const fn configuration(&self) -> &Configuration {
        &self.configuration
    }

    /// The lake.
    #[must_use]
    pub const fn lake(&self) -> &Lake {
        &self.lake
    }

    /// The packs in force.
    ///
    /// # Errors
    /// A file cannot be read, or a pack breaks a rule.
    pub fn packs(&self) -> Result<PackSet, EngineError> {
        let folder = self.root.join("packs");
        load_packs(&folder)
    }

    /// Provenance of what is collected now: the workspace's declaration, and the given source, the workspace's, or [`UNDECLARED`].
    #[must_use]
    pub fn provenance(&self, source: Option<&str>, collected_at: Timestamp) -> Provenance {
        Provenance {
            source: source.or(self.configuration.ingest.source.as_deref()).unwrap_or(UNDECLARED).to_owned(),
            collected_at,
            legal_basis: self.configuration.provenance.legal_basis.clone(),
            purpose: self.configuration.provenance.purpose.clone(),
            grading: self.configuration.grading,
        }
    }

    /// What must be said beside every result: that the data, or some of them, were taken in for evaluation only.
    ///
    /// # Errors
    /// The manifest cannot be read.
    pub fn caution(&self) -> Result<Option<String>, EngineError> {
        let declared = |basis: &str, purpose: &str| basis == EVALUATION_ONLY || purpose == EVALUATION_ONLY;
        let batches = self.lake.batches()?;
        let held = batches.iter().filter(|batch| declared(&batch.provenance.legal_basis, &batch.provenance.purpose)).count();
        let here = declared(&self.configuration.provenance.legal_basis, &self.configuration.provenance.purpose);
        if held == 0 && !(here && batches.is_empty()) {
            return Ok(None);
        }
        let how_many = if held == batches.len() { "all data here were" } else { "some of the data here were" };
        Ok(Some(format!("for evaluation only: {how_many} taken in without a declared legal basis and purpose, and results may serve no other use")))
    }

    /// Takes a file in.
    ///
    /// # Errors
    /// The file was refused whole, or could not be read or stored; nothing was committed then.
    pub fn ingest(&self, request: &IngestRequest, observer: &dyn IngestObserver) -> Result<IngestReport, EngineError> {
        Ok(self.lake.ingest(request, observer)?)
    }

    /// Options of a query session of this workspace. Spills stay in the workspace, where access is as guarded as for the lake.
    #[must_use]
    pub fn session_options(&self, threads: usize) -> SessionOptions {
        let spill = self.root.join("spill");
        SessionOptions {
            threads,
            memory_limit_bytes: Some(self.configuration.run.memory_mib << 20),
            spill_dir: std::fs::create_dir_all(&spill).ok().map(|()| spill),
            time_limit: None,
        }
    }
}

/// Loads and checks the packs of a folder.
///
/// # Errors
/// A file cannot be read, or a pack breaks a rule.
pub fn load_packs(folder: &Path) -> Result<PackSet, EngineError> {
    PackSet::load(&text_files(folder)?).map_err(|errors| EngineError::Packs { path: folder.to_path_buf(), errors })
}
