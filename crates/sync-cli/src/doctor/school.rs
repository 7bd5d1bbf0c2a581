//! Checks whether both sides know the school that was named.

use dashboard::establishments;
use knack_client::{Filters, ListRecords, Rule};
use serde::de::IgnoredAny;
use sync_protocol::{SetupCheck, SetupSubject};

use super::findings::{failed, passed, skipped};
use super::services::Services;
use crate::error::SyncError;
use crate::knack::fields::Object;
use crate::knack::fields::results::VespaResults;

const SUBJECT: SetupSubject = SetupSubject::School;

/// Only where the services themselves answer.
pub(super) async fn examine(
    services: &Services<'_>,
    knack: &[SetupCheck],
    supabase: &[SetupCheck],
) -> SetupCheck {
    let Some(id) = services.school else {
        return skipped(SUBJECT, "Not examined: no --establishment-id was given.");
    };
    let is_broken = |checks: &[SetupCheck]| checks.first().is_none_or(|it| it.code.is_some());
    if is_broken(knack) || is_broken(supabase) {
        return skipped(SUBJECT, "Not examined, since a service does not answer.");
    }
    let school = match establishments::find(services.supabase, id).await {
        Ok(Some(school)) => school,
        Ok(None) => return failed(SUBJECT, &SyncError::EstablishmentNotFound),
        Err(source) => {
            let doing = "reading the school";
            return failed(SUBJECT, &SyncError::Supabase { doing, source });
        }
    };
    let page = ListRecords {
        object: VespaResults::KEY,
        filters: &Filters::all([Rule::is(VespaResults::ESTABLISHMENT.key, &school.knack_id)]),
        sort_field: None,
        page: 1,
        rows_per_page: 1,
    };
    match services.knack.list::<IgnoredAny>(&page).await {
        Ok(page) => passed(
            SUBJECT,
            format!(
                "{} is in the academic year {}, and Knack has {} of it.",
                school.name,
                school.academic_year(services.clock.now()),
                counted(page.total_records)
            ),
        ),
        Err(error) => failed(SUBJECT, &SyncError::Knack(error)),
    }
}

fn counted(records: u64) -> String {
    match records {
        1 => "1 record".to_owned(),
        more => format!("{more} records"),
    }
}
