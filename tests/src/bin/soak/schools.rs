//! The schools: how Knack holds them, how that changes while they are refreshed, and what must be stored of them in the end.
//!
//! A refresh removes nothing and takes no older date for a newer one, so changes only set and add.

use std::cell::RefCell;

use anyhow::{Result, ensure};
use e2e::{Stage, sheet_id};
use fastrand::Rng;
use sandbox::data::{Answers, Pupil, School, record_id};
use serde_json::{Value, json};
use uuid::Uuid;

const SCHOOLS: u64 = 6;
const PUPILS: u64 = 25;
/// Within one school, so that all of them have different numbers.
const MOST_PUPILS: u64 = 1_000;

/// One of them.
struct One {
    id: Uuid,
    school: School,
    pupils: RefCell<Vec<Pupil>>,
    first: u64,
}

/// All of them.
pub(crate) struct Schools(Vec<One>);

impl Schools {
    /// Puts them into Knack and Supabase, without a student in the latter.
    pub(crate) async fn open(stage: &Stage) -> Self {
        let mut schools = Vec::new();
        for n in 1..=SCHOOLS {
            let school = School::new(&record_id(2_000_000 + n), &format!("Soaked school {n}"));
            let row =
                json!({ "knack_id": school.knack_id, "name": school.name, "is_australian": false });
            let one = One {
                id: stage.db.insert("establishments", &row).await,
                school,
                pupils: RefCell::default(),
                first: n * MOST_PUPILS,
            };
            (0..PUPILS).for_each(|_| one.admit(stage));
            schools.push(one);
        }
        Self(schools)
    }

    /// Their ids in Knack.
    pub(crate) fn ids(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|one| one.school.knack_id.as_str())
    }

    pub(crate) fn any<'a>(&'a self, rng: &mut Rng) -> &'a str {
        &self.0[rng.usize(..self.0.len())].school.knack_id
    }

    /// Changes something of one of them in Knack; says what.
    pub(crate) fn change(&self, stage: &Stage, rng: &mut Rng) -> &'static str {
        let one = &self.0[rng.usize(..self.0.len())];
        let mut pupils = one.pupils.borrow_mut();
        let which = rng.usize(..pupils.len());
        let pupil = &mut pupils[which];
        let number = rng.u32(..1_000);
        let what = match rng.u8(..10) {
            0..=3 => {
                let cycle = rng.u8(1..=3);
                let scores = [(); 6].map(|()| rng.i64(1..=10));
                *pupil = pupil.clone().scored(cycle, scores);
                "scores were set"
            }
            4..=5 => {
                pupil.goal[rng.usize(..3)] = Some(format!("Goal {number}"));
                "a comment was set"
            }
            6..=7 => {
                pupil.group = Some(format!("12{number}"));
                "a group was set"
            }
            8 => "answers were set",
            _ if which as u64 + PUPILS < MOST_PUPILS => {
                drop(pupils);
                one.admit(stage);
                return "a student was added";
            }
            _ => return "nothing changed",
        };
        one.put(stage, &pupils[which], rng.i64(1..=5));
        what
    }

    /// Whether each row of theirs is as Knack's records make it, and there is no other; how many rows that are.
    pub(crate) async fn rows_equal_to_knack(&self, stage: &Stage) -> Result<usize> {
        let mut count = 0;
        for one in &self.0 {
            let stored = stage.rows_of(one.id).await;
            let expected = one.expected(stage);
            for (stored, expected) in stored.into_iter().zip(expected) {
                let (stored, expected) = (sorted(&stored), sorted(&expected));
                let differing: Vec<_> = stored
                    .iter()
                    .filter(|row| !expected.contains(row))
                    .collect();
                ensure!(
                    stored == expected,
                    "{}: {} rows stored and {} in Knack; these differ: {differing:?}",
                    one.school.name,
                    stored.len(),
                    expected.len()
                );
                count += stored.len();
            }
            let answers = stage.answers_of(&one.school.knack_id, one.id, stage.year);
            let (stored, expected) = (answers.stored().await, answers.expected().await);
            ensure!(
                !expected.is_empty() && stored == expected,
                "{}: other answers than Knack's",
                one.school.name
            );
            count += stored.len();
        }
        Ok(count)
    }
}

impl One {
    fn admit(&self, stage: &Stage) {
        let mut pupils = self.pupils.borrow_mut();
        let number = self.first + pupils.len() as u64;
        let pupil = Pupil::new(number)
            .email(&stage.email(&format!("p{number}")))
            .completed(stage.year.first_day())
            .scored(1, [7, 6, 5, 4, 3, 5]);
        self.put(stage, &pupil, 3);
        pupils.push(pupil);
    }

    fn put(&self, stage: &Stage, pupil: &Pupil, answer: i64) {
        let answers = Answers::of(&sheet_id(pupil), pupil).answer(1, "q1", Some(answer));
        stage.knack.put("object_10", pupil.to_record(&self.school));
        stage
            .knack
            .put("object_29", answers.to_record(&self.school));
    }

    fn expected(&self, stage: &Stage) -> [Vec<Value>; 3] {
        let pupils = self.pupils.borrow();
        [
            pupils
                .iter()
                .map(|pupil| stage.student_row(pupil))
                .collect(),
            pupils
                .iter()
                .flat_map(|pupil| stage.score_rows(pupil))
                .collect(),
            pupils
                .iter()
                .flat_map(|pupil| stage.comment_rows(pupil))
                .collect(),
        ]
    }
}

fn sorted(rows: &[Value]) -> Vec<String> {
    let mut rows: Vec<String> = rows.iter().map(Value::to_string).collect();
    rows.sort();
    rows
}
