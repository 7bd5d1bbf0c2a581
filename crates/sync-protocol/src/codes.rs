//! The stable words of the contract: why a refresh failed, why a record was skipped, what a warning is about.

use serde::{Deserialize, Serialize};

/// Why a refresh failed. Each has its own exit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// Bad arguments.
    Usage,
    /// A setting is missing or malformed, a key is of the wrong kind, the certificate of a service is not trusted, or the
    /// machine's clock is in another academic year than the services'.
    Configuration,
    /// There is no such school in Supabase, or it was deleted during the run.
    EstablishmentNotFound,
    /// Knack refuses the key or the application id, does not know the address or the object, or the daily allowance is used up.
    KnackRefused,
    /// Knack was down, slow or overloaded for longer than a refresh waits.
    KnackUnavailable,
    /// Supabase refuses the key or shows it no school at all, its schema or policies do not fit, or a table refuses this
    /// school's rows.
    SupabaseRefused,
    /// Supabase was down, slow or overloaded for longer than a refresh waits.
    SupabaseUnavailable,
    /// Knack's response is not what its API promises, or most of its records name another school or year.
    BadData,
    /// A bug.
    Internal,
    /// The refresh's own time limit was reached.
    Deadline,
    /// Someone stopped it.
    Cancelled,
}

impl ErrorCode {
    /// Whether the same call may succeed a little later with nothing changed.
    pub fn retryable(self) -> bool {
        match self {
            Self::KnackUnavailable | Self::SupabaseUnavailable | Self::Deadline => true,
            Self::Usage
            | Self::Configuration
            | Self::EstablishmentNotFound
            | Self::KnackRefused
            | Self::SupabaseRefused
            | Self::BadData
            | Self::Internal
            | Self::Cancelled => false,
        }
    }
}

/// Why a Knack record did not become a student, or its answers no student's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum SkipReason {
    /// No e-mail, or none that is an address.
    MissingEmail,
    /// Its first school is another one.
    OtherSchool,
    /// Its completion date lies outside the academic year.
    OutsideYear,
    /// Its completion date cannot be read.
    UnreadableDate,
    /// Another record of this school has the same e-mail and was completed later.
    DuplicateEmail,
    /// The e-mail is that of another student of this school, whose row stays.
    EmailOfAnotherStudent,
    /// The row belongs to another school in Supabase.
    HeldByOtherEstablishment,
    /// A record of question answers belongs to no student of this refresh.
    NoStudent,
}

impl WarningCode {
    /// Whether rows that Knack gives were not saved.
    pub fn makes_partial(self) -> bool {
        matches!(
            self,
            Self::RowRefused
                | Self::StudentDeleted
                | Self::AnswersNotRefreshed
                | Self::FieldsChanged
        )
    }
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum WarningCode {
    /// A row without a school was given to this one.
    AdoptedOrphan,
    /// An answer to a question is not a whole number from 1 to 5; it was skipped.
    AnswerOutOfRange,
    /// Question answers could not be refreshed; everything else was.
    AnswersNotRefreshed,
    /// Knack returned no question answers although Supabase holds some of this school's students.
    AnswersSuspiciouslyEmpty,
    /// Knack returned question answers of fewer than half as many students as Supabase holds answers of.
    AnswersSuspiciouslyFew,
    /// Somebody else changed a row in Supabase during the run; it was kept.
    ChangedMeanwhile,
    /// Records changed while they were read; the newest reading counts.
    ChangedWhileReading,
    /// NUL was removed from a text, or an unpaired surrogate replaced in it.
    CleanedText,
    /// This machine's clock and a service's differ by more than five minutes.
    ClockSkew,
    /// The database lacks an optional column; the refresh did without it.
    ColumnMissing,
    /// Two records share one e-mail; the one completed last was kept.
    DuplicateEmail,
    /// Two students share one e-mail; the row stays the one's, and the other was skipped.
    EmailOfAnotherStudent,
    /// Fields in Knack have changed; what depends on them was left as it is stored.
    FieldsChanged,
    /// A student's row belongs to another school and was left alone.
    HeldByOtherEstablishment,
    /// Supabase holds a newer questionnaire than Knack; it was kept.
    KeptNewer,
    /// A cycle still holds last year's scores and was skipped.
    LastYearsCycle,
    /// Knack's limit could not be shared with the other processes.
    LimitNotShared,
    /// The run could not be written to, or closed in, `sync_logs`.
    LogNotWritten,
    /// How many students have not completed could not be counted.
    NotCounted,
    /// A record now names another pupil: a new row was added, the old one left.
    RecordReused,
    /// A record in Knack is larger than can be read and was skipped.
    RecordTooLarge,
    /// A record in Knack is not of the form that its API documents and was skipped.
    RecordUnreadable,
    /// The database refused a row, which was not saved.
    RowRefused,
    /// A score is not a whole number from 0 to 10; that cycle was skipped.
    ScoreOutOfRange,
    /// Knack kept returning a page with fewer records than it announced, in pages of other sizes too.
    ShortPage,
    /// Somebody else deleted a student in Supabase during the run, so its rows were not saved.
    StudentDeleted,
    /// Knack returned nothing although Supabase holds this school's students.
    SuspiciouslyEmpty,
    /// Knack returned fewer than half as many students as Supabase holds of this school.
    SuspiciouslyFew,
    /// A text was longer than its column and was cut.
    Truncated,
    /// Two stored rows look like the same student; one was used, the other left.
    TwinRows,
}
