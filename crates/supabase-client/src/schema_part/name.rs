//! Names of tables, columns and keys.

use std::fmt;

/// PostgreSQL cuts names to this many bytes.
const LONGEST_NAME: usize = 63;

/// A name in the schema: short, and of letters that no sentence needs to fear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name(Box<str>);

impl Name {
    pub(super) fn new(text: &str) -> Option<Self> {
        let is_name = (1..=LONGEST_NAME).contains(&text.len())
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_$ ".contains(&byte));
        is_name.then(|| Self(text.into()))
    }

    /// The last part of a name that may have a schema in front.
    pub(super) fn unqualified(text: &str) -> Option<Self> {
        match text.split_once('.') {
            Some((schema, name)) => Self::new(schema).and(Self::new(name)),
            None => Self::new(text),
        }
    }

    /// The name alone.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "\"{}\"", self.0)
    }
}
