//! The tables, columns and keys that a refresh relies on, as they are deployed.

/// One step of the schema.
#[derive(Debug, Clone, Copy)]
pub struct Migration {
    /// Its file's name, which begins with its time.
    pub name: &'static str,
    /// Its effect.
    pub sql: &'static str,
}

macro_rules! migration {
    ($name:literal) => {
        Migration {
            name: $name,
            sql: include_str!(concat!("../migrations/", $name)),
        }
    };
}

/// All of them, in the order in which they are applied.
pub const MIGRATIONS: [Migration; 2] = [
    migration!("20261101000000_schema.sql"),
    migration!("20261126000000_question_statistics.sql"),
];
