//! Reading one school's records of one year from Knack: one wave of pages instead of page after page.
//!
//! Owns which pages are asked for and whether their sum can be trusted. Never asks for one page more often than here and
//! in knack-client/src/retry.rs is said, and never writes.

mod reading;
mod wave;

use std::collections::HashMap;
use std::time::Duration;

use dashboard::SchoolYear;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::ToSpan;
use knack_client::{Filters, KnackClient, KnackError, ListRecords, Page, Rule};
use sync_protocol::{AcademicYear, KnackRecordId, Phase, ProgressEvent, SkipReason, WarningCode};
use tokio_util::sync::CancellationToken;

pub(crate) use reading::Outcome;
pub(crate) use wave::{Wave, requests_in_flight};

use crate::error::SyncError;
use crate::knack::date::for_filter;
use crate::knack::fields::{COMPLETION_DATE, EMAIL, ESTABLISHMENT, VESPA_RESULTS};
use crate::knack::record::Record;
use crate::progress::Progress;
use crate::transform::transform;
use reading::{PageRead, Reading};

/// More records than any school has, many times over; for a school whose size is unknown.
const MOST_RECORDS: u64 = 100_000;

/// How long the count of those not completed may still take once all records are there.
const COUNT_PATIENCE: Duration = Duration::from_secs(5);

/// What Knack holds of the school and year.
pub(crate) struct Fetched {
    /// Each record once.
    pub(crate) records: HashMap<KnackRecordId, Outcome>,
    /// Students without a completion date; `None` when it could not be counted.
    pub(crate) not_completed: Option<u64>,
    /// What is doubtful about all of it.
    pub(crate) warnings: Vec<WarningCode>,
}

/// Reads one school and year.
pub(crate) struct Fetch<'a> {
    pub(crate) knack: &'a KnackClient,
    pub(crate) of: &'a SchoolYear,
    /// How many students Supabase holds, where that is known.
    pub(crate) stored_students: Option<u64>,
    pub(crate) wave: Wave,
    pub(crate) progress: &'a Progress,
}

