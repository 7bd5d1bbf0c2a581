//! Each rule by which a refresh decides is named by the verdict on whom it concerns.

use e2e::Stage;
use jiff::ToSpan;
use sandbox::data::{Pupil, record_id};
use serde_json::json;
use sync_protocol::{ExplainOutcome, ExplainVerdict as V, Explanation, FactCode as F};
use uuid::Uuid;

use super::{agrees, ask, codes, expect, explain};

/// The record that a stored row carries unless a test says otherwise.
const RECORD_OF_ROW: &str = "0000000000000000000000aa";

/// Of the column for a course, in characters.
const WIDTH: usize = 100;

fn pupil(stage: &Stage, n: u64, local: &str) -> Pupil {
    Pupil::new(n)
        .email(local)
        .named(local, "Other")
        .completed(stage.year.first_day())
        .scored(1, [7, 6, 5, 8, 7, 7])
}

/// Explains the pupil's record, refreshes, and expects both to agree.
async fn expect_of(stage: &Stage, record: &str, verdict: V, facts: &[F]) {
    let explanation = explain(stage, record).await;
    let refresh = stage.refresh().arg("--report-changes");
    let summary = refresh.run().await.expect_code(0);
    expect(&explanation, verdict, facts);
    agrees(&explanation, record, &summary);
}

#[tokio::test]
async fn what_is_not_there_or_not_of_this_year_is_said_by_record_and_by_email() {
    let stage = Stage::with_pupils([]).await;
    let gone = pupil(&stage, 1, "gone");
    stage.store_nightly(&gone).await;
    stage.put(&pupil(&stage, 2, "old").completed(stage.year.previous().last_day()));
    let mut open = stage.record(pupil(&stage, 3, "open"));
    open["field_855"] = json!("");
    open["field_855_raw"] = json!("");
    stage.knack.put("object_10", open);
    for (n, local, verdict) in [
        (1, "gone", V::OnlyInSupabase),
        (2, "old", V::OutsideYear),
        (3, "open", V::NotCompleted),
        (9, "nobody", V::NotFound),
    ] {
        for question in [record_id(n), stage.email(local)] {
            let explanation = explain(&stage, &question).await;
            expect(&explanation, verdict, &[]);
        }
    }
    assert_eq!(stage.proxy.writes(), []);
    assert_eq!(stage.logs().await, Vec::<serde_json::Value>::new());
}

#[tokio::test]
async fn a_record_that_is_skipped_is_explained_by_the_reason() {
    let stage = Stage::with_pupils([]).await;
    for (n, field, odd, verdict) in [
        (1, "field_197", "none", V::MissingEmail),
        (2, "field_855", "soon", V::UnreadableDate),
    ] {
        let mut record = stage.record(pupil(&stage, n, "odd"));
        record[field] = json!(odd);
        record[format!("{field}_raw")] = json!(odd);
        stage.knack.put("object_10", record);
        expect_of(&stage, &record_id(n), verdict, &[]).await;
    }
    let mut theirs = stage.record(pupil(&stage, 3, "theirs"));
    theirs["field_133_raw"] = json!([{"id": "f".repeat(24)}, {"id": stage.knack_id}]);
    stage.knack.put("object_10", theirs);
    let explanation = explain(&stage, &record_id(3)).await;
    expect(&explanation, V::OtherSchool, &[F::OtherSchool]);
    assert_eq!(explanation.name, None);
    let said = json!(explanation).to_string();
    assert!(!said.contains(&"f".repeat(24)), "{said}");
}

#[tokio::test]
async fn a_double_and_a_shared_email_are_told_apart() {
    let stage = Stage::with_pupils([]).await;
    let later = stage.year.first_day().saturating_add(1.day());
    let ann = pupil(&stage, 1, "ann").named("Ann", "Other");
    stage.put(&ann);
    stage.put(&ann_again(&stage, 2).completed(later));
    stage.put(
        &pupil(&stage, 3, "ann")
            .named("Ben", "Other")
            .completed(later),
    );
    let explained = explain(&stage, &stage.email("ann")).await;
    expect(&explained, V::NewStudent, &[F::HasDouble, F::EmailShared]);
    expect_of(&stage, &record_id(1), V::DuplicateEmail, &[F::DoubleOf]).await;
    expect_of(&stage, &record_id(3), V::EmailOfAnotherStudent, &[]).await;
}

