//! What the launcher's overview says of a school, against what the database holds.

use std::time::Instant;

use e2e::{Launcher, Stage, pages_asked, sheet_id};
use sandbox::data::{ANSWERS, Answers, Pupil};
use sandbox::proxy::{Fault, ProxyRule};
use serde_json::{Value, json};
use uuid::Uuid;

const OUTCOMES: [&str; 3] = [
    "outcome_q_support",
    "outcome_q_equipped",
    "outcome_q_confident",
];

async fn overview(launcher: &Launcher, stage: &Stage) -> Value {
    let path = format!("/api/establishments/{}/overview", stage.id);
    launcher.get(&path).await.expect_status(200).clone()
}

/// Stores answers to the three questions that make up the exam readiness of a cycle.
async fn store_outcomes(stage: &Stage, student: Uuid, cycle: u8, values: [i64; 3]) {
    for (question, value) in OUTCOMES.into_iter().zip(values) {
        stage.store_answer(student, cycle, question, value).await;
    }
}

fn readiness(told: &Value) -> Vec<(u64, Value)> {
    let cycles = told["cycles"].as_array().into_iter().flatten();
    let of = |cycle: &Value| {
        (
            cycle["cycle"].as_u64().unwrap_or(0),
            cycle["examReadiness"].clone(),
        )
    };
    cycles.map(of).collect()
}

#[tokio::test]
async fn the_overview_counts_what_the_rows_say() {
    let stage = Stage::with_pupils([]).await;
    let ann = stage
        .store_student("ann@overview.example.test", json!({}))
        .await;
    let ben = stage
        .store_student("ben@overview.example.test", json!({}))
        .await;
    let cem = stage
        .store_student("cem@overview.example.test", json!({}))
        .await;
    stage.store_scores(ann, 1, [7, 6, 5, 4, 3, 5], None).await;
    stage.store_scores(ben, 1, [8, 6, 5, 4, 3, 6], None).await;
    stage.store_scores(ben, 2, [0, 0, 0, 0, 0, 0], None).await;
    store_nulls(&stage, cem).await;
    stage.store_comment(ann, 1, "rrc", "invented").await;
    stage.store_comment(ann, 1, "goal", "invented").await;
    stage.store_comment(ben, 1, "goal", "invented").await;
    let launcher = stage.launcher().start().await;

    let told = overview(&launcher, &stage).await;

    assert_eq!(
        (&told["students"], &told["completed"]),
        (&json!(3), &json!(2))
    );
    assert_eq!(told["cycles"].as_array().unwrap().len(), 1, "{told}");
    let cycle = &told["cycles"][0];
    assert_eq!((&cycle["cycle"], &cycle["count"]), (&json!(1), &json!(2)));
    assert_eq!(cycle["means"]["vision"], 7.5);
    assert_eq!(cycle["means"]["overall"], 5.5);
    assert_eq!(told["comments"], json!({ "rrc": 1, "goal": 2, "total": 3 }));
    assert_eq!(told["notCompleted"], 1);
    assert_eq!(told["responseRate"], 0.667);
    assert_eq!(
        told["withoutCompletionDate"],
        Value::Null,
        "nobody has counted them"
    );
    assert_eq!(
        (&told["answers"], &cycle["examReadiness"]),
        (&json!(0), &Value::Null)
    );
}

/// Scores as other writers store them for a cycle without any.
async fn store_nulls(stage: &Stage, student: Uuid) {
    let row = json!({ "student_id": student, "cycle": 1, "academic_year": stage.year });
    stage.db.insert("vespa_scores", &row).await;
}

