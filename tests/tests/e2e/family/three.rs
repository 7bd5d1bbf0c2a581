//! Three people with one e-mail: nobody ever shows what is another's, and whoever is not shown is named.

use e2e::{Stage, sheet_id, skipped};
use sandbox::data::{Answers, Name, Pupil, record_id};
use serde_json::{Value, json};
use sync_protocol::{SkipReason, Summary};

use super::{remove, stage};

const NAMES: [&str; 3] = ["Ann", "Ben", "Cyd"];

/// What each scores and answers.
const VALUES: [i64; 3] = [1, 3, 5];

/// Who of a family is in Knack at each of three runs.
struct Family {
    number: usize,
    is_there: [[bool; 3]; 3],
}

/// Whoever may be there at the first two runs, in every way.
fn families() -> Vec<Family> {
    let there = |members: usize| [0, 1, 2].map(|at| members >> at & 1 == 1);
    let all = (0..64).map(|number| {
        let (first, second) = (number / 8, number % 8);
        let third = (first + 3 * second + 1) % 8;
        Family {
            number,
            is_there: [first, second, third].map(there),
        }
    });
    all.collect()
}

impl Family {
    fn pupil(&self, stage: &Stage, at: usize) -> Pupil {
        let days = [stage.year.first_day(), stage.year.last_day()];
        let pupil = Pupil::new(1)
            .email(&format!("three{}", self.number))
            .named(NAMES[at], "Other")
            .completed(days[(self.number + at) % 2])
            .scored(1, [VALUES[at]; 6]);
        Pupil {
            record_id: record_id(5_000 + 3 * self.number as u64 + at as u64),
            ..pupil
        }
    }

    /// Told apart by the connection or by the name. Ben has left a question out, which an answer of another's would fill.
    fn answers(&self, pupil: &Pupil, at: usize) -> Answers {
        let mut answers = Answers::of(&sheet_id(pupil), pupil).answered(1, [VALUES[at]; 32]);
        if at == 1 {
            answers = answers.answer(1, "q7", None);
        }
        if self.is_connected() {
            answers.name = Name::default();
            answers
        } else {
            answers.unconnected()
        }
    }

    fn is_connected(&self) -> bool {
        self.number.is_multiple_of(3)
    }

    /// Brings Knack to how it is at a run. Some sheets with a name stay when their records are deleted.
    fn come_and_go(&self, stage: &Stage, run: usize) {
        let stay = !self.is_connected() && self.number.is_multiple_of(2);
        for at in 0..3 {
            let pupil = self.pupil(stage, at);
            if self.is_there[run][at] {
                stage.put(&pupil);
                stage.put_answers(&self.answers(&pupil, at));
            } else if run > 0 && self.is_there[run - 1][at] {
                remove(stage, &pupil);
                if !stay {
                    stage.knack.remove("object_29", &sheet_id(&pupil));
                }
            }
        }
    }
}

#[tokio::test]
async fn of_three_with_one_email_nobody_shows_what_is_anothers() {
    let stage = stage().await;
    let families = families();
    for run in 0..3 {
        for family in &families {
            family.come_and_go(&stage, run);
        }

        let summary = stage.run().await.expect_code(0);

        let there = families.iter().flat_map(|family| family.is_there[run]);
        let in_knack = there.filter(|is_there| *is_there).count() as u64;
        let skipped = summary.skipped.iter();
        let named = skipped.filter(|it| it.reason == SkipReason::EmailOfAnotherStudent);
        let named: u64 = named.map(|it| it.count).sum();
        assert_eq!(summary.students_synced + named, in_knack, "run {run}");
        expect_own(&stage, run).await;
        stage.proxy.forget();
        stage.run().await.expect_code(0);
        assert_eq!(stage.written(), [], "run {run}");
    }
}

