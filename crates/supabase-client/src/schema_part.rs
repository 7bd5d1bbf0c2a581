//! The part of the schema that an error is about. PostgREST's `message` is text from outside that may quote a pupil's
//! data, so nothing of it is kept but names in the few forms that PostgreSQL and PostgREST write themselves.

mod key;
mod message;
mod name;
mod request;

use std::fmt;

pub use key::Key;
pub use name::Name;

/// The part that an error names, which also says what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum SchemaPart {
    /// Nothing, or nothing in a form that we know.
    #[default]
    Unnamed,
    /// A column that must not be empty.
    Required {
        /// The column.
        column: Name,
        /// Its table, which PostgreSQL names from version 13 on.
        table: Option<Name>,
    },
    /// A unique key, which another row already holds.
    UniqueKey(Name),
    /// A check that the row does not meet.
    Check(Name),
    /// A foreign key whose row is missing.
    ForeignKey(Name),
    /// The length of a text column; which one, PostgreSQL does not say.
    Length(u32),
    /// A column that there is not.
    NoColumn {
        /// The column.
        column: Name,
        /// The table that lacks it.
        table: Name,
    },
    /// A table that there is not.
    NoTable(Name),
    /// A unique key that there is not.
    NoUniqueKey(Key),
    /// A column that takes no value, since the database makes it itself.
    Generated {
        /// The column.
        column: Name,
        /// Its table, once it is known.
        table: Option<Name>,
    },
}

impl SchemaPart {
    /// Whether it is the key by which a row of this schema refers to its school.
    pub(crate) fn is_key_to_school(&self) -> bool {
        matches!(self, Self::ForeignKey(name) if name.as_str().contains("establishment"))
    }

    /// The fault, in words that follow a colon. A sentence about `table` does not name it twice.
    pub fn fault(&self, table: Option<&str>) -> Option<String> {
        Some(match self {
            Self::Unnamed => return None,
            Self::Required {
                column,
                table: of_table,
            } => {
                let column = column_of(column, of_table.as_ref(), table);
                format!("{column} must not be empty")
            }
            Self::UniqueKey(key) => {
                format!("the unique key {key} allows no second row with the same values")
            }
            Self::Check(check) => format!("the check {check} is not met"),
            Self::ForeignKey(key) => {
                format!("the foreign key {key} points to a row that is missing")
            }
            Self::Length(most) => format!("a text is longer than the {most} characters allowed"),
            Self::NoColumn { column, table } => format!("{table} has no column {column}"),
            Self::NoTable(name) => format!("there is no table {name}"),
            Self::NoUniqueKey(key) => format!("there is no unique key on {key}"),
            Self::Generated {
                column,
                table: of_table,
            } => {
                let column = column_of(column, of_table.as_ref(), table);
                format!("the database makes {column} itself and takes no value for it")
            }
        })
    }
}

/// `column "region" of "students"`, in a sentence that may be about this table.
fn column_of(column: &Name, table: Option<&Name>, about: Option<&str>) -> String {
    let elsewhere = table.filter(|table| Some(table.as_str()) != about);
    match elsewhere {
        Some(table) => format!("column {column} of {table}"),
        None => format!("column {column}"),
    }
}

/// Written behind a code: `: column "region" must not be empty`, or nothing.
impl fmt::Display for SchemaPart {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.fault(None) {
            Some(fault) => write!(out, ": {fault}"),
            None => Ok(()),
        }
    }
}
