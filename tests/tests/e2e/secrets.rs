//! No key and nothing of a pupil leaves a run: not on stdout, not on stderr however much is logged, not in `sync_logs`, and
//! no key in a URL. Everything secret here is a canary, or one of the two keys.

use e2e::{Refresh, Stage};
use sandbox::knack::{Fault, KnackRule};
use sandbox::proxy::{Fault as Gateway, PostgrestCode, ProxyRule};
use serde_json::json;

/// A school whose pupils are canaries, one of them stored already under another name.
async fn canaries() -> Stage {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=3 {
        let pupil = stage
            .pupil(n)
            .email(&format!("canary-pupil-{n}"))
            .named("Canary", "Featherstone")
            .reflected(1, "<p>My canary died</p>")
            .aimed(1, "<p>A new canary</p>");
        stage.knack.put("object_10", stage.record(pupil));
    }
    // No address, no readable date, no sensible score.
    for (n, field, odd) in [
        (4, "field_197", "canary without at"),
        (5, "field_855", "canary o'clock"),
        (6, "field_155", "canary points"),
    ] {
        let mut record = stage.record(stage.pupil(n).named("Canary", "Odd"));
        record[field] = json!(odd);
        if let Some(raw) = record.get_mut(format!("{field}_raw")) {
            *raw = json!(odd);
        }
        stage.knack.put("object_10", record);
    }
    let email = stage.email("canary-pupil-1");
    let stored = json!({"name": "Canary Before"});
    stage.store_student(&email, stored).await;
    stage
}

/// Runs a refresh that logs all it can, and looks everywhere.
async fn assert_silent(stage: &Stage, refresh: Refresh, case: &str) {
    let run = refresh.args(["-v", "-v", "--progress", "json"]).run().await;

    run.summary();
    assert!(!run.stderr.contains("panicked"), "{case}: {}", run.stderr);
    let log = json!(stage.logs().await).to_string();
    let urls = stage
        .knack
        .seen()
        .into_iter()
        .map(|seen| (seen.path, seen.query))
        .chain(
            stage
                .proxy
                .seen()
                .into_iter()
                .map(|seen| (seen.path, seen.query)),
        );
    let urls = format!("{:?}", urls.collect::<Vec<_>>());
    for key in [stage.knack.api_key(), stage.secret_key()] {
        for (place, text) in [
            ("stdout", &run.stdout),
            ("stderr", &run.stderr),
            ("sync_logs", &log),
            ("a URL", &urls),
        ] {
            assert!(!text.contains(key), "{case}: a key is in {place}: {text}");
        }
    }
    for (place, text) in [
        ("stdout", &run.stdout),
        ("stderr", &run.stderr),
        ("sync_logs", &log),
    ] {
        let sings = text.to_lowercase().contains("canary");
        assert!(!sings, "{case}: a canary is in {place}: {text}");
    }
}

#[tokio::test]
async fn nothing_personal_is_logged_when_all_goes_well() {
    let stage = canaries().await;
    assert_silent(&stage, stage.refresh(), "the first").await;
    assert_eq!(stage.students().await[0]["name"], "Canary Featherstone");
    assert_silent(&stage, stage.refresh(), "the second").await;
    assert_silent(&stage, stage.refresh().arg("--dry-run"), "a dry run").await;
}

#[tokio::test]
async fn nothing_personal_but_scores_is_reported_of_what_changed() {
    let stage = canaries().await;
    assert_silent(&stage, stage.refresh().arg("--dry-run"), "a rehearsal").await;
    let reported = stage.refresh().arg("--report-changes");
    assert_silent(&stage, reported, "reported").await;
}

#[tokio::test]
async fn names_that_a_dry_run_shows_are_on_stdout_alone() {
    let stage = canaries().await;
    let shown = stage.refresh().args(["--dry-run", "--show-personal-data"]);
    let run = shown.args(["-v", "-v", "--progress", "json"]).run().await;
    assert!(run.stdout.contains("Canary Featherstone"), "{run:?}");
    for text in ["canary-pupil", "My canary died"] {
        assert!(!run.stdout.contains(text), "{text}: {}", run.stdout);
    }
    let stderr = run.stderr.to_lowercase();
    assert!(!stderr.contains("canary"), "{stderr}");
}

