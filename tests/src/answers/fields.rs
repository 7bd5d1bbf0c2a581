//! Which field holds which answer, by the pattern that the dashboard's mapping follows: three fields in a row for each
//! question, but for the first two, whose fields are mixed, and the last four, which were added later.

use std::ops::RangeInclusive;

const SUPPORT: u32 = 2_037;
const EQUIPPED: u32 = 2_040;
const CONFIDENT: u32 = 2_043;
const VISION_GRADES: u32 = 2_927;
/// Of `q3`; those of `q4` to `q28` follow without a gap.
const THIRD: u32 = 1_959;

pub(super) const CYCLES: RangeInclusive<u8> = 1..=3;

/// Every question by the id it is stored under, with the fields of cycles 1, 2 and 3.
pub fn questions() -> Vec<(String, [u32; 3])> {
    let in_a_row = |first: u32| [first, first + 1, first + 2];
    let mut questions = vec![
        ("q1".to_owned(), [1_953, 1_955, 1_956]),
        ("q2".to_owned(), [1_954, 1_957, 1_958]),
    ];
    let regular = (3..=28).map(|n| (format!("q{n}"), in_a_row(THIRD + (n - 3) * 3)));
    questions.extend(regular);
    for (id, first) in [
        ("q29_vision_grades", VISION_GRADES),
        ("outcome_q_support", SUPPORT),
        ("outcome_q_equipped", EQUIPPED),
        ("outcome_q_confident", CONFIDENT),
    ] {
        questions.push((id.to_owned(), in_a_row(first)));
    }
    questions
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_ends_where_the_next_fields_begin() {
        let questions = questions();
        assert_eq!(questions.len(), 32);
        assert_eq!(questions[27], ("q28".to_owned(), [2_034, 2_035, 2_036]));
    }
}
