//! The school a record belongs to: the first one its connection names.

use serde_json::Value;
use sync_protocol::KnackRecordId;

use super::fields::ESTABLISHMENT;
use super::record::Record;

/// The first school's id; `None` where there is none.
pub(crate) fn establishment(record: &Record) -> Option<KnackRecordId> {
    let raw = record.raw(ESTABLISHMENT).and_then(first_id);
    raw.or_else(|| in_span(record.display(ESTABLISHMENT)?.as_str()?))
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
