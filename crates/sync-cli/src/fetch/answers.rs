//! Limits how long answers are waited for, and records why they could not be read. They never cost the rest: whatever
//! happens to them, the records that have arrived are saved.

use std::future::Future;
use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;

use crate::error::SyncError;

/// How long answers may still take once all records are there, if those took less themselves: about as long as someone who
/// watches accepts, and long enough for a page that is asked for again.
const PATIENCE: Duration = Duration::from_secs(30);

#[derive(Debug, thiserror::Error)]
pub(crate) enum AnswersNotRead {
    #[error(transparent)]
    Failed(#[from] SyncError),
    /// The records were there, and could not wait any longer.
    #[error("the question answers did not come in time")]
    TooSlow,
}

impl AnswersNotRead {
    /// The sentence: what happened, and what to do.
    pub(crate) fn reason(&self) -> String {
        match self {
            Self::Failed(error) => error.reason(),
            Self::TooSlow => {
                "Knack did not return the question answers in time. Try again in a few minutes."
                    .to_owned()
            }
        }
    }
}

/// Ends `reading` once the records, which are being read since `begun`, have waited for it long enough.
pub(super) async fn within_patience<T>(
    reading: impl Future<Output = Result<T, SyncError>>,
    records_are_in: &CancellationToken,
    begun: Instant,
    end_of_run: Instant,
) -> Result<T, AnswersNotRead> {
    let too_long = async {
        records_are_in.cancelled().await;
        let now = Instant::now();
        let left = end_of_run.saturating_duration_since(now);
        tokio::time::sleep(patience(now - begun, left)).await;
    };
    tokio::select! {
        read = reading => Ok(read?),
        () = too_long => Err(AnswersNotRead::TooSlow),
    }
}

/// As long again as the records took: a Knack that is slow is slow for both. But half of the time that is left is for saving.
fn patience(records_took: Duration, left: Duration) -> Duration {
    records_took.max(PATIENCE).min(left / 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_have_as_long_as_the_records_took_and_half_of_the_time_is_left_for_saving() {
        for (records_took, left, expected) in [
            (1, 299, 30),
            (29, 271, 30),
            (60, 240, 60),
            (95, 205, 95),
            (150, 150, 75),
            (290, 10, 5),
            (1, 20, 10),
            (300, 0, 0),
        ] {
            let patience = patience(Duration::from_secs(records_took), Duration::from_secs(left));
            assert_eq!(patience.as_secs(), expected, "{records_took}, {left}");
        }
    }
}
