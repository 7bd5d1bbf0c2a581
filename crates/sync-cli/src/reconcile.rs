//! Knack's students against Supabase's rows: what to insert, what to update, what to leave. Pure.

mod compare;
mod matching;

use std::collections::HashSet;

use jiff::civil::Date;
use sync_protocol::{KnackRecordId, PerTable, SkipReason, WarningCode};

pub(crate) use compare::{
    Changed, Children, Compared, Context, Leftovers, ScoreChange, children_of_new, compare,
};

use crate::domain::Student;
use crate::findings::Findings;
use crate::stored::StoredStudent;

/// What to do about one student.
pub(crate) struct Planned {
    /// As Knack holds it.
    pub(crate) student: Student,
    /// The stored row that is this student's, and how they differ; `None` for a student to insert.
    pub(crate) known: Option<Compared>,
}

/// What to do about a school.
pub(crate) struct Plan {
    /// One entry a student, by e-mail.
    pub(crate) students: Vec<Planned>,
    /// Rows that Knack does not hold.
    pub(crate) only_in_supabase: PerTable<u64>,
}

impl Plan {
    /// How many rows there are to write, as far as that can be known before the first of them is written.
    pub(crate) fn rows_to_write(&self) -> u64 {
        let rows = |planned: &Planned| match &planned.known {
            Some(compared) => usize::from(compared.changed) + compared.children.rows_to_write(),
            None => 1 + planned.student.scores.len() + planned.student.comments.len(),
        };
        self.students.iter().map(rows).sum::<usize>() as u64
    }
}

/// Two records with one e-mail are one student: the one completed last (docs/knack-and-dashboard.md, "Identity").
pub(crate) fn deduplicate(mut students: Vec<Student>, findings: &mut Findings) -> Vec<Student> {
    students.sort_by(|a, b| (&a.email, rank(b)).cmp(&(&b.email, rank(a))));
    let mut warned = None;
    students.dedup_by(|next, kept| {
        let is_double = next.email == kept.email;
        if is_double {
            findings.skip(SkipReason::DuplicateEmail, next.record_id);
            // Once an e-mail, of whichever record is used, however many there are.
            if warned.replace(kept.record_id) != Some(kept.record_id) {
                findings.warn(WarningCode::DuplicateEmail, kept.record_id);
            }
        }
        is_double
    });
    students
}

/// Later is higher; ids break ties, so that every run decides alike.
fn rank(student: &Student) -> (Date, KnackRecordId) {
    (student.completed_on, student.record_id)
}

/// Decides about every student. `students` have been [deduplicated](deduplicate).
pub(crate) fn reconcile(
    students: Vec<Student>,
    stored: &[StoredStudent],
    context: Context<'_>,
    findings: &mut Findings,
) -> Plan {
    let rows = matching::match_rows(&students, stored);
    let matched: HashSet<usize> = rows.iter().flatten().copied().collect();
    let leftover: Vec<&StoredStudent> = (0..stored.len())
        .filter(|index| !matched.contains(index))
        .map(|index| &stored[index])
        .collect();
    report_odd_rows(&students, &leftover, &rows, findings);

    let mut only_in_supabase = PerTable::default();
    for row in leftover {
        only_in_supabase.students += 1;
        only_in_supabase.vespa_scores += row.scores.len() as u64;
        only_in_supabase.comments += row.comments.len() as u64;
    }
    let plan = |(student, row): (Student, Option<usize>)| {
        let known = row.map(|row| compare(&student, &stored[row], context, findings));
        if let Some(known) = &known {
            only_in_supabase.vespa_scores += known.children.scores.only_in_supabase;
            only_in_supabase.comments += known.children.comments.only_in_supabase;
        }
        Planned { student, known }
    };
    let students = students.into_iter().zip(rows).map(plan).collect();
    Plan {
        students,
        only_in_supabase,
    }
}

