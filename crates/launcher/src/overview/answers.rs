//! What a school's answers to the questionnaire say: how many there are, and the exam readiness (ERI) of each cycle.
//!
//! A school of 2,000 has up to 192,000 answers, so only those to the three questions that make up the ERI are read, in pages
//! of students; all others are only counted, by the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use dashboard::SchoolYear;
use serde::Deserialize;
use supabase_client::{SupabaseClient, SupabaseError};
use uuid::Uuid;

use super::mean::mean;
use super::remembered::Remembered;

/// The questions whose answers make up the ERI.
const OUTCOMES: [&str; 3] = [
    "outcome_q_support",
    "outcome_q_equipped",
    "outcome_q_confident",
];
/// The ids under which the questionnaire stores the answers to its last four questions, until a refresh stores them under the
/// ids that the dashboard reads: counted too, they would be counted twice.
const ALSO_STORED_AS: &str = "(q29,q30,q31,q32)";
/// The key is named by its column: with a second one between the tables, PostgREST would not know which is meant.
const OUTCOME_COLUMNS: &str = "id,question_responses!student_id(cycle,response_value)";
const COUNT_COLUMNS: &str = "id,students!student_id!inner(id)";
/// An answer; a row may hold anything where a deployment's check is missing.
const ANSWER: std::ops::RangeInclusive<i64> = 1..=5;

/// Everything else of the overview waits for the answers so long.
const TIMEOUT: Duration = Duration::from_secs(8);

/// The figures from the answers of a school and year.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Answers {
    /// How many are stored under the ids that the dashboard reads.
    pub(super) count: u64,
    /// By cycle, the mean of the answers to the outcome questions, from 1 to 5.
    pub(super) exam_readiness: BTreeMap<u8, f64>,
}

/// Reads them.
pub(super) struct AnswersReader {
    supabase: Arc<SupabaseClient>,
    remembered: Remembered<Answers>,
}

#[derive(Debug, Deserialize)]
struct Outcomes {
    id: Uuid,
    #[serde(rename = "question_responses")]
    answers: Vec<Outcome>,
}

#[derive(Debug, Deserialize)]
struct Outcome {
    cycle: u8,
    response_value: Option<i64>,
}

impl AnswersReader {
    pub(super) fn new(supabase: Arc<SupabaseClient>) -> Self {
        Self {
            supabase,
            remembered: Remembered::new(),
        }
    }

    /// The figures; `None` if the answers cannot be read.
    pub(super) async fn of(&self, of: &SchoolYear) -> Option<Answers> {
        let school = of.school.id;
        let answers = self.remembered.or_read(of, Box::pin(self.read_in_time(of)));
        let answers = answers.await;
        if let Err(error) = &answers {
            tracing::warn!(%school, %error, "an overview goes without question answers");
        }
        answers.ok()
    }

    pub(super) fn forget(&self, school: Uuid) {
        self.remembered.forget(school);
    }

    async fn read_in_time(&self, of: &SchoolYear) -> Result<Answers, SupabaseError> {
        let reading = tokio::time::timeout(TIMEOUT, self.read(of)).await;
        reading.unwrap_or(Err(SupabaseError::Timeout(TIMEOUT)))
    }

    async fn read(&self, of: &SchoolYear) -> Result<Answers, SupabaseError> {
        let (count, students) = tokio::try_join!(self.count(of), self.outcomes(of))?;
        let answers = students.iter().flat_map(|student| &student.answers);
        Ok(Answers {
            count,
            exam_readiness: exam_readiness(answers),
        })
    }

    async fn count(&self, of: &SchoolYear) -> Result<u64, SupabaseError> {
        let query = self
            .supabase
            .table("question_responses")
            .select(COUNT_COLUMNS)
            .eq("students.establishment_id", of.school.id.to_string())
            .eq("academic_year", of.year.to_string())
            .gte("response_value", ANSWER.start().to_string())
            .lte("response_value", ANSWER.end().to_string())
            .not("in", "question_id", ALSO_STORED_AS)
            .limit(1);
        self.supabase.count(query).await
    }

    async fn outcomes(&self, of: &SchoolYear) -> Result<Vec<Outcomes>, SupabaseError> {
        let year = of.year.to_string();
        let query = || {
            self.supabase
                .table("students")
                .select(OUTCOME_COLUMNS)
                .eq("establishment_id", of.school.id.to_string())
                .eq("academic_year", &year)
                .eq("question_responses.academic_year", &year)
                .in_("question_responses.question_id", OUTCOMES)
        };
        let students = self
            .supabase
            .read_all(query, |student: &Outcomes| student.id.to_string());
        students.await
    }
}

fn exam_readiness<'a>(answers: impl Iterator<Item = &'a Outcome>) -> BTreeMap<u8, f64> {
    let mut cycles: BTreeMap<u8, Vec<u8>> = BTreeMap::new();
    for answer in answers {
        let value = answer.response_value;
        let value = value.filter(|value| ANSWER.contains(value));
        if let Some(value) = value.and_then(|value| u8::try_from(value).ok()) {
            cycles.entry(answer.cycle).or_default().push(value);
        }
    }
    let cycles = cycles.into_iter();
    cycles
        .filter_map(|(cycle, values)| Some((cycle, mean(values)?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exam_readiness_is_the_mean_of_a_cycles_answers_from_one_to_five() {
        for (answers, expected) in [
            (vec![], vec![]),
            (vec![(1, Some(5))], vec![(1, 5.0)]),
            (
                vec![(1, Some(1)), (1, Some(2)), (1, Some(2))],
                vec![(1, 1.67)],
            ),
            (
                vec![(2, Some(4)), (1, Some(3)), (2, Some(5))],
                vec![(1, 3.0), (2, 4.5)],
            ),
            // None of these is an answer.
            (
                vec![(1, None), (1, Some(0)), (1, Some(9)), (1, Some(-1))],
                vec![],
            ),
            (vec![(1, Some(50)), (1, Some(2))], vec![(1, 2.0)]),
        ] {
            let rows: Vec<Outcome> = answers
                .iter()
                .map(|&(cycle, response_value)| Outcome {
                    cycle,
                    response_value,
                })
                .collect();
            let expected = BTreeMap::from_iter(expected);
            assert_eq!(exam_readiness(rows.iter()), expected, "{answers:?}");
        }
    }
}
