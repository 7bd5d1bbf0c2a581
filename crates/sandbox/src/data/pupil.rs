//! One pupil, in our words.

use jiff::civil::{Date, Time};

use super::{record_id, shapes::Name};

/// Vision, effort, systems, practice, attitude, overall.
pub type Cycle = [Option<i64>; 6];

/// A pupil's result record, in our words. Every field is public: what it does not offer, a test edits in the record.
#[derive(Debug, Clone, PartialEq)]
pub struct Pupil {
    /// The id of the `object_10` record.
    pub record_id: String,
    /// The e-mail address, if there is one.
    pub email: Option<String>,
    /// What is displayed in place of the address.
    pub email_label: Option<String>,
    /// The name; all parts empty is a blank name.
    pub name: Name,
    /// Year group.
    pub year_group: Option<String>,
    /// Tutor group.
    pub group: Option<String>,
    /// Course.
    pub course: Option<String>,
    /// Faculty.
    pub faculty: Option<String>,
    /// Gender.
    pub gender: Option<String>,
    /// Level, which the refresh does not use.
    pub level: Option<String>,
    /// The number of the cycle that `completed` belongs to.
    pub current_cycle: Option<u8>,
    /// The scores of cycles 1, 2 and 3.
    pub scores: [Option<Cycle>; 3],
    /// How the scores are written.
    pub score_form: ScoreForm,
    /// The day the last questionnaire was completed.
    pub completed: Option<Date>,
    /// The time of that day, where the field shows one.
    pub completed_time: Option<Time>,
    /// Reflections on cycles 1, 2 and 3, HTML.
    pub rrc: [Option<String>; 3],
    /// Goals of cycles 1, 2 and 3, HTML.
    pub goal: [Option<String>; 3],
}

/// How scores are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ScoreForm {
    /// `7`
    #[default]
    Number,
    /// `"7"`
    Text,
    /// `"7.0"`
    Decimal,
}

impl Pupil {
    /// The `n`th pupil: an address and a name that no other number has, year 12, a first cycle, no completion date.
    pub fn new(n: u64) -> Self {
        Self {
            record_id: record_id(n),
            email: Some(format!("pupil{n}@students.example")),
            email_label: None,
            name: Name {
                first: "Pupil".to_owned(),
                last: format!("Number{n}"),
                ..Name::default()
            },
            year_group: Some("12".to_owned()),
            group: Some("12A".to_owned()),
            course: Some("A Level".to_owned()),
            faculty: Some("Sciences".to_owned()),
            gender: Some("Female".to_owned()),
            level: Some("Level 3".to_owned()),
            current_cycle: Some(1),
            scores: [
                Some([Some(7), Some(6), Some(5), Some(8), Some(7), Some(7)]),
                None,
                None,
            ],
            score_form: ScoreForm::default(),
            completed: None,
            completed_time: None,
            rrc: [const { None }; 3],
            goal: [const { None }; 3],
        }
    }

    /// Sets the e-mail address.
    #[must_use]
    pub fn email(mut self, email: &str) -> Self {
        self.email = Some(email.to_owned());
        self
    }

    /// Takes the e-mail address away.
    #[must_use]
    pub fn without_email(mut self) -> Self {
        self.email = None;
        self
    }

    /// Sets first and last name.
    #[must_use]
    pub fn named(mut self, first: &str, last: &str) -> Self {
        self.name = Name {
            first: first.to_owned(),
            last: last.to_owned(),
            ..Name::default()
        };
        self
    }

    /// Sets the completion date.
    #[must_use]
    pub fn completed(mut self, day: Date) -> Self {
        self.completed = Some(day);
        self
    }

    /// Sets the six scores of a cycle (1, 2 or 3) and makes it the current one.
    #[must_use]
    pub fn scored(mut self, cycle: u8, scores: [i64; 6]) -> Self {
        self.scores[index(cycle)] = Some(scores.map(Some));
        self.current_cycle = Some(cycle);
        self
    }

    /// Takes every score away.
    #[must_use]
    pub fn unscored(mut self) -> Self {
        self.scores = [None; 3];
        self.current_cycle = None;
        self
    }

    /// Sets the reflection on a cycle (1, 2 or 3).
    #[must_use]
    pub fn reflected(mut self, cycle: u8, html: &str) -> Self {
        self.rrc[index(cycle)] = Some(html.to_owned());
        self
    }

    /// Sets the goal of a cycle (1, 2 or 3).
    #[must_use]
    pub fn aimed(mut self, cycle: u8, html: &str) -> Self {
        self.goal[index(cycle)] = Some(html.to_owned());
        self
    }

    /// Sets the course.
    #[must_use]
    pub fn studying(mut self, course: &str) -> Self {
        self.course = Some(course.to_owned());
        self
    }

    /// How many reflections and goals there are.
    pub fn comments(&self) -> usize {
        self.rrc.iter().chain(&self.goal).flatten().count()
    }
}

/// Where a cycle's values are in an array of three.
pub(super) fn index(cycle: u8) -> usize {
    usize::from(cycle.clamp(1, 3) - 1)
}
