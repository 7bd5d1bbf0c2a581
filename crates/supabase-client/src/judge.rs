//! What an answer other than a success means: who gave it, of which class it is, and so what is to follow.
//!
//! A body in PostgREST's form is the database's word, and its code decides: PostgREST answers 500 to a statement that took too
//! long and to a batch that can never succeed. Anything else is the word of what is in front of it, a gateway, a firewall or a
//! proxy, and only the status says something (docs/knack-and-dashboard.md, "PostgREST's error codes").

use std::time::Duration;

use reqwest::Method;
use serde::Deserialize;
use serde_json::Value;

use crate::{SchemaPart, SqlState, SupabaseError};

/// What was asked: the same answer to a read and to a write may mean different things.
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

/// Who gave an answer.
enum Speaker {
    /// PostgREST or the database behind it.
    Database {
        code: SqlState,
        part: SchemaPart,
        /// Whether it is the school's row that something refers to in vain.
        lacks_school: bool,
    },
    /// Whatever is in front of it.
    Path,
}

impl Refusal<'_> {
    /// What it means.
    pub(crate) fn judge(&self) -> SupabaseError {
        match self.speaker() {
            Speaker::Database {
                code, lacks_school, ..
            } if lacks_school && self.asked == Asked::Write => SupabaseError::SchoolGone(code),
            Speaker::Database { code, part, .. } => self.of_database(code, part),
            Speaker::Path => self.of_path(),
        }
    }

    /// Whether PostgREST itself gave it.
    pub(crate) fn is_postgrests(&self) -> bool {
        matches!(self.speaker(), Speaker::Database { .. })
    }

    fn speaker(&self) -> Speaker {
        #[derive(Deserialize)]
        struct Body {
            code: String,
            message: Value,
            /// Quotes rows; only how it begins is looked at.
            #[serde(default)]
            details: Value,
        }
        let body = serde_json::from_slice::<Body>(self.body).ok();
        let named = body.and_then(|body| {
            let code = SqlState::new(&body.code);
            let message = body.message.as_str()?;
            let part = SchemaPart::named_by(code, message);
            let details = body.details.as_str().unwrap_or_default();
            let lacks_school = code.as_str() == "23503"
                && (part.is_key_to_school() || details.starts_with("Key (establishment_id)="));
            code.is_known_form().then_some((code, part, lacks_school))
        });
        match named {
            Some((code, part, lacks_school)) => Speaker::Database {
                code,
                part,
                lacks_school,
            },
            None => Speaker::Path,
        }
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
        match &text[..2] {
            "40" => SupabaseError::Contention(code),
            "08" | "25" | "26" | "53" | "57" | "58" => self.unavailable(code),
            // Data, keys and checks, a view's condition, limits of one row, and what triggers raise. A conflict key twice in
            // one batch is 21000: a half may hold it once.
            "21" | "22" | "23" | "44" | "45" | "54" | "P0" => of_a_row(part),
            "28" | "3D" | "3F" => SupabaseError::KeyRefused { status, code },
            "0A" | "42" => refused(part),
            // A trigger may raise any code, about its row; PostgREST answers 400 to those it does not know.
            _ if (400..500).contains(&status) => of_a_row(part),
            _ => SupabaseError::ServerFault { status, code },
        }
    }

    fn of_path(&self) -> SupabaseError {
        let status = self.status;
        let code = SqlState::default();
        match (status, self.asked) {
            (300..400, _) => SupabaseError::Redirected(status),
            (401 | 402, _) => SupabaseError::KeyRefused { status, code },
            (404 | 405 | 408 | 410 | 421 | 425 | 429 | 499 | 500.., _) => self.unavailable(code),
            (413 | 414 | 431, _) | (403 | 406 | 415, Asked::Write) => {
                SupabaseError::Blocked { status }
            }
            (400..500, _) => SupabaseError::Refused {
                status,
                code,
                part: SchemaPart::Unnamed,
            },
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
mod recorded;
#[cfg(test)]
mod tests;
