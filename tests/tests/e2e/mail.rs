//! What cron mails: of every run that did not end well exactly one line on stderr, and of a good one none, if it is to be quiet.

use std::time::Duration;

use e2e::{Refresh, Run, Stage, until};
use nix::sys::signal::Signal;
use sandbox::knack::{Fault as KnackFault, Kind, KnackRule};
use sandbox::proxy::{Fault, ProxyRule};

/// The one line, which is about the school where that is known.
#[track_caller]
fn line(run: &Run, code: i32) -> &str {
    assert_eq!(run.code, Some(code), "{run:?}");
    let lines: Vec<&str> = run.stderr.lines().collect();
    let [line] = lines.as_slice() else {
        panic!("one line, and not {}: {}", lines.len(), run.stderr);
    };
    let sentence = line.strip_prefix("sync-single-establishment: ");
    let sentence = sentence.unwrap_or_else(|| panic!("it says who speaks: {line}"));
    assert!(sentence.ends_with(['.', ')']), "{line}");
    assert!(run.stderr.ends_with('\n'));
    sentence
}

/// The same of a run that printed a summary: what that says, after the school's name.
#[track_caller]
fn line_of_failure(run: &Run, code: i32) -> String {
    let sentence = line(run, code).to_owned();
    let summary = run.summary();
    let message = summary.error.expect("it has failed").message;
    let about = summary.establishment_name;
    let about = about.or_else(|| summary.establishment_id.map(|id| id.to_string()));
    let about = about.map_or_else(String::new, |about| format!("{about}: "));
    assert!(
        sentence.starts_with(&format!("{about}{message}")),
        "{sentence}"
    );
    sentence
}

fn quiet(refresh: Refresh) -> Refresh {
    refresh.arg("--quiet")
}

#[tokio::test]
async fn a_success_says_nothing_whatever_it_warns_of() {
    let stage = Stage::with_class(3).await;
    stage
        .knack
        .put("object_10", stage.record(stage.pupil(4).without_email()));
    stage.knack.inject(
        KnackRule::new(KnackFault::TooManyRequests)
            .on(Kind::Page)
            .once(),
    );
    for options in [&[][..], &["--dry-run"], &["--check"]] {
        let run = quiet(stage.refresh()).args(options).run().await;
        assert_eq!(
            (run.code, run.stderr.as_str()),
            (Some(0), ""),
            "{options:?}"
        );
    }
}

#[tokio::test]
async fn arguments_and_settings_that_are_wrong_are_one_line() {
    let run = quiet(Refresh::bare().args(["--establishment-id", "no-id"]))
        .run()
        .await;
    line_of_failure(&run, 2);
    let run = quiet(Refresh::bare().args(["--dry-rum"])).run().await;
    assert!(line_of_failure(&run, 2).contains("--dry-run"));
    let id = ["--establishment-id", "61680fc13a0bfd001e8ca3ca"];
    let run = quiet(Refresh::bare().args(id)).run().await;
    assert!(line_of_failure(&run, 3).contains("KNACK_APP_ID"));
    let run = quiet(Refresh::bare().arg("--check")).run().await;
    assert!(line(&run, 3).starts_with("--check found a problem: "));
}

#[tokio::test]
async fn a_school_that_is_not_there_and_services_that_refuse_or_are_away_are_one_line() {
    let stage = Stage::with_class(1).await;
    let unknown = quiet(stage.refresh_of("ffffffffffffffffffffffff"))
        .run()
        .await;
    line_of_failure(&unknown, 4);
    for (name, value, code) in [
        ("KNACK_API_KEY", "another", 5),
        ("KNACK_API_URL", "http://127.0.0.1:9/v1", 6),
        ("SUPABASE_KEY", "sb_secret_of_another_project", 7),
        ("SUPABASE_URL", "http://127.0.0.1:9", 8),
    ] {
        let run = quiet(stage.refresh()).env(name, value).run().await;
        line_of_failure(&run, code);
        let run = quiet(stage.refresh())
            .arg("--check")
            .env(name, value)
            .run()
            .await;
        assert!(line(&run, code).starts_with("--check found "), "{name}");
    }
}

