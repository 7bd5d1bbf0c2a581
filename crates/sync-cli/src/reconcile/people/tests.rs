use jiff::civil::date;
use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::{Answer, AnswerSheet, Answers, Cycle, Details, Question, Score, Scores};
use crate::stored::answers::{Held, StoredAnswers};

fn id(n: u8) -> KnackRecordId {
    format!("61680fc13a0bfd001e8ca3{n:02x}").parse().unwrap()
}

/// A student with the e-mail that all have: record, name, day of October, cycles.
fn student((record, name, day, cycles): (u8, &str, i8, i64)) -> Student {
    let scores = Scores::from_array([Score::try_from(1).ok(), None, None, None, None, None]);
    let cycles = (1..=cycles).map(|cycle| Cycle::try_from(cycle).unwrap());
    Student {
        record_id: id(record),
        email: Email::parse("family@x.test").unwrap(),
        details: Details {
            name: name.to_owned(),
            ..Details::default()
        },
        current_cycle: None,
        completed_on: date(2026, 10, day),
        scores: cycles.map(|cycle| (cycle, scores)).collect(),
        comments: Vec::new(),
    }
}

/// A row with that e-mail: record, name, cycles.
fn row((record, name, cycles): (u8, &str, i64)) -> StoredStudent {
    let cycle = |cycle: i64| {
        json!({"cycle": cycle, "vision": 1, "effort": 1, "systems": 1, "practice": 1, "attitude": 1,
               "overall": 1, "completion_date": null})
    };
    serde_json::from_value(json!({
        "id": Uuid::nil(), "establishment_id": null, "knack_id": id(record), "email": "family@x.test",
        "name": name, "year_group": null, "course": null, "faculty": null, "group": null, "gender": null,
        "created_at": null, "vespa_scores": (1..=cycles).map(cycle).collect::<Vec<_>>(), "student_comments": [],
    }))
    .unwrap()
}

/// Records, the stored row, the record that counts, and those that are doubles and those that are others.
type Case<'a> = (
    &'a str,
    &'a [(u8, &'a str, i8, i64)],
    Option<(u8, &'a str, i64)>,
    (u8, &'a [u8], &'a [u8]),
);

const CASES: [Case<'_>; 15] = [
    (
        "one person, no row: the one completed last",
        &[(1, "Ann", 1, 1), (2, "Ann", 9, 1), (3, "Ann", 5, 1)],
        None,
        (2, &[1, 3], &[]),
    ),
    (
        "two people, no row: the one completed first",
        &[(1, "Ann", 5, 1), (2, "Ben", 1, 1)],
        None,
        (2, &[], &[1]),
    ),
    (
        "two people, completed on one day: always the same one",
        &[(2, "Ben", 1, 1), (1, "Ann", 1, 1)],
        None,
        (1, &[], &[2]),
    ),
    (
        "the row's record, completed first",
        &[(1, "Ann", 1, 1), (2, "Ben", 5, 3)],
        Some((1, "Ann", 2)),
        (1, &[], &[2]),
    ),
    (
        "the row's record, completed last",
        &[(1, "Ann", 1, 1), (2, "Ben", 5, 1)],
        Some((2, "Ben", 1)),
        (2, &[], &[1]),
    ),
    (
        "the row's record, and another one of the same person",
        &[(1, "Ann", 1, 1), (2, "Ben", 9, 1), (3, "Ann", 5, 1)],
        Some((1, "Ann", 1)),
        (3, &[1], &[2]),
    ),
    (
        "the row's record without a name, which the row has",
        &[(1, "", 1, 1), (2, "Ben", 9, 1)],
        Some((1, "Ann", 1)),
        (1, &[], &[2]),
    ),
    (
        "a row whose record has left, and another one of the same person",
        &[(2, "Ben", 1, 3), (3, "Ann", 5, 1)],
        Some((1, "Ann", 3)),
        (3, &[], &[2]),
    ),
    (
        "a row whose record has left, and nobody known to be the same",
        &[(2, "Ben", 1, 3), (3, "", 5, 1)],
        Some((1, "Ann", 3)),
        (3, &[], &[2]),
    ),
    (
        "a row whose record has left: of two others, the one with all its scores",
        &[(2, "Ben", 1, 1), (3, "Cyd", 5, 3)],
        Some((1, "Ann", 3)),
        (3, &[], &[2]),
    ),
    (
        "a row whose record has left: else the one completed first",
        &[(2, "Ben", 5, 1), (3, "Cyd", 1, 1)],
        Some((1, "Ann", 3)),
        (3, &[], &[2]),
    ),
    (
        "names that begin each other's are one person's",
        &[(1, "Jon", 1, 1), (2, "Jonathan", 5, 1)],
        None,
        (2, &[1], &[]),
    ),
    (
        "a name that begins two people's is one of them",
        &[(1, "Jo", 1, 1), (2, "Jonathan", 5, 1), (3, "Joanna", 9, 1)],
        None,
        (2, &[1], &[3]),
    ),
    (
        "a name that is not known is one of two people",
        &[(1, "", 1, 1), (2, "Ann", 5, 1), (3, "Ben", 9, 1)],
        None,
        (2, &[1], &[3]),
    ),
    (
        "no name at all",
        &[(1, "", 1, 1), (2, "", 5, 1)],
        None,
        (2, &[1], &[]),
    ),
];

