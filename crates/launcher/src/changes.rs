//! Which students' rows the last runs have changed, kept for a day so that staff can look at them.
//!
//! Personal data: it stays in this process's memory, within bounds, and is given only to callers with access to the school.
//! Never logged, never part of a run's summary or events, never in Redis or `sync_logs`. Holds no names: those are read when
//! someone looks ([`Names`]).

mod names;

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dashboard::School;
use jiff::Timestamp;
use parking_lot::Mutex;
use sync_protocol::{AcademicYear, ChangeReport, KnackRecordId, Skipped, Summary, Warning};
use uuid::Uuid;

use crate::access::Caller;
pub(crate) use names::Names;

/// How long the changes of a run are kept.
pub(crate) const KEPT: Duration = Duration::from_hours(24);
/// The oldest are forgotten before there are more runs, or more changes and record ids in all: those are some 10 MB.
const MOST_RUNS: usize = 500;
const MOST_ENTRIES: usize = 50_000;

/// The part of an ended run that is kept.
#[derive(Debug)]
pub(crate) struct KeptRun {
    pub(crate) run_id: Uuid,
    pub(crate) school: Arc<School>,
    pub(crate) year: Option<AcademicYear>,
    /// By the clock that people read.
    pub(crate) ended_at: Timestamp,
    pub(crate) report: ChangeReport,
    pub(crate) skipped: Vec<Skipped>,
    pub(crate) warnings: Vec<Warning>,
}

/// The changes of the last runs.
#[derive(Debug, Default)]
pub(crate) struct Changes(Mutex<VecDeque<(Instant, Arc<KeptRun>)>>);

impl KeptRun {
    /// The rest of `summary`, without the report.
    pub(crate) fn new(
        run_id: Uuid,
        school: &Arc<School>,
        report: ChangeReport,
        summary: &Summary,
    ) -> Self {
        Self {
            run_id,
            school: Arc::clone(school),
            year: summary.academic_year,
            ended_at: summary.timestamp,
            report,
            skipped: summary.skipped.clone(),
            warnings: summary.warnings.clone(),
        }
    }

    /// The records whose names are shown.
    pub(crate) fn records(&self) -> impl Iterator<Item = KnackRecordId> {
        let changed = self.report.entries.iter().map(|entry| entry.record_id);
        let skipped = self.skipped.iter().flat_map(|it| &it.record_ids);
        let warned = self.warnings.iter().flat_map(|it| &it.record_ids);
        changed.chain(skipped.chain(warned).copied())
    }

    fn size(&self) -> usize {
        self.records().count()
    }
}

impl Changes {
    /// Keeps the changes of a run that has just ended.
    pub(crate) fn keep(&self, run: KeptRun) {
        self.keep_at(run, Instant::now());
    }

    /// The changes of a run; `None` also if the caller has no access to its school.
    pub(crate) fn for_caller(&self, caller: &Caller, run_id: Uuid) -> Option<Arc<KeptRun>> {
        let run = self.find(run_id, Instant::now())?;
        caller.covers(&run.school).then_some(run)
    }

    /// Whether the changes of this run are still kept.
    pub(crate) fn has(&self, run_id: Uuid) -> bool {
        self.find(run_id, Instant::now()).is_some()
    }

    fn keep_at(&self, run: KeptRun, now: Instant) {
        let mut kept = self.0.lock();
        kept.push_back((now, Arc::new(run)));
        let mut entries: usize = kept.iter().map(|(_, run)| run.size()).sum();
        while let Some((since, oldest)) = kept.front()
            && (now.duration_since(*since) > KEPT
                || kept.len() > MOST_RUNS
                || entries > MOST_ENTRIES)
        {
            entries -= oldest.size();
            kept.pop_front();
        }
    }

    fn find(&self, run_id: Uuid, now: Instant) -> Option<Arc<KeptRun>> {
        let mut kept = self.0.lock();
        while kept
            .front()
            .is_some_and(|(since, _)| now.duration_since(*since) > KEPT)
        {
            kept.pop_front();
        }
        let mut runs = kept.iter().map(|(_, run)| run);
        runs.find(|run| run.run_id == run_id).map(Arc::clone)
    }
}

#[cfg(test)]
mod tests {
    use sync_protocol::{Calendar, ChangeKind, ChangedTable, MAX_CHANGES, RecordChange};

    use super::*;
    use crate::access::Authority;

    fn record(n: usize) -> KnackRecordId {
        format!("{n:024x}").parse().unwrap()
    }

    fn run(n: u128, entries: usize) -> KeptRun {
        let change = |n| RecordChange {
            record_id: record(n),
            table: ChangedTable::Students,
            cycle: None,
            kind: ChangeKind::Inserted,
            scores: None,
            fields: Vec::new(),
            answers: None,
        };
        KeptRun {
            run_id: Uuid::from_u128(n),
            school: Arc::new(School {
                id: Uuid::nil(),
                knack_id: record(7),
                name: String::new(),
                calendar: Calendar::from_flags(None, None),
            }),
            year: None,
            ended_at: Timestamp::UNIX_EPOCH,
            report: ChangeReport {
                entries: (0..entries).map(change).collect(),
                ..ChangeReport::default()
            },
            skipped: Vec::new(),
            warnings: Vec::new(),
        }
    }

    fn kept(changes: &Changes, now: Instant, runs: u128) -> Vec<u128> {
        let is_kept = |n: &u128| changes.find(Uuid::from_u128(*n), now).is_some();
        (0..runs).filter(is_kept).collect()
    }

    #[test]
    fn changes_are_kept_for_a_day() {
        let (changes, now) = (Changes::default(), Instant::now());
        let hours = |n| now + Duration::from_hours(n);
        changes.keep_at(run(0, 1), now);
        changes.keep_at(run(1, 1), hours(10));
        assert_eq!(kept(&changes, hours(24), 2), [0, 1]);
        assert_eq!(kept(&changes, hours(25), 2), [1]);
        assert_eq!(kept(&changes, hours(35), 2), []);
    }

    #[test]
    fn the_oldest_are_forgotten_before_there_are_too_many() {
        let now = Instant::now();
        let many = Changes::default();
        for n in 0..MOST_RUNS as u128 + 3 {
            many.keep_at(run(n, 1), now);
        }
        assert_eq!(kept(&many, now, 5), [3, 4]);
        let large = Changes::default();
        let most = (MOST_ENTRIES / MAX_CHANGES) as u128;
        for n in 0..=most {
            large.keep_at(run(n, MAX_CHANGES), now);
        }
        assert_eq!(kept(&large, now, 3), [1, 2]);
        large.keep_at(run(most + 1, 0), now);
        assert_eq!(kept(&large, now, 3), [1, 2]);
    }

    #[test]
    fn changes_are_given_to_callers_with_access_to_the_school_only() {
        let changes = Changes::default();
        changes.keep(run(1, 1));
        let id = Uuid::from_u128(1);
        for (authority, is_given) in [
            (Authority::All, true),
            (Authority::of_schools([record(7)]), true),
            (Authority::of_schools([record(8)]), false),
        ] {
            let caller = Caller::for_test(authority);
            assert_eq!(changes.for_caller(&caller, id).is_some(), is_given);
        }
    }
}
