//! Reading settings so that everything that is wrong is named in one message.

use crate::environment::{Environment, Unreadable};
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
            Value::Unreadable(name, why) => {
                self.problem(format!("{name} {why}"));
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
        // One that is read twice is reported once.
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    /// The variables of these settings that are set, under the names they are set by. Does not check their values: reading
    /// does.
    pub fn set<'s>(
        &mut self,
        settings: impl IntoIterator<Item = &'s Declared>,
    ) -> Vec<(&'static str, String)> {
        let mut set = Vec::new();
        for setting in settings {
            match self.value(setting) {
                Value::Set(name, text) => set.push((name, text)),
                Value::NotSet => {}
                Value::Unreadable(name, why) => self.problem(format!("{name} {why}")),
            }
        }
        set
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
                Err(why) => return Value::Unreadable(name, why),
            }
        }
        Value::NotSet
    }
}

enum Value {
    Set(&'static str, String),
    NotSet,
    Unreadable(&'static str, Unreadable),
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

    #[test]
    fn a_line_that_cannot_be_read_counts_only_where_its_setting_is_asked_for_and_not_set_otherwise()
    {
        let file = "OTHER=\"canary\nLIMIT=\"9\n";
        let none: [(&str, &str); 0] = [];
        let only_file = environment(none).with_file(file);
        let mut reader = Reader::of(&only_file);
        assert_eq!(reader.read(&LIMIT), None);
        let problem = reader.finish().unwrap_err().to_string();
        assert!(
            problem.contains("LIMIT is on line 2 of the file .env"),
            "{problem}"
        );

        let overridden = environment([("LIMIT", "3")]).with_file(file);
        let mut reader = Reader::of(&overridden);
        assert_eq!(reader.read(&LIMIT), Some(3));
        assert!(reader.finish().is_ok());

        let none: [(&str, &str); 0] = [];
        let good = environment(none).with_file("OTHER='\nLIMIT = 9 # of all\n");
        assert_eq!(Reader::of(&good).read(&LIMIT), Some(9));
    }

    #[test]
    fn settings_handed_on_that_cannot_be_read_are_refused_and_reported_once() {
        let odd = OsString::from_vec(vec![b'7', 0xff]);
        let environment = environment([("LIMIT", odd)]);
        let mut reader = Reader::of(&environment);
        assert_eq!(reader.set([&LIMIT.declared()]), []);
        assert_eq!(reader.read(&LIMIT), None);
        let problem = reader.finish().unwrap_err().to_string();
        assert_eq!(problem.matches("LIMIT").count(), 1, "{problem}");
    }
}
