//! Answers that the questionnaire stores while Knack is read.

use e2e::{Stage, until, warned};
use sandbox::knack::{Fault, Kind, KnackRule};
use sync_protocol::WarningCode;

use super::{TABLE, class};

/// A small generator, so that every seed is another moment, other pupils and another order.
fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    }
}

/// The questionnaire stores q1 to q28, and its last four under ids of its own after those.
async fn submit(stage: &Stage, local: &str, questions: std::ops::RangeInclusive<u8>) {
    let statement = format!(
        "insert into question_responses (student_id, cycle, academic_year, question_id, response_value) \
         select id, 1, academic_year, 'q' || n, 1 from students, generate_series({}, {}) n where email = $1 \
         on conflict (student_id, cycle, academic_year, question_id) do update set response_value = 1",
        questions.start(),
        questions.end(),
    );
    stage.db.execute(&statement, &stage.email(local)).await;
}

#[tokio::test]
async fn whatever_the_questionnaire_submits_while_knack_is_read_is_kept_in_whatever_order() {
    for seed in 1..=6 {
        let (stage, answers) = class(16).await;
        let mut next = numbers(seed);
        for of in &answers {
            if next(3) == 0 {
                stage.knack.remove("object_29", &of.record_id);
            }
        }
        stage.run().await.expect_code(0);
        for of in &answers {
            stage.put_answers(&of.clone().answered(1, [5; 32]));
        }
        let slow = KnackRule::new(Fault::Delay(std::time::Duration::from_secs(3)));
        stage.knack.inject(slow.on(Kind::Page));
        stage.proxy.forget();
        // Each pupil's two parts in their order, those of several pupils among each other.
        let mut pupils: Vec<String> = (0..5).map(|_| format!("p{:03}", 1 + next(16))).collect();
        pupils.sort();
        pupils.dedup();
        let mut parts: Vec<(String, u8)> = pupils.iter().map(|it| (it.clone(), 0)).collect();
        let submitting = async {
            until("the stored answers are read", || {
                let seen = stage.proxy.seen();
                seen.iter().any(|it| {
                    let selected = it.parameter("select").unwrap_or_default();
                    selected.contains(TABLE) && it.status.is_some()
                })
            })
            .await;
            while !parts.is_empty() {
                let at = usize::try_from(next(parts.len() as u64)).unwrap_or_default();
                let (pupil, part) = parts.remove(at);
                if part == 0 {
                    submit(&stage, &pupil, 1..=28).await;
                    parts.push((pupil, 1));
                } else {
                    submit(&stage, &pupil, 29..=32).await;
                }
            }
        };

        let (run, ()) = tokio::join!(stage.run(), submitting);

        let summary = run.expect_code(0);
        let stored = stage.answers().stored().await;
        for n in 1..=16 {
            let local = format!("p{n:03}");
            let email = stage.email(&local);
            let of_pupil = stored.iter().filter(|(key, _)| key.email == email);
            let has_submitted = pupils.contains(&local);
            for (key, value) in of_pupil {
                let is_knacks = key.question.starts_with("outcome") || key.question.contains('_');
                let expected = if has_submitted { 1 } else { 5 };
                // The last four of a kept cycle are as they were before.
                if !(has_submitted && is_knacks) {
                    assert_eq!(*value, expected, "seed {seed}: {key:?}");
                }
            }
        }
        let kept = warned(&summary);
        let kept = kept.iter().find(|it| it.0 == WarningCode::ChangedMeanwhile);
        assert_eq!(kept.map(|it| it.1.len()), Some(pupils.len()), "seed {seed}");
    }
}
