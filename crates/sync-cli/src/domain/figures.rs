//! Calculates the figures of many answers to one question. Pure.

use serde_json::{Value, json};

use super::Answer;

/// How many gave each answer, 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Figures([u32; 5]);

impl Figures {
    pub(crate) fn add(&mut self, answer: Answer) {
        // An answer is 1 to 5.
        let place = usize::try_from(i64::from(answer) - 1).unwrap_or_default();
        self.0[place] += 1;
    }

    fn count(&self) -> u32 {
        self.0.iter().sum()
    }

    /// The columns that hold them, with two decimals as the table has.
    pub(crate) fn columns(&self) -> [(&'static str, Value); 4] {
        [
            ("mean", json!(rounded(self.mean()))),
            ("std_dev", json!(rounded(self.std_dev()))),
            ("count", json!(self.count())),
            ("distribution", json!(self.0)),
        ]
    }

    fn answers(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        (1_u8..)
            .zip(self.0)
            .map(|(answer, count)| (f64::from(answer), f64::from(count)))
    }

    fn mean(&self) -> f64 {
        let sum: f64 = self.answers().map(|(answer, count)| answer * count).sum();
        sum / f64::from(self.count().max(1))
    }

    /// Of a sample; 0 for a single answer, as the dashboard itself has it.
    fn std_dev(&self) -> f64 {
        let mean = self.mean();
        let squares = self
            .answers()
            .map(|(answer, count)| count * (answer - mean).powi(2));
        let squares: f64 = squares.sum();
        let others = self.count().saturating_sub(1).max(1);
        (squares / f64::from(others)).sqrt()
    }
}

fn rounded(number: f64) -> f64 {
    (number * 100.0).round() / 100.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_a_sample_with_two_decimals() {
        for (answers, mean, std_dev, distribution) in [
            (vec![4], 4.0, 0.0, [0, 0, 0, 1, 0]),
            (vec![1, 5], 3.0, 2.83, [1, 0, 0, 0, 1]),
            (vec![1, 2, 2], 1.67, 0.58, [1, 2, 0, 0, 0]),
            (vec![3; 7], 3.0, 0.0, [0, 0, 7, 0, 0]),
            (vec![1, 2, 3, 4, 5], 3.0, 1.58, [1; 5]),
        ] {
            let mut figures = Figures::default();
            for answer in &answers {
                figures.add(Answer::try_from(*answer).unwrap());
            }
            let expected = [
                ("mean", json!(mean)),
                ("std_dev", json!(std_dev)),
                ("count", json!(answers.len())),
                ("distribution", json!(distribution)),
            ];
            assert_eq!(figures.columns(), expected, "{answers:?}");
        }
    }
}
