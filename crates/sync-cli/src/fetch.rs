//! Reading one school's records of one year from Knack: one wave of pages instead of page after page.
//!
//! Owns how they are read and whether their sum can be trusted; which pages are asked for is decided in `fetch/cuts.rs`. Never
//! asks for one page more often than here and in knack-client/src/retry.rs is said, and never writes.

mod asked;
mod cuts;
mod heard;
mod page_read;
mod reading;
mod wave;

use std::collections::HashMap;
use std::time::Duration;

use dashboard::SchoolYear;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::ToSpan;
use knack_client::{Filters, KnackClient, KnackError, ListRecords, Page, Rule};
use sync_protocol::{AcademicYear, KnackRecordId, Phase, ProgressEvent, WarningCode};
use tokio_util::sync::CancellationToken;

pub(crate) use page_read::Outcome;
pub(crate) use wave::{Wave, requests_in_flight};

use crate::error::SyncError;
use crate::knack::connection;
use crate::knack::date::for_filter;
use crate::knack::fields::Object;
use crate::knack::fields::results::VespaResults;
use crate::knack::record::Record;
use crate::progress::Progress;
use crate::transform::transform;
use asked::Asked;
use cuts::Cuts;
use heard::Heard;
use page_read::PageRead;
use reading::{Reading, Round};

/// How long the count of those not completed may still take once all records are there.
const COUNT_PATIENCE: Duration = Duration::from_secs(5);

/// What Knack holds of the school and year.
pub(crate) struct Fetched {
    /// Each record once.
    pub(crate) records: HashMap<KnackRecordId, Outcome>,
    /// Students without a completion date; `None` when it could not be counted.
    pub(crate) not_completed: Option<u64>,
    /// Records that are larger than can be read; `None` for one that did not say its id.
    pub(crate) too_large: TooLarge,
    /// What is doubtful about all of it.
    pub(crate) warnings: Vec<WarningCode>,
}

type TooLarge = Vec<Option<KnackRecordId>>;

