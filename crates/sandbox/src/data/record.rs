//! A record being written: each field in its display and its raw form, blank ones by the rule of the school.

use serde_json::{Map, Value, json};

use super::shapes::{self, Blank};

/// A record being written.
pub(super) struct Record {
    fields: Map<String, Value>,
    blank: Blank,
}

impl Record {
    pub(super) fn new(id: &str, blank: Blank) -> Self {
        let mut fields = Map::new();
        fields.insert("id".to_owned(), json!(id));
        Self { fields, blank }
    }

    pub(super) fn finish(self) -> Value {
        Value::Object(self.fields)
    }

    pub(super) fn set(&mut self, field: u32, shown: String, raw: Value) {
        self.fields
            .insert(format!("field_{field}"), Value::String(shown));
        self.fields.insert(format!("field_{field}_raw"), raw);
    }

    pub(super) fn set_both(&mut self, field: u32, value: Value) {
        self.fields.insert(format!("field_{field}"), value.clone());
        self.fields.insert(format!("field_{field}_raw"), value);
    }

    pub(super) fn text(&mut self, field: u32, text: Option<&str>) {
        match text {
            Some(text) => self.set_both(field, json!(text)),
            None => self.blank(field),
        }
    }

    pub(super) fn blank(&mut self, field: u32) {
        self.fields.insert(format!("field_{field}"), json!(""));
        if self.blank == Blank::EmptyText {
            self.fields.insert(format!("field_{field}_raw"), json!(""));
        }
    }

    pub(super) fn connection(&mut self, field: u32, to: &[(&str, &str)]) {
        if to.is_empty() {
            self.blank(field);
            if self.blank == Blank::Absent {
                self.fields.insert(format!("field_{field}_raw"), json!([]));
            }
            return;
        }
        let raw = to
            .iter()
            .map(|(id, identifier)| json!({"id": id, "identifier": identifier}))
            .collect();
        self.set(field, shapes::connection(to), Value::Array(raw));
    }
}