fn ann_again(stage: &Stage, n: u64) -> Pupil {
    pupil(stage, n, "ann").named("Ann", "Other")
}

#[tokio::test]
async fn how_the_row_was_found_is_said() {
    for (stored, now, verdict, fact) in [
        (
            ("ann", 1, "Ann"),
            ("ann", 1, "Ann"),
            V::UpToDate,
            F::MatchedByEmail,
        ),
        (
            ("ann", 2, "Ann"),
            ("ann", 1, "Ann"),
            V::Changed,
            F::MatchedByEmail,
        ),
        (
            ("before", 1, "Ann"),
            ("ann", 1, "Ann"),
            V::Changed,
            F::MatchedByRecord,
        ),
        (
            ("before", 1, "Ben"),
            ("ann", 1, "Ann"),
            V::RecordReused,
            F::OldRowLeft,
        ),
        (
            ("ann", 2, "Ben"),
            ("ann", 1, "Ann"),
            V::TakenOver,
            F::MatchedByTakingOver,
        ),
    ] {
        let stage = Stage::with_pupils([]).await;
        let (local, n, name) = stored;
        let stored = pupil(&stage, n, local).named(name, "Other");
        stage.store_nightly(&stored).await;
        let (local, n, name) = now;
        stage.put(&pupil(&stage, n, local).named(name, "Other"));
        expect_of(&stage, &record_id(n), verdict, &[fact]).await;
    }
}

#[tokio::test]
async fn an_email_written_in_another_way_and_a_twin_are_said() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    let email = stage.email("ann");
    let columns = json!({"name": "ann Other", "knack_id": ann.record_id});
    stage
        .store_student(&email.to_uppercase(), columns.clone())
        .await;
    stage.put(&ann);
    expect_of(
        &stage,
        &ann.record_id,
        V::Changed,
        &[F::MatchedByEmailInAnyCase],
    )
    .await;
    stage.store_student(&format!("twin-{email}"), columns).await;
    expect_of(&stage, &ann.record_id, V::TwinRows, &[F::TwinRow]).await;
}

/// Nothing tells which school holds the row, or whose it is there.
#[track_caller]
fn expect_silence(held: &Explanation, school: Uuid) {
    let said = json!(held).to_string();
    for secret in [
        &school.to_string(),
        "Another School",
        "Theirs",
        RECORD_OF_ROW,
    ] {
        assert!(!said.contains(secret), "{secret}: {said}");
    }
}

#[tokio::test]
async fn a_row_of_no_school_is_adopted_and_one_of_another_school_is_left_and_not_named() {
    let stage = Stage::with_pupils([]).await;
    let (ann, bob) = (pupil(&stage, 1, "ann"), pupil(&stage, 2, "bob"));
    let school = stage.another_school().await;
    let nobodys = json!({"establishment_id": null, "name": "ann Other"});
    stage.store_student(&stage.email("ann"), nobodys).await;
    let theirs = json!({"establishment_id": school, "name": "Theirs"});
    stage.store_student(&stage.email("bob"), theirs).await;
    stage.put(&ann);
    stage.put(&bob);
    let held = explain(&stage, &bob.record_id).await;
    expect(&held, V::HeldByOtherEstablishment, &[F::RowOfAnotherSchool]);
    expect_silence(&held, school);
    let orphan = explain(&stage, &stage.email("ann")).await;
    expect(&orphan, V::AdoptedOrphan, &[F::RowOfNoSchool]);
    let summary = stage
        .refresh()
        .arg("--report-changes")
        .run()
        .await
        .expect_code(0);
    agrees(&held, &bob.record_id, &summary);
    agrees(&orphan, &ann.record_id, &summary);
}

