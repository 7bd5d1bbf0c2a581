//! After a refresh, every answer that Knack holds of a school's students is stored, and nothing else is: compared with a
//! reader of the records that knows nothing of the program.

use e2e::{AllAnswers, Run, Stage, sheet_id};
use sandbox::data::{Answers, Pupil, School, awkward_answers, standard_schools};
use sandbox::supabase::EstablishmentSeed;
use serde_json::{Value, json};
use sync_protocol::{AcademicYear, Calendar};
use uuid::Uuid;

const TABLES: [&str; 3] = ["vespa_scores", "student_comments", "question_responses"];

/// A hash of every column of everything that schools other than this one have.
async fn everything_of_others(stage: &Stage, school: Uuid) -> Vec<Value> {
    let hashed = |table: &str, columns: &str| {
        format!(
            "select '{table}' as table, count(*), md5(string_agg({columns}, '' order by r.id)) as hash \
             from {table} r join students s on s.id = r.{} where s.establishment_id::text <> $1",
            if table == "students" {
                "id"
            } else {
                "student_id"
            },
        )
    };
    let mut all = stage
        .db
        .json(&hashed("students", "r::text"), &school.to_string())
        .await;
    for table in TABLES {
        let query = hashed(table, "r::text");
        all.extend(stage.db.json(&query, &school.to_string()).await);
    }
    all
}

/// A stage on which all standard schools are, in a database of its own.
async fn all_schools() -> (Stage, Vec<School>) {
    let stage = Stage::with_pupils([]).await;
    let schools = standard_schools(stage.today);
    let of_stage = schools.clone();
    let stage = Stage::builder()
        .own_database()
        .school(schools[0].clone())
        .knack(|options| options.schools = of_stage)
        .start([])
        .await;
    for school in &schools[1..] {
        let row = json!({
            "id": seed(school).id(), "knack_id": school.knack_id, "name": school.name,
            "is_australian": school.is_australian, "use_standard_year": school.use_standard_year,
        });
        stage.db.insert("establishments", &row).await;
    }
    (stage, schools)
}

fn seed(school: &School) -> EstablishmentSeed {
    EstablishmentSeed {
        knack_id: school.knack_id.clone(),
        name: school.name.clone(),
        is_australian: school.is_australian,
        use_standard_year: school.use_standard_year,
    }
}

fn year_of(stage: &Stage, school: &School) -> AcademicYear {
    let calendar = Calendar::from_flags(school.is_australian, school.use_standard_year);
    AcademicYear::containing(stage.today, calendar)
}

/// The summary as any client would read it.
#[track_caller]
fn said(run: &Run) -> Value {
    run.expect_code(0);
    serde_json::from_str(&run.stdout).expect("it is JSON")
}

#[track_caller]
fn assert_equal(stored: &AllAnswers, expected: &AllAnswers, of: &str) {
    let missing: Vec<_> = expected
        .iter()
        .filter(|(key, value)| stored.get(key) != Some(value))
        .collect();
    let others: Vec<_> = stored
        .iter()
        .filter(|(key, _)| !expected.contains_key(key))
        .collect();
    assert!(
        missing.is_empty() && others.is_empty(),
        "{of}: of {} answers, {} are missing or wrong, such as {:?}; {} should not be there, such as {:?}",
        expected.len(),
        missing.len(),
        missing.first(),
        others.len(),
        others.first(),
    );
}

/// Refreshes a school twice, and compares what is stored then.
async fn assert_whole(stage: &Stage, school: &School) {
    let name = &school.name;
    let id = seed(school).id();
    let of = stage.answers_of(&school.knack_id, id, year_of(stage, school));
    let others = everything_of_others(stage, id).await;

    let dry = stage.refresh_of(&school.knack_id).arg("--dry-run");
    let dry = dry.run().await.expect_code(0);

    let first = stage.refresh_of(&school.knack_id).run().await;

    let first = first.expect_code(0);
    let told = (dry.changes, dry.only_in_supabase, dry.skipped);
    assert_eq!(
        told,
        (first.changes, first.only_in_supabase, first.skipped),
        "{name}"
    );
    let expected = of.expected().await;
    assert_equal(&of.stored().await, &expected, name);
    assert_eq!(everything_of_others(stage, id).await, others, "{name}");

    stage.proxy.forget();
    let again = stage.refresh_of(&school.knack_id).run().await;
    assert_eq!(stage.written(), [], "{name}");
    assert_eq!(said(&again)["question_responses_synced"], expected.len());
}

