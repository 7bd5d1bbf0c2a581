//! Finds answers that someone else has changed since they were read: the questionnaire writes them too.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use supabase_client::SupabaseError;
use uuid::Uuid;

use super::{Answers, OfCycle};
use crate::domain::Question;
use crate::save::pending::Pending;
use crate::save::reread::{Now, Why};
use crate::save::rows::{AnswerRow, UndatedAnswerRow};
use crate::stored::answers::{ByStudent, Held, answers_of};

/// Rows read so recently are not read again, however often their batch is cut.
const RECENT: Duration = Duration::from_secs(1);

/// A row that holds an answer.
pub(super) trait OfAnswer {
    fn answer(&self) -> &AnswerRow;

    /// The primary key of the stored row, where that names no year.
    fn undated(&self) -> Option<Uuid>;
}

impl OfAnswer for AnswerRow {
    fn answer(&self) -> &AnswerRow {
        self
    }

    fn undated(&self) -> Option<Uuid> {
        None
    }
}

impl OfAnswer for UndatedAnswerRow {
    fn answer(&self) -> &AnswerRow {
        &self.row
    }

    fn undated(&self) -> Option<Uuid> {
        Some(self.id)
    }
}

impl Answers<'_> {
    /// What has become of these rows since they were read, as far as they belong to a cycle whose answers somebody else has
    /// changed. Reads them again, unless that has just been done.
    pub(super) async fn now<T: OfAnswer>(
        &self,
        rows: &[&Pending<T>],
        why: Why,
    ) -> Result<Vec<Now>, SupabaseError> {
        let mut students: Vec<Uuid> = rows
            .iter()
            .map(|row| row.row.answer().student_id())
            .collect();
        if why == Why::AboutToWrite {
            students.retain(|student| !self.is_sure(*student));
        }
        students.sort_unstable();
        students.dedup();
        let asked: HashSet<Uuid> = students.iter().copied().collect();
        let now = self.reader.of(self.school, students).await?;
        let mut judged: HashMap<OfCycle, bool> = HashMap::new();
        for row in rows {
            let of_cycle = of_cycle(row.row.answer());
            if !asked.contains(&of_cycle.0) {
                continue;
            }
            let is_newer = judged
                .entry(of_cycle)
                .or_insert_with(|| self.is_newer(of_cycle, &now));
            // By its primary key, a row is written only while it names no year.
            let is_gone = row.row.undated().is_some_and(|id| {
                let question = row.row.answer().question();
                answers_of(&now, of_cycle.0).undated(of_cycle.1, question) != Some(id)
            });
            if *is_newer || is_gone {
                self.kept.borrow_mut().insert(of_cycle);
            }
        }
        let (kept, mut read_at) = (self.kept.borrow(), self.read_at.borrow_mut());
        let is_there = |student: &Uuid| !asked.contains(student) || now.contains_key(student);
        for student in asked.iter().filter(|student| is_there(student)) {
            read_at.insert(*student, Instant::now());
        }
        let of_row = |row: &&Pending<T>| {
            let of_cycle = of_cycle(row.row.answer());
            if !is_there(&of_cycle.0) {
                Now::Gone
            } else if kept.contains(&of_cycle) {
                Now::Changed
            } else {
                Now::AsRead
            }
        };
        Ok(rows.iter().map(of_row).collect())
    }

    /// Whose rows need not be read again: those of a student whom this run has added, or has just read.
    fn is_sure(&self, student: Uuid) -> bool {
        let read_at = self.read_at.borrow();
        let is_recent = |at: &Instant| at.elapsed() < RECENT;
        self.new.contains(&student) || read_at.get(&student).is_some_and(is_recent)
    }

    /// What this run itself has written of a cycle is no change, and an answer that it has cleared is nobody's. Rows of other
    /// questions count too: the questionnaire stores all of a cycle, some of it under ids of its own.
    fn is_newer(&self, (student, cycle): OfCycle, now: &ByStudent) -> bool {
        let seen = self.both.stored(student);
        let now = answers_of(now, student);
        let sheet = self.records.get(&student);
        let sheet = sheet.and_then(|record| self.both.known.sheets.get(record));
        let is_changed = |question: Question| {
            let (was, is) = (seen.get(cycle, question), now.get(cycle, question));
            let ours = sheet.and_then(|sheet| sheet.cycles[cycle.index()].get(question));
            was != is && is != Held::NoAnswer && ours.map(Held::Answer) != Some(is)
        };
        seen.others(cycle) != now.others(cycle) || Question::all().any(is_changed)
    }
}

fn of_cycle(row: &AnswerRow) -> OfCycle {
    (row.student_id(), row.cycle())
}
