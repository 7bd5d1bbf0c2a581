//! Reading one school's year from Knack: its records and its question answers side by side, and the count of those who have
//! not completed.
//!
//! Owns what holds up what: records never wait for answers longer than `fetch/answers.rs` allows, and nothing but records is
//! needed. How a list is read is in `fetch/list.rs`. Never writes.

mod answers;
mod asked;
mod cuts;
mod heard;
mod list;
mod not_completed;
mod page_read;
mod plan;
mod reading;
mod source;
mod tally;

use std::time::Instant;

use dashboard::SchoolYear;
use knack_client::KnackClient;
use sync_protocol::WarningCode;
use tokio_util::sync::CancellationToken;

pub(crate) use answers::AnswersNotRead;
pub(crate) use list::Records;
#[cfg(test)]
pub(crate) use list::filters_of_year;
pub(crate) use plan::{PageOptions, Plan};

use crate::error::SyncError;
use crate::field_check::{self, FieldFaults};
use crate::knack::fields::Object;
use crate::knack::fields::answers::QuestionAnswers;
use crate::knack::fields::results::VespaResults;
use crate::progress::Progress;
use crate::transform::{Transformed, TransformedSheet};
use list::{List, Scope};
use plan::Wave;
use tally::Tally;

/// The school's year in Knack.
pub(crate) struct Fetched {
    pub(crate) records: Records<Transformed>,
    /// Students without a completion date; `None` when it could not be counted.
    pub(crate) not_completed: Option<u64>,
    /// `None` where they were not to be read.
    pub(crate) answers: Option<Result<Records<TransformedSheet>, AnswersNotRead>>,
    /// Fields that are no longer what they were.
    pub(crate) fields: FieldFaults,
}

/// Reads one school and year.
pub(crate) struct Fetch<'a> {
    pub(crate) knack: &'a KnackClient,
    pub(crate) of: &'a SchoolYear,
    pub(crate) plan: Plan,
    pub(crate) progress: &'a Progress,
    /// When the run must be over.
    pub(crate) end: Instant,
    /// How many students have not completed, where that was counted first.
    pub(crate) counted: Option<u64>,
}

impl Fetch<'_> {
    /// Reads it all, side by side. Fails only where the records cannot be read.
    pub(crate) async fn run(&self) -> Result<Fetched, SyncError> {
        let begun = Instant::now();
        let tally = Tally::new(self.progress);
        let records_are_in = CancellationToken::new();
        let records = async {
            let list = self.list(self.plan.records, &tally);
            let records = list.read::<VespaResults>().await?;
            records_are_in.cancel();
            Ok::<_, SyncError>(records)
        };
        let answers = async {
            let Some(wave) = self.plan.answers else {
                return Ok(None);
            };
            let list = self.list(wave, &tally);
            let reading = list.read::<QuestionAnswers>();
            let read = answers::within_patience(reading, &records_are_in, begun, self.end).await;
            if let Err(error) = &read {
                tracing::warn!(%error, "the question answers could not be read");
                tally.given_up(QuestionAnswers::KEY);
            }
            Ok(Some(read))
        };
        let counting = async {
            match self.counted {
                Some(count) => Ok(Some(count)),
                None => Ok(self.count_not_completed(&records_are_in).await),
            }
        };
        let examining = async {
            // Whatever a refresh is made of comes first.
            records_are_in.cancelled().await;
            Ok(field_check::examine(self.knack, self.plan.answers.is_some()).await)
        };
        // In the order in which they were planned to start.
        let (mut records, answers, not_completed, fields) =
            tokio::try_join!(biased; records, answers, counting, examining)?;
        if not_completed.is_none() {
            records.warnings.push(WarningCode::NotCounted);
        }
        Ok(Fetched {
            records,
            not_completed,
            answers,
            fields,
        })
    }

    /// What the school's records of any year are, those that are not completed among them: only for a question about one that
    /// is not in the year.
    pub(crate) async fn of_any_year(&self) -> Result<Records<Transformed>, SyncError> {
        let tally = Tally::new(self.progress);
        let list = List {
            scope: Scope::Any,
            ..self.list(self.plan.records, &tally)
        };
        list.read::<VespaResults>().await
    }

    fn list<'a>(&'a self, wave: Wave, tally: &'a Tally<'_>) -> List<'a> {
        List {
            knack: self.knack,
            of: self.of,
            wave,
            tally,
            scope: Scope::Year,
        }
    }
}