#[tokio::test]
async fn of_a_new_email_that_another_school_holds_it_is_said_that_it_is_theirs() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    stage.store_nightly(&ann).await;
    let school = stage.another_school().await;
    let theirs = json!({"establishment_id": school, "name": "Theirs"});
    stage.store_student(&stage.email("new"), theirs).await;
    let moved = ann.clone().email("new").named("ann", "Other");
    stage.put(&moved.scored(1, [1; 6]));

    let explanation = explain(&stage, &stage.email("new")).await;

    let facts = [F::MatchedByRecord, F::RowOfAnotherSchool, F::ScoresDiffer];
    expect(&explanation, V::HeldByOtherEstablishment, &facts);
    expect_silence(&explanation, school);
    assert_eq!(explanation.outcome, ExplainOutcome::Updated);
    let refresh = stage.refresh().arg("--report-changes");
    let summary = refresh.run().await.expect_code(9);
    agrees(&explanation, &ann.record_id, &summary);
}

#[tokio::test]
async fn of_a_new_email_on_a_row_of_no_school_it_is_said_that_the_row_stands_in_the_way() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    stage.store_nightly(&ann).await;
    for (local, name, score) in [("same", "ann Other", 1), ("else", "Somebody Else", 2)] {
        let nobodys = json!({"establishment_id": null, "name": name});
        stage.store_student(&stage.email(local), nobodys).await;
        let moved = ann.clone().email(local).named("ann", "Other");
        stage.put(&moved.scored(1, [score; 6]));

        let explanation = explain(&stage, &stage.email(local)).await;

        let facts = [F::MatchedByRecord, F::RowOfNoSchool];
        expect(&explanation, V::NewEmailTaken, &facts);
        assert_eq!(explanation.name.as_deref(), Some("ann Other"));
        let refresh = stage.refresh().arg("--report-changes");
        let summary = refresh.run().await.expect_code(9);
        agrees(&explanation, &ann.record_id, &summary);
    }
}

#[tokio::test]
async fn of_several_records_outside_of_the_year_the_one_made_last_is_explained() {
    let stage = Stage::with_pupils([]).await;
    stage.put(&pupil(&stage, 1, "ann").completed(stage.year.previous().last_day()));
    let mut open = stage.record(pupil(&stage, 2, "ann"));
    open["field_855"] = json!("");
    open["field_855_raw"] = json!("");
    stage.knack.put("object_10", open);
    let explanation = explain(&stage, &stage.email("ann")).await;
    expect(&explanation, V::NotCompleted, &[F::NotCompleted]);
    let earlier = explain(&stage, &record_id(1)).await;
    expect(&earlier, V::OutsideYear, &[F::CompletedOn]);
}

#[tokio::test]
async fn what_is_decided_about_scores_is_said_cycle_by_cycle() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann").completed(stage.today.saturating_sub(30.days()));
    let student = stage.store_nightly(&ann.clone().unscored()).await;
    let today = Some(stage.today);
    stage.store_scores(student, 1, [1; 6], today).await;
    stage.put(&ann);
    expect_of(&stage, &ann.record_id, V::KeptNewer, &[F::ScoresKeptNewer]).await;

    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann").scored(2, [2; 6]);
    stage.store_nightly_of(&ann, stage.year.previous()).await;
    let mut record = stage.record(ann.clone());
    for field in ["field_146", "field_146_raw"] {
        record[field] = json!("1");
    }
    stage.knack.put("object_10", record.clone());
    let facts = [F::ScoresMissing, F::ScoresOfLastYear];
    expect_of(&stage, &ann.record_id, V::LastYearsCycle, &facts).await;

    record["field_155"] = json!("20879");
    record["field_155_raw"] = json!(20879);
    stage.knack.put("object_10", record);
    let facts = [F::ScoreOutOfRange, F::ScoresOnlyInSupabase];
    expect_of(&stage, &ann.record_id, V::ScoreOutOfRange, &facts).await;
}

#[tokio::test]
async fn rows_that_lack_a_date_a_year_or_an_email_are_filled_and_it_is_said() {
    let stage = Stage::with_class(1).await;
    stage.run().await.expect_code(0);
    let record = stage.knack.records("object_10")[0]["id"].clone();
    let record = record.as_str().unwrap();
    for (column, fact) in [
        ("student_email", F::ScoreEmailFilled),
        ("completion_date", F::ScoreDateFilled),
        ("academic_year", F::ScoreYearFilled),
    ] {
        let statement = format!(
            "update vespa_scores set {column} = null where student_id in \
             (select id from students where establishment_id::text = $1)"
        );
        stage.db.execute(&statement, &stage.id.to_string()).await;
        expect_of(&stage, record, V::Changed, &[fact]).await;
        expect_of(&stage, record, V::UpToDate, &[F::ScoresEqual]).await;
    }
}

