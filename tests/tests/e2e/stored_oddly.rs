//! Rows that others stored without a year, without a school, or with an e-mail that has more to it than the address.

use e2e::{Stage, changes, skipped, warned};
use sandbox::data::Pupil;
use serde_json::{Value, json};
use sync_protocol::WarningCode;
use uuid::Uuid;

const SCORES: [i64; 6] = [7, 6, 5, 8, 7, 7];

fn ann(stage: &Stage) -> Pupil {
    Pupil::new(1)
        .email("ann")
        .named("Ann", "Other")
        .completed(stage.year.first_day())
        .scored(1, SCORES)
        .aimed(1, "Aim")
}

async fn forget_years(stage: &Stage, table: &str, student: Uuid) {
    let query = format!("update {table} set academic_year = null where student_id::text = $1");
    stage.db.execute(&query, &student.to_string()).await;
}

#[tokio::test]
async fn scores_and_comments_without_a_year_are_this_years_and_get_it() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage).scored(2, SCORES);
    let student = stage.store_nightly(&ann).await;
    forget_years(&stage, "vespa_scores", student).await;
    forget_years(&stage, "student_comments", student).await;
    // One differs in more than its year, one is new, one is as it should be.
    let ann = ann.scored(2, [1; 6]).scored(3, [2; 6]);
    stage.put(&ann);
    let bob = Pupil {
        record_id: sandbox::data::record_id(2),
        ..ann.clone().email("bob").named("Bob", "Brown")
    };
    stage.store_nightly(&bob).await;
    stage.put(&bob);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 2], [1, 2, 3], [0, 1, 1]]);
    let both = [&ann, &bob];
    assert_eq!(
        stage.scores().await,
        both.map(|pupil| stage.score_rows(pupil)).concat()
    );
    assert_eq!(
        stage.comments().await,
        both.map(|pupil| stage.comment_rows(pupil)).concat()
    );
    stage.proxy.forget();
    let again = stage.run().await.expect_code(0);
    assert_eq!(changes(&again), [[0, 0, 2], [0, 0, 6], [0, 0, 2]]);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn a_hundred_scores_without_a_year_get_it_with_a_few_requests() {
    let stage = Stage::with_class(100).await;
    stage.run().await.expect_code(0);
    let before = stage.scores().await;
    stage
        .db
        .execute(
            "update vespa_scores set academic_year = null where student_id in \
             (select id from students where establishment_id::text = $1)",
            &stage.id.to_string(),
        )
        .await;
    stage.proxy.forget();

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 100], [0, 100, 0], [0; 3]]);
    assert_eq!(stage.scores().await, before);
    assert_eq!(stage.written(), [("vespa_scores".to_owned(), 100)]);
}

#[tokio::test]
async fn of_two_rows_of_a_cycle_the_one_with_the_year_counts() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    let student = stage.store_nightly(&ann).await;
    let old = json!({"student_id": student, "cycle": 1, "vision": 1, "academic_year": null});
    stage.db.insert("vespa_scores", &old).await;
    stage.put(&ann);
    let before = stage.everything().await;

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary), [[0, 0, 1], [0, 0, 1], [0, 0, 1]]);
    assert_eq!(stage.everything().await, before);
}

#[tokio::test]
async fn a_newer_score_without_a_year_is_kept_and_gets_it() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    let student = stage.store_nightly(&ann).await;
    let today = "update vespa_scores set academic_year = null, vision = 1, completion_date = current_date \
                 where student_id::text = $1";
    stage.db.execute(today, &student.to_string()).await;
    stage.put(&ann);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[1], [0, 1, 0]);
    assert_eq!(
        warned(&summary),
        [(WarningCode::KeptNewer, vec![ann.record_id])]
    );
    let scores = stage.scores().await;
    assert_eq!(scores.len(), 1);
    assert_eq!(scores[0]["vision"], 1);
    assert_eq!(scores[0]["academic_year"], json!(stage.year));
}

/// What may stand around an address, or in it, unseen.
fn spellings(email: &str) -> [String; 6] {
    [
        format!("{email} "),
        format!(" {email}"),
        format!("\t{email}\n"),
        format!("\u{200b}{email}"),
        format!("{email}\u{feff}"),
        format!("\u{a0}{}\u{200d}", email.to_uppercase()),
    ]
}

