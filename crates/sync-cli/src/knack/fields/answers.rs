//! The fields of the object that holds one record of question answers per student (docs/knack-and-dashboard.md, "Question
//! answers").

use std::collections::HashSet;
use std::sync::LazyLock;

use super::{Field, Object, field};
use crate::domain::Question;

/// Marks what belongs to that object.
#[derive(Debug, Clone, Copy)]
pub(crate) enum QuestionAnswers {}

/// The connection to the student's record of results; empty in about a fifth.
pub(crate) const SCORES_RECORD: Field = field!(792);
pub(crate) const NAME: Field = field!(1823);

macro_rules! fields {
    ($($first:literal $second:literal $third:literal),+ $(,)?) => {
        [$([field!($first), field!($second), field!($third)]),+]
    };
}

/// Each question's answers in cycles 1, 2 and 3, in the questionnaire's order. The fields of the current cycle, from 794 on,
/// are never read: they do not say which cycle theirs is.
const QUESTIONS: [[Field; 3]; Question::COUNT] = fields![
    1953 1955 1956, // q1
    1954 1957 1958, // q2
    1959 1960 1961, // q3
    1962 1963 1964, // q4
    1965 1966 1967, // q5
    1968 1969 1970, // q6
    1971 1972 1973, // q7
    1974 1975 1976, // q8
    1977 1978 1979, // q9
    1980 1981 1982, // q10
    1983 1984 1985, // q11
    1986 1987 1988, // q12
    1989 1990 1991, // q13
    1992 1993 1994, // q14
    1995 1996 1997, // q15
    1998 1999 2000, // q16
    2001 2002 2003, // q17
    2004 2005 2006, // q18
    2007 2008 2009, // q19
    2010 2011 2012, // q20
    2013 2014 2015, // q21
    2016 2017 2018, // q22
    2019 2020 2021, // q23
    2022 2023 2024, // q24
    2025 2026 2027, // q25
    2028 2029 2030, // q26
    2031 2032 2033, // q27
    2034 2035 2036, // q28
    2927 2928 2929, // q29_vision_grades
    2037 2038 2039, // outcome_q_support
    2040 2041 2042, // outcome_q_equipped
    2043 2044 2045, // outcome_q_confident
];

/// The answers to a question in cycles 1, 2 and 3.
pub(crate) fn of_question(question: Question) -> &'static [Field; 3] {
    &QUESTIONS[question.index()]
}

impl Object for QuestionAnswers {
    const KEY: &'static str = "object_29";
    const ESTABLISHMENT: Field = field!(1821);
    const COMPLETION_DATE: Field = field!(856);
    const EMAIL: Field = field!(2732);

    fn is_read(number: u16) -> bool {
        static READ: LazyLock<HashSet<u16>> = LazyLock::new(|| {
            let single = [
                QuestionAnswers::ESTABLISHMENT,
                QuestionAnswers::COMPLETION_DATE,
                QuestionAnswers::EMAIL,
                SCORES_RECORD,
                NAME,
            ];
            single
                .iter()
                .chain(QUESTIONS.iter().flatten())
                .map(|field| field.number())
                .collect()
        });
        READ.contains(&number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_answer_has_a_field_of_its_own_and_those_of_the_current_cycle_are_not_read() {
        let numbers: HashSet<u16> = QUESTIONS.iter().flatten().map(|it| it.number()).collect();
        assert_eq!(numbers.len(), 3 * Question::COUNT);
        let current = (794..=821).chain([2317, 1816, 1817, 1818, 863]);
        for number in current.chain([3309, 3404, 1824]) {
            assert!(!QuestionAnswers::is_read(number), "{number}");
        }
        assert!(
            numbers
                .iter()
                .all(|number| QuestionAnswers::is_read(*number))
        );
    }
}
