//! `--check`: what is wrong with a set-up is named, with what to do; and nothing is ever written.

mod knack;
mod public_key;

use e2e::{Refresh, Run, Stage};
use sandbox::proxy::{Fault as ProxyFault, ProxyRule};
use serde_json::json;
use sync_protocol::{ErrorCode, SetupCheck, SetupOutcome, SetupReport, SetupSubject, SyncExit};

/// In this world, for no school in particular.
fn without_school(stage: &Stage) -> Refresh {
    let set = |refresh: Refresh, (name, value): (&str, String)| refresh.env(name, value);
    stage.environment().into_iter().fold(Refresh::bare(), set)
}

async fn check(stage: &Stage) -> (Run, SetupReport) {
    examined(stage.refresh().arg("--check")).await
}

async fn examined(refresh: Refresh) -> (Run, SetupReport) {
    let run = refresh.run().await;
    let report = serde_json::from_str(&run.stdout).expect("one report on stdout");
    (run, report)
}

#[track_caller]
fn of(report: &SetupReport, subject: SetupSubject) -> &SetupCheck {
    let found = report.checks.iter().find(|check| check.subject == subject);
    found.unwrap_or_else(|| panic!("{subject:?} is examined: {report:#?}"))
}

/// What failed, what it says, and what it would end a refresh with.
#[track_caller]
fn expect_failure(
    run: &Run,
    report: &SetupReport,
    subject: SetupSubject,
    code: ErrorCode,
    words: &[&str],
) {
    let found = of(report, subject);
    assert_eq!(found.outcome, SetupOutcome::Failed, "{found:?}");
    assert_eq!(found.code, Some(code), "{found:?}");
    let said = format!(
        "{} {}",
        found.message,
        found.fix.as_deref().unwrap_or_default()
    );
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
    assert!(!report.ok);
    assert_eq!(report.first_problem(), Some(code));
    assert_eq!(run.code, Some(i32::from(SyncExit::Failed(code).code())));
}

async fn rows(stage: &Stage) -> Vec<usize> {
    let mut rows = Vec::new();
    for table in [
        "students",
        "vespa_scores",
        "student_comments",
        "question_responses",
        "sync_logs",
    ] {
        let query = format!("select id from {table} where $1::text is not null");
        rows.push(stage.db.json(&query, "").await.len());
    }
    rows
}

#[tokio::test]
async fn a_set_up_in_order_passes_every_check_and_nothing_is_written() {
    let stage = Stage::builder().own_database().start([]).await;
    stage.put(&stage.pupil(1));
    let (run, report) = check(&stage).await;
    assert_eq!(run.code, Some(0), "{report:#?}");
    assert!(report.ok);
    for check in &report.checks {
        let is_fine = match check.subject {
            SetupSubject::PublicAccess => check.outcome == SetupOutcome::Skipped,
            _ => check.outcome == SetupOutcome::Passed,
        };
        assert!(is_fine, "{check:?}");
    }
    assert!(
        of(&report, SetupSubject::School)
            .message
            .contains("1 record of it")
    );
    assert_eq!(rows(&stage).await, [0; 5]);
}

#[tokio::test]
async fn no_school_has_to_be_named() {
    let stage = Stage::with_pupils([]).await;
    let (run, report) = examined(without_school(&stage).arg("--check")).await;
    assert_eq!(run.code, Some(0), "{report:#?}");
    assert_eq!(
        of(&report, SetupSubject::School).outcome,
        SetupOutcome::Skipped
    );
}

#[tokio::test]
async fn settings_that_are_missing_are_all_named_and_nobody_is_asked() {
    let (run, report) = examined(Refresh::bare().arg("--check")).await;
    let names = [
        "KNACK_APP_ID",
        "KNACK_API_KEY",
        "SUPABASE_URL",
        "SUPABASE_KEY",
    ];
    expect_failure(
        &run,
        &report,
        SetupSubject::Settings,
        ErrorCode::Configuration,
        &names,
    );
}

#[tokio::test]
async fn a_school_that_nobody_knows_is_named_as_such() {
    let stage = Stage::with_pupils([]).await;
    let other = without_school(&stage);
    let other = other.args(["--check", "--establishment-id", "aaaaaaaaaaaaaaaaaaaaaaaa"]);
    let (run, report) = examined(other).await;
    let (subject, code) = (SetupSubject::School, ErrorCode::EstablishmentNotFound);
    expect_failure(&run, &report, subject, code, &["no school"]);
}

/// A database that somebody has changed.
async fn altered(statement: &str) -> (Stage, Run, SetupReport) {
    let stage = Stage::builder().own_database().start([]).await;
    stage.db.change(statement).await;
    let (run, report) = check(&stage).await;
    (stage, run, report)
}

#[tokio::test]
async fn what_the_database_lacks_is_named() {
    let (tables, keys) = (SetupSubject::Tables, SetupSubject::UniqueKeys);
    for (statement, subject, words) in [
        (
            "alter table vespa_scores drop column attitude",
            tables,
            &["vespa_scores.attitude"][..],
        ),
        (
            "alter table students drop column course, drop column faculty",
            tables,
            &["students.course", "students.faculty"],
        ),
        (
            "drop table question_responses",
            tables,
            &["table question_responses"],
        ),
        (
            "alter table students drop constraint students_email_academic_year_key",
            keys,
            &["students (email, academic_year)"],
        ),
        (
            "alter table student_comments drop constraint student_comments_student_id_cycle_comment_type_key",
            keys,
            &["student_comments"],
        ),
        (
            "revoke insert on student_comments from service_role",
            SetupSubject::WriteAccess,
            &["student_comments", "SUPABASE_KEY"],
        ),
        (
            "revoke update on sync_logs from service_role",
            SetupSubject::WriteAccess,
            &["sync_logs"],
        ),
    ] {
        let (stage, run, report) = altered(statement).await;
        expect_failure(&run, &report, subject, ErrorCode::SupabaseRefused, words);
        let written = stage
            .db
            .json("select id from students where $1::text is not null", "")
            .await;
        assert!(written.is_empty(), "{statement}");
    }
}