/// Rows that look like a student who was matched elsewhere.
fn report_odd_rows(
    students: &[Student],
    leftover: &[&StoredStudent],
    rows: &[Option<usize>],
    findings: &mut Findings,
) {
    let leftover_ids: HashSet<&str> = leftover.iter().map(|row| row.knack_id.as_str()).collect();
    let leftover_emails: HashSet<&str> = leftover
        .iter()
        .map(|row| row.lower_email.as_str())
        .collect();
    for (student, row) in students.iter().zip(rows) {
        let same_id = leftover_ids.contains(student.record_id.as_str());
        let same_email = leftover_emails.contains(student.email.as_str());
        match row {
            None if same_id => findings.warn(WarningCode::RecordReused, student.record_id),
            Some(_) if same_id || same_email => {
                findings.warn(WarningCode::TwinRows, student.record_id);
            }
            None | Some(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::domain::{Details, Email};

    fn id(n: u8) -> KnackRecordId {
        format!("61680fc13a0bfd001e8ca3{n:02x}").parse().unwrap()
    }

    fn student(email: &str, record: u8, name: &str, completed_on: Date) -> Student {
        Student {
            record_id: id(record),
            email: Email::parse(&format!("{email}@x.test")).unwrap(),
            details: Details {
                name: name.to_owned(),
                ..Details::default()
            },
            current_cycle: None,
            completed_on,
            scores: Vec::new(),
            comments: Vec::new(),
        }
    }

    fn row(number: u128, email: &str, record: u8, name: &str) -> StoredStudent {
        let scores = json!([{"cycle": 1, "vision": 1, "effort": 1, "systems": 1, "practice": 1, "attitude": 1,
                             "overall": 1, "completion_date": null}]);
        serde_json::from_value(json!({
            "id": Uuid::from_u128(number), "establishment_id": null, "knack_id": id(record),
            "email": format!("{email}@x.test"), "name": name, "year_group": null, "course": null, "faculty": null,
            "group": null, "gender": null, "created_at": null, "vespa_scores": scores, "student_comments": [],
        }))
        .unwrap()
    }

    fn warned(findings: &Findings) -> Vec<(WarningCode, Vec<KnackRecordId>)> {
        let warnings = findings.warnings().into_iter();
        warnings.map(|it| (it.code, it.record_ids)).collect()
    }

    #[test]
    fn of_records_with_one_email_the_one_completed_last_counts_whatever_their_order() {
        let (early, late) = (date(2026, 9, 1), date(2026, 10, 1));
        let records = [
            student("ann", 1, "Ann", early),
            student("ann", 2, "Ann", late),
            student("ann", 3, "Ann", early),
            student("bob", 4, "Bob", early),
        ];
        for turn in 0..records.len() {
            let mut records = records.to_vec();
            records.rotate_left(turn);
            let mut findings = Findings::default();
            let kept = deduplicate(records, &mut findings);
            let kept: Vec<KnackRecordId> = kept.iter().map(|it| it.record_id).collect();
            assert_eq!(kept, [id(2), id(4)]);
            assert_eq!(
                warned(&findings),
                [(WarningCode::DuplicateEmail, vec![id(2)])]
            );
            assert_eq!(findings.skipped()[0].count, 2);
        }
    }

    #[test]
    fn rows_that_nobody_got_are_counted_and_those_that_look_like_somebody_are_named() {
        let today = date(2026, 11, 23);
        for (case, student, stored, only_in_supabase, warning) in [
            (
                "nobody's row",
                student("ann", 1, "Ann", today),
                vec![row(1, "old", 9, "Old")],
                1,
                None,
            ),
            (
                "its own row",
                student("ann", 1, "Ann", today),
                vec![row(1, "ann", 1, "Ann")],
                0,
                None,
            ),
            (
                "a second row of the same record",
                student("ann", 1, "Ann", today),
                vec![row(1, "ann", 2, "Ann"), row(2, "old", 1, "Ann")],
                1,
                Some(WarningCode::TwinRows),
            ),
            (
                "a second row of the same e-mail",
                student("ann", 1, "Ann", today),
                vec![row(1, "ann", 1, "Ann"), row(2, "Ann", 9, "Ann")],
                1,
                Some(WarningCode::TwinRows),
            ),
            (
                "a record that now is another pupil's",
                student("new", 1, "Ben", today),
                vec![row(1, "ann", 1, "Ann")],
                1,
                Some(WarningCode::RecordReused),
            ),
        ] {
            let (leftovers, mut findings) = (Leftovers::default(), Findings::default());
            let context = Context {
                leftovers: &leftovers,
                today,
            };
            let plan = reconcile(vec![student], &stored, context, &mut findings);
            assert_eq!(plan.only_in_supabase.students, only_in_supabase, "{case}");
            let expected = warning.map(|code| (code, vec![id(1)]));
            assert_eq!(warned(&findings), Vec::from_iter(expected), "{case}");
        }
    }
}
