//! The whole chain of facts behind a verdict, in its order: no fact is missing, and none is said beside it.

use e2e::{Stage, sheet_id};
use jiff::ToSpan;
use sandbox::data::{Answers, Pupil, record_id};
use serde_json::json;
use sync_protocol::{ExplainOutcome, ExplainVerdict as V, Explanation, FactCode as F};

use super::{ask, codes, explain};

#[track_caller]
fn is(explanation: &Explanation, verdict: V, chain: &[F]) {
    assert_eq!(explanation.verdict, verdict, "{explanation:?}");
    assert_eq!(codes(explanation), chain, "{explanation:?}");
}

/// Somebody with a comment and answers in their first cycle.
fn ann(stage: &Stage) -> Pupil {
    let ann = stage.pupil(1).named("Ann", "Other");
    ann.reflected(1, "I will plan my week.")
}

#[tokio::test]
async fn of_a_student_who_is_new_then_stored_then_changed_every_step_is_said() {
    let stage = Stage::with_pupils([]).await;
    let ann = ann(&stage);
    stage.put_with_answers(&ann);
    let found = [F::InKnack, F::CompletedOn];
    let new = [
        F::NotStored,
        F::ScoresMissing,
        F::CommentsDiffer,
        F::AnswersByEmail,
        F::AnswersDiffer,
    ];
    let explained = explain(&stage, &ann.record_id).await;
    is(&explained, V::NewStudent, &[&found[..], &new].concat());

    stage.run().await.expect_code(0);
    let stored = [
        F::MatchedByEmail,
        F::DetailsEqual,
        F::ScoresEqual,
        F::CommentsEqual,
        F::AnswersByEmail,
        F::AnswersEqual,
    ];
    let explained = explain(&stage, &ann.record_id).await;
    is(&explained, V::UpToDate, &[&found[..], &stored].concat());

    // Nothing but one answer is another.
    let answers = Answers::of(&sheet_id(&ann), &ann);
    stage.put_answers(&answers.clone().answer(1, "q1", Some(2)));
    let last = [F::AnswersByEmail, F::AnswersDiffer];
    let chain = [&found[..], &stored[..4], &last].concat();
    let explained = explain(&stage, &ann.record_id).await;
    is(&explained, V::Changed, &chain);
    assert_eq!(explained.outcome, ExplainOutcome::Updated);

    // Another course, other scores, another comment, other answers; and what Knack no longer holds.
    let now = Pupil {
        rrc: [None, None, None],
        ..ann.clone()
    };
    let now = now.studying("Another").scored(1, [1; 6]).aimed(1, "Aim");
    stage.put(&now);
    stage.put_answers(&answers.answered(1, [5; 32]));
    let student = stage.identities().await[0].0;
    stage.store_scores(student, 3, [4; 6], None).await;
    let changed = [
        F::MatchedByEmail,
        F::DetailsDiffer,
        F::ScoresDiffer,
        F::ScoresOnlyInSupabase,
        F::CommentsDiffer,
        F::CommentsOnlyInSupabase,
        F::AnswersByEmail,
        F::AnswersDiffer,
    ];
    let explained = explain(&stage, &ann.record_id).await;
    is(&explained, V::Changed, &[&found[..], &changed].concat());
}

#[tokio::test]
async fn of_a_student_without_answers_it_is_said_whether_knack_has_none_or_none_were_read() {
    let stage = Stage::with_class(1).await;
    let chain = |last| {
        let first = [F::InKnack, F::CompletedOn, F::NotStored, F::ScoresMissing];
        [&first[..], &[last]].concat()
    };
    let none = explain(&stage, &record_id(1)).await;
    is(&none, V::NewStudent, &chain(F::NoAnswers));

    let asked = stage.refresh().args(["--explain", "--without-answers"]);
    let unread = asked.run_with(&format!("{}\n", record_id(1))).await;
    let unread: Explanation = serde_json::from_str(&unread.stdout).expect("it is JSON");
    is(&unread, V::NewStudent, &chain(F::AnswersNotRead));
}

