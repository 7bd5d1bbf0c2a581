//! Any body is the object that is asked for, or refused, in whatever pieces it arrives.

use std::pin::Pin;

use actix_web::error::PayloadError;
use actix_web::test::TestRequest;
use actix_web::web::Bytes;
use futures_util::{FutureExt, Stream, stream};
use proptest::prelude::*;
use serde_json::{Map, Value};

use super::*;
use crate::problem::Code;

#[derive(Debug, PartialEq, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Asked {
    establishment_id: String,
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let json = prop_oneof![
        3 => "[0-9a-f]{24}".prop_map(|id| format!(r#"{{"establishmentId":"{id}"}}"#)),
        1 => any::<String>().prop_map(|id| serde_json::json!({ "establishmentId": id }).to_string()),
        1 => "\\{(\"establishmentId\":(\"[a-f]{0,3}\"|[0-9]|null|\\[\\]),?){0,2}(\"[a-z]\":1)?\\}",
        1 => Just(r#"["61680fc13a0bfd001e8ca3ca"]"#.to_owned()),
        1 => (1..3_000_usize).prop_map(|depth| "[".repeat(depth)),
        1 => (1..600_usize).prop_map(|depth| format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth))),
        1 => (4_000..4_200_usize).prop_map(|length| format!(r#"{{"establishmentId":"{}"}}"#, "a".repeat(length))),
    ];
    let padded = (json, "[ \n\r\t]{0,3}")
        .prop_map(|(json, blank)| format!("{blank}{json}{blank}").into_bytes());
    prop_oneof![
        8 => padded,
        1 => prop::collection::vec(any::<u8>(), 0..100),
        1 => Just(b"\xef\xbb\xbf{}".to_vec()),
    ]
}

/// What comes of a body that arrives in pieces of this size.
fn read_in_pieces(body: &[u8], size: usize) -> Result<Asked, Code> {
    let request = TestRequest::default()
        .insert_header(("content-type", "application/json"))
        .to_http_request();
    let pieces: Vec<_> = body
        .chunks(size)
        .map(|piece| Ok(Bytes::copy_from_slice(piece)))
        .collect();
    let pieces: Pin<Box<dyn Stream<Item = Result<Bytes, PayloadError>>>> =
        Box::pin(stream::iter(pieces));
    let payload = Payload::Stream { payload: pieces };
    let reading = json(&request, payload).now_or_never();
    reading
        .expect("all of it is there")
        .map_err(|problem| problem.code)
}

proptest! {
    #[test]
    fn any_body_is_the_object_asked_for_or_refused(body in any_body(), size in 1..5_000_usize) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let _entered = runtime.enter();
        let read = read_in_pieces(&body, size);
        let as_json: Option<Map<String, Value>> = serde_json::from_slice(&body).ok();
        match &read {
            Ok(asked) => {
                prop_assert!(body.len() <= LARGEST);
                let members = as_json.unwrap();
                prop_assert_eq!(members.len(), 1);
                prop_assert_eq!(members["establishmentId"].as_str(), Some(asked.establishment_id.as_str()));
            }
            Err(code) => prop_assert_eq!(*code == Code::TooLarge, body.len() > LARGEST),
        }
        prop_assert_eq!(read, read_in_pieces(&body, body.len().max(1)));
    }
}
