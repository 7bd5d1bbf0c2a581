//! Decides what a refresh leaves out once Knack's fields have changed: everything if a field identifies records, and
//! otherwise only what that field carries. What is stored of it stays as it is. Pure.

use crate::domain::{AnswerSheet, Details, Student, StudentColumns};
use crate::error::SyncError;
use crate::field_table::{Carries, Fault, Use, named};
use crate::knack::fields::Object;
use crate::knack::fields::answers::QuestionAnswers;
use crate::knack::fields::results::VespaResults;

/// A field that is not what it should be.
#[derive(Debug, Clone)]
pub(crate) struct Faulty {
    carries: Carries,
    /// `field_156 (effort in cycle 1) is missing`
    said: String,
}

/// Those of both objects.
#[derive(Debug, Clone, Default)]
pub(crate) struct FieldFaults {
    pub(super) results: Vec<Faulty>,
    pub(super) answers: Vec<Faulty>,
}

impl Faulty {
    pub(super) fn new(used: &Use, fault: &Fault) -> Self {
        Self {
            carries: used.carries,
            said: used.said(fault),
        }
    }
}

impl FieldFaults {
    /// Why nothing can be refreshed.
    pub(crate) fn of_everything(&self) -> Option<SyncError> {
        keys(VespaResults::KEY, &self.results)
    }

    /// Why answers cannot be refreshed.
    pub(crate) fn of_all_answers(&self) -> Option<SyncError> {
        keys(QuestionAnswers::KEY, &self.answers)
    }

    /// The data that is left out otherwise, and the number of fields.
    pub(crate) fn left_out(&self) -> Option<(u64, String)> {
        let of_answers = match self.of_all_answers() {
            Some(_) => &[][..],
            None => &self.answers,
        };
        let faults: Vec<String> = self
            .results
            .iter()
            .chain(of_answers)
            .map(|faulty| faulty.said.clone())
            .collect();
        (!faults.is_empty()).then(|| (faults.len() as u64, named(&faults)))
    }

    /// The details that stay as they are stored.
    pub(crate) fn kept(&self) -> StudentColumns {
        let mut kept = StudentColumns::default();
        for faulty in &self.results {
            if let Carries::Detail(column) = faulty.carries {
                kept.add_if(column, true);
            }
        }
        kept
    }

    /// Takes out of a student whatever such a field carries: what Knack does not hold is left as it is stored.
    pub(crate) fn strip(&self, student: &mut Student) {
        student.details.take(self.kept(), &Details::default());
        let last_cycle = student.scores.last().map(|(cycle, _)| *cycle);
        for faulty in &self.results {
            match faulty.carries {
                Carries::Scores(faulty) => {
                    // The record's date is still that of the cycle completed last.
                    student.current_cycle = student.current_cycle.or(last_cycle);
                    student.scores.retain(|(cycle, _)| *cycle != faulty);
                }
                Carries::Comment(cycle, kind) => student
                    .comments
                    .retain(|comment| (comment.cycle, comment.kind) != (cycle, kind)),
                Carries::Everything | Carries::Detail(_) | Carries::Answer(..) => {}
            }
        }
    }

    /// The same of a sheet.
    pub(crate) fn strip_sheet(&self, sheet: &mut AnswerSheet) {
        for faulty in &self.answers {
            if let Carries::Answer(cycle, question) = faulty.carries {
                sheet.cycles[cycle.index()].clear(question);
            }
        }
    }
}

