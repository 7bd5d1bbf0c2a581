//! What is read of each object, and what its records become.

use sync_protocol::{AcademicYear, KnackRecordId, SkipReason};

use crate::knack::fields::Object;
use crate::knack::fields::answers::QuestionAnswers;
use crate::knack::fields::results::VespaResults;
use crate::knack::record::Record;
use crate::transform::{Transformed, TransformedSheet, transform, transform_answers};

/// An object of which a school's records of one year are read.
pub(super) trait Source: Object + Sized {
    /// What one record becomes.
    type Read;

    fn read(
        record: &Record<Self>,
        school: KnackRecordId,
        year: AcademicYear,
    ) -> Result<Self::Read, SkipReason>;
}

impl Source for VespaResults {
    type Read = Transformed;

    fn read(
        record: &Record<Self>,
        school: KnackRecordId,
        year: AcademicYear,
    ) -> Result<Transformed, SkipReason> {
        transform(record, school, year)
    }
}

impl Source for QuestionAnswers {
    type Read = TransformedSheet;

    fn read(
        record: &Record<Self>,
        school: KnackRecordId,
        year: AcademicYear,
    ) -> Result<TransformedSheet, SkipReason> {
        transform_answers(record, school, year)
    }
}