/// Reads one school and year.
pub(crate) struct Fetch<'a> {
    pub(crate) knack: &'a KnackClient,
    pub(crate) of: &'a SchoolYear,
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
        let ((reading, too_large, mut warnings), not_completed) =
            tokio::try_join!(reading, counting)?;
        if not_completed.is_none() {
            warnings.push(WarningCode::NotCounted);
        }
        Ok(Fetched {
            records: reading.into_records(),
            not_completed,
            too_large,
            warnings,
        })
    }

    fn school(&self) -> KnackRecordId {
        self.of.school.knack_id
    }

    async fn read(&self) -> Result<(Reading, TooLarge, Vec<WarningCode>), SyncError> {
        let mut warnings = Vec::new();
        let (mut reading, mut too_large) = self.read_once().await?;
        if reading.changed_meanwhile() {
            tracing::info!("records changed while they were read; reading once more");
            let again;
            (again, too_large) = self.read_once().await?;
            if again.changed_meanwhile() {
                warnings.push(WarningCode::ChangedWhileReading);
                reading.replace_by(again);
            } else {
                reading = again;
            }
        }
        if self.are_missing(&mut reading).await? {
            warnings.push(WarningCode::ShortPage);
        }
        Ok((reading, too_large, warnings))
    }

    /// All pages, and the records left out for their size.
    async fn read_once(&self) -> Result<(Reading, TooLarge), SyncError> {
        let mut reading = Reading::default();
        let cuts = Cuts::whole(self.wave);
        let too_large = self.read_pages(cuts, &mut reading, Round::First).await?;
        Ok((reading, too_large))
    }

    /// Reads again what pages lack, cut differently where they stay short. Whether it stays missing.
    async fn are_missing(&self, reading: &mut Reading) -> Result<bool, SyncError> {
        let mut gaps = reading.gaps();
        for round in Round::REPEATED {
            let parts: Vec<_> = gaps.iter().filter_map(|gap| gap.part(round)).collect();
            if !parts.is_empty() {
                tracing::info!(
                    pages = parts.len(),
                    ?round,
                    "pages are short; reading them again"
                );
                let cuts = Cuts::over(parts, wave::MOST_ROWS);
                self.read_pages(cuts, reading, round).await?;
            }
            gaps = reading.still_open(&gaps, round);
        }
        Ok(reading.is_lacking(&gaps))
    }

    /// Asks for all that `cuts` holds. Returns the records left out for their size.
    async fn read_pages(
        &self,
        mut cuts: Cuts,
        reading: &mut Reading,
        round: Round,
    ) -> Result<TooLarge, SyncError> {
        let mut too_large = Vec::new();
        let mut waiting = FuturesUnordered::new();
        loop {
            while let Some(asked) = cuts.next(waiting.len()) {
                waiting.push(async { (self.page(&asked).await, asked) });
            }
            let Some((answer, asked)) = waiting.next().await else {
                return Ok(too_large);
            };
            let cut = match &answer {
                Ok(page) => {
                    cuts.answered(page);
                    Ok(())
                }
                Err(KnackError::TooLarge { first_record }) => {
                    if asked.rows == 1 {
                        let id = first_record.as_ref().and_then(|id| id.parse().ok());
                        too_large.push(id);
                    }
                    cuts.too_large(asked)
                }
                // What lasts longer than an outage is waited out may be this page's own trouble.
                Err(
                    KnackError::Timeout(_)
                    | KnackError::Overloaded { .. }
                    | KnackError::Unreachable(_)
                    | KnackError::Truncated,
                ) => cuts.too_slow(asked),
                Err(_) => Err(cuts::CannotBeCut),
            };
            match answer {
                Ok(page) => self.add(page, reading, round)?,
                Err(error) if cut.is_ok() => tracing::info!(%error, "asking for smaller pages"),
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn add(&self, page: PageRead, reading: &mut Reading, round: Round) -> Result<(), SyncError> {
        let total = page.total_records;
        reading.add(page, round);
        if reading.heard.was_ignored(self.wave.rows_per_page) {
            return Err(SyncError::FilterIgnored);
        }
        self.progress.event(&ProgressEvent::Progress {
            phase: Phase::Fetching,
            done: reading.len(),
            total: total.max(reading.len()),
        });
        Ok(())
    }

    async fn page(&self, asked: &Asked) -> Result<PageRead, KnackError> {
        let filters = filters_of_year(self.school(), self.of.year);
        let page: Page<Record<VespaResults>> = self
            .knack
            .list(&ListRecords {
                object: VespaResults::KEY,
                filters: &filters,
                // No field of the object is immutable; the e-mail changes least.
                sort_field: Some(VespaResults::EMAIL.key),
                page: asked.number,
                rows_per_page: asked.rows,
            })
            .await?;
        let outcome = |record: &Record<VespaResults>| {
            (record.id, transform(record, self.school(), self.of.year))
        };
        Ok(PageRead {
            asked: asked.clone(),
            total_pages: page.total_pages,
            total_records: page.total_records,
            len: page.records.len() as u64,
            bytes: page.bytes as u64,
            outcomes: page.records.iter().map(outcome).collect(),
            heard: Heard::of(&page.records, self.school(), self.of.year),
        })
    }

    /// Students of the school whose completion date is blank.
    async fn count_not_completed(&self) -> Option<u64> {
        let filters = Filters::all([
            Rule::is(VespaResults::ESTABLISHMENT.key, &self.school()),
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
        let is_ours = |record: &Record<VespaResults>| {
            // Ours and undated: anything else means that the filter was ignored.
            connection::names(record, VespaResults::ESTABLISHMENT, self.school())
                && record.display(VespaResults::COMPLETION_DATE).is_none()
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
        Rule::is(VespaResults::ESTABLISHMENT.key, &school),
        Rule::is_after(VespaResults::COMPLETION_DATE.key, &for_filter(after)),
        Rule::is_before(VespaResults::COMPLETION_DATE.key, &for_filter(before)),
    ])
}
