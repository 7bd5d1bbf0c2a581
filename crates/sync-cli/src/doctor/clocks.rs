//! Checks whether this machine's clock is right.

use sync_protocol::{ErrorCode, SetupCheck, SetupSubject};

use super::findings::{broken, passed, skipped};
use super::services::Services;
use crate::clock_skew::Comparison;
use crate::service::Service;

const SUBJECT: SetupSubject = SetupSubject::Clock;

/// By the last answers of both services.
pub(super) fn examine(services: &Services<'_>) -> SetupCheck {
    let dates = [
        (Service::Knack, services.knack.last_date()),
        (Service::Supabase, services.supabase.last_date()),
    ];
    let mut compared = dates.into_iter().filter_map(|(service, last)| {
        let (date, at) = last?;
        let comparison = Comparison::of(date.to_str().ok()?, services.clock.at(at))?;
        Some((service, comparison))
    });
    let Some(first) = compared.next() else {
        return skipped(SUBJECT, "Not examined, since no service has told the time.");
    };
    let skewed = [Some(first), compared.next()]
        .into_iter()
        .flatten()
        .find(|(_, comparison)| comparison.is_skewed());
    match skewed {
        None => passed(
            SUBJECT,
            "This machine's clock agrees with the services' clocks.",
        ),
        Some((service, _)) => broken(
            SUBJECT,
            ErrorCode::Configuration,
            format!("This machine's clock and {service}'s differ by more than five minutes."),
            "Set this machine's clock, or let it be set by a time server.",
        ),
    }
}
