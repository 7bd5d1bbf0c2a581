//! Knack's students against Supabase's rows: what to insert, what to update, what to leave. Pure.

mod answers;
mod compare;
mod given_name;
mod known_answers;
mod leftovers;
mod matching;
mod newcomers;
mod people;
mod planned_answers;
mod sheets;

use std::collections::HashSet;

use sync_protocol::{KnackRecordId, PerTable, SkipReason, WarningCode};

pub(crate) use answers::{AnswerChange, compare_answers};
pub(crate) use compare::{
    Changed, Children, CommentChange, Compared, Context, Decision, ScoreChange, children_of_new,
    compare,
};
pub(crate) use known_answers::{BothSides, KnownAnswers};
pub(crate) use leftovers::Leftovers;
pub(crate) use newcomers::{
    RowsMet, WhoseRow, compare_met, refuse, settle_met, settle_plan, whose_row,
};

pub(crate) use people::{People, SkippedRecord};
#[cfg(test)]
pub(crate) use people::{Whose, tell_apart};
pub(crate) use planned_answers::{PlannedAnswers, answers_of_planned, plan_answers};
pub(crate) use sheets::{Assigned, FoundBy, Owners, assign};

use crate::domain::{Student, StudentColumn};
use crate::findings::Findings;
use crate::stored::StoredStudent;
pub(crate) use matching::MatchedBy;
use matching::{Match, match_rows};

/// The plan for one student.
pub(crate) struct Planned {
    /// As Knack holds it.
    pub(crate) student: Student,
    /// The stored row that is this student's, and how they differ; `None` for a student to insert.
    pub(crate) known: Option<Compared>,
    /// By which rule the row is this student's.
    pub(crate) matched: Option<MatchedBy>,
    /// The warning for a row that no student was matched with.
    pub(crate) odd: Option<OddRow>,
    /// The database will refuse the row: its new e-mail is stored elsewhere.
    pub(crate) is_refused: bool,
}

impl Planned {
    /// Whether the student's e-mail is one that no row of this school has yet.
    pub(crate) fn takes_email(&self) -> bool {
        let known = self.known.as_ref();
        known.is_none_or(|known| known.differing.contains(StudentColumn::Email))
    }
}

/// A row that nobody got and that looks like a student.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OddRow {
    /// It carries the record of a student without a row: the record names another pupil now.
    RecordReused,
    /// The student has another row.
    Twin,
}

/// The plan for a school.
pub(crate) struct Plan {
    /// One entry a student, by e-mail.
    pub(crate) students: Vec<Planned>,
    /// Rows that Knack does not hold.
    pub(crate) only_in_supabase: PerTable<u64>,
    /// Students whose e-mail's row is and stays another's, and the record that the row carries.
    pub(crate) held: Vec<(KnackRecordId, Option<KnackRecordId>)>,
}

impl Plan {
    /// How many rows there are to write, as far as that can be known before the first of them is written.
    pub(crate) fn rows_to_write(&self) -> u64 {
        let rows = |planned: &Planned| match &planned.known {
            Some(compared) => {
                usize::from(compared.differing.any()) + compared.children.rows_to_write()
            }
            None => 1 + planned.student.scores.len() + planned.student.comments.len(),
        };
        self.students.iter().map(rows).sum::<usize>() as u64
    }
}

