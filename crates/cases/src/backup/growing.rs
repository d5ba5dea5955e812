//! A folder that is there whole or not at all.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A folder that grows under another name and is removed when it is dropped before it got its own.
#[derive(Debug)]
pub struct Growing {
    beside: PathBuf,
    whole: bool,
}

impl Growing {
    /// The folder that grows at this place, which lies beside the one it will have.
    #[must_use]
    pub const fn at(beside: PathBuf) -> Self {
        Self { beside, whole: false }
    }

    /// Where it grows.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.beside
    }

    /// Gives it its name, for good once this returns. A folder that is not empty is not written over: the system refuses.
    ///
    /// # Errors
    /// Of the file system; then the folder goes.
    pub fn finish(mut self, to: &Path) -> io::Result<()> {
        File::open(&self.beside)?.sync_all()?;
        std::fs::rename(&self.beside, to)?;
        self.whole = true;
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
        File::open(parent)?.sync_all()
    }
}

impl Drop for Growing {
    fn drop(&mut self) {
        if !self.whole {
            // What stays after all has a name that is nobody's.
            let _ = std::fs::remove_dir_all(&self.beside);
        }
    }
}
