//! The request for one run.

use std::time::Duration;

use sync_protocol::{AcademicYear, EstablishmentId};
use uuid::Uuid;

use crate::changed_rows::{ChangedRows, Values};
use crate::explain::Question;
use crate::fetch::PageOptions;
use crate::ledger::Ledger;

/// What to refresh, and how.
#[derive(Debug, Clone)]
pub(crate) struct RefreshRequest {
    pub(crate) run_id: Uuid,
    pub(crate) establishment: EstablishmentId,
    /// The current one if `None`.
    pub(crate) academic_year: Option<AcademicYear>,
    /// Write nothing.
    pub(crate) dry_run: bool,
    /// The question to be explained, if there is one. Nothing is written then.
    pub(crate) question: Option<Question>,
    /// How much is reported about whose rows change.
    pub(crate) changes: ReportChanges,
    /// How Knack is read.
    pub(crate) pages: PageOptions,
    /// How many of Knack's requests of the day are left alone.
    pub(crate) min_daily_allowance: u64,
    /// After this long, the run is stopped.
    pub(crate) timeout: Duration,
    /// Who asked, for the log: a token's name or a staff record's id.
    pub(crate) started_by: Option<String>,
    /// The number of the lease under which it was started, for the log.
    pub(crate) fence: Option<u64>,
}

/// How much is reported about whose rows change, besides their number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ReportChanges {
    No,
    /// Record by record, without anything that the rows hold.
    Records,
    /// Scores too.
    Scores,
    /// Scores and names.
    ScoresAndNames,
}

impl RefreshRequest {
    pub(crate) fn ledger(&self) -> Ledger {
        Ledger {
            dry_run: self.dry_run,
            requested: Some(self.establishment),
            ..Ledger::new(self.run_id)
        }
    }
}

impl ReportChanges {
    pub(super) fn collected(self) -> Option<ChangedRows> {
        match self {
            Self::No => None,
            Self::Records | Self::Scores => Some(ChangedRows::default()),
            Self::ScoresAndNames => Some(ChangedRows::with_names()),
        }
    }

    pub(super) fn values(self) -> Values {
        match self {
            Self::No | Self::Records => Values::Hidden,
            Self::Scores | Self::ScoresAndNames => Values::Shown,
        }
    }
}
