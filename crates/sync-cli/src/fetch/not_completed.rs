//! Counts the school's students who have not completed the questionnaire. It takes one request and delays nothing.

use std::time::Duration;

use knack_client::{Filters, ListRecords, Page, Rule};
use sync_protocol::KnackRecordId;
use tokio_util::sync::CancellationToken;

use super::Fetch;
use crate::knack::connection;
use crate::knack::fields::Object;
use crate::knack::fields::results::VespaResults;
use crate::knack::record::Record;

/// How long the count may still take once all records are there.
const PATIENCE: Duration = Duration::from_secs(5);

impl Fetch<'_> {
    /// Students whose completion date is blank; `None` where they could not be counted.
    pub(super) async fn count_not_completed(
        &self,
        records_are_in: &CancellationToken,
    ) -> Option<u64> {
        let too_long = async {
            records_are_in.cancelled().await;
            tokio::time::sleep(PATIENCE).await;
        };
        tokio::select! {
            count = self.ask_for_count() => count,
            () = too_long => None,
        }
    }

    /// The same before anything else is asked for, however long that takes.
    pub(crate) async fn ask_for_count(&self) -> Option<u64> {
        let school = self.of.school.knack_id;
        let filters = Filters::all([
            Rule::is(VespaResults::ESTABLISHMENT.key, &school),
            Rule::is_blank(VespaResults::COMPLETION_DATE.key),
        ]);
        let list = ListRecords {
            object: VespaResults::KEY,
            filters: &filters,
            sort_field: None,
            page: 1,
            rows_per_page: 1,
        };
        let page: Page<Record<VespaResults>> = match self.knack.list(&list).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "students who have not completed could not be counted");
                return None;
            }
        };
        let is_ours = |record: &Record<_>| is_ours(record, school);
        let are_ours = page.unreadable.is_empty() && page.records.iter().all(is_ours);
        are_ours.then_some(page.total_records)
    }
}

/// Of this school and undated: anything else means that the filter was ignored.
fn is_ours(record: &Record<VespaResults>, school: KnackRecordId) -> bool {
    connection::names(record, VespaResults::ESTABLISHMENT, school)
        && record.display(VespaResults::COMPLETION_DATE).is_none()
}