fn keys(object: &'static str, faults: &[Faulty]) -> Option<SyncError> {
    let keys: Vec<String> = faults
        .iter()
        .filter(|faulty| faulty.carries == Carries::Everything)
        .map(|faulty| faulty.said.clone())
        .collect();
    (!keys.is_empty()).then(|| SyncError::FieldsChanged {
        object,
        faults: named(&keys),
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::domain::{
        Answer, Answers, Comment, CommentKind, Cycle, Email, Question, Score, Scores, StudentColumn,
    };
    use crate::field_table::{OF_ANSWERS, OF_RESULTS};

    fn faults(keys: &[&str]) -> FieldFaults {
        let of = |uses: &[Use]| {
            uses.iter()
                .filter(|used| keys.contains(&used.field.key))
                .map(|used| Faulty::new(used, &Fault::Missing))
                .collect()
        };
        FieldFaults {
            results: of(&OF_RESULTS),
            answers: of(&OF_ANSWERS),
        }
    }

    fn student() -> Student {
        let scores = Scores::from_array([Score::try_from(7).ok(); 6]);
        let comment = |cycle, kind| Comment {
            cycle,
            kind,
            text: "Aim".to_owned(),
            field: "field",
        };
        let [first, second, _] = Cycle::ALL;
        Student {
            record_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            email: Email::parse("ann@example.test").unwrap(),
            details: Details {
                name: "Ann".to_owned(),
                course: "Art".to_owned(),
                gender: "F".to_owned(),
                ..Details::default()
            },
            current_cycle: None,
            completed_on: date(2026, 10, 5),
            scores: vec![(first, scores), (second, scores)],
            comments: vec![
                comment(first, CommentKind::Rrc),
                comment(first, CommentKind::Goal),
            ],
        }
    }

    #[test]
    fn a_field_that_says_whose_a_record_is_or_when_it_was_completed_costs_its_object() {
        for (key, results, answers) in [
            ("field_133", true, false),
            ("field_855", true, false),
            ("field_197", true, false),
            ("field_187", true, false),
            ("field_146", true, false),
            ("field_1821", false, true),
            ("field_856", false, true),
            ("field_2732", false, true),
            ("field_792", false, true),
            ("field_1823", false, true),
            ("field_155", false, false),
            ("field_2302", false, false),
            ("field_2299", false, false),
            ("field_1953", false, false),
        ] {
            let faults = faults(&[key]);
            assert_eq!(faults.of_everything().is_some(), results, "{key}");
            assert_eq!(faults.of_all_answers().is_some(), answers, "{key}");
            assert_eq!(faults.left_out().is_none(), answers, "{key}");
        }
        assert!(faults(&[]).left_out().is_none());
    }

    #[test]
    fn any_other_field_costs_what_it_carries_and_nothing_else() {
        let stripped = |keys: &[&str]| {
            let mut student = student();
            faults(keys).strip(&mut student);
            student
        };
        let [first, second, _] = Cycle::ALL;

        let without_course = stripped(&["field_2299"]);
        assert_eq!(without_course.details.course, "");
        assert_eq!(without_course.details.gender, "F");
        let kept = faults(&["field_2299"]).kept();
        assert!(kept.contains(StudentColumn::Course) && !kept.contains(StudentColumn::Gender));

        // The last cycle's scores are gone, and the date is still not the first one's.
        let without_scores = stripped(&["field_162"]);
        assert_eq!(without_scores.scores.len(), 1);
        assert_eq!(without_scores.scores[0].0, first);
        assert_eq!(without_scores.current_cycle, Some(second));
        assert_eq!(without_scores.comments.len(), 2);

        let without_goal = stripped(&["field_2499"]);
        assert_eq!(without_goal.comments.len(), 1);
        assert_eq!(without_goal.comments[0].kind, CommentKind::Rrc);
        assert_eq!(without_goal.current_cycle, None);
        assert!(stripped(&[]) == student());
    }

    #[test]
    fn a_question_is_left_out_in_the_one_cycle_whose_field_has_changed() {
        let (first, second) = (
            Question::with_id("q1").unwrap(),
            Question::with_id("q2").unwrap(),
        );
        let mut answers = Answers::default();
        answers.set(first, Answer::try_from(4).unwrap());
        answers.set(second, Answer::try_from(5).unwrap());
        let mut sheet = AnswerSheet {
            record_id: "61680fc13a0bfd001e8ca3ca".parse().unwrap(),
            email: None,
            name: String::new(),
            scores_record: None,
            completed_at: date(2026, 10, 5).at(9, 30, 0, 0),
            cycles: [answers; 3],
        };
        faults(&["field_1955"]).strip_sheet(&mut sheet);
        let given = sheet.cycles.map(|cycle| cycle.given().count());
        assert_eq!(given, [2, 1, 2]);
        assert_eq!(sheet.cycles[1].get(first), None);
    }
}
