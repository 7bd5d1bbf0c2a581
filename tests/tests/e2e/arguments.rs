//! Bad arguments end with exit code 2, one clear sentence and the document, before anything is asked of anybody.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;

use e2e::{Refresh, Run, Stage};
use sync_protocol::ErrorCode;

const ID: &str = "61680fc13a0bfd001e8ca3ca";

/// The sentence of a command line that is refused.
async fn refused(args: &[&str]) -> String {
    let run = Refresh::bare().args(args).run().await;
    sentence(&run)
}

#[track_caller]
fn sentence(run: &Run) -> String {
    let failure = run.expect_failure(2, ErrorCode::Usage);
    assert!(failure.message.ends_with(". See --help."), "{failure:?}");
    // So that cron mails it.
    assert_eq!(run.stderr.lines().count(), 1, "{}", run.stderr);
    let sentence = failure.message.trim_end_matches(" See --help.");
    // In a log, a sentence begins in lower case.
    assert!(run.stderr.contains(&sentence[1..]), "{}", run.stderr);
    failure.message
}

#[tokio::test]
async fn text_that_is_not_an_id_is_refused_and_not_repeated() {
    let long = "a".repeat(100_000);
    for (text, length) in [
        ("61680fc13a0bfd001e8ca3c", 23),
        ("61680fc13a0bfd001e8ca3caa", 25),
        ("61680fc13a0bfd001e8ca3cg", 24),
        ("'; drop table students;--", 25),
        ("--help", 6),
        ("-", 1),
        ("", 0),
        ("61680fc13a0bfd001e8ca3c\n", 24),
        ("61680fc13a0bfd\u{1b}[2Je8ca3ca", 25),
        ("６１６８０ｆｃ１３ａ０ｂｆｄ００１ｅ８ｃａ３ｃａ", 24),
        ("{0d9f1b5e-0000-4000-8000-0000000000ab}", 38),
        (&long, 100_000),
    ] {
        let message = refused(&[&format!("--establishment-id={text}")]).await;

        let told = format!("got {length} characters");
        assert!(message.contains(&told), "{text}: {message}");
        assert!(message.starts_with("--establishment-id: "), "{message}");
        assert!(text.len() < 7 || !message.contains(text), "{message}");
    }
}

#[tokio::test]
async fn an_id_that_looks_like_an_option_is_still_an_id() {
    let message = refused(&["--establishment-id", "--help"]).await;
    assert!(message.contains("got 6 characters"), "{message}");
}

#[tokio::test]
async fn an_id_in_capitals_is_the_same_id() {
    let stage = Stage::with_class(1).await;
    let capitals = stage.knack_id.to_uppercase();
    stage.refresh_of(&capitals).run().await.expect_code(0);

    let id = stage.id.to_string().to_uppercase();
    let summary = stage.refresh_of(&id).run().await.expect_code(0);

    let knack_id = summary.establishment_id.map(|id| id.to_string());
    assert_eq!(knack_id, Some(stage.knack_id.clone()));
    assert_eq!(summary.establishment_uuid, Some(stage.id));
    assert_eq!(summary.changes.students.unchanged, 1);
}

#[tokio::test]
async fn what_is_missing_or_unknown_is_named() {
    let with_id = |more: &[&'static str]| [&["--establishment-id", ID], more].concat();
    for (args, named) in [
        (vec![], "--establishment-id"),
        (vec!["--establishment-id"], "--establishment-id"),
        (with_id(&["--force"]), "--force"),
        (with_id(&["more"]), "more"),
        (with_id(&["--timeout", "0"]), "--timeout"),
        (with_id(&["--timeout", "soon"]), "--timeout"),
        (with_id(&["--rows-per-page", "1001"]), "--rows-per-page"),
        (with_id(&["--max-in-flight", "0"]), "--max-in-flight"),
        (with_id(&["--progress", "loud"]), "--progress"),
        (with_id(&["--establishment-id", ID]), "--establishment-id"),
        (with_id(&["-v", "-q"]), "--quiet"),
    ] {
        let message = refused(&args).await;
        assert!(message.contains(named), "{args:?}: {message}");
    }
}

#[tokio::test]
async fn long_or_odd_options_make_no_long_or_odd_message() {
    let long = format!("--{}", "a".repeat(100_000));
    for odd in [&long, "--a\u{1b}[31mb\nc", "--a\r\u{7f}"] {
        refused(&["--establishment-id", ID, odd]).await;
    }
}

#[tokio::test]
async fn bytes_that_are_not_text_are_refused() {
    let run = Refresh::bare()
        .arg("--establishment-id")
        .arg(OsStr::from_bytes(b"61680fc13a0bfd001e8ca3c\xff"))
        .run()
        .await;
    sentence(&run);
}

#[tokio::test]
async fn the_operating_system_refuses_a_nul() {
    let mut command = Refresh::bare()
        .arg("--establishment-id=61680fc13a0bfd001e8ca3c\0")
        .into_command();
    let error = command.spawn().expect_err("arguments end at a NUL");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
}

#[tokio::test]
async fn a_year_that_cannot_be_is_refused() {
    for year in [
        "2026/2028",
        "2027/2026",
        "2026",
        "2026-2027",
        "26/27",
        "--help",
        "２０２６/2027",
        "",
    ] {
        let year = format!("--academic-year={year}");
        let message = refused(&["--establishment-id", ID, &year]).await;
        assert!(message.starts_with("--academic-year: "), "{message}");
    }
}

#[tokio::test]
async fn a_year_that_the_school_does_not_have_is_refused_and_nothing_is_read_or_written() {
    let stage = Stage::with_class(1).await;
    let first = stage.year.first_day().year();
    let ahead = format!("{}/{}", first + 1, first + 2);
    let of_the_other_calendar = format!("{first}/{first}");
    for year in [ahead, of_the_other_calendar] {
        let run = stage.refresh().args(["--academic-year", &year]).run().await;

        let message = sentence(&run);
        assert!(message.contains(&year), "{message}");
        let current = format!("its current year is {}", stage.year);
        let current_of_school = format!("this school's current year is {}", stage.year);
        assert!(
            message.contains(&current) || message.contains(&current_of_school),
            "{message}"
        );
    }
    assert!(stage.knack.seen().is_empty());
    assert!(stage.logs().await.is_empty());
    stage.assert_untouched().await;
}

#[tokio::test]
async fn last_year_can_be_asked_for() {
    let stage = Stage::with_pupils([]).await;
    let last_year = stage.year.previous();
    let pupil = stage.pupil(1).completed(last_year.last_day());
    stage.knack.put("object_10", stage.record(pupil));

    let last = stage
        .refresh()
        .args(["--academic-year", &last_year.to_string()]);
    let summary = last.run().await.expect_code(0);

    assert_eq!(summary.academic_year, Some(last_year));
    assert_eq!(
        stage.students().await[0]["academic_year"],
        last_year.to_string()
    );
}

#[tokio::test]
async fn help_and_version_are_0_and_for_a_person() {
    for (option, shown) in [
        ("--help", "--establishment-id <ID>"),
        ("-h", "--establishment-id <ID>"),
        ("--version", "sync-single-establishment "),
    ] {
        let run = Refresh::bare().arg(option).run().await;
        assert_eq!(run.code, Some(0), "{run:?}");
        assert!(run.stdout.contains(shown), "{run:?}");
        assert!(run.stderr.is_empty(), "{run:?}");
    }
}
