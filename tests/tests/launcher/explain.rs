//! `POST /api/establishments/{id}/explain`: a question on the program's stdin, and its answer to whoever asked.

use e2e::{Answer, Launcher, Stage, token_line, until};
use reqwest::Method;
use serde_json::{Value, json};

use crate::misbehaving::{Misbehaving, Scene, launcher};
use crate::processes;

const RECORD: &str = "c0ffee000000000000000001";

fn path_of(school: &str) -> String {
    format!("/api/establishments/{school}/explain")
}

async fn ask(launcher: &Launcher, school: &str, question: &str) -> Answer {
    let request = launcher.request(Method::POST, &path_of(school));
    launcher
        .send(request.json(&json!({ "question": question })))
        .await
}

/// An explanation as the program prints it.
fn explanation(stage: &Stage) -> Value {
    json!({
        "establishment_id": stage.knack_id, "establishment_uuid": stage.id, "academic_year": stage.year,
        "verdict": "missing_email", "outcome": "skipped", "sentence": "The record has no e-mail address.",
        "facts": [{"code": "in_knack", "sentence": "Knack holds it."}],
        "record_id": RECORD, "name": "Canary Featherstone",
    })
}

async fn scene(behaviour: &str) -> Scene {
    let scene = Scene::of(behaviour).await;
    scene.program.answers(&explanation(&scene.stage));
    scene
}

#[tokio::test]
async fn a_question_is_answered_and_is_on_stdin_and_nowhere_else() {
    let scene = scene("answers").await;
    for question in [RECORD, "canary@example.test"] {
        let answer = ask(&scene.launcher, &scene.stage.knack_id, question).await;

        assert_eq!(*answer.expect_status(200), explanation(&scene.stage));
        let [asked, seen] = scene.program.asked_for().await;
        assert_eq!(asked, question);
        assert!(seen.contains("--explain"), "{seen}");
        assert!(!seen.contains(question), "{seen}");
        let log = scene.launcher.whole_log().await;
        for canary in [question, "Canary", "no e-mail address"] {
            assert!(!log.contains(canary), "{canary} is in the log: {log}");
        }
        assert!(log.contains("asked"), "{log}");
    }
    scene.assert_no_process_is_left().await;
    assert!(scene.stage.logs().await.is_empty());
}

#[tokio::test]
async fn one_question_is_answered_at_a_time_for_each_school() {
    let scene = scene("answers late").await;
    let school = &scene.stage.knack_id;
    let first = ask(&scene.launcher, school, RECORD);
    let second = async {
        scene.program.asked_for().await;
        let second = ask(&scene.launcher, &scene.stage.id.to_string(), RECORD).await;
        scene.program.may_finish();
        second
    };

    let (first, second) = tokio::join!(first, second);

    first.expect_status(200);
    let problem = second.expect_problem(503, "busy");
    assert_eq!(problem["retryable"], true);
    ask(&scene.launcher, school, RECORD)
        .await
        .expect_status(200);
}

#[tokio::test]
async fn a_caller_may_ask_ten_times_a_minute() {
    let scene = scene("answers").await;
    let mut answers = Vec::new();
    for _ in 0..16 {
        // Also questions that are refused count.
        answers.push(ask(&scene.launcher, "ffffffffffffffffffffffff", RECORD).await);
    }
    let first = answers.first().expect("there are answers");
    first.expect_problem(404, "establishment_not_found");
    let last = answers.last().expect("there are answers");
    last.expect_problem(429, "too_many_requests");
}

#[tokio::test]
async fn what_is_no_question_is_refused_and_starts_nothing() {
    let scene = scene("answers").await;
    let path = path_of(&scene.stage.knack_id);
    let long = format!("{}@example.test", "a".repeat(400));
    for (body, status, code) in [
        (json!({}), 400, "invalid_request"),
        (json!({"question": 1}), 400, "invalid_request"),
        (json!({"question": "Ann Other"}), 400, "invalid_request"),
        (
            json!({"question": "ann@example.test\nben@example.test"}),
            400,
            "invalid_request",
        ),
        (json!({"question": long}), 400, "invalid_request"),
        (
            json!({"question": RECORD, "more": 1}),
            400,
            "invalid_request",
        ),
        (json!({"question": "a".repeat(5_000)}), 413, "too_large"),
    ] {
        let request = scene.launcher.request(Method::POST, &path);
        let answer = scene.launcher.send(request.json(&body)).await;
        let problem = answer.expect_problem(status, code);
        let message = problem["message"].as_str().unwrap();
        assert!(!message.contains("establishmentId"), "{message}");
    }
    let said = scene.launcher.whole_log().await;
    assert!(!said.contains("a question is answered"), "{said}");
}

