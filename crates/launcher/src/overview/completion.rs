//! How many of a school's students have completed a questionnaire, and how many have not. Pure.

use super::figures::Figures;

/// How far a school is with its questionnaires.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Completion {
    /// Students who have not completed any; unknown until a refresh has counted them.
    pub(crate) not_completed: Option<u64>,
    /// Completed of all, from 0 to 1 in thousandths, if that is known.
    pub(crate) response_rate: Option<f64>,
}

impl Completion {
    /// `without_date` counts the students that Knack has without a completion date. They are not stored, so they come on top
    /// of the stored students without scores.
    pub(crate) fn of(figures: &Figures, without_date: Option<u64>) -> Self {
        let without_scores = figures.students - figures.completed;
        let not_completed = without_date.map(|counted| counted.saturating_add(without_scores));
        Self {
            not_completed,
            response_rate: not_completed.and_then(|missing| rate(figures.completed, missing)),
        }
    }
}

fn rate(completed: u64, missing: u64) -> Option<f64> {
    let as_float = |n: u64| u32::try_from(n).map(f64::from).ok();
    let all = as_float(completed.saturating_add(missing))?;
    let rate = as_float(completed)? / all;
    (all > 0.0).then_some((rate * 1_000.0).round() / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rate_is_known_once_those_without_a_date_were_counted() {
        let odd = u64::MAX;
        for (students, completed, without_date, not_completed, response_rate) in [
            (0, 0, None, None, None),
            (10, 10, None, None, None),
            (0, 0, Some(0), Some(0), None),
            (10, 10, Some(0), Some(0), Some(1.0)),
            (10, 0, Some(0), Some(10), Some(0.0)),
            (0, 0, Some(5), Some(5), Some(0.0)),
            (10, 8, Some(2), Some(4), Some(0.667)),
            (3, 1, Some(0), Some(2), Some(0.333)),
            // The number comes from a row that anyone may have written.
            (10, 8, Some(odd), Some(odd), None),
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
            let completion = Completion::of(&figures, without_date);
            assert_eq!(
                completion, expected,
                "{students} {completed} {without_date:?}"
            );
        }
    }
}
