//! An explanation is on stdout alone: what was asked and whom it is about stand in no log, no argument and no progress.

use e2e::Stage;
use serde_json::json;

#[tokio::test]
async fn neither_the_question_nor_the_answer_is_anywhere_but_on_stdin_and_stdout() {
    let stage = Stage::with_pupils([]).await;
    let pupil = stage
        .pupil(1)
        .email("canary-pupil")
        .named("Canary", "Featherstone");
    stage.put(&pupil.reflected(1, "<p>My canary died</p>"));
    let email = stage.email("canary-pupil");
    let before = stage.everything().await;
    let refresh = stage.refresh();
    let refresh = refresh.args(["--explain", "-v", "-v", "--progress", "json"]);

    let run = refresh.run_with(&format!("{email}\n")).await;

    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(run.stdout.contains("Canary Featherstone"), "{run:?}");
    for text in [email.as_str(), "My canary died"] {
        assert!(!run.stdout.contains(text), "{text}: {}", run.stdout);
    }
    let stderr = run.stderr.to_lowercase();
    assert!(
        !stderr.contains("canary") && !stderr.contains("panicked"),
        "{stderr}"
    );
    let knack = stage.knack.seen().into_iter();
    let urls: Vec<_> = knack.map(|seen| (seen.path, seen.query)).collect();
    assert!(!format!("{urls:?}").contains("canary"), "{urls:?}");
    assert_eq!(stage.everything().await, before);
    assert_eq!(json!(stage.logs().await), json!([]));
}
