//! Every status, and every class of codes, asked in reading and in writing.

use super::*;

pub(super) fn kind(error: &SupabaseError) -> &'static str {
    match error {
        SupabaseError::Unreachable(_) => "unreachable",
        SupabaseError::CertificateNotTrusted { .. } => "certificate",
        SupabaseError::Timeout(_) => "timeout",
        SupabaseError::Unavailable { .. } => "unavailable",
        SupabaseError::NotPostgrest { .. } => "not PostgREST",
        SupabaseError::ReadOnly { .. } => "read-only",
        SupabaseError::Contention(_) => "contention",
        SupabaseError::NeverAnswered(_) => "never answered",
        SupabaseError::KeptFailing(_) => "kept failing",
        SupabaseError::Waiting { .. } => "waiting",
        SupabaseError::TooSlow(_) => "too slow",
        SupabaseError::ServerFault { .. } => "server fault",
        SupabaseError::RowRefused { .. } => "row refused",
        SupabaseError::Blocked { .. } => "blocked",
        SupabaseError::SchoolGone(_) => "school gone",
        SupabaseError::KeyRefused { .. } => "key refused",
        SupabaseError::Refused { .. } => "refused",
        SupabaseError::Redirected(_) => "redirected",
        SupabaseError::Unreadable => "unreadable",
        SupabaseError::TooLarge => "too large",
        SupabaseError::ResolutionIgnored(_) => "resolution ignored",
    }
}

fn judge(asked: Asked, status: u16, body: &str) -> &'static str {
    let refusal = Refusal {
        asked,
        status,
        retry_after: None,
        body: body.as_bytes(),
    };
    kind(&refusal.judge())
}

#[test]
fn what_the_path_says_is_judged_by_its_status() {
    let pages = [
        "",
        "<html>down</html>",
        "upstream connect error",
        "[]",
        "null",
        r#"{"message":"no Route matched with those values"}"#,
        r#"{"code":503,"message":"busy"}"#,
        r#"{"code":"SUP","message":"busy"}"#,
        r#"{"code":"23514"}"#,
        r#"{"code":"Failing row contains (Anna)","message":"m"}"#,
    ];
    for status in 300..600 {
        let expected = match status {
            304 | 404 | 405 | 408 | 410 | 421 | 425 | 429 | 499 | 500.. => "unavailable",
            300..=399 => "redirected",
            401 | 402 => "key refused",
            // A firewall has its own taste in statuses.
            _ => "blocked",
        };
        for page in pages {
            for asked in [Asked::Read, Asked::Write] {
                assert_eq!(judge(asked, status, page), expected, "{status} {page}");
            }
        }
    }
}

#[test]
fn what_the_database_says_is_judged_by_its_code() {
    for (status, code, read, write) in [
        // Outages, whatever PostgREST makes of them.
        (503, "08006", "unavailable", "unavailable"),
        (405, "25006", "read-only", "read-only"),
        (500, "25P02", "unavailable", "unavailable"),
        (400, "26000", "unavailable", "unavailable"),
        (400, "42P05", "unavailable", "unavailable"),
        (500, "40001", "contention", "contention"),
        (500, "40P01", "contention", "contention"),
        (503, "53300", "unavailable", "unavailable"),
        (503, "57P01", "unavailable", "unavailable"),
        (503, "57P03", "unavailable", "unavailable"),
        (500, "58030", "unavailable", "unavailable"),
        (503, "PGRST000", "unavailable", "unavailable"),
        (503, "PGRST001", "unavailable", "unavailable"),
        (503, "PGRST002", "unavailable", "unavailable"),
        (504, "PGRST003", "unavailable", "unavailable"),
        (408, "PT408", "unavailable", "unavailable"),
        (429, "PT429", "unavailable", "unavailable"),
        (503, "PT503", "unavailable", "unavailable"),
        // A row's, which only a write can have.
        (400, "22001", "refused", "row refused"),
        (409, "23505", "refused", "row refused"),
        (400, "23514", "refused", "row refused"),
        (500, "21000", "refused", "row refused"),
        (400, "44000", "refused", "row refused"),
        (400, "45000", "refused", "row refused"),
        (500, "54000", "refused", "row refused"),
        (400, "P0001", "refused", "row refused"),
        (409, "PT409", "refused", "row refused"),
        (403, "PT403", "refused", "row refused"),
        (400, "38000", "refused", "row refused"),
        (400, "ZZ001", "refused", "row refused"),
        // Time.
        (500, "57014", "too slow", "too slow"),
        (500, "55P03", "too slow", "too slow"),
        // The key.
        (401, "PGRST301", "key refused", "key refused"),
        (401, "PGRST303", "key refused", "key refused"),
        (401, "22023", "key refused", "key refused"),
        (401, "P0001", "key refused", "key refused"),
        (403, "42501", "key refused", "key refused"),
        (403, "28P01", "key refused", "key refused"),
        (500, "3D000", "key refused", "key refused"),
        // The call.
        (400, "42P10", "refused", "refused"),
        (404, "42P01", "refused", "refused"),
        (400, "42703", "refused", "refused"),
        (400, "0A000", "refused", "refused"),
        (300, "PGRST201", "refused", "refused"),
        (400, "PGRST204", "refused", "refused"),
        (406, "PGRST116", "refused", "refused"),
        // Unknown faults.
        (500, "XX000", "server fault", "server fault"),
        (500, "55000", "server fault", "server fault"),
        (500, "PGRSTX00", "server fault", "server fault"),
        (500, "PT500", "server fault", "server fault"),
    ] {
        let body = format!(r#"{{"code":"{code}","message":"m","details":null,"hint":null}}"#);
        assert_eq!(judge(Asked::Read, status, &body), read, "read {code}");
        assert_eq!(judge(Asked::Write, status, &body), write, "write {code}");
    }
}

#[test]
fn an_error_that_a_function_chose_is_judged_by_its_status() {
    let chosen = [
        r#"{"code":"no_places","message":"m","details":null,"hint":null}"#,
        r#"{"code":"pgrst002","message":"m","details":null,"hint":null}"#,
        r#"{"code":null,"message":"m","details":null,"hint":null}"#,
        r#"{"message":"m","details":null,"hint":null}"#,
        r#"{"code":"ZZ001","message":"m"}"#,
    ];
    for status in 400..600 {
        let (read, write) = match status {
            401 => ("key refused", "key refused"),
            408 | 425 | 429 | 502..=504 => ("unavailable", "unavailable"),
            400..500 => ("refused", "row refused"),
            _ => ("server fault", "server fault"),
        };
        for body in chosen {
            assert_eq!(judge(Asked::Read, status, body), read, "{status} {body}");
            assert_eq!(judge(Asked::Write, status, body), write, "{status} {body}");
        }
    }
}

#[test]
fn a_row_whose_school_is_missing_says_that_the_school_has_gone() {
    let body = |key, details| {
        format!(
            r#"{{"code":"23503","details":"{details}","message":"insert or update on table \"students\" violates foreign key constraint \"{key}\""}}"#
        )
    };
    for (key, details, expected) in [
        ("students_establishment_id_fkey", "", "school gone"),
        (
            "fk_1",
            "Key (establishment_id)=(x) is not present.",
            "school gone",
        ),
        (
            "vespa_scores_student_id_fkey",
            "Key (student_id)=(x) is not present.",
            "row refused",
        ),
    ] {
        let judged = judge(Asked::Write, 409, &body(key, details));
        assert_eq!(judged, expected, "{key}");
    }
}
