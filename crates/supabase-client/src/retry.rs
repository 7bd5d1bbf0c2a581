//! What a failure means for the same request: whether and when it is sent again. Writes are upserts, so a repeated one changes
//! nothing twice. How long an outage is waited out is decided in `transport`.

use std::time::{Duration, Instant};

use transport::{Attempts, Next, Patience};

use crate::judge::Asked;
use crate::{SchemaPart, SupabaseError};

/// A request whose failure is seldom a passing one is sent this often.
const DOUBTED: u32 = 2;

/// How long a request is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Persistence {
    /// For as long as an outage is waited out.
    Patient,
    /// The same, but its sender asks for less at once where so much takes the database too long: [`SupabaseError::TooSlow`].
    Divisible,
    /// For as long, but its sender sends it again itself: [`SupabaseError::Waiting`]. After a part of that time, 20 s of the
    /// usual 90, it is to find out whether others pass: [`SupabaseError::KeptFailing`].
    Stepwise(Attempts),
    /// Not at all: its sender finds that out at once.
    Brief,
}

impl Persistence {
    /// How a request that is persisted in so has failed until now.
    pub(crate) fn attempts(self, now: Instant) -> Attempts {
        match self {
            Self::Stepwise(attempts) => attempts,
            Self::Patient | Self::Divisible | Self::Brief => Attempts::begin(now),
        }
    }
}

/// The decision about a failed request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is sent again after this long.
    Again(Duration, SupabaseError),
    /// It has failed.
    Failed(SupabaseError),
}

pub(crate) fn verdict(
    error: SupabaseError,
    asked: Asked,
    persistence: Persistence,
    attempts: &mut Attempts,
    patience: &Patience,
    now: Instant,
) -> Verdict {
    let is_divided =
        persistence == Persistence::Divisible && matches!(error, SupabaseError::TooSlow(_));
    let next = match kind(&error, asked) {
        _ if is_divided => return Verdict::Failed(error),
        Kind::Outage { wait } => {
            let next = patience.met_outage(attempts, wait, now);
            if matches!(next, Next::After(_))
                && is_to_be_judged(persistence, attempts, patience, now)
            {
                return Verdict::Failed(SupabaseError::KeptFailing(Box::new(error)));
            }
            next
        }
        Kind::Doubtful => patience.met_doubt(attempts, doubted(persistence), now),
        Kind::Final => return Verdict::Failed(error),
    };
    let is_blocked = matches!(error, SupabaseError::Blocked { .. });
    match next {
        Next::After(wait) => Verdict::Again(wait, error),
        Next::NeverAnswered => Verdict::Failed(SupabaseError::NeverAnswered(Box::new(error))),
        // A page of a host that is perhaps not Supabase's.
        Next::GiveUp if is_blocked && !patience.has_answered() => {
            Verdict::Failed(SupabaseError::NeverAnswered(Box::new(error)))
        }
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
        Persistence::Patient | Persistence::Divisible => false,
        Persistence::Stepwise(_) => patience.is_long(attempts, now),
        Persistence::Brief => true,
    }
}

fn doubted(persistence: Persistence) -> u32 {
    match persistence {
        Persistence::Patient | Persistence::Divisible | Persistence::Stepwise(_) => DOUBTED,
        Persistence::Brief => 1,
    }
}

/// Whether it passes by itself.
pub(crate) fn is_outage(error: &SupabaseError, asked: Asked) -> bool {
    matches!(kind(error, asked), Kind::Outage { .. })
}

/// The meaning of a failure for the sender of the request.
#[derive(Debug, PartialEq, Eq)]
enum Kind {
    /// It passes by itself.
    Outage {
        /// After this long, says whoever answered.
        wait: Option<Duration>,
    },
    /// It seldom passes by itself.
    Doubtful,
    /// It is the answer.
    Final,
}

