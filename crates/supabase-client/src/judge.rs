//! What an answer other than a success means: who gave it, of which class it is, and so what is to follow.
//!
//! A body in PostgREST's form is the database's word, and its code decides: PostgREST answers 500 to a statement that took too
//! long and to a batch that can never succeed. Anything else is the word of what is in front of it, a gateway, a firewall or a
//! proxy, and only the status says something (docs/knack-and-dashboard.md, "PostgREST's error codes").

mod speaker;

use std::time::Duration;

use reqwest::Method;

use crate::{SchemaPart, SqlState, SupabaseError};
use speaker::Speaker;

/// The kind of request: the same answer to a read and to a write may mean different things.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Asked {
    Read,
    Write,
}

impl Asked {
    pub(crate) fn by(method: &Method) -> Self {
        if *method == Method::GET {
            Self::Read
        } else {
            Self::Write
        }
    }
}

/// An answer other than a success.
pub(crate) struct Refusal<'a> {
    pub(crate) asked: Asked,
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) body: &'a [u8],
}

impl Refusal<'_> {
    /// Its meaning.
    pub(crate) fn judge(&self) -> SupabaseError {
        match Speaker::of(self.body) {
            Speaker::Database {
                code, lacks_school, ..
            } if lacks_school && self.asked == Asked::Write => SupabaseError::SchoolGone(code),
            Speaker::Database { code, part, .. } => self.of_database(code, part),
            Speaker::Path => self.of_path(),
        }
    }

    /// Whether PostgREST itself gave it.
    pub(crate) fn is_postgrests(&self) -> bool {
        matches!(Speaker::of(self.body), Speaker::Database { .. })
    }

    fn of_database(&self, code: SqlState, part: SchemaPart) -> SupabaseError {
        let status = self.status;
        let refused = |part| SupabaseError::Refused { status, code, part };
        let of_a_row = |part| match self.asked {
            Asked::Read => SupabaseError::Refused { status, code, part },
            Asked::Write => SupabaseError::RowRefused { code, part },
        };
        let text = code.as_str();
        match text {
            // The key, whatever the code: a role that the database does not know is 22023.
            _ if status == 401 => return SupabaseError::KeyRefused { status, code },
            "57014" | "55P03" => return SupabaseError::TooSlow(code),
            "25006" => return SupabaseError::ReadOnly { status, code },
            "PGRST000" | "PGRST001" | "PGRST002" | "PGRST003" | "42P05" | "PT408" | "PT429"
            | "PT502" | "PT503" | "PT504" => return self.unavailable(code),
            "42501" => return SupabaseError::KeyRefused { status, code },
            _ => {}
        }
        if text.starts_with("PGRST3") {
            return SupabaseError::KeyRefused { status, code };
        }
        if text.starts_with("PGRST1") || text.starts_with("PGRST2") {
            return refused(part);
        }
        if text.starts_with("PGRST") {
            return SupabaseError::ServerFault { status, code };
        }
        match text.get(..2).unwrap_or_default() {
            "40" => SupabaseError::Contention(code),
            "08" | "25" | "26" | "53" | "57" | "58" => self.unavailable(code),
            // Data, keys and checks, a view's condition, limits of one row, and what triggers raise. A conflict key twice in
            // one batch is 21000: a half may hold it once.
            "21" | "22" | "23" | "44" | "45" | "54" | "P0" => of_a_row(part),
            "28" | "3D" | "3F" => SupabaseError::KeyRefused { status, code },
            "0A" | "42" => refused(part),
            // A function may choose any code and any status: these say that the request can be repeated.
            _ if matches!(status, 408 | 425 | 429 | 502..=504) => self.unavailable(code),
            // A trigger may raise any code, about its row; PostgREST answers 400 to those it does not know.
            _ if (400..500).contains(&status) => of_a_row(part),
            _ => SupabaseError::ServerFault { status, code },
        }
    }

    fn of_path(&self) -> SupabaseError {
        let status = self.status;
        let code = SqlState::default();
        match status {
            // 304 too, which nobody asked for: a cache's mistake.
            304 | 404 | 405 | 408 | 410 | 421 | 425 | 429 | 499 | 500.. => self.unavailable(code),
            300..400 => SupabaseError::Redirected(status),
            401 | 402 => SupabaseError::KeyRefused { status, code },
            400..500 => SupabaseError::Blocked { status },
            _ => SupabaseError::NotPostgrest { status },
        }
    }

    fn unavailable(&self, code: SqlState) -> SupabaseError {
        SupabaseError::Unavailable {
            status: self.status,
            code,
            retry_after: self.retry_after,
        }
    }
}

#[cfg(test)]
mod properties;
#[cfg(test)]
mod recorded;
#[cfg(test)]
mod tests;