#[tokio::test]
async fn every_answer_of_a_school_is_stored_and_nothing_of_any_other_is_touched() {
    let (stage, schools) = all_schools().await;
    for school in schools.iter().filter(|school| school.pupils.len() < 1_000) {
        assert_whole(&stage, school).await;
    }
}

#[tokio::test]
async fn every_answer_of_a_school_of_a_thousand_is_stored() {
    let (stage, schools) = all_schools().await;
    let is_large = |school: &&School| school.pupils.len() == 1_000;
    for school in schools.iter().filter(is_large) {
        assert_whole(&stage, school).await;
    }
}

#[tokio::test]
async fn every_answer_of_a_school_of_two_thousand_is_stored() {
    let (stage, schools) = all_schools().await;
    let is_huge = |school: &&School| school.pupils.len() == 2_000;
    for school in schools.iter().filter(is_huge) {
        assert_whole(&stage, school).await;
    }
}

#[tokio::test]
async fn the_reader_reads_awkward_answers_as_whoever_wrote_them_meant_them() {
    let (stage, schools) = all_schools().await;
    for school in &schools {
        let of = stage.answers_of(&school.knack_id, seed(school).id(), year_of(&stage, school));
        let cases = awkward_answers(stage.today);
        let cases: Vec<_> = cases
            .iter()
            .filter(|case| case.school == school.knack_id)
            .collect();
        if cases.is_empty() {
            continue;
        }
        stage
            .refresh_of(&school.knack_id)
            .run()
            .await
            .expect_code(0);
        let expected = of.expected().await;
        for case in cases {
            let email = case.result["field_197_raw"]["email"].as_str().unwrap();
            let read = expected.iter().filter(|(key, _)| key.email == email);
            let read = read.map(|(key, value)| ((key.cycle, key.question.as_str()), *value));
            let meant = case.stored.iter().map(|(key, value)| (*key, *value));
            assert!(read.eq(meant), "{}", case.name);
        }
    }
}

#[tokio::test]
async fn one_changed_answer_writes_one_row() {
    let stage = Stage::with_pupils([]).await;
    let pupils: Vec<Pupil> = (1..=40).map(|n| stage.pupil(n).scored(2, [5; 6])).collect();
    let answers: Vec<Answers> = pupils.iter().map(|it| stage.put_with_answers(it)).collect();
    stage.run().await.expect_code(0);
    let before = stage.answers().stored().await;
    assert_equal(&before, &stage.answers().expected().await, "at first");
    assert_eq!(before.len(), 40 * 2 * 32);
    let changed = answers[7].clone();
    let was = changed.cycles[1].unwrap()[31].unwrap();
    let changed = changed.answer(2, "outcome_q_confident", Some(was % 5 + 1));
    stage.put_answers(&changed);
    stage.proxy.forget();

    let run = stage.run().await;

    let expected = json!({"inserted": 0, "updated": 1, "unchanged": 2_559});
    assert_eq!(said(&run)["changes"]["question_responses"], expected);
    assert_eq!(stage.written(), [("question_responses".to_owned(), 1)]);
    let after = stage.answers().stored().await;
    assert_equal(&after, &stage.answers().expected().await, "afterwards");
    assert_eq!(
        after
            .iter()
            .filter(|(key, value)| before[key] != **value)
            .count(),
        1
    );
}

#[tokio::test]
async fn the_record_completed_last_counts_whichever_is_listed_first() {
    for later_first in [false, true] {
        let stage = Stage::builder().last_year().start([]).await;
        let pupil = stage.pupil(1).completed(stage.year.last_day());
        let earlier = Answers::of(&sheet_id(&pupil), &pupil).completed(stage.year.first_day());
        let later = Answers::of(&sheet_id(&stage.pupil(2)), &pupil).answered(1, [5; 32]);
        stage.put(&pupil);
        let both = [&earlier, &later];
        for at in if later_first { [1, 0] } else { [0, 1] } {
            stage.put_answers(both[at]);
        }

        stage.run().await.expect_code(0);

        let stored = stage.answers().stored().await;
        assert_equal(&stored, &stage.answers().expected().await, "two records");
        assert!(stored.len() == 32 && stored.values().all(|value| *value == 5));
    }
}
