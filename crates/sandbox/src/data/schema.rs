//! What an object consists of: its fields and their types, which also decide how filters read a value.

use serde::{Deserialize, Serialize};

/// What an object of the app consists of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ObjectSchema {
    /// `object_N`
    pub key: String,
    /// Its name in the builder.
    pub name: String,
    /// Its fields; every record has every one of them.
    pub fields: Vec<Field>,
}

/// A field of an object.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Field {
    /// `field_N`
    pub key: String,
    /// Its name in the builder.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// How it is shown, where that can be chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<DateFormat>,
}

/// How a date is shown.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct DateFormat {
    /// `dd/mm/yyyy` or `mm/dd/yyyy`. The simulator describes it, and shows every date with its day first all the same.
    pub date_format: String,
}

impl Field {
    /// A field as it is in the app.
    pub fn new(number: u32, name: &str, kind: FieldType) -> Self {
        let day_first = || DateFormat {
            date_format: "dd/mm/yyyy".to_owned(),
        };
        Self {
            key: format!("field_{number}"),
            name: name.to_owned(),
            kind,
            format: (kind == FieldType::DateTime).then(day_first),
        }
    }
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// One line.
    ShortText,
    /// Several lines.
    ParagraphText,
    /// HTML.
    RichText,
    /// A number.
    Number,
    /// A person's name.
    Name,
    /// An e-mail address.
    Email,
    /// One or several of a list.
    MultipleChoice,
    /// Yes or no.
    Boolean,
    /// Other records.
    Connection,
    /// A date, shown as DD/MM/YYYY.
    DateTime,
}
