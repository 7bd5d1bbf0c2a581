//! PostgREST's own answers to what goes wrong, status and body.
//!
//! Supabase Lite gives other answers in some of these cases. Wherever PostgreSQL quotes rows, the answer has invented pupil
//! data, so that a test can prove that it is passed on to nobody.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::request::Request;

/// A pupil's address that appears in answers which quote rows.
pub const CANARY_EMAIL: &str = "canary.pupil@school.invalid";
/// A pupil's name that appears in answers which quote rows.
pub const CANARY_NAME: &str = "Canary Quillfeather";

/// What PostgREST puts into an error's `code`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum PostgrestCode {
    /// A row violates a CHECK constraint.
    #[serde(rename = "23514")]
    CheckViolation,
    /// A row with this key exists.
    #[serde(rename = "23505")]
    UniqueViolation,
    /// One statement meets one key twice.
    #[serde(rename = "21000")]
    CardinalityViolation,
    /// The statement took too long.
    #[serde(rename = "57014")]
    QueryCanceled,
    /// Two transactions wait for each other.
    #[serde(rename = "40P01")]
    DeadlockDetected,
    /// The role may not do this.
    #[serde(rename = "42501")]
    InsufficientPrivilege,
    /// PostgreSQL does not know the table.
    #[serde(rename = "42P01")]
    UndefinedTable,
    /// PostgREST has lost the database.
    #[serde(rename = "PGRST001")]
    DatabaseClientError,
    /// PostgREST has no schema yet.
    #[serde(rename = "PGRST002")]
    SchemaCacheUnavailable,
    /// PostgREST has no free connection.
    #[serde(rename = "PGRST003")]
    PoolTimeout,
    /// PostgREST does not know the table.
    #[serde(rename = "PGRST205")]
    TableNotInSchemaCache,
    /// The token is not good.
    #[serde(rename = "PGRST301")]
    InvalidToken,
}

/// An answer, ready to be sent.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Value,
    pub(super) headers: Vec<(&'static str, String)>,
}

impl PostgrestCode {
    /// As `code` has it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CheckViolation => "23514",
            Self::UniqueViolation => "23505",
            Self::CardinalityViolation => "21000",
            Self::QueryCanceled => "57014",
            Self::DeadlockDetected => "40P01",
            Self::InsufficientPrivilege => "42501",
            Self::UndefinedTable => "42P01",
            Self::DatabaseClientError => "PGRST001",
            Self::SchemaCacheUnavailable => "PGRST002",
            Self::PoolTimeout => "PGRST003",
            Self::TableNotInSchemaCache => "PGRST205",
            Self::InvalidToken => "PGRST301",
        }
    }

    /// PostgREST's answer with this code to this request. `known` is whether the caller has proved to be someone;
    /// `row` is the row at fault, where there is one.
    pub(super) fn answer(self, request: &Request<'_>, known: bool, row: Option<&Value>) -> Answer {
        let table = request.table();
        let (status, message, details, hint) = match self {
            Self::CheckViolation => (
                400,
                format!("new row for relation \"{table}\" violates check constraint \"{}\"", check_of(table)),
                Some(format!("Failing row contains ({}).", quoted_row(row))),
                None,
            ),
            Self::UniqueViolation => {
                let (key, value) = unique_of(table);
                (
                    409,
                    format!(
                        "duplicate key value violates unique constraint \"{table}_{}_key\"",
                        key.replace(", ", "_")
                    ),
                    Some(format!("Key ({key})=({value}) already exists.")),
                    None,
                )
            }
            Self::CardinalityViolation => (
                500,
                "ON CONFLICT DO UPDATE command cannot affect row a second time".to_owned(),
                None,
                Some(
                    "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.",
                ),
            ),
            Self::QueryCanceled => (500, "canceling statement due to statement timeout".to_owned(), None, None),
            Self::DeadlockDetected => (
                500,
                "deadlock detected".to_owned(),
                Some(
                    "Process 7021 waits for ShareLock on transaction 918273; blocked by process 7044.\n\
                     Process 7044 waits for ShareLock on transaction 918270; blocked by process 7021."
                        .to_owned(),
                ),
                Some("See server log for query details."),
            ),
            Self::InsufficientPrivilege => {
                (if known { 403 } else { 401 }, format!("permission denied for table {table}"), None, None)
            }
            Self::UndefinedTable => (404, format!("relation \"public.{table}\" does not exist"), None, None),
            Self::DatabaseClientError => (
                503,
                "Database client error. Retrying the connection.".to_owned(),
                Some("server closed the connection unexpectedly\n\tThis probably means the server terminated abnormally\n\tbefore or while processing the request.\n".to_owned()),
                None,
            ),
            Self::SchemaCacheUnavailable => {
                (503, "Could not query the database for the schema cache. Retrying.".to_owned(), None, None)
            }
            Self::PoolTimeout => {
                (504, "Timed out acquiring connection from connection pool.".to_owned(), None, None)
            }
            Self::TableNotInSchemaCache => {
                (404, format!("Could not find the table 'public.{table}' in the schema cache"), None, None)
            }
            Self::InvalidToken => (401, "Expected 3 parts in JWT; got 1".to_owned(), None, None),
        };
        let code = self.as_str();
        let mut headers = vec![("proxy-status", format!("PostgREST; error={code}"))];
        if self == Self::InvalidToken {
            let value = format!("Bearer error=\"invalid_token\", error_description=\"{message}\"");
            headers.push(("www-authenticate", value));
        }
        let body = json!({ "code": code, "details": details, "hint": hint, "message": message });
        Answer {
            status,
            body,
            headers,
        }
    }
}

fn check_of(table: &str) -> String {
    match table {
        "students" => "students_academic_year_check".to_owned(),
        "vespa_scores" => "vespa_scores_vision_check".to_owned(),
        "student_comments" => "student_comments_cycle_check".to_owned(),
        table => format!("{table}_check"),
    }
}

fn unique_of(table: &str) -> (&'static str, String) {
    let pupil = "5b2f7a1e-0000-4000-8000-00000000cafe";
    match table {
        "students" => ("email, academic_year", format!("{CANARY_EMAIL}, 2026/2027")),
        "vespa_scores" => (
            "student_id, cycle, academic_year",
            format!("{pupil}, 1, 2026/2027"),
        ),
        "student_comments" => (
            "student_id, cycle, comment_type",
            format!("{pupil}, 1, rrc"),
        ),
        "establishments" => ("knack_id", "61680fc13a0bfd001e8ca3ca".to_owned()),
        _ => ("id", pupil.to_owned()),
    }
}

/// A row as PostgreSQL quotes it: every value, in the order of the columns, no names.
fn quoted_row(row: Option<&Value>) -> String {
    let sent = row
        .and_then(Value::as_object)
        .into_iter()
        .flat_map(|row| row.values())
        .map(|value| match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        });
    let canary = [CANARY_EMAIL, CANARY_NAME, "12", "2026/2027"].map(str::to_owned);
    canary
        .into_iter()
        .chain(sent)
        .collect::<Vec<String>>()
        .join(", ")
}
