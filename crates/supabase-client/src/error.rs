//! What can go wrong between Supabase and us, by meaning. What an answer means is decided in `judge.rs`.

use std::time::Duration;

use transport::Attempts;

use crate::{SchemaPart, SqlState};

/// A call to Supabase failed. No variant holds a response body, a key or a URL.
#[derive(Debug, thiserror::Error)]
pub enum SupabaseError {
    /// No connection, or it broke before the answer was whole.
    #[error("Supabase cannot be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The server's certificate is not trusted: self-signed, expired, or another host's.
    #[error("Supabase's certificate is not trusted: {reason}")]
    CertificateNotTrusted {
        /// The fault, in words of our own.
        reason: &'static str,
        /// As the TLS library says it.
        source: reqwest::Error,
    },
    /// No whole answer within the deadline. A write may have happened.
    #[error("Supabase did not answer within {} s", .0.as_secs_f32())]
    Timeout(Duration),
    /// Overloaded, starting, out of connections, or out of reach behind its gateway.
    #[error("Supabase is unavailable (status {status}{code})")]
    Unavailable {
        /// The HTTP status.
        status: u16,
        /// The error's code, where there was one.
        code: SqlState,
        /// How long Supabase asks us to wait.
        retry_after: Option<Duration>,
    },
    /// A success that PostgREST did not write: a maintenance page, a captive portal.
    #[error("something other than Supabase's database answered (status {status})")]
    NotPostgrest {
        /// The HTTP status.
        status: u16,
    },
    /// The database only lets itself be read at the moment.
    #[error("Supabase's database is read-only at the moment (status {status}{code})")]
    ReadOnly {
        /// The HTTP status.
        status: u16,
        /// The error's code.
        code: SqlState,
    },
    /// Another transaction blocked this one; the same request can succeed.
    #[error("another transaction blocked this one{}", in_brackets(*.0))]
    Contention(SqlState),
    /// Nothing that could be PostgREST has ever answered.
    #[error("no usable answer came from Supabase during this refresh: {0}")]
    NeverAnswered(#[source] Box<Self>),
    /// The same request failed for so long that it may be its own fault, not an outage's.
    #[error("one request kept failing: {0}")]
    KeptFailing(#[source] Box<Self>),
    /// An outage that is to be waited out, by the sender itself: what it sends may be out of date by then.
    #[error("waiting for {} s: {last}", after.as_secs_f32())]
    Waiting {
        /// So long.
        after: Duration,
        /// How the request has failed so far.
        attempts: Attempts,
        /// How it failed last.
        #[source]
        last: Box<Self>,
    },
    /// The statement took longer than the database allows, or waited too long for a lock. A smaller one may not.
    #[error("the database's time limit for one statement was reached{}", in_brackets(*.0))]
    TooSlow(SqlState),
    /// A server error with a code of a kind that is not known.
    #[error("Supabase reported an internal fault (status {status}{code})")]
    ServerFault {
        /// The HTTP status.
        status: u16,
        /// The error's code.
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
    /// Something on the way did not let this request pass: too large, or what a firewall takes for an attack.
    #[error("a gateway or firewall in front of Supabase refused the request (status {status})")]
    Blocked {
        /// The HTTP status.
        status: u16,
    },
    /// The school's row has gone, so that nothing can refer to it.
    #[error("the school is no longer in the database{}", in_brackets(*.0))]
    SchoolGone(SqlState),
    /// The key, or the rights it gives.
    #[error("{}", key_refused(*status, *code))]
    KeyRefused {
        /// The HTTP status.
        status: u16,
        /// The error's code, where there was one.
        code: SqlState,
    },
    /// Table, column or request: nothing that data can mend.
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
    /// An answer of PostgREST's that does not hold what was asked for: columns of other types.
    #[error("Supabase's answer has other columns or types than expected")]
    Unreadable,
    /// An answer larger than any query of ours gives.
    #[error("Supabase's answer is larger than 64 MB")]
    TooLarge,
    /// The conflict resolution we asked for was dropped: the table's key is not what we think.
    #[error("Supabase ignored how conflicts are to be resolved{0}")]
    ResolutionIgnored(SchemaPart),
}

fn in_brackets(code: SqlState) -> String {
    match code.as_str() {
        "" => String::new(),
        code => format!(" (code {code})"),
    }
}

fn key_refused(status: u16, code: SqlState) -> String {
    let what = match (status, code.as_str()) {
        (_, "PGRST303") => "Supabase's key has expired",
        (402, _) => "Supabase has suspended the project's service",
        (403, _) => "Supabase's key does not have the rights that a refresh needs",
        (401, "42501") => "Supabase treats the key as an anonymous visitor's",
        (401, "22023") => "Supabase's key names a role that the database does not have",
        _ => "Supabase does not accept the key",
    };
    format!("{what} (status {status}{code})")
}
