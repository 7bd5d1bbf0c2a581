//! What surrounds a refresh: its `.env` file, the machine's certificates and proxies, the file of its budget. What is wrong
//! there is exit 3 with the remedy, and nothing there can keep it waiting.

mod addresses;
mod budget;
mod certificates;
mod dotenv;

use std::time::{Duration, Instant};

use e2e::{Refresh, Run};
use sync_protocol::ErrorCode;

/// Less than any wait for something that does not come.
const AT_ONCE: Duration = Duration::from_secs(10);

async fn in_time(refresh: Refresh) -> Run {
    let begun = Instant::now();
    let run = refresh.run().await;
    assert!(begun.elapsed() < AT_ONCE, "{:?}", begun.elapsed());
    run
}

/// Asserts that it is refused with a sentence that holds each of these texts.
async fn assert_refused(refresh: Refresh, told: &[&str]) {
    let run = in_time(refresh).await;
    let failure = run.expect_failure(3, ErrorCode::Configuration);
    for text in told {
        assert!(
            failure.message.contains(text),
            "{text}: {}",
            failure.message
        );
    }
    assert!(!failure.message.contains("canary"), "{}", failure.message);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
}
