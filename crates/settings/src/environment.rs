//! Variables of the process and of a `.env` file in the working directory; real variables win.

use std::collections::HashMap;
use std::ffi::OsString;

use crate::invalid::InvalidSettings;

/// Where settings are looked up.
pub struct Environment {
    process: Process,
    from_file: HashMap<String, String>,
}

enum Process {
    /// This one.
    Own,
    /// Made up, for tests.
    Given(HashMap<String, OsString>),
}

impl Environment {
    /// This process's own, and `.env`, if there is one.
    ///
    /// # Errors
    /// If there is a `.env` that cannot be read.
    pub fn load() -> Result<Self, InvalidSettings> {
        let from_file = match dotenvy::from_path_iter(".env") {
            Ok(lines) => lines.collect::<Result<HashMap<_, _>, _>>(),
            Err(error) if error.not_found() => Ok(HashMap::new()),
            Err(error) => Err(error),
        };
        // The error quotes the line, which may hold a key.
        let from_file = from_file
            .map_err(|_| InvalidSettings::one("the file .env cannot be read".to_owned()))?;
        Ok(Self {
            process: Process::Own,
            from_file,
        })
    }

    /// One that consists of these variables.
    pub fn of(variables: impl IntoIterator<Item = (String, OsString)>) -> Self {
        Self {
            process: Process::Given(variables.into_iter().collect()),
            from_file: HashMap::new(),
        }
    }

    /// The value of a variable; an error where it is set and is not text.
    pub(crate) fn get(&self, name: &str) -> Result<Option<String>, NotText> {
        match self.of_process(name).map(OsString::into_string) {
            Some(Ok(value)) => Ok(Some(value)),
            Some(Err(_)) => Err(NotText),
            None => Ok(self.from_file.get(name).cloned()),
        }
    }

    #[expect(clippy::disallowed_methods, reason = "this is the one reader")]
    fn of_process(&self, name: &str) -> Option<OsString> {
        match &self.process {
            Process::Own => std::env::var_os(name),
            Process::Given(variables) => variables.get(name).cloned(),
        }
    }
}

/// A variable is set and is not UTF-8. To take it for unset would let a default, or a `.env`, count instead.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotText;
