//! Limits how long an answer may take to prepare.

use std::time::Duration;

use tokio::time::Instant;

use crate::problem::Problem;

/// Before a router in front of the launcher gives up, which happens after thirty seconds.
const LIMIT: Duration = Duration::from_secs(20);

/// When an answer must be ready.
#[derive(Debug, Clone, Copy)]
pub(super) struct AnswerDeadline(Instant);

impl AnswerDeadline {
    /// The time starts now.
    pub(super) fn start() -> Self {
        Self(Instant::now() + LIMIT)
    }

    /// The result of the work, unless Supabase takes too long.
    pub(super) async fn within<T>(
        self,
        work: impl Future<Output = Result<T, Problem>>,
    ) -> Result<T, Problem> {
        match tokio::time::timeout_at(self.0, work).await {
            Ok(outcome) => outcome,
            Err(_) => Err(Problem::database_unavailable("it takes too long")),
        }
    }
}