#[test]
fn of_records_with_one_email_one_counts_whatever_their_order() {
    for (case, records, stored, (kept, doubles, others)) in CASES {
        let stored: Vec<StoredStudent> = stored.into_iter().map(row).collect();
        for turn in 0..records.len() {
            let mut records: Vec<Student> = records.iter().copied().map(student).collect();
            records.rotate_left(turn);
            let mut findings = Findings::default();
            let (students, _) = tell_apart(records, [], &stored, &mut findings);

            let counting: Vec<KnackRecordId> =
                students.iter().map(|student| student.record_id).collect();
            assert_eq!(counting, [id(kept)], "{case}");
            for (reason, warning, expected) in [
                (
                    SkipReason::DuplicateEmail,
                    WarningCode::DuplicateEmail,
                    doubles,
                ),
                (
                    SkipReason::EmailOfAnotherStudent,
                    WarningCode::EmailOfAnotherStudent,
                    others,
                ),
            ] {
                let skipped = findings.skipped();
                let skipped = skipped.iter().filter(|it| it.reason == reason);
                let mut skipped: Vec<_> = skipped.flat_map(|it| &it.record_ids).collect();
                skipped.sort();
                let expected: Vec<KnackRecordId> = expected.iter().copied().map(id).collect();
                assert_eq!(skipped, Vec::from_iter(&expected), "{case}");
                let warned = findings.warnings();
                let warned = warned.iter().filter(|it| it.code == warning);
                let warned: Vec<_> = warned.map(|it| it.record_ids.clone()).collect();
                let named = (!expected.is_empty()).then(|| vec![id(kept)]);
                assert_eq!(warned, Vec::from_iter(named), "{case}");
            }
        }
    }
}

/// The record has been reused for somebody else, while its former pupil has another.
#[test]
fn a_row_is_of_the_record_that_it_carries_in_capitals_too() {
    let records = || [(1, "Cyd", 9, 1), (2, "Ann", 1, 1)].map(student).to_vec();
    let kept = |knack_id: String| {
        let mut stored = row((1, "Ann", 1));
        stored.knack_id = Some(knack_id).into();
        let mut findings = Findings::default();
        let (students, _) = tell_apart(records(), [], &[stored], &mut findings);
        students.into_iter().map(|it| it.record_id).next()
    };
    assert_eq!(kept(id(1).to_string()), Some(id(1)));
    assert_eq!(kept(id(1).to_string().to_uppercase()), Some(id(1)));
}

