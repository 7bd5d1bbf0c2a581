//! Any record gives an answer, no field spoils the others, and a year's filter lets exactly that year's days through.

use crate::domain::{Answers, Cycle, Score, Scores};
use crate::fetch::filters_of_year;
use crate::knack::fields::results::{CYCLES, VespaResults};
use crate::knack::record::Record;
use crate::transform::{Why, transform, transform_answers};
use jiff::civil::{Date, date};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use sync_protocol::{AcademicYear, Calendar, KnackRecordId};

const SCHOOL: &str = "61680fc13a0bfd001e8ca3ca";
const OTHER_SCHOOL: &str = "61680fc13a0bfd001e8ca3cc";

/// Every field of a student's record that is read.
const FIELDS_OF_RESULTS: [u16; 34] = [
    133, 143, 144, 146, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165, 166, 167, 168, 169,
    170, 171, 172, 187, 197, 223, 782, 855, 2299, 2302, 2303, 2304, 2493, 2494, 2499,
];

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
        Just(json!(OTHER_SCHOOL)),
        "<span class=\"(61680fc13a0bfd001e8ca3ca|[0-9a-f]{0,24})\"[ a-z<>]{0,9}"
            .prop_map(Value::from),
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
        9 => prop::sample::select(&FIELDS_OF_RESULTS[..]),
        1 => 0..3000_u16,
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

/// A whole record, whose every score is its cycle's number.
fn whole_record() -> Map<String, Value> {
    let mut record = json!({
        "id": "61680fc13a0bfd001e8ca3cb",
        "field_133_raw": [{"id": SCHOOL}], "field_855": "03/09/2026",
        "field_197_raw": {"email": "ann@example.test"}, "field_187_raw": {"first": "Ann", "last": "Other"},
        "field_144": "12", "field_223": "12A", "field_146_raw": 2,
        "field_2302": "Well", "field_2303": "Better", "field_2304": "Best",
        "field_2499": "Aim", "field_2493": "Higher", "field_2494": "Highest",
    });
    let members = record.as_object_mut().unwrap();
    for cycle in Cycle::ALL {
        for field in CYCLES[cycle.index()].scores {
            let score = i64::from(cycle);
            members.insert(format!("field_{}_raw", field.number()), score.into());
        }
    }
    members.clone()
}

fn all_of_cycle(cycle: Cycle) -> Scores {
    Scores::from_array([Score::try_from(i64::from(cycle)).ok(); 6])
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
    fn any_record_is_a_student_of_this_school_or_skipped_with_a_reason(record in any_record()) {
        let school_as_sent = format!("{}{}", record["field_133"], record["field_133_raw"]);
        let text = record.to_string();
        let record: Record<VespaResults> = serde_json::from_str(&text).unwrap();
        let year: AcademicYear = "2026/2027".parse().unwrap();
        if let Ok(transformed) = transform(&record, school(), year) {
            let student = transformed.student;
            prop_assert!(school_as_sent.to_lowercase().contains(SCHOOL));
            prop_assert!(year.contains(student.completed_on));
            prop_assert!(student.email.as_str().contains('@'));
            prop_assert!(student.details.name.chars().count() <= 255);
            prop_assert!(student.details.year_group.chars().count() <= 50);
            prop_assert!(!student.details.group.contains('\0'));
            prop_assert!(student.comments.iter().all(|comment| !comment.text.trim().is_empty()));
            let cycles: Vec<Cycle> = student.scores.iter().map(|(cycle, _)| *cycle).collect();
            prop_assert!(cycles.is_sorted_by(|one, next| one < next), "a cycle has one row of scores");
            for (cycle, scores) in student.scores {
                let json = serde_json::to_value(scores).unwrap();
                let values: Vec<&Value> = json.as_object().unwrap().values().filter(|it| !it.is_null()).collect();
                prop_assert!(values.iter().all(|it| it.as_u64().is_some_and(|score| score <= 10)), "{json}");
                prop_assert!(values.iter().any(|it| it.as_u64() > Some(0)), "{json}");
                prop_assert!(!transformed.out_of_range.contains(cycle));
            }
        }
    }

    #[test]
    fn whatever_one_field_holds_the_others_are_read_as_before(
        number in prop::sample::select(&FIELDS_OF_RESULTS[..]), is_raw: bool, value in any_json(),
    ) {
        let mut record = whole_record();
        for form in ["", "_raw"] {
            record.remove(&format!("field_{number}{form}"));
        }
        record.insert(format!("field_{number}{}", if is_raw { "_raw" } else { "" }), value);
        let record: Record<VespaResults> = serde_json::from_value(Value::Object(record)).unwrap();
        let year = "2026/2027".parse().unwrap();
        match transform(&record, school(), year) {
            Ok(transformed) => {
                let student = transformed.student;
                for cycle in Cycle::ALL {
                    let of_cycle = &CYCLES[cycle.index()];
                    let read = student.scores.iter().find(|(of, _)| *of == cycle).map(|(_, scores)| *scores);
                    if of_cycle.scores.iter().all(|field| field.number() != number) {
                        prop_assert_eq!(read, Some(all_of_cycle(cycle)));
                    }
                    let comments = student.comments.iter().filter(|comment| comment.cycle == cycle).count();
                    let is_touched = [of_cycle.rrc, of_cycle.goal].iter().any(|field| field.number() == number);
                    prop_assert!(comments == 2 || is_touched && comments == 1);
                }
                prop_assert!(number == 197 || student.email.as_str() == "ann@example.test");
                prop_assert!(number == 187 || student.details.name == "Ann Other");
            }
            Err(not_taken) => {
                let by = match not_taken.why {
                    Why::OtherSchool => 133,
                    Why::MissingEmail => 197,
                    Why::NotCompleted | Why::OutsideYear(_) | Why::UnreadableDate => 855,
                };
                prop_assert_eq!(number, by);
            }
        }
    }

    #[test]
    fn a_record_of_another_school_is_never_a_student(record in any_record(), more in any_json()) {
        let mut record = record;
        record["field_133_raw"] = json!([{"id": OTHER_SCHOOL}, {"id": SCHOOL}, more]);
        let record: Record<VespaResults> = serde_json::from_value(record).unwrap();
        let why = transform(&record, school(), "2026/2027".parse().unwrap()).err().map(|it| it.why);
        prop_assert_eq!(why, Some(Why::OtherSchool));
    }

    #[test]
    fn any_record_of_answers_is_a_sheet_of_this_school_or_skipped_with_a_reason(record in any_answers()) {
        let school_as_sent = format!("{}{}", record["field_1821"], record["field_1821_raw"]);
        let record = serde_json::from_str(&record.to_string()).unwrap();
        let year: AcademicYear = "2026/2027".parse().unwrap();
        if let Ok(read) = transform_answers(&record, school(), year) {
            prop_assert!(school_as_sent.to_lowercase().contains(SCHOOL));
            prop_assert!(year.contains(read.sheet.completed_at.date()));
            for (_, answer) in read.sheet.cycles.iter().flat_map(Answers::given) {
                prop_assert!((1..=5).contains(&i64::from(answer)));
            }
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
