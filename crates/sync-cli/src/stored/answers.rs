//! Students' stored answers in a compact form, so that a whole school's fit into little memory.

mod read;

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use serde::{Deserialize, Deserializer};
use uuid::Uuid;

use super::Label;
use crate::domain::{Answer, Cycle, Question};

pub(crate) use read::StoredAnswersReader;

/// The stored answer to a question in a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Held {
    #[default]
    Nothing,
    /// A row without an answer in it.
    NoAnswer,
    Answer(Answer),
}

/// A student's rows of a year.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct StoredAnswers {
    cycles: [[Held; Question::COUNT]; 3],
    /// Those of them that name no year, so that no unique key holds for them. Hardly ever any.
    undated: Vec<Undated>,
    /// Rows of other questions than ours, by cycle; last those of no cycle of ours.
    others: [Others; 4],
}

/// Rows of questions that are not ours: how many, and enough of them to see whether they have changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Others {
    rows: u32,
    /// Whatever the order in which they are read.
    digest: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Undated {
    cycle: Cycle,
    question: Question,
    id: Uuid,
}

/// The answers of many students, by the student's id.
pub(crate) type ByStudent = HashMap<Uuid, StoredAnswers>;

/// Those of one student; of one who is not there, none.
pub(crate) fn answers_of(stored: &ByStudent, student: Uuid) -> &StoredAnswers {
    static NONE: StoredAnswers = StoredAnswers {
        cycles: [[Held::Nothing; Question::COUNT]; 3],
        undated: Vec::new(),
        others: [Others { rows: 0, digest: 0 }; 4],
    };
    stored.get(&student).unwrap_or(&NONE)
}

impl StoredAnswers {
    pub(crate) fn get(&self, cycle: Cycle, question: Question) -> Held {
        self.cycles[cycle.index()][question.index()]
    }

    /// A cycle's answers to questions that are not ours.
    pub(crate) fn others(&self, cycle: Cycle) -> Others {
        self.others[cycle.index()]
    }

    /// The primary key of the row, where that row names no year.
    pub(crate) fn undated(&self, cycle: Cycle, question: Question) -> Option<Uuid> {
        let mut undated = self.undated.iter();
        let is_it = |it: &&Undated| (it.cycle, it.question) == (cycle, question);
        undated.find(is_it).map(|it| it.id)
    }

    /// The answers of a cycle in rows that name the year.
    pub(crate) fn dated(&self, cycle: Cycle) -> impl Iterator<Item = (Question, Answer)> + '_ {
        Question::all().filter_map(move |question| match self.get(cycle, question) {
            Held::Answer(answer) if self.undated(cycle, question).is_none() => {
                Some((question, answer))
            }
            Held::Answer(_) | Held::NoAnswer | Held::Nothing => None,
        })
    }

    /// What is left of it once every answer is cleared, which leaves the rows.
    pub(crate) fn cleared(&self) -> Self {
        let mut cleared = self.clone();
        for held in cleared.cycles.iter_mut().flatten() {
            if let Held::Answer(_) = held {
                *held = Held::NoAnswer;
            }
        }
        cleared
    }

    /// Where there is an answer.
    pub(crate) fn places(&self) -> impl Iterator<Item = (Cycle, Question)> + '_ {
        let all = Cycle::ALL
            .into_iter()
            .flat_map(|cycle| Question::all().map(move |question| (cycle, question)));
        all.filter(|(cycle, question)| matches!(self.get(*cycle, *question), Held::Answer(_)))
    }

    /// Whether nothing would be left of it once all of these answers are written in its place.
    pub(crate) fn is_covered_by(&self, gives: impl Fn(Cycle, Question) -> bool) -> bool {
        let mut places = Cycle::ALL
            .into_iter()
            .flat_map(|cycle| Question::all().map(move |question| (cycle, question)));
        self.others == [Others::default(); 4]
            && places.all(|(cycle, question)| {
                self.get(cycle, question) == Held::Nothing || gives(cycle, question)
            })
    }

    /// Whether no row holds an answer.
    pub(crate) fn is_blank(&self) -> bool {
        self.is_covered_by(|cycle, question| self.get(cycle, question) == Held::NoAnswer)
    }

    /// Puts a row in its place; `undated` is its primary key, where it names no year.
    pub(crate) fn put(
        &mut self,
        cycle: Cycle,
        question: Question,
        held: Held,
        undated: Option<Uuid>,
    ) {
        self.cycles[cycle.index()][question.index()] = held;
        self.undated.extend(undated.map(|id| Undated {
            cycle,
            question,
            id,
        }));
    }

    fn add(&mut self, row: &Row) {
        match row.place() {
            Some((cycle, question)) => self.put(cycle, question, row.held(), None),
            None => self.add_other(row),
        }
    }

    /// A row that names the year counts, and of several without it the first one.
    fn add_undated(&mut self, row: &Row, id: Uuid) {
        match row.place() {
            Some((cycle, question)) if self.get(cycle, question) == Held::Nothing => {
                self.put(cycle, question, row.held(), Some(id));
            }
            // A second row of one question is one that no answer of Knack's would replace.
            Some(_) | None => self.add_other(row),
        }
    }

    fn add_other(&mut self, row: &Row) {
        let cycle = row.cycle().map_or(Cycle::ALL.len(), Cycle::index);
        let others = &mut self.others[cycle];
        let mut of_row = DefaultHasher::new();
        (row.question_id.number(), row.response_value).hash(&mut of_row);
        others.rows += 1;
        others.digest = others.digest.wrapping_add(of_row.finish());
    }
}

