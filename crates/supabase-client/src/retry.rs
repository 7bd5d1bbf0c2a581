//! Whether and when a failed call is repeated. Writes are upserts, so a repeated one changes nothing twice.

use std::time::Duration;

use crate::SupabaseError;

/// A request is sent at most this many times.
const ATTEMPTS: u32 = 4;
const FIRST_DELAY: Duration = Duration::from_millis(250);
const LONGEST_RETRY_AFTER: Duration = Duration::from_secs(5);

/// How long to wait before the next attempt; `None` when there is none. `failures` counts from 1.
pub(crate) fn next_attempt(error: &SupabaseError, failures: u32) -> Option<Duration> {
    let (attempts, asked) = match error {
        SupabaseError::Unavailable { retry_after, .. } => (ATTEMPTS, *retry_after),
        SupabaseError::Unreachable(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::Contention(_)
        | SupabaseError::Unreadable => (ATTEMPTS, None),
        // It may be a row that the server chokes on; the caller finds out by halving.
        SupabaseError::ServerFault { .. } => (2, None),
        SupabaseError::StatementTimeout
        | SupabaseError::RowRefused { .. }
        | SupabaseError::Refused { .. }
        | SupabaseError::Redirected(_)
        | SupabaseError::TooLarge
        | SupabaseError::ResolutionIgnored => return None,
    };
    if failures >= attempts {
        return None;
    }
    let backoff = (FIRST_DELAY * 2_u32.pow(failures - 1)).mul_f64(0.75 + fastrand::f64() / 2.0);
    Some(asked.map_or(backoff, |asked| asked.min(LONGEST_RETRY_AFTER).max(backoff)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{SchemaPart, SqlState};

    #[test]
    fn what_passes_is_tried_four_times_and_an_unknown_fault_twice() {
        let tries = |error: SupabaseError| {
            1 + (1..9)
                .take_while(|failures| next_attempt(&error, *failures).is_some())
                .count()
        };
        let code = SqlState::default();
        assert_eq!(tries(SupabaseError::Timeout(FIRST_DELAY)), 4);
        assert_eq!(tries(SupabaseError::Contention(code)), 4);
        assert_eq!(tries(SupabaseError::ServerFault { status: 500, code }), 2);
        assert_eq!(tries(SupabaseError::StatementTimeout), 1);
        let part = SchemaPart::Unnamed;
        let refused = SupabaseError::Refused {
            status: 401,
            code,
            part: part.clone(),
        };
        assert_eq!(tries(refused), 1);
        assert_eq!(tries(SupabaseError::RowRefused { code, part }), 1);
    }

    #[test]
    fn a_wait_asked_for_is_kept_up_to_five_seconds() {
        for (asked, expected) in [(2, 2), (3_600, 5)] {
            let error = SupabaseError::Unavailable {
                status: 503,
                code: SqlState::default(),
                retry_after: Some(Duration::from_secs(asked)),
            };
            assert_eq!(next_attempt(&error, 1), Some(Duration::from_secs(expected)));
        }
    }
}
