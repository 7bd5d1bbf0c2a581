//! The school a record belongs to: the first one its connection names. And whether the connection names a school at all,
//! which is what Knack's filter looks at.

use serde_json::Value;
use sync_protocol::KnackRecordId;

use super::fields::ESTABLISHMENT;
use super::record::Record;

/// The first school's id; `None` where there is none.
pub(crate) fn establishment(record: &Record) -> Option<KnackRecordId> {
    let raw = record.raw(ESTABLISHMENT).and_then(first_id);
    raw.or_else(|| in_span(record.display(ESTABLISHMENT)?.as_str()?))
}

/// Whether the record's connection names this school, wherever in it.
pub(crate) fn names(record: &Record, school: KnackRecordId) -> bool {
    let in_raw = record
        .raw(ESTABLISHMENT)
        .is_some_and(|raw| holds(raw, school));
    in_raw || {
        let display = record.display(ESTABLISHMENT).and_then(Value::as_str);
        display.is_some_and(|html| spans(html).any(|id| id == school))
    }
}

fn holds(value: &Value, school: KnackRecordId) -> bool {
    match value {
        Value::String(text) => text.trim().parse() == Ok(school),
        Value::Array(items) => items.iter().any(|item| holds(item, school)),
        Value::Object(parts) => [parts.get("id"), parts.get("value")]
            .into_iter()
            .flatten()
            .any(|part| holds(part, school)),
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

fn first_id(value: &Value) -> Option<KnackRecordId> {
    match value {
        Value::String(text) => text.trim().parse().ok(),
        Value::Array(items) => first_id(items.first()?),
        Value::Object(parts) => first_id(parts.get("id").or_else(|| parts.get("value"))?),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

/// `<span class="61680fc13a0bfd001e8ca3ca" …>Name</span>`
fn in_span(html: &str) -> Option<KnackRecordId> {
    let (_, rest) = html.split_once("class=")?;
    class(rest)
}

/// The ids of all spans.
fn spans(html: &str) -> impl Iterator<Item = KnackRecordId> {
    html.split("class=").skip(1).filter_map(class)
}

/// The class that begins here, if it is an id.
fn class(rest: &str) -> Option<KnackRecordId> {
    rest.split(['"', '\'', ' ', '>'])
        .find(|part| !part.is_empty())?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_first_school_counts_in_every_shape() {
        let ours = "61680fc13a0bfd001e8ca3ca";
        for (display, raw) in [
            (
                json!(""),
                json!([{"id": ours, "identifier": "A"}, {"id": "f".repeat(24)}]),
            ),
            (json!(""), json!([ours])),
            (json!(""), json!([{"value": ours}])),
            (json!(""), json!({"id": ours})),
            (
                json!(format!(
                    "<span class=\"{ours}\" data-kn=\"connection-value\">A</span>"
                )),
                json!(null),
            ),
            (
                json!(format!(
                    "<span class='{ours}'>A</span><br /><span class='x'>B</span>"
                )),
                json!(""),
            ),
        ] {
            let record = json!({"id": ours, "field_133": display, "field_133_raw": raw});
            let record = serde_json::from_value(record).unwrap();
            assert_eq!(
                establishment(&record),
                Some(ours.parse().unwrap()),
                "{display} {raw}"
            );
        }
    }

    #[test]
    fn a_school_is_named_wherever_it_stands() {
        let ours = "61680fc13a0bfd001e8ca3ca";
        let theirs = "f".repeat(24);
        for (display, raw, is_named) in [
            (json!(""), json!([{"id": theirs}, {"id": ours}]), true),
            (
                json!(""),
                json!([theirs, {"value": ours.to_uppercase()}]),
                true,
            ),
            (
                json!(format!(
                    "<span class=\"{theirs}\">A</span><br /><span class=\"{ours}\">B</span>"
                )),
                json!(null),
                true,
            ),
            (json!(""), json!([{"id": theirs}, null, 7]), false),
            (
                json!(format!("<span class=\"{theirs}\">A</span>")),
                json!([]),
                false,
            ),
            (json!(ours), json!(""), false),
        ] {
            let record = json!({"id": ours, "field_133": display, "field_133_raw": raw});
            let record = serde_json::from_value(record).unwrap();
            assert_eq!(
                names(&record, ours.parse().unwrap()),
                is_named,
                "{display} {raw}"
            );
        }
    }

    #[test]
    fn no_school_is_none() {
        for raw in [json!([]), json!(""), json!(null), json!([{}]), json!([7])] {
            let record =
                json!({"id": "61680fc13a0bfd001e8ca3ca", "field_133": "", "field_133_raw": raw});
            assert_eq!(
                establishment(&serde_json::from_value(record).unwrap()),
                None
            );
        }
    }
}