/// As PostgREST returns it.
#[derive(Deserialize)]
struct Row {
    cycle: Option<i64>,
    question_id: Named,
    response_value: Option<i64>,
}

impl Row {
    /// Nothing for questions that are not ours: the questionnaire stores its last four under other ids.
    fn place(&self) -> Option<(Cycle, Question)> {
        match self.question_id {
            Named::Ours(question) => Some((self.cycle()?, question)),
            Named::Other(_) => None,
        }
    }

    fn cycle(&self) -> Option<Cycle> {
        Cycle::try_from(self.cycle?).ok()
    }

    fn held(&self) -> Held {
        let answer = self.response_value.map(Answer::try_from);
        answer
            .and_then(Result::ok)
            .map_or(Held::NoAnswer, Held::Answer)
    }
}

/// A question's id, read without keeping the text.
enum Named {
    Ours(Question),
    /// Its hash.
    Other(u64),
}

impl Named {
    fn number(&self) -> u64 {
        match self {
            Self::Ours(question) => question.index() as u64,
            Self::Other(hash) => *hash,
        }
    }
}

impl<'de> Deserialize<'de> for Named {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Id;
        impl serde::de::Visitor<'_> for Id {
            type Value = Named;

            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("a question's id")
            }

            fn visit_str<E>(self, id: &str) -> Result<Named, E> {
                let ours = Question::with_id(id).map(Named::Ours);
                Ok(ours.unwrap_or_else(|| {
                    let mut hasher = DefaultHasher::new();
                    id.hash(&mut hasher);
                    Named::Other(hasher.finish())
                }))
            }
        }
        from.deserialize_str(Id)
    }
}

/// One row with everything that can be said of it.
#[derive(Deserialize)]
struct WholeRow {
    id: Uuid,
    student_id: Uuid,
    #[serde(flatten)]
    row: Row,
    #[serde(rename = "academic_year")]
    label: Label,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn row(cycle: i64, question: &str, value: Option<i64>) -> Row {
        let row = json!({"cycle": cycle, "question_id": question, "response_value": value});
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn a_row_is_kept_by_its_place_and_any_other_is_nothing() {
        let mut stored = StoredAnswers::default();
        for (cycle, question, value) in [
            (1, "q1", Some(3)),
            (1, "q2", None),
            (3, "outcome_q_support", Some(50)),
            (1, "q29", Some(4)),
            (4, "q3", Some(4)),
        ] {
            stored.add(&row(cycle, question, value));
        }
        let held = |cycle: i64, question| {
            let cycle = Cycle::try_from(cycle).unwrap();
            stored.get(cycle, Question::with_id(question).unwrap())
        };
        let three = Held::Answer(Answer::try_from(3).unwrap());
        assert_eq!(held(1, "q1"), three);
        assert_eq!(held(1, "q2"), Held::NoAnswer);
        assert_eq!(held(3, "outcome_q_support"), Held::NoAnswer);
        assert_eq!(held(1, "q3"), Held::Nothing);
        assert_eq!(held(2, "q1"), Held::Nothing);
    }

    #[test]
    fn a_row_that_names_no_year_counts_where_none_names_it() {
        let (first, cycle) = (Uuid::from_u128(1), Cycle::ALL[0]);
        let question = Question::with_id("q1").unwrap();
        for (is_dated, expected, held) in [(false, Some(first), 4), (true, None, 2)] {
            let mut stored = StoredAnswers::default();
            if is_dated {
                stored.add(&row(1, "q1", Some(2)));
            }
            stored.add_undated(&row(1, "q1", Some(4)), first);
            stored.add_undated(&row(1, "q1", Some(5)), Uuid::from_u128(2));
            assert_eq!(stored.undated(cycle, question), expected);
            let answer = Answer::try_from(held).unwrap();
            assert_eq!(stored.get(cycle, question), Held::Answer(answer));
            let dated: Vec<_> = stored.dated(cycle).collect();
            assert_eq!(
                dated,
                Vec::from_iter(is_dated.then_some((question, answer)))
            );
        }
    }

    #[test]
    fn what_changes_in_rows_of_other_questions_shows_in_their_cycle_alone() {
        let stored = |rows: &[(i64, &str, i64)]| {
            let mut stored = StoredAnswers::default();
            for (cycle, question, value) in rows {
                stored.add(&row(*cycle, question, Some(*value)));
            }
            stored
        };
        let [first, second, _] = Cycle::ALL;
        let two = stored(&[(1, "q29", 4), (1, "q30", 2)]);
        for (rows, is_same) in [
            (&[(1, "q30", 2), (1, "q29", 4)][..], true),
            (&[(1, "q29", 4), (1, "q30", 2), (1, "q1", 2)], true),
            (&[(1, "q29", 4), (1, "q30", 2), (4, "q30", 2)], true),
            (&[], false),
            (&[(1, "q29", 4)], false),
            (&[(1, "q29", 4), (1, "q30", 3)], false),
            (&[(1, "q29", 4), (1, "q31", 2)], false),
            (&[(1, "q29", 2), (1, "q30", 4)], false),
            (&[(1, "q29", 4), (1, "q30", 2), (1, "q30", 2)], false),
        ] {
            let others = stored(rows);
            assert_eq!(
                two.others(first) == others.others(first),
                is_same,
                "{rows:?}"
            );
            assert_eq!(two.others(second), others.others(second), "{rows:?}");
        }
    }
}
