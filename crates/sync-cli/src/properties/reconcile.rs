//! Whatever both sides hold, one refresh settles it: no row is given to two students, no conflict key appears twice in what is
//! sent, and a second refresh finds nothing to do.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::domain::{Cycle, Details, Email, Score, Scores, Student};
use crate::findings::Findings;
use crate::reconcile::{
    Children, Context, KnownAnswers, Leftovers, Plan, Whose, children_of_new, reconcile, tell_apart,
};
use crate::stored::{Label, NamedEmail, StoredScores, StoredStudent};
use jiff::ToSpan;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::json;
use uuid::Uuid;

pub(super) const TODAY: Date = date(2026, 11, 23);

fn record_id(n: u8) -> String {
    format!("61680fc13a0bfd001e8ca3{n:02x}")
}

fn scores() -> impl Strategy<Value = Scores> {
    (1_i64..3).prop_map(|n| {
        Scores::from_array([
            Some(Score::try_from(n).unwrap()),
            None,
            None,
            None,
            None,
            None,
        ])
    })
}

fn days() -> impl Strategy<Value = Date> {
    (0_i64..60).prop_map(|ago| TODAY.saturating_add(2.days()).saturating_sub(ago.days()))
}

fn cycles<T: std::fmt::Debug>(
    value: impl Strategy<Value = T>,
) -> impl Strategy<Value = Vec<(Cycle, T)>> {
    prop::collection::btree_map(1_i64..=3, value, 0..=3).prop_map(|map| {
        map.into_iter()
            .map(|(cycle, value)| (Cycle::try_from(cycle).unwrap(), value))
            .collect()
    })
}

/// E-mail, name, completion date, scores, current cycle. Plain values, since students cannot be printed.
pub(super) type StudentSeed = (u8, u8, Date, Vec<(Cycle, Scores)>, Option<i64>);

/// E-mail, whether it has a capital, record, name, scores with their dates.
pub(super) type RowSeed = (u8, bool, u8, u8, Vec<(Cycle, (Scores, Option<Date>))>);

pub(super) fn student_seeds() -> impl Strategy<Value = Vec<StudentSeed>> {
    let seed = (
        0_u8..5,
        0_u8..3,
        days(),
        cycles(scores()),
        prop::option::of(1_i64..=3),
    );
    prop::collection::vec(seed, 0..6)
}

pub(super) fn row_seeds() -> impl Strategy<Value = Vec<RowSeed>> {
    let seed = (
        0_u8..5,
        any::<bool>(),
        0_u8..6,
        0_u8..3,
        cycles((scores(), prop::option::of(days()))),
    );
    prop::collection::vec(seed, 0..7)
}

pub(super) fn students(seeds: Vec<StudentSeed>) -> Vec<Student> {
    let student = |(n, (email, name, completed_on, scores, current)): (u8, StudentSeed)| Student {
        record_id: record_id(n).parse().unwrap(),
        email: Email::parse(&format!("e{email}@example.test")).unwrap(),
        details: Details {
            name: ["", "Ann", "Ben"][usize::from(name)].to_owned(),
            ..Details::default()
        },
        current_cycle: current.map(|cycle| Cycle::try_from(cycle).unwrap()),
        completed_on,
        scores,
        comments: Vec::new(),
    };
    (0..).zip(seeds).map(student).collect()
}

/// As the database would hold them: each e-mail once, byte for byte.
pub(super) fn stored(seeds: Vec<RowSeed>) -> Vec<StoredStudent> {
    let mut emails = HashSet::new();
    let mut stored = Vec::new();
    for (n, (email, is_upper, knack, name, scores)) in (0_u128..).zip(seeds) {
        let email = format!("{}{email}@example.test", if is_upper { "E" } else { "e" });
        if emails.insert(email.clone()) {
            let mut row = stored_student(Uuid::from_u128(n + 1), &email, &record_id(knack));
            ["", "Ann", "Ben"][usize::from(name)].clone_into(&mut row.details.name);
            let scores = scores
                .into_iter()
                .map(|(cycle, (scores, completion_date))| StoredScores {
                    cycle,
                    scores,
                    completion_date,
                    label: Label::Unread,
                    student_email: NamedEmail::Unread,
                });
            row.scores = scores.collect();
            stored.push(row);
        }
    }
    stored
}

