//! An explanation is on stdout alone: what was asked and whom it is about stand in no log, no argument and no progress.

use e2e::{Stage, postgrest_error};
use sandbox::proxy::ProxyRule;
use serde_json::json;
use sync_protocol::ExplainVerdict as V;

use super::explain;

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

#[tokio::test]
async fn no_email_is_part_of_a_url_whatever_the_question_meets() {
    let stage = Stage::with_pupils([]).await;
    let school = stage.another_school().await;
    let elsewhere = json!({"establishment_id": school, "name": "Canary Elsewhere"});
    let of_nobody = json!({"establishment_id": null, "name": "Canary Nobody"});
    for (n, local) in [
        (1, "canary-new"),
        (2, "canary-theirs"),
        (3, "canary-typed"),
        (4, "canary-orphan"),
    ] {
        stage.put(&stage.pupil(n).email(local).named("Ann", "Other"));
    }
    stage
        .store_student(&stage.email("canary-theirs"), elsewhere.clone())
        .await;
    let typed = stage.email("canary-typed").to_uppercase();
    stage.store_student(&typed, elsewhere).await;
    stage
        .store_student(&stage.email("canary-orphan"), of_nobody)
        .await;
    let moved = stage.pupil(5).email("canary-before");
    stage.store_nightly(&moved).await;
    stage.put(&moved.email("canary-moved"));

    for (local, expected) in [
        ("canary-new", V::NewStudent),
        ("canary-theirs", V::HeldByOtherEstablishment),
        ("canary-typed", V::HeldByOtherEstablishment),
        ("canary-orphan", V::AdoptedOrphan),
        ("canary-moved", V::Changed),
        ("canary-before", V::Changed),
        ("canary-nobody", V::NotFound),
    ] {
        let explanation = explain(&stage, &stage.email(local)).await;
        assert_eq!(explanation.verdict, expected, "{local}: {explanation:?}");
    }
    // Where the database cannot compare by patterns, all addresses of the year are compared.
    let refused = postgrest_error(400, "0A000", "patterns are not supported");
    let rule = ProxyRule::new(refused).on("GET", "students");
    stage.proxy.inject(rule.query("email.like."));
    let theirs = explain(&stage, &stage.email("canary-theirs")).await;
    assert_eq!(theirs.verdict, V::HeldByOtherEstablishment);
    stage.refresh().arg("--dry-run").run().await.expect_code(0);

    let urls = format!("{:?}", urls_of(&stage)).to_lowercase();
    assert!(urls.contains("email.like."), "{urls}");
    assert!(!urls.contains("canary"), "{urls}");
}

fn urls_of(stage: &Stage) -> Vec<(String, Vec<(String, String)>)> {
    let knack = stage.knack.seen().into_iter();
    let knack = knack.map(|seen| (seen.path, seen.query));
    let supabase = stage.proxy.seen().into_iter();
    knack
        .chain(supabase.map(|seen| (seen.path, seen.query)))
        .collect()
}
