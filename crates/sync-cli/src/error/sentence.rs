//! What a failed refresh says to people: what happened, whether data changed, what to do. Holds no secret, no pupil's data and no
//! answer's body.

use std::borrow::Cow;

use knack_client::KnackError;
use supabase_client::SupabaseError;
use sync_protocol::{ErrorCode, Failure, Signal, in_words};

use super::SyncError;
use crate::clock_skew::AnotherYear;
use crate::save::Refusal;
use crate::stop::{Reason, TimeUp};

/// Whether rows were saved before a failure. A write whose answer was lost may have been saved, and counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SavedRows {
    None,
    Some,
}

impl SyncError {
    /// What people see.
    pub(crate) fn failure(&self, rows: SavedRows) -> Failure {
        let code = self.code();
        Failure {
            code,
            message: capitalised(&format!(
                "{}{}{}",
                self.happened(),
                self.changed(rows),
                self.timed_advice()
            )),
            retryable: code.retryable(),
            retry_after_seconds: self.retry_after_seconds(),
        }
    }

    /// Why a part of a refresh was not done, the rest of which was: what happened, and what to do.
    pub(crate) fn reason(&self) -> String {
        capitalised(&format!("{}{}", self.happened(), self.advice()))
    }

    fn happened(&self) -> String {
        match self {
            Self::Usage(sentence) => sentence.clone(),
            Self::Configuration(error) => error.to_string(),
            Self::WrongClock(AnotherYear {
                service,
                our_day,
                their_day,
            }) => format!(
                "The clock of the machine that runs the refresh says {our_day} and {service}'s says {their_day}, which lies in another academic year."
            ),
            Self::EstablishmentNotFound => "The dashboard has no school with this id.".to_owned(),
            Self::NoSchoolVisible => "Supabase shows this key no school at all.".to_owned(),
            Self::Knack(error) => format!("{error}."),
            // What was being done does not matter: nothing at all can be.
            Self::Supabase {
                source:
                    source @ (SupabaseError::CertificateNotTrusted { .. }
                    | SupabaseError::NeverAnswered(_)),
                ..
            } => format!("{source}."),
            Self::Supabase { doing, source } => format!("{doing} failed: {source}."),
            Self::TableRefused { table, refusal } => table_refused(table, refusal),
            Self::FieldsChanged { object, faults } => {
                format!("Fields of {object} have changed in Knack: {faults}.")
            }
            Self::FilterIgnored => {
                "Knack returned records for schools or years that were not requested.".to_owned()
            }
            Self::Stopped(Reason::Deadline(time_up)) => reached(time_up),
            Self::Stopped(Reason::Cancelled(Signal::Interrupt | Signal::Terminate)) => {
                "The refresh was cancelled.".to_owned()
            }
            Self::Internal(_) => "The refresh failed because of a bug.".to_owned(),
        }
    }

    /// Whether data changed. Begins with a space.
    fn changed(&self, rows: SavedRows) -> &'static str {
        match (self, rows) {
            // It says how to ask, and was not asked anything yet.
            (Self::Usage(_), _) => "",
            (_, SavedRows::None) => " Nothing was changed.",
            // Refreshing again cannot help.
            (Self::TableRefused { .. }, SavedRows::Some) => " Rows already saved are kept.",
            // Its rows may have gone with it.
            (
                Self::Supabase {
                    source: SupabaseError::SchoolGone(_),
                    ..
                },
                SavedRows::Some,
            ) => " Rows saved earlier may have been deleted with the school.",
            (_, SavedRows::Some) => {
                " Rows already saved are kept; the next successful refresh saves the rest."
            }
        }
    }

    /// What to do about it, and when if that is known. Begins with a space.
    fn timed_advice(&self) -> Cow<'static, str> {
        let Some(seconds) = self.retry_after_seconds() else {
            return self.advice();
        };
        let again = format!(" Try again in {}", in_words(seconds));
        match self {
            Self::Knack(KnackError::DailyAllowanceUsedUp { .. }) => {
                format!("{again}, or ask your administrator for a larger Knack plan.").into()
            }
            _ => format!("{again}.").into(),
        }
    }

    /// What to do about it. Begins with a space.
    fn advice(&self) -> Cow<'static, str> {
        let known = match self {
            Self::TableRefused { refusal, .. } if refusal.blocked.is_some() => {
                " Tell your administrator: the gateway or firewall in front of Supabase needs attention."
            }
            Self::NoSchoolVisible => {
                " Tell your administrator: SUPABASE_KEY must be a secret or service_role key, which row-level security does not apply to."
            }
            Self::TableRefused { .. } => {
                " Tell your administrator: the table's columns, keys or triggers need attention."
            }
            Self::Knack(error) => {
                return knack_advice(error).unwrap_or_else(|| advice(self.code()).into());
            }
            Self::Supabase { source, .. } => {
                supabase_advice(source).unwrap_or_else(|| advice(self.code()))
            }
            Self::Configuration(_) => {
                " Correct this in the environment or in the file .env, then refresh again."
            }
            Self::FieldsChanged { .. } => {
                " Tell your administrator: these fields must be restored in Knack's builder, or the field table of this program must be changed."
            }
            Self::WrongClock(_) => {
                " Tell your administrator to set that machine's clock, then refresh again."
            }
            Self::Usage(_)
            | Self::EstablishmentNotFound
            | Self::FilterIgnored
            | Self::Stopped(_)
            | Self::Internal(_) => advice(self.code()),
        };
        known.into()
    }
}

