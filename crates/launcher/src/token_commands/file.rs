//! The file of tokens on disk. It is replaced whole, by a file of the same owner and rights, so that a launcher that reads it at
//! that moment finds the old one or the new one and never half of one.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::PathBuf;

use settings::{Environment, InvalidSettings, Reader};

use crate::access::{InvalidTokens, ListedToken, Tokens};
use crate::config::declared;

/// The file cannot be read or changed. Nothing was changed then.
#[derive(Debug, thiserror::Error)]
pub(super) enum TokensProblem {
    #[error("{0}")]
    Settings(String),
    #[error("LAUNCHER_TOKENS_FILE {0}. Nothing was changed.")]
    Invalid(InvalidTokens),
    #[error(
        "LAUNCHER_TOKENS_FILE names a file that cannot be {what}: {error}. Nothing was changed."
    )]
    File {
        what: &'static str,
        error: std::io::Error,
    },
    #[error(
        "There is no token with this name in the file; `sync-launcher token list` shows all names. Nothing was changed."
    )]
    NoSuchToken,
    #[error(
        "This is the only token in the file, and the launcher refuses a file without one. Nothing was changed. Add another token first, or stop the launcher."
    )]
    LastToken,
    #[error(
        "The file was changed by someone else at the same time. Nothing was changed. Try again."
    )]
    ChangedMeanwhile,
}

/// Where it is, with links followed.
pub(super) struct TokensFile(PathBuf);

/// A file that nobody else of us edits meanwhile.
pub(super) struct Edit<'a> {
    file: &'a TokensFile,
    before: Vec<u8>,
    /// Locked until this is dropped.
    _lock: File,
}

impl TokensFile {
    pub(super) fn of_settings(
        environment: &Result<Environment, InvalidSettings>,
    ) -> Result<Self, TokensProblem> {
        let settings = |error: &InvalidSettings| TokensProblem::Settings(error.to_string());
        let environment = environment.as_ref().map_err(settings)?;
        let mut reader = Reader::of(environment);
        let path = reader.require(&declared::TOKENS_PATH);
        reader.finish().map_err(|error| settings(&error))?;
        let path = path.expect("what is required is there");
        let path = fs::canonicalize(path).map_err(cannot_be("read"))?;
        Ok(Self(path))
    }

    pub(super) fn tokens(&self) -> Result<Vec<ListedToken>, TokensProblem> {
        let bytes = fs::read(&self.0).map_err(cannot_be("read"))?;
        listed(&bytes)
    }
}

fn listed(bytes: &[u8]) -> Result<Vec<ListedToken>, TokensProblem> {
    let tokens = Tokens::parse(bytes).map_err(TokensProblem::Invalid)?;
    Ok(tokens.listed().collect())
}

fn cannot_be(what: &'static str) -> impl FnOnce(std::io::Error) -> TokensProblem {
    move |error| TokensProblem::File { what, error }
}

impl<'a> Edit<'a> {
    pub(super) fn begin(file: &'a TokensFile) -> Result<Self, TokensProblem> {
        let lock = File::open(&file.0).map_err(cannot_be("read"))?;
        lock.lock().map_err(cannot_be("locked"))?;
        let before = fs::read(&file.0).map_err(cannot_be("read"))?;
        Ok(Self {
            file,
            before,
            _lock: lock,
        })
    }

    /// Removes the line of the token with this name.
    pub(super) fn without(self, name: &str) -> Result<(), TokensProblem> {
        let tokens = listed(&self.before)?;
        let token = tokens.iter().find(|token| token.name == name);
        let token = token.ok_or(TokensProblem::NoSuchToken)?;
        if tokens.len() == 1 {
            return Err(TokensProblem::LastToken);
        }
        let lines = self.before.split_inclusive(|byte| *byte == b'\n');
        let kept = lines
            .enumerate()
            .filter(|(n, _)| n + 1 != token.line)
            .map(|(_, line)| line);
        self.replace(&kept.collect::<Vec<_>>().concat())
    }

    fn replace(&self, text: &[u8]) -> Result<(), TokensProblem> {
        let path = &self.file.0;
        let old = fs::metadata(path).map_err(cannot_be("read"))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let beside = path.with_file_name(format!(".{name}.{}", std::process::id()));
        let written = write(&beside, text, &old).map_err(cannot_be("written"));
        let replaced = written.and_then(|()| {
            // Editors keep no lock.
            if fs::read(path).map_err(cannot_be("read"))? != self.before {
                return Err(TokensProblem::ChangedMeanwhile);
            }
            fs::rename(&beside, path).map_err(cannot_be("replaced"))
        });
        if replaced.is_err() {
            // It may not have been made at all.
            drop(fs::remove_file(&beside));
        }
        replaced
    }
}

/// A new file with the owner and the rights of the old one: the launcher must be able to read it, and nobody else more than
/// before.
fn write(path: &PathBuf, text: &[u8], old: &fs::Metadata) -> std::io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(text)?;
    let new = file.metadata()?;
    if (new.uid(), new.gid()) != (old.uid(), old.gid()) {
        fchown(&file, Some(old.uid()), Some(old.gid()))?;
    }
    file.set_permissions(fs::Permissions::from_mode(old.mode() & 0o7777))?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(n: u8, name: &str) -> String {
        format!("{} all {name}", format!("{n:02x}").repeat(32))
    }

    fn revoke(before: &str, name: &str) -> (Result<(), TokensProblem>, String) {
        let folder = std::env::temp_dir().join(format!("tokens-{}", uuid::Uuid::new_v4()));
        fs::create_dir(&folder).unwrap();
        let path = folder.join("tokens");
        fs::write(&path, before).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        let file = TokensFile(path.clone());
        let outcome = Edit::begin(&file).and_then(|edit| edit.without(name));
        let after = fs::read_to_string(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o640);
        assert_eq!(
            fs::read_dir(&folder).unwrap().count(),
            1,
            "nothing is left over"
        );
        fs::remove_dir_all(folder).unwrap();
        (outcome, after)
    }

    #[test]
    fn a_tokens_line_is_removed_and_all_else_stays_as_it_was() {
        let (one, two, three) = (line(1, "one"), line(2, "the office"), line(3, "three"));
        let before = format!("# callers\r\n{one}\r\n\n  {two}  \n# end\n{three}");
        for (name, expected) in [
            ("one", format!("# callers\r\n\n  {two}  \n# end\n{three}")),
            (
                "the office",
                format!("# callers\r\n{one}\r\n\n# end\n{three}"),
            ),
            (
                "three",
                format!("# callers\r\n{one}\r\n\n  {two}  \n# end\n"),
            ),
        ] {
            let (outcome, after) = revoke(&before, name);
            outcome.unwrap();
            assert_eq!(after, expected, "{name}");
        }
    }

    #[test]
    fn a_file_is_left_as_it_was_where_its_token_cannot_be_revoked() {
        let (one, two) = (line(1, "one"), line(2, "two"));
        for (before, name, said) in [
            (
                format!("{one}\n{two}\n"),
                "three",
                "no token with this name",
            ),
            (format!("{one}\n{two}\n"), "On", "no token with this name"),
            (format!("# x\n{one}\n"), "one", "the only token"),
            (format!("{one}\ncanary\n"), "one", "line 2"),
        ] {
            let (outcome, after) = revoke(&before, name);
            let problem = outcome.unwrap_err().to_string();
            assert!(problem.contains(said), "{problem}");
            assert!(problem.contains("Nothing was changed"), "{problem}");
            assert!(!problem.contains("canary"), "{problem}");
            assert_eq!(after, before, "{name}");
        }
    }
}
