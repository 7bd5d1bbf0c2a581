use jiff::civil::{Date, date};

use super::*;
use crate::domain::{Answers, Details};
use crate::reconcile::tell_apart;
use crate::stored::StoredStudent;

const DAY: Date = date(2026, 10, 5);

fn id(n: u8) -> KnackRecordId {
    format!("61680fc13a0bfd001e8ca3{n:02x}").parse().unwrap()
}

fn email(local: &str) -> Option<Email> {
    Email::parse(&format!("{local}@x.test"))
}

/// Record, e-mail, name.
type Person<'a> = (u8, &'a str, &'a str);

fn student((record, address, name): Person<'_>) -> Student {
    Student {
        record_id: id(record),
        email: email(address).unwrap(),
        details: Details {
            name: name.to_owned(),
            ..Details::default()
        },
        current_cycle: None,
        completed_on: DAY,
        scores: Vec::new(),
        comments: Vec::new(),
    }
}

/// E-mail, name, the record of scores that it is connected with; the last two may be missing.
type Sheet<'a> = (&'a str, &'a str, u8);

fn sheet(record: u8, (address, name, connected): Sheet<'_>) -> AnswerSheet {
    AnswerSheet {
        record_id: id(record),
        email: email(address),
        name: name.to_owned(),
        scores_record: (connected != 0).then(|| id(connected)),
        completed_at: DAY.at(9, 30, 0, 0),
        cycles: [Answers::default(); 3],
    }
}

