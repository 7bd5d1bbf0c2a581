//! Whose fault a refused batch is: what follows from an error for the rows that were sent.

use supabase_client::SupabaseError;

/// Whose fault it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// One of its rows'.
    OfARow,
    /// It is too large for something on the way, perhaps only because of one of its rows.
    OfItsBytes,
    /// It takes longer than the database allows, perhaps only because of one of its rows.
    OfItsTime,
    /// Perhaps a row's: whether others pass decides. If none does, it is an outage.
    Unknown,
    /// Columns, tables or rights: all rows', unless it comes from a trigger or a policy that only one of them meets. Whether
    /// others pass decides. If none does, it is the call's.
    OfTheSchema,
    /// No row's: smaller batches cannot help.
    OfTheCall,
}

pub(super) fn fault(error: &SupabaseError) -> Fault {
    match error {
        SupabaseError::Blocked {
            status: 413 | 414 | 431,
        } => Fault::OfItsBytes,
        SupabaseError::RowRefused { .. } | SupabaseError::Blocked { .. } => Fault::OfARow,
        SupabaseError::Refused { code, .. } | SupabaseError::KeyRefused { code, status: 403 }
            if code.is_sql_state() =>
        {
            Fault::OfTheSchema
        }
        SupabaseError::TooSlow(_) => Fault::OfItsTime,
        SupabaseError::ServerFault { .. } | SupabaseError::KeptFailing(_) => Fault::Unknown,
        SupabaseError::Unreachable(_)
        | SupabaseError::CertificateNotTrusted { .. }
        | SupabaseError::Timeout(_)
        | SupabaseError::Unavailable { .. }
        | SupabaseError::NotPostgrest { .. }
        | SupabaseError::ReadOnly { .. }
        | SupabaseError::Contention(_)
        | SupabaseError::NeverAnswered(_)
        | SupabaseError::Waiting { .. }
        | SupabaseError::SchoolGone(_)
        | SupabaseError::KeyRefused { .. }
        | SupabaseError::Refused { .. }
        | SupabaseError::Redirected(_)
        | SupabaseError::Unreadable
        | SupabaseError::TooLarge
        | SupabaseError::ResolutionIgnored => Fault::OfTheCall,
    }
}