#[tokio::test]
async fn what_was_saved_in_part_is_one_line_with_every_reason() {
    let stage = Stage::with_class(3).await;
    let row_contains = stage.email("p003");
    stage
        .proxy
        .inject(ProxyRule::new(Fault::CheckViolation { row_contains }).on("POST", "students"));
    stage.knack.inject(
        KnackRule::new(KnackFault::Status {
            code: 403,
            body: "Forbidden".to_owned(),
        })
        .object("object_29"),
    );
    let run = quiet(stage.refresh()).run().await;
    let sentence = line(&run, 9);
    for word in ["School ", "were not saved", "question answers"] {
        assert!(sentence.contains(word), "{word}: {sentence}");
    }
}

#[tokio::test]
async fn data_that_cannot_be_believed_a_bug_and_a_deadline_are_one_line() {
    let stage = Stage::with_class(3).await;
    stage
        .knack
        .inject(KnackRule::new(KnackFault::IgnoreFilter).on(Kind::Page));
    stage.knack.put("object_10", serde_json::json!({
        "id": "61680fc13a0bfd001e8ca3ff", "field_133_raw": [{"id": "61680fc13a0bfd001e8ca3fe", "identifier": "Other"}],
    }));
    stage.knack.rebuild("object_10", |object| {
        object.fields.retain(|field| field.key != "field_197");
    });
    let run = quiet(stage.refresh()).run().await;
    line_of_failure(&run, 10);

    let id = ["--establishment-id", "61680fc13a0bfd001e8ca3ca"];
    let run = quiet(Refresh::bare_after("ulimit -n 4").args(id))
        .run()
        .await;
    assert!(line_of_failure(&run, 70).contains("Too many open files"));

    let stage = Stage::with_class(1).await;
    stage.knack.inject(KnackRule::new(KnackFault::Hang));
    let run = quiet(stage.refresh()).args(["--timeout", "1"]).run().await;
    line_of_failure(&run, 124);
}

#[tokio::test]
async fn a_summary_that_cannot_be_written_is_one_line() {
    let stage = Stage::with_class(1).await;
    let mut command = quiet(stage.refresh()).into_command();
    let full = std::fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let child = command.stdout(full).spawn().unwrap();
    let output = child.wait_with_output().await.unwrap();
    let run = Run {
        code: output.status.code(),
        stdout: String::new(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    assert!(line(&run, 70).contains("No space left on device"));
}

#[tokio::test]
async fn a_run_that_is_stopped_is_one_line() {
    for (signal, code) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let stage = Stage::with_class(1).await;
        stage
            .knack
            .inject(KnackRule::new(KnackFault::Delay(Duration::from_mins(1))));
        let running = quiet(stage.refresh()).start();
        until("Knack is asked", || !stage.knack.seen().is_empty()).await;
        running.signal(signal);
        line_of_failure(&running.end().await, code);
    }
}

#[tokio::test]
async fn the_one_line_is_json_where_all_lines_are() {
    let stage = Stage::with_class(1).await;
    stage.proxy.inject(ProxyRule::new(Fault::Status {
        code: 401,
        body: serde_json::json!({"message": "Invalid API key"}),
        headers: [].into(),
    }));
    let run = quiet(stage.refresh())
        .args(["--progress", "json"])
        .run()
        .await;
    let failed: Vec<serde_json::Value> = run
        .stderr
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .filter(|line: &serde_json::Value| line["level"] == "ERROR")
        .collect();
    assert_eq!(failed.len(), 1, "{}", run.stderr);
    let message = failed[0]["message"].as_str().unwrap();
    assert!(
        message.ends_with(&run.summary().error.unwrap().message),
        "{message}"
    );
}
