//! Counts how many of a school's stored students have completed a questionnaire. Pure.

use super::figures::Figures;

/// How far a school is with its questionnaires. Of stored students alone: whoever has no completion date in Knack is not
/// stored, and may have left long ago.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Completion {
    /// Stored students who have not completed any.
    pub(crate) not_completed: u64,
    /// Completed of all stored, from 0 to 1 in thousandths; `None` where nobody is stored.
    pub(crate) response_rate: Option<f64>,
}

impl Completion {
    pub(crate) fn of(figures: &Figures) -> Self {
        let Figures {
            students,
            completed,
            ..
        } = *figures;
        Self {
            not_completed: students.saturating_sub(completed),
            response_rate: rate(completed, students),
        }
    }
}

fn rate(completed: u64, students: u64) -> Option<f64> {
    let as_float = |n: u64| u32::try_from(n).map(f64::from).ok();
    let students = as_float(students).filter(|students| *students > 0.0)?;
    let rate = as_float(completed)? / students;
    Some((rate * 1_000.0).round() / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_of_stored_students() {
        for (students, completed, not_completed, response_rate) in [
            (0, 0, 0, None),
            (10, 10, 0, Some(1.0)),
            (10, 0, 10, Some(0.0)),
            (12, 8, 4, Some(0.667)),
            (3, 1, 2, Some(0.333)),
        ] {
            let figures = Figures {
                students,
                completed,
                ..Figures::of(&[])
            };
            let expected = Completion {
                not_completed,
                response_rate,
            };
            assert_eq!(Completion::of(&figures), expected, "{students} {completed}");
        }
    }
}
