//! What Redis has to be told, now or as soon as it answers again.

use std::time::{Duration, Instant};

use uuid::Uuid;

use crate::runs::Event;

/// How long what is known of a run is kept after the last news of it.
pub(super) const KEPT: Duration = Duration::from_hours(1);
/// An end that Redis has to be told.
pub(super) struct Release {
    pub(super) since: Instant,
    pub(super) arguments: Vec<String>,
}

/// An admission that has to be taken back, since its answer has not come in time. Redis may carry it out later than this is
/// asked, so it is asked for as long as a lease lasts.
pub(super) struct Withdrawal {
    pub(super) until: Instant,
    pub(super) school: Uuid,
    pub(super) run: Uuid,
}

/// Number, name and data.
pub(super) fn argument_of(event: &Event) -> [String; 3] {
    [
        event.id.to_string(),
        event.name().to_owned(),
        event.data().to_owned(),
    ]
}
