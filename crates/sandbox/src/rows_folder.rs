//! The folder in which an embedded world keeps its rows, held by one world at a time.
//!
//! It is locked before anything in it is changed. The lock is the kernel's, so it ends with the process that holds it,
//! however that ends. Must never be inherited by a child: that could outlive us.

use std::fs::{File, TryLockError, create_dir_all};
use std::io;
use std::path::Path;

use anyhow::{Result, anyhow};

const LOCK: &str = "world.lock";
const ANOTHER: &str = "DEMO_DATA=/another/folder scripts/demo";

/// A folder that is ours until this is dropped.
#[derive(Debug)]
pub(crate) struct RowsFolder {
    _lock: File,
}

impl RowsFolder {
    /// Makes the folder if need be, and holds it.
    pub(crate) fn hold(path: &Path) -> Result<Self> {
        let unusable = |error: io::Error| {
            let path = path.display();
            anyhow!(
                "The demo cannot keep its rows in {path} ({error}), and nothing was changed; give it a folder that it may write: {ANOTHER}"
            )
        };
        create_dir_all(path).map_err(unusable)?;
        let path = path.canonicalize().map_err(unusable)?;
        let mut options = File::options();
        let lock = options.write(true).create(true).truncate(false);
        let lock = lock.open(path.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let path = path.display();
                return Err(anyhow!(
                    "The demo already runs in {path}, and nothing was changed; stop that one, or give this one a folder of its own: {ANOTHER}"
                ));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
        }
        // The lock may be left over in a folder that can no longer be written.
        tempfile::tempfile_in(&path).map_err(unusable)?;
        Ok(Self { _lock: lock })
    }
}
