//! Checks once an hour whether a school's data has become too old. Asks Supabase only if someone is to be notified.

use std::sync::Arc;
use std::time::Duration;

use dashboard::School;
use jiff::Timestamp;

use super::Notifier;
use crate::access::Caller;
use crate::clock;
use crate::freshness::is_stale;
use crate::problem::Problem;
use crate::services::Services;

/// The first look, so that whoever sets `NOTIFY_URL` sees soon that it works.
const FIRST: Duration = Duration::from_secs(5);
const BETWEEN: Duration = Duration::from_hours(1);
/// Supabase may be away for a while.
const AFTER_A_FAILURE: Duration = Duration::from_mins(5);

/// Looks until the service ends.
pub(crate) async fn watch(services: Arc<Services>) {
    let Some(notifier) = &services.notifier else {
        return;
    };
    let mut pause = FIRST;
    loop {
        tokio::time::sleep(pause).await;
        pause = match look(&services, notifier).await {
            Ok(()) => BETWEEN,
            // It is in the log already.
            Err(_) => AFTER_A_FAILURE,
        };
    }
}

async fn look(services: &Services, notifier: &Notifier) -> Result<(), Problem> {
    let schools = services.schools.schools_for(&Caller::ourselves()).await?;
    let last = services.history.last_refreshes(&schools);
    let both = tokio::try_join!(last, services.history.last_full_sync());
    let (last, last_full_sync) = both.map_err(Problem::database_unavailable)?;
    services
        .metrics
        .runs
        .last_syncs(&schools, &last, last_full_sync);
    let now = clock::now();
    // A school that was never refreshed may not be meant to be.
    let known = schools.iter().filter_map(|school| {
        let newest = last.get(&school.id).copied().max(last_full_sync)?;
        Some((school, newest))
    });
    let stale = known.filter(|(_, newest)| is_stale(Some(*newest), notifier.stale_after, now));
    let stale: Vec<(&School, Timestamp)> = stale.collect();
    notifier.are_stale(&stale);
    Ok(())
}
