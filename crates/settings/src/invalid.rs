//! The one message that names everything wrong with the settings.

/// Settings that are missing or malformed: each by its variable, none with its value.
#[derive(Debug, thiserror::Error)]
#[error("Settings are missing or malformed: {}.", .0.join("; "))]
pub struct InvalidSettings(Vec<String>);

impl InvalidSettings {
    pub(crate) fn one(problem: String) -> Self {
        Self(vec![problem])
    }

    pub(crate) fn all(problems: Vec<String>) -> Self {
        Self(problems)
    }

    /// Each by itself.
    #[cfg(test)]
    pub(crate) fn problems(self) -> Vec<String> {
        self.0
    }
}
