//! The 32 statements of the questionnaire and the fields that hold their answers, as the dashboard's own mapping names
//! them. The code under test has a table of its own; this one must never be made from it.

/// A statement, by the id under which its answers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Question {
    /// `question_responses.question_id`
    pub id: &'static str,
    /// The field that holds the answer of the current cycle a second time.
    pub current: u32,
    /// The fields that hold the answers of cycles 1, 2 and 3.
    pub cycles: [u32; 3],
}

/// All of them, in the order of the questionnaire.
pub const QUESTIONS: [Question; 32] = [
    question("q1", 794, [1_953, 1_955, 1_956]),
    question("q2", 795, [1_954, 1_957, 1_958]),
    question("q3", 796, [1_959, 1_960, 1_961]),
    question("q4", 797, [1_962, 1_963, 1_964]),
    question("q5", 798, [1_965, 1_966, 1_967]),
    question("q6", 799, [1_968, 1_969, 1_970]),
    question("q7", 800, [1_971, 1_972, 1_973]),
    question("q8", 801, [1_974, 1_975, 1_976]),
    question("q9", 802, [1_977, 1_978, 1_979]),
    question("q10", 803, [1_980, 1_981, 1_982]),
    question("q11", 804, [1_983, 1_984, 1_985]),
    question("q12", 805, [1_986, 1_987, 1_988]),
    question("q13", 806, [1_989, 1_990, 1_991]),
    question("q14", 807, [1_992, 1_993, 1_994]),
    question("q15", 808, [1_995, 1_996, 1_997]),
    question("q16", 809, [1_998, 1_999, 2_000]),
    question("q17", 810, [2_001, 2_002, 2_003]),
    question("q18", 811, [2_004, 2_005, 2_006]),
    question("q19", 812, [2_007, 2_008, 2_009]),
    question("q20", 813, [2_010, 2_011, 2_012]),
    question("q21", 814, [2_013, 2_014, 2_015]),
    question("q22", 815, [2_016, 2_017, 2_018]),
    question("q23", 816, [2_019, 2_020, 2_021]),
    question("q24", 817, [2_022, 2_023, 2_024]),
    question("q25", 818, [2_025, 2_026, 2_027]),
    question("q26", 819, [2_028, 2_029, 2_030]),
    question("q27", 820, [2_031, 2_032, 2_033]),
    question("q28", 821, [2_034, 2_035, 2_036]),
    question("q29_vision_grades", 2_317, [2_927, 2_928, 2_929]),
    question("outcome_q_support", 1_816, [2_037, 2_038, 2_039]),
    question("outcome_q_equipped", 1_817, [2_040, 2_041, 2_042]),
    question("outcome_q_confident", 1_818, [2_043, 2_044, 2_045]),
];

/// The field that holds the answer to a statement in a cycle (1, 2 or 3).
///
/// # Panics
///
/// Where there is no such statement.
pub fn answer_field(id: &str, cycle: u8) -> u32 {
    let question = QUESTIONS.iter().find(|question| question.id == id);
    let question = question.unwrap_or_else(|| panic!("the questionnaire has no {id}"));
    question.cycles[super::pupil::index(cycle)]
}

const fn question(id: &'static str, current: u32, cycles: [u32; 3]) -> Question {
    Question {
        id,
        current,
        cycles,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn every_question_has_an_id_and_four_fields_of_its_own() {
        let ids: HashSet<_> = QUESTIONS.iter().map(|question| question.id).collect();
        let fields: HashSet<_> = QUESTIONS
            .iter()
            .flat_map(|question| [question.current].into_iter().chain(question.cycles))
            .collect();
        assert_eq!((ids.len(), fields.len()), (32, 128));
    }

    #[test]
    fn the_fields_of_one_cycle_are_irregular_only_where_the_dashboard_says_so() {
        for (n, question) in (0..).zip(&QUESTIONS[2..28]) {
            let first = 1_959 + 3 * n;
            assert_eq!(
                question.cycles,
                [first, first + 1, first + 2],
                "{}",
                question.id
            );
            assert_eq!(question.current, 796 + n, "{}", question.id);
        }
        assert_eq!(answer_field("q1", 2), 1_955);
        assert_eq!(answer_field("q2", 1), 1_954);
        assert_eq!(answer_field("outcome_q_confident", 3), 2_045);
    }
}
