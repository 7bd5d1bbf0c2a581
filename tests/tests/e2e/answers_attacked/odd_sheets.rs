//! Sheets that hold what they should not.

use e2e::{Stage, answer_fields, sheet_id, skipped, warned};
use sandbox::data::Answers;
use serde_json::{Value, json};
use sync_protocol::{SkipReason, WarningCode};

use super::{assert_all_stored, assert_settled, changed, class};

#[tokio::test]
async fn of_two_sheets_with_different_cycles_the_later_one_counts_and_what_was_stored_stays() {
    let stage = Stage::builder().last_year().start([]).await;
    let pupil = stage
        .pupil(1)
        .completed(stage.year.last_day())
        .scored(2, [5; 6]);
    stage.put(&pupil);
    let earlier = Answers::of(&sheet_id(&pupil), &pupil).completed(stage.year.first_day());
    let mut first = earlier.clone().answered(1, [1; 32]);
    first.cycles[1] = None;
    stage.put_answers(&first);
    stage.run().await.expect_code(0);
    let mut second = Answers {
        record_id: sheet_id(&stage.pupil(2)),
        ..earlier
            .clone()
            .answered(2, [4; 32])
            .completed(stage.year.last_day())
    };
    second.cycles[0] = None;
    stage.put_answers(&second);

    let summary = stage.run().await.expect_code(0);

    assert_eq!(changed(&summary), [32, 0, 0]);
    assert_eq!(summary.only_in_supabase.question_responses, 32);
    let stored = stage.answers().stored().await;
    assert_eq!(stored.len(), 64);
    assert!(
        stored
            .iter()
            .all(|(key, value)| *value == if key.cycle == 1 { 1 } else { 4 })
    );
    assert_settled(&stage).await;
}

#[tokio::test]
async fn an_answer_out_of_range_in_any_field_is_named_and_costs_itself_alone() {
    let stage = Stage::with_pupils([]).await;
    let mut number = 0;
    let mut named = Vec::new();
    let mut odd = [json!(50), json!("80%"), json!(6), json!(-1), json!("x")]
        .into_iter()
        .cycle();
    for (question, fields) in answer_fields() {
        for (cycle, field) in (1_u8..).zip(fields) {
            number += 1;
            let pupil = stage.pupil(number).scored(2, [4; 6]).scored(3, [3; 6]);
            stage.put(&pupil);
            let mut record = stage.sheet_record(&Answers::of(&sheet_id(&pupil), &pupil));
            let value = odd.next().unwrap_or(Value::Null);
            record[format!("field_{field}_raw")] = value.clone();
            record[format!("field_{field}")] = value;
            stage.knack.put("object_29", record);
            named.push((
                sheet_id(&pupil),
                stage.email(&format!("p{number:03}")),
                cycle,
                question.clone(),
            ));
        }
    }

    let summary = stage.run().await.expect_code(0);

    assert_eq!(number, 96);
    assert_eq!(changed(&summary), [96 * 95, 0, 0]);
    let warning = &summary.warnings[0];
    assert_eq!(
        (warning.code, warning.count),
        (WarningCode::AnswerOutOfRange, 96)
    );
    let ids: Vec<&String> = named.iter().map(|it| &it.0).collect();
    assert!(warned(&summary)[0].1.iter().all(|id| ids.contains(&id)));
    let stored = stage.answers().stored().await;
    for (_, email, cycle, question) in &named {
        let of_pupil = stored.keys().filter(|key| key.email == *email);
        let is_it = |key: &&e2e::AnswerKey| key.cycle == *cycle && key.question == *question;
        assert_eq!(
            of_pupil.clone().filter(is_it).count(),
            0,
            "{cycle} {question}"
        );
        assert_eq!(of_pupil.count(), 95, "{cycle} {question}");
    }
    assert_all_stored(&stage).await;
}

#[tokio::test]
async fn a_sheet_of_another_schools_student_that_names_this_school_touches_neither() {
    let (stage, _) = class(2).await;
    let another = stage.another_school().await;
    let theirs = json!({"establishment_id": another, "knack_id": stage.pupil(9).record_id});
    let row = stage.store_student(&stage.email("p009"), theirs).await;
    stage.store_scores(row, 1, [5; 6], None).await;
    stage.store_answer(row, 1, "q1", 2).await;
    let before = stage.everything_of(another).await;
    let of_theirs = Answers::of(&sheet_id(&stage.pupil(9)), &stage.pupil(9)).answered(1, [5; 32]);
    for sheet in [
        of_theirs.clone(),
        of_theirs.clone().unconnected(),
        of_theirs.without_email(),
    ] {
        stage.put_answers(&sheet);

        let summary = stage.run().await.expect_code(0);

        let nobodys = (SkipReason::NoStudent, vec![sheet.record_id]);
        assert_eq!(skipped(&summary), [nobodys]);
        assert_eq!(stage.everything_of(another).await, before);
        assert_eq!(stage.answers().stored().await.len(), 64);
        let answer = "select response_value from question_responses where student_id::text = $1";
        let answers = stage.db.json(answer, &row.to_string()).await;
        assert_eq!(answers, [json!({"response_value": 2})]);
    }
}
