//! Reading all records of one object that belong to a school and year: one wave of pages instead of page after page.
//!
//! Owns how they are read and whether their sum can be trusted, for every object alike; which pages are asked for is decided
//! in `plan.rs` and `cuts.rs`. Never asks for one page more often than here and in knack-client/src/retry.rs is said.

use std::collections::HashMap;

use dashboard::SchoolYear;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use jiff::ToSpan;
use knack_client::{Filters, KnackClient, KnackError, ListRecords, Page, Rule};
use sync_protocol::{AcademicYear, KnackRecordId, WarningCode};

use super::asked::Asked;
use super::cuts::{CannotBeCut, Cuts};
use super::heard::Heard;
use super::page_read::{Extent, Outcome, PageRead};
use super::plan::Wave;
use super::reading::{Reading, Round};
use super::source::Source;
use super::tally::Tally;
use crate::error::SyncError;
use crate::knack::date::for_filter;
use crate::knack::fields::Object;
use crate::knack::record::Record;

/// The records of an object in Knack.
pub(crate) struct Records<T> {
    /// Each record once.
    pub(crate) outcomes: HashMap<KnackRecordId, Outcome<T>>,
    /// Records that could not be read, and what is to be said of them.
    pub(crate) left_out: Vec<LeftOut>,
    /// Warnings about the list as a whole.
    pub(crate) warnings: Vec<WarningCode>,
}

impl<T> Records<T> {
    /// How many Knack returned, those among them that could not be read.
    pub(crate) fn received(&self) -> usize {
        self.outcomes.len() + self.left_out.len()
    }
}

/// A record that is left out, by its id where that is known, and the warning that says why.
pub(crate) type LeftOut = (WarningCode, Option<KnackRecordId>);

type TooLarge = Vec<Option<KnackRecordId>>;

/// The list of an object's records.
pub(super) struct List<'a> {
    pub(super) knack: &'a KnackClient,
    pub(super) of: &'a SchoolYear,
    pub(super) wave: Wave,
    pub(super) tally: &'a Tally<'a>,
    pub(super) scope: Scope,
}

/// Which of the school's records are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    /// Those completed in the year.
    Year,
    /// Those of any year, and those that are not completed.
    Any,
}

