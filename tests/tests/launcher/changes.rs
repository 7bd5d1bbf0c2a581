//! `GET /api/sync/runs/{run}/changes`: whose rows a run has changed, to those who may see the school and to nobody else.

use std::time::Instant;

use e2e::{Launcher, Stage, token_line};
use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use crate::misbehaving::{Misbehaving, launcher};

fn record(n: usize) -> String {
    format!("{:024x}", 0xc4a9_0000_0000 + n)
}

fn scores(vision: u8) -> Value {
    json!({"vision": vision, "effort": 1, "systems": 2, "practice": 3, "attitude": 4, "overall": 5})
}

fn score_change(n: usize, old: u8, new: u8) -> Value {
    json!({"record_id": record(n), "table": "vespa_scores", "cycle": 1, "kind": "updated",
           "scores": {"old": scores(old), "new": scores(new)}})
}

fn changes_of(run: &Value) -> String {
    format!("/api/sync/runs/{}/changes", run.as_str().expect("a run"))
}

async fn refreshed(launcher: &Launcher, stage: &Stage) -> Value {
    let answer = launcher.refresh(&stage.knack_id).await;
    answer.expect_status(200)["run_id"].clone()
}

#[tokio::test]
async fn the_changes_of_a_run_are_told_with_the_names_that_are_stored_when_someone_looks() {
    let stage = Stage::with_pupils([]).await;
    let program = Misbehaving::like("reports what it is told to");
    program.reports(&json!({
        "academic_year": stage.year,
        "changed_records": {"entries": [
            {"record_id": record(1), "table": "students", "kind": "updated", "fields": ["name"]},
            score_change(1, 3, 4),
            {"record_id": record(2), "table": "students", "kind": "inserted"},
            {"record_id": record(2), "table": "question_responses", "cycle": 2, "kind": "inserted", "answers": 32},
        ], "left_out": 0},
        "skipped": [{"reason": "missing_email", "count": 101, "record_ids": [record(3)]}],
        "warnings": [{"code": "kept_newer", "message": "Kept.", "count": 1, "record_ids": [record(1)]}],
    }));
    let launcher = launcher(&stage, &program).start().await;
    let run = refreshed(&launcher, &stage).await;
    let named = json!({"knack_id": record(1), "name": "Canary Now"});
    stage.store_student(&stage.email("one"), named).await;

    stage.proxy.forget();
    let answer = launcher.get(&changes_of(&run)).await;

    let told = answer.expect_status(200);
    assert_eq!(stage.proxy.seen().len(), 1, "one request to Supabase");
    let [one, two] = told["students"].as_array().unwrap().as_slice() else {
        panic!("{told}");
    };
    assert_eq!(
        (&one["recordId"], &one["name"]),
        (&json!(record(1)), &json!("Canary Now"))
    );
    assert_eq!(
        (&one["student"], &one["fields"]),
        (&json!("updated"), &json!(["name"]))
    );
    let scores = json!([{"cycle": 1, "old": scores(3), "new": scores(4)}]);
    assert_eq!(one["scores"], scores);
    assert_eq!(
        (&two["name"], &two["student"]),
        (&Value::Null, &json!("inserted"))
    );
    assert_eq!(
        two["answers"],
        json!([{"cycle": 2, "change": "inserted", "count": 32}])
    );
    let nameless = json!([{"recordId": record(3), "name": null}]);
    let skipped = json!([{"reason": "missing_email", "count": 101, "records": nameless}]);
    assert_eq!(told["skipped"], skipped);
    assert_eq!(told["warned"][0]["records"][0]["name"], "Canary Now");
    let at = |name: &str| {
        let time: Result<Timestamp, _> = told[name].as_str().unwrap_or_default().parse();
        time.expect("a time")
    };
    let kept = at("keptUntil").duration_since(at("endedAt"));
    assert_eq!(kept, SignedDuration::from_hours(24));
    let list = format!("/api/sync/runs?establishmentId={}", stage.id);
    let listed = launcher.get(&list);
    assert!(
        !listed.await.text.contains("Canary"),
        "names are in no list"
    );
}

