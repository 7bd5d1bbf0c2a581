//! Reading settings so that everything that is wrong is named in one message.

use crate::environment::{Environment, NotText};
use crate::invalid::InvalidSettings;
use crate::setting::{Declared, Setting};

/// Reads settings, and remembers what is wrong with them.
pub struct Reader<'a> {
    environment: &'a Environment,
    problems: Vec<String>,
}

impl<'a> Reader<'a> {
    /// Reads from this environment.
    pub fn of(environment: &'a Environment) -> Self {
        Self {
            environment,
            problems: Vec::new(),
        }
    }

    /// A setting's value; its default where it is not set. `None` where it has none, or where it is malformed.
    pub fn read<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        let declared = setting.declared();
        let (name, text) = match self.value(&declared) {
            Value::Set(name, text) => (name, text),
            Value::NotSet => {
                let default = declared.default?;
                return Some(setting.parse(default).expect("defaults are valid"));
            }
            Value::NotText(name) => {
                self.problem(format!("{name} is not text in UTF-8"));
                return None;
            }
        };
        match setting.parse(text.trim()) {
            Ok(value) => Some(value),
            Err(problem) => {
                self.problem(format!("{name} {problem}"));
                None
            }
        }
    }

    /// The same, and wrong where it is not set.
    pub fn require<T>(&mut self, setting: &Setting<T>) -> Option<T> {
        let problems = self.problems.len();
        let value = self.read(setting);
        if value.is_none() && self.problems.len() == problems {
            self.problem(format!("{} is not set", setting.declared().name));
        }
        value
    }

    /// Remembers something wrong that no single value shows.
    pub fn problem(&mut self, problem: String) {
        self.problems.push(problem);
    }

    /// The variables of these settings that are set, under the names they are set by. Does not check them: reading does.
    pub fn set<'s>(
        &self,
        settings: impl IntoIterator<Item = &'s Declared>,
    ) -> Vec<(&'static str, String)> {
        settings
            .into_iter()
            .filter_map(|setting| match self.value(setting) {
                Value::Set(name, text) => Some((name, text)),
                Value::NotSet | Value::NotText(_) => None,
            })
            .collect()
    }

    /// `Err` if anything read so far was missing or malformed.
    ///
    /// # Errors
    /// With all of it.
    pub fn finish(self) -> Result<(), InvalidSettings> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(InvalidSettings::all(self.problems))
        }
    }

    /// Of the first name that is set and not blank.
    fn value(&self, setting: &Declared) -> Value {
        for name in setting.names() {
            match self.environment.get(name) {
                Ok(Some(text)) if !text.trim().is_empty() => return Value::Set(name, text),
                Ok(_) => {}
                Err(NotText) => return Value::NotText(name),
            }
        }
        Value::NotSet
    }
}

enum Value {
    Set(&'static str, String),
    NotSet,
    NotText(&'static str),
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::os::unix::ffi::OsStringExt;

    use super::*;

    fn number(text: &str) -> Result<u8, String> {
        text.parse()
            .map_err(|_| "must be a small number".to_owned())
    }

    const LIMIT: Setting<u8> = Setting::with_default("LIMIT", "a limit", "7", number);
    const SIZE: Setting<u8> = Setting::required("SIZE", "a size", number).or(&["LENGTH"]);

    fn environment<V: Into<OsString>>(
        variables: impl IntoIterator<Item = (&'static str, V)>,
    ) -> Environment {
        let variables = variables.into_iter();
        Environment::of(variables.map(|(name, value)| (name.to_owned(), value.into())))
    }

    #[test]
    fn what_is_not_set_or_blank_is_its_default_or_missing() {
        let environment = environment([("LIMIT", " "), ("SIZE", "")]);
        let mut reader = Reader::of(&environment);
        assert_eq!(reader.read(&LIMIT), Some(7));
        assert_eq!(reader.require(&SIZE), None);
        assert_eq!(
            reader.finish().unwrap_err().to_string(),
            "Settings are missing or malformed: SIZE is not set."
        );
    }

    #[test]
    fn another_name_is_read_where_the_first_is_not_set_and_named_where_it_is_wrong() {
        let aliased = environment([("SIZE", ""), ("LENGTH", " 3 ")]);
        assert_eq!(Reader::of(&aliased).require(&SIZE), Some(3));
        let wrong = environment([("LENGTH", "canary")]);
        let mut reader = Reader::of(&wrong);
        assert_eq!(reader.require(&SIZE), None);
        let problem = reader.finish().unwrap_err().to_string();
        assert!(
            problem.ends_with("LENGTH must be a small number."),
            "{problem}"
        );
    }

    #[test]
    fn what_is_not_text_is_refused_by_name_and_never_taken_for_unset() {
        let odd = OsString::from_vec(vec![b'7', 0xff]);
        let environment = environment([("LIMIT", odd)]);
        let mut reader = Reader::of(&environment);
        assert_eq!(reader.read(&LIMIT), None);
        let problem = reader.finish().unwrap_err().to_string();
        assert!(problem.contains("LIMIT is not text"), "{problem}");
    }
}