/// `The refresh reached its time limit of 5 minutes and was stopped. Knack had not answered for 50 seconds.`
fn reached(time_up: &TimeUp) -> String {
    let TimeUp { limit, awaited } = time_up;
    let limit = in_words(limit.as_secs());
    let stopped = format!("The refresh reached its time limit of {limit} and was stopped.");
    match awaited {
        Some((service, time)) => {
            let time = in_words(time.as_secs());
            format!("{stopped} {service} had not answered for {time}.")
        }
        None => stopped,
    }
}

/// `The database refuses the rows of "students": column "region" must not be empty (code 23502).`
fn table_refused(table: &str, refusal: &Refusal) -> String {
    let Refusal {
        code,
        part,
        blocked,
    } = refusal;
    if let Some(status) = blocked {
        return format!(
            "A gateway or firewall in front of Supabase refuses the rows of \"{table}\" (status {status})."
        );
    }
    let code = code.as_str();
    let (code, colon) = match code {
        "" => (String::new(), ""),
        code => (format!("code {code}"), ": "),
    };
    match part.fault(Some(table)) {
        Some(fault) => {
            format!("The database refuses the rows of \"{table}\": {fault} ({code}).")
        }
        None => format!("The database refuses the rows of \"{table}\"{colon}{code}."),
    }
}

/// Errors begin in lower case, since they follow one another in a log's chain; what a person reads does not.
fn capitalised(sentence: &str) -> String {
    let mut rest = sentence.chars();
    let first = rest.next().into_iter().flat_map(char::to_uppercase);
    first.chain(rest).collect()
}

fn advice(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Usage => " See --help.",
        ErrorCode::Configuration | ErrorCode::Cancelled => "",
        ErrorCode::EstablishmentNotFound => {
            " Check the id, or whether the nightly sync has copied the school yet."
        }
        ErrorCode::KnackRefused => {
            " Tell your administrator: Knack's key, application id or daily allowance needs attention."
        }
        ErrorCode::SupabaseRefused => {
            " Tell your administrator: Supabase's key, schema or policies need attention."
        }
        ErrorCode::KnackUnavailable | ErrorCode::SupabaseUnavailable | ErrorCode::Deadline => {
            " Try again in a few minutes."
        }
        ErrorCode::BadData => {
            " Try again later. If that does not help, tell your administrator: Knack does not answer as its API is documented."
        }
        ErrorCode::Internal => " Tell your administrator; the log has the details.",
    }
}

/// Where more is known than the code says.
fn knack_advice(error: &KnackError) -> Option<Cow<'static, str>> {
    let advice = match error {
        KnackError::CertificateNotTrusted { .. } => {
            " Tell your administrator: check the host in KNACK_API_URL and this machine's clock, or point SSL_CERT_FILE to the issuing authority's certificate."
        }
        KnackError::NeverAnswered(_) => {
            " Tell your administrator: check KNACK_API_URL and this machine's network, or try again in a few minutes."
        }
        KnackError::Refused(402) => " Tell your administrator: check the account's plan and bills.",
        KnackError::Refused(_) => {
            " Tell your administrator: check KNACK_APP_ID, KNACK_API_KEY and KNACK_API_URL."
        }
        KnackError::NoLongerServed { .. } => {
            " Try again in a few minutes. If that does not help, tell your administrator: something in front of Knack may be refusing requests, or the key may have been changed."
        }
        KnackError::DailyAllowanceUsedUp { .. } => {
            " Try again after midnight UTC, or ask your administrator for a larger Knack plan."
        }
        KnackError::Redirected(_) | KnackError::BadRequest { object: None, .. } => {
            " Tell your administrator: check KNACK_API_URL."
        }
        KnackError::BadRequest {
            object: Some(object),
            ..
        } => {
            let advice = format!(
                " Tell your administrator: check KNACK_API_URL, and whether the app has {object}."
            );
            return Some(advice.into());
        }
        KnackError::ObjectRefused { object, .. } => {
            let advice = format!(
                " Tell your administrator: check whether the app has {object}, and whether KNACK_API_KEY may read it."
            );
            return Some(advice.into());
        }
        KnackError::Unreachable(_)
        | KnackError::Timeout(_)
        | KnackError::Overloaded { .. }
        | KnackError::RateLimited { .. }
        | KnackError::Truncated
        | KnackError::NotAPage
        | KnackError::UnreadableRecords
        | KnackError::Contradictory => return None,
        KnackError::TooLarge { .. } => {
            " Tell your administrator: even single records are too large, usually because of pasted images."
        }
    };
    Some(advice.into())
}

