//! Whether Knack heard the filter: it ignores one it does not understand, without a word, and returns everything. Judged by
//! what the records name, never by how many there are.

use sync_protocol::{AcademicYear, KnackRecordId};

use crate::knack::connection;
use crate::knack::date::{CompletionDate, completion_date};
use crate::knack::fields::Object;
use crate::knack::record::Record;

/// So few records show nothing, unless a page holds no more.
const FEW_RECORDS: u64 = 20;

/// Records read, and those among them that no filter of ours lets through.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Heard {
    records: u64,
    strangers: u64,
}

impl Heard {
    /// `year` is the one that was asked for, if one was.
    pub(super) fn of<O: Object>(
        records: &[Record<O>],
        school: KnackRecordId,
        year: Option<AcademicYear>,
    ) -> Self {
        let is_stranger = |record: &&Record<O>| is_stranger(record, school, year);
        Self {
            records: records.len() as u64,
            strangers: records.iter().filter(is_stranger).count() as u64,
        }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.records += other.records;
        self.strangers += other.strangers;
    }

    /// Whether so many of the records are strangers that the filter was ignored.
    pub(super) fn was_ignored(self, rows_per_page: u64) -> bool {
        self.records >= rows_per_page.min(FEW_RECORDS) && 2 * self.strangers > self.records
    }
}

/// A connection may name several schools, and the filter looks at all of them. A record that names ours second shows that
/// it was heard, although it belongs to another.
fn is_stranger<O: Object>(
    record: &Record<O>,
    school: KnackRecordId,
    year: Option<AcademicYear>,
) -> bool {
    if !connection::names(record, O::ESTABLISHMENT, school) {
        return true;
    }
    let Some(year) = year else { return false };
    match completion_date(record) {
        CompletionDate::At(at) => !year.contains(at.date()),
        CompletionDate::Blank => true,
        CompletionDate::Unreadable => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::knack::fields::results::VespaResults;

    const OURS: &str = "61680fc13a0bfd001e8ca3ca";
    const THEIRS: &str = "61680fc13a0bfd001e8ca3cb";

    #[test]
    fn a_record_is_a_stranger_if_it_names_our_school_nowhere_or_another_year() {
        for (schools, date, expected) in [
            (vec![OURS], "05/10/2026", false),
            (vec![OURS, THEIRS], "05/10/2026", false),
            (vec![THEIRS, OURS], "05/10/2026", false),
            (vec![OURS], "soon", false),
            (vec![THEIRS], "05/10/2026", true),
            (vec![], "05/10/2026", true),
            (vec![OURS], "31/07/2026", true),
            (vec![OURS], "", true),
        ] {
            let record = json!({"id": OURS, "field_133_raw": schools, "field_855": date});
            let record: Record<VespaResults> = serde_json::from_value(record).unwrap();
            let year = "2026/2027".parse().unwrap();
            assert_eq!(
                is_stranger(&record, OURS.parse().unwrap(), Some(year)),
                expected,
                "{schools:?} {date}"
            );
        }
    }

    #[test]
    fn a_filter_was_ignored_where_more_than_half_are_strangers_however_many_there_are() {
        for (records, strangers, rows_per_page, ignored) in [
            (100, 51, 100, true),
            (100, 50, 100, false),
            (16_000, 0, 125, false),
            (16_000, 8_001, 125, true),
            // Too few to tell.
            (3, 3, 100, false),
            (19, 19, 100, false),
            (5, 3, 5, true),
            (0, 0, 100, false),
        ] {
            let heard = Heard { records, strangers };
            assert_eq!(heard.was_ignored(rows_per_page), ignored, "{heard:?}");
        }
    }
}
