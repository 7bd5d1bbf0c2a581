//! One student's answers to the questionnaire, in our words.

use jiff::civil::{Date, Time};

use super::{Pupil, QUESTIONS, ScoreForm, pupil::index, shapes::Name};

/// The answers to all statements, in the order of [`QUESTIONS`]; 0 is what Knack keeps of some that were left out.
pub type CycleAnswers = [Option<i64>; QUESTIONS.len()];

/// A student's answers record. Every field is public: what it does not offer, a test edits in the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Answers {
    /// The id of the `object_29` record.
    pub record_id: String,
    /// The id of the student's `object_10` record, where the two are connected.
    pub student: Option<String>,
    /// The e-mail address, if there is one.
    pub email: Option<String>,
    /// The name.
    pub name: Name,
    /// Year group.
    pub year_group: Option<String>,
    /// Tutor group.
    pub group: Option<String>,
    /// The number of the cycle that `completed` belongs to.
    pub current_cycle: Option<u8>,
    /// The day the last questionnaire was completed.
    pub completed: Option<Date>,
    /// The time of that day.
    pub completed_time: Time,
    /// The answers of cycles 1, 2 and 3.
    pub cycles: [Option<CycleAnswers>; 3],
    /// How the answers are written.
    pub form: ScoreForm,
}

impl Answers {
    /// The answers record of that pupil: connected to them, and answered in every cycle that they have scores of.
    pub fn of(record_id: &str, pupil: &Pupil) -> Self {
        let mut answers = Self {
            record_id: record_id.to_owned(),
            student: Some(pupil.record_id.clone()),
            email: pupil.email.clone(),
            name: pupil.name.clone(),
            year_group: pupil.year_group.clone(),
            group: pupil.group.clone(),
            current_cycle: pupil.current_cycle,
            completed: pupil.completed,
            completed_time: Time::constant(9, 30, 0, 0),
            cycles: [None; 3],
            form: ScoreForm::default(),
        };
        for cycle in 1..=3 {
            if pupil.scores[index(cycle)].is_some() {
                answers.cycles[index(cycle)] = Some(ordinary(cycle));
            }
        }
        answers
    }

    /// Sets the answers of a cycle (1, 2 or 3).
    #[must_use]
    pub fn answered(mut self, cycle: u8, answers: [i64; QUESTIONS.len()]) -> Self {
        self.cycles[index(cycle)] = Some(answers.map(Some));
        self
    }

    /// Sets one answer of a cycle (1, 2 or 3) that there are answers of.
    ///
    /// # Panics
    ///
    /// Where the questionnaire has no such statement.
    #[must_use]
    pub fn answer(mut self, cycle: u8, id: &str, value: Option<i64>) -> Self {
        let at = QUESTIONS.iter().position(|question| question.id == id);
        let at = at.unwrap_or_else(|| panic!("the questionnaire has no {id}"));
        if let Some(answers) = &mut self.cycles[index(cycle)] {
            answers[at] = value;
        }
        self
    }

    /// Sets the completion date.
    #[must_use]
    pub fn completed(mut self, day: Date) -> Self {
        self.completed = Some(day);
        self
    }

    /// Takes the e-mail address away.
    #[must_use]
    pub fn without_email(mut self) -> Self {
        self.email = None;
        self
    }

    /// Takes the connection to the student away.
    #[must_use]
    pub fn unconnected(mut self) -> Self {
        self.student = None;
        self
    }
}

/// Answers that differ from one question to the next, and from one cycle to the next.
pub(super) fn ordinary(cycle: u8) -> CycleAnswers {
    let mut next = i64::from(cycle);
    [(); QUESTIONS.len()].map(|()| {
        next += 2;
        Some(next % 5 + 1)
    })
}
