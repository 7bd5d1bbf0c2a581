//! A student's sheet of answers against the stored ones: what to insert, what to update, what to leave. Pure.

use uuid::Uuid;

use super::compare::Changed;
use crate::changed_rows::RowChange;
use crate::domain::{Answer, AnswerSheet, Cycle, Cycles, Question};
use crate::stored::answers::{Held, StoredAnswers};

/// An answer to write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AnswerChange {
    pub(crate) cycle: Cycle,
    pub(crate) question: Question,
    pub(crate) answer: Answer,
    /// The primary key of the stored row, where that names no year and so no unique key holds for it.
    pub(crate) undated: Option<Uuid>,
    /// It is stored just so, and only lacks its year.
    pub(crate) is_of_year: bool,
}

impl AnswerChange {
    /// The change that people see.
    pub(crate) fn seen(&self) -> Option<RowChange> {
        (!self.is_of_year).then_some(RowChange::Answer(self.cycle))
    }
}

/// Compares what a student has answered with what is stored. Only cycles are written for which Knack's scores are, or are to
/// be, stored: `accepted`. What the sheet leaves blank is left as it is stored.
pub(crate) fn compare_answers(
    sheet: Option<&AnswerSheet>,
    stored: &StoredAnswers,
    accepted: Cycles,
) -> Changed<AnswerChange> {
    let mut changed = Changed::default();
    for cycle in Cycle::ALL {
        for question in Question::all() {
            let answer = sheet.and_then(|sheet| sheet.cycles[cycle.index()].get(question));
            let held = stored.get(cycle, question);
            let Some(answer) = answer else {
                changed.only_in_supabase += u64::from(held != Held::Nothing);
                continue;
            };
            let undated = stored.undated(cycle, question);
            let change = AnswerChange {
                cycle,
                question,
                answer,
                undated,
                is_of_year: held == Held::Answer(answer),
            };
            match held {
                Held::Nothing if accepted.contains(cycle) => changed.inserted.push(change),
                Held::Nothing => {}
                Held::Answer(stored) if stored == answer && undated.is_none() => {
                    changed.unchanged += 1;
                    changed.equal = Some(change);
                }
                Held::Answer(_) | Held::NoAnswer if accepted.contains(cycle) => {
                    changed.updated.push(change);
                }
                Held::Answer(_) | Held::NoAnswer => changed.unchanged += 1,
            }
        }
    }
    changed
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::Answers;

    fn question(id: &str) -> Question {
        Question::with_id(id).unwrap()
    }

    fn answer(number: i64) -> Answer {
        Answer::try_from(number).unwrap()
    }

    /// Answers to q1 in cycles 1 and 2, where they are given.
    fn sheet(cycles: [Option<i64>; 2]) -> AnswerSheet {
        let mut of_cycles = [Answers::default(); 3];
        for (index, number) in cycles.into_iter().enumerate() {
            if let Some(number) = number {
                of_cycles[index].set(question("q1"), answer(number));
            }
        }
        AnswerSheet {
            record_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            email: None,
            name: String::new(),
            scores_record: None,
            completed_at: date(2026, 10, 5).at(9, 30, 0, 0),
            cycles: of_cycles,
        }
    }

    /// What is stored of q1 in cycles 1 and 2, and whether with its year.
    fn stored(cycles: [Option<(i64, bool)>; 2]) -> StoredAnswers {
        let mut stored = StoredAnswers::default();
        for (cycle, held) in Cycle::ALL.into_iter().zip(cycles) {
            if let Some((number, is_dated)) = held {
                let id = (!is_dated).then_some(Uuid::nil());
                stored.put(cycle, question("q1"), Held::Answer(answer(number)), id);
            }
        }
        stored
    }

    fn cycles(numbers: &[i64]) -> Cycles {
        let cycles = numbers.iter().map(|n| Cycle::try_from(*n).unwrap());
        cycles.collect()
    }

    #[test]
    fn what_is_missing_is_inserted_what_differs_is_updated_and_nothing_for_blank() {
        let both: &[i64] = &[1, 2];
        // Sheet, stored, accepted: inserted, updated, unchanged, only in Supabase.
        for (case, answers, held, accepted, expected) in [
            ("new", [Some(3), None], [None, None], both, [1, 0, 0, 0]),
            (
                "equal",
                [Some(3), None],
                [Some((3, true)), None],
                both,
                [0, 0, 1, 0],
            ),
            (
                "another",
                [Some(3), None],
                [Some((4, true)), None],
                both,
                [0, 1, 0, 0],
            ),
            (
                "equal, no year",
                [Some(3), None],
                [Some((3, false)), None],
                both,
                [0, 1, 0, 0],
            ),
            (
                "blank",
                [None, None],
                [Some((4, true)), None],
                both,
                [0, 0, 0, 1],
            ),
            (
                "each cycle by itself",
                [Some(3), Some(3)],
                [None, Some((3, true))],
                both,
                [1, 0, 1, 0],
            ),
            (
                "no scores, new",
                [Some(3), Some(3)],
                [None, None],
                &[2],
                [1, 0, 0, 0],
            ),
            (
                "no scores, another",
                [Some(3), None],
                [Some((4, true)), None],
                &[2],
                [0, 0, 1, 0],
            ),
            (
                "no scores, no year",
                [Some(3), None],
                [Some((4, false)), None],
                &[2],
                [0, 0, 1, 0],
            ),
            (
                "no scores, blank",
                [None, None],
                [Some((4, true)), None],
                &[],
                [0, 0, 0, 1],
            ),
        ] {
            let changed = compare_answers(Some(&sheet(answers)), &stored(held), cycles(accepted));
            let found = [
                changed.inserted.len() as u64,
                changed.updated.len() as u64,
                changed.unchanged,
                changed.only_in_supabase,
            ];
            assert_eq!(found, expected, "{case}");
        }
    }

    #[test]
    fn a_row_without_an_answer_in_it_gets_one() {
        let mut held = StoredAnswers::default();
        held.put(Cycle::ALL[0], question("q1"), Held::NoAnswer, None);
        let changed = compare_answers(Some(&sheet([Some(3), None])), &held, cycles(&[1]));
        assert_eq!((changed.inserted.len(), changed.updated.len()), (0, 1));
    }

    #[test]
    fn of_a_student_without_a_sheet_everything_is_only_in_supabase() {
        let held = stored([Some((4, true)), Some((3, false))]);
        let changed = compare_answers(None, &held, cycles(&[1, 2]));
        assert_eq!((changed.only_in_supabase, changed.rows_to_write()), (2, 0));
    }
}