#[tokio::test]
async fn a_score_that_was_changed_in_knack_is_that_students_change_and_no_other() {
    let stage = Stage::with_class(3).await;
    let launcher = stage
        .launcher()
        .env("LAUNCHER_COOLDOWN_SECONDS", "0")
        .start()
        .await;
    let first = refreshed(&launcher, &stage).await;
    let pupil = stage.pupil(2).scored(1, [9, 6, 5, 4, 3, 5]);
    let record = stage.record(pupil);
    stage.knack.put("object_10", record.clone());
    let second = refreshed(&launcher, &stage).await;
    let third = refreshed(&launcher, &stage).await;

    let mut told = Vec::new();
    for run in [&first, &second, &third] {
        let answer = launcher.get(&changes_of(run)).await;
        told.push(answer.expect_status(200)["students"].clone());
    }

    let of = |n: usize| told[n].as_array().expect("a list");
    assert_eq!([of(0).len(), of(1).len(), of(2).len()], [3, 1, 0]);
    let changed = &of(1)[0];
    assert_eq!(changed["recordId"], record["id"]);
    assert_eq!(changed["student"], Value::Null);
    let [score] = changed["scores"].as_array().unwrap().as_slice() else {
        panic!("{changed}");
    };
    let vision = |when: &str| &score[when]["vision"];
    assert_eq!((vision("old"), vision("new")), (&json!(7), &json!(9)));
    assert_eq!(score["old"]["effort"], score["new"]["effort"]);
    let name = changed["name"].as_str().expect("a name");
    let log = launcher.whole_log().await;
    assert!(!log.contains(name), "{log}");
    assert!(!json!(stage.logs().await).to_string().contains("record_id"));
}

#[tokio::test]
async fn changes_are_in_no_summary_no_event_and_no_log() {
    let stage = Stage::with_pupils([]).await;
    let program = Misbehaving::like("reports what it is told to");
    program.reports(&json!({
        "academic_year": stage.year,
        "changed_records": {"entries": [score_change(0xabcd, 3, 4)], "left_out": 0,
                            "names": {record(0xabcd): "Canary Name"}},
    }));
    let launcher = launcher(&stage, &program).start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let run = answer.expect_status(200)["run_id"].clone();
    let path = format!("/api/sync/runs/{}", run.as_str().unwrap());
    let view = launcher.get(&path).await;
    let events = launcher.events(&path).await.rest().await;
    let changes = launcher.get(&changes_of(&run)).await;
    changes.expect_status(200);
    assert!(changes.text.contains(&record(0xabcd)));
    let texts = [
        ("the answer", answer.text),
        ("the run", view.text),
        ("the events", format!("{events:?}")),
        ("the log", launcher.whole_log().await),
        ("the changes", changes.text.replace(&record(0xabcd), "")),
    ];
    for (place, text) in texts {
        for canary in ["changed_records", &record(0xabcd), "Canary"] {
            assert!(!text.contains(canary), "{canary} is in {place}: {text}");
        }
    }
}

#[tokio::test]
async fn after_a_restart_and_for_others_there_are_no_changes_in_the_same_words() {
    let stage = Stage::with_pupils([]).await;
    let program = Misbehaving::like("reports what it is told to");
    program
        .reports(&json!({"changed_records": {"entries": [score_change(1, 3, 4)], "left_out": 0}}));
    let tokens = [
        token_line("vsr_own", &stage.knack_id, "own"),
        token_line("vsr_other", "ffffffffffffffffffffffff", "other"),
    ];
    let builder = || launcher(&stage, &program).tokens(&tokens.concat());
    let first = builder().start().await;
    let own = first.with_token("vsr_own");
    let run = own.start_refresh(&stage.knack_id).await;
    let run = run.header("location").expect("a run").to_owned();
    own.end_of(&run).await;
    let path = format!("{run}/changes");
    own.get(&path).await.expect_status(200);
    stage.proxy.forget();

    let by_others = first.with_token("vsr_other").get(&path).await;

    by_others.expect_problem(404, "unknown_run");
    let unknown = "/api/sync/runs/0d9f1b5e-0000-4000-8000-0000000000ab/changes";
    for answer in [
        own.get(unknown).await,
        own.get("/api/sync/runs/x/changes").await,
    ] {
        assert_eq!((answer.status, &answer.text), (404, &by_others.text));
    }
    assert!(stage.proxy.seen().is_empty(), "nothing is read for them");
    first
        .nobody()
        .get(&path)
        .await
        .expect_problem(401, "unauthenticated");
    drop(first);
    let second = builder().start().await;
    let answer = second.with_token("vsr_own").get(&path).await;
    assert_eq!((answer.status, &answer.text), (404, &by_others.text));
}

