//! Calculates a school's figures from its rows. Pure.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::answers::Answers;
use super::mean::mean;

/// The part of a student that the figures need.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Student {
    pub(crate) id: Uuid,
    #[serde(rename = "vespa_scores")]
    scores: Vec<Scores>,
    #[serde(rename = "student_comments")]
    comments: Vec<Comment>,
}

#[derive(Debug, Clone, Deserialize)]
struct Scores {
    cycle: u8,
    vision: Option<u8>,
    effort: Option<u8>,
    systems: Option<u8>,
    practice: Option<u8>,
    attitude: Option<u8>,
    overall: Option<u8>,
}

#[derive(Debug, Clone, Deserialize)]
struct Comment {
    comment_type: String,
}

/// The figures of a school and year.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// Students stored.
    pub(crate) students: u64,
    /// Of them, those with at least one completed questionnaire.
    pub(crate) completed: u64,
    /// By cycle, those with any scores or answers.
    pub(crate) cycles: Vec<CycleFigures>,
    /// Their comments.
    pub(crate) comments: CommentCounts,
    /// Their answers to the questions; unknown where they could not be read.
    pub(crate) answers: Option<u64>,
}

/// One cycle.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct CycleFigures {
    /// 1, 2 or 3.
    pub(crate) cycle: u8,
    /// Questionnaires completed.
    pub(crate) count: u64,
    /// Their averages.
    pub(crate) means: Means,
    /// How ready for their exams the students say they are (ERI), from 1 to 5: the mean of their answers to three questions.
    /// `null` where nobody has answered those, or the answers could not be read; never made of the averages.
    pub(crate) exam_readiness: Option<f64>,
}

/// Averages from 0 to 10; `null` where no student has a score.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, ToSchema)]
pub(crate) struct Means {
    pub(crate) vision: Option<f64>,
    pub(crate) effort: Option<f64>,
    pub(crate) systems: Option<f64>,
    pub(crate) practice: Option<f64>,
    pub(crate) attitude: Option<f64>,
    pub(crate) overall: Option<f64>,
}

/// Comments by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct CommentCounts {
    /// Reflections.
    pub(crate) rrc: u64,
    /// Goals.
    pub(crate) goal: u64,
    /// All of them.
    pub(crate) total: u64,
}

impl Scores {
    /// A row whose scores are all NULL or 0 is not a questionnaire (docs/knack-and-dashboard.md, "What counts as a
    /// questionnaire").
    fn is_any(&self) -> bool {
        let all = [
            self.vision,
            self.effort,
            self.systems,
            self.practice,
            self.attitude,
            self.overall,
        ];
        all.into_iter().flatten().any(|score| score > 0)
    }
}

impl Figures {
    /// Of the students alone.
    pub(crate) fn of(students: &[Student]) -> Self {
        let mut cycles: BTreeMap<u8, Vec<&Scores>> = BTreeMap::new();
        let scored = || students.iter().flat_map(|student| &student.scores);
        for scores in scored().filter(|scores| scores.is_any()) {
            cycles.entry(scores.cycle).or_default().push(scores);
        }
        let has_completed = |student: &&Student| student.scores.iter().any(Scores::is_any);
        let comments = |kind: &str| {
            let all = students.iter().flat_map(|student| &student.comments);
            all.filter(|comment| comment.comment_type == kind).count() as u64
        };
        let (rrc, goal) = (comments("rrc"), comments("goal"));
        Self {
            students: students.len() as u64,
            completed: students.iter().filter(has_completed).count() as u64,
            cycles: cycles
                .into_iter()
                .map(|(cycle, scores)| CycleFigures {
                    cycle,
                    count: scores.len() as u64,
                    means: Means::of(&scores),
                    exam_readiness: None,
                })
                .collect(),
            comments: CommentCounts {
                rrc,
                goal,
                total: rrc + goal,
            },
            answers: None,
        }
    }