#[tokio::test]
async fn an_answer_that_cannot_be_believed_is_none() {
    let scene = scene("answers").await;
    let mut of_another = explanation(&scene.stage);
    of_another["establishment_id"] = json!("ffffffffffffffffffffffff");
    let mut with_more = explanation(&scene.stage);
    with_more["hint"] = json!("canary");
    for unbelievable in [of_another, with_more, json!({}), json!("canary")] {
        scene.program.answers(&unbelievable);
        let answer = ask(&scene.launcher, &scene.stage.knack_id, RECORD).await;
        answer.expect_problem(502, "bad_cli_output");
        assert!(!answer.text.contains("canary"), "{}", answer.text);
    }
    for (behaviour, code) in [("crashes", 502), ("says nothing", 502)] {
        scene.program.now(behaviour);
        let answer = ask(&scene.launcher, &scene.stage.knack_id, RECORD).await;
        answer.expect_problem(code, "bad_cli_output");
    }
    scene.program.now("fails and says so");
    let answer = ask(&scene.launcher, &scene.stage.knack_id, RECORD).await;
    answer.expect_problem(502, "knack_unavailable");
}

#[tokio::test]
async fn a_program_that_does_not_answer_is_ended_in_time() {
    let stage = Stage::with_pupils([]).await;
    let program = Misbehaving::like("ignores TERM");
    let launcher = launcher(&stage, &program)
        .env("LAUNCHER_RUN_TIMEOUT_SECONDS", "1")
        .start()
        .await;

    let answer = ask(&launcher, &stage.knack_id, RECORD).await;

    answer.expect_problem(504, "deadline");
    let group = program.pid().await;
    until("the process is gone", || {
        processes::alive_in_group(group).is_empty()
    })
    .await;
}

#[tokio::test]
async fn the_end_of_the_launcher_ends_a_question() {
    let mut scene = scene("answers late").await;
    let path = path_of(&scene.stage.knack_id);
    let request = scene.launcher.request(Method::POST, &path);
    let request = request.json(&json!({ "question": RECORD })).send();
    let asking = tokio::spawn(request);
    let group = scene.program.pid().await;
    scene.program.asked_for().await;

    scene.launcher.signal(nix::sys::signal::Signal::SIGTERM);

    assert!(scene.launcher.end().await.success());
    until("the process is gone", || {
        processes::alive_in_group(group).is_empty()
    })
    .await;
    let response = asking.await.unwrap();
    assert!(response.is_err() || response.is_ok_and(|it| it.status() == 503));
}

#[tokio::test]
async fn another_schools_students_are_as_unknown_as_a_school_that_does_not_exist() {
    let stage = Stage::with_pupils([]).await;
    let other = Stage::with_pupils([]).await;
    let program = Misbehaving::like("answers");
    program.answers(&explanation(&stage));
    let tokens = token_line("vsr_other", &other.knack_id, "other");
    let launcher = launcher(&stage, &program).tokens(&tokens).start().await;
    let asker = launcher.with_token("vsr_other");
    let unknown = "ffffffffffffffffffffffff";
    let mut texts = Vec::new();
    for school in [&*stage.knack_id, &*stage.id.to_string(), unknown] {
        let request = asker.request(Method::POST, &path_of(school));
        let answer = request.json(&json!({ "question": RECORD })).send().await;
        let answer = answer.expect("the launcher answers");
        assert_eq!(answer.status(), 404, "{school}");
        texts.push(answer.text().await.expect("a text"));
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    assert!(
        !launcher
            .whole_log()
            .await
            .contains("a question is answered")
    );
    let nobody = ask(&launcher, &stage.knack_id, RECORD).await;
    nobody.expect_problem(401, "unauthenticated");
}

#[tokio::test]
async fn the_refresh_itself_says_why_a_student_is_missing_and_writes_nothing() {
    let stage = Stage::with_class(1).await;
    let mut record = stage.record(stage.pupil(2).named("Canary", "Odd"));
    record["field_197"] = json!("");
    record["field_197_raw"] = json!("");
    stage.knack.put("object_10", record.clone());
    let launcher = stage.launcher().start().await;
    let missing = record["id"].as_str().expect("an id");

    let of_record = ask(&launcher, &stage.knack_id, missing).await;
    let of_email = ask(&launcher, &stage.knack_id, &stage.email("p001")).await;
    let of_nobody = ask(&launcher, &stage.knack_id, &stage.email("nobody")).await;

    let told = of_record.expect_status(200);
    assert_eq!(told["verdict"], "missing_email", "{told}");
    assert_eq!(told["name"], "Canary Odd", "{told}");
    assert_eq!(of_email.expect_status(200)["verdict"], "new_student");
    assert_eq!(of_nobody.expect_status(200)["verdict"], "not_found");
    stage.assert_untouched().await;
    let log = launcher.whole_log().await;
    for canary in ["Canary", missing, "p001@", "nobody@"] {
        assert!(!log.contains(canary), "{canary} is in the log: {log}");
    }
    let asked_of_knack = format!("{:?}", stage.knack.seen());
    assert!(!asked_of_knack.contains("p001"), "{asked_of_knack}");
    let asked_of_all = format!("{asked_of_knack} {:?}", stage.proxy.seen());
    assert!(!asked_of_all.contains("nobody"), "{asked_of_all}");
}