fn stored_student(id: Uuid, email: &str, knack_id: &str) -> StoredStudent {
    serde_json::from_value(json!({
        "id": id, "establishment_id": null, "knack_id": knack_id, "email": email, "name": null,
        "year_group": null, "course": null, "faculty": null, "group": null, "gender": null, "created_at": null,
        "vespa_scores": [], "student_comments": [],
    }))
    .unwrap()
}

fn plan(students: Vec<Student>, stored: &[StoredStudent]) -> (Plan, Whose) {
    let (leftovers, mut findings) = (Leftovers::default(), Findings::default());
    let (students, whose) = tell_apart(students, [], stored, &mut findings);
    let plan = reconcile(students, stored, context(&leftovers, &whose), &mut findings);
    (plan, whose)
}

fn context<'a>(leftovers: &'a Leftovers, whose: &'a Whose) -> Context<'a> {
    static NONE: LazyLock<KnownAnswers> = LazyLock::new(KnownAnswers::default);
    Context {
        leftovers,
        whose,
        answers: Some(&NONE),
        today: TODAY,
        kept: crate::domain::StudentColumns::default(),
    }
}

/// What the database holds after the plan was written.
pub(super) fn apply(
    (plan, whose): (Plan, &Whose),
    mut stored: Vec<StoredStudent>,
) -> Vec<StoredStudent> {
    let leftovers = Leftovers::default();
    let places = stored.iter().zip(0..).map(|(row, place)| (row.id, place));
    let places: HashMap<Uuid, usize> = places.collect();
    for planned in plan.students {
        let record = planned.student.record_id.to_string();
        if let Some(known) = planned.known {
            let row = &mut stored[places[&known.id]];
            if known.differing.any() {
                row.knack_id = planned.student.record_id.into();
                row.email = known.email;
                row.lower_email = row.email.to_lowercase();
                row.details.name = known.details.name;
            }
            apply_scores(row, &known.children);
        } else {
            let (student, findings) = (&planned.student, &mut Findings::default());
            let id = Uuid::from_u128(1_000 + stored.len() as u128);
            let mut row = stored_student(id, student.email.as_str(), &record);
            row.details.name.clone_from(&student.details.name);
            apply_scores(
                &mut row,
                &children_of_new(student, context(&leftovers, whose), findings),
            );
            stored.push(row);
        }
    }
    stored
}

fn apply_scores(row: &mut StoredStudent, children: &Children) {
    for change in children
        .scores
        .inserted
        .iter()
        .chain(&children.scores.updated)
    {
        row.scores.retain(|scores| scores.cycle != change.cycle);
        row.scores.push(StoredScores {
            cycle: change.cycle,
            scores: change.scores,
            completion_date: Some(change.completion_date),
            label: Label::Unread,
            student_email: NamedEmail::Unread,
        });
    }
}

