//! What a real PostgREST answered, and what is made and kept of that.

use std::fmt::Write as _;

use serde::Deserialize;
use serde_json::Value;

use super::*;
use crate::judge::tests::kind;

/// Answers of a real PostgREST 14.17, which the sandbox's proxy sends too.
const ANSWERS: &str = include_str!("../../../sandbox/testdata/postgrest-answers.json");

#[derive(Deserialize)]
struct Recorded {
    case: String,
    request: String,
    /// `None` where there was no answer within the recorder's patience.
    status: Option<u16>,
    body: Value,
}

impl Recorded {
    fn judged(&self) -> Option<SupabaseError> {
        let status = self.status.filter(|status| *status >= 300)?;
        let asked = if self.request.starts_with("GET ") {
            Asked::Read
        } else {
            Asked::Write
        };
        let body = self.body.to_string();
        let refusal = Refusal {
            asked,
            status,
            retry_after: None,
            body: body.as_bytes(),
        };
        assert!(refusal.is_postgrests(), "{}", self.case);
        Some(refusal.judge())
    }
}

/// All of them but the first entry, which says where they come from.
fn recorded() -> Vec<Recorded> {
    let entries: Vec<Value> = serde_json::from_str(ANSWERS).unwrap();
    let answers = entries.into_iter().skip(1);
    answers
        .map(|answer| serde_json::from_value(answer).unwrap())
        .collect()
}

#[test]
fn every_recorded_answer_is_judged_as_it_was() {
    let answers = recorded();
    assert_eq!(answers.len(), 68);
    let mut list = String::new();
    for answer in &answers {
        if let Some(error) = answer.judged() {
            writeln!(list, "{}\n    {}: {error}", answer.case, kind(&error)).unwrap();
        }
    }
    insta::assert_snapshot!(list);
}

#[test]
fn nothing_of_a_recorded_answer_is_repeated_but_codes_and_names() {
    for answer in recorded() {
        let Some(error) = answer.judged() else {
            continue;
        };
        let sentence = error.to_string();
        for (field, text) in answer.body.as_object().expect("bodies are objects") {
            // PostgREST's longer texts; a code or a name alone may well be repeated.
            let text = text.as_str().unwrap_or_default();
            let is_repeated = text.contains(' ') && sentence.contains(text);
            assert!(!is_repeated, "{}: {field} in {sentence}", answer.case);
        }
        let has_data = ["p6@x.test", "p1@x.test", "z@x.test", "no such year group"]
            .iter()
            .any(|data| sentence.contains(data));
        assert!(!has_data, "{}: {sentence}", answer.case);
    }
}
