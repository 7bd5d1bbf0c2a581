//! The file of access tokens, as it was last read. A file with a mistake never replaces one that was good.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use parking_lot::RwLock;

use super::caller::Caller;
use super::tokens::Tokens;

/// Some five thousand tokens.
const LARGEST: u64 = 1_000_000;

/// The tokens of a file.
pub(crate) struct TokenFile {
    path: PathBuf,
    tokens: RwLock<Tokens>,
}

impl TokenFile {
    /// Reads the file; what is wrong with it as the end of a sentence.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        Ok(Self {
            path: path.to_owned(),
            tokens: RwLock::new(read(path)?),
        })
    }

    pub(super) fn find(&self, token: &str) -> Option<Caller> {
        self.tokens.read().find(token)
    }

    /// Reads the file again. Whether its tokens are now those in force.
    pub(super) fn reread(&self) -> bool {
        match read(&self.path) {
            Ok(tokens) => {
                tracing::info!(tokens = tokens.len(), "tokens read again");
                *self.tokens.write() = tokens;
                true
            }
            Err(problem) => {
                tracing::error!(
                    "LAUNCHER_TOKENS_FILE {problem}; the tokens read before stay in force"
                );
                false
            }
        }
    }
}

fn read(path: &Path) -> Result<Tokens, String> {
    let bytes = settings::read_regular(path, LARGEST)
        .map_err(|error| format!("names a file that cannot be read: it {error}"))?;
    if is_open_to_all(path) {
        tracing::warn!(
            "LAUNCHER_TOKENS_FILE can be changed by every user of this machine, who could add a token of their own: run chmod o-w on it"
        );
    }
    Tokens::parse(&bytes).map_err(|error| error.to_string())
}

/// Only worth a warning: some systems show every file of a mounted folder so.
fn is_open_to_all(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| metadata.mode() & 0o002 != 0)
}
