//! Whatever an answer holds, it is judged, by its own words only where they are the database's, and none of it is repeated.

use proptest::prelude::*;
use serde_json::{Map, Value};

use super::tests::kind;
use super::*;

/// What the database may quote of a pupil.
const QUOTED: &str = "Canary";

fn any_code() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(
            &[
                "08", "21", "22", "23", "25", "28", "40", "42", "53", "57", "P0", "PT", "XX"
            ][..]
        )
        .prop_flat_map(|class| "[0-9A-Z]{3}".prop_map(move |rest| format!("{class}{rest}"))),
        "PGRST[0-9]{0,3}",
        "(42P10|23502|23503|23505|23514|22001|42703|42P01|57014|55P03|25006|42501|42P05)",
        "[0-9A-Za-z]{0,9}",
        any::<String>(),
    ]
}

/// The forms that PostgreSQL and PostgREST write, and others, with a pupil's data where they quote some.
fn any_message() -> impl Strategy<Value = String> {
    let name = || prop_oneof!["[a-z_]{1,12}", "[a-z\"'(), =.\u{e9}]{0,20}"];
    let form = prop::sample::select(
        &[
            "null value in column \"N\" of relation \"M\" violates not-null constraint",
            "duplicate key value violates unique constraint \"N\"",
            "new row for relation \"M\" violates check constraint \"N\"",
            "insert or update on table \"M\" violates foreign key constraint \"N\"",
            "value too long for type character varying(N)",
            "Could not find the 'N' column of 'M' in the schema cache",
            "column M.N does not exist",
            "relation \"public.N\" does not exist",
            "cannot insert a non-DEFAULT value into column \"N\"",
            "invalid input syntax for type integer: N",
            "N",
        ][..],
    );
    (form, name(), name()).prop_map(|(form, n, m)| form.replace('M', &m).replace('N', &n))
}

fn any_json() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        Just(serde_json::json!([{ "code": "23514" }])),
    ]
}

/// An answer of PostgREST's form, or nearly.
fn any_object() -> impl Strategy<Value = Map<String, Value>> {
    let details = prop_oneof![
        Just(format!(
            "Key (email)=({QUOTED}@example.test) already exists."
        )),
        Just(format!("Failing row contains ({QUOTED}, 7).")),
        Just(format!(
            "Key (establishment_id)=({QUOTED}) is not present in table \"establishments\"."
        )),
        any::<String>(),
    ];
    let member = |good: BoxedStrategy<String>| {
        prop::option::weighted(
            0.9,
            prop_oneof![5 => good.prop_map(Value::from), 1 => any_json()],
        )
    };
    (
        member(any_code().boxed()),
        member(any_message().boxed()),
        member(details.boxed()),
        member(any::<String>().boxed()),
    )
        .prop_map(|(code, message, details, hint)| {
            let members = [
                ("code", code),
                ("message", message),
                ("details", details),
                ("hint", hint),
            ];
            let members = members
                .into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value?)));
            members.collect()
        })
}

fn any_body() -> impl Strategy<Value = Vec<u8>> {
    let object = || any_object().prop_map(|object| Value::Object(object).to_string().into_bytes());
    prop_oneof![
        6 => object(),
        1 => (object(), any::<prop::sample::Index>()).prop_map(|(mut body, at)| {
            body.truncate(at.index(body.len()));
            body
        }),
        1 => prop::collection::vec(any::<u8>(), 0..200),
    ]
}

fn judged(asked: Asked, status: u16, body: &[u8]) -> SupabaseError {
    let refusal = Refusal {
        asked,
        status,
        retry_after: None,
        body,
    };
    refusal.judge()
}

proptest! {
    #[test]
    fn any_answer_is_judged_and_a_pupils_data_in_it_is_not_repeated(status in 300_u16..1000, body in any_body()) {
        for asked in [Asked::Read, Asked::Write] {
            let error = judged(asked, status, &body);
            let said = format!("{error} {error:?}");
            prop_assert!(!said.contains(QUOTED), "{said}");
            prop_assert!(!said.chars().any(char::is_control), "{said}");
            prop_assert!(said.chars().count() < 700, "{said}");
        }
    }

    #[test]
    fn only_the_database_refuses_rows_and_only_in_writing(status in 300_u16..1000, body in any_body()) {
        let is_json_object = serde_json::from_slice::<Map<String, Value>>(&body).is_ok();
        for asked in [Asked::Read, Asked::Write] {
            let kind = kind(&judged(asked, status, &body));
            if matches!(kind, "row refused" | "school gone") {
                prop_assert!(is_json_object && asked == Asked::Write, "{kind}");
            }
        }
    }

    #[test]
    fn what_is_no_answer_of_postgrests_is_judged_by_its_status_alone(
        status in 300_u16..1000, body in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assume!(serde_json::from_slice::<Map<String, Value>>(&body).is_err());
        for asked in [Asked::Read, Asked::Write] {
            prop_assert_eq!(kind(&judged(asked, status, &body)), kind(&judged(asked, status, b"")));
        }
    }
}
