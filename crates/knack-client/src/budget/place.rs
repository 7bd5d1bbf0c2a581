//! Where a budget is kept, as `KNACK_BUDGET` names it.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

/// A file, or a Redis.
pub enum BudgetPlace {
    /// Shared by whoever may use it.
    File(PathBuf),
    /// Shared by all machines that reach it.
    Redis(Box<redis::Client>),
}

/// `KNACK_BUDGET` cannot be used; the end of a sentence that begins with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidBudget {
    /// It has another form.
    #[error("must be like file:/absolute/path, redis://host:6379/0 or rediss://…")]
    Form,
    /// Nothing can be kept there.
    #[error("must name a regular file, and not a folder, link, pipe or device")]
    NotAFile,
}

impl BudgetPlace {
    /// Reads `file:/absolute/path`, or the URL of a Redis.
    pub fn parse(text: &str) -> Result<Self, InvalidBudget> {
        if ["redis://", "rediss://"]
            .iter()
            .any(|scheme| text.starts_with(scheme))
        {
            let client = redis::Client::open(text).map_err(|_| InvalidBudget::Form)?;
            return Ok(Self::Redis(Box::new(client)));
        }
        let path = text.strip_prefix("file:").map(Path::new);
        let Some(path) = path.filter(|path| path.is_absolute()) else {
            return Err(InvalidBudget::Form);
        };
        let is_there = fs::symlink_metadata(path);
        if text.ends_with('/') || is_there.is_ok_and(|there| !there.is_file()) {
            return Err(InvalidBudget::NotAFile);
        }
        Ok(Self::File(path.to_owned()))
    }
}

/// The URL of a Redis may hold a password.
impl fmt::Debug for BudgetPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(out, "File({})", path.display()),
            Self::Redis(_) => out.write_str("Redis"),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use nix::sys::stat::Mode;

    use super::*;

    #[test]
    fn a_budget_is_an_absolute_regular_file_or_a_redis() {
        let folder = tempfile::tempdir().unwrap();
        let in_folder = |name: &str| format!("file:{}", folder.path().join(name).display());
        fs::write(folder.path().join("there"), "").unwrap();
        symlink(folder.path().join("there"), folder.path().join("link")).unwrap();
        nix::unistd::mkfifo(&folder.path().join("fifo"), Mode::S_IRWXU).unwrap();
        for (text, expected) in [
            ("file:/run/knack.budget".to_owned(), None),
            (in_folder("there"), None),
            (in_folder("not there"), None),
            ("redis://localhost".to_owned(), None),
            ("redis://:canary@10.0.0.1:6379/3".to_owned(), None),
            (
                "rediss://:canary@redis.example:6380/0#insecure".to_owned(),
                None,
            ),
            (String::new(), Some(InvalidBudget::Form)),
            ("file:".to_owned(), Some(InvalidBudget::Form)),
            ("file:relative".to_owned(), Some(InvalidBudget::Form)),
            ("/run/knack".to_owned(), Some(InvalidBudget::Form)),
            ("redis:".to_owned(), Some(InvalidBudget::Form)),
            ("redis://".to_owned(), Some(InvalidBudget::Form)),
            ("redis://host:port".to_owned(), Some(InvalidBudget::Form)),
            (
                "unix:///run/redis.sock".to_owned(),
                Some(InvalidBudget::Form),
            ),
            ("file:/dev/null".to_owned(), Some(InvalidBudget::NotAFile)),
            ("file:/dev/zero".to_owned(), Some(InvalidBudget::NotAFile)),
            ("file:/".to_owned(), Some(InvalidBudget::NotAFile)),
            (in_folder(""), Some(InvalidBudget::NotAFile)),
            (in_folder("link"), Some(InvalidBudget::NotAFile)),
            (in_folder("fifo"), Some(InvalidBudget::NotAFile)),
        ] {
            let parsed = BudgetPlace::parse(&text);
            assert!(!format!("{parsed:?}").contains("canary"), "{parsed:?}");
            assert_eq!(parsed.err(), expected, "{text}");
        }
    }
}
