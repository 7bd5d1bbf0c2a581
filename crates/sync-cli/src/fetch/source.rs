//! Defines what is read of each object, and what its records become.

use sync_protocol::{AcademicYear, KnackRecordId};

use crate::knack::fields::Object;
use crate::knack::fields::answers::QuestionAnswers;
use crate::knack::fields::results::VespaResults;
use crate::knack::record::Record;
use crate::transform::{NotTaken, Transformed, TransformedSheet, transform, transform_answers};

/// An object of which a school's records of one year are read.
pub(super) trait Source: Object + Sized {
    /// The type that a record becomes.
    type Read;

    fn read(
        record: &Record<Self>,
        school: KnackRecordId,
        year: AcademicYear,
    ) -> Result<Self::Read, NotTaken>;
}

impl Source for VespaResults {
    type Read = Transformed;

    fn read(
        record: &Record<Self>,
        school: KnackRecordId,
        year: AcademicYear,
    ) -> Result<Transformed, NotTaken> {
        transform(record, school, year)
    }
}

impl Source for QuestionAnswers {
    type Read = TransformedSheet;

    fn read(
        record: &Record<Self>,
        school: KnackRecordId,
        year: AcademicYear,
    ) -> Result<TransformedSheet, NotTaken> {
        transform_answers(record, school, year)
    }
}