#[tokio::test]
async fn while_supabase_is_down_there_are_no_names_and_so_no_changes() {
    let stage = Stage::with_pupils([]).await;
    let program = Misbehaving::like("reports what it is told to");
    program
        .reports(&json!({"changed_records": {"entries": [score_change(1, 3, 4)], "left_out": 0}}));
    let launcher = launcher(&stage, &program).start().await;
    let run = refreshed(&launcher, &stage).await;
    let down = sandbox::proxy::Fault::Status {
        code: 503,
        body: json!({}),
        headers: [].into(),
    };
    let rule = sandbox::proxy::ProxyRule::new(down).on("GET", "students");
    stage.proxy.inject(rule);

    let answer = launcher.get(&changes_of(&run)).await;

    answer.expect_problem(503, "dashboard_unavailable");
}

#[tokio::test]
async fn two_thousand_students_who_all_changed_are_told_at_once() {
    const STUDENTS: usize = 2_000;
    let stage = Stage::with_pupils([]).await;
    let rows = format!(
        "insert into students (knack_id, email, name, establishment_id, academic_year) \
         select lpad(to_hex({} + n), 24, '0'), 'many' || n || '@{}.example.test', 'Pupil ' || n, '{}', '{}' \
         from generate_series(1, {STUDENTS}) n where $1 = 'all'",
        0xc4a9_0000_0000_u64, stage.knack_id, stage.id, stage.year
    );
    stage.db.execute(&rows, "all").await;
    let entries: Vec<Value> = (1..=STUDENTS)
        .flat_map(|n| {
            let row = json!({"record_id": record(n), "table": "students", "kind": "updated", "fields": ["group"]});
            [row, score_change(n, 3, 4)]
        })
        .collect();
    let program = Misbehaving::like("reports what it is told to");
    let report = json!({"entries": entries, "left_out": 7});
    program.reports(&json!({"academic_year": stage.year, "changed_records": report}));
    let launcher = launcher(&stage, &program).start().await;
    let run = refreshed(&launcher, &stage).await;

    let mut fastest = f64::INFINITY;
    for _ in 0..9 {
        let began = Instant::now();
        let answer = launcher.get(&changes_of(&run)).await;
        fastest = fastest.min(began.elapsed().as_secs_f64());
        let told = answer.expect_status(200);
        let students = told["students"].as_array().unwrap();
        assert_eq!(students.len(), STUDENTS);
        assert!(students.iter().all(|it| it["name"].is_string()));
        assert_eq!(told["leftOut"], 7);
    }

    // Half of that for this program, which is built for debugging. Other tests run beside it, so the fastest counts.
    assert!(fastest < 0.3, "{fastest} s");
    let process = format!("/proc/{}/status", launcher.pid());
    let process = std::fs::read_to_string(process).expect("the launcher runs");
    let peak = process.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|size| size.trim().strip_suffix(" kB")?.parse::<u64>().ok());
    assert!(peak.is_some_and(|kb| kb < 120_000), "{peak:?} kB");
}

#[tokio::test]
async fn more_changes_than_five_thousand_are_counted_and_not_kept() {
    let stage = Stage::with_pupils([]).await;
    let entries: Vec<Value> = (1..=5_003).map(|n| score_change(n, 3, 4)).collect();
    let program = Misbehaving::like("reports what it is told to");
    let report = json!({"entries": entries, "left_out": 2});
    program.reports(&json!({"academic_year": stage.year, "changed_records": report}));
    let launcher = launcher(&stage, &program).start().await;
    let run = refreshed(&launcher, &stage).await;

    let answer = launcher.get(&changes_of(&run)).await;

    let told = answer.expect_status(200);
    assert_eq!(told["students"].as_array().map(Vec::len), Some(5_000));
    assert_eq!(told["leftOut"], 5);
}
