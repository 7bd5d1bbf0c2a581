//! The record that a connection leads to: the first one it names. And whether it names a record at all, which is what
//! Knack's filter looks at (docs/knack-and-dashboard.md, "Connections and several schools").

use serde_json::Value;
use sync_protocol::KnackRecordId;

use super::fields::Field;
use super::record::Record;

/// The first record's id; `None` where there is none.
pub(crate) fn first<O>(record: &Record<O>, field: Field) -> Option<KnackRecordId> {
    let raw = record.raw(field).and_then(first_id);
    raw.or_else(|| in_span(record.display(field)?.as_str()?))
}

/// The record that the connection names, if it names no other beside it.
pub(crate) fn only<O>(record: &Record<O>, field: Field) -> Option<KnackRecordId> {
    let first = first(record, field)?;
    let raw = record.raw(field).and_then(Value::as_array);
    let in_raw = raw.into_iter().flatten().filter_map(first_id);
    let shown = record.display(field).and_then(Value::as_str);
    let mut all = in_raw.chain(shown.into_iter().flat_map(spans));
    all.all(|id| id == first).then_some(first)
}

/// Whether the connection names this record, wherever in it.
pub(crate) fn names<O>(record: &Record<O>, field: Field, id: KnackRecordId) -> bool {
    let in_raw = record.raw(field).is_some_and(|raw| holds(raw, id));
    in_raw || {
        let display = record.display(field).and_then(Value::as_str);
        display.is_some_and(|html| spans(html).any(|named| named == id))
    }
}

fn holds(value: &Value, id: KnackRecordId) -> bool {
    match value {
        Value::String(text) => text.trim().parse() == Ok(id),
        Value::Array(items) => items.iter().any(|item| holds(item, id)),
        Value::Object(parts) => [parts.get("id"), parts.get("value")]
            .into_iter()
            .flatten()
            .any(|part| holds(part, id)),
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

    use super::super::fields::Object;
    use super::super::fields::results::VespaResults;
    use super::*;

    const SCHOOL: Field = VespaResults::ESTABLISHMENT;

    fn record(display: &Value, raw: &Value) -> Record<VespaResults> {
        let id = "61680fc13a0bfd001e8ca3ca";
        let record = json!({"id": id, "field_133": display, "field_133_raw": raw});
        serde_json::from_value(record).unwrap()
    }

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
            assert_eq!(
                first(&record(&display, &raw), SCHOOL),
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
            assert_eq!(
                names(&record(&display, &raw), SCHOOL, ours.parse().unwrap()),
                is_named,
                "{display} {raw}"
            );
        }
    }

    #[test]
    fn no_school_is_none() {
        for raw in [json!([]), json!(""), json!(null), json!([{}]), json!([7])] {
            assert_eq!(first(&record(&json!(""), &raw), SCHOOL), None);
        }
    }
}