proptest! {
    #[test]
    fn a_stored_row_is_matched_at_most_once(students in student_seeds(), stored in row_seeds()) {
        let (students, stored) = (self::students(students), self::stored(stored));
        let (plan, _) = plan(students, &stored);
        let ids: Vec<Uuid> = plan.students.iter().filter_map(|one| Some(one.known.as_ref()?.id)).collect();
        prop_assert_eq!(ids.iter().collect::<HashSet<_>>().len(), ids.len());
        prop_assert_eq!(plan.only_in_supabase.students, (stored.len() - ids.len()) as u64);
    }

    #[test]
    fn no_conflict_key_is_stored_twice(students in student_seeds(), stored in row_seeds()) {
        let (students, stored) = (self::students(students), self::stored(stored));
        let (plan, whose) = plan(students, &stored);
        let stored = apply((plan, &whose), stored);
        let emails: HashSet<&str> = stored.iter().map(|row| row.email.as_str()).collect();
        prop_assert_eq!(emails.len(), stored.len());
        for row in &stored {
            let cycles: HashSet<Cycle> = row.scores.iter().map(|scores| scores.cycle).collect();
            prop_assert_eq!(cycles.len(), row.scores.len());
        }
    }

    #[test]
    fn a_second_refresh_finds_nothing_to_do(students in student_seeds(), stored in row_seeds()) {
        let (students, stored) = (self::students(students), self::stored(stored));
        let (first, whose) = plan(students.clone(), &stored);
        let stored = apply((first, &whose), stored);
        for planned in plan(students, &stored).0.students {
            let known = planned.known.expect("everybody who gets a row has one now");
            prop_assert!(!known.differing.any());
            prop_assert!(known.children.scores.inserted.is_empty());
            prop_assert!(known.children.scores.updated.is_empty());
        }
    }

    #[test]
    fn one_email_is_one_student(students in student_seeds(), stored in row_seeds()) {
        let (students, stored) = (self::students(students), self::stored(stored));
        let mut findings = Findings::default();
        let (once, _) = tell_apart(students.clone(), [], &stored, &mut findings);
        let emails: HashSet<&Email> = once.iter().map(|student| &student.email).collect();
        prop_assert_eq!(emails.len(), once.len());
        let (twice, _) = tell_apart(once.clone(), [], &stored, &mut findings);
        prop_assert!(twice == once);
    }

    #[test]
    fn nobody_shows_anothers_scores(knack in prop::collection::vec(family_seeds(), 1..5)) {
        let mut rows = Vec::new();
        for seeds in knack {
            let (plan, whose) = plan(family(seeds), &rows);
            rows = apply((plan, &whose), rows);
            for row in &rows {
                let own = score_of(&row.details.name);
                for scores in &row.scores {
                    prop_assert_eq!(scores.scores.vision.map(i64::from), Some(own));
                }
            }
        }
    }
}

/// E-mail, completion date, cycles, current cycle; nothing of somebody who is not there.
type MemberSeed = Option<(u8, Date, Vec<(Cycle, ())>, Option<i64>)>;

/// What Knack holds of three people at one moment: each has a name, a record and scores of their own, some are absent, and
/// e-mails go from hand to hand.
fn family_seeds() -> impl Strategy<Value = [MemberSeed; 3]> {
    let member = || {
        let known = (
            0_u8..3,
            days(),
            cycles(Just(())),
            prop::option::of(1_i64..=3),
        );
        prop::option::of(known)
    };
    [member(), member(), member()]
}

fn family(seeds: [MemberSeed; 3]) -> Vec<Student> {
    let member = |((n, name), seed): ((u8, &str), MemberSeed)| {
        let (email, completed_on, answered, current) = seed?;
        let vision = Score::try_from(score_of(name)).ok();
        let scores = Scores::from_array([vision, None, None, None, None, None]);
        Some(Student {
            record_id: record_id(n).parse().unwrap(),
            email: Email::parse(&format!("e{email}@example.test")).unwrap(),
            details: Details {
                name: name.to_owned(),
                ..Details::default()
            },
            current_cycle: current.map(|cycle| Cycle::try_from(cycle).unwrap()),
            completed_on,
            scores: answered
                .into_iter()
                .map(|(cycle, ())| (cycle, scores))
                .collect(),
            comments: Vec::new(),
        })
    };
    (0..)
        .zip(["Ann", "Ben", "Cyd"])
        .zip(seeds)
        .filter_map(member)
        .collect()
}

fn score_of(name: &str) -> i64 {
    match name {
        "Ann" => 1,
        "Ben" => 2,
        _ => 3,
    }
}
