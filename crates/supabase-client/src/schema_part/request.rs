//! What a request says of the schema where the answer does not: which table it is about, and by which key it writes.

use std::fmt;

use url::Url;

use super::{Name, SchemaPart};
use crate::{SqlState, SupabaseError};

/// A unique key, by what it is on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    table: Name,
    columns: Vec<Name>,
}

impl Key {
    /// By which a request to this address writes.
    fn of(url: &Url) -> Option<Self> {
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

impl SchemaPart {
    fn of_request(self, code: SqlState, url: &Url) -> Self {
        match (code.as_str(), self) {
            ("42P10", Self::Unnamed) => Self::no_unique_key(url),
            ("428C9", Self::Generated { column, .. }) => Self::Generated {
                column,
                table: table(url),
            },
            (_, part) => part,
        }
    }

    /// There is none as a request to this address names it.
    fn no_unique_key(url: &Url) -> Self {
        Key::of(url).map_or(Self::Unnamed, Self::NoUniqueKey)
    }
}

impl SupabaseError {
    /// The same, of a request to this address.
    #[must_use]
    pub fn of_request(self, url: &Url) -> Self {
        match self {
            Self::Refused { status, code, part } => Self::Refused {
                status,
                code,
                part: part.of_request(code, url),
            },
            Self::ResolutionIgnored(_) => Self::ResolutionIgnored(SchemaPart::no_unique_key(url)),
            error => error,
        }
    }
}

/// The last part of the path.
fn table(url: &Url) -> Option<Name> {
    url.path_segments()?.next_back().and_then(Name::new)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an error says of a request, once it knows which.
    fn said(code: &str, message: &str, address: &str) -> String {
        let code = SqlState::new(code);
        let error = SupabaseError::Refused {
            status: 400,
            code,
            part: SchemaPart::named_by(code, message),
        };
        error.of_request(&address.parse().unwrap()).to_string()
    }

    #[test]
    fn a_key_that_is_missing_is_named_by_the_request_that_writes_by_it() {
        let no_key =
            "there is no unique or exclusion constraint matching the ON CONFLICT specification";
        for (path, expected) in [
            (
                "students?on_conflict=email%2Cacademic_year",
                "(status 400, code 42P10: there is no unique key on students (email, academic_year))",
            ),
            (
                "vespa_scores?on_conflict=id",
                "(status 400, code 42P10: there is no unique key on vespa_scores (id))",
            ),
            // Of a trigger's own statement, or with a name that is none.
            ("students", "(status 400, code 42P10)"),
            ("students?on_conflict=<b>", "(status 400, code 42P10)"),
        ] {
            let address = format!("https://project.example/rest/v1/{path}");
            let said = said("42P10", no_key, &address);
            assert!(said.ends_with(expected), "{path}: {said}");
        }
    }

    #[test]
    fn a_column_that_takes_no_value_is_named_with_its_table() {
        let address = "https://project.example/rest/v1/students?on_conflict=id";
        for message in [
            r#"cannot insert a non-DEFAULT value into column "name""#,
            r#"column "name" can only be updated to DEFAULT"#,
        ] {
            let said = said("428C9", message, address);
            let expected = r#": the database makes column "name" of "students" itself and takes no value for it)"#;
            assert!(said.ends_with(expected), "{said}");
        }
    }
}
