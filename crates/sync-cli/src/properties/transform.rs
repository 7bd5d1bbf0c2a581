//! Any record gives an answer, and a year's filter lets exactly that year's days through.

use crate::fetch::filters_of_year;
use crate::knack::fields::results::VespaResults;
use crate::knack::record::Record;
use crate::transform::{Why, transform, transform_answers};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sync_protocol::{AcademicYear, Calendar, KnackRecordId};

const SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";

fn school() -> KnackRecordId {
    SCHOOL.parse().unwrap()
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
        "<a href=\"mailto:[a-z<>@.\"]{0,12}\">[a-z<&;]{0,5}".prop_map(Value::from),
        "[0-9]{1,2}/[0-9]{1,2}/[0-9]{1,5}( [0-9:]{0,5})?".prop_map(Value::from),
        "-?[0-9]{1,20}(\\.[0-9]{1,3})?".prop_map(Value::from),
        Just(json!(SCHOOL)),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let key = prop_oneof![
            Just("id"),
            Just("email"),
            Just("address"),
            Just("iso_timestamp"),
            Just("full"),
            Just("label"),
        ];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(key.prop_map(str::to_owned), inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

fn any_record() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        Just(133),
        Just(197),
        Just(187),
        Just(144),
        Just(223),
        Just(782),
        Just(2299),
        Just(143),
        Just(146),
        Just(855),
        155..=172,
        Just(2302),
        Just(2303),
        Just(2304),
        Just(2499),
        Just(2493),
        Just(2494),
        0..3000,
    ];
    let key = (number, any::<bool>())
        .prop_map(|(number, is_raw)| format!("field_{number}{}", if is_raw { "_raw" } else { "" }));
    (
        prop::collection::btree_map(key, any_json(), 0..30),
        any::<[bool; 3]>(),
    )
        .prop_map(|(fields, good)| {
            let mut record: Map<String, Value> = fields.into_iter().collect();
            record.insert("id".to_owned(), json!("61680fc13a0bfd001e8ca3cb"));
            // So that some records get past the first checks.
            let good_ones = [
                ("field_133_raw", json!([{"id": SCHOOL}])),
                ("field_855", json!("03/09/2026")),
                ("field_197_raw", json!({"email": "ann@example.test"})),
            ];
            for ((key, value), is_good) in good_ones.into_iter().zip(good) {
                if is_good {
                    record.insert(key.to_owned(), value);
                }
            }
            Value::Object(record)
        })
}

fn any_answers() -> impl Strategy<Value = Value> {
    let number = prop_oneof![
        Just(1821),
        Just(856),
        Just(2732),
        Just(792),
        794..=821,
        1953..=2045,
        2927..=2929,
    ];
    let key = (number, any::<bool>())
        .prop_map(|(number, is_raw)| format!("field_{number}{}", if is_raw { "_raw" } else { "" }));
    let value = prop_oneof![any_json(), (-1_i64..7).prop_map(Value::from)];
    (
        prop::collection::btree_map(key, value, 0..60),
        any::<bool>(),
    )
        .prop_map(|(fields, is_ours)| {
            let mut record: Map<String, Value> = fields.into_iter().collect();
            record.insert("id".to_owned(), json!("61680fc13a0bfd001e8ca3cb"));
            if is_ours {
                record.insert("field_1821_raw".to_owned(), json!([{"id": SCHOOL}]));
                record.insert("field_856".to_owned(), json!("03/09/2026 14:10"));
            }
            Value::Object(record)
        })
}

fn days() -> impl Strategy<Value = Date> {
    (2020_i16..2030, 1_i8..=12, 1_i8..=31)
        .prop_filter_map("a day", |(y, m, d)| Date::new(y, m, d).ok())
}

/// How Knack reads a day in a filter.
fn day_first(value: &Value) -> Date {
    let text = value.as_str().unwrap();
    let parts: Vec<i16> = text.split('/').map(|part| part.parse().unwrap()).collect();
    date(
        parts[2],
        i8::try_from(parts[1]).unwrap(),
        i8::try_from(parts[0]).unwrap(),
    )
}

proptest! {
    #[test]
    fn transform_is_total(record in any_record()) {
        let text = record.to_string();
        let record: Record<VespaResults> = serde_json::from_str(&text).unwrap();
        let year: AcademicYear = "2026/2027".parse().unwrap();
        if let Ok(transformed) = transform(&record, school(), year) {
            let student = transformed.student;
            prop_assert!(year.contains(student.completed_on));
            prop_assert!(student.details.name.chars().count() <= 255);
            prop_assert!(student.details.year_group.chars().count() <= 50);
            prop_assert!(!student.details.group.contains('\0'));
            prop_assert!(student.comments.iter().all(|comment| !comment.text.trim().is_empty()));
        }
    }

    #[test]
    fn transform_of_answers_is_total(record in any_answers()) {
        let record = serde_json::from_str(&record.to_string()).unwrap();
        let year: AcademicYear = "2026/2027".parse().unwrap();
        if let Ok(read) = transform_answers(&record, school(), year) {
            prop_assert!(year.contains(read.sheet.completed_at.date()));
        }
    }

    #[test]
    fn a_year_lets_its_own_days_through_and_no_others(day in days(), other in days(), australian: bool) {
        let calendar = Calendar::from_flags(Some(australian), Some(false));
        let year = AcademicYear::containing(other, calendar);
        let filters = serde_json::to_value(filters_of_year::<VespaResults>(school(), year)).unwrap();
        let (after, before) = (day_first(&filters["rules"][1]["value"]), day_first(&filters["rules"][2]["value"]));
        let passes_knack = after < day && day < before;

        let record = json!({
            "id": "61680fc13a0bfd001e8ca3cb", "field_133_raw": [{"id": SCHOOL}],
            "field_197_raw": {"email": "ann@example.test"},
            "field_855": format!("{:02}/{:02}/{}", day.day(), day.month(), day.year()),
        });
        let record: Record<VespaResults> = serde_json::from_value(record).unwrap();
        let is_in_year = AcademicYear::containing(day, calendar) == year;
        prop_assert_eq!(passes_knack, is_in_year);
        match transform(&record, school(), year) {
            Ok(_) => prop_assert!(is_in_year),
            Err(not_taken) => {
                prop_assert_eq!(not_taken.why, Why::OutsideYear(day));
                prop_assert!(!is_in_year);
            }
        }
    }
}
