//! A record of [`super::fields::VESPA_RESULTS`] as it arrives: tolerant of every shape, reduced to the fields that are
//! read. Every field comes twice, as `field_N` (what Knack shows) and `field_N_raw`; blank ones as `""` or not at all.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use sync_protocol::KnackRecordId;

use super::fields::{self, Field};

/// One record, some 25 KB on the wire and far less here.
#[derive(Clone)]
pub(crate) struct Record {
    /// Knack's id of it.
    pub(crate) id: KnackRecordId,
    values: Vec<(u16, Form, Value)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Display,
    Raw,
}

impl Record {
    /// What Knack shows. Absent and blank are the same.
    pub(crate) fn display(&self, field: Field) -> Option<&Value> {
        self.value(field, Form::Display)
    }

    /// The structured value. Absent and blank are the same.
    pub(crate) fn raw(&self, field: Field) -> Option<&Value> {
        self.value(field, Form::Raw)
    }

    fn value(&self, field: Field, form: Form) -> Option<&Value> {
        let wanted =
            |(number, of, _): &&(u16, Form, Value)| *number == field.number() && *of == form;
        let (_, _, value) = self.values.iter().rfind(wanted)?;
        match value {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            value => Some(value),
        }
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(RecordVisitor)
    }
}

struct RecordVisitor;

impl<'de> Visitor<'de> for RecordVisitor {
    type Value = Record;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a Knack record")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Record, M::Error> {
        let (mut id, mut values) = (None, Vec::new());
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Id => id = Some(map.next_value()?),
                Key::Field(number, form) => values.push((number, form, map.next_value()?)),
                Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let id = id.ok_or_else(|| M::Error::missing_field("id"))?;
        Ok(Record { id, values })
    }
}

enum Key {
    Id,
    Field(u16, Form),
    Other,
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl Visitor<'_> for KeyVisitor {
            type Value = Key;

            fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str("a field's key")
            }

            fn visit_str<E>(self, key: &str) -> Result<Key, E> {
                Ok(Key::of(key))
            }
        }
        json.deserialize_str(KeyVisitor)
    }
}

impl Key {
    fn of(key: &str) -> Self {
        if key == "id" {
            return Self::Id;
        }
        let Some(rest) = key.strip_prefix("field_") else {
            return Self::Other;
        };
        let (number, form) = match rest.strip_suffix("_raw") {
            Some(number) => (number, Form::Raw),
            None => (rest, Form::Display),
        };
        match number.parse() {
            Ok(number) if fields::is_read(number) => Self::Field(number, form),
            Ok(_) | Err(_) => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_fields_that_are_read_are_kept() {
        let record: Record = serde_json::from_value(json!({
            "id": "61680fc13a0bfd001e8ca3ca",
            "field_187": "Ann Other",
            "field_187_raw": {"first": "Ann"},
            "field_9999": {"wide": [1, 2, 3]},
            "field_144": "",
            "profile_keys": null,
        }))
        .unwrap();
        assert_eq!(record.values.len(), 3);
        assert_eq!(record.display(fields::NAME), Some(&json!("Ann Other")));
        assert_eq!(record.raw(fields::NAME), Some(&json!({"first": "Ann"})));
        assert_eq!(record.display(fields::YEAR_GROUP), None);
        assert_eq!(record.raw(fields::YEAR_GROUP), None);
    }
}