#[tokio::test]
async fn an_email_with_blanks_or_what_nobody_sees_gets_no_twin() {
    for has_school in [true, false] {
        let stage = Stage::with_pupils([]).await;
        let mut rows = Vec::new();
        for (n, spelling) in (1..).zip(spellings("")) {
            let local = format!("ann{n}");
            let email = stage.email(&local);
            let stored = spellings(&email)[n - 1].clone();
            assert_ne!(stored, spelling);
            let school = has_school.then_some(stage.id);
            let columns = json!({"establishment_id": school, "name": "Ann Other"});
            let student = stage.store_student(&stored, columns).await;
            stage.store_scores(student, 1, [1; 6], None).await;
            let pupil = Pupil {
                record_id: sandbox::data::record_id(n as u64),
                ..ann(&stage).email(&local)
            };
            stage.put(&pupil);
            rows.push((student, stored, pupil.record_id));
        }

        let summary = stage.run().await.expect_code(0);

        assert_eq!(changes(&summary), [[0, 6, 0], [0, 6, 0], [6, 0, 0]]);
        let mut identities = stage.identities().await;
        identities.sort();
        rows.sort();
        assert_eq!(identities, rows);
        let again = stage.run().await.expect_code(0);
        assert_eq!(changes(&again)[0], [0, 0, 6]);
    }
}

#[tokio::test]
async fn an_address_is_read_as_mail_programs_write_it() {
    let stage = Stage::with_pupils([]).await;
    let address = stage.email("ann");
    let written = [
        format!("Ann Other <{address}>"),
        format!("\"Other, Ann\" <{address}>"),
        format!("Ann Other &lt;{address}&gt;"),
        format!("mailto:{address}"),
        format!("<a href=\"mailto:Ann%20Other%20%3C{address}%3E\">Ann Other</a>"),
        format!("\u{200b}{address}\u{a0}"),
    ];
    let pupil = ann(&stage);
    stage.store_nightly(&pupil).await;
    let before = stage.everything().await;
    for raw in [true, false] {
        for written in &written {
            let mut record = stage.record(pupil.clone());
            record["field_197"] = json!(written);
            record["field_197_raw"] = if raw {
                json!({"email": written, "label": "Ann Other"})
            } else {
                json!("")
            };
            stage.knack.put("object_10", record);

            let summary = stage.run().await.expect_code(0);

            assert_eq!(skipped(&summary), [], "{written}");
            assert_eq!(changes(&summary), [[0, 0, 1], [0, 0, 1], [0, 0, 1]]);
        }
    }
    assert_eq!(stage.everything().await, before);
    assert_ne!(before, [] as [Value; 0]);
}

#[tokio::test]
async fn a_record_that_a_row_carries_in_capitals_and_with_blanks_is_known_and_spelt_as_knack_does()
{
    let stage = Stage::with_pupils([]).await;
    let spelt = |n: u64| format!(" {} ", sandbox::data::record_id(n).to_uppercase());
    let ann = Pupil {
        record_id: sandbox::data::record_id(0xabc),
        ..ann(&stage)
    };
    let before = stage.store_nightly(&ann).await;
    let statement = format!(
        "update students set knack_id = '{}' where id::text = $1",
        spelt(0xabc)
    );
    stage.db.execute(&statement, &before.to_string()).await;
    // The same pupil under a new e-mail: nothing but the record tells.
    stage.put(&ann.clone().email("ann.other"));
    let gone = json!({"knack_id": spelt(0xdef), "name": "Gone Pupil"});
    stage.store_student(&stage.email("gone"), gone).await;
    let question = format!("{}\n", sandbox::data::record_id(0xdef));
    let asked = stage.refresh().arg("--explain").run_with(&question).await;
    let explained: Value = serde_json::from_str(&asked.stdout).expect("it is JSON");
    assert_eq!(explained["verdict"], "only_in_supabase", "{explained}");

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changes(&summary)[0], [0, 1, 0]);
    assert_eq!(warned(&summary), []);
    let rows = stage.identities().await;
    let row = rows.iter().find(|(id, ..)| *id == before);
    let (_, email, record) = row.expect("the row is still there");
    assert_eq!(
        (email, record),
        (&stage.email("ann.other"), &sandbox::data::record_id(0xabc))
    );
    assert_eq!(changes(&stage.run().await.expect_code(0))[0], [0, 0, 1]);
}