impl Fetch<'_> {
    /// Reads all records and counts those not completed, side by side.
    pub(crate) async fn run(&self) -> Result<Fetched, SyncError> {
        let records_are_in = CancellationToken::new();
        let counting = async {
            let too_long = async {
                records_are_in.cancelled().await;
                tokio::time::sleep(COUNT_PATIENCE).await;
            };
            tokio::select! {
                count = self.count_not_completed() => Ok(count),
                () = too_long => Ok(None),
            }
        };
        let reading = async {
            let reading = self.read().await;
            records_are_in.cancel();
            reading
        };
        let ((reading, mut warnings), not_completed) = tokio::try_join!(reading, counting)?;
        if not_completed.is_none() {
            warnings.push(WarningCode::NotCounted);
        }
        Ok(Fetched {
            records: reading.into_records(),
            not_completed,
            warnings,
        })
    }

    fn school(&self) -> KnackRecordId {
        self.of.school.knack_id
    }

    async fn read(&self) -> Result<(Reading, Vec<WarningCode>), SyncError> {
        let mut warnings = Vec::new();
        let mut reading = self.read_once().await?;
        if reading.changed_meanwhile() {
            tracing::info!("records changed while they were read; reading once more");
            let again = self.read_once().await?;
            if again.changed_meanwhile() {
                warnings.push(WarningCode::ChangedWhileReading);
                reading.replace_by(again);
            } else {
                reading = again;
            }
        }
        for number in reading.short_pages(self.wave.rows_per_page) {
            let again = self.page(number).await?;
            reading.take_longer(again);
        }
        if !reading.short_pages(self.wave.rows_per_page).is_empty() {
            warnings.push(WarningCode::ShortPage);
        }
        Ok((reading, warnings))
    }

    /// All pages: first as many as the stored count lets expect, then those that Knack's own count adds.
    async fn read_once(&self) -> Result<Reading, SyncError> {
        let mut asked = self.wave.expected_pages;
        let mut waiting: FuturesUnordered<_> = (1..=asked).map(|page| self.page(page)).collect();
        let mut reading = Reading::default();
        while let Some(page) = waiting.next().await {
            let page = page?;
            self.check_filter(&page)?;
            if page.total_pages > page.total_records.div_ceil(self.wave.rows_per_page) + 1 {
                return Err(KnackError::Contradictory.into());
            }
            while asked < page.total_pages {
                asked += 1;
                waiting.push(self.page(asked));
            }
            let total = page.total_records;
            reading.add(page);
            self.progress.event(&ProgressEvent::Progress {
                phase: Phase::Fetching,
                done: reading.len(),
                total: total.max(reading.len()),
            });
        }
        Ok(reading)
    }

    async fn page(&self, number: u64) -> Result<PageRead, KnackError> {
        let filters = filters_of_year(self.school(), self.of.year);
        let page: Page<Record> = self
            .knack
            .list(&ListRecords {
                object: VESPA_RESULTS,
                filters: &filters,
                // No field of the object is immutable; the e-mail changes least.
                sort_field: Some(EMAIL.key),
                page: number,
                rows_per_page: self.wave.rows_per_page,
            })
            .await?;
        let outcome = |record: &Record| (record.id, transform(record, self.school(), self.of.year));
        Ok(PageRead {
            number,
            total_pages: page.total_pages,
            total_records: page.total_records,
            outcomes: page.records.iter().map(outcome).collect(),
        })
    }

    /// Knack ignores a filter it does not understand, without a word, and returns everything.
    fn check_filter(&self, page: &PageRead) -> Result<(), SyncError> {
        let most = self
            .stored_students
            .map_or(MOST_RECORDS, |stored| 3 * stored + 3_000);
        let too_many = page.total_records > most;
        let foreign = |(_, outcome): &&(KnackRecordId, Outcome)| {
            matches!(
                outcome,
                Err(SkipReason::OtherSchool | SkipReason::OutsideYear)
            )
        };
        let length = page.outcomes.len();
        let is_full_first = page.number == 1 && length as u64 >= self.wave.rows_per_page;
        let mostly_foreign = 2 * page.outcomes.iter().filter(foreign).count() > length;
        if too_many || (is_full_first && mostly_foreign) {
            return Err(SyncError::FilterIgnored);
        }
        Ok(())
    }

    /// Students of the school whose completion date is blank.
    async fn count_not_completed(&self) -> Option<u64> {
        let filters = Filters::all([
            Rule::is(ESTABLISHMENT.key, &self.school()),
            Rule::is_blank(COMPLETION_DATE.key),
        ]);
        let list = ListRecords {
            object: VESPA_RESULTS,
            filters: &filters,
            sort_field: None,
            page: 1,
            rows_per_page: 1,
        };
        let page: Page<Record> = match self.knack.list(&list).await {
            Ok(page) => page,
            Err(error) => {
                tracing::warn!(%error, "students who have not completed could not be counted");
                return None;
            }
        };
        let is_ours = |record: &Record| {
            // Ours and undated: anything else means that the filter was ignored.
            crate::knack::establishment::establishment(record) == Some(self.school())
                && record.display(COMPLETION_DATE).is_none()
        };
        page.records
            .iter()
            .all(is_ours)
            .then_some(page.total_records)
    }
}

/// The records of a school and year. Both bounds are exclusive at Knack, so they are a day wider, and each record's own
/// date is checked again (docs/knack-and-dashboard.md, "Date bounds": 1 August and 31 July were once lost).
pub(crate) fn filters_of_year(school: KnackRecordId, year: AcademicYear) -> Filters {
    let after = year.first_day().saturating_sub(1.day());
    let before = year.last_day().saturating_add(1.day());
    Filters::all([
        Rule::is(ESTABLISHMENT.key, &school),
        Rule::is_after(COMPLETION_DATE.key, &for_filter(after)),
        Rule::is_before(COMPLETION_DATE.key, &for_filter(before)),
    ])
}