#[tokio::test]
async fn of_what_is_no_student_of_the_year_one_reason_is_said() {
    let stage = Stage::with_pupils([]).await;
    for (n, field, odd, verdict, reason) in [
        (1, "field_197", "none", V::MissingEmail, F::MissingEmail),
        (2, "field_855", "soon", V::UnreadableDate, F::UnreadableDate),
    ] {
        let mut record = stage.record(stage.pupil(n));
        record[field] = json!(odd);
        record[format!("{field}_raw")] = json!(odd);
        stage.knack.put("object_10", record);
        let explained = explain(&stage, &record_id(n)).await;
        is(&explained, verdict, &[F::InKnack, reason]);
    }
    stage.put(&stage.pupil(3).completed(stage.year.previous().last_day()));
    let outside = explain(&stage, &record_id(3)).await;
    is(&outside, V::OutsideYear, &[F::InKnack, F::CompletedOn]);
    let said = &outside.facts[1];
    assert_eq!(said.day, Some(stage.year.previous().last_day()));
    let day = format!("31 July {}", stage.year.first_day().year());
    let sentence = format!("the completion date, {day}, is not");
    assert!(said.sentence.contains(&sentence), "{said:?}");

    stage.store_nightly(&stage.pupil(4)).await;
    let gone = explain(&stage, &record_id(4)).await;
    is(
        &gone,
        V::OnlyInSupabase,
        &[F::NotInKnack, F::OnlyInSupabase],
    );
    let nobody = explain(&stage, &record_id(5)).await;
    is(&nobody, V::NotFound, &[F::NotInKnack, F::NotStored]);

    let nobodys = Answers::of(&sheet_id(&stage.pupil(6)), &stage.pupil(6));
    stage.put_answers(&nobodys);
    let sheet = explain(&stage, &nobodys.record_id).await;
    is(&sheet, V::NoStudent, &[F::InKnack, F::AnswersOfNobody]);
}

#[tokio::test]
async fn of_several_who_share_an_email_each_is_named_beside_the_others() {
    let stage = Stage::with_pupils([]).await;
    let later = stage.year.first_day().saturating_add(1.day());
    let of_one = |n: u64, name: &str| stage.pupil(n).email("family").named(name, "Other");
    stage.put(&of_one(1, "Ann"));
    stage.put(&of_one(2, "Ann").completed(later));
    stage.put(&of_one(3, "Ben").completed(later));

    let double = explain(&stage, &record_id(1)).await;
    is(&double, V::DuplicateEmail, &[F::InKnack, F::DoubleOf]);
    assert_eq!(double.facts[1].record_id, record_id(2).parse().ok());
    let other = explain(&stage, &record_id(3)).await;
    is(
        &other,
        V::EmailOfAnotherStudent,
        &[F::InKnack, F::EmailShared],
    );
    assert_eq!(other.facts[1].record_id, record_id(2).parse().ok());
    let kept = explain(&stage, &record_id(2)).await;
    let first = [F::InKnack, F::CompletedOn, F::HasDouble, F::EmailShared];
    let rest = [F::NotStored, F::ScoresMissing, F::NoAnswers];
    is(&kept, V::NewStudent, &[&first[..], &rest].concat());
    let named: Vec<_> = kept.facts.iter().filter_map(|it| it.record_id).collect();
    let expected = [1, 3].map(|n| record_id(n).parse().expect("an id"));
    assert_eq!(named, expected);
}

#[tokio::test]
async fn of_a_student_whose_email_is_on_another_students_row_that_row_is_named() {
    let stage = Stage::with_pupils([]).await;
    let ann = stage.pupil(1).email("shared").named("Ann", "Other");
    // Ben's row stays Ben's: it shows a cycle that Ann does not give.
    let ben = stage.pupil(2).email("shared").named("Ben", "Other");
    stage.store_nightly(&ben.scored(2, [4; 6])).await;
    stage.put(&ann);

    for question in [ann.record_id, stage.email("shared")] {
        let held = explain(&stage, &question).await;
        let chain = [F::InKnack, F::RowOfAnotherStudent];
        is(&held, V::EmailOfAnotherStudent, &chain);
        assert_eq!(held.facts[1].record_id, record_id(2).parse().ok());
    }
}

#[tokio::test]
async fn of_several_rows_with_the_email_the_one_that_carries_the_record_is_said_to_be_found_so() {
    let stage = Stage::with_pupils([]).await;
    let unnamed = stage.pupil(1).named("", "");
    let email = stage.email("p001");
    for (email, n) in [(email.clone(), 9), (email.to_uppercase(), 1)] {
        let columns = json!({"name": "", "knack_id": record_id(n)});
        stage.store_student(&email, columns).await;
    }
    stage.put(&unnamed);

    let explained = explain(&stage, &unnamed.record_id).await;

    let found = &codes(&explained)[2..];
    let expected = [F::MatchedByRecordAmongSeveral, F::TwinRow];
    assert_eq!(found[..2], expected, "{explained:?}");
    assert_eq!(explained.verdict, V::TwinRows);
}

#[tokio::test]
async fn days_are_words_in_sentences_and_fields_in_the_json() {
    let stage = Stage::with_class(1).await;
    let run = ask(&stage, &record_id(1)).await;
    let explanation: Explanation = serde_json::from_str(&run.stdout).expect("it is JSON");
    let day = explanation.facts.iter().find_map(|fact| fact.day);
    assert_eq!(day, Some(stage.year.first_day()));
    let sentences = explanation.facts.iter().map(|fact| &fact.sentence);
    for sentence in sentences {
        let has_iso_day = sentence
            .split([' ', ',', ';', '.'])
            .any(|word| word.parse::<jiff::civil::Date>().is_ok());
        assert!(!has_iso_day, "{sentence}");
    }
}
