//! Making a backup while the register serves: one transaction that reads, some rows at a time.

use std::io::{BufWriter, Write as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};
use tributary_ledger::checkpoint::Checkpoint;
use tributary_ledger::hash::Hash;
use tributary_ledger::note::VerifierKey;
use tributary_ledger::store::TileRead as _;
use tributary_model::Timestamp;
use tributary_vault::hex;

use super::{CHECKPOINT, FORMAT, Growing, LogPoint, MANIFEST, Manifest, Part, SEAL, SMALL_MAX, is_name, part_of, seal_of};
use crate::store::pool::{Link, schema};
use crate::store::published::next_place;
use crate::store::tables::{TABLES, Table};
use crate::store::value::Value;
use crate::{CasesError, LedgerFolder, Store};

/// Rows in memory at once.
const ROWS: usize = 256;

/// Makes a folder that nobody else may look into.
fn private_folder(path: &Path) -> std::io::Result<()> {
    let mut folder = std::fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

fn private_file(path: &Path) -> std::io::Result<std::fs::File> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The parts of a backup that is being made.
struct Parts {
    folder: Growing,
}

impl Parts {
    fn begin(to: &Path, random: &str) -> Result<Self, CasesError> {
        let name =
            to.file_name().and_then(|name| name.to_str()).ok_or_else(|| CasesError::Backup(format!("`{}` is no name for a backup", to.display())))?;
        if to.symlink_metadata().is_ok() {
            return Err(CasesError::Backup(format!("`{}` is there already; nothing is written over: give another name", to.display())));
        }
        let beside = to.with_file_name(format!(".{name}.{random}.part"));
        private_folder(&beside).map_err(|error| CasesError::file(&beside, &error))?;
        Ok(Self { folder: Growing::at(beside) })
    }

    /// Writes a small part whole.
    fn put(&self, name: &str, bytes: &[u8]) -> Result<Part, CasesError> {
        let path = self.folder.path().join(name);
        let written = private_file(&path).and_then(|mut file| {
            file.write_all(bytes)?;
            file.sync_all()
        });
        written.map_err(|error| CasesError::file(&path, &error))?;
        Ok(Part { name: name.to_owned(), rows: None, bytes: bytes.len() as u64, sha256: hex(&Sha256::digest(bytes)) })
    }

    /// Writes the rows of a table as they come.
    async fn rows(&self, link: &mut Link, table: &Table) -> Result<Part, CasesError> {
        let name = part_of(table);
        let path = self.folder.path().join(&name);
        let failed = |error: std::io::Error| CasesError::file(&path, &error);
        let mut file = BufWriter::new(private_file(&path).map_err(failed)?);
        let (mut hash, mut rows, mut bytes) = (Sha256::new(), 0, 0);
        let mut after: Vec<Value> = vec![Value::from(""); table.key];
        loop {
            let limit = i64::try_from(ROWS).unwrap_or(1);
            let page = link.rows(table.page, after.iter().cloned().chain([limit.into()]).collect()).await?;
            for row in &page {
                let line = format!("{}\n", row.json());
                hash.update(&line);
                file.write_all(line.as_bytes()).map_err(failed)?;
                rows += 1;
                bytes += line.len() as u64;
            }
            let Some(last) = page.last().filter(|_| page.len() == ROWS) else { break };
            after = (0..table.key).map(|column| last.text(column).map(Value::from)).collect::<Result<_, _>>()?;
        }
        file.into_inner().map_err(|error| failed(error.into_error()))?.sync_all().map_err(failed)?;
        Ok(Part { name, rows: Some(rows), bytes, sha256: hex(&hash.finalize()) })
    }
}

impl Store {
    /// Makes a backup of one state of the store, while others write. `extras` are small files that go along (policies, settings; never keys).
    ///
    /// # Errors
    /// [`CasesError::Backup`] where the name is taken or a file cannot be written; of the store and the log's folder. Nothing is left then
    /// under the name asked for.
    pub async fn backup(
        &self,
        folder: &LedgerFolder,
        log: &VerifierKey,
        to: &Path,
        extras: &[(&str, Vec<u8>)],
        at: Timestamp,
    ) -> Result<Manifest, CasesError> {
        if let Some((name, _)) = extras.iter().find(|(name, bytes)| !is_name(name) || name.ends_with(".key") || bytes.len() as u64 > SMALL_MAX) {
            return Err(CasesError::Backup(format!("`{name}` does not go into a backup")));
        }
        let growing = Parts::begin(to, &self.keys().id())?;
        // The checkpoint before the state: whatever it speaks of has a place in the state then.
        let checkpoint = folder.get(CHECKPOINT).map_err(|error| CasesError::Ledger(error.to_string()))?;
        let point = match &checkpoint {
            Some(bytes) => Checkpoint::open(bytes, log).map_err(|error| CasesError::Ledger(error.to_string()))?.0,
            None => Checkpoint { origin: log.name().to_owned(), size: 0, root: Hash::empty() },
        };
        let mut link = self.snapshot().await?;
        let given = next_place(&mut link).await?;
        if point.size > given {
            return Err(CasesError::StoreBehind { log: point.size, store: given });
        }
        let mut parts = Vec::new();
        for table in &TABLES {
            parts.push(growing.rows(&mut link, table).await?);
        }
        drop(link);
        if let Some(bytes) = &checkpoint {
            parts.push(growing.put(CHECKPOINT, bytes)?);
        }
        for (name, bytes) in extras {
            parts.push(growing.put(name, bytes)?);
        }
        let log = LogPoint { origin: point.origin, size: point.size, root: point.root.to_base64() };
        let manifest = Manifest { format: FORMAT, schema: schema(), made: at, log, parts };
        let mut text = serde_json::to_vec_pretty(&manifest).map_err(|error| CasesError::Backup(error.to_string()))?;
        text.push(b'\n');
        growing.put(MANIFEST, &text)?;
        growing.put(SEAL, format!("{}\n", seal_of(self.keys(), &text)).as_bytes())?;
        growing.folder.finish(to).map_err(|error| CasesError::file(to, &error))?;
        Ok(manifest)
    }
}
