//! Whose rows one table refused, and whether it refuses the school's as a whole: a verdict that must be the same however
//! many of the good rows an earlier run has saved. So a row that is stored as Knack has it counts like one that was just saved:
//! both show that the table takes rows, unless it refuses even to be given that stored row again. Pure.

use std::collections::{BTreeMap, HashSet};

use supabase_client::{SchemaPart, SqlState, SupabaseError};
use sync_protocol::KnackRecordId;

/// Fewer refused students than this are always the fault of their own rows.
pub(super) const ENOUGH_STUDENTS: usize = 8;

/// Why rows were refused: a code, and what of the schema it is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Refusal {
    /// Empty where the answer had none.
    pub(crate) code: SqlState,
    /// The column, key or length, where it is known and the same for all rows.
    pub(crate) part: SchemaPart,
    /// The status with which something before the database refused it, if it was not the database.
    pub(crate) blocked: Option<u16>,
}

impl Refusal {
    /// The reason that an answer gives for refusing a single row.
    pub(super) fn of(error: &SupabaseError) -> Self {
        match error {
            SupabaseError::RowRefused { code, part }
            | SupabaseError::Refused { code, part, .. } => Self {
                code: *code,
                part: part.clone(),
                blocked: None,
            },
            SupabaseError::ServerFault { code, .. }
            | SupabaseError::Unavailable { code, .. }
            | SupabaseError::KeyRefused { code, .. } => Self {
                code: *code,
                ..Self::default()
            },
            SupabaseError::Blocked { status } => Self {
                blocked: Some(*status),
                ..Self::default()
            },
            SupabaseError::KeptFailing(last) => Self::of(last),
            _ => Self::default(),
        }
    }
}

impl Refusal {
    /// Whether an answer refuses a row for the same reason, whatever column or key it names.
    pub(super) fn is_the_same(&self, error: &SupabaseError) -> bool {
        let other = Self::of(error);
        other != Self::default() && (self.code, self.blocked) == (other.code, other.blocked)
    }
}

/// The rows of one table in one run, by student: a student counts once, however many rows it has and whichever run wrote
/// them.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Those with rows in this table, stored or to be.
    students: usize,
    /// Whose rows were refused, one entry a row.
    refused_rows: Vec<KnackRecordId>,
    refused: HashSet<KnackRecordId>,
    /// Those of them whose rows were not refused for good: that says nothing about the table.
    held: HashSet<KnackRecordId>,
    by_reason: BTreeMap<(SqlState, Option<u16>), (SchemaPart, HashSet<KnackRecordId>)>,
}

impl Tally {
    pub(super) fn expect(&mut self, students: usize) {
        self.students += students;
    }

    /// One that was expected has its row at another school.
    pub(super) fn leave(&mut self) {
        self.students = self.students.saturating_sub(1);
    }

    pub(super) fn refuse(&mut self, record: KnackRecordId, refusal: &Refusal) {
        self.refused_rows.push(record);
        self.refused.insert(record);
        let (part, students) = self
            .by_reason
            .entry((refusal.code, refusal.blocked))
            .or_insert_with(|| (refusal.part.clone(), HashSet::new()));
        if *part != refusal.part {
            *part = SchemaPart::Unnamed;
        }
        students.insert(record);
    }

    /// A row that is not saved although it may well be good: somebody holds it, or it was not tried.
    pub(super) fn refuse_for_now(&mut self, record: KnackRecordId) {
        self.refused_rows.push(record);
        self.refused.insert(record);
        self.held.insert(record);
    }

    pub(super) fn is_refused(&self, record: KnackRecordId) -> bool {
        self.refused.contains(&record)
    }

    /// Whether a row of this student was not saved although it may well be good.
    pub(super) fn is_held(&self, record: KnackRecordId) -> bool {
        self.held.contains(&record)
    }

    /// Whose rows were refused, one entry a row.
    pub(super) fn refused_rows(&self) -> &[KnackRecordId] {
        &self.refused_rows
    }

    /// Whether so many students, refused or not yet written, are most of the table's.
    pub(super) fn are_most(&self, students: usize) -> bool {
        students >= ENOUGH_STUDENTS && students > self.students / 2
    }

    /// Why the table refuses this school's rows, if it does: most students were refused, or would be if `more` were.
    pub(super) fn failure_with(&self, more: usize) -> Option<Refusal> {
        let refused = self.refused.difference(&self.held).count();
        (refused > 0 && self.are_most(refused + more)).then(|| self.commonest().0)
    }

    /// The same of those refused so far.
    pub(super) fn failure(&self) -> Option<Refusal> {
        self.failure_with(0)
    }

