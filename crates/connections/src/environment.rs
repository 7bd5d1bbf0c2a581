//! Variables of the process and of a `.env` file, and reading settings from them so that everything wrong is named at once.

use std::collections::HashMap;

/// The process's variables and those of a `.env` file in the working directory; real variables win.
#[derive(Default)]
pub struct Environment {
    from_file: HashMap<String, String>,
}

/// Settings that are missing or malformed: each by its variable, none with its value.
#[derive(Debug, thiserror::Error)]
#[error("Settings are missing or malformed: {}.", .0.join("; "))]
pub struct InvalidSettings(Vec<String>);

/// Reads settings and remembers what is wrong with them.
pub struct Reader<L> {
    lookup: L,
    problems: Vec<String>,
}

impl Environment {
    /// Reads `.env`, if there is one.
    pub fn load() -> Result<Self, InvalidSettings> {
        let from_file = match dotenvy::from_path_iter(".env") {
            Ok(lines) => lines.collect::<Result<HashMap<_, _>, _>>(),
            Err(error) if error.not_found() => Ok(HashMap::new()),
            Err(error) => Err(error),
        };
        // The error quotes the line, which may hold a key.
        let from_file = from_file
            .map_err(|_| InvalidSettings(vec!["the file .env cannot be read".to_owned()]))?;
        Ok(Self { from_file })
    }

    /// The value of a variable.
    #[expect(clippy::disallowed_methods, reason = "this is the one reader")]
    pub fn get(&self, name: &str) -> Option<String> {
        std::env::var(name)
            .ok()
            .or_else(|| self.from_file.get(name).cloned())
    }

    /// Reads settings from it.
    pub fn reader(&self) -> Reader<impl Fn(&str) -> Option<String>> {
        Reader::new(|name| self.get(name))
    }
}

impl<L: Fn(&str) -> Option<String>> Reader<L> {
    /// Reads from `lookup`, for tests too.
    pub fn new(lookup: L) -> Self {
        Self {
            lookup,
            problems: Vec::new(),
        }
    }

    /// The first of `names` that is set and not blank.
    pub fn required<T>(
        &mut self,
        names: &[&str],
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let set = names
            .iter()
            .find_map(|name| Some((*name, self.value(name)?)));
        let Some((name, value)) = set else {
            self.problem(format!("{} is not set", names[0]));
            return None;
        };
        self.parsed(name, &value, parse)
    }

    /// The value of a variable that may be left out. `None` if it is, or if it is malformed.
    pub fn optional<T>(
        &mut self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        let value = self.value(name)?;
        self.parsed(name, &value, parse)
    }

    /// Remembers something wrong that no single value shows.
    pub fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// `Err` if anything read so far was missing or malformed.
    pub fn finish(self) -> Result<(), InvalidSettings> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(InvalidSettings(self.problems))
        }
    }

    fn value(&self, name: &str) -> Option<String> {
        (self.lookup)(name).filter(|value| !value.trim().is_empty())
    }

    fn parsed<T>(
        &mut self,
        name: &str,
        value: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Option<T> {
        match parse(value.trim()) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problem(format!("{name} {problem}"));
                None
            }
        }
    }
}
