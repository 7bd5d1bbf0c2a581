//! Exit codes of `sync-single-establishment`, a public contract.

use crate::ErrorCode;

/// The signal that cancelled a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Ctrl-C.
    Interrupt,
    /// TERM or HUP, or the death of the process that started us.
    Terminate,
}

/// How a refresh ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SyncExit {
    /// All that Knack holds and the schema accepts is in Supabase.
    Complete,
    /// Finished, but some rows were not saved; the summary's warnings name them.
    Partial,
    /// Failed for the reason in the summary.
    Failed(ErrorCode),
    /// Stopped by a signal: reads were abandoned, and a write in flight could finish for up to 2 s.
    Cancelled(Signal),
}

impl SyncExit {
    /// The process exit code.
    pub fn code(self) -> u8 {
        match self {
            Self::Complete => 0,
            Self::Partial => 9,
            Self::Cancelled(Signal::Terminate) => 143,
            Self::Cancelled(Signal::Interrupt) | Self::Failed(ErrorCode::Cancelled) => 130,
            Self::Failed(ErrorCode::Usage) => 2,
            Self::Failed(ErrorCode::Configuration) => 3,
            Self::Failed(ErrorCode::EstablishmentNotFound) => 4,
            Self::Failed(ErrorCode::KnackRefused) => 5,
            Self::Failed(ErrorCode::KnackUnavailable) => 6,
            Self::Failed(ErrorCode::SupabaseRefused) => 7,
            Self::Failed(ErrorCode::SupabaseUnavailable) => 8,
            Self::Failed(ErrorCode::BadData) => 10,
            Self::Failed(ErrorCode::Internal) => 70,
            Self::Failed(ErrorCode::Deadline) => 124,
        }
    }
}
