//! Three people with one e-mail: nobody ever shows what is another's, and whoever is not shown is named.

use e2e::{Stage, sheet_id};
use sandbox::data::{Answers, Name, Pupil, record_id};
use sync_protocol::SkipReason;

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
