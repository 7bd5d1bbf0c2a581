use jiff::civil::{Date, date};

use serde_json::json;
use uuid::Uuid;

use super::*;
use crate::domain::{Answer, Answers, Cycle, Details, Question};
use crate::reconcile::{KnownAnswers, Leftovers, SkippedRecord};
use crate::stored::answers::{Held, StoredAnswers};

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

/// Who may have sheets.
#[derive(Clone, Copy, Default)]
struct Among<'a> {
    students: &'a [Person<'a>],
    skipped: &'a [Person<'a>],
    rows: &'a [Person<'a>],
    rows_are_answered: bool,
    sheets: &'a [Sheet<'a>],
}

fn skipped((record, address, name): Person<'_>) -> SkippedRecord {
    SkippedRecord {
        record: id(record),
        email: email(address),
        name: name.to_owned(),
    }
}

fn row((record, address, name): Person<'_>) -> StoredStudent {
    serde_json::from_value(json!({
        "id": Uuid::from_u128(record.into()), "establishment_id": null, "knack_id": id(record),
        "email": format!("{address}@x.test"), "name": name, "year_group": null, "course": null, "faculty": null,
        "group": null, "gender": null, "created_at": null, "vespa_scores": [], "student_comments": [],
    }))
    .unwrap()
}

fn answered() -> StoredAnswers {
    let mut answers = StoredAnswers::default();
    let held = Held::Answer(Answer::try_from(1).unwrap());
    answers.put(Cycle::ALL[0], Question::with_id("q7").unwrap(), held, None);
    answers
}

