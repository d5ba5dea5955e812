//! A ledger's folder, or a copy of one, as the ledger's store. It is read, never written.

use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use tributary_ledger::{StoreError, TileRead};

/// Bytes of one file of a ledger: 256 entries of 65,535 bytes with their lengths.
const FILE_MAX: u64 = 256 * 65_537;

/// The folder.
pub(crate) struct Folder(pub(crate) PathBuf);

impl TileRead for Folder {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
        match read(&self.0.join(name), FILE_MAX) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
            Err(error) => Err(StoreError::Failed { name: name.to_owned(), why: error.to_string() }),
        }
    }
}

/// A file of at most so many bytes.
pub(crate) fn read(path: &Path, most: u64) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > most {
        return Err(std::io::Error::new(ErrorKind::InvalidData, format!("it is longer than {most} bytes")));
    }
    Ok(bytes)
}
