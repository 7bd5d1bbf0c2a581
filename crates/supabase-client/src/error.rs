//! What can go wrong between Supabase and us, by meaning. The body's `code` decides, not the status: PostgREST answers
//! 500 to a statement that took too long and to a batch that can never succeed (docs/knack-and-dashboard.md,
//! "PostgREST's error codes").

use std::fmt;
use std::time::Duration;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::SchemaPart;

/// A call to Supabase failed. No variant holds a response body, a key or a URL.
#[derive(Debug, thiserror::Error)]
pub enum SupabaseError {
    /// No connection, or it broke before the answer was whole.
    #[error("Supabase cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// No whole answer within the deadline. A write may have happened.
    #[error("Supabase did not answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// Overloaded, starting, or out of connections.
    #[error("Supabase is unavailable (status {status}{code})")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// The error's code, where there was one.
        code: SqlState,
        /// How long Supabase asks us to wait.
        retry_after: Option<Duration>,
    },
    /// Another transaction blocked this one; the same request can succeed.
    #[error("another transaction blocked this one{0}")]
    Contention(SqlState),
    /// The statement took longer than the database allows. A smaller one may not.
    #[error("the database's time limit for one statement was reached")]
    StatementTimeout,
    /// A server error of a kind PostgREST does not document.
    #[error("Supabase failed (status {status}{code})")]
    ServerFault {
        /// The HTTP status.
        status: u16,
        /// The error's code, where there was one.
        code: SqlState,
    },
    /// The database refused a row's data. In a batch, all other rows went with it.
    #[error("the database refused a row{code}{part}")]
    RowRefused {
        /// The error's code.
        code: SqlState,
        /// The column, key or length it is about, where that is known.
        part: SchemaPart,
    },
    /// Key, policy, table or column: nothing that data can mend.
    #[error("Supabase refused the request (status {status}{code}{part})")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The error's code, where there was one.
        code: SqlState,
        /// The table or column it is about, where that is known.
        part: SchemaPart,
    },
    /// A redirect, which is never followed: the key would go to another host.
    #[error("Supabase answered with a redirect (status {0}), which is not followed")]
    Redirected(u16),
    /// An answer that is not PostgREST's.
    #[error("Supabase's answer cannot be read")]
    Unreadable,
    /// An answer larger than any query of ours gives.
    #[error("Supabase's answer is too large")]
    TooLarge,
    /// The conflict resolution we asked for was dropped: the table's key is not what we think.
    #[error("Supabase ignored the conflict resolution; is a unique key missing?")]
    ResolutionIgnored,
}

/// A SQLSTATE or PGRST code. Empty when the answer had none.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct SqlState([u8; 8]);

impl SqlState {
    /// Keeps nothing that is not a code: the text comes from outside and is shown to people.
    pub(crate) fn new(text: &str) -> Self {
        let mut code = [0; 8];
        if text.len() <= code.len()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
        {
            code[..text.len()].copy_from_slice(text.as_bytes());
        }
        Self(code)
    }

    /// The code, possibly empty.
    pub fn as_str(&self) -> &str {
        let length = self.0.iter().take_while(|byte| **byte != 0).count();
        std::str::from_utf8(&self.0[..length]).expect("only ASCII is stored")
    }
}

impl fmt::Debug for SqlState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SqlState({})", self.as_str())
    }
}

/// Written behind a status or a sentence: `, code 23514`, or nothing.
impl fmt::Display for SqlState {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.as_str() {
            "" => Ok(()),
            code => write!(out, ", code {code}"),
        }
    }
}

/// What an answer other than a success means.
pub(crate) fn classify(
    status: StatusCode,
    retry_after: Option<Duration>,
    body: &[u8],
) -> SupabaseError {
    #[derive(Default, Deserialize)]
    struct ErrorBody {
        #[serde(default)]
        code: Value,
        #[serde(default)]
        message: Value,
    }
    let body: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let code = SqlState::new(body.code.as_str().unwrap_or_default());
    let answer = Answer {
        status: status.as_u16(),
        code,
        part: SchemaPart::named_by(code, body.message.as_str().unwrap_or_default()),
        retry_after,
    };
    answer.by_code().unwrap_or_else(|| answer.by_status())
}

/// What is kept of an answer.
struct Answer {
    status: u16,
    code: SqlState,
    part: SchemaPart,
    retry_after: Option<Duration>,
}