#[tokio::test]
async fn whose_answers_are_is_said_of_the_student_and_of_the_sheet() {
    let stage = Stage::with_class(2).await;
    stage.admit_answers(1..=2);
    let sheets = stage.knack.records("object_29");
    let mut bad = sheets[1].clone();
    bad["field_1953"] = json!("50");
    bad["field_1953_raw"] = json!(50);
    stage.knack.put("object_29", bad);
    let record = |n: usize| {
        stage.knack.records("object_10")[n]["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let by_email = explain(&stage, &record(0)).await;
    expect(
        &by_email,
        V::NewStudent,
        &[F::AnswersByEmail, F::AnswersDiffer],
    );
    let out_of_range = explain(&stage, &record(1)).await;
    expect(&out_of_range, V::AnswerOutOfRange, &[F::AnswerOutOfRange]);
    let sheet = explain(&stage, sheets[0]["id"].as_str().unwrap()).await;
    expect(&sheet, V::AnswersOfStudent, &[F::AnswersByEmail]);

    stage.knack.remove("object_10", &record(0));
    expect_of(&stage, sheets[0]["id"].as_str().unwrap(), V::NoStudent, &[]).await;
    let without = stage.refresh().args(["--explain", "--without-answers"]);
    let without = without.run_with(&format!("{}\n", record(0))).await;
    assert!(without.stdout.contains("answers_not_read"), "{without:?}");
}

#[tokio::test]
async fn anything_but_a_record_or_an_email_is_a_usage_error_that_repeats_nothing() {
    let stage = Stage::with_class(1).await;
    let long = format!("{}@example.test", "canary".repeat(100));
    for question in ["", "Canary Featherstone", "canary@", long.as_str()] {
        let run = ask(&stage, question).await;
        let summary = run.expect_code(2);
        let error = summary.error.unwrap();
        assert!(error.message.contains("--explain"), "{error:?}");
        assert!(
            !format!("{run:?}").to_lowercase().contains("canary"),
            "{run:?}"
        );
    }
    assert_eq!(stage.knack.seen(), []);
    assert_eq!(stage.proxy.seen(), []);
}

#[tokio::test]
async fn a_name_that_knack_lacks_is_kept_and_a_text_that_is_cut_is_said() {
    let stage = Stage::with_pupils([]).await;
    let ann = pupil(&stage, 1, "ann");
    stage.store_nightly(&ann).await;
    let mut record = stage.record(ann.clone());
    for field in ["field_187", "field_187_raw"] {
        record[field] = json!("");
    }
    stage.knack.put("object_10", record.clone());
    let facts = [F::NameKept, F::DetailsEqual];
    expect_of(&stage, &ann.record_id, V::UpToDate, &facts).await;
    let explanation = explain(&stage, &ann.record_id).await;
    assert!(!codes(&explanation).contains(&F::TextCut));
    assert_eq!(explanation.name.as_deref(), Some("ann Other"));

    // As long as the column is wide, one character longer, and the longer one once it is stored.
    for (chars, verdict, is_cut) in [
        (WIDTH, V::Changed, false),
        (WIDTH + 1, V::UpToDate, true),
        (WIDTH + 1, V::UpToDate, true),
    ] {
        record["field_2299"] = json!("\u{e9}".repeat(chars));
        stage.knack.put("object_10", record.clone());
        expect_of(&stage, &ann.record_id, verdict, &[F::NameKept]).await;
        let explanation = explain(&stage, &ann.record_id).await;
        let is_said = codes(&explanation).contains(&F::TextCut);
        assert_eq!(is_said, is_cut, "{chars}: {explanation:?}");
        let stored = &stage.students().await[0]["course"];
        assert_eq!(*stored, "\u{e9}".repeat(WIDTH), "{chars}");
        assert_eq!(stage.students().await[0]["name"], "ann Other");
    }
}
