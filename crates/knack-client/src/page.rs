//! One page of records: the envelope, records that are not of the form expected, and texts that JSON cannot carry.
//!
//! A record that cannot be read costs itself alone. Never keeps more of it than its id.

mod unreadable;

use std::borrow::Cow;
use std::collections::HashMap;

use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::error::Category;
use serde_json::value::RawValue;

use crate::KnackError;
use crate::answer::Answer;
pub use unreadable::Unreadable;
pub(crate) use unreadable::first_record;

/// Most of so many records unreadable are not records but another answer. Of fewer, whoever knows the other pages judges.
const ENOUGH_RECORDS: usize = 20;

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
    /// The records that cannot be read, in order.
    #[serde(skip)]
    pub unreadable: Vec<Unreadable>,
    /// How large the answer was.
    #[serde(skip)]
    pub bytes: usize,
}

/// A page as it is written, its records not yet read.
#[derive(Deserialize)]
struct Unread<'a> {
    #[serde(borrow)]
    records: Vec<&'a RawValue>,
    #[serde(deserialize_with = "number_or_text")]
    total_pages: u64,
    #[serde(deserialize_with = "number_or_text")]
    total_records: u64,
}

impl<R> Page<R> {
    /// How many records it holds, those among them that cannot be read too.
    pub fn len(&self) -> usize {
        self.records.len() + self.unreadable.len()
    }

    /// Whether it holds none at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// This page, for whoever cannot do without any of its records.
    pub fn whole(self) -> Result<Self, KnackError> {
        if self.unreadable.is_empty() {
            Ok(self)
        } else {
            Err(KnackError::UnreadableRecords)
        }
    }

    /// Whether most of so many records can be read, and its counts fit each other where `rows` records were asked for at once.
    pub(crate) fn check(&self, rows: u64) -> Result<(), KnackError> {
        if self.len() >= ENOUGH_RECORDS && 2 * self.unreadable.len() > self.len() {
            return Err(KnackError::UnreadableRecords);
        }
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
        let page = serde_json::from_str(&body).or_else(|error| match error.classify() {
            Category::Eof => Err(KnackError::Truncated),
            // The error itself may quote a value, so it is not kept.
            Category::Io | Category::Syntax | Category::Data => one_by_one(&body),
        })?;
        Ok(Self { bytes, ..page })
    }
}

/// The page that cannot be read as a whole. It takes twice as long, and is seldom needed.
fn one_by_one<R: DeserializeOwned>(body: &str) -> Result<Page<R>, KnackError> {
    let page: Unread<'_> = serde_json::from_str(body).map_err(|_| not_whole(body))?;
    let (mut records, mut unreadable) = (Vec::with_capacity(page.records.len()), Vec::new());
    for (place, record) in page.records.into_iter().enumerate() {
        match serde_json::from_str(record.get()) {
            Ok(record) => records.push(record),
            Err(_) => unreadable.push(Unreadable::new(place, record)),
        }
    }
    Ok(Page {
        records,
        total_pages: page.total_pages,
        total_records: page.total_records,
        unreadable,
        bytes: 0,
    })
}

/// Judges JSON that is no whole page: it is Knack's own answer if it has any part of a page, and another's if not.
fn not_whole(body: &str) -> KnackError {
    const PARTS: [&str; 3] = ["records", "total_pages", "total_records"];
    match serde_json::from_str::<HashMap<String, &RawValue>>(body) {
        Ok(parts) if PARTS.iter().any(|part| parts.contains_key(*part)) => KnackError::Incomplete,
        Ok(_) | Err(_) => KnackError::NotAPage,
    }
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
mod properties;

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

    #[derive(Debug, PartialEq, Deserialize)]
    struct Named {
        id: String,
        #[serde(default)]
        field_1: Value,
    }

    fn page_of(records: &[&str]) -> Page<Named> {
        let (count, records) = (records.len(), records.join(","));
        let body = format!(r#"{{"total_pages":1,"total_records":{count},"records":[{records}]}}"#);
        Page::parse(body.into()).unwrap()
    }

    #[test]
    fn a_record_of_another_form_costs_itself_alone_and_is_known_by_its_place_and_id() {
        let id = "61680fc13a0bfd001e8ca3ca";
        let deep = "[".repeat(200) + &"]".repeat(200);
        for (record, expected) in [
            ("null".to_owned(), None),
            ("7".to_owned(), None),
            ("[]".to_owned(), None),
            (r#""anna@x.test""#.to_owned(), None),
            ("{}".to_owned(), None),
            (r#"{"id":null}"#.to_owned(), None),
            (r#"{"id":7}"#.to_owned(), None),
            (r#"{"id":["61680fc13a0bfd001e8ca3ca"]}"#.to_owned(), None),
            (deep.clone(), None),
            (format!(r#"{{"id":"{id}","field_1":{deep}}}"#), Some(id)),
            (format!(r#"{{"field_1":1e999,"id":"{id}"}}"#), Some(id)),
        ] {
            let page = page_of(&[r#"{"id":"1"}"#, &record, r#"{"id":"2"}"#]);
            let read: Vec<&str> = page.records.iter().map(|it| it.id.as_str()).collect();
            assert_eq!(read, ["1", "2"], "{record}");
            assert_eq!((page.unreadable.len(), page.len()), (1, 3), "{record}");
            let left_out = &page.unreadable[0];
            assert_eq!(left_out.place, 1, "{record}");
            assert_eq!(left_out.id.as_deref(), expected, "{record}");
            assert!(matches!(page.whole(), Err(KnackError::UnreadableRecords)));
        }
    }

    #[test]
    fn a_page_most_of_whose_many_records_cannot_be_read_is_another_answer() {
        for (good, bad, is_good) in [
            (10, 10, true),
            (9, 11, false),
            (0, 20, false),
            // Too few to tell.
            (0, 19, true),
            (0, 1, true),
            (400, 100, true),
        ] {
            let records = [vec![r#"{"id":"1"}"#; good], vec!["{}"; bad]].concat();
            let checked = page_of(&records).check(1_000);
            assert_eq!(checked.is_ok(), is_good, "{good} and {bad}");
        }
    }

    #[test]
    fn a_page_without_its_records_or_their_number_is_knacks_and_incomplete() {
        for body in [
            r#"{"total_pages":null,"total_records":1,"records":[]}"#,
            r#"{"total_pages":1,"total_records":null,"records":[]}"#,
            r#"{"total_pages":-1,"total_records":1,"records":[]}"#,
            r#"{"total_pages":1.5,"total_records":1,"records":[]}"#,
            r#"{"total_pages":"many","total_records":1,"records":[]}"#,
            r#"{"total_pages":1,"total_records":[1],"records":[]}"#,
            r#"{"total_pages":1,"total_records":1,"records":null}"#,
            r#"{"total_pages":1,"total_records":1,"records":{}}"#,
            r#"{"total_pages":1,"total_records":1}"#,
            r#"{"records":[]}"#,
        ] {
            let parsed = parse(body.as_bytes());
            assert!(matches!(parsed, Err(KnackError::Incomplete)), "{body}");
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
