//! Decides whose fault a refused batch is, from the error and from how long it took to come. Pure.

use std::time::Duration;

use supabase_client::SupabaseError;

/// A request that takes this long to fail cannot be tried as often as one that fails at once.
const SLOW: Duration = Duration::from_secs(3);

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
    /// The same, but it took so long that few batches can be tried.
    UnknownAndSlow,
    /// Columns, tables or rights: all rows', unless it comes from a trigger or a policy that only one of them meets. Whether
    /// others pass decides. If none does, it is the call's.
    OfTheSchema,
    /// No row's: smaller batches cannot help.
    OfTheCall,
}

/// A write that failed.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) error: SupabaseError,
    pub(super) fault: Fault,
}

impl Failure {
    /// It took so long to fail.
    pub(super) fn after(took: Duration, error: SupabaseError) -> Self {
        let fault = match fault(&error) {
            Fault::Unknown if took >= SLOW => Fault::UnknownAndSlow,
            fault => fault,
        };
        Self { error, fault }
    }

    pub(super) fn is_slow(&self) -> bool {
        matches!(self.fault, Fault::OfItsTime | Fault::UnknownAndSlow)
    }
}

/// However long it took.
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
        | SupabaseError::ResolutionIgnored(_) => Fault::OfTheCall,
    }
}

#[cfg(test)]
mod tests {
    use supabase_client::SqlState;

    use super::*;

    type Error = fn() -> SupabaseError;

    #[test]
    fn an_unknown_fault_that_takes_long_is_told_apart_and_no_other() {
        let unknown = || SupabaseError::ServerFault {
            status: 500,
            code: SqlState::new("XX000"),
        };
        let locked = || SupabaseError::TooSlow(SqlState::new("57014"));
        let large = || SupabaseError::Blocked { status: 413 };
        for (error, seconds, fault, is_slow) in [
            (unknown as Error, 0, Fault::Unknown, false),
            (unknown, 2, Fault::Unknown, false),
            (unknown, 3, Fault::UnknownAndSlow, true),
            (unknown, 60, Fault::UnknownAndSlow, true),
            (locked, 0, Fault::OfItsTime, true),
            (locked, 60, Fault::OfItsTime, true),
            (large, 60, Fault::OfItsBytes, false),
        ] {
            let failure = Failure::after(Duration::from_secs(seconds), error());
            assert_eq!(failure.fault, fault, "{seconds} s: {}", failure.error);
            assert_eq!(failure.is_slow(), is_slow, "{seconds} s: {}", failure.error);
        }
    }
}
