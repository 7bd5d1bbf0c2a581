//! What a filter, a sort and `format=raw` see in a record: its values by their meaning, whichever form they have.

use jiff::civil::Date;
use serde_json::{Map, Value};

use crate::data::FILTERED_AS;

/// The value a filter looks at: the stored one where a record says so, else the raw form, else what is displayed.
pub(super) fn stored<'a>(record: &'a Value, field: &str) -> &'a Value {
    let stored = record.get(FILTERED_AS).and_then(|stored| stored.get(field));
    let raw = || {
        record
            .get(format!("{field}_raw"))
            .filter(|raw| !is_blank(raw))
    };
    stored
        .or_else(raw)
        .or_else(|| record.get(field))
        .unwrap_or(&Value::Null)
}

/// Whether there is nothing in it.
pub(super) fn is_blank(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.iter().all(Value::is_null),
        Value::Object(parts) => parts.is_empty(),
        Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Its text as text operators compare it: an e-mail's address, a person's full name, the items of a list.
pub(super) fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        Value::Object(parts) => ["email", "full", "date_formatted", "identifier", "url"]
            .iter()
            .find_map(|part| parts.get(*part))
            .map(text)
            .unwrap_or_default(),
        Value::Bool(yes) => if *yes { "Yes" } else { "No" }.to_owned(),
        Value::Number(number) => number.to_string(),
    }
}

pub(super) fn number(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.trim().parse().ok(),
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The ids a connection holds.
pub(super) fn connected(value: &Value) -> Vec<&str> {
    match value {
        Value::Array(items) => items.iter().flat_map(connected).collect(),
        Value::Object(parts) => parts
            .get("id")
            .or_else(|| parts.get("value"))
            .and_then(Value::as_str)
            .into_iter()
            .collect(),
        Value::String(id) if !id.is_empty() => vec![id],
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    }
}

/// The day of a date field.
pub(super) fn day(value: &Value) -> Option<Date> {
    match value {
        Value::Object(parts) => {
            let part = |key| parts.get(key).and_then(Value::as_str);
            part("iso_timestamp")
                .and_then(iso_day)
                .or_else(|| us_day(part("date")?))
                .or_else(|| uk_day(part("date_formatted")?))
        }
        Value::String(text) => uk_day(text).or_else(|| iso_day(text)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => None,
    }
}

/// The day of `DD/MM/YYYY`, with or without a time after it.
pub(super) fn uk_day(text: &str) -> Option<Date> {
    let [day, month, year] = slashed(text)?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

/// A record as `format=raw` has it: raw values under the plain keys.
pub(super) fn raw_only(record: &Value) -> Value {
    let Value::Object(fields) = record else {
        return record.clone();
    };
    let plain = fields.iter().filter(|(key, _)| !key.ends_with("_raw"));
    let raw: Map<String, Value> = plain
        .map(|(key, shown)| {
            (
                key.clone(),
                fields.get(&format!("{key}_raw")).unwrap_or(shown).clone(),
            )
        })
        .collect();
    Value::Object(raw)
}

fn us_day(text: &str) -> Option<Date> {
    let [month, day, year] = slashed(text)?;
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}

fn iso_day(text: &str) -> Option<Date> {
    text.get(..10)?.parse().ok()
}

fn slashed(text: &str) -> Option<[i16; 3]> {
    let date = text.split_whitespace().next()?;
    let mut parts = date.split('/').map(str::parse);
    let numbers = [
        parts.next()?.ok()?,
        parts.next()?.ok()?,
        parts.next()?.ok()?,
    ];
    parts.next().is_none().then_some(numbers)
}
