//! One door for the tests: bytes in, report and quarantine out.

use std::path::{Path, PathBuf};

use tributary_ingest::{Limits, Mapping};
use tributary_lake::{BatchReport, IngestReport, IngestRequest, Lake, LakeError, NoObserver};
use tributary_model::provenance::{Grading, Handling, InformationGrade, SourceGrade};
use tributary_model::{Provenance, Timestamp};

/// A workspace that goes away with its test.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) lake: Lake,
}

pub(crate) fn provenance(source: &str) -> Provenance {
    Provenance {
        source: source.to_owned(),
        collected_at: Timestamp::parse("2025-06-01T00:00:00Z").unwrap(),
        legal_basis: "test".to_owned(),
        purpose: "test".to_owned(),
        grading: Grading { source: SourceGrade::Reliable, information: InformationGrade::A, handling: Handling::P },
    }
}

impl Place {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let lake = Lake::create(folder.path()).unwrap();
        Self { folder, lake }
    }

    pub(crate) fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub(crate) fn request(&self, name: &str, bytes: &[u8]) -> IngestRequest {
        IngestRequest::new(self.file(name, bytes), provenance("source-a"))
    }

    pub(crate) fn ingest(&self, name: &str, bytes: &[u8]) -> Result<IngestReport, LakeError> {
        self.lake.ingest(&self.request(name, bytes), &NoObserver)
    }

    pub(crate) fn ingest_small(&self, name: &str, bytes: &[u8], limits: Limits) -> Result<IngestReport, LakeError> {
        let mut request = self.request(name, bytes);
        request.limits = limits;
        self.lake.ingest(&request, &NoObserver)
    }

    pub(crate) fn mapped(&self, name: &str, bytes: &[u8], mapping: &str) -> Result<IngestReport, LakeError> {
        let mut request = self.request(name, bytes);
        request.mapping = Some(Mapping::parse(mapping).unwrap());
        self.lake.ingest(&request, &NoObserver)
    }
}

/// The account of a batch: nothing is lost.
pub(crate) fn account(batch: &BatchReport) {
    assert_eq!(batch.rows + batch.quarantined + batch.left_out, batch.rows_read, "{batch:?}");
}

/// Where data that belongs to others is.
pub(crate) fn data(path: &str) -> PathBuf {
    let root = std::env::var("TRIBUTARY_DATA").unwrap_or_else(|_| "../../../shared/data".to_owned());
    Path::new(&root).join(path)
}

/// Is there no such data on this machine, and was none promised? Then there is nothing to measure on; with `TRIBUTARY_DATA` set it must be there.
pub(crate) fn absent() -> bool {
    let absent = std::env::var_os("TRIBUTARY_DATA").is_none() && !data("").is_dir();
    if absent {
        eprintln!("TRIBUTARY_DATA is not set and there is no data beside the project: nothing to measure on");
    }
    absent
}