/// The second of two others gives all that is stored, by what is known only once answers and last year's cycles are.
#[test]
fn a_row_that_another_has_left_goes_to_the_first_who_gives_all_of_it() {
    const LEFT: (u8, &str, i64) = (1, "Ann", 3);
    let records = || [(2, "Ben", 1, 3), (3, "Cyd", 5, 3)].map(student).to_vec();
    let question = Question::with_id("q7").unwrap();
    let sheet = |record: u8, answers: &[i64]| {
        let mut cycles = [Answers::default(); 3];
        for (cycle, answer) in cycles.iter_mut().zip(answers) {
            cycle.set(question, Answer::try_from(*answer).unwrap());
        }
        let sheet = AnswerSheet {
            record_id: id(record + 50),
            email: None,
            name: String::new(),
            scores_record: Some(id(record)),
            completed_at: date(2026, 10, 5).at(9, 30, 0, 0),
            cycles,
        };
        (id(record), sheet)
    };
    let none = || Leftovers::default();
    // Cycle 3 of Ben's is what last year's row with his record shows.
    let of_ben = {
        let mut bens = student((2, "Ben", 1, 3));
        bens.current_cycle = Cycle::try_from(2).ok();
        let mut last_year = row((2, "Ben", 3));
        last_year.scores[2].scores = bens.scores[2].1;
        move || Leftovers::find([&bens].into_iter(), std::slice::from_ref(&last_year))
    };
    for (case, leftovers, stored_answers, sheets, expected) in [
        ("both give all", none(), 0, vec![], 2),
        ("one's last cycle is last year's", of_ben(), 0, vec![], 3),
        ("one has no answers", none(), 1, vec![sheet(3, &[4])], 3),
        (
            "one has not all answers",
            none(),
            2,
            vec![sheet(2, &[4]), sheet(3, &[4, 4])],
            3,
        ),
        (
            "both have all answers",
            none(),
            1,
            vec![sheet(2, &[4]), sheet(3, &[4])],
            2,
        ),
        (
            "neither has all answers",
            none(),
            2,
            vec![sheet(2, &[4]), sheet(3, &[4])],
            2,
        ),
    ] {
        let stored = row(LEFT);
        let mut of_row = StoredAnswers::default();
        for cycle in Cycle::ALL.into_iter().take(stored_answers) {
            let answer = Held::Answer(Answer::try_from(1).unwrap());
            of_row.put(cycle, question, answer, None);
        }
        let answers = KnownAnswers {
            sheets: sheets.into_iter().collect(),
            stored: [(stored.id, of_row)].into_iter().collect(),
            ..KnownAnswers::default()
        };
        let people = People::of(records(), [], &[&stored]);
        let findings = &mut Findings::default();
        let (chosen, whose) = people.choose(&[&stored], &leftovers, Some(&answers), findings);
        let chosen: Vec<_> = chosen.iter().map(|it| it.record_id).collect();
        assert_eq!(chosen, [id(expected)], "{case}");
        let other = if expected == 2 { 3 } else { 2 };
        assert_eq!(
            whose.others().get(&id(other)),
            Some(&id(expected)),
            "{case}"
        );
    }
}

#[test]
fn a_row_that_goes_along_with_its_record_is_no_reason_to_prefer_anybody() {
    let mut ann = student((1, "Ann", 1, 1));
    ann.email = Email::parse("ann@x.test").unwrap();
    let others = [(2, "Ben", 1, 1), (3, "Cyd", 5, 3)].map(student);
    for (stored, expected) in [((1, "Ann", 3), 2), ((1, "Dee", 3), 3)] {
        let students = [ann.clone()].into_iter().chain(others.clone()).collect();
        let findings = &mut Findings::default();
        let (chosen, _) = tell_apart(students, [], &[row(stored)], findings);
        let chosen: Vec<_> = chosen.iter().map(|it| it.record_id).collect();
        assert_eq!(chosen, [id(1), id(expected)], "{stored:?}");
    }
}

#[test]
fn a_row_without_a_name_is_that_of_its_record_though_that_is_skipped() {
    let bens = SkippedRecord {
        record: id(2),
        email: Email::parse("family@x.test"),
        name: "Ben".to_owned(),
    };
    let findings = &mut Findings::default();
    let (anns, whose) = tell_apart(vec![student((1, "Ann", 1, 3))], [bens], &[], findings);
    assert!(!whose.is_own(&anns[0], &row((2, "", 1))));
    assert!(whose.is_own(&anns[0], &row((3, "", 1))));
}
