//! The file of access tokens, as it was last read. A file with a mistake never replaces one that was good.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use nix::libc::O_NONBLOCK;
use parking_lot::RwLock;

use super::caller::Caller;
use super::tokens::Tokens;

/// Some ten thousand tokens.
const LARGEST: u64 = 1_048_576;

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

    /// Reads the file again.
    pub(super) fn reread(&self) {
        match read(&self.path) {
            Ok(tokens) => {
                tracing::info!(tokens = tokens.len(), "tokens read again");
                *self.tokens.write() = tokens;
            }
            Err(problem) => {
                tracing::error!(
                    "LAUNCHER_TOKENS_FILE {problem}; the tokens read before stay in force"
                );
            }
        }
    }
}

fn read(path: &Path) -> Result<Tokens, String> {
    let bytes = bytes(path)
        .map_err(|error| format!("names a file that cannot be read ({})", error.kind()))?;
    Tokens::parse(&bytes).map_err(|error| error.to_string())
}

/// A pipe or a device could keep the launcher waiting for ever, and has no end.
fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    let mut options = File::options();
    let file = options.read(true).custom_flags(O_NONBLOCK).open(path)?;
    let about = file.metadata()?;
    if about.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !about.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    file.take(LARGEST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > LARGEST {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}