#[tokio::test]
async fn nothing_personal_is_logged_when_knack_fails() {
    let body = "Canary Featherstone <canary-pupil-1@example.test>".to_owned();
    let status = |code| Fault::Status {
        code,
        body: body.clone(),
    };
    for fault in [
        status(503),
        status(400),
        status(401),
        status(418),
        status(204),
        Fault::Truncated200,
        Fault::CutBody,
        Fault::Reset,
        Fault::Html,
        Fault::IgnoreFilter,
        Fault::RemoveRecordAfterPage,
        Fault::DailyCapReached,
        Fault::Redirect("http://127.0.0.1:9/canary?key=canary".to_owned()),
    ] {
        let stage = canaries().await;
        let case = format!("{fault:?}");
        stage.knack.inject(KnackRule::new(fault).times(6));
        let refresh = stage.refresh().args(["--rows-per-page", "2"]);
        assert_silent(&stage, refresh, &case).await;
    }
}

#[tokio::test]
async fn nothing_personal_is_logged_when_supabase_refuses_or_fails() {
    let body = json!({
        "code": "canary", "message": "Canary Featherstone", "details": "Key (canary-pupil-1)", "hint": "canary",
    });
    let status = |code| Gateway::Status {
        code,
        body: body.clone(),
        headers: [].into(),
    };
    let postgrest = |code| Gateway::Postgrest { code };
    let violation = |text: &str| Gateway::CheckViolation {
        row_contains: text.to_owned(),
    };
    for (fault, method, table) in [
        (violation("canary-pupil-2"), "POST", "students"),
        (violation("overall"), "POST", "vespa_scores"),
        (violation("canary"), "POST", "student_comments"),
        (
            postgrest(PostgrestCode::UniqueViolation),
            "POST",
            "students",
        ),
        (
            postgrest(PostgrestCode::CardinalityViolation),
            "POST",
            "students",
        ),
        (
            postgrest(PostgrestCode::InsufficientPrivilege),
            "POST",
            "students",
        ),
        (
            postgrest(PostgrestCode::DeadlockDetected),
            "POST",
            "vespa_scores",
        ),
        (status(500), "POST", "students"),
        (status(400), "POST", "vespa_scores"),
        (status(409), "POST", "student_comments"),
        (status(200), "GET", "students"),
        (status(200), "GET", "establishments"),
        (status(503), "GET", "establishments"),
        (Gateway::Cut, "GET", "students"),
        (Gateway::CutAfterWrite, "POST", "students"),
        (status(400), "POST", "sync_logs"),
    ] {
        let stage = canaries().await;
        let case = format!("{fault:?} on {method} {table}");
        stage.proxy.inject(ProxyRule::new(fault).on(method, table));
        assert_silent(&stage, stage.refresh(), &case).await;
    }
}

#[tokio::test]
async fn nothing_personal_is_logged_when_settings_are_wrong() {
    let stage = canaries().await;
    for (name, value) in [
        ("KNACK_APP_ID", "canary"),
        ("KNACK_API_KEY", "canary-key"),
        ("KNACK_API_KEY", "canary\u{e9}"),
        ("KNACK_API_URL", "http://canary.example/v1"),
        ("KNACK_API_URL", "https://canary:canary@127.0.0.1/v1"),
        ("SUPABASE_URL", "http://127.0.0.1:9/?canary"),
        ("SUPABASE_URL", "http://127.0.0.1:9/canary"),
        ("SUPABASE_KEY", "sb_secret_canary"),
        ("SUPABASE_KEY", "sb_publishable_canary"),
        ("SUPABASE_KEY", "canary.canary.canary"),
        ("KNACK_BUDGET", "canary"),
        ("KNACK_TIMEOUT_SECONDS", "canary"),
        ("SYNC_RUN_ID", "canary"),
        ("SYNC_STARTED_BY", "canary@example.test"),
    ] {
        let case = format!("{name}={value}");
        assert_silent(&stage, stage.refresh().env(name, value), &case).await;
    }
}
