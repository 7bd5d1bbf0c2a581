//! A student's address: an anchor as Knack shows it, a dict as Knack stores it, once a dict within the dict
//! (docs/knack-and-dashboard.md, "E-mail addresses"). Anchor HTML taken for an address once left 9,623 rows unmatched
//! (docs/knack-and-dashboard.md, "Incidents").

use serde_json::Value;

use super::fields::Object;
use super::record::Record;
use super::text::without_markup;
use crate::domain::Email;

/// The first thing in the record that is an address.
pub(crate) fn email<O: Object>(record: &Record<O>) -> Option<Email> {
    [record.raw(O::EMAIL), record.display(O::EMAIL)]
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
    [text, &*decoded]
        .into_iter()
        .find_map(|html| mailto(html).or_else(|| in_angle_brackets(html)))
        .or_else(|| alone(&without_markup(text)))
}

/// The address that a link leads to.
fn mailto(html: &str) -> Option<Email> {
    const SCHEME: &str = "mailto:";
    let start = html.to_ascii_lowercase().find(SCHEME)?;
    let link = &html[start + SCHEME.len()..];
    let end = match html[..start].chars().next_back() {
        Some(quote @ ('"' | '\'')) => link.find(quote),
        Some(_) | None => link.find(['"', '>']),
    };
    let link = &link[..end.unwrap_or(link.len())];
    let address = link.split('?').next().unwrap_or_default();
    let address = percent_decoded(&htmlize::unescape_attribute(address));
    alone(&address).or_else(|| in_angle_brackets(&address))
}

/// As mail programs write it: `"Other, Ann" <ann@example.test>`. A tag holds no address, and of several addresses none is
/// known to be the pupil's.
fn in_angle_brackets(text: &str) -> Option<Email> {
    let mut found = text.split('<').skip(1).filter_map(|rest| {
        let (inside, _) = rest.split_once('>')?;
        alone(inside)
    });
    let first = found.next()?;
    found.all(|other| other == first).then_some(first)
}

/// A text that is an address, but for what stands between several.
fn alone(text: &str) -> Option<Email> {
    let is_separator = |c: char| c.is_whitespace() || ",;".contains(c);
    Email::parse(text.trim_matches(is_separator))
}

fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok());
        let code = code.and_then(|code| u8::from_str_radix(code, 16).ok());
        match code {
            Some(code) if byte == b'%' => {
                bytes.push(code);
                rest = &after[2..];
            }
            Some(_) | None => {
                bytes.push(byte);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
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
            json!("Ann Other <ann@example.test>"),
            json!("Ann Other<Ann@Example.test>"),
            json!(r#""Other, Ann" <ann@example.test>"#),
            json!("Ann (12A) < ann@example.test >;"),
            json!("<ann@example.test>"),
            json!("Ann Other &lt;ann@example.test&gt;"),
            json!("<b>Ann</b> <ann@example.test>"),
            json!("ann@example.test <ann@example.test>"),
            json!("Ann <mailto:ann@example.test>"),
            json!("mailto:ann@example.test"),
            json!("MailTo:ann%40example.test"),
            json!("ann@example.test;"),
            json!({"email": "Ann Other <ann@example.test>", "label": "Ann"}),
            json!(r#"<a href="mailto:Ann Other <ann@example.test>">Ann</a>"#),
            json!(r#"<a href="mailto:Ann%20Other%20%3Cann@example.test%3E">Ann</a>"#),
            json!(r"<a href='mailto:ann@example.test'>Ann</a>"),
            json!(r"<a href=mailto:ann@example.test>Ann</a>"),
            json!(r#"<A HREF="MAILTO:ANN@EXAMPLE.TEST">Ann</A>"#),
            json!("&lt;a href=&quot;mailto:ann@example.test&quot;&gt;Ann&lt;/a&gt;"),
            json!(r#"<a href="mailto:">ann@example.test</a>"#),
            json!("\u{200b}ann@example.test\u{feff}"),
            json!("\u{a0}ann@example.test\u{2003}"),
            json!("ann@exam\u{ad}ple.test"),
            json!("&nbsp;ann@example.test&#8203;"),
            json!(r#"<a href="mailto:%20ann@example.test%E2%80%8B">Ann</a>"#),
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
            json!("ann@example.test, ben@example.test"),
            json!("<ann@example.test>, <ben@example.test>"),
            json!("Ann Other <12A>"),
            json!("an n@example.test"),
            json!("\u{200b}"),
        ] {
            assert!(in_value(&value).is_none(), "{value}");
        }
    }
}
