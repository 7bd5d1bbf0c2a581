//! Unique keys, as requests name them.

use std::fmt;

use url::Url;

use super::name::Name;

/// A unique key, by what it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    table: Name,
    columns: Vec<Name>,
}

impl Key {
    /// By which a request to this address writes.
    pub(super) fn of(url: &Url) -> Option<Self> {
        let (_, key) = url.query_pairs().find(|(name, _)| name == "on_conflict")?;
        let columns: Option<Vec<Name>> = key.split(',').map(Name::new).collect();
        Some(Self {
            table: table(url)?,
            columns: columns?,
        })
    }
}

/// `students (email, academic_year)`
impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<&str> = self.columns.iter().map(Name::as_str).collect();
        write!(out, "{} ({})", self.table.as_str(), columns.join(", "))
    }
}

/// The table that a request to this address is about: the last part of the path.
pub(super) fn table(url: &Url) -> Option<Name> {
    url.path_segments()?.next_back().and_then(Name::new)
}
