//! The few forms of `message` that are known, as PostgreSQL and PostgREST write them. A message of any other form may be
//! anybody's words.

use super::{Name, SchemaPart};
use crate::SqlState;

impl SchemaPart {
    /// The part that `message` names, if it has the form that belongs to `code`.
    pub fn named_by(code: SqlState, message: &str) -> Self {
        let part = match code.as_str() {
            "23502" => required(message),
            "23505" => constraint(message, "unique constraint").map(Self::UniqueKey),
            "23514" => constraint(message, "check constraint").map(Self::Check),
            "23503" => constraint(message, "foreign key constraint").map(Self::ForeignKey),
            "22001" => length(message),
            "428C9" => generated(message),
            "PGRST204" => column_not_in_cache(message),
            "42703" => no_column(message),
            "42P01" => between(message, "relation \"", "\" does not exist")
                .and_then(Name::unqualified)
                .map(Self::NoTable),
            "PGRST205" => between(
                message,
                "Could not find the table '",
                "' in the schema cache",
            )
            .and_then(Name::unqualified)
            .map(Self::NoTable),
            _ => None,
        };
        part.unwrap_or_default()
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.strip_prefix(before)?.strip_suffix(after)
}

fn required(message: &str) -> Option<SchemaPart> {
    let named = between(
        message,
        "null value in column \"",
        "\" violates not-null constraint",
    )?;
    let (column, table) = match named.split_once("\" of relation \"") {
        Some((column, table)) => (column, Some(Name::new(table)?)),
        None => (named, None),
    };
    let column = Name::new(column)?;
    Some(SchemaPart::Required { column, table })
}

/// `… violates check constraint "name"`, after the words with which PostgreSQL begins such a message.
fn constraint(message: &str, kind: &str) -> Option<Name> {
    const BEGINNINGS: [&str; 5] = [
        "duplicate key value",
        "new row for relation \"",
        "insert or update on table \"",
        "update or delete on table \"",
        "value for domain ",
    ];
    let (beginning, named) = message.split_once(&format!(" violates {kind} \""))?;
    let is_postgresqls = BEGINNINGS.iter().any(|words| beginning.starts_with(words));
    // A foreign key of another table is followed by that table.
    let (name, rest) = named.split_once('"')?;
    let rest_is_known = rest.is_empty() || between(rest, " on table \"", "\"").is_some();
    (is_postgresqls && rest_is_known)
        .then(|| Name::new(name))
        .flatten()
}

fn length(message: &str) -> Option<SchemaPart> {
    const TYPES: [&str; 2] = ["character varying(", "character("];
    let of_type = message.strip_prefix("value too long for type ")?;
    let length = TYPES.iter().find_map(|name| between(of_type, name, ")"))?;
    length.parse().ok().map(SchemaPart::Length)
}

/// Of an insert, and of an update.
fn generated(message: &str) -> Option<SchemaPart> {
    let inserted = || {
        between(
            message,
            "cannot insert a non-DEFAULT value into column \"",
            "\"",
        )
    };
    let updated = || between(message, "column \"", "\" can only be updated to DEFAULT");
    let column = inserted().or_else(updated).and_then(Name::new)?;
    Some(SchemaPart::Generated {
        column,
        table: None,
    })
}

fn column_not_in_cache(message: &str) -> Option<SchemaPart> {
    let named = between(message, "Could not find the '", "' in the schema cache")?;
    let (column, table) = named.split_once("' column of '")?;
    no_column_of(column, table)
}

/// Of a read, and of a write.
fn no_column(message: &str) -> Option<SchemaPart> {
    let named = between(message, "column ", " does not exist")?;
    if let Some(quoted) = between(named, "\"", "\"") {
        let (column, table) = quoted.split_once("\" of relation \"")?;
        return no_column_of(column, table);
    }
    let (table, column) = named.split_once('.')?;
    no_column_of(column, table)
}

fn no_column_of(column: &str, table: &str) -> Option<SchemaPart> {
    let (column, table) = (Name::new(column)?, Name::new(table)?);
    Some(SchemaPart::NoColumn { column, table })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(code: &str, message: &str) -> Option<String> {
        SchemaPart::named_by(SqlState::new(code), message).fault(None)
    }

    #[test]
    fn a_message_of_a_known_form_gives_its_names() {
        for (code, message, expected) in [
            (
                "23502",
                r#"null value in column "region" of relation "students" violates not-null constraint"#,
                r#"column "region" of "students" must not be empty"#,
            ),
            (
                "23502",
                r#"null value in column "region" violates not-null constraint"#,
                r#"column "region" must not be empty"#,
            ),
            (
                "23514",
                r#"value for domain grade violates check constraint "grade_check""#,
                r#"the check "grade_check" is not met"#,
            ),
            (
                "23503",
                r#"update or delete on table "students" violates foreign key constraint "fk 1" on table "notes""#,
                r#"the foreign key "fk 1" points to a row that is missing"#,
            ),
            (
                "22001",
                "value too long for type character(3)",
                "a text is longer than the 3 characters allowed",
            ),
            (
                "42P01",
                r#"relation "public.students" does not exist"#,
                r#"there is no table "students""#,
            ),
        ] {
            assert_eq!(fault(code, message).as_deref(), Some(expected), "{message}");
        }
    }

    #[test]
    fn a_message_of_another_form_or_with_more_than_a_name_in_it_gives_nothing() {
        let too_long = format!(
            "duplicate key value violates unique constraint \"{:x<64}\"",
            ""
        );
        for (code, message) in [
            ("P0001", "Anna Smith has no year group"),
            (
                "23502",
                r#"null value in column "anna@x.test" of relation "students" violates not-null constraint"#,
            ),
            ("23505", r#"Anna violates unique constraint "Anna Smith""#),
            (
                "23505",
                r#"duplicate key value violates unique constraint "k" of Anna"#,
            ),
            ("23505", &too_long),
            (
                "23514",
                r#"duplicate key value violates unique constraint "k""#,
            ),
            (
                "23514",
                r#"new row for relation "students" violates check constraint "né""#,
            ),
            ("22001", "value too long for type character varying(Anna)"),
            ("42703", "column students.a.b does not exist"),
            ("42P01", r#"relation "a.b.c" does not exist"#),
            ("PGRST204", "Could not find the 'x' in the schema cache"),
            ("23502", ""),
        ] {
            assert_eq!(fault(code, message), None, "{message}");
        }
    }

    #[test]
    fn a_sentence_about_a_table_does_not_name_it_twice() {
        let message =
            r#"null value in column "region" of relation "students" violates not-null constraint"#;
        let part = SchemaPart::named_by(SqlState::new("23502"), message);
        let within = |table| part.fault(Some(table)).unwrap();
        assert_eq!(within("students"), r#"column "region" must not be empty"#);
        assert_eq!(
            within("notes"),
            r#"column "region" of "students" must not be empty"#
        );
    }
}