/// Whose the sheet is, by record; 0 if it is nobody's.
fn owner(students: &[Person<'_>], of: Sheet<'_>) -> u8 {
    let among = Among {
        students,
        ..Among::default()
    };
    owner_among(among, of)
}

fn owner_among(among: Among<'_>, of: Sheet<'_>) -> u8 {
    let rows: Vec<StoredStudent> = among.rows.iter().copied().map(row).collect();
    let rows: Vec<&StoredStudent> = rows.iter().collect();
    let stored: ByStudent = if among.rows_are_answered {
        rows.iter().map(|row| (row.id, answered())).collect()
    } else {
        ByStudent::new()
    };
    let students = among.students.iter().copied().map(student).collect();
    let people = People::of(students, among.skipped.iter().copied().map(skipped), &rows);
    let others = (50..).zip(among.sheets).map(|(n, of)| sheet(n, *of));
    let sheets = others.chain([sheet(99, of)]).collect();
    let (mut sheets, owners, named) = settled(people, (&rows, &stored), sheets);
    sheets.retain(|_, sheet| sheet.record_id == id(99));
    let owner = (0..99).find(|n| sheets.contains_key(&id(*n))).unwrap_or(0);
    // Nobody's is named.
    assert_eq!(owner == 0, owners.others.get(&id(99)) == Some(&None));
    assert_eq!(owner == 0, named.contains(&id(99)));
    owner
}

/// Whose the sheets are once it is decided who has the row, where nothing is stored but what tells of names. And the sheets that
/// are skipped.
fn settled(
    people: People,
    (rows, stored): (&[&StoredStudent], &ByStudent),
    sheets: Vec<AnswerSheet>,
) -> (
    HashMap<KnackRecordId, AnswerSheet>,
    Owners,
    Vec<KnackRecordId>,
) {
    let mut findings = Findings::default();
    let assigned = assign(sheets, &people, (rows, stored), &mut findings);
    let Assigned {
        mut sheets,
        mut owners,
    } = assigned;
    let (leftovers, answers) = (Leftovers::default(), KnownAnswers::default());
    let (students, _) = people.choose(rows, &leftovers, Some(&answers), &mut Findings::default());
    owners.leave(&mut sheets, &students, &mut findings);
    let skipped = findings.skipped().into_iter();
    let of_nobody = skipped.filter(|it| it.reason == SkipReason::NoStudent);
    let named = of_nobody.flat_map(|it| it.record_ids).collect();
    (sheets, owners, named)
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
    // Of Ben's record all may be known, or nothing, as where it cannot be read.
    for bens in [(2, "family", "Ben Other"), (2, "", "")] {
        let among = Among {
            students: &[(1, "family", "Ann Other")],
            skipped: &[bens],
            ..Among::default()
        };
        for (case, sheet, expected) in [
            ("his", ("family", "Ben Other", 2), 0),
            ("his, without a name", ("family", "", 2), 0),
            ("his, by the connection alone", ("", "", 2), 0),
            ("that, with another e-mail", ("nobody", "", 2), 0),
            ("his, by the name alone", ("family", "Ben Other", 0), 0),
            ("hers, by her own record", ("family", "", 1), 1),
            ("hers, by the name alone", ("family", "Ann Other", 0), 1),
        ] {
            assert_eq!(owner_among(among, sheet), expected, "{case}, {bens:?}");
        }
    }
}

/// Two people share an e-mail, one of whom is no student of this run; nothing on the sheet says whose it is.
#[test]
fn an_unsigned_sheet_is_nobodys_where_anything_tells_of_another_person_with_its_email() {
    const ANN: Person<'_> = (1, "family", "Ann Other");
    const BEN: Person<'_> = (2, "family", "Ben Other");
    let students = &[ANN];
    let alone = Among {
        students,
        ..Among::default()
    };
    let skipped = |skipped| Among { skipped, ..alone };
    let unanswered = |rows| Among { rows, ..alone };
    let rows = |rows| Among {
        rows_are_answered: true,
        ..unanswered(rows)
    };
    let sheets = |sheets| Among { sheets, ..alone };
    for (case, among, expected) in [
        ("nothing does", alone, 1),
        ("his record, which is skipped", skipped(&[BEN]), 0),
        (
            "a record of hers",
            skipped(&[(2, "family", "Annie Other")]),
            1,
        ),
        (
            "his record with another e-mail",
            skipped(&[(2, "ben", "Ben Other")]),
            1,
        ),
        (
            "a record that is nobody's",
            skipped(&[(2, "family", "")]),
            1,
        ),
        ("his row", rows(&[BEN]), 0),
        ("his row, without answers", unanswered(&[BEN]), 1),
        (
            "his row, in another spelling",
            rows(&[(2, "Family", "Ben Other")]),
            0,
        ),
        ("a row of hers", rows(&[(7, "family", "Ann Other")]), 1),
        (
            "her row, with the name before hers",
            rows(&[(1, "family", "Ben Other")]),
            1,
        ),
        ("his sheet", sheets(&[("family", "Ben Other", 0)]), 0),
        (
            "her sheet, with the name before hers",
            sheets(&[("family", "Ben Other", 1)]),
            1,
        ),
    ] {
        assert_eq!(owner_among(among, ("family", "", 0)), expected, "{case}");
        // Signed, it is hers all the same.
        assert_eq!(owner_among(among, ("family", "Ann Other", 0)), 1, "{case}");
        assert_eq!(owner_among(among, ("family", "", 1)), 1, "{case}");
    }
}

#[test]
fn a_name_that_may_be_that_of_either_says_nothing() {
    const JONATHAN: Person<'_> = (1, "family", "Jonathan Other");
    const JOANNA: Person<'_> = (2, "family", "Joanna Other");
    let both = Among {
        students: &[JONATHAN, JOANNA],
        ..Among::default()
    };
    let one = Among {
        students: &[JONATHAN],
        skipped: &[JOANNA],
        ..Among::default()
    };
    for among in [both, one] {
        for (sheet, expected) in [
            (("family", "Jo Other", 0), 0),
            (("family", "Jo Other", 1), 1),
            (("family", "Jo Other", 2), 0),
            (("family", "Jonathan Other", 0), 1),
            (("family", "Jonathan Other", 2), 0),
            (("family", "Joanna Other", 0), 0),
        ] {
            assert_eq!(owner_among(among, sheet), expected, "{sheet:?}");
        }
    }
}

#[test]
fn a_skipped_record_of_the_same_person_says_whose_a_sheet_is() {
    let among = Among {
        students: &[(1, "family", "Ann Other")],
        skipped: &[(2, "family", "Annie Other"), (3, "family", "Ben Other")],
        ..Among::default()
    };
    for (sheet, expected) in [
        (("family", "", 2), 1),
        (("family", "", 3), 0),
        (("family", "", 0), 0),
        (("family", "Ben Other", 2), 0),
    ] {
        assert_eq!(owner_among(among, sheet), expected, "{sheet:?}");
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
    let people = || People::of(vec![student((1, "ann", "Ann Other"))], [], &[]);
    let at = |record, hour| AnswerSheet {
        completed_at: DAY.at(hour, 0, 0, 0),
        ..sheet(record, ("ann", "Ann Other", 0))
    };
    for (case, sheets, expected) in [
        ("the later one", [at(11, 9), at(12, 14)], 12),
        ("the later one, read first", [at(11, 14), at(12, 9)], 11),
        ("at one time, the higher id", [at(12, 9), at(11, 9)], 12),
    ] {
        let (sheets, _, skipped) = settled(people(), (&[], &ByStudent::new()), sheets.to_vec());
        let kept: Vec<_> = sheets.values().map(|sheet| sheet.record_id).collect();
        assert_eq!(kept, [id(expected)], "{case}");
        assert_eq!(skipped, [], "{case}");
    }
}
