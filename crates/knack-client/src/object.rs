//! An object as Knack's builder describes it: its fields and their types. The endpoint is not documented, so anything
//! it leaves out counts as unknown, and never as an error.

use serde::Deserialize;
use serde_json::error::Category;

use crate::answer::Answer;
use crate::{KnackClient, KnackError};

/// The fields of an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ObjectDescription {
    /// In the builder's order.
    pub fields: Vec<FieldDescription>,
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct FieldDescription {
    /// `field_N`
    pub key: String,
    /// Its type, in Knack's words: `short_text`, `date_time`.
    #[serde(rename = "type", default)]
    pub kind: String,
    #[serde(default)]
    format: Option<Format>,
}

#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum Format {
    OfDate { date_format: String },
    Other(serde_json::Value),
}

#[derive(Deserialize)]
struct Body {
    object: ObjectDescription,
}

impl FieldDescription {
    /// In which order a date is written, such as `dd/mm/yyyy`, where Knack says so.
    pub fn date_format(&self) -> Option<&str> {
        match &self.format {
            Some(Format::OfDate { date_format }) => Some(date_format),
            Some(Format::Other(_)) | None => None,
        }
    }
}

impl KnackClient {
    /// Reads the description of an object (docs/knack-and-dashboard.md, "Addresses and headers").
    pub async fn describe(&self, object: &'static str) -> Result<ObjectDescription, KnackError> {
        self.ask_as_app(self.url(["objects", object]), object).await
    }
}

impl Answer for ObjectDescription {
    fn parse(body: Vec<u8>) -> Result<Self, KnackError> {
        let body: Result<Body, _> = serde_json::from_slice(&body);
        match body {
            Ok(body) => Ok(body.object),
            Err(error) if error.classify() == Category::Eof => Err(KnackError::Truncated),
            // The error itself may quote a value, so it is not kept.
            Err(_) => Err(KnackError::NotAPage),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn described(fields: &serde_json::Value) -> Result<ObjectDescription, KnackError> {
        let body = json!({"object": {"key": "object_10", "name": "Results", "fields": fields}});
        ObjectDescription::parse(body.to_string().into_bytes())
    }

    #[test]
    fn a_field_has_a_kind_and_a_date_its_order() {
        let object = described(&json!([
            {"key": "field_855", "name": "Completed", "type": "date_time", "format": {"date_format": "dd/mm/yyyy"}},
            {"key": "field_146", "name": "Cycle", "type": "number", "format": {"precision": "none"}},
            {"key": "field_197", "type": "email", "format": []},
            {"key": "field_1"},
        ]))
        .unwrap();
        let read: Vec<_> = object
            .fields
            .iter()
            .map(|field| (field.key.as_str(), field.kind.as_str(), field.date_format()))
            .collect();
        assert_eq!(
            read,
            [
                ("field_855", "date_time", Some("dd/mm/yyyy")),
                ("field_146", "number", None),
                ("field_197", "email", None),
                ("field_1", "", None),
            ]
        );
    }

    #[test]
    fn an_answer_of_another_form_describes_nothing() {
        for body in ["{}", "[]", "<html>", r#"{"object": {}}"#] {
            assert!(matches!(
                ObjectDescription::parse(body.as_bytes().to_vec()),
                Err(KnackError::NotAPage)
            ));
        }
        assert!(matches!(
            ObjectDescription::parse(br#"{"object": {"fields": ["#.to_vec()),
            Err(KnackError::Truncated)
        ));
    }
}