/// The students who are kept, and whose rows are whose, where nothing is stored.
fn kept(people: &[Person<'_>]) -> (Vec<Student>, Whose) {
    kept_beside(people, &[])
}

/// The same, where other records are skipped.
fn kept_beside(people: &[Person<'_>], skipped: &[u8]) -> (Vec<Student>, Whose) {
    let students = people.iter().copied().map(student).collect();
    tell_apart(
        students,
        skipped.iter().copied().map(id),
        &[] as &[StoredStudent],
        &mut Findings::default(),
    )
}

/// Whose the sheet is, by record; 0 if it is nobody's.
fn owner(people: &[Person<'_>], of: Sheet<'_>) -> u8 {
    owner_among(&kept(people), of)
}

fn owner_among((students, whose): &(Vec<Student>, Whose), of: Sheet<'_>) -> u8 {
    let mut findings = Findings::default();
    let assigned = assign(vec![sheet(99, of)], students, whose, &mut findings);
    let owner = (0..99)
        .find(|n| assigned.sheets.contains_key(&id(*n)))
        .unwrap_or(0);
    let skipped = findings.skipped();
    let named: Vec<_> = skipped.iter().map(|it| (it.reason, it.count)).collect();
    let expected = (owner == 0).then_some((SkipReason::NoStudent, 1));
    assert_eq!(
        named,
        Vec::from_iter(expected),
        "nobody's is named, and only that"
    );
    owner
}

#[test]
fn a_sheet_is_found_by_its_email_and_else_by_the_record_it_is_connected_with() {
    const ANN: Person<'_> = (1, "ann", "Ann Other");
    const BOB: Person<'_> = (2, "bob", "Bob Brown");
    for (case, sheet, expected) in [
        ("both", ("ann", "Ann Other", 1), 1),
        ("the e-mail alone", ("ann", "Ann Other", 0), 1),
        ("the e-mail alone, no name", ("ann", "", 0), 1),
        ("the connection alone", ("", "Ann Other", 1), 1),
        ("the connection alone, no name", ("", "", 1), 1),
        ("an e-mail that nobody has", ("nobody", "Ann Other", 1), 1),
        ("that, and no name", ("nobody", "", 1), 1),
        ("the e-mail counts first", ("ann", "Ann Other", 2), 1),
        (
            "an old record of the same person",
            ("ann", "Ann Other", 7),
            1,
        ),
        ("a nickname", ("ann", "Annie Other", 0), 1),
        ("nothing", ("", "Ann Other", 0), 0),
        ("neither is known", ("nobody", "Ann Other", 7), 0),
        (
            "her record is another pupil's now",
            ("nobody", "Cyd Cox", 1),
            0,
        ),
        (
            "an e-mail and a connection that differ, no name",
            ("ann", "", 2),
            0,
        ),
        ("that of the other one", ("ann", "Bob Brown", 2), 2),
        (
            "an e-mail that a sibling has now",
            ("ann", "Ben Other", 0),
            0,
        ),
        ("that, by an old record", ("ann", "Ben Other", 7), 0),
        ("that, without a name", ("ann", "", 7), 0),
    ] {
        assert_eq!(owner(&[ANN, BOB], sheet), expected, "{case}");
    }
}

#[test]
fn of_two_people_with_one_email_nobody_gets_the_others_sheet() {
    // Ann is kept: nothing is stored, and she was the first.
    const FAMILY: [Person<'_>; 2] = [(1, "family", "Ann Other"), (2, "family", "Ben Other")];
    for (case, sheet, expected) in [
        ("hers", ("family", "Ann Other", 1), 1),
        ("hers, not connected", ("family", "Ann Other", 0), 1),
        ("hers, without a name", ("family", "", 1), 1),
        ("his", ("family", "Ben Other", 2), 0),
        ("his, not connected", ("family", "Ben Other", 0), 0),
        ("his, without a name", ("family", "", 2), 0),
        ("his, by the connection alone", ("", "", 2), 0),
        ("his, by an old record", ("family", "Ben Other", 7), 0),
        ("either's", ("family", "", 0), 0),
    ] {
        assert_eq!(owner(&FAMILY, sheet), expected, "{case}");
    }
}

#[test]
fn the_sheet_of_a_record_that_is_skipped_goes_to_nobody_else() {
    let ann = kept_beside(&[(1, "family", "Ann Other")], &[2]);
    for (case, sheet, expected) in [
        ("his", ("family", "Ben Other", 2), 0),
        ("his, without a name", ("family", "", 2), 0),
        ("his, by the connection alone", ("", "", 2), 0),
        ("that, with another e-mail", ("nobody", "", 2), 0),
        ("his, by the name alone", ("family", "Ben Other", 0), 0),
        ("hers, by a record of hers", ("family", "Ann Other", 2), 1),
    ] {
        assert_eq!(owner_among(&ann, sheet), expected, "{case}");
    }
}

#[test]
fn a_person_with_two_records_has_the_sheets_of_both() {
    const TWICE: [Person<'_>; 2] = [(1, "ann", "Ann Other"), (2, "ann", "Ann Other")];
    for sheet in [
        ("ann", "", 1),
        ("ann", "", 2),
        ("", "", 1),
        ("", "", 2),
        ("ann", "", 0),
    ] {
        assert_eq!(owner(&TWICE, sheet), 2, "{sheet:?}");
    }
}

#[test]
fn of_several_sheets_the_one_completed_last_counts() {
    let (students, whose) = kept(&[(1, "ann", "Ann Other")]);
    let at = |record, hour| AnswerSheet {
        completed_at: DAY.at(hour, 0, 0, 0),
        ..sheet(record, ("ann", "Ann Other", 0))
    };
    for (case, sheets, expected) in [
        ("the later one", [at(11, 9), at(12, 14)], 12),
        ("the later one, read first", [at(11, 14), at(12, 9)], 11),
        ("at one time, the higher id", [at(12, 9), at(11, 9)], 12),
    ] {
        let mut findings = Findings::default();
        let assigned = assign(sheets.to_vec(), &students, &whose, &mut findings);
        let kept: Vec<_> = assigned
            .sheets
            .values()
            .map(|sheet| sheet.record_id)
            .collect();
        assert_eq!(kept, [id(expected)], "{case}");
        assert_eq!(findings.skipped(), [], "{case}");
    }
}
