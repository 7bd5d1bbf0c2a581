//! A record of one of Knack's objects as it arrives: tolerant of every shape, reduced to the fields that are read of that
//! object. Every field comes twice, as `field_N` (what Knack shows) and `field_N_raw`; blank ones as `""` or not at all.

use std::fmt;
use std::marker::PhantomData;

use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use sync_protocol::KnackRecordId;

use super::fields::{Field, Object};

/// One record of the object `O`, some 10 to 25 KB on the wire and far less here.
pub(crate) struct Record<O> {
    /// Knack's id of it.
    pub(crate) id: KnackRecordId,
    /// In the order of their fields and forms.
    values: Vec<(u16, Form, Value)>,
    object: PhantomData<O>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Form {
    Display,
    Raw,
}

impl<O> Record<O> {
    /// The displayed value. Absent and blank are the same.
    pub(crate) fn display(&self, field: Field) -> Option<&Value> {
        self.value(field, Form::Display)
    }

    /// The structured value. Absent and blank are the same.
    pub(crate) fn raw(&self, field: Field) -> Option<&Value> {
        self.value(field, Form::Raw)
    }

    fn value(&self, field: Field, form: Form) -> Option<&Value> {
        let wanted = (field.number(), form);
        let up_to = |(number, form, _): &(u16, Form, Value)| (*number, *form) <= wanted;
        // The last of several, as JSON readers take it.
        let (number, of, value) = self.values[..self.values.partition_point(up_to)].last()?;
        if (*number, *of) != wanted {
            return None;
        }
        match value {
            Value::Null => None,
            Value::String(text) if text.trim().is_empty() => None,
            value => Some(value),
        }
    }
}

impl<'de, O: Object> Deserialize<'de> for Record<O> {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(RecordVisitor(PhantomData))
    }
}

struct RecordVisitor<O>(PhantomData<O>);

impl<'de, O: Object> Visitor<'de> for RecordVisitor<O> {
    type Value = Record<O>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a Knack record")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Record<O>, M::Error> {
        let (mut id, mut values) = (None, Vec::new());
        while let Some(key) = map.next_key::<Key>()? {
            match key {
                Key::Id => id = Some(map.next_value()?),
                Key::Field(number, form) if O::is_read(number) => {
                    values.push((number, form, map.next_value()?));
                }
                Key::Field(..) | Key::Other => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        let id = id.ok_or_else(|| M::Error::missing_field("id"))?;
        values.sort_by_key(|(number, form, _)| (*number, *form));
        Ok(Record {
            id,
            values,
            object: PhantomData,
        })
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
            Ok(number) => Self::Field(number, form),
            Err(_) => Self::Other,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::answers::QuestionAnswers;
    use super::super::fields::results::{NAME, VespaResults, YEAR_GROUP};
    use super::*;

    #[test]
    fn only_fields_that_are_read_of_the_object_are_kept() {
        let record = json!({
            "id": "61680fc13a0bfd001e8ca3ca",
            "field_187": "Ann Other",
            "field_187_raw": {"first": "Ann"},
            "field_9999": {"wide": [1, 2, 3]},
            "field_144": "",
            "field_1953": "3",
            "profile_keys": null,
        });
        let results: Record<VespaResults> = serde_json::from_value(record.clone()).unwrap();
        assert_eq!(results.values.len(), 3);
        assert_eq!(results.display(NAME), Some(&json!("Ann Other")));
        assert_eq!(results.raw(NAME), Some(&json!({"first": "Ann"})));
        assert_eq!(results.display(YEAR_GROUP), None);
        assert_eq!(results.raw(YEAR_GROUP), None);

        let answers: Record<QuestionAnswers> = serde_json::from_value(record).unwrap();
        assert_eq!(answers.values.len(), 1);
    }

    #[test]
    fn of_a_field_that_comes_several_times_the_last_one_counts() {
        let text = r#"{"id": "61680fc13a0bfd001e8ca3ca", "field_187": "A", "field_144": "12", "field_187": "B"}"#;
        let record: Record<VespaResults> = serde_json::from_str(text).unwrap();
        assert_eq!(record.display(NAME), Some(&json!("B")));
        assert_eq!(record.display(YEAR_GROUP), Some(&json!("12")));
    }
}
