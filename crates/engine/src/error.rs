//! What can go wrong in a use case, in words for the person at the terminal.

use std::path::{Path, PathBuf};

use tributary_lake::LakeError;
use tributary_typology::PackError;

/// A use case failed. Messages name the file or setting and the remedy; causes are in `source()`.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// There is no workspace there.
    #[error("`{}` is no workspace: make one with `tributary init {}`", path.display(), path.display())]
    NoWorkspace {
        /// The folder.
        path: PathBuf,
    },
    /// Something is there already.
    #[error("`{}` is not empty: choose a new folder, or open the workspace that is there", path.display())]
    NotEmpty {
        /// The folder.
        path: PathBuf,
    },
    /// The configuration cannot be read.
    #[error("`{}` cannot be understood: {problem}", path.display())]
    Configuration {
        /// The file.
        path: PathBuf,
        /// What is wrong, with line and key.
        problem: String,
    },
    /// A file could not be read or written.
    #[error("cannot {action} `{}`", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// The cause.
        source: std::io::Error,
    },
    /// No run yet.
    #[error("this workspace has no finished run: start one with `tributary run {}`", path.display())]
    NoRun {
        /// The workspace.
        path: PathBuf,
    },
    /// Nothing was ingested yet.
    #[error("this workspace has no observations: add some with `tributary ingest {} FILE...`", path.display())]
    NoObservations {
        /// The workspace.
        path: PathBuf,
    },
    /// No watch list yet.
    #[error("this workspace has no watch lists: load some with `tributary lists load {} LIST...`", path.display())]
    NoLists {
        /// The workspace.
        path: PathBuf,
    },
    /// A watch list cannot be used.
    #[error("the list `{list}`: {problem}")]
    List {
        /// The list's name.
        list: String,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// No pair of that id in the resolution queue.
    #[error("there is no pair `{id}` in the resolution queue, or more than one whose id begins so: `tributary resolution list` names them")]
    NoPair {
        /// What was asked for.
        id: String,
    },
    /// A file of transfers was refused as a whole.
    #[error("`{file}` is no file of transfers: {source}")]
    Transfers {
        /// The file.
        file: String,
        /// Why.
        source: tributary_ingest::IngestError,
    },
    /// No alert of that id.
    #[error("there is no alert `{id}` in the latest run: `tributary alerts` lists them")]
    NoAlert {
        /// What was asked for.
        id: String,
    },
    /// The packs in force break a rule.
    #[error("the packs in `{}` are not in order: {}", path.display(), errors.first().map_or_else(String::new, ToString::to_string))]
    Packs {
        /// The folder.
        path: PathBuf,
        /// All problems.
        errors: Vec<PackError>,
    },
    /// A table of the run does not have the shape it should.
    #[error("the enriched table `{table}` lacks column `{column}` or holds another type there")]
    Shape {
        /// The table or query.
        table: &'static str,
        /// The column.
        column: String,
    },
    /// Stopped by the person at the terminal.
    #[error("stopped before the end: nothing of this run was kept, everything ingested before is safe")]
    Stopped,
    /// The lake.
    #[error(transparent)]
    Lake(#[from] LakeError),
    /// The simulator.
    #[error(transparent)]
    World(#[from] tributary_world::WorldError),
    /// The evaluation.
    #[error(transparent)]
    Evaluate(#[from] tributary_evaluate::EvaluateError),
    /// A stage's own problem, in plain words.
    #[error("{stage}: {problem}")]
    Stage {
        /// Which stage.
        stage: &'static str,
        /// What is wrong.
        problem: String,
    },
}

impl EngineError {
    /// For `map_err` on file operations.
    pub(crate) fn io(action: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_path_buf();
        move |source| Self::Io { action, path, source }
    }

    /// The message and its causes, one a line, none of them twice.
    #[must_use]
    pub fn chain(&self) -> String {
        tributary_model::with_causes(self)
    }
}