#[tokio::test]
async fn records_without_a_date_are_named_beside_the_rate_and_never_in_it() {
    let stage = Stage::with_class(3).await;
    let undated = sandbox::data::Pupil::new(900).email("late");
    stage.knack.put("object_10", stage.record(undated));
    let launcher = stage.launcher().start().await;
    launcher.refresh(&stage.knack_id).await.expect_status(200);
    stage
        .store_student(&stage.email("unscored"), json!({}))
        .await;

    let told = overview(&launcher, &stage).await;

    assert_eq!(
        (&told["completed"], &told["notCompleted"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(told["responseRate"], 0.75);
    assert_eq!(told["withoutCompletionDate"], 1);
}

#[tokio::test]
async fn more_students_than_one_answer_holds_are_all_counted() {
    let stage = Stage::builder().max_rows(100).start([]).await;
    stage.admit(1..=250);
    let launcher = stage.launcher().start().await;
    launcher.refresh(&stage.knack_id).await.expect_status(200);

    let told = overview(&launcher, &stage).await;

    assert_eq!(
        (&told["students"], &told["completed"]),
        (&json!(250), &json!(250))
    );
    assert_eq!(told["cycles"][0]["count"], 250);
}

#[tokio::test]
async fn a_launcher_that_leaves_answers_alone_refreshes_the_rest_and_shows_what_is_stored() {
    let stage = Stage::with_class(3).await;
    stage.admit_answers(1..=3);
    let student = json!({"knack_id": "0000000000000000000000ab"});
    let stored = stage.store_student(&stage.email("earlier"), student).await;
    stage.store_scores(stored, 1, [5; 6], None).await;
    store_outcomes(&stage, stored, 1, [5, 4, 3]).await;
    let launcher = stage.launcher().env("SYNC_ANSWERS", "off").start().await;

    let answer = launcher.refresh(&stage.knack_id).await;

    let body = answer.expect_status(200);
    assert_eq!(body["partial"], false, "{body}");
    assert_eq!(body["summary"]["students_synced"], 3);
    assert_eq!(body["summary"]["question_responses_synced"], 0);
    assert_eq!(pages_asked(&stage.knack, ANSWERS), []);
    let path = format!("/api/sync/status?establishmentId={}", stage.id);
    let status = launcher.get(&path).await;
    let status = status.expect_status(200);
    assert_eq!(status["stale"], false, "{status}");
    assert!(status["lastRefreshAt"].is_string(), "{status}");
    let told = overview(&launcher, &stage).await;
    assert_eq!(told["students"], 4, "{told}");
    assert_eq!(told["answers"], 3, "as the nightly job left them: {told}");
    assert_eq!(readiness(&told)[0], (1, json!(4.0)), "{told}");
    let ours = told["lastRefreshAt"].clone();
    assert_eq!(ours, status["lastRefreshAt"]);
}

#[tokio::test]
async fn exam_readiness_is_the_mean_of_three_answers_a_cycle_and_never_of_scores() {
    let stage = Stage::with_pupils([]).await;
    let ann = stage.store_student(&stage.email("ann"), json!({})).await;
    let ben = stage.store_student(&stage.email("ben"), json!({})).await;
    for cycle in 1..=3 {
        stage.store_scores(ann, cycle, [9; 6], None).await;
    }
    store_outcomes(&stage, ann, 1, [5, 4, 3]).await;
    store_outcomes(&stage, ben, 1, [2, 2, 1]).await;
    stage.store_answer(ann, 1, "q1", 1).await;
    // The questionnaire's own names of the same questions.
    stage.store_answer(ann, 2, "q30", 5).await;
    store_outcomes(&stage, ann, 3, [5, 5, 4]).await;
    // Of last year, and of another school: neither counts.
    let last_year = json!({
        "student_id": ann, "cycle": 1, "question_id": OUTCOMES[0], "response_value": 1,
        "academic_year": stage.year.previous(),
    });
    stage.db.insert("question_responses", &last_year).await;
    let elsewhere = json!({"establishment_id": stage.another_school().await});
    let cyd = stage.store_student(&stage.email("cyd"), elsewhere).await;
    store_outcomes(&stage, cyd, 1, [1, 1, 1]).await;
    let launcher = stage.launcher().start().await;

    let told = overview(&launcher, &stage).await;

    let expected = [(1, json!(2.83)), (2, Value::Null), (3, json!(4.67))];
    assert_eq!(readiness(&told), expected, "{told}");
    assert_eq!(told["answers"], 10);
}

#[tokio::test]
async fn many_answers_are_read_in_few_requests_and_remembered_for_a_moment() {
    let stage = Stage::builder().max_rows(100).start([]).await;
    let fill = format!(
        "insert into students (knack_id, email, establishment_id, academic_year) \
           select 'k' || n, 'answers' || n || '@overview.example.test', '{school}', '{year}' from generate_series(1, 150) n; \
         insert into question_responses (student_id, cycle, question_id, response_value, academic_year) \
           select s.id, cycle, question, 4, '{year}' from students s, generate_series(1, 3) cycle, \
             (select 'q' || n as question from generate_series(1, 28) n union values \
              ('outcome_q_support'), ('outcome_q_equipped'), ('outcome_q_confident')) questions \
           where s.establishment_id = '{school}'",
        school = stage.id,
        year = stage.year,
    );
    stage.db.change(&fill).await;
    let launcher = stage.launcher().start().await;
    stage.proxy.forget();

    let told = futures_util::future::join_all((0..8).map(|_| overview(&launcher, &stage))).await;

    for told in &told {
        assert_eq!(told["answers"], 150 * 3 * 31, "{told}");
        let expected = [1, 2, 3].map(|cycle| (cycle, json!(4.0)));
        assert_eq!(readiness(told), expected, "{told}");
    }
    assert_eq!(answers_asked_for(&stage), 3, "two pages and a count");
    assert_eq!(scores_asked_for(&stage), 2, "two pages of students");

    // Whatever is refreshed elsewhere costs this school nothing.
    let other = stage.another_school().await;
    launcher
        .refresh(&other.to_string())
        .await
        .expect_status(200);
    overview(&launcher, &stage).await;
    assert_eq!(
        (answers_asked_for(&stage), scores_asked_for(&stage)),
        (3, 2)
    );

    // Whatever a refresh brings is shown at once.
    let statement = "update question_responses set response_value = 1 where student_id in \
                     (select id from students where establishment_id::text = $1)";
    stage.db.execute(statement, &stage.id.to_string()).await;
    stage.admit(1..=1);
    launcher.refresh(&stage.knack_id).await.expect_status(200);
    let told = overview(&launcher, &stage).await;
    let expected = [1, 2, 3].map(|cycle| (cycle, json!(1.0)));
    assert_eq!(readiness(&told), expected, "{told}");
}

/// How often the launcher asked for answers, or for how many there are.
fn answers_asked_for(stage: &Stage) -> usize {
    let seen = stage.proxy.seen();
    let asks = |columns: &str| columns.contains("question_responses");
    let asked = seen.iter().filter(|seen| {
        seen.table() == "question_responses" || seen.parameter("select").is_some_and(asks)
    });
    asked.count()
}

/// How often this school's students were asked for with their scores.
fn scores_asked_for(stage: &Stage) -> usize {
    let seen = stage.proxy.seen();
    let own = format!("eq.{}", stage.id);
    let asked = seen.iter().filter(|seen| {
        let columns = seen.parameter("select");
        seen.table() == "students"
            && columns.is_some_and(|columns| columns.contains("student_comments"))
            && seen.parameter("establishment_id") == Some(&own)
    });
    asked.count()
}

#[tokio::test]
async fn without_the_table_of_answers_everything_else_is_shown() {
    let stage = Stage::builder().own_database().start([]).await;
    let ann = stage.store_student(&stage.email("ann"), json!({})).await;
    stage.store_scores(ann, 1, [7; 6], None).await;
    stage.db.change("drop table question_responses").await;
    let launcher = stage.launcher().start().await;

    let told = overview(&launcher, &stage).await;

    assert_eq!(
        (&told["students"], &told["answers"]),
        (&json!(1), &Value::Null)
    );
    assert_eq!(readiness(&told), [(1, Value::Null)], "{told}");
}

#[tokio::test]
async fn answers_that_take_too_long_are_not_waited_for() {
    let stage = Stage::with_pupils([]).await;
    stage.store_student(&stage.email("ann"), json!({})).await;
    let hang = ProxyRule::new(Fault::Hang);
    stage.proxy.inject(hang.on("GET", "question_responses"));
    let launcher = stage.launcher().start().await;

    let started = Instant::now();
    let told = overview(&launcher, &stage).await;

    assert_eq!(
        (&told["students"], &told["answers"]),
        (&json!(1), &Value::Null)
    );
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[tokio::test]
async fn values_that_are_no_answers_and_a_second_key_to_students_change_nothing() {
    let stage = Stage::builder().own_database().start([]).await;
    let change = "alter table question_responses drop constraint question_responses_response_value_check; \
                  alter table question_responses add column student2 uuid references students (id)";
    stage.db.change(change).await;
    let ann = stage.store_student(&stage.email("ann"), json!({})).await;
    store_outcomes(&stage, ann, 1, [0, 9, 3]).await;
    // The questionnaire's own copies of answers, which the dashboard does not read.
    for copy in ["q29", "q30", "q31", "q32"] {
        stage.store_answer(ann, 1, copy, 4).await;
    }
    stage.store_answer(ann, 1, "q29_vision_grades", 4).await;
    let blank = json!({"student_id": ann, "cycle": 2, "question_id": OUTCOMES[0], "academic_year": stage.year});
    stage.db.insert("question_responses", &blank).await;
    let launcher = stage.launcher().start().await;

    let told = overview(&launcher, &stage).await;

    assert_eq!(readiness(&told), [(1, json!(3.0))], "{told}");
    assert_eq!(told["answers"], 2, "{told}");
}

/// What the database says, by a calculation of its own.
async fn calculated(stage: &Stage) -> Value {
    let school = "from students s where s.establishment_id::text = $1";
    let query = format!(
        "with scored as (select s.id, v.cycle, v.vision {from} join vespa_scores v on v.student_id = s.id {where_school} \
           and coalesce(v.vision, 0) + coalesce(v.effort, 0) + coalesce(v.systems, 0) + coalesce(v.practice, 0) \
             + coalesce(v.attitude, 0) + coalesce(v.overall, 0) > 0), \
         answered as (select r.cycle, r.question_id, r.response_value {from} join question_responses r \
           on r.student_id = s.id {where_school}), \
         outcomes as (select cycle, round(avg(response_value), 2)::float8 as mean from answered \
           where question_id like 'outcome_q_%' group by cycle) \
         select (select count(*) {school}) as students, (select count(distinct id) from scored) as completed, \
           (select count(*) from answered where question_id !~ '^q(29|30|31|32)$') as answers, \
           (select json_agg(json_build_array(o.cycle, o.mean) order by o.cycle) from outcomes o) as readiness, \
           (select json_agg(json_build_array(c.cycle, c.count, c.mean) order by c.cycle) from \
             (select cycle, count(*), round(avg(vision), 2)::float8 as mean from scored group by cycle) c) as cycles",
        from = "from students s",
        where_school = "where s.establishment_id::text = $1",
    );
    stage.db.json(&query, &stage.id.to_string()).await[0].clone()
}

#[tokio::test]
async fn after_a_refresh_the_figures_are_those_that_the_database_calculates() {
    let stage = Stage::with_pupils([]).await;
    for n in 1..=40_u64 {
        let value = i64::try_from(n % 9).unwrap_or_default();
        let pupil = stage.pupil(n).scored(1, [value, 6, 5, 4, 3, 5]);
        let pupil = match n % 4 {
            0 => pupil.unscored(),
            1 => pupil.scored(2, [value + 1; 6]),
            2 => pupil.scored(2, [2; 6]).scored(3, [value; 6]),
            _ => pupil,
        };
        stage.put(&pupil);
        let answers = Answers::of(&sheet_id(&pupil), &pupil);
        let value = i64::try_from(n % 5 + 1).unwrap_or_default();
        let answers = answers.answer(1, OUTCOMES[0], Some(value));
        stage.put_answers(&answers.answer(2, OUTCOMES[1], (n % 3 > 0).then_some(value)));
    }
    // What the questionnaire stores at once, some of it under ids of its own.
    let submitted = stage.pupil(1);
    let student = stage.store_nightly(&submitted).await;
    for question in ["q1", "q28", "q29", "q30", "q31", "q32"] {
        stage.store_answer(student, 1, question, 5).await;
    }
    for n in 41..=43 {
        let undated = Pupil::new(n).email(&format!("undated{n}"));
        stage.knack.put("object_10", stage.record(undated));
    }
    let launcher = stage.launcher().start().await;
    launcher.refresh(&stage.knack_id).await.expect_status(200);

    let told = overview(&launcher, &stage).await;

    let expected = calculated(&stage).await;
    for figure in ["students", "completed", "answers"] {
        assert_eq!(told[figure], expected[figure], "{figure}: {told}");
    }
    assert!(told["answers"].as_u64() > Some(1_000), "{told}");
    let of_cycle =
        |cycle: &Value| json!([cycle["cycle"], cycle["count"], cycle["means"]["vision"]]);
    let cycles = told["cycles"].as_array().expect("there are cycles");
    let cycles: Vec<Value> = cycles.iter().map(of_cycle).collect();
    assert_eq!(json!(cycles), expected["cycles"], "{told}");
    let readiness: Vec<Value> = readiness(&told).into_iter().map(|it| json!(it)).collect();
    assert_eq!(json!(readiness), expected["readiness"], "{told}");
    // The rate is of the students stored; the undated records are beside it.
    let (students, completed) = (
        expected["students"].as_f64(),
        expected["completed"].as_f64(),
    );
    let rate = completed
        .zip(students)
        .map(|(part, all)| (part / all * 1_000.0).round() / 1_000.0);
    assert_eq!(told["responseRate"].as_f64(), rate, "{told}");
    assert_eq!(told["withoutCompletionDate"], 3);
}
