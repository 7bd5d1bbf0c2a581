//! What a person sees on a terminal.

use e2e::{Screen, Stage, on_terminal};
use sandbox::knack::{Fault, Kind, KnackRule};

#[tokio::test]
async fn a_terminal_shows_progress_and_then_a_summary_in_words() {
    let stage = Stage::with_class(3).await;
    stage
        .knack
        .put("object_10", stage.record(stage.pupil(4).without_email()));

    let (is_success, written) = on_terminal(stage.refresh(), 100).await;

    assert!(is_success, "{written}");
    assert!(written.contains("Reading from Knack"), "{written}");
    // The students are saved, and their scores are not yet.
    assert!(written.contains("3/6"), "{written}");
    let seen = Screen::of(&written, 100).lines();
    let has = |words: &str| seen.iter().any(|line| line.contains(words));
    for words in [
        ": refreshed in ",
        "Students        3  3 new",
        "Scores          3  3 new",
        "Needs attention:",
        "1 record skipped: no valid e-mail address",
        "Knack: ",
        " left today.",
    ] {
        assert!(has(words), "{words}: {seen:#?}");
    }
    assert!(!has("Reading from Knack") && !has("{"), "{seen:#?}");

    let (is_success, written) = on_terminal(stage.refresh(), 100).await;
    assert!(is_success);
    let seen = Screen::of(&written, 100).lines();
    assert!(
        seen.iter()
            .any(|line| line == "  Students        3  unchanged"),
        "{seen:#?}"
    );
}

#[tokio::test]
async fn a_terminal_shows_json_where_it_is_asked_for() {
    let stage = Stage::with_class(1).await;
    let (_, written) = on_terminal(stage.refresh().arg("--json"), 100).await;
    let summary = written.split_once("{\r\n  \"success\": true,\r\n");
    let (_, summary) = summary.unwrap_or_else(|| panic!("not indented: {written:?}"));
    assert!(summary.trim_end().ends_with('}'), "{summary}");

    let check = stage.refresh().args(["--check", "--json", "--quiet"]);
    let (_, written) = on_terminal(check, 100).await;
    let report: serde_json::Value = serde_json::from_str(&written).expect("one report");
    assert_eq!(report["ok"], true);
}

#[tokio::test]
async fn a_failure_is_a_line_in_words_and_the_reason_beside_it() {
    let stage = Stage::with_class(1).await;
    let wrong = stage.refresh().env("KNACK_API_KEY", "another");
    let (is_success, written) = on_terminal(wrong, 200).await;
    assert!(!is_success);
    let seen = Screen::of(&written, 200).lines();
    let school = stage
        .db
        .json(
            "select name from establishments where id::text = $1",
            &stage.id.to_string(),
        )
        .await;
    let school = school[0]["name"].as_str().unwrap();
    let told = |words: &str| seen.iter().filter(|line| line.contains(words)).count();
    assert_eq!(
        told(&format!("{school}, {}: not refreshed in ", stage.year)),
        1,
        "{seen:#?}"
    );
    assert_eq!(
        told(&format!("sync-single-establishment: {school}: ")),
        1,
        "{seen:#?}"
    );
}

#[tokio::test]
async fn the_bar_leaves_nothing_behind_on_a_narrow_terminal_or_between_log_lines() {
    for columns in [20, 40, 63, 64, 100] {
        let stage = Stage::with_class(40).await;
        stage.admit_answers(1..=40);
        let slow = Fault::TooManyRequests;
        stage
            .knack
            .inject(KnackRule::new(slow).on(Kind::Page).times(3));
        let refresh = stage.refresh().args(["-v", "--rows-per-page", "10"]);

        let (is_success, written) = on_terminal(refresh, columns).await;

        assert!(is_success, "{written}");
        assert!(written.contains("asking Knack again"), "{written}");
        let seen = Screen::of(&written, columns).lines();
        let text = seen.join("\n");
        for phase in [
            "Reading from",
            "Finding the",
            "Saving what",
            "Waiting",
            "Comparing",
            "Finishing",
        ] {
            assert!(!text.contains(phase), "{columns}, {phase}: {seen:#?}");
        }
        // Each log line begins at the left: nothing of the bar is in it.
        let written_lines = written.matches("  INFO ").count();
        let is_begin = |line: &&String| {
            line.starts_with("20")
                && line.contains("T0") | line.contains("T1") | line.contains("T2")
        };
        assert_eq!(
            seen.iter().filter(is_begin).count(),
            written_lines,
            "{columns}: {seen:#?}"
        );
        assert!(
            !text.contains('░') && !text.contains('█'),
            "{columns}: {seen:#?}"
        );
    }
}

#[tokio::test]
async fn verbose_says_what_is_fetched_planned_and_decided_and_nothing_of_a_pupil() {
    let stage = Stage::with_class(3).await;
    stage.admit_answers(1..=3);
    let run = stage.refresh().arg("-v").run().await;
    run.expect_code(0);
    for words in [
        "found the school",
        "Knack's fields are what they should be",
        "read Knack and Supabase",
        "records=3",
        "compared both sides",
        "new_students=3",
        "saved table=\"students\" inserted=3",
    ] {
        assert!(run.stderr.contains(words), "{words}: {}", run.stderr);
    }
    assert!(
        !run.stderr.contains('@') && !run.stderr.contains("Number"),
        "{}",
        run.stderr
    );
    let plain = stage.run().await;
    assert_eq!(plain.stderr, "");
}

#[tokio::test]
async fn completions_and_the_man_page_come_from_the_command_line_itself() {
    for (option, words) in [
        (
            &["--completions", "bash"][..],
            &["_sync__single__establishment()", "--dry-run"][..],
        ),
        (
            &["--completions", "zsh"],
            &[
                "#compdef sync-single-establishment",
                "--min-daily-allowance",
            ],
        ),
        (
            &["--completions", "fish"],
            &["complete -c sync-single-establishment", "explain"],
        ),
        (
            &["--man"],
            &[
                ".TH sync-single-establishment",
                "Exit codes",
                "KNACK_API_KEY",
            ],
        ),
    ] {
        let run = e2e::Refresh::bare().args(option).run().await;
        assert_eq!((run.code, run.stderr.as_str()), (Some(0), ""), "{option:?}");
        for word in words {
            assert!(
                run.stdout.contains(word),
                "{option:?} {word}: {}",
                run.stdout
            );
        }
    }
    let run = e2e::Refresh::bare()
        .args(["--completions", "cobol"])
        .run()
        .await;
    assert_eq!(run.code, Some(2));
}
