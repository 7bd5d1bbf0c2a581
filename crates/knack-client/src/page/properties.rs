//! Any body is a page or an error, and each of a page's records is read or counted as unreadable.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A record that only some JSON is.
#[derive(Deserialize)]
struct Read {
    id: String,
}

fn any_entry() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => "[0-9a-f]{24}".prop_map(|id| json!({ "id": id, "field_1": "text" })),
        1 => any::<i32>().prop_map(|id| json!({ "id": id })),
        1 => any::<String>().prop_map(Value::from),
        1 => Just(Value::Null),
        1 => Just(json!([{ "id": "x" }])),
    ]
}

/// Texts of JSON with escapes and bytes that it cannot carry.
fn any_escapes() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        Just(br"\ud83d\ude00".to_vec()),
        Just(br"\ud800".to_vec()),
        Just(br"\udc00".to_vec()),
        Just(br"\\ud800".to_vec()),
        Just(br"\u00e9".to_vec()),
        Just(b"\xff".to_vec()),
        Just(b"\xed\xa0\x80".to_vec()),
        "[a-z\u{e9}]{1,3}".prop_map(String::into_bytes),
    ];
    prop::collection::vec(piece, 0..6).prop_map(|pieces| pieces.concat())
}

fn parse(body: &[u8]) -> Result<Page<Read>, KnackError> {
    Page::parse(body.to_vec())
}

proptest! {
    #[test]
    fn each_record_of_a_page_is_read_or_counted_as_unreadable(entries in prop::collection::vec(any_entry(), 0..30)) {
        let total = entries.len();
        let good: Vec<&str> = entries.iter().filter_map(|it| it.get("id")?.as_str()).collect();
        let body = json!({ "records": &entries, "total_pages": "1", "total_records": total });
        let page = parse(body.to_string().as_bytes()).unwrap();
        let read: Vec<&str> = page.records.iter().map(|record| record.id.as_str()).collect();
        prop_assert_eq!(read, good);
        prop_assert_eq!(page.len(), total);
    }

    #[test]
    fn a_text_that_json_cannot_carry_costs_no_record(texts in prop::collection::vec(any_escapes(), 1..6)) {
        let mut body = br#"{"total_pages":1,"total_records":1,"records":["#.to_vec();
        for (n, text) in texts.iter().enumerate() {
            body.extend_from_slice(if n == 0 { b"" } else { b"," });
            body.extend_from_slice(br#"{"id":"61680fc13a0bfd001e8ca3ca","field_1":""#);
            body.extend_from_slice(text);
            body.extend_from_slice(br#""}"#);
        }
        body.extend_from_slice(b"]}");
        let page = parse(&body).unwrap();
        prop_assert_eq!(page.records.len(), texts.len());
    }

    #[test]
    fn any_body_is_a_page_or_an_error_and_a_cut_one_is_no_page(
        entries in prop::collection::vec(any_entry(), 0..5), cut: prop::sample::Index,
        junk in prop::collection::vec(any::<u8>(), 0..100),
    ) {
        drop(parse(&junk));
        let body = json!({ "records": entries, "total_pages": 1, "total_records": 3 }).to_string();
        prop_assert!(parse(&body.as_bytes()[..cut.index(body.len())]).is_err());
    }
}
