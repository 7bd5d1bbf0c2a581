//! The contract between `sync-single-establishment`, `sync-launcher` and the readers of their output: ids, academic
//! years, the summary, its codes, the changes and explanations that go with it, progress events and exit codes.
//!
//! Data only. Nothing here does I/O, reads a clock or an environment variable, or decides what a sync does.

mod academic_year;
mod change_report;
mod codes;
mod exit_code;
mod explanation;
mod ids;
mod in_words;
mod progress;
mod setup_report;
mod summary;

pub use academic_year::{AcademicYear, Calendar, InvalidAcademicYear};
pub use change_report::{
    ChangeKind, ChangeReport, ChangedTable, MAX_CHANGES, RecordChange, ScoreValues, ScoresChanged,
};
pub use codes::{ErrorCode, SkipReason, WarningCode};
pub use exit_code::{Signal, SyncExit};
pub use explanation::{ExplainOutcome, ExplainVerdict, Explanation, Fact, FactCode};
pub use ids::{EstablishmentId, InvalidEstablishmentId, InvalidRecordId, KnackRecordId};
pub use in_words::in_words;
pub use progress::{Phase, ProgressEvent, WaitReason};
pub use setup_report::{SetupCheck, SetupOutcome, SetupReport, SetupSubject};
pub use summary::{
    Changes, Failure, KnackUse, MAX_RECORD_IDS, PerTable, Skipped, Summary, TableChanges, Warning,
};
