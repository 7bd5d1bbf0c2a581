//! The Knack record that a stored row carries. Pure.

use serde::Deserialize;
use sync_protocol::KnackRecordId;

/// What `students.knack_id` holds: a record's id in whatever spelling, or anything else.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "Option<String>")]
pub(crate) struct CarriedRecord {
    text: String,
    id: Option<KnackRecordId>,
}

impl From<Option<String>> for CarriedRecord {
    fn from(column: Option<String>) -> Self {
        let text = column.unwrap_or_default();
        let id = text.trim().parse().ok();
        Self { text, id }
    }
}

impl From<KnackRecordId> for CarriedRecord {
    fn from(id: KnackRecordId) -> Self {
        Self {
            text: id.to_string(),
            id: Some(id),
        }
    }
}

impl CarriedRecord {
    /// Which record it is; nothing where the row carries none.
    pub(crate) fn id(&self) -> Option<KnackRecordId> {
        self.id
    }

    pub(crate) fn is(&self, record: KnackRecordId) -> bool {
        self.id == Some(record)
    }

    /// Whether it is this record, spelt as Knack spells it, which is how others look for it.
    pub(crate) fn is_spelt(&self, record: KnackRecordId) -> bool {
        self.text == record.as_str()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_record_is_known_in_any_spelling_and_nothing_else_is_one() {
        let own: KnackRecordId = "61680fc13a0bfd001e8ca3ca".parse().unwrap();
        for (column, is_own, is_spelt) in [
            (json!("61680fc13a0bfd001e8ca3ca"), true, true),
            (json!("61680FC13A0BFD001E8CA3CA"), true, false),
            (json!(" 61680fc13a0bfd001e8ca3ca\n"), true, false),
            (json!("61680fc13a0bfd001e8ca3cb"), false, false),
            (json!("61680fc13a0bfd001e8ca3ca9"), false, false),
            (json!("by hand"), false, false),
            (json!(""), false, false),
            (Value::Null, false, false),
        ] {
            let carried: CarriedRecord = serde_json::from_value(column.clone()).unwrap();
            let found = (carried.is(own), carried.is_spelt(own));
            assert_eq!(found, (is_own, is_spelt), "{column}");
        }
    }
}
