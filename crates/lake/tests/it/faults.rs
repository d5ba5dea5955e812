//! A fault table: every step of a commit fails twice, once before it has any effect and once after; then the lake is looked at again.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tributary_lake::disk::{Disk, DiskFile, RealDisk};
use tributary_lake::{Lake, NoObserver, Session, SessionOptions};

use crate::support::Place;

/// Fails at one step, before or after doing it.
struct FailingDisk {
    steps: Arc<AtomicU64>,
    fail_at: u64,
    after: bool,
}

impl FailingDisk {
    fn step<T>(&self, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
        step(&self.steps, self.fail_at, self.after, act)
    }
}

fn step<T>(steps: &AtomicU64, fail_at: u64, after: bool, act: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    let number = steps.fetch_add(1, Ordering::SeqCst) + 1;
    // After the failure the process is as good as dead: nothing more reaches the disk.
    if number > fail_at || (number == fail_at && !after) {
        return Err(io::Error::other("the disk failed"));
    }
    let done = act()?;
    if number == fail_at { Err(io::Error::other("the disk failed afterwards")) } else { Ok(done) }
}

struct FailingFile {
    inner: Box<dyn DiskFile>,
    steps: Arc<AtomicU64>,
    fail_at: u64,
    after: bool,
}

impl io::Write for FailingFile {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        step(&self.steps, self.fail_at, self.after, || self.inner.write(buffer))
    }
    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl DiskFile for FailingFile {
    fn sync(&mut self) -> io::Result<()> {
        step(&self.steps, self.fail_at, self.after, || self.inner.sync())
    }
}

impl FailingDisk {
    fn file(&self, inner: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(FailingFile { inner, steps: self.steps.clone(), fail_at: self.fail_at, after: self.after })
    }
}

impl Disk for FailingDisk {
    fn create_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|| RealDisk.create_folder(path))
    }
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.step(|| RealDisk.create(path)).map(|file| self.file(file))
    }
    fn append(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        self.step(|| RealDisk.append(path)).map(|file| self.file(file))
    }
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        self.step(|| RealDisk.rename(from, to))
    }
    fn sync_folder(&self, path: &Path) -> io::Result<()> {
        self.step(|| RealDisk.sync_folder(path))
    }
    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        self.step(|| RealDisk.truncate(path, length))
    }
    fn remove(&self, path: &Path) -> io::Result<()> {
        self.step(|| RealDisk.remove(path))
    }
    fn list(&self, path: &Path) -> io::Result<Vec<PathBuf>> {
        self.step(|| RealDisk.list(path))
    }
}

fn rows(lake: &Lake) -> u64 {
    let snapshot = lake.snapshot().unwrap();
    let session = Session::over(lake, &snapshot, &SessionOptions { threads: 1, ..SessionOptions::default() }).unwrap();
    let counted: usize = session.query("SELECT obs FROM parties").unwrap().iter().map(|batch| batch.num_rows()).sum();
    assert_eq!(counted as u64, snapshot.batches.iter().map(|batch| batch.rows).sum::<u64>());
    counted as u64
}

/// Files of batches that no committed batch owns.
fn strangers(lake: &Lake) -> usize {
    let owned = lake.snapshot().unwrap().batches.len();
    RealDisk.list(&lake.folder().join("batches")).unwrap().len() - owned + RealDisk.list(&lake.folder().join("new")).unwrap().len()
}

#[test]
fn whatever_step_fails_the_lake_is_before_or_after_and_never_between() {
    let old = b"party_id,kind\na,person\nb,person\n";
    let new = b"party_id,kind,gender\nc,person,x\nd,person,\ne,person,\nf,bad,\n";
    let mut fail_at = 0;
    let mut finished = false;
    while !finished {
        fail_at += 1;
        for after in [false, true] {
            let place = Place::new();
            place.ingest("parties.csv", old).unwrap();
            let steps = Arc::new(AtomicU64::new(0));
            let disk = Arc::new(FailingDisk { steps, fail_at, after });
            let request = place.request("parties.csv", new);
            let done = Lake::open_on(place.folder.path(), disk).and_then(|lake| lake.ingest(&request, &NoObserver));
            finished = done.is_ok();
            let lake = Lake::open(place.folder.path()).unwrap();
            let found = rows(&lake);
            assert!(found == 2 || found == 5, "step {fail_at}, after {after}: {found} rows");
            assert!(!finished || found == 5, "acknowledged and lost at step {fail_at}");
            assert_eq!(strangers(&lake), 0, "step {fail_at}, after {after}");
            lake.ingest(&request, &NoObserver).unwrap();
            assert_eq!(rows(&lake), 5, "again after step {fail_at}");
        }
    }
    assert!(fail_at > 15, "the table has {fail_at} steps");
}

#[test]
fn a_torn_end_of_the_manifest_is_ignored_and_cut_off() {
    let place = Place::new();
    place.ingest("parties.csv", b"party_id,kind\na,person\n").unwrap();
    let manifest = place.lake.folder().join("manifest.ndjson");
    let whole = std::fs::read(&manifest).unwrap();
    let unfinished = String::from_utf8(whole.clone()).unwrap().replace("\"parts\":1", "\"parts\":2");
    for torn in [&whole[..whole.len() / 2], b"\0\0\0\0\n".as_slice(), unfinished.as_bytes()] {
        std::fs::write(&manifest, [whole.as_slice(), torn].concat()).unwrap();
        let lake = Lake::open(place.folder.path()).unwrap();
        assert_eq!(lake.snapshot().unwrap().batches.len(), 1);
        assert_eq!(std::fs::read(&manifest).unwrap(), whole);
    }
    std::fs::write(&manifest, [whole.as_slice(), b"{}\n"].concat()).unwrap();
    assert!(Lake::open(place.folder.path()).is_err(), "a whole last line that cannot be read is damage, not a torn end");
    std::fs::write(&manifest, b"").unwrap();
    let emptied = Lake::open(place.folder.path()).unwrap();
    assert_eq!(std::fs::read_dir(emptied.folder().join("aside")).unwrap().count(), 1, "an unowned batch is set aside, never removed");
    std::fs::write(&manifest, [b"{}\n".as_slice(), &whole].concat()).unwrap();
    assert!(Lake::open(place.folder.path()).is_err(), "damage before the end is not hidden");
}

#[test]
fn two_ingests_do_not_interleave() {
    struct Second<'a>(&'a Place);
    impl tributary_lake::IngestObserver for Second<'_> {
        fn progress(&self, _: u64, _: u64, _: u64) -> tributary_ingest::Flow {
            let request = self.0.request("accounts.csv", b"account_id,kind\na,bank\n");
            let other = Lake::open(self.0.folder.path()).unwrap();
            assert!(matches!(other.ingest(&request, &NoObserver), Err(tributary_lake::LakeError::Busy { .. })));
            tributary_ingest::Flow::Continue
        }
    }
    let place = Place::new();
    let request = place.request("parties.csv", b"party_id,kind\na,person\n");
    place.lake.ingest(&request, &Second(&place)).unwrap();
}