    /// And of their answers. A cycle may have these alone.
    pub(crate) fn with(mut self, answers: Answers) -> Self {
        self.answers = Some(answers.count);
        for (cycle, readiness) in answers.exam_readiness {
            let at = match self.cycles.binary_search_by_key(&cycle, |of| of.cycle) {
                Ok(at) => at,
                Err(at) => {
                    let means = Means::of(&[]);
                    let (count, exam_readiness) = (0, None);
                    let of = CycleFigures {
                        cycle,
                        count,
                        means,
                        exam_readiness,
                    };
                    self.cycles.insert(at, of);
                    at
                }
            };
            self.cycles[at].exam_readiness = Some(readiness);
        }
        self
    }
}

impl Means {
    fn of(scores: &[&Scores]) -> Self {
        let mean =
            |element: fn(&Scores) -> Option<u8>| mean(scores.iter().filter_map(|it| element(it)));
        Self {
            vision: mean(|it| it.vision),
            effort: mean(|it| it.effort),
            systems: mean(|it| it.systems),
            practice: mean(|it| it.practice),
            attitude: mean(|it| it.attitude),
            overall: mean(|it| it.overall),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn student(scores: &serde_json::Value, comments: &serde_json::Value) -> Student {
        let row =
            json!({ "id": Uuid::nil(), "vespa_scores": scores, "student_comments": comments });
        serde_json::from_value(row).unwrap()
    }

    #[test]
    fn means_are_of_what_is_there_and_zero_is_a_score() {
        let students = [
            student(
                &json!([{ "cycle": 1, "vision": 7, "effort": 0, "overall": 5 }]),
                &json!([{ "comment_type": "rrc" }, { "comment_type": "goal" }]),
            ),
            student(
                &json!([{ "cycle": 1, "vision": 8, "effort": 5 }, { "cycle": 2, "vision": 1 }]),
                &json!([{ "comment_type": "goal" }]),
            ),
        ];
        let figures = Figures::of(&students);
        assert_eq!((figures.students, figures.completed), (2, 2));
        let [first, second] = figures.cycles.as_slice() else {
            panic!("{figures:?}");
        };
        assert_eq!((first.cycle, first.count), (1, 2));
        assert_eq!(first.means.vision, Some(7.5));
        assert_eq!(first.means.effort, Some(2.5));
        assert_eq!(first.means.overall, Some(5.0));
        assert_eq!(first.means.systems, None);
        assert_eq!((second.cycle, second.count), (2, 1));
        let comments = figures.comments;
        assert_eq!((comments.rrc, comments.goal, comments.total), (1, 2, 3));
    }

    #[test]
    fn a_row_without_any_score_is_not_a_questionnaire() {
        let students = [
            student(
                &json!([{ "cycle": 1 }, { "cycle": 2, "vision": 0, "overall": 0 }]),
                &json!([]),
            ),
            student(&json!([]), &json!([])),
        ];
        let figures = Figures::of(&students);
        assert_eq!((figures.students, figures.completed), (2, 0));
        assert!(figures.cycles.is_empty());
    }

    #[test]
    fn exam_readiness_is_of_answers_alone_and_beside_the_means() {
        let scored = json!([{ "cycle": 1, "vision": 7 }, { "cycle": 2, "vision": 8 }]);
        let students = [student(&scored, &json!([]))];
        let readiness = |figures: Figures| {
            let cycles = figures.cycles.into_iter();
            let of = |it: CycleFigures| (it.cycle, it.count, it.means.vision, it.exam_readiness);
            (figures.answers, cycles.map(of).collect::<Vec<_>>())
        };
        let unread = vec![(1, 1, Some(7.0), None), (2, 1, Some(8.0), None)];
        assert_eq!(readiness(Figures::of(&students)), (None, unread));
        let answers = Answers {
            count: 70,
            exam_readiness: BTreeMap::from([(2, 3.5), (3, 4.0)]),
        };
        let read = vec![
            (1, 1, Some(7.0), None),
            (2, 1, Some(8.0), Some(3.5)),
            (3, 0, None, Some(4.0)),
        ];
        assert_eq!(
            readiness(Figures::of(&students).with(answers)),
            (Some(70), read)
        );
    }
}
