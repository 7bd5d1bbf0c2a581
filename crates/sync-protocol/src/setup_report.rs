//! What `--check` prints: whether a refresh can work with this machine's settings, with Knack and with Supabase as they are.

use serde::{Deserialize, Serialize};

use crate::ErrorCode;

/// One examination of everything that a refresh depends on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupReport {
    /// Nothing was found that would make a refresh fail, or write what it should not.
    pub ok: bool,
    /// What was examined, in order.
    pub checks: Vec<SetupCheck>,
}

/// One thing that was examined.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SetupCheck {
    /// What was examined.
    pub subject: SetupSubject,
    /// How it stands.
    pub outcome: SetupOutcome,
    /// A sentence for a person, without secrets and without pupils' data.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
    /// What a refresh would fail with; only beside [`SetupOutcome::Failed`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<ErrorCode>,
}

/// How something stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetupOutcome {
    /// As a refresh needs it.
    Passed,
    /// A refresh works, but somebody should know.
    Warning,
    /// A refresh would fail, or write what it should not.
    Failed,
    /// Not examined, since something before it failed or nothing was asked for.
    Skipped,
}

/// What is examined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SetupSubject {
    /// The environment and `.env`.
    Settings,
    /// Whether Knack answers and accepts the key.
    Knack,
    /// How many requests Knack answers today.
    KnackAllowance,
    /// The fields of the object with the results.
    KnackResults,
    /// The fields of the object with the question answers.
    KnackAnswers,
    /// Whether Supabase answers and the key sees rows.
    Supabase,
    /// Tables and columns.
    Tables,
    /// The unique keys by which rows are written, and those that are in the way.
    UniqueKeys,
    /// The foreign keys by which rows are read together.
    ForeignKeys,
    /// Whether the key may write.
    WriteAccess,
    /// What the public key may do.
    PublicAccess,
    /// How long Supabase takes, and how many rows it returns at most.
    SupabaseLimits,
    /// This machine's clock.
    Clock,
    /// The school that was named.
    School,
}

impl SetupReport {
    /// What the first failure among them would make a refresh fail with.
    pub fn first_problem(&self) -> Option<ErrorCode> {
        self.checks.iter().find_map(|check| check.code)
    }
}