    /// Why, in the end, the table is taken to refuse this school's rows although they are few: nothing shows that it takes any.
    pub(super) fn failure_in_the_end(&self, takes_rows: bool) -> Option<Refusal> {
        let takes_none = || self.suspicion(ENOUGH_STUDENTS).filter(|_| !takes_rows);
        self.failure().or_else(takes_none)
    }

    /// The reason for which at least so many students were refused.
    pub(super) fn suspicion(&self, students: usize) -> Option<Refusal> {
        let (refusal, refused) = self.commonest();
        (refused >= students).then_some(refusal)
    }

    /// The reason for which most students were refused, and how many.
    fn commonest(&self) -> (Refusal, usize) {
        let reasons = self.by_reason.iter();
        let most = reasons.max_by_key(|(_, (_, students))| students.len());
        most.map(|((code, blocked), (part, students))| {
            let refusal = Refusal {
                code: *code,
                part: part.clone(),
                blocked: *blocked,
            };
            (refusal, students.len())
        })
        .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn student(n: usize) -> KnackRecordId {
        format!("{n:024x}").parse().unwrap()
    }

    /// Codes can only be made by the client, from answers; its empty one and a part distinguish refusals here.
    fn refusal(part: SchemaPart) -> Refusal {
        Refusal {
            part,
            ..Refusal::default()
        }
    }

    fn tally(students: usize, refused: usize) -> Tally {
        let mut tally = Tally::default();
        tally.expect(students);
        for n in 0..refused {
            tally.refuse(student(n), &Refusal::default());
        }
        tally
    }

    #[test]
    fn more_than_half_of_the_students_fail_a_table_if_they_are_eight() {
        for (students, refused, is_failed) in [
            (7, 7, false),
            (8, 8, true),
            (15, 8, true),
            (16, 8, false),
            (16, 9, true),
            (465, 20, false),
            (465, 232, false),
            (465, 233, true),
            (465, 465, true),
        ] {
            let failure = tally(students, refused).failure();
            assert_eq!(failure.is_some(), is_failed, "{refused} of {students}");
        }
    }

    #[test]
    fn few_fail_a_table_in_the_end_if_they_are_eight_and_it_takes_no_others() {
        for (refused, takes_rows, is_failed) in [
            (7, false, false),
            (8, false, true),
            (8, true, false),
            (300, true, true),
        ] {
            let failure = tally(465, refused).failure_in_the_end(takes_rows);
            assert_eq!(failure.is_some(), is_failed, "{refused}, {takes_rows}");
        }
    }

    #[test]
    fn what_is_likely_to_be_refused_counts_if_anything_was_and_what_is_held_does_not() {
        assert_eq!(tally(465, 100).failure_with(132), None);
        assert!(tally(465, 100).failure_with(133).is_some());
        assert_eq!(tally(465, 0).failure_with(465), None);
        let mut held = tally(20, 10);
        held.refuse_for_now(student(19));
        assert_eq!(held.failure(), None);
        assert!(held.is_held(student(19)) && held.is_refused(student(19)));
    }

    #[test]
    fn a_student_counts_once_and_every_row_is_named() {
        let mut tally = tally(8, 7);
        for _ in 0..5 {
            tally.refuse(student(0), &Refusal::default());
        }
        assert_eq!(tally.failure(), None);
        assert_eq!(tally.refused_rows().len(), 12);
        assert!(tally.is_refused(student(0)) && !tally.is_refused(student(7)));
    }

    #[test]
    fn students_held_by_other_schools_are_not_part_of_the_whole() {
        let mut tally = tally(16, 8);
        assert_eq!(tally.failure(), None);
        tally.leave();
        assert_eq!(tally.failure(), Some(Refusal::default()));
    }

    #[test]
    fn a_suspicion_needs_so_many_students_refused_for_one_reason() {
        assert_eq!(tally(465, 7).suspicion(8), None);
        assert_eq!(tally(465, 8).suspicion(8), Some(Refusal::default()));
        assert_eq!(tally(465, 23).suspicion(24), None);
    }

    #[test]
    fn a_part_is_named_only_if_all_refusals_name_it() {
        let length = |most| refusal(SchemaPart::Length(most));
        for (parts, expected) in [
            ([50; 8], length(50)),
            (
                [50, 50, 50, 100, 50, 50, 50, 50],
                refusal(SchemaPart::Unnamed),
            ),
        ] {
            let mut tally = Tally::default();
            tally.expect(8);
            for (n, most) in parts.into_iter().enumerate() {
                tally.refuse(student(n), &length(most));
            }
            assert_eq!(tally.failure(), Some(expected));
        }
    }
}
