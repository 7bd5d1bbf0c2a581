//! Which Knack field means what: one file for each object. The only place that knows their numbers.

pub(crate) mod answers;
pub(crate) mod results;

/// A field of one of Knack's objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Field {
    number: u16,
    /// `field_N`, as in a record and in a filter.
    pub(crate) key: &'static str,
}

/// Everything that the objects we read have in common, so that they are read in one way.
pub(crate) trait Object: 'static {
    /// `object_N`
    const KEY: &'static str;
    /// The connection to the school.
    const ESTABLISHMENT: Field;
    /// When the record was last completed: one date, overwritten each cycle.
    const COMPLETION_DATE: Field;
    /// The student's.
    const EMAIL: Field;

    /// Whether a field of that number is read at all. A record has some hundreds of others.
    fn is_read(number: u16) -> bool;
}

impl Field {
    pub(crate) fn number(self) -> u16 {
        self.number
    }
}

macro_rules! field {
    ($number:literal) => {
        $crate::knack::fields::Field {
            number: $number,
            key: concat!("field_", $number),
        }
    };
}
use field;
