//! Variables of the process and of a `.env` file in the working directory; real variables take precedence.

use std::collections::{BTreeSet, HashMap};
use std::ffi::OsString;
use std::path::Path;

use crate::dotenv::{self, Entry, Lines, NotText};
use crate::file::{UnreadableFile, read_regular};
use crate::invalid::InvalidSettings;

const FILE: &str = ".env";
const LARGEST_FILE: u64 = 1_000_000;

/// Where settings are looked up.
pub struct Environment {
    process: Process,
    file: Lines,
}

enum Process {
    /// This one.
    Own,
    /// Made up, for tests.
    Given(HashMap<String, OsString>),
}

impl Environment {
    /// This process's own, and `.env`, if there is one. A line of it that cannot be read is an error only for callers that ask
    /// for the variable that it would set.
    ///
    /// # Errors
    /// If there is a `.env` that cannot be read at all.
    pub fn load() -> Result<Self, InvalidSettings> {
        let environment = Self::of_process();
        let file = match read_regular(Path::new(FILE), LARGEST_FILE) {
            Ok(bytes) => dotenv::parse(&bytes, |name| environment.text_of_process(name))
                .map_err(|NotText| no_text()),
            Err(UnreadableFile::Missing) => Ok(Lines::default()),
            Err(error) => Err(unusable(error)),
        }?;
        if !file.unreadable.is_empty() {
            // Its text is not shown: it may hold a key.
            let lines: Vec<String> = file
                .unreadable
                .iter()
                .take(20)
                .map(usize::to_string)
                .collect();
            let lines = lines.join(", ");
            tracing::warn!(
                lines,
                "lines of the file {FILE} cannot be read and are ignored"
            );
        }
        Ok(Self {
            file,
            ..environment
        })
    }

    fn of_process() -> Self {
        Self {
            process: Process::Own,
            file: Lines::default(),
        }
    }

    /// One that consists of these variables.
    pub fn of(variables: impl IntoIterator<Item = (String, OsString)>) -> Self {
        Self {
            process: Process::Given(variables.into_iter().collect()),
            file: Lines::default(),
        }
    }

    /// The same with what this `.env` says.
    #[cfg(test)]
    pub(crate) fn with_file(self, text: &str) -> Self {
        let file = dotenv::parse(text.as_bytes(), |name| self.text_of_process(name));
        Self {
            file: file.expect("it is text"),
            ..self
        }
    }

    /// The names of all variables, whoever they are for.
    pub fn names(&self) -> BTreeSet<String> {
        let of_process: Vec<String> = match &self.process {
            Process::Own => std::env::vars_os()
                .map(|(name, _)| name.to_string_lossy().into_owned())
                .collect(),
            Process::Given(variables) => variables.keys().cloned().collect(),
        };
        let of_file = self.file.variables.keys().cloned();
        of_process.into_iter().chain(of_file).collect()
    }

    /// The value of a variable; an error where it is set and cannot be read.
    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, Unreadable> {
        match self.variable(name).map(OsString::into_string) {
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(Unreadable::NotText),
            None => match self.file.variables.get(name) {
                Some(Entry::Value(value)) => Ok(Some(value.clone())),
                Some(Entry::Unreadable { line }) => Err(Unreadable::Line(*line)),
                None => Ok(None),
            },
        }
    }

    /// The value of a variable of the process itself, which its libraries read too.
    pub(crate) fn text_of_process(&self, name: &str) -> Option<String> {
        self.variable(name)?.into_string().ok()
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one reader")]
    pub(crate) fn variable(&self, name: &str) -> Option<OsString> {
        match &self.process {
            Process::Own => std::env::var_os(name),
            Process::Given(variables) => variables.get(name).cloned(),
        }
    }
}

pub(crate) fn no_text() -> InvalidSettings {
    InvalidSettings::one(format!(
        "the file {FILE} is not text in UTF-8, perhaps UTF-16: save it as UTF-8"
    ))
}

pub(crate) fn unusable(error: UnreadableFile) -> InvalidSettings {
    InvalidSettings::one(format!(
        "the file {FILE} in the working directory {error}: mend or rename it"
    ))
}

/// A variable is set, and its value cannot be read. To take it for unset would let a default, or a `.env`, count instead.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    /// It is not UTF-8.
    #[error("is not text in UTF-8")]
    NotText,
    /// It is on this line of the file.
    #[error(
        "is on line {0} of the file {FILE}, which cannot be read: write NAME=value or NAME='value'"
    )]
    Line(usize),
}
