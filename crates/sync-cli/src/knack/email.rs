//! A student's address: an anchor as Knack shows it, a dict as Knack stores it, once a dict within the dict
//! (docs/knack-and-dashboard.md, "E-mail addresses"). Anchor HTML taken for an address once left 9,623 rows unmatched
//! (docs/knack-and-dashboard.md, "Incidents").

use serde_json::Value;

use super::fields::EMAIL;
use super::record::Record;
use super::text::without_markup;
use crate::domain::Email;

/// The first thing in the record that is an address.
pub(crate) fn email(record: &Record) -> Option<Email> {
    [record.raw(EMAIL), record.display(EMAIL)]
        .into_iter()
        .flatten()
        .find_map(in_value)
}

fn in_value(value: &Value) -> Option<Email> {
    match value {
        Value::String(text) => in_text(text),
        Value::Object(parts) => ["email", "address", "label", "value"]
            .into_iter()
            .filter_map(|key| parts.get(key))
            .find_map(in_value),
        Value::Array(items) => items.iter().find_map(in_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn in_text(text: &str) -> Option<Email> {
    let decoded = htmlize::unescape(text);
    mailto(&decoded)
        .and_then(Email::parse)
        .or_else(|| Email::parse(&without_markup(text)))
}

fn mailto(html: &str) -> Option<&str> {
    let (_, rest) = html.split_once("mailto:")?;
    rest.split(['"', '\'', '?', '>']).next()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_address_is_found_in_every_shape_knack_sent() {
        for value in [
            json!("ann@example.test"),
            json!(" Ann@Example.test "),
            json!(r#"<a href="mailto:ann@example.test">ann@example.test</a>"#),
            json!(r#"<a href="mailto:ann@example.test?subject=x">Ann</a>"#),
            json!("<span>ann@example.test</span>"),
            json!({"email": "ann@example.test", "label": "Ann"}),
            json!({"email": {"address": "ann@example.test"}}),
            json!({"email": {"email": "ann@example.test"}}),
            json!({"email": "", "label": "ann@example.test"}),
            json!({"email": r#"<a href="mailto:ann@example.test">x</a>"#}),
            json!(["ann@example.test"]),
        ] {
            let found = in_value(&value);
            assert_eq!(
                found.as_ref().map(Email::as_str),
                Some("ann@example.test"),
                "{value}"
            );
        }
    }

    #[test]
    fn text_without_an_address_yields_none() {
        for value in [
            json!("n/a"),
            json!({"label": "Ann"}),
            json!(7),
            json!({}),
            json!("mailto:"),
        ] {
            assert!(in_value(&value).is_none(), "{value}");
        }
    }
}
