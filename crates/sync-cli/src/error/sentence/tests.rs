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

/// Of a request that writes scores by their key.
fn of_upsert(error: SupabaseError) -> SupabaseError {
    let key = "student_id,cycle,academic_year";
    let url = format!("https://project.example/rest/v1/vespa_scores?on_conflict={key}");
    error.of_request(&url.parse().unwrap())
}

fn refused(code: &str, message: &str) -> SupabaseError {
    let code = SqlState::new(code);
    SupabaseError::Refused {
        status: 400,
        code,
        part: SchemaPart::named_by(code, message),
    }
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
        KnackError::Incomplete,
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
        of_upsert(SupabaseError::ResolutionIgnored(SchemaPart::Unnamed)),
        of_upsert(refused(
            "42P10",
            "there is no unique or exclusion constraint matching the ON CONFLICT specification",
        )),
        of_upsert(refused(
            "428C9",
            r#"cannot insert a non-DEFAULT value into column "student_email""#,
        )),
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
        SyncError::AllowanceLow {
            left: 812,
            floor: 1_000,
            resets_in: None,
        },
        SyncError::AllowanceLow {
            left: 1,
            floor: 1_000,
            resets_in: Some(Duration::from_hours(1)),
        },
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
            awaited: Some(Service::Knack),
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