/// The same for Supabase.
fn supabase_advice(error: &SupabaseError) -> Option<&'static str> {
    Some(match error {
        SupabaseError::CertificateNotTrusted { .. } => {
            " Tell your administrator: check the host in SUPABASE_URL and this machine's clock, or point SSL_CERT_FILE to the issuing authority's certificate."
        }
        SupabaseError::NeverAnswered(last) if matches!(**last, SupabaseError::Blocked { .. }) => {
            " Tell your administrator: check SUPABASE_URL, or the gateway or firewall in front of Supabase."
        }
        SupabaseError::NeverAnswered(_) => {
            " Tell your administrator: check SUPABASE_URL and this machine's network, or try again in a few minutes."
        }
        SupabaseError::KeyRefused { status: 402, .. } => {
            " Tell your administrator: check the project's plan and bills."
        }
        SupabaseError::KeyRefused { status: 403, .. } => {
            " Tell your administrator: SUPABASE_KEY must be the project's secret key, and its role needs the usual rights."
        }
        SupabaseError::KeyRefused { .. } => {
            " Tell your administrator: SUPABASE_KEY must be a valid secret key of the project at SUPABASE_URL."
        }
        SupabaseError::SchoolGone(_) => {
            " Tell your administrator; refresh again once the nightly sync has restored it."
        }
        // The path that was asked for is not one of PostgREST's.
        SupabaseError::Refused { code, .. } if code.as_str() == "PGRST125" => {
            " Tell your administrator: check SUPABASE_URL."
        }
        SupabaseError::Blocked { .. } => {
            " Tell your administrator: the gateway or firewall in front of Supabase needs attention."
        }
        SupabaseError::Redirected(_) => " Tell your administrator: check SUPABASE_URL.",
        SupabaseError::Unreadable => {
            " Tell your administrator: check SUPABASE_URL. If it is right, the database's tables or columns differ from the dashboard's schema."
        }
        SupabaseError::Refused { .. } | SupabaseError::ResolutionIgnored => {
            " Tell your administrator: the database's tables, columns or keys differ from the dashboard's schema."
        }
        SupabaseError::KeptFailing(last) | SupabaseError::Waiting { last, .. } => {
            return supabase_advice(last);
        }
        SupabaseError::Unreachable(_)
        | SupabaseError::Timeout(_)
        | SupabaseError::Unavailable { .. }
        | SupabaseError::NotPostgrest { .. }
        | SupabaseError::ReadOnly { .. }
        | SupabaseError::Contention(_)
        | SupabaseError::TooSlow(_)
        | SupabaseError::ServerFault { .. }
        | SupabaseError::RowRefused { .. } => return None,
        SupabaseError::TooLarge => {
            " Tell your administrator: check SUPABASE_URL. If it is right, one answer was larger than a refresh can read."
        }
    })
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;
    use std::time::Duration;

    use anyhow::anyhow;
    use jiff::civil::date;
    use supabase_client::{SchemaPart, SqlState};

    use super::*;
    use crate::service::Service;

    /// Any, since only that there is one is told.
    fn unreachable() -> reqwest::Error {
        reqwest::Proxy::http("::").unwrap_err()
    }

    fn supabase(source: SupabaseError) -> SyncError {
        let doing = "saving scores";
        SyncError::Supabase { doing, source }
    }

    fn knack_errors() -> Vec<KnackError> {
        let second = Duration::from_secs(1);
        let bad_request = |status| KnackError::BadRequest {
            status,
            object: Some("object_10"),
        };
        let overloaded = |retry_after| KnackError::Overloaded {
            status: 503,
            retry_after,
        };
        vec![
            KnackError::Unreachable(unreachable()),
            KnackError::CertificateNotTrusted {
                reason: "it has expired",
                source: unreachable(),
            },
            KnackError::NeverAnswered(Box::new(KnackError::NotAPage)),
            KnackError::Timeout(60 * second),
            overloaded(None),
            overloaded(Some(3_601 * second)),
            KnackError::RateLimited {
                wait: second,
                retry_after: None,
            },
            KnackError::DailyAllowanceUsedUp { resets_in: None },
            KnackError::DailyAllowanceUsedUp {
                resets_in: Some(3_600 * second),
            },
            KnackError::Refused(401),
            KnackError::Refused(402),
            KnackError::NoLongerServed { status: 403 },
            bad_request(400),
            bad_request(404),
            KnackError::ObjectRefused {
                status: 403,
                object: "object_29",
            },
            KnackError::Redirected(302),
            KnackError::Truncated,
            KnackError::NotAPage,
            KnackError::UnreadableRecords,
            KnackError::Contradictory,
            KnackError::TooLarge { first_record: None },
        ]
    }

    fn supabase_errors() -> Vec<SupabaseError> {
        let code = SqlState::new;
        let refused_key = |status, text| SupabaseError::KeyRefused {
            status,
            code: code(text),
        };
        vec![
            SupabaseError::Unreachable(unreachable()),
            SupabaseError::CertificateNotTrusted {
                reason: "it belongs to another host",
                source: unreachable(),
            },
            SupabaseError::NeverAnswered(Box::new(SupabaseError::NotPostgrest { status: 200 })),
            SupabaseError::NeverAnswered(Box::new(SupabaseError::Blocked { status: 403 })),
            SupabaseError::Timeout(Duration::from_secs(15)),
            SupabaseError::Unavailable {
                status: 503,
                code: code("PGRST002"),
                retry_after: None,
            },
            SupabaseError::Unavailable {
                status: 503,
                code: code(""),
                retry_after: Some(Duration::from_secs(90)),
            },
            SupabaseError::NotPostgrest { status: 200 },
            SupabaseError::ReadOnly {
                status: 405,
                code: code("25006"),
            },
            SupabaseError::Contention(code("40P01")),
            SupabaseError::TooSlow(code("57014")),
            SupabaseError::ServerFault {
                status: 500,
                code: code("XX000"),
            },
            SupabaseError::Blocked { status: 403 },
            SupabaseError::SchoolGone(code("23503")),
            refused_key(401, "PGRST303"),
            refused_key(401, "PGRST301"),
            refused_key(401, "22023"),
            refused_key(402, ""),
            refused_key(401, "42501"),
            refused_key(403, "42501"),
            SupabaseError::Refused {
                status: 404,
                code: code("PGRST205"),
                part: SchemaPart::Unnamed,
            },
            SupabaseError::Refused {
                status: 404,
                code: code("PGRST125"),
                part: SchemaPart::Unnamed,
            },
            SupabaseError::Redirected(307),
            SupabaseError::Unreadable,
            SupabaseError::TooLarge,
            SupabaseError::ResolutionIgnored,
        ]
    }

    fn other_errors() -> Vec<SyncError> {
        let refused = |refusal| SyncError::TableRefused {
            table: "students",
            refusal,
        };
        vec![
            SyncError::Usage(
                "--academic-year: this school has no year 2026; its current year is 2026/2027."
                    .to_owned(),
            ),
            SyncError::WrongClock(AnotherYear {
                service: Service::Supabase,
                our_day: date(2025, 7, 1),
                their_day: date(2026, 11, 23),
            }),
            SyncError::EstablishmentNotFound,
            SyncError::NoSchoolVisible,
            refused(Refusal {
                code: SqlState::new("23502"),
                part: SchemaPart::named_by(
                    SqlState::new("23502"),
                    r#"null value in column "region" of relation "students" violates not-null constraint"#,
                ),
                ..Refusal::default()
            }),
            refused(Refusal {
                code: SqlState::new("23502"),
                ..Refusal::default()
            }),
            refused(Refusal {
                blocked: Some(403),
                ..Refusal::default()
            }),
            SyncError::FieldsChanged {
                object: "object_10",
                faults: "field_855 (the completion date) is missing".to_owned(),
            },
            SyncError::FilterIgnored,
            SyncError::Stopped(Reason::Deadline(TimeUp {
                limit: Duration::from_mins(5),
                awaited: None,
            })),
            SyncError::Stopped(Reason::Deadline(TimeUp {
                limit: Duration::from_mins(5),
                awaited: Some((Service::Knack, Duration::from_secs(50))),
            })),
            SyncError::Stopped(Reason::Cancelled(Signal::Terminate)),
            SyncError::Internal(anyhow!("a panic")),
        ]
    }

    /// To be read from top to bottom, as staff and as an administrator would.
    #[test]
    fn every_failure_is_said_as_it_was() {
        let knack = knack_errors().into_iter().map(SyncError::Knack);
        let supabase = supabase_errors().into_iter().map(supabase);
        let all = knack.chain(supabase).chain(other_errors());
        let mut list = String::new();
        for error in all {
            for rows in [SavedRows::None, SavedRows::Some] {
                let failure = error.failure(rows);
                let exit = error.exit().code();
                writeln!(list, "{exit:3} {}", failure.message).unwrap();
            }
        }
        insta::assert_snapshot!(list);
    }
}
