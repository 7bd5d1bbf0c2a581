//! What a failure means for the same request: whether and when it is sent again. Writes are upserts, so a repeated one changes
//! nothing twice. How long an outage is waited out is decided in `transport`.

use std::time::{Duration, Instant};

use transport::{Attempts, Next, Patience};

use crate::{SchemaPart, SupabaseError};

/// A request whose failure is seldom a passing one is sent this often.
const DOUBTED: u32 = 2;

/// How long a request is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// For as long as an outage is waited out.
    Patient,
    /// The same, but after a part of that time, 20 s of the usual 90, its sender is to find out whether others pass:
    /// [`SupabaseError::KeptFailing`].
    Judging,
    /// Once more, and then its sender finds out the same.
    Brief,
}

/// What happens to a failed request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is sent again after this long.
    Again(Duration, SupabaseError),
    /// It has failed.
    Failed(SupabaseError),
}

pub(crate) fn verdict(
    error: SupabaseError,
    persistence: Persistence,
    attempts: &mut Attempts,
    patience: &Patience,
    now: Instant,
) -> Verdict {
    let next = match kind(&error) {
        Kind::Outage { asked } => {
            let next = patience.met_outage(attempts, asked, now);
            if matches!(next, Next::After(_))
                && is_to_be_judged(persistence, attempts, patience, now)
            {
                return Verdict::Failed(SupabaseError::KeptFailing(Box::new(error)));
            }
            next
        }
        Kind::Doubtful => patience.met_doubt(attempts, DOUBTED, now),
        Kind::Final => return Verdict::Failed(error),
    };
    match next {
        Next::After(wait) => Verdict::Again(wait, error),
        Next::NeverAnswered => Verdict::Failed(SupabaseError::NeverAnswered(Box::new(error))),
        Next::GiveUp | Next::OutOfPatience => Verdict::Failed(error),
    }
}

fn is_to_be_judged(
    persistence: Persistence,
    attempts: &Attempts,
    patience: &Patience,
    now: Instant,
) -> bool {
    match persistence {
        Persistence::Patient => false,
        Persistence::Judging => patience.is_long(attempts, now),
        Persistence::Brief => attempts.failures() >= DOUBTED,
    }
}

/// Whether it passes by itself.
pub(crate) fn is_outage(error: &SupabaseError) -> bool {
    matches!(kind(error), Kind::Outage { .. })
}

/// What a failure is to whoever sent the request.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// It passes by itself.
    Outage {
        /// After this long, says whoever answered.
        asked: Option<Duration>,
    },
    /// It seldom passes by itself.
    Doubtful,
    /// It is the answer.
    Final,
}

fn kind(error: &SupabaseError) -> Kind {
    match error {
        SupabaseError::Unavailable { retry_after, .. } => Kind::Outage {
            asked: *retry_after,
        },
        SupabaseError::Unreachable(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::NotPostgrest { .. }
        | SupabaseError::ReadOnly { .. }
        | SupabaseError::Contention(_) => Kind::Outage { asked: None },
        // It may be a row that the server chokes on; the caller finds out by halving.
        SupabaseError::ServerFault { .. } => Kind::Doubtful,
        // A schema that has just changed, or a plan that was made before it did.
        SupabaseError::Refused { code, part, .. }
            if (code.as_str() == "0A000" || code.as_str().starts_with("PGRST2"))
                // Which one is missing is known, and whoever asked may do without it.
                && !matches!(part, SchemaPart::NoColumn { .. }) =>
        {
            Kind::Doubtful
        }
        SupabaseError::CertificateNotTrusted { .. }
        | SupabaseError::NeverAnswered(_)
        | SupabaseError::KeptFailing(_)
        | SupabaseError::TooSlow(_)
        | SupabaseError::RowRefused { .. }
        | SupabaseError::Blocked { .. }
        | SupabaseError::SchoolGone(_)
        | SupabaseError::KeyRefused { .. }
        | SupabaseError::Refused { .. }
        | SupabaseError::Redirected(_)
        | SupabaseError::Unreadable
        | SupabaseError::TooLarge
        | SupabaseError::ResolutionIgnored => Kind::Final,
    }
}

#[cfg(test)]
mod tests {
    use transport::Limits;

    use super::*;
    use crate::SqlState;

    const SECOND: Duration = Duration::from_secs(1);

    /// How often a request is sent that always fails like this, and how long that takes.
    fn outlast(
        error: impl Fn() -> SupabaseError,
        persistence: Persistence,
    ) -> (u32, Duration, SupabaseError) {
        let begun = Instant::now();
        let patience = Patience::new(Limits {
            outage: 90 * SECOND,
            first_answer: 30 * SECOND,
            end: None,
        });
        patience.answered(begun);
        let (mut attempts, mut now) = (Attempts::begin(begun), begun);
        loop {
            match verdict(error(), persistence, &mut attempts, &patience, now) {
                Verdict::Again(wait, _) => now += wait,
                Verdict::Failed(error) => return (attempts.failures(), now - begun, error),
            }
        }
    }

    #[test]
    fn an_outage_is_waited_out_and_a_write_is_given_back_to_be_judged() {
        let outage = || SupabaseError::Timeout(SECOND);
        let (_, waited, error) = outlast(outage, Persistence::Patient);
        assert!(waited >= 90 * SECOND && matches!(error, SupabaseError::Timeout(_)));
        let (_, waited, error) = outlast(outage, Persistence::Judging);
        assert!((20 * SECOND..27 * SECOND).contains(&waited), "{waited:?}");
        assert!(matches!(error, SupabaseError::KeptFailing(_)), "{error}");
        let (sent, waited, error) = outlast(outage, Persistence::Brief);
        assert!(sent == 2 && waited < SECOND, "{sent} in {waited:?}");
        assert!(matches!(error, SupabaseError::KeptFailing(_)), "{error}");
    }

    #[test]
    fn what_seldom_passes_is_sent_twice_and_an_answer_once() {
        let fault = |status, code| {
            move || SupabaseError::ServerFault {
                status,
                code: SqlState::new(code),
            }
        };
        assert_eq!(outlast(fault(500, "XX000"), Persistence::Patient).0, 2);
        let refused = |code| {
            move || SupabaseError::Refused {
                status: 400,
                code: SqlState::new(code),
                part: SchemaPart::Unnamed,
            }
        };
        for (code, sent) in [("0A000", 2), ("PGRST204", 2), ("42703", 0), ("PGRST100", 0)] {
            let (times, ..) = outlast(refused(code), Persistence::Patient);
            assert_eq!(times, sent, "{code}");
        }
        let blocked = || SupabaseError::Blocked { status: 413 };
        assert_eq!(outlast(blocked, Persistence::Patient).0, 0);
    }
}