impl List<'_> {
    /// Reads all of it.
    pub(super) async fn read<S: Source>(&self) -> Result<Records<S::Read>, SyncError> {
        let mut warnings = Vec::new();
        let (mut reading, mut too_large) = self.read_once::<S>().await?;
        if reading.changed_meanwhile() {
            tracing::info!(
                object = S::KEY,
                "records changed while they were read; reading once more"
            );
            let again;
            (again, too_large) = self.read_once::<S>().await?;
            if again.changed_meanwhile() {
                warnings.push(WarningCode::ChangedWhileReading);
                reading.replace_by(again);
            } else {
                reading = again;
            }
        }
        if self.are_missing::<S>(&mut reading).await? {
            warnings.push(WarningCode::ShortPage);
        }
        if reading.is_mostly_unreadable() {
            return Err(KnackError::UnreadableRecords.into());
        }
        let too_large = too_large
            .into_iter()
            .map(|id| (WarningCode::RecordTooLarge, id));
        let unreadable = reading
            .unreadable()
            .map(|id| (WarningCode::RecordUnreadable, id));
        Ok(Records {
            left_out: too_large.chain(unreadable).collect(),
            outcomes: reading.into_records(),
            warnings,
        })
    }

    /// All pages, and the records left out for their size.
    async fn read_once<S: Source>(&self) -> Result<(Reading<S::Read>, TooLarge), SyncError> {
        let mut reading = Reading::default();
        let cuts = Cuts::whole(self.wave);
        let too_large = self.pages::<S>(cuts, &mut reading, Round::First).await?;
        Ok((reading, too_large))
    }

    /// Reads again what pages lack, cut differently where they stay short. Whether it stays missing.
    async fn are_missing<S: Source>(
        &self,
        reading: &mut Reading<S::Read>,
    ) -> Result<bool, SyncError> {
        let mut gaps = reading.gaps();
        for round in Round::REPEATED {
            let parts: Vec<_> = gaps.iter().filter_map(|gap| gap.part(round)).collect();
            if !parts.is_empty() {
                tracing::info!(
                    object = S::KEY,
                    pages = parts.len(),
                    ?round,
                    "pages are short; reading them again"
                );
                let cuts = Cuts::over(parts);
                self.pages::<S>(cuts, reading, round).await?;
            }
            gaps = reading.still_open(&gaps, round);
        }
        Ok(reading.is_lacking(&gaps))
    }

    /// Asks for all that `cuts` holds. Returns the records left out for their size.
    async fn pages<S: Source>(
        &self,
        mut cuts: Cuts,
        reading: &mut Reading<S::Read>,
        round: Round,
    ) -> Result<TooLarge, SyncError> {
        let mut too_large = Vec::new();
        let mut waiting = FuturesUnordered::new();
        loop {
            while let Some(asked) = cuts.next(waiting.len()) {
                waiting.push(async { (self.page::<S>(&asked).await, asked) });
            }
            let Some((answer, asked)) = waiting.next().await else {
                return Ok(too_large);
            };
            let cut = match &answer {
                Ok(page) => {
                    cuts.answered(&page.extent);
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
                Err(_) => Err(CannotBeCut),
            };
            match answer {
                Ok(page) => self.add::<S>(page, reading, round)?,
                Err(error) if cut.is_ok() => {
                    tracing::info!(object = S::KEY, %error, "asking for smaller pages");
                }
                Err(error) => return Err(error.into()),
            }
        }
    }

    fn add<S: Source>(
        &self,
        page: PageRead<S::Read>,
        reading: &mut Reading<S::Read>,
        round: Round,
    ) -> Result<(), SyncError> {
        let announced = page.extent.total_records;
        reading.add(page, round);
        if reading.heard.was_ignored(self.wave.rows_per_page) {
            return Err(SyncError::FilterIgnored);
        }
        self.tally.read(S::KEY, reading.len(), announced);
        Ok(())
    }

    async fn page<S: Source>(&self, asked: &Asked) -> Result<PageRead<S::Read>, KnackError> {
        let (school, year) = (self.of.school.knack_id, self.of.year);
        let filters = match self.scope {
            Scope::Year => filters_of_year::<S>(school, year),
            Scope::Any => Filters::all([Rule::is(S::ESTABLISHMENT.key, &school)]),
        };
        let heard_year = (self.scope == Scope::Year).then_some(year);
        let page: Page<Record<S>> = self
            .knack
            .list(&ListRecords {
                object: S::KEY,
                filters: &filters,
                // No field of the objects is immutable; the e-mail changes least.
                sort_field: Some(S::EMAIL.key),
                page: asked.number,
                rows_per_page: asked.rows,
            })
            .await?;
        let outcome = |record: &Record<S>| (record.id, S::read(record, school, year));
        Ok(PageRead {
            extent: Extent {
                asked: asked.clone(),
                total_pages: page.total_pages,
                total_records: page.total_records,
                len: page.len() as u64,
                bytes: page.bytes as u64,
            },
            outcomes: page.records.iter().map(outcome).collect(),
            unreadable: page.unreadable,
            heard: Heard::of(&page.records, school, heard_year),
        })
    }
}

/// The records of a school and year. Both bounds are exclusive at Knack, so they are a day wider, and each record's own
/// date is checked again (docs/knack-and-dashboard.md, "Date bounds": 1 August and 31 July were once lost).
pub(crate) fn filters_of_year<O: Object>(school: KnackRecordId, year: AcademicYear) -> Filters {
    let after = year.first_day().saturating_sub(1.day());
    let before = year.last_day().saturating_add(1.day());
    Filters::all([
        Rule::is(O::ESTABLISHMENT.key, &school),
        Rule::is_after(O::COMPLETION_DATE.key, &for_filter(after)),
        Rule::is_before(O::COMPLETION_DATE.key, &for_filter(before)),
    ])
}
