//! One page of records: the envelope, and texts that JSON cannot carry.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::error::Category;

use crate::KnackError;
use crate::answer::Answer;

/// A page of records as Knack counts them.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(bound = "R: DeserializeOwned")]
pub struct Page<R> {
    /// The records, in the order asked for.
    pub records: Vec<R>,
    /// How many pages there are; 0 when nothing matches. An estimate: pages may be short (docs/knack-and-dashboard.md,
    /// "Paging").
    #[serde(deserialize_with = "number_or_text")]
    pub total_pages: u64,
    /// How many records match. An estimate too.
    #[serde(deserialize_with = "number_or_text")]
    pub total_records: u64,
    /// How large the answer was.
    #[serde(skip)]
    pub bytes: usize,
}

impl<R> Page<R> {
    /// Whether its counts fit each other where `rows` records were asked for at once.
    pub(crate) fn check(&self, rows: u64) -> Result<(), KnackError> {
        // One more, since both are counted while records come and go.
        if self.total_pages > self.total_records.div_ceil(rows).saturating_add(1) {
            return Err(KnackError::Contradictory);
        }
        Ok(())
    }
}

impl<R: DeserializeOwned> Answer for Page<R> {
    fn parse(body: Vec<u8>) -> Result<Self, KnackError> {
        let bytes = body.len();
        let body = readable(body);
        let page: Result<Self, _> = serde_json::from_str(&body);
        let page = page.map_err(|error| match error.classify() {
            Category::Eof => KnackError::Truncated,
            // The error itself may quote a value, so it is not kept.
            Category::Io | Category::Syntax | Category::Data => KnackError::NotAPage,
        })?;
        Ok(Self { bytes, ..page })
    }
}

/// The id of the first record on a page that has only begun. Only an own id before all fields counts: some fields
/// hold ids of other records.
pub(crate) fn first_record(begun: &[u8]) -> Option<String> {
    const LONGEST_ENVELOPE: usize = 1_000;
    const ID_CHARS: usize = 24;
    let head = String::from_utf8_lossy(&begun[..begun.len().min(LONGEST_ENVELOPE)]);
    let (_, records) = head.split_once("\"records\"")?;
    let mut rest = records;
    for token in [":", "[", "{", "\"id\"", ":", "\""] {
        rest = rest.trim_start().strip_prefix(token)?;
    }
    let (id, _) = rest.split_once('"')?;
    let is_id = id.len() == ID_CHARS && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| id.to_owned())
}

/// Makes a body with an unpaired surrogate readable: bytes that are not UTF-8, and `\ud800`-like escapes without their other
/// half, become U+FFFD. A single such text would otherwise cost the whole page.
fn readable(mut body: Vec<u8>) -> String {
    replace_lone_surrogates(&mut body);
    match String::from_utf8(body) {
        Ok(text) => text,
        Err(error) => match String::from_utf8_lossy(error.as_bytes()) {
            Cow::Owned(text) => text,
            Cow::Borrowed(text) => text.to_owned(),
        },
    }
}

fn replace_lone_surrogates(body: &mut [u8]) {
    const ESCAPE_LEN: usize = r"\uXXXX".len();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'\\', &body[at..]) {
        let start = at + found;
        match unit(body, start) {
            Some(0xD800..=0xDBFF)
                if matches!(unit(body, start + ESCAPE_LEN), Some(0xDC00..=0xDFFF)) =>
            {
                at = start + 2 * ESCAPE_LEN;
            }
            Some(0xD800..=0xDFFF) => {
                body[start..start + ESCAPE_LEN].copy_from_slice(br"\ufffd");
                at = start + ESCAPE_LEN;
            }
            // Skips the escaped character as well, so that `\\u` is not taken for an escape.
            Some(_) | None => at = (start + 2).min(body.len()),
        }
    }
}

/// The UTF-16 unit of the `\uXXXX` escape that begins at `start`.
fn unit(body: &[u8], start: usize) -> Option<u16> {
    let escape = body.get(start..start + 6)?;
    if !escape.starts_with(br"\u") {
        return None;
    }
    u16::from_str_radix(std::str::from_utf8(&escape[2..]).ok()?, 16).ok()
}

fn number_or_text<'de, D: Deserializer<'de>>(value: D) -> Result<u64, D::Error> {
    let value = serde_json::Value::deserialize(value)?;
    let number = match &value {
        serde_json::Value::Number(number) => number.as_u64(),
        serde_json::Value::String(text) => text.parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| serde::de::Error::custom("not a count"))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn parse(body: &[u8]) -> Result<Page<Value>, KnackError> {
        Page::parse(body.to_vec())
    }

    #[test]
    fn counts_may_be_numbers_or_text() {
        let page = parse(br#"{"total_pages":"2","total_records":7,"current_page":1,"records":[]}"#);
        let page = page.unwrap();
        assert_eq!((page.total_pages, page.total_records), (2, 7));
    }

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

    #[test]
    fn half_a_character_costs_that_character_only() {
        let page = parse(
            br#"{"total_pages":1,"total_records":1,"records":["a\ud800b","\ud83d\ude00","\\ud800","\udc00\""]}"#,
        );
        assert_eq!(
            page.unwrap().records,
            [
                json!("a\u{fffd}b"),
                json!("😀"),
                json!("\\ud800"),
                json!("\u{fffd}\""),
            ]
        );
        let mut body = br#"{"total_pages":1,"total_records":1,"records":["c?d"]}"#.to_vec();
        let at = body.iter().position(|byte| *byte == b'?').unwrap();
        body[at] = 0xff;
        assert_eq!(parse(&body).unwrap().records, [json!("c\u{fffd}d")]);
    }

    #[test]
    fn more_pages_than_the_records_fill_are_a_contradiction() {
        for (pages, records, rows, is_good) in [
            (0, 0, 100, true),
            (1, 0, 100, true),
            (5, 465, 100, true),
            (6, 465, 100, true),
            (7, 465, 100, false),
            (u64::MAX, u64::MAX, 1, true),
            (2_000_000_000, 5, 100, false),
        ] {
            let body =
                format!(r#"{{"total_pages":{pages},"total_records":{records},"records":[]}}"#);
            let checked = parse(body.as_bytes()).unwrap().check(rows);
            assert_eq!(checked.is_ok(), is_good, "{pages} of {rows} for {records}");
        }
    }

    #[test]
    fn a_cut_page_and_a_page_of_html_are_told_apart() {
        let whole = br#"{"total_pages":1,"total_records":1,"records":[{"id":"1"}]}"#;
        for length in 0..whole.len() {
            assert!(matches!(
                parse(&whole[..length]),
                Err(KnackError::Truncated)
            ));
        }
        for body in ["<html></html>", "[]", r#"{"errors":[]}"#, "null"] {
            assert!(matches!(parse(body.as_bytes()), Err(KnackError::NotAPage)));
        }
    }
}
