//! The school's own figures of its answers, renewed from what is stored once the answers are saved. Only where there are
//! figures of the cycle: elsewhere the dashboard reads the answers themselves. Never those of other schools, so never by the
//! database's own functions, which delete them all first (docs/knack-and-dashboard.md, "Statistics and database functions").

use std::borrow::Cow;
use std::collections::HashMap;

use serde_json::{Map, Value, json};

use super::Save;
use super::children::Scored;
use super::learned_size::BatchSize;
use super::pending::{Change, Pending};
use super::reread::Why;
use super::rows::Row;
use super::table::Table;
use crate::changed_rows::RowChange;
use crate::domain::{Cycle, Figures, Question};
use crate::error::{During, SyncError};
use crate::ledger::Ledger;
use crate::reconcile::{BothSides, KnownAnswers};
use crate::stored::answers::ByStudent;
use crate::stored::statistics::STATISTICS;

impl Row for Map<String, Value> {
    /// Figures are nobody's.
    fn seen(&self) -> Option<RowChange> {
        None
    }
}

impl Save<'_> {
    /// Writes figures that differ. `have_changed` says whether answers were written since they were read.
    pub(super) async fn renew_statistics(
        &self,
        both: &BothSides<'_>,
        students: &[Scored],
        have_changed: bool,
        ledger: &mut Ledger,
    ) -> Result<(), SyncError> {
        let KnownAnswers {
            statistics, stored, ..
        } = both.known;
        if statistics.cycles().next().is_none() {
            return Ok(());
        }
        let now = if have_changed || !both.others.is_empty() {
            let ids = stored.keys().copied();
            let ids = ids.chain(students.iter().map(|of| of.id)).collect();
            let read = self.answers_reader().of_school(self.of.school.id, ids);
            let read = self.stop.or_read(read).await?;
            Cow::Owned(read.during("reading stored answers")?)
        } else {
            Cow::Borrowed(stored)
        };
        let differ = statistics.cycles().flat_map(|cycle| {
            let figures = figures(&now, cycle);
            let differ = |(question, figures): &(Question, Figures)| {
                !statistics.holds(cycle, *question, figures)
            };
            let differ: Vec<_> = figures.into_iter().filter(differ).collect();
            differ
                .into_iter()
                .map(move |(question, figures)| (cycle, question, figures))
        });
        let rows: Vec<_> = differ
            .map(|(cycle, question, figures)| {
                let mut row = self.key_of(cycle, question);
                let columns = figures.columns().into_iter();
                let calculated_at = ("calculated_at", json!(self.clock.now()));
                for (column, value) in columns.chain([calculated_at]) {
                    if statistics.has_column(column) {
                        row.insert(column.to_owned(), value);
                    }
                }
                Pending::new(self.of.school.knack_id, Change::Update, row)
            })
            .collect();
        if rows.is_empty() {
            return Ok(());
        }
        let key = "establishment_id,cycle,academic_year,question_id";
        let mut table = Table::new(self.target(STATISTICS, key), BatchSize::default());
        table.tally.expect(1);
        let target = table.target;
        let merge = async |body, persistence| target.merge(body, persistence).await;
        let doing = "saving the figures of answers";
        let again =
            async |rows: &[&Pending<_>], why: Why| self.reread.new_students(rows, why).await;
        let writing = self
            .writer
            .write_all(&mut table, doing, &rows, merge, again);
        let (written, outcome) = writing.await;
        // They are counted in no table of the summary.
        if written.changes.synced() > 0 {
            ledger.saved = crate::error::SavedRows::Some;
        }
        table.close(outcome, ledger)
    }

    fn key_of(&self, cycle: Cycle, question: Question) -> Map<String, Value> {
        let key = [
            ("establishment_id", json!(self.of.school.id)),
            ("cycle", json!(cycle)),
            ("academic_year", json!(self.of.year)),
            ("question_id", json!(question)),
        ];
        key.map(|(column, value)| (column.to_owned(), value))
            .into_iter()
            .collect()
    }
}

/// Of every question that somebody has answered in a cycle.
fn figures(stored: &ByStudent, cycle: Cycle) -> Vec<(Question, Figures)> {
    let mut figures: HashMap<Question, Figures> = HashMap::new();
    for (question, answer) in stored.values().flat_map(|of| of.dated(cycle)) {
        figures.entry(question).or_default().add(answer);
    }
    let mut figures: Vec<_> = figures.into_iter().collect();
    figures.sort_unstable_by_key(|(question, _)| *question);
    figures
}
