//! What became of one table's rows, and whether the table as a whole refuses them: the verdict on a run must be the same
//! however many of the good rows an earlier run has saved. Pure.

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
}

impl Refusal {
    /// What an answer says of a single row.
    pub(super) fn of(error: &SupabaseError) -> Self {
        match error {
            SupabaseError::RowRefused { code, part } => Self {
                code: *code,
                part: part.clone(),
            },
            SupabaseError::ServerFault { code, .. } => Self {
                code: *code,
                part: SchemaPart::Unnamed,
            },
            _ => Self::default(),
        }
    }
}

/// Whether a table takes this school's rows.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is wrong with the table, as far as can be said.
    Fine,
    /// Eight students were refused for one reason and none was saved: a row known to be good has to decide.
    AskControl(Refusal),
    /// The table refuses this school's rows.
    Failed(Refusal),
}

/// The rows of one table in one run.
#[derive(Debug, Default)]
pub(super) struct Tally {
    /// Stored already, and equal.
    unchanged: u64,
    saved: u64,
    /// At most so many may still be saved.
    to_come: u64,
    /// Whose rows were refused, one entry a row.
    refused_rows: Vec<KnackRecordId>,
    students: HashSet<KnackRecordId>,
    by_code: BTreeMap<SqlState, (SchemaPart, HashSet<KnackRecordId>)>,
    control_passed: bool,
}

impl Tally {
    pub(super) fn add_unchanged(&mut self, rows: u64) {
        self.unchanged += rows;
    }

    pub(super) fn expect(&mut self, rows: u64) {
        self.to_come += rows;
    }

    pub(super) fn save(&mut self, rows: u64) {
        self.saved += rows;
        self.to_come = self.to_come.saturating_sub(rows);
    }

    pub(super) fn refuse(&mut self, record: KnackRecordId, refusal: &Refusal) {
        self.to_come = self.to_come.saturating_sub(1);
        self.refused_rows.push(record);
        self.students.insert(record);
        let (part, students) = self
            .by_code
            .entry(refusal.code)
            .or_insert_with(|| (refusal.part.clone(), HashSet::new()));
        if *part != refusal.part {
            *part = SchemaPart::Unnamed;
        }
        students.insert(record);
    }

    /// A row that is stored already could be written again: what is refused are bad rows.
    pub(super) fn pass_control(&mut self) {
        self.control_passed = true;
    }

    /// Whether nothing was saved yet and nothing is known of the table.
    pub(super) fn is_unproven(&self) -> bool {
        self.saved == 0 && !self.control_passed
    }

    pub(super) fn saved(&self) -> u64 {
        self.saved
    }

    pub(super) fn is_refused(&self, record: KnackRecordId) -> bool {
        self.students.contains(&record)
    }

    /// Whose rows were refused, one entry a row.
    pub(super) fn refused_rows(&self) -> &[KnackRecordId] {
        &self.refused_rows
    }

    /// While rows are still to come: whether it is certain already that the table has failed.
    pub(super) fn verdict(&self) -> Verdict {
        self.judge(self.to_come)
    }

    /// When all phases are over: rows that were expected and never came are neither saved nor refused.
    pub(super) fn last_verdict(&self) -> Verdict {
        self.judge(0)
    }

    fn judge(&self, to_come: u64) -> Verdict {
        let refused = self.students.len();
        let others = self.unchanged + self.saved + to_come;
        if refused >= ENOUGH_STUDENTS && refused as u64 > others {
            return Verdict::Failed(self.commonest());
        }
        let commonest = self.by_code.values().map(|(_, students)| students.len());
        if self.is_unproven() && commonest.max().is_some_and(|most| most >= ENOUGH_STUDENTS) {
            return Verdict::AskControl(self.commonest());
        }
        Verdict::Fine
    }

