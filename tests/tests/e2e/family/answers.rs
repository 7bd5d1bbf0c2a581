//! Whose answers are shown, in every order in which brother and sister come and go, and however their records of answers
//! tell whose they are.

use e2e::{Stage, sheet_id};
use sandbox::data::{Answers, Name, QUESTIONS};
use serde_json::Value;

use super::{Member, families, pupil, remove, stage};

/// What Ann and Ben answer, to the questions that they answer at all.
const VALUES: [i64; 2] = [1, 5];
const ANSWERED: [&str; 3] = ["q1", "q7", "outcome_q_support"];

/// How a family's records of answers tell whose they are.
#[derive(Debug, Clone, Copy)]
struct Sheets {
    are_connected: bool,
    are_named: bool,
    /// Whether they stay when the record of results is deleted.
    stay: bool,
}

/// Every way in which a sheet that stays can still be told from the other's; and whether Ben left a question out, which an
/// answer of Ann's would fill.
fn every_way() -> Vec<(Sheets, bool)> {
    let mut all = Vec::new();
    for are_connected in [true, false] {
        for (are_named, stay) in [(true, true), (true, false), (false, false)] {
            let sheets = Sheets {
                are_connected,
                are_named,
                stay,
            };
            all.extend([(sheets, true), (sheets, false)]);
        }
    }
    all
}

struct Family {
    number: usize,
    members: [Member; 2],
    sheets: Sheets,
    ben_left_one_out: bool,
}

impl Family {
    fn email(&self) -> String {
        format!("family{}", self.number)
    }

    fn answered(&self, at: usize) -> &'static [&'static str] {
        let is_shorter = at == 1 && self.ben_left_one_out;
        if is_shorter {
            &ANSWERED[1..]
        } else {
            &ANSWERED
        }
    }

    fn answers(&self, stage: &Stage, at: usize) -> Answers {
        let pupil = pupil(stage, self.number, at, self.members[at]);
        let mut answers = Answers::of(&sheet_id(&pupil), &pupil);
        for cycle in answers.cycles.iter_mut().flatten() {
            for (answer, question) in cycle.iter_mut().zip(QUESTIONS) {
                let is_answered = self.answered(at).contains(&question.id);
                *answer = is_answered.then_some(VALUES[at]);
            }
        }
        if !self.sheets.are_connected {
            answers = answers.unconnected();
        }
        if !self.sheets.are_named {
            answers.name = Name::default();
        }
        answers
    }

    /// Brings Knack to how it is at a run.
    fn come_and_go(&self, stage: &Stage, run: usize) {
        for (at, member) in self.members.iter().enumerate() {
            let pupil = pupil(stage, self.number, at, *member);
            if member.is_there[run] {
                stage.put(&pupil);
                stage.put_answers(&self.answers(stage, at));
            } else if run > 0 && member.is_there[run - 1] {
                remove(stage, &pupil);
                if !self.sheets.stay {
                    stage.knack.remove("object_29", &sheet_id(&pupil));
                }
            }
        }
    }

    /// Whether a sheet is known to be this member's at a run, before which the row had this name.
    fn is_told_apart(&self, run: usize, at: usize, name: Option<&Value>) -> bool {
        let is_alone = !self.members[1 - at].is_there[run];
        let is_others = name.is_some_and(|name| (name == "Ben Other") != (at == 1));
        self.sheets.are_connected || self.sheets.are_named || is_alone && !is_others
    }
}

/// Each history with two of the ways, each way with histories of all kinds.
fn all_families() -> Vec<Family> {
    let ways = every_way();
    let histories = families();
    let histories = histories.iter().enumerate();
    let each = histories.flat_map(|(number, members)| {
        let ways = ways.iter().enumerate();
        let some = ways.filter(move |(way, _)| (number * 5 + number / 64 + way) % 6 == 0);
        some.map(|(_, way)| (*members, *way))
    });
    let numbered = each.enumerate();
    numbered
        .map(|(number, (members, (sheets, ben_left_one_out)))| Family {
            number,
            members,
            sheets,
            ben_left_one_out,
        })
        .collect()
}

/// In whatever order they come and go, where Ann and Ben have answered in so many cycles.
async fn expect_nobody_shows_the_others(cycles: [u8; 2]) {
    let stage = stage().await;
    let mut families = all_families();
    families.retain(|family| family.members.map(|member| member.cycles) == cycles);
    assert_eq!(families.len(), 256);
    for run in 0..3 {
        for family in &families {
            family.come_and_go(&stage, run);
        }

        let before = stage.students().await;

        stage.run().await.expect_code(0);

        expect_own(&stage, &families, run, &before).await;
        stage.proxy.forget();
        stage.run().await.expect_code(0);
        assert_eq!(stage.written(), [], "run {run}");
    }
}

#[tokio::test]
async fn nobody_shows_the_others_answers_where_both_have_answered_once() {
    expect_nobody_shows_the_others([1, 1]).await;
}

#[tokio::test]
async fn nobody_shows_the_others_answers_where_ann_has_answered_twice() {
    expect_nobody_shows_the_others([2, 1]).await;
}

#[tokio::test]
async fn nobody_shows_the_others_answers_where_ben_has_answered_twice() {
    expect_nobody_shows_the_others([1, 2]).await;
}

#[tokio::test]
async fn nobody_shows_the_others_answers_where_both_have_answered_twice() {
    expect_nobody_shows_the_others([2, 2]).await;
}

async fn expect_own(stage: &Stage, families: &[Family], run: usize, before: &[Value]) {
    let students = stage.students().await;
    let stored = stage.answers().stored().await;
    for family in families {
        let email = stage.email(&family.email());
        let Some(row) = students.iter().find(|row| row["email"] == email.as_str()) else {
            continue;
        };
        let at = usize::from(is_bens(row));
        let case = || {
            format!(
                "run {run}, row of {}: {:?} {:?}",
                row["name"], family.members, family.sheets
            )
        };
        let shown = stored.iter().filter(|(key, _)| key.email == email);
        for (key, value) in shown.clone() {
            assert_eq!(*value, VALUES[at], "{key:?}, {}", case());
        }
        let member = family.members[at];
        let name_before = before.iter().find(|row| row["email"] == email.as_str());
        let name_before = name_before.map(|row| &row["name"]);
        if member.is_there[run] && family.is_told_apart(run, at, name_before) {
            let all = family.answered(at).len() * usize::from(member.cycles);
            assert_eq!(shown.count(), all, "{}", case());
        }
    }
}

fn is_bens(row: &Value) -> bool {
    row["name"] == "Ben Other"
}