impl Answer {
    fn by_code(&self) -> Option<SupabaseError> {
        let code = self.code;
        Some(match code.as_str() {
            // The key, whatever the code: a role that the database does not know is 22023.
            _ if self.status == 401 => self.refused(),
            "57014" => SupabaseError::StatementTimeout,
            "40001" | "40P01" | "55P03" => SupabaseError::Contention(code),
            // A conflict key twice in one batch: a half may hold it once.
            "21000" => self.row_refused(),
            "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003" => self.unavailable(),
            text if text.starts_with("PGRST") => self.refused(),
            text if text.len() == 5 => match &text[..2] {
                // Data, keys and checks, a view's condition, limits of one row, and what triggers raise.
                "22" | "23" | "44" | "45" | "54" | "P0" => self.row_refused(),
                "08" | "53" | "57" => self.unavailable(),
                "0A" | "25" | "28" | "3D" | "3F" | "42" => self.refused(),
                // A trigger may raise any code, about its row; PostgREST answers 400 to those it does not know.
                _ if self.is_of_the_request() => self.row_refused(),
                _ => return None,
            },
            _ => return None,
        })
    }

    /// Whether the status blames the request, and not the time it came at. A trigger chooses the status by raising `PT…`.
    fn is_of_the_request(&self) -> bool {
        matches!(self.status, 400..=499) && !matches!(self.status, 408 | 429)
    }

    fn by_status(&self) -> SupabaseError {
        let (status, code) = (self.status, self.code);
        match status {
            300..=399 => SupabaseError::Redirected(status),
            408 | 429 | 502..=504 | 520..=524 => self.unavailable(),
            400..=499 => self.refused(),
            500..=599 => SupabaseError::ServerFault { status, code },
            _ => SupabaseError::Unreadable,
        }
    }

    fn row_refused(&self) -> SupabaseError {
        SupabaseError::RowRefused {
            code: self.code,
            part: self.part.clone(),
        }
    }

    fn refused(&self) -> SupabaseError {
        SupabaseError::Refused {
            status: self.status,
            code: self.code,
            part: self.part.clone(),
        }
    }

    fn unavailable(&self) -> SupabaseError {
        SupabaseError::Unavailable {
            status: self.status,
            code: self.code,
            retry_after: self.retry_after,
        }
    }
}

#[cfg(test)]
mod recorded;

#[cfg(test)]
mod tests {
    use super::*;

    fn meaning(status: u16, body: &str) -> &'static str {
        let status = StatusCode::from_u16(status).unwrap();
        match classify(status, None, body.as_bytes()) {
            SupabaseError::Unavailable { .. } => "unavailable",
            SupabaseError::Contention(_) => "contention",
            SupabaseError::StatementTimeout => "statement timeout",
            SupabaseError::ServerFault { .. } => "server fault",
            SupabaseError::RowRefused { .. } => "row refused",
            SupabaseError::Refused { .. } => "refused",
            SupabaseError::Redirected(_) => "redirected",
            other => panic!("{other}"),
        }
    }

    #[test]
    fn the_code_decides_and_the_status_only_where_there_is_none() {
        for (status, code, expected) in [
            (400, "23514", "row refused"),
            (409, "23505", "row refused"),
            (400, "22001", "row refused"),
            (400, "P0001", "row refused"),
            (400, "45000", "row refused"),
            (400, "44000", "row refused"),
            (400, "38000", "row refused"),
            (400, "ZZ001", "row refused"),
            (409, "PT409", "row refused"),
            (429, "PT429", "unavailable"),
            (403, "PT403", "row refused"),
            (401, "22023", "refused"),
            (503, "PT503", "unavailable"),
            (400, "0A000", "refused"),
            (500, "54000", "row refused"),
            (500, "21000", "row refused"),
            (500, "57014", "statement timeout"),
            (500, "40P01", "contention"),
            (503, "53300", "unavailable"),
            (503, "57P01", "unavailable"),
            (503, "PGRST001", "unavailable"),
            (504, "PGRST003", "unavailable"),
            (400, "PGRST204", "refused"),
            (401, "PGRST301", "refused"),
            (403, "42501", "refused"),
            (400, "42P10", "refused"),
            (404, "42P01", "refused"),
            (500, "SUP", "server fault"),
            (500, "XX000", "server fault"),
        ] {
            let body = format!(r#"{{"code":"{code}","message":"m","details":null,"hint":null}}"#);
            assert_eq!(meaning(status, &body), expected, "{code}");
        }
        for (status, expected) in [
            (401, "refused"),
            (404, "refused"),
            (302, "redirected"),
            (429, "unavailable"),
            (500, "server fault"),
            (502, "unavailable"),
            (520, "unavailable"),
        ] {
            assert_eq!(meaning(status, "<html>down</html>"), expected, "{status}");
        }
    }

    #[test]
    fn a_code_that_is_no_code_is_not_repeated() {
        let body = br#"{"code":"Failing row contains (Anna)"}"#;
        let error = classify(StatusCode::BAD_REQUEST, None, body);
        assert_eq!(
            error.to_string(),
            "Supabase refused the request (status 400)"
        );
    }
}
