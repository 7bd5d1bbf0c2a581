//! Ends refreshes when the service ends.

use crate::services::Services;

/// Starts nothing more, lets running refreshes finish for a while, then stops them. Returns when no child is left.
pub(crate) async fn shut_down(services: &Services) {
    services.coordinator.close();
    services.background.close();
    for run in services.coordinator.unfinished() {
        if run.is_queued() {
            run.stop();
        }
    }
    let finished = services.background.finished();
    let in_time = tokio::time::timeout(services.shutdown_patience, finished).await;
    if in_time.is_err() {
        for run in services.coordinator.unfinished() {
            run.stop();
        }
        services.background.finished().await;
    }
    services.coordinator.say_goodbye().await;
}
