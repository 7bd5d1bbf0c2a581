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
