//! One table while a run writes to it, through all phases: its tally, and the row rewritten to find out whether the table
//! accepts anything.

use dashboard::OptionalColumns;
use serde::Serialize;
use serde_json::Value;
use supabase_client::{Persistence, Resolution, Returned, SupabaseClient, SupabaseError};
use sync_protocol::{KnackRecordId, WarningCode};

use super::learned_size::BatchSize;
use super::pending::Saved;
use super::reread::Stored;
use super::rows::body;
use super::tally::{ENOUGH_STUDENTS, Tally};
use crate::error::{Refusal, SyncError};
use crate::ledger::Ledger;

/// Where rows go.
#[derive(Clone, Copy)]
pub(super) struct Target<'a> {
    pub(super) supabase: &'a SupabaseClient,
    pub(super) columns: &'a OptionalColumns,
    pub(super) name: &'static str,
    /// The unique key by which stored rows are written.
    pub(super) key: &'static str,
}

impl Target<'_> {
    /// Writes rows by the key; those that are stored are replaced.
    pub(super) async fn merge(
        &self,
        body: String,
        persistence: Persistence,
    ) -> Result<Saved<()>, SupabaseError> {
        let query = self.supabase.table(self.name).upsert(body);
        let query = query.on_conflict(self.key);
        self.supabase
            .upsert(query, Resolution::Merge, persistence)
            .await?;
        Ok(Saved::All)
    }

    /// Writes rows by the key; those that are stored stay as they are. Which these are nobody learns.
    pub(super) async fn add(
        &self,
        body: String,
        persistence: Persistence,
    ) -> Result<Saved<()>, SupabaseError> {
        let query = self.supabase.table(self.name).upsert(body);
        let query = query.on_conflict(self.key);
        self.supabase
            .upsert(query, Resolution::Ignore, persistence)
            .await?;
        Ok(Saved::All)
    }

    /// Has the database check rows that are stored, which stay as they are.
    pub(super) async fn try_out(
        &self,
        body: String,
        persistence: Persistence,
    ) -> Result<(), SupabaseError> {
        let query = self.supabase.table(self.name).upsert(body);
        let query = query.on_conflict(self.key);
        self.supabase
            .upsert(query, Resolution::Ignore, persistence)
            .await
    }

    /// Writes rows by the key; those that are stored stay as they are. Returns the keys of the others.
    pub(super) async fn insert<T: Stored>(
        &self,
        body: String,
        persistence: Persistence,
    ) -> Result<Saved<T::Key>, SupabaseError> {
        let query = self.supabase.table(self.name).upsert(body);
        let query = query.on_conflict(self.key).select(T::KEY);
        let written = self
            .supabase
            .upsert_returning(query, Resolution::Ignore, persistence);
        let Returned { rows, is_repeated } = written.await?;
        Ok(Saved::These { rows, is_repeated })
    }
}

/// A table of this school's rows.
pub(super) struct Table<'a> {
    pub(super) target: Target<'a>,
    pub(super) tally: Tally,
    pub(super) batch_size: BatchSize,
    control: Option<Value>,
    /// Whether the table has taken any row.
    pub(super) has_saved: bool,
    /// Whether it refused a row that it holds for the reason for which it refused others, once that was tried.
    pub(super) refuses_stored: Option<bool>,
}

impl<'a> Table<'a> {
    pub(super) fn new(target: Target<'a>, batch_size: BatchSize) -> Self {
        Self {
            target,
            tally: Tally::default(),
            batch_size,
            control: None,
            has_saved: false,
            refuses_stored: None,
        }
    }

    /// Names a row that the table holds just so; the first one named is kept.
    pub(super) fn control_by<Row: Serialize>(&mut self, row: impl FnOnce() -> Option<Row>) {
        if self.control.is_none() {
            let value = |row| serde_json::to_value(row).expect("rows always serialise");
            self.control = row().map(value);
        }
    }

    /// Writes again a row that the table holds, and changes nothing by that: as it was read, it may be out of date. `None` if no
    /// such row is known.
    pub(super) async fn write_control(&self) -> Option<Result<(), SupabaseError>> {
        let missing = self.target.columns.not_written(self.target.name);
        let body = body([self.control.as_ref()?], &missing);
        Some(self.target.try_out(body, Persistence::Patient).await)
    }

    /// Whether anything shows that the table takes rows: one that was saved, or one that it holds as Knack has it.
    pub(super) fn takes_rows(&self) -> bool {
        self.has_saved || (self.control.is_some() && self.refuses_stored != Some(true))
    }

    /// Whether that row is still to be tried: many students were refused, and none was saved.
    fn is_doubtful(&self) -> Option<Refusal> {
        let suspicion = self.tally.suspicion(ENOUGH_STUDENTS)?;
        (!self.has_saved && self.control.is_some() && self.refuses_stored.is_none())
            .then_some(suspicion)
    }

    /// Gives the table a row again that it holds, if nothing else shows whether it takes any.
    pub(super) async fn try_stored_if_doubtful(&mut self) {
        let Some(refusal) = self.is_doubtful() else {
            return;
        };
        let tried = self.write_control().await;
        let is_refused = matches!(tried, Some(Err(error)) if refusal.is_the_same(&error));
        self.refuses_stored = Some(is_refused);
    }

    /// All phases are over, or one failed. Rows are named as refused only where the table as a whole is not.
    pub(super) fn close<T>(
        &self,
        outcome: Result<T, SyncError>,
        ledger: &mut Ledger,
    ) -> Result<T, SyncError> {
        let table = self.target.name;
        let failure = self.tally.failure_in_the_end(self.takes_rows());
        let outcome = outcome.and_then(|done| match failure {
            Some(refusal) => Err(SyncError::TableRefused { table, refusal }),
            None => Ok(done),
        });
        let is_named = |record: &KnackRecordId| match &outcome {
            Ok(_) => true,
            Err(SyncError::TableRefused { .. }) => false,
            // Whether those would have been saved but for the outage is not known.
            Err(_) => !self.tally.is_held(*record),
        };
        for record in self.tally.refused_rows() {
            if is_named(record) {
                ledger.findings.warn(WarningCode::RowRefused, *record);
            }
        }
        outcome
    }
}
