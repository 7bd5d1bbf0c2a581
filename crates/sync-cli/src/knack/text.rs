//! Texts as the nightly job stores them: what Knack shows, without tags, entities decoded, trimmed.

use std::borrow::Cow;

use serde_json::Value;

use super::fields::Field;
use super::record::Record;

/// A field's text, possibly empty.
pub(crate) fn plain<O>(record: &Record<O>, field: Field) -> String {
    without_markup(&shown(record, field))
}

/// The first of a field's values, possibly empty. A list says where one ends; shown as text, commas do.
pub(crate) fn first<O>(record: &Record<O>, field: Field) -> String {
    let of_list = match record.raw(field) {
        Some(Value::Array(items)) => items
            .iter()
            .map(|item| without_markup(&joined(item)))
            .find(|text| !text.is_empty()),
        Some(_) | None => None,
    };
    of_list.unwrap_or_else(|| {
        let all = plain(record, field);
        let mut texts = all.split(',').map(str::trim);
        let first = texts.find(|text| !text.is_empty());
        first.unwrap_or_default().to_owned()
    })
}

/// A field's text with its HTML, trimmed, possibly empty.
pub(crate) fn html<O>(record: &Record<O>, field: Field) -> String {
    shown(record, field).trim().to_owned()
}

/// Tags removed, entities decoded, trimmed.
pub(crate) fn without_markup(text: &str) -> String {
    htmlize::unescape(without_tags(text)).trim().to_owned()
}

/// The displayed value, or the raw one if there is none.
fn shown<O>(record: &Record<O>, field: Field) -> String {
    record
        .display(field)
        .or_else(|| record.raw(field))
        .map(joined)
        .unwrap_or_default()
}

/// Lists are joined with a comma, as Knack shows them. A structured name without its display form is read by its parts.
fn joined(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::Array(items) => non_blank(items.iter().map(joined), ", "),
        Value::Object(parts) => {
            let part = |key: &str| parts.get(key).map(joined).unwrap_or_default();
            ["full", "identifier", "label", "value"]
                .into_iter()
                .map(part)
                .find(|text| !text.trim().is_empty())
                .unwrap_or_else(|| non_blank(["first", "middle", "last"].map(part), " "))
        }
    }
}

fn non_blank(texts: impl IntoIterator<Item = String>, separator: &str) -> String {
    let texts: Vec<String> = texts
        .into_iter()
        .filter(|text| !text.trim().is_empty())
        .collect();
    texts.join(separator)
}

/// Only what looks like a tag is one, so that "a < b" stays.
fn without_tags(text: &str) -> Cow<'_, str> {
    let Some(first) = text.find('<') else {
        return Cow::Borrowed(text);
    };
    let (mut kept, mut rest) = (text[..first].to_owned(), &text[first..]);
    while let Some(start) = rest.find('<') {
        kept.push_str(&rest[..start]);
        rest = &rest[start..];
        let opens_tag =
            rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '!');
        match rest.find('>') {
            Some(end) if opens_tag => {
                if rest[1..].to_ascii_lowercase().starts_with("br") {
                    kept.push(' ');
                }
                rest = &rest[end + 1..];
            }
            Some(_) | None => {
                kept.push('<');
                rest = &rest[1..];
            }
        }
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::results::{self, VespaResults};
    use super::*;

    #[test]
    fn tags_go_and_entities_are_decoded() {
        for (shown, expected) in [
            ("<span class=\"x\">12B</span>", "12B"),
            ("Tom &amp; Jerry", "Tom & Jerry"),
            ("  O&#39;Neil ", "O'Neil"),
            ("a < b and c > d", "a < b and c > d"),
            ("x <b", "x <b"),
            ("one<br />two", "one two"),
            ("&lt;b&gt;", "<b>"),
            ("<", "<"),
        ] {
            assert_eq!(without_markup(shown), expected);
        }
    }

    #[test]
    fn of_several_values_the_first_is_taken() {
        for (shown, raw, expected) in [
            (json!("Female"), json!("Female"), "Female"),
            (json!("Female, Other"), json!(["Female", "Other"]), "Female"),
            (json!("Female, Other"), json!("Female, Other"), "Female"),
            (json!("<span>Female</span>,Other"), json!(null), "Female"),
            (json!(""), json!(["", null, " Other "]), "Other"),
            (json!(", Other"), json!(null), "Other"),
            (json!("She, her"), json!(["She, her", "Other"]), "She, her"),
            (json!("Female"), json!([null]), "Female"),
            (json!(","), json!([]), ""),
            (json!(true), json!(true), "true"),
        ] {
            let record =
                json!({"id": "61680fc13a0bfd001e8ca3ca", "field_143": shown, "field_143_raw": raw});
            let record: Record<VespaResults> = serde_json::from_value(record).unwrap();
            assert_eq!(first(&record, results::GENDER), expected, "{shown} {raw}");
        }
    }

    #[test]
    fn structured_values_are_joined() {
        for (value, expected) in [
            (json!(["12A", "", null, "12B"]), "12A, 12B"),
            (json!([null]), ""),
            (json!(12), "12"),
            (json!({"first": "Ann", "last": "Other"}), "Ann Other"),
            (json!({"first": "Ann", "full": "Ann Other"}), "Ann Other"),
            (json!([{"id": "1", "identifier": "12A"}]), "12A"),
        ] {
            assert_eq!(joined(&value), expected);
        }
    }
}