    /// The reason that most students were refused for.
    fn commonest(&self) -> Refusal {
        let most = self
            .by_code
            .iter()
            .max_by_key(|(_, (_, students))| students.len());
        most.map(|(code, (part, _))| Refusal {
            code: *code,
            part: part.clone(),
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
            code: SqlState::default(),
            part,
        }
    }

    fn tally(unchanged: u64, saved: u64, refused: usize, to_come: u64) -> Tally {
        let mut tally = Tally::default();
        tally.add_unchanged(unchanged);
        tally.expect(saved + refused as u64 + to_come);
        tally.save(saved);
        for n in 0..refused {
            tally.refuse(student(n), &Refusal::default());
        }
        tally
    }

    #[test]
    fn more_than_half_fail_a_table_once_that_is_certain_and_there_are_eight() {
        let failed = Verdict::Failed(Refusal::default());
        for (unchanged, saved, refused, to_come, is_failed) in [
            (0, 0, 8, 0, true),
            (0, 0, 7, 0, false),
            (0, 7, 8, 0, true),
            (0, 8, 8, 0, false),
            (7, 0, 8, 0, true),
            (4, 4, 8, 0, false),
            (0, 1, 8, 7, false),
            (0, 1, 8, 6, true),
            (0, 445, 20, 0, false),
            (0, 232, 233, 0, true),
            (0, 1, 233, 231, true),
            (0, 1, 232, 232, false),
        ] {
            let verdict = tally(unchanged, saved, refused, to_come).verdict();
            let case = (unchanged, saved, refused, to_come);
            assert_eq!(verdict == failed, is_failed, "{case:?}: {verdict:?}");
        }
    }

    #[test]
    fn what_an_earlier_run_saved_counts_like_what_this_one_saves() {
        for refused in [7, 8, 20, 232, 233, 400] {
            let others = 465 - refused as u64;
            let first = tally(0, others, refused, 0);
            let second = tally(others, 0, refused, 0);
            let failed = |tally: &Tally| matches!(tally.last_verdict(), Verdict::Failed(_));
            assert_eq!(failed(&first), failed(&second), "{refused}");
        }
    }

    #[test]
    fn eight_students_refused_for_one_reason_and_nobody_saved_ask_for_a_control() {
        let ask = Verdict::AskControl(Refusal::default());
        assert_eq!(tally(445, 0, 8, 12).verdict(), ask);
        assert_eq!(tally(445, 0, 7, 13).verdict(), Verdict::Fine);
        assert_eq!(tally(445, 1, 8, 11).verdict(), Verdict::Fine);
        let mut proven = tally(445, 0, 8, 12);
        proven.pass_control();
        assert_eq!(proven.verdict(), Verdict::Fine);
    }

    #[test]
    fn rows_of_one_student_count_once_and_every_row_is_named() {
        let mut tally = tally(0, 0, 7, 100);
        for _ in 0..5 {
            tally.refuse(student(0), &Refusal::default());
        }
        assert_eq!(tally.verdict(), Verdict::Fine);
        assert_eq!(tally.refused_rows().len(), 12);
        assert!(tally.is_refused(student(0)) && !tally.is_refused(student(7)));
    }

    #[test]
    fn a_table_is_half_refused_by_students_however_many_rows_each_has() {
        // Ten students of three cycles; eight of them have a bad row.
        assert_eq!(tally(0, 22, 8, 0).last_verdict(), Verdict::Fine);
        let mut all = Tally::default();
        all.expect(30);
        for n in 0..30 {
            all.refuse(student(n / 3), &Refusal::default());
        }
        assert_eq!(all.verdict(), Verdict::Failed(Refusal::default()));
    }

    #[test]
    fn rows_that_never_came_hold_no_verdict_back() {
        let held_elsewhere = tally(0, 7, 8, 40);
        assert_eq!(held_elsewhere.verdict(), Verdict::Fine);
        assert_eq!(
            held_elsewhere.last_verdict(),
            Verdict::Failed(Refusal::default())
        );
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
            assert_eq!(tally.verdict(), Verdict::Failed(expected));
        }
    }
}
