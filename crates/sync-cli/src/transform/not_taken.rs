//! Why a record is not used, and whose it seems to be. Pure.

use jiff::civil::Date;
use sync_protocol::SkipReason;

use crate::domain::Email;
use crate::knack::email::email;
use crate::knack::fields::Object;
use crate::knack::record::Record;

/// The rule by which a record is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// Its first school is another one.
    OtherSchool,
    /// It has no completion date.
    NotCompleted,
    /// It was completed on that day, in another year.
    OutsideYear(Date),
    UnreadableDate,
    MissingEmail,
}

impl Why {
    pub(crate) fn reason(self) -> SkipReason {
        match self {
            Self::OtherSchool => SkipReason::OtherSchool,
            Self::NotCompleted | Self::OutsideYear(_) => SkipReason::OutsideYear,
            Self::UnreadableDate => SkipReason::UnreadableDate,
            Self::MissingEmail => SkipReason::MissingEmail,
        }
    }
}

/// A record that is no student of this school and year, nor the answers of one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NotTaken {
    pub(crate) why: Why,
    pub(crate) email: Option<Email>,
    /// To compare with; to be shown as [`Self::shown_name`].
    pub(crate) name: String,
}

impl NotTaken {
    /// `name` is the record's.
    pub(super) fn new<O: Object>(record: &Record<O>, why: Why, name: String) -> Self {
        Self {
            why,
            email: email(record),
            name,
        }
    }

    /// Blank where it is another school's to know.
    pub(crate) fn shown_name(&self) -> &str {
        if self.why == Why::OtherSchool {
            ""
        } else {
            &self.name
        }
    }

    pub(crate) fn reason(&self) -> SkipReason {
        self.why.reason()
    }
}