async fn expect_own(stage: &Stage, run: usize) {
    let scores = stage.scores().await;
    let answers = stage.answers().stored().await;
    let students = stage.students().await;
    assert!(!students.is_empty() && !answers.is_empty());
    for row in students {
        let is_named = |name: &str| row["name"] == format!("{name} Other");
        let at = NAMES.iter().position(|name| is_named(name));
        let own = VALUES[at.expect("one of the family")];
        let of_row = scores.iter().filter(|it| it["email"] == row["email"]);
        for scores in of_row {
            assert_eq!(scores["vision"], own, "run {run}: {row} {scores}");
        }
        let is_of_row = |email: &str| row["email"] == email;
        let of_row = answers.iter().filter(|(key, _)| is_of_row(&key.email));
        for (key, value) in of_row {
            assert_eq!(*value, own, "run {run}: {row} {key:?}");
        }
    }
}

/// Ben and Cyd, in the order of their completion, both with a cycle and answers to all its questions.
fn ben_and_cyd(stage: &Stage) -> [Pupil; 2] {
    let pupil = |at: usize, day| {
        let pupil = Pupil::new(at as u64 + 1)
            .email("three")
            .named(NAMES[at], "Other")
            .completed(day)
            .scored(1, [VALUES[at]; 6]);
        let answers = Answers::of(&sheet_id(&pupil), &pupil).answered(1, [VALUES[at]; 32]);
        stage.put_answers(&answers);
        pupil
    };
    let both = [
        pupil(1, stage.year.first_day()),
        pupil(2, stage.year.last_day()),
    ];
    for pupil in &both {
        stage.put(pupil);
    }
    both
}

/// A row of one cycle with an answer to `q7`.
async fn store(stage: &Stage, columns: Value) {
    let row = stage.store_student(&stage.email("three"), columns).await;
    stage.store_scores(row, 1, [VALUES[0]; 6], None).await;
    stage.store_answer(row, 1, "q7", VALUES[0]).await;
}

async fn expect_shown(stage: &Stage, summary: &Summary, shown: &Pupil, other: &Pupil) {
    let named = (
        SkipReason::EmailOfAnotherStudent,
        vec![other.record_id.clone()],
    );
    assert_eq!(skipped(summary)[0], named);
    assert_eq!(stage.students().await, [stage.student_row(shown)]);
    assert_eq!(stage.scores().await, stage.score_rows(shown));
    expect_own(stage, 0).await;
    stage.proxy.forget();
    stage.run().await.expect_code(0);
    assert_eq!(stage.written(), []);
}

#[tokio::test]
async fn a_row_that_one_has_left_goes_to_the_one_of_the_others_who_gives_all_of_it() {
    for bens_is_complete in [true, false] {
        let stage = stage().await;
        let [ben, cyd] = ben_and_cyd(&stage);
        if !bens_is_complete {
            let answers = Answers::of(&sheet_id(&ben), &ben).answered(1, [VALUES[1]; 32]);
            stage.put_answers(&answers.answer(1, "q7", None));
        }
        let anns =
            json!({"establishment_id": stage.id, "knack_id": record_id(1), "name": "Ann Other"});
        store(&stage, anns).await;

        let summary = stage.run().await.expect_code(0);

        if bens_is_complete {
            expect_shown(&stage, &summary, &ben, &cyd).await;
        } else {
            expect_shown(&stage, &summary, &cyd, &ben).await;
        }
    }
}

#[tokio::test]
async fn a_row_without_a_school_stays_with_the_one_of_several_whose_record_it_carries() {
    for owner in 0..2 {
        let stage = stage().await;
        let both = ben_and_cyd(&stage);
        let (shown, other) = (&both[owner], &both[1 - owner]);
        let columns = json!({"establishment_id": null, "knack_id": shown.record_id, "name": ""});
        let row = stage.store_student(&stage.email("three"), columns).await;
        stage.store_scores(row, 1, [2; 6], None).await;

        let summary = stage.run().await.expect_code(0);

        expect_shown(&stage, &summary, shown, other).await;
    }
}

#[tokio::test]
async fn without_a_row_the_one_completed_first_has_it() {
    let stage = stage().await;
    let [ben, cyd] = ben_and_cyd(&stage);

    let summary = stage.run().await.expect_code(0);

    expect_shown(&stage, &summary, &ben, &cyd).await;
}
