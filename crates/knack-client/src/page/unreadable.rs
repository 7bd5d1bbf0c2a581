//! Describes a record that cannot be read by its position and its id alone, never by a pupil's data.

use serde::Deserialize;
use serde_json::value::RawValue;

const ID_CHARS: usize = 24;

/// A record that is not of the form expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// Its place on the page, from 0.
    pub place: usize,
    /// Knack's id of it, where it has one.
    pub id: Option<String>,
}

/// A record of which only the id is looked at.
#[derive(Deserialize)]
struct Named<'a> {
    id: &'a str,
}

impl Unreadable {
    pub(super) fn new(place: usize, record: &RawValue) -> Self {
        let id = match serde_json::from_str(record.get()) {
            Ok(Named { id }) if is_id(id) => Some(id.to_owned()),
            Ok(_) | Err(_) => None,
        };
        Self { place, id }
    }
}

/// The id of the first record on a page that has only begun. Only an own id before all fields counts: some fields
/// hold ids of other records.
pub(crate) fn first_record(begun: &[u8]) -> Option<String> {
    const LONGEST_ENVELOPE: usize = 1_000;
    let head = String::from_utf8_lossy(&begun[..begun.len().min(LONGEST_ENVELOPE)]);
    let (_, records) = head.split_once("\"records\"")?;
    let mut rest = records;
    for token in [":", "[", "{", "\"id\"", ":", "\""] {
        rest = rest.trim_start().strip_prefix(token)?;
    }
    let (id, _) = rest.split_once('"')?;
    is_id(id).then(|| id.to_owned())
}

fn is_id(text: &str) -> bool {
    text.len() == ID_CHARS && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_record_of_a_page_that_has_begun_is_known_by_its_own_id() {
        let id = "61680fc13a0bfd001e8ca3ca";
        let own =
            format!(r#"{{"total_pages":1,"records":[{{"id":"{id}","field_1":"<img src=\"data:"#);
        let spaced = format!("{{\"records\": [ {{ \"id\" : \"{id}\", ");
        let of_another = format!(r#"{{"records":[{{"field_133_raw":[{{"id":"{id}"}}]"#);
        let cut = format!(r#"{{"records":[{{"id":"{}"#, &id[..9]);
        for (begun, expected) in [
            (own, Some(id)),
            (spaced, Some(id)),
            (of_another, None),
            (cut, None),
            (r#"{"records":[]}"#.to_owned(), None),
            (r#"{"records":[{"id":"anna@x.test"}"#.to_owned(), None),
            (" ".repeat(5_000), None),
            (String::new(), None),
        ] {
            assert_eq!(
                first_record(begun.as_bytes()).as_deref(),
                expected,
                "{begun}"
            );
        }
    }
}
