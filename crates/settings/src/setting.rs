//! A setting's declaration, and what is made of it for people.

use std::fmt::Write;

/// A setting: its name, what it means, and how its text becomes a value.
#[derive(Debug)]
pub struct Setting<T> {
    declared: Declared,
    parse: fn(&str) -> Result<T, String>,
}

/// A setting's declaration, apart from its type.
#[derive(Debug, Clone, Copy)]
pub struct Declared {
    /// Its variable.
    pub name: &'static str,
    /// Other names that are read where the first one is not set.
    pub aliases: &'static [&'static str],
    /// Its meaning: half a sentence, in Markdown.
    pub meaning: &'static str,
    /// Its default as text that its parser reads; nothing where it has none.
    pub default: Option<&'static str>,
    /// The documents' word for a setting without a default.
    without: &'static str,
    /// Whether its value must never be shown.
    pub is_secret: bool,
}

impl<T> Setting<T> {
    /// One that has to be set. `parse` says what is wrong as the end of a sentence that begins with the variable.
    pub const fn required(
        name: &'static str,
        meaning: &'static str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Self {
        Self::without(name, meaning, "required", parse)
    }

    /// One that may be left out; `without` says to people what holds then.
    pub const fn without(
        name: &'static str,
        meaning: &'static str,
        without: &'static str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Self {
        Self {
            declared: Declared {
                name,
                aliases: &[],
                meaning,
                default: None,
                without,
                is_secret: false,
            },
            parse,
        }
    }

    /// One with a default, written as anyone would write it.
    pub const fn with_default(
        name: &'static str,
        meaning: &'static str,
        default: &'static str,
        parse: fn(&str) -> Result<T, String>,
    ) -> Self {
        let mut setting = Self::without(name, meaning, default, parse);
        setting.declared.default = Some(default);
        setting
    }

    /// The same, read under other names too.
    #[must_use]
    pub const fn or(mut self, aliases: &'static [&'static str]) -> Self {
        self.declared.aliases = aliases;
        self
    }

    /// The same, and its value is never shown.
    #[must_use]
    pub const fn secret(mut self) -> Self {
        self.declared.is_secret = true;
        self
    }

    /// All but its type.
    pub const fn declared(&self) -> Declared {
        self.declared
    }

    pub(crate) fn parse(&self, text: &str) -> Result<T, String> {
        (self.parse)(text)
    }
}

impl Declared {
    /// Its name and its other names, in the order in which they are read.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases.iter().copied())
    }

    /// Its row in a table of the documents.
    pub fn row(&self) -> String {
        let others: Vec<String> = self
            .aliases
            .iter()
            .map(|name| format!("`{name}`"))
            .collect();
        let others = match others.as_slice() {
            [] => String::new(),
            names => format!(" (or {})", names.join(", ")),
        };
        let default = match self.default {
            Some(default) => format!("`{default}`"),
            None => self.without.to_owned(),
        };
        format!("| `{}`{others} | {} | {default} |", self.name, self.meaning)
    }
}

/// The settings as `--help` lists them.
pub fn help<'a>(settings: impl IntoIterator<Item = &'a Declared>) -> String {
    let settings: Vec<&Declared> = settings.into_iter().collect();
    let width = settings.iter().map(|it| it.name.len()).max().unwrap_or(0);
    let mut text =
        "Settings, from the environment or from a .env file in the working directory:\n".to_owned();
    for setting in settings {
        let meaning = setting.meaning.replace('`', "");
        let default = setting.default.map_or_else(
            || format!("[{}]", setting.without.replace('`', "")),
            |default| format!("[default: {default}]"),
        );
        writeln!(text, "  {:width$}  {meaning} {default}", setting.name)
            .expect("a String takes everything");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Result<u8, String> {
        text.parse()
            .map_err(|_| "must be a small number".to_owned())
    }

    const PORT: Setting<u8> =
        Setting::with_default("PORT", "where to listen, as `N`", "80", number);
    const KEY: Setting<u8> = Setting::required("KEY", "the key", number)
        .or(&["OLD_KEY", "OLDER_KEY"])
        .secret();

    #[test]
    fn a_row_shows_all_names_and_the_default() {
        assert_eq!(
            PORT.declared().row(),
            "| `PORT` | where to listen, as `N` | `80` |"
        );
        assert_eq!(
            KEY.declared().row(),
            "| `KEY` (or `OLD_KEY`, `OLDER_KEY`) | the key | required |"
        );
    }

    #[test]
    fn help_is_aligned_and_without_markdown() {
        let listed = help(&[PORT.declared(), KEY.declared()]);
        assert!(listed.ends_with(
            "  PORT  where to listen, as N [default: 80]\n  KEY   the key [required]\n"
        ));
    }
}