fn kind(error: &SupabaseError, asked: Asked) -> Kind {
    match error {
        SupabaseError::Unavailable { retry_after, .. } => Kind::Outage { wait: *retry_after },
        SupabaseError::Unreachable(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::NotPostgrest { .. }
        | SupabaseError::ReadOnly { .. }
        | SupabaseError::Contention(_) => Kind::Outage { wait: None },
        // Neither is about what a read asked for, once it cannot ask for less.
        SupabaseError::TooSlow(_) | SupabaseError::ServerFault { .. } if asked == Asked::Read => {
            Kind::Outage { wait: None }
        }
        // It may be a row that the server chokes on; the caller finds out by halving. Or a load balancer in maintenance, or a
        // sign-in page.
        SupabaseError::ServerFault { .. } | SupabaseError::Redirected(_) => Kind::Doubtful,
        // A firewall that asks whether we are human. With a write, the caller finds out whether it is a row's text.
        SupabaseError::Blocked { .. } if asked == Asked::Read => Kind::Doubtful,
        // No code says that the database itself refused the key.
        SupabaseError::KeyRefused { code, .. } if code.as_str().is_empty() => Kind::Doubtful,
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
        | SupabaseError::Waiting { .. }
        | SupabaseError::TooSlow(_)
        | SupabaseError::RowRefused { .. }
        | SupabaseError::Blocked { .. }
        | SupabaseError::SchoolGone(_)
        | SupabaseError::KeyRefused { .. }
        | SupabaseError::Refused { .. }
        | SupabaseError::Unreadable
        | SupabaseError::TooLarge
        | SupabaseError::ResolutionIgnored(_) => Kind::Final,
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
        asked: Asked,
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
            match verdict(error(), asked, persistence, &mut attempts, &patience, now) {
                Verdict::Again(wait, _) => now += wait,
                Verdict::Failed(error) => return (attempts.failures(), now - begun, error),
            }
        }
    }

    #[test]
    fn an_outage_is_waited_out_and_a_write_is_given_back_to_be_judged() {
        let outage = || SupabaseError::Timeout(SECOND);
        let (_, waited, error) = outlast(outage, Asked::Write, Persistence::Patient);
        assert!(waited >= 90 * SECOND && matches!(error, SupabaseError::Timeout(_)));
        let stepwise = Persistence::Stepwise(Attempts::begin(Instant::now()));
        let (_, waited, error) = outlast(outage, Asked::Write, stepwise);
        assert!((20 * SECOND..27 * SECOND).contains(&waited), "{waited:?}");
        assert!(matches!(error, SupabaseError::KeptFailing(_)), "{error}");
        let (sent, waited, error) = outlast(outage, Asked::Write, Persistence::Brief);
        assert!(sent == 1 && waited.is_zero(), "{sent} in {waited:?}");
        assert!(matches!(error, SupabaseError::KeptFailing(_)), "{error}");
    }

    fn fault(code: &str) -> SupabaseError {
        SupabaseError::ServerFault {
            status: 500,
            code: SqlState::new(code),
        }
    }

    fn refused(code: &str) -> SupabaseError {
        SupabaseError::Refused {
            status: 400,
            code: SqlState::new(code),
            part: SchemaPart::Unnamed,
        }
    }

    fn key_refused(code: &str) -> SupabaseError {
        SupabaseError::KeyRefused {
            status: 401,
            code: SqlState::new(code),
        }
    }

    #[test]
    fn what_seldom_passes_is_sent_twice_and_an_answer_once() {
        let blocked = |status| SupabaseError::Blocked { status };
        let times = |error: &dyn Fn() -> SupabaseError, asked| {
            let (failures, ..) = outlast(error, asked, Persistence::Patient);
            failures.max(1)
        };
        let all: [(&dyn Fn() -> SupabaseError, u32, u32); 11] = [
            (&|| refused("0A000"), 2, 2),
            (&|| refused("PGRST204"), 2, 2),
            (&|| refused("42703"), 1, 1),
            (&|| refused("PGRST100"), 1, 1),
            (&|| key_refused("PGRST301"), 1, 1),
            (&|| SupabaseError::Redirected(302), 2, 2),
            // A page of a firewall's. Of a write, each half is sent once more anyway.
            (&|| blocked(403), 2, 1),
            (&|| blocked(400), 2, 1),
            (&|| key_refused(""), 2, 2),
            (&|| blocked(413), 2, 1),
            (&|| blocked(414), 2, 1),
        ];
        for (error, read, write) in all {
            assert_eq!(times(error, Asked::Read), read, "read: {}", error());
            assert_eq!(times(error, Asked::Write), write, "write: {}", error());
        }
    }

    #[test]
    fn a_read_that_the_database_fails_at_is_waited_for_and_a_write_is_given_back() {
        type Failure = fn() -> SupabaseError;
        let faults: [(Failure, u32); 3] = [
            (|| fault("XX000"), 2),
            (|| fault("PGRSTX00"), 2),
            (|| SupabaseError::TooSlow(SqlState::new("57014")), 0),
        ];
        for (error, written) in faults {
            let (_, waited, last) = outlast(error, Asked::Read, Persistence::Patient);
            assert!(waited >= 90 * SECOND, "{last}: {waited:?}");
            let (sent, ..) = outlast(error, Asked::Write, Persistence::Patient);
            assert_eq!(sent, written, "{last}");
        }
        let slow = || SupabaseError::TooSlow(SqlState::new("57014"));
        let (failures, ..) = outlast(slow, Asked::Read, Persistence::Divisible);
        assert_eq!(failures, 0, "its sender asks for less");
    }

    #[test]
    fn a_page_that_comes_before_any_answer_is_perhaps_not_supabases() {
        let patience = Patience::new(Limits::BRIEF);
        let now = Instant::now();
        let mut attempts = Attempts::begin(now);
        let mut ask = || {
            let error = SupabaseError::Blocked { status: 403 };
            let persistence = Persistence::Patient;
            verdict(
                error,
                Asked::Read,
                persistence,
                &mut attempts,
                &patience,
                now,
            )
        };
        assert!(matches!(ask(), Verdict::Again(..)));
        let last = ask();
        assert!(
            matches!(last, Verdict::Failed(SupabaseError::NeverAnswered(_))),
            "{last:?}"
        );
    }
}
