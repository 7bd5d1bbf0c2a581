//! A run of `sync-single-establishment` that has ended, and what it left.

use std::process::Output;

use sync_protocol::Summary;

/// How it ended.
#[derive(Debug)]
pub struct Run {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).expect("stdout is text"),
            stderr: String::from_utf8(output.stderr).expect("stderr is text"),
        }
    }
}

impl Run {
    /// The one document on stdout.
    ///
    /// # Panics
    /// If stdout holds anything else.
    pub fn summary(&self) -> Summary {
        assert_eq!(
            self.stdout.lines().count(),
            1,
            "one line on stdout: {self:?}"
        );
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The summary of a run that ended with this code.
    ///
    /// # Panics
    /// If it ended otherwise.
    #[track_caller]
    pub fn expect_code(&self, code: i32) -> Summary {
        assert_eq!(self.code, Some(code), "{self:?}");
        self.summary()
    }
}
