//! How long Knack may take for one attempt. The time counts only while we wait for Knack: what our own limits make us
//! wait for in between (a place for a body, the shared budget) is not Knack's slowness.

use std::time::Duration;

use tokio::time::{Instant, timeout};

use crate::KnackError;

/// The time Knack has for one attempt, and what is left of it.
#[derive(Debug)]
pub(crate) struct TimeLimit {
    whole: Duration,
    left: Duration,
}

impl TimeLimit {
    pub(crate) fn new(whole: Duration) -> Self {
        Self { whole, left: whole }
    }

    /// Waits for a part of Knack's answer, for no longer than is left.
    pub(crate) async fn wait_for<T>(
        &mut self,
        part: impl Future<Output = Result<T, KnackError>>,
    ) -> Result<T, KnackError> {
        let start = Instant::now();
        let outcome = timeout(self.left, part).await;
        self.left = self.left.saturating_sub(start.elapsed());
        outcome.unwrap_or(Err(KnackError::Timeout(self.whole)))
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::sleep;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    async fn after(delay: Duration) -> Result<(), KnackError> {
        sleep(delay).await;
        Ok(())
    }

    #[tokio::test(start_paused = true)]
    async fn all_parts_of_an_answer_share_one_limit() {
        let mut limit = TimeLimit::new(10 * SECOND);
        limit.wait_for(after(6 * SECOND)).await.unwrap();
        let start = Instant::now();
        let late = limit.wait_for(after(5 * SECOND)).await.unwrap_err();
        assert!(matches!(late, KnackError::Timeout(limit) if limit == 10 * SECOND));
        assert_eq!(start.elapsed(), 4 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn the_time_between_parts_does_not_count() {
        let mut limit = TimeLimit::new(10 * SECOND);
        limit.wait_for(after(6 * SECOND)).await.unwrap();
        sleep(60 * SECOND).await;
        limit.wait_for(after(3 * SECOND)).await.unwrap();
    }
}