/// Supabase Lite does not look again at the schema; this is what PostgREST answers once it has.
#[tokio::test]
async fn a_foreign_key_that_is_missing_is_named() {
    let stage = Stage::with_pupils([]).await;
    let fault = ProxyFault::Status {
        code: 400,
        body: json!({
            "code": "PGRST200", "hint": null,
            "details": "Searched for a foreign key relationship between 'vespa_scores' and 'students' using the hint 'student_id' in the schema 'public', but no matches were found.",
            "message": "Could not find a relationship between 'vespa_scores' and 'students' in the schema cache",
        }),
        headers: [].into(),
    };
    stage.proxy.inject(
        ProxyRule::new(fault)
            .on("GET", "vespa_scores")
            .query("Cstudents"),
    );
    let (run, report) = check(&stage).await;
    let (subject, code) = (SetupSubject::ForeignKeys, ErrorCode::SupabaseRefused);
    expect_failure(
        &run,
        &report,
        subject,
        code,
        &["vespa_scores.student_id to students"],
    );
}

#[tokio::test]
async fn what_a_refresh_can_do_without_or_will_trip_over_is_a_warning() {
    let (tables, keys) = (SetupSubject::Tables, SetupSubject::UniqueKeys);
    for (statement, subject, word) in [
        (
            "alter table students drop column gender",
            tables,
            "students.gender",
        ),
        (
            "drop table question_statistics",
            tables,
            "table question_statistics",
        ),
        (
            "alter table students add unique (knack_id)",
            keys,
            "students (knack_id)",
        ),
    ] {
        let (_stage, run, report) = altered(statement).await;
        assert_eq!(run.code, Some(0), "{report:#?}");
        let found = of(&report, subject);
        assert_eq!(found.outcome, SetupOutcome::Warning, "{found:?}");
        assert!(found.message.contains(word), "{found:?}");
    }
}

#[tokio::test]
async fn a_clock_that_is_off_is_named() {
    let stage = Stage::with_pupils([]).await;
    let date = "Thu, 26 Nov 2020 12:00:00 GMT".to_owned();
    stage.proxy.inject(ProxyRule::new(ProxyFault::Dated(date)));
    let (run, report) = check(&stage).await;
    expect_failure(
        &run,
        &report,
        SetupSubject::Clock,
        ErrorCode::Configuration,
        &["Supabase", "five minutes"],
    );
}

#[tokio::test]
async fn a_supabase_that_refuses_the_key_is_away_or_shows_no_school_is_named() {
    let stage = Stage::builder().own_database().start([]).await;
    let subject = SetupSubject::Supabase;
    for (name, value, code, word) in [
        (
            "SUPABASE_KEY",
            "sb_secret_of_another_project",
            ErrorCode::SupabaseRefused,
            "SUPABASE_KEY",
        ),
        (
            "SUPABASE_URL",
            "http://127.0.0.1:9",
            ErrorCode::SupabaseUnavailable,
            "SUPABASE_URL",
        ),
    ] {
        let refresh = stage.refresh().arg("--check").env(name, value);
        let (run, report) = examined(refresh).await;
        expect_failure(&run, &report, subject, code, &[word]);
    }
    // A key that row-level security applies to: it is accepted, and sees nothing.
    stage.db.change("delete from establishments").await;
    let (run, report) = check(&stage).await;
    let code = ErrorCode::SupabaseRefused;
    expect_failure(
        &run,
        &report,
        subject,
        code,
        &["no school at all", "SUPABASE_KEY"],
    );
}

#[tokio::test]
async fn a_database_that_answers_slowly_is_a_warning() {
    let stage = Stage::with_pupils([]).await;
    let slow = ProxyFault::Delay(std::time::Duration::from_millis(4_500));
    stage.proxy.inject(
        ProxyRule::new(slow)
            .on("GET", "question_responses")
            .query("order"),
    );
    let (run, report) = check(&stage).await;
    assert_eq!(run.code, Some(0), "{report:#?}");
    let found = of(&report, SetupSubject::SupabaseLimits);
    assert_eq!(found.outcome, SetupOutcome::Warning, "{found:?}");
    assert!(
        found.fix.as_deref().unwrap().contains("indexes"),
        "{found:?}"
    );
}

#[tokio::test]
async fn how_many_rows_come_at_once_is_told() {
    let stage = Stage::builder().own_database().max_rows(60).start([]).await;
    for n in 1..=3 {
        stage.put_with_answers(&stage.pupil(n));
    }
    stage.run().await.expect_code(0);
    let (run, report) = check(&stage).await;
    assert_eq!(run.code, Some(0), "{report:#?}");
    let found = of(&report, SetupSubject::SupabaseLimits);
    assert!(found.message.contains("at most 60 rows"), "{found:?}");
}
