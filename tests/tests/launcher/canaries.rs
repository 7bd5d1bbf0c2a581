//! Nothing of a pupil leaves by the addresses that tell of a school's runs and students, but in the answers to those who may
//! see the school: not in the log, the log rows, the URLs or the events. The real refresh, and every name, e-mail and text is a
//! canary.

use e2e::Stage;
use reqwest::Method;
use serde_json::{Value, json};

#[tokio::test]
async fn canaries_are_in_the_answers_about_their_school_and_nowhere_else() {
    let stage = Stage::with_pupils([]).await;
    let school = stage.another_school().await;
    let theirs = json!({"establishment_id": school, "name": "Canary Elsewhere"});
    let held = stage.email("canary-held");
    stage.store_student(&held, theirs).await;
    for (n, local) in [(1, "canary-one"), (2, "canary-two"), (3, "canary-late")] {
        let pupil = stage.pupil(n).email(local).named("Canary", "Featherstone");
        stage.put(&pupil.reflected(1, "<p>My canary died</p>"));
    }
    let launcher = stage
        .launcher()
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .start()
        .await;

    let run = launcher.start_refresh(&stage.knack_id).await;
    let events = format!("{:?}", launcher.events(&run).await.rest().await);
    let pupil = stage.pupil(4).email("canary-held");
    stage.put(&pupil.named("Canary", "Held"));
    stage.proxy.forget();
    let changes = launcher.get(&format!("{run}/changes")).await;
    let list = format!("/api/sync/runs?establishmentId={}", stage.knack_id);
    let runs = launcher.get(&list).await;
    let path = format!("/api/establishments/{}/explain", stage.knack_id);
    let mut explained = Vec::new();
    for local in ["canary-one", "canary-held", "canary-nobody"] {
        let request = launcher.request(Method::POST, &path);
        let request = request.json(&json!({"question": stage.email(local)}));
        let answer = launcher.send(request).await;
        explained.push(answer.expect_status(200)["verdict"].clone());
        assert!(!answer.text.contains("Elsewhere"), "{}", answer.text);
        assert!(!answer.text.contains("canary-"), "{}", answer.text);
    }

    let verdicts = ["up_to_date", "held_by_other_establishment", "not_found"];
    assert_eq!(explained, verdicts);
    assert!(changes.text.contains("Canary Featherstone"));
    let knack = stage.knack.seen().into_iter();
    let knack: Vec<_> = knack.map(|seen| (seen.path, seen.query)).collect();
    let supabase = stage.proxy.seen().into_iter();
    let supabase: Vec<_> = supabase.map(|seen| (seen.path, seen.query)).collect();
    let log_rows: Vec<Value> = stage.logs().await;
    for (place, text) in [
        ("the events", events),
        ("the list of runs", runs.text),
        (
            "the changes",
            changes.text.replace("Canary Featherstone", ""),
        ),
        ("the launcher's log", launcher.whole_log().await),
        ("sync_logs", json!(log_rows).to_string()),
        ("a URL of Knack's", format!("{knack:?}")),
        ("a URL of Supabase's", format!("{supabase:?}")),
    ] {
        let sings = text.to_lowercase().contains("canary");
        assert!(!sings, "a canary is in {place}: {text}");
    }
}
