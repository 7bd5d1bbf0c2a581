//! The students' own report finds scores by the e-mail that their rows name.

use e2e::{Stage, changes, warned};
use sandbox::data::Pupil;
use serde_json::{Value, json};
use sync_protocol::WarningCode;

fn ann(stage: &Stage) -> Pupil {
    Pupil::new(1)
        .email("ann")
        .named("Ann", "Other")
        .completed(stage.year.first_day())
        .scored(1, [7, 6, 5, 8, 7, 7])
}

/// The e-mails that this school's rows of scores name.
async fn named(stage: &Stage) -> Vec<Value> {
    let scores = stage.scores().await;
    scores
        .iter()
        .map(|row| row["student_email"].clone())
        .collect()
}

async fn forget_emails(stage: &Stage) {
    let statement = "update vespa_scores set student_email = null where student_id in \
                     (select id from students where establishment_id::text = $1)";
    stage.db.execute(statement, &stage.id.to_string()).await;
}

#[tokio::test]
async fn a_first_import_names_every_students_email() {
    let stage = Stage::with_class(12).await;

    stage.run().await.expect_code(0);

    let emails: Vec<Value> = (1..=12)
        .map(|n| json!(stage.email(&format!("p{n:03}"))))
        .collect();
    assert_eq!(named(&stage).await, emails);
    stage.proxy.forget();
    assert_eq!(changes(&stage.run().await.expect_code(0))[1], [0, 0, 12]);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn rows_that_name_none_get_it_once_and_nothing_else_of_them_is_written() {
    let stage = Stage::with_class(12).await;
    stage.run().await.expect_code(0);
    let before = stage.everything().await;
    forget_emails(&stage).await;
    stage.proxy.forget();

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 12], [0, 12, 0], [0; 3]]);
    assert_eq!(stage.written(), [("vespa_scores".to_owned(), 12)]);
    assert_eq!(stage.everything().await, before);
    let written = stage.proxy.writes().into_iter();
    let rows = written.filter(|write| write.table() == "vespa_scores");
    let rows = rows.filter_map(|write| write.json()).collect::<Vec<_>>();
    let columns = rows[0][0].as_object().expect("rows are objects").keys();
    assert_eq!(
        columns.collect::<Vec<_>>(),
        ["academic_year", "cycle", "student_email", "student_id"]
    );
    stage.proxy.forget();
    assert_eq!(changes(&stage.run().await.expect_code(0))[1], [0, 0, 12]);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn a_newer_row_that_is_kept_gets_it_too() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put(&ann);
    let student = stage.store_nightly(&ann).await;
    let newer = "update vespa_scores set vision = 1, completion_date = current_date, student_email = null \
                 where student_id::text = $1";
    stage.db.execute(newer, &student.to_string()).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[1], [0, 1, 0]);
    let kept = (WarningCode::KeptNewer, vec![ann.record_id.clone()]);
    assert_eq!(warned(&summary), [kept]);
    assert_eq!(stage.scores().await[0]["vision"], 1);
    assert_eq!(named(&stage).await, [json!(stage.email("ann"))]);
}

#[tokio::test]
async fn it_follows_the_stored_email_in_its_very_spelling() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put(&ann);
    let student = stage.store_nightly(&ann).await;
    let typed = stage.email("Ann");
    let as_typed = format!("update students set email = '{typed}' where id::text = $1");
    stage.db.execute(&as_typed, &student.to_string()).await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[..2], [[0, 0, 1], [0, 1, 0]]);
    assert_eq!(named(&stage).await, [json!(typed)]);

    stage.put(&ann.email("ann.other"));
    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[..2], [[0, 1, 0], [0, 1, 0]]);
    assert_eq!(named(&stage).await, [json!(stage.email("ann.other"))]);
}

/// A new e-mail that is refused may be a pupil's elsewhere, whose report would then show these scores.
#[tokio::test]
async fn a_student_whose_new_email_is_refused_keeps_the_old_one_in_rows_of_scores_too() {
    for scores in [[7, 6, 5, 8, 7, 7], [1; 6]] {
        let stage = Stage::with_class(1).await;
        let ann = ann(&stage);
        stage.put(&ann);
        stage.run().await.expect_code(0);
        let school = stage.another_school().await;
        let theirs = json!({"establishment_id": school, "name": "Theirs"});
        stage.store_student(&stage.email("new"), theirs).await;
        let before = named(&stage).await;
        stage.put(&ann.email("new").scored(1, scores).scored(2, [9; 6]));

        for _ in 0..2 {
            let summary = stage.run().await.expect_code(9);

            assert_eq!(changes(&summary)[0], [0; 3], "{summary:?}");
            let emails = named(&stage).await;
            assert_eq!(emails.len(), before.len() + 1, "cycle 2 is saved");
            assert!(emails.iter().all(|email| before.contains(email)));
        }
    }
}