/// Decides about every student. Of `students` there is [one an e-mail](People::choose).
pub(crate) fn reconcile(
    students: Vec<Student>,
    stored: &[StoredStudent],
    context: Context<'_>,
    findings: &mut Findings,
) -> Plan {
    let found = match_rows(&students, stored, context);
    let (mut settled, mut matched) = (Vec::with_capacity(students.len()), HashSet::new());
    let mut held = Vec::new();
    for (student, found) in students.into_iter().zip(found) {
        match found {
            Match::Row(row, by) => {
                matched.insert(row);
                settled.push((student, Some((&stored[row], by))));
            }
            Match::Nothing => settled.push((student, None)),
            Match::Held(row) => {
                let row = &stored[row];
                held.push((student.record_id, row.knack_id.id()));
                skip_other_student(&student, row, findings);
            }
        }
    }
    let leftover: Vec<&StoredStudent> = (0..stored.len())
        .filter(|index| !matched.contains(index))
        .map(|index| &stored[index])
        .collect();
    let odd = report_odd_rows(&settled, &leftover, findings);

    let mut only_in_supabase = PerTable::default();
    for row in leftover {
        only_in_supabase.students += 1;
        only_in_supabase.vespa_scores += row.scores.len() as u64;
        only_in_supabase.comments += row.comments.len() as u64;
    }
    let plan = |((student, row), odd): ((Student, Option<Found<'_>>), Option<OddRow>)| {
        let matched = row.map(|(_, by)| by);
        let known = row.map(|(row, _)| compare(&student, row, context, findings));
        if let Some(known) = &known {
            only_in_supabase.vespa_scores += known.children.scores.only_in_supabase;
            only_in_supabase.comments += known.children.comments.only_in_supabase;
        }
        Planned {
            student,
            known,
            matched,
            odd,
            is_refused: false,
        }
    };
    let students = settled.into_iter().zip(odd).map(plan).collect();
    Plan {
        students,
        only_in_supabase,
        held,
    }
}

/// A student whose e-mail is that of another student's row. Both are named: one by the skip, the other by the warning.
pub(crate) fn skip_other_student(student: &Student, row: &StoredStudent, findings: &mut Findings) {
    findings.skip(SkipReason::EmailOfAnotherStudent, student.record_id);
    // A row from before there was a record has none to name.
    let owner = row.knack_id.id().unwrap_or(student.record_id);
    findings.warn(WarningCode::EmailOfAnotherStudent, owner);
}

/// A student's row, and the rule by which it is.
type Found<'a> = (&'a StoredStudent, MatchedBy);

/// Rows that look like a student who was matched elsewhere.
fn report_odd_rows(
    students: &[(Student, Option<Found<'_>>)],
    leftover: &[&StoredStudent],
    findings: &mut Findings,
) -> Vec<Option<OddRow>> {
    let leftover_ids: HashSet<KnackRecordId> = leftover
        .iter()
        .filter_map(|row| row.knack_id.id())
        .collect();
    let leftover_emails: HashSet<&str> = leftover
        .iter()
        .map(|row| row.lower_email.as_str())
        .collect();
    let odd = |(student, row): &(Student, Option<Found<'_>>)| {
        let same_id = leftover_ids.contains(&student.record_id);
        let same_email = leftover_emails.contains(student.email.as_str());
        match row {
            None if same_id => {
                findings.warn(WarningCode::RecordReused, student.record_id);
                Some(OddRow::RecordReused)
            }
            Some(_) if same_id || same_email => {
                findings.warn(WarningCode::TwinRows, student.record_id);
                Some(OddRow::Twin)
            }
            None | Some(_) => None,
        }
    };
    students.iter().map(odd).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Details, Email};
    use jiff::civil::{Date, date};
    use serde_json::json;
    use uuid::Uuid;

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

    fn in_capitals(mut row: StoredStudent) -> StoredStudent {
        let record = row.knack_id.id().unwrap();
        row.knack_id = Some(record.to_string().to_uppercase()).into();
        row
    }

    fn without_record(mut row: StoredStudent) -> StoredStudent {
        row.knack_id = None.into();
        row
    }

    fn warned(findings: &Findings) -> Vec<(WarningCode, Vec<KnackRecordId>)> {
        let warnings = findings.warnings().into_iter();
        warnings.map(|it| (it.code, it.record_ids)).collect()
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
            (
                "the same, in capitals",
                student("new", 1, "Ben", today),
                vec![in_capitals(row(1, "ann", 1, "Ann"))],
                1,
                Some(WarningCode::RecordReused),
            ),
            (
                "a row without a record beside one",
                student("new", 1, "Ben", today),
                vec![without_record(row(1, "ann", 1, "Ann"))],
                1,
                None,
            ),
        ] {
            let (leftovers, whose) = (Leftovers::default(), Whose::default());
            let mut findings = Findings::default();
            let answers = KnownAnswers::default();
            let context = Context {
                leftovers: &leftovers,
                whose: &whose,
                answers: Some(&answers),
                today,
                kept: crate::domain::StudentColumns::default(),
            };
            let plan = reconcile(vec![student], &stored, context, &mut findings);
            assert_eq!(plan.only_in_supabase.students, only_in_supabase, "{case}");
            let expected = warning.map(|code| (code, vec![id(1)]));
            assert_eq!(warned(&findings), Vec::from_iter(expected), "{case}");
        }
    }
}
