//! The answers to the questionnaire: how they are found, paged and written.

use std::collections::{BTreeMap, HashSet};

use jiff::civil::date;
use sandbox::{
    data::{
        ANSWERS, Answers, AwkwardAnswers, PUPILS, Pupil, QUESTIONS, SkippedAnswers, answer_field,
        awkward_answers, awkward_answers_id, awkward_pupils, record_id, schools, standard_schools,
    },
    knack::Options,
};
use serde_json::{Value, json};

use crate::support::{SCHOOL, TODAY, World, envelope, ids, school};

/// The answers of the `n`th pupil, completed on 1 September.
fn answers(n: u64) -> Answers {
    Answers::of(
        &record_id(100 + n),
        &Pupil::new(n).completed(date(2026, 9, 1)),
    )
}

fn world(answers: impl IntoIterator<Item = Answers>) -> World {
    World::start(Options {
        rate_limit: false,
        ..Options::new(TODAY, vec![school().with_answers(answers)])
    })
}

async fn page(world: &World, query: &[(&str, &str)]) -> Value {
    let request = world.get(&format!("/objects/{ANSWERS}/records"));
    let answer = request.query(query).send().await.unwrap();
    answer.json().await.unwrap()
}

async fn found(world: &World, filters: &Value) -> Vec<Value> {
    let query = [("rows_per_page", "1000"), ("filters", &filters.to_string())];
    let mut records = Vec::new();
    for number in 1.. {
        let number = number.to_string();
        let answer = page(world, &[query[0], query[1], ("page", &number)]).await;
        records.extend(answer["records"].as_array().unwrap().iter().cloned());
        if records.len() as u64 == answer["total_records"].as_u64().unwrap() {
            break;
        }
    }
    records
}

/// The filter of a school's year, its bounds widened by a day.
fn year(school: &str, after: &str, before: &str) -> Value {
    json!([
        {"field": "field_1821", "operator": "is", "value": school},
        {"field": "field_856", "operator": "is after", "value": after},
        {"field": "field_856", "operator": "is before", "value": before},
    ])
}

#[tokio::test]
async fn answers_are_found_by_school_and_by_the_day_of_a_date_that_has_a_time() {
    let world = world([
        answers(1).completed(date(2026, 7, 31)),
        answers(2).completed(date(2026, 8, 1)),
        answers(3).completed(date(2027, 7, 31)),
        answers(4).completed(date(2027, 8, 1)),
        Answers {
            completed: None,
            ..answers(5)
        },
    ]);
    let numbers = |records: Vec<Value>| -> Vec<String> {
        records
            .iter()
            .map(|record| record["id"].as_str().unwrap().to_owned())
            .collect()
    };
    let this_year = found(&world, &year(SCHOOL, "31/07/2026", "01/08/2027")).await;
    assert_eq!(numbers(this_year), [102, 103].map(record_id));
    let undated = json!([{"field": "field_856", "operator": "is blank"}]);
    assert_eq!(numbers(found(&world, &undated).await), [record_id(105)]);
    let elsewhere = year("5f0000000000000000000002", "31/07/2026", "01/08/2027");
    assert_eq!(found(&world, &elsewhere).await, [] as [Value; 0]);
}

#[tokio::test]
async fn answers_are_found_by_student_email_and_answer() {
    let pupil = Pupil::new(2);
    let world = world([
        answers(1).answer(1, "q1", Some(5)).unconnected(),
        answers(2).answer(1, "q1", Some(1)),
        answers(3).answer(1, "q1", None).without_email(),
    ]);
    for (field, operator, value, numbers) in [
        ("field_792", "is", json!(pupil.record_id), vec![102]),
        ("field_792", "is blank", Value::Null, vec![101]),
        ("field_2732", "is", json!(pupil.email), vec![102]),
        ("field_2732", "is blank", Value::Null, vec![103]),
        ("field_1953", "higher than", json!(1), vec![101]),
        ("field_1953", "is blank", Value::Null, vec![103]),
    ] {
        let rules = json!([{"field": field, "operator": operator, "value": value}]);
        let answer = page(&world, &[("filters", &rules.to_string())]).await;
        let expected: Vec<String> = numbers.into_iter().map(record_id).collect();
        assert_eq!(ids(&answer), expected, "{rules}");
    }
}

#[tokio::test]
async fn answers_come_in_pages_in_the_order_asked_for() {
    let world = world((0..60).map(answers));
    assert_eq!(envelope(&page(&world, &[]).await), json!([3, 1, 60, 25]));
    let mut seen = Vec::new();
    for number in ["1", "2", "3"] {
        let query = [
            ("rows_per_page", "20"),
            ("page", number),
            ("sort_field", "field_2732"),
            ("sort_order", "desc"),
        ];
        let answer = page(&world, &query).await;
        let records = answer["records"].as_array().unwrap();
        seen.extend(records.iter().map(|record| {
            record["field_2732_raw"]["email"]
                .as_str()
                .unwrap()
                .to_owned()
        }));
    }
    let mut expected: Vec<_> = (0..60).map(|n| Pupil::new(n).email.unwrap()).collect();
    expected.sort();
    expected.reverse();
    assert_eq!(seen, expected);
}

#[tokio::test]
async fn answers_are_written_as_html_and_raw_or_raw_alone() {
    let world = world([answers(1).answer(1, "q2", Some(3))]);
    let shown = page(&world, &[]).await;
    let shown = &shown["records"][0];
    let email = "pupil1@students.example";
    let student = Pupil::new(1).record_id;
    assert_eq!(
        shown["field_2732"],
        format!("<a href=\"mailto:{email}\">{email}</a>")
    );
    assert_eq!(
        shown["field_792"],
        format!("<span class=\"{student}\" data-kn=\"connection-value\">{email}</span>")
    );
    assert_eq!(shown["field_856"], "01/09/2026 09:30");
    assert_eq!(
        json!([
            shown["field_1954"],
            shown["field_1954_raw"],
            shown["field_1957"]
        ]),
        json!([3, 3, ""])
    );
    let raw = page(&world, &[("format", "raw")]).await;
    let raw = raw["records"][0].as_object().unwrap();
    assert_eq!(raw["field_2732"], json!({ "email": email }));
    assert_eq!(
        raw["field_792"],
        json!([{"id": student, "identifier": email}])
    );
    assert_eq!(raw["field_856"]["date"], "09/01/2026");
    assert_eq!(raw["field_1954"], 3);
    assert!(raw.keys().all(|key| !key.ends_with("_raw")));
}

#[tokio::test]
async fn a_record_of_answers_is_about_11_and_a_half_kilobytes_with_every_field_that_is_described() {
    let mut schools = standard_schools(TODAY);
    schools.retain(|school| school.knack_id == schools::EXAMPLE);
    let world = World::start(Options::new(TODAY, schools));
    let request = world.get(&format!("/objects/{ANSWERS}/records"));
    let request = request.query(&[("rows_per_page", "1000")]);
    let body = request.send().await.unwrap().text().await.unwrap();
    let size = body.len() / 498;
    assert!((11_000..12_000).contains(&size), "{size}");

    let described = world
        .get(&format!("/objects/{ANSWERS}"))
        .send()
        .await
        .unwrap();
    let described: Value = described.json().await.unwrap();
    let mut fields: Vec<&str> = described["object"]["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| field["key"].as_str().unwrap())
        .collect();
    fields.push("id");
    fields.sort_unstable();
    let body: Value = serde_json::from_str(&body).unwrap();
    let record = body["records"][0].as_object().unwrap();
    let mut keys: Vec<&str> = record
        .keys()
        .map(String::as_str)
        .filter(|key| !key.ends_with("_raw"))
        .collect();
    keys.sort_unstable();
    assert_eq!(keys, fields);
}

#[tokio::test]
async fn answers_can_be_put_edited_and_removed_while_it_runs() {
    let world = world([answers(1), answers(2)]);
    world.knack.put(ANSWERS, answers(3).to_record(&school()));
    world.knack.remove(ANSWERS, &record_id(101));
    world.knack.edit(ANSWERS, &record_id(102), |record| {
        record["field_1953"] = json!(5);
    });
    let answer = page(&world, &[]).await;
    assert_eq!(ids(&answer), [102, 103].map(record_id));
    assert_eq!(answer["records"][0]["field_1953"], 5);
    assert_eq!(world.knack.records(PUPILS), [] as [Value; 0]);
}

#[test]
fn every_pupil_of_the_standard_schools_has_answers_in_each_cycle_with_scores() {
    for school in standard_schools(TODAY) {
        assert_eq!(school.answers.len(), school.pupils.len(), "{}", school.name);
        for (answers, pupil) in school.answers.iter().zip(&school.pupils) {
            assert_eq!(answers.email, pupil.email);
            assert_eq!(answers.completed, pupil.completed);
            assert_eq!(
                answers.cycles.map(|cycle| cycle.is_some()),
                pupil.scores.map(|cycle| cycle.is_some())
            );
            let values = answers.cycles.iter().flatten().flatten();
            assert!(values.flatten().all(|value| (0..=5).contains(value)));
            assert!(answers.email.is_some() || answers.student.is_some());
        }
    }
}

#[test]
fn of_the_example_schools_answers_22_percent_are_connected_to_nobody_and_31_are_undated() {
    let standard = standard_schools(TODAY);
    let example = standard
        .iter()
        .find(|school| school.knack_id == schools::EXAMPLE)
        .unwrap();
    let count = |test: fn(&Answers) -> bool| {
        let answers = example.answers.iter();
        answers.filter(|answers| test(answers)).count()
    };
    assert_eq!(count(|answers| answers.completed.is_none()), 31);
    let unconnected = count(|answers| answers.student.is_none());
    assert_eq!(unconnected * 100 / example.answers.len(), 22);
}

#[test]
fn record_ids_of_answers_and_pupils_are_unique_over_all_schools() {
    let mut ids = HashSet::new();
    for school in standard_schools(TODAY) {
        for record in school.pupil_records().chain(school.answer_records()) {
            let id = record["id"].as_str().unwrap().to_owned();
            assert!(ids.insert(id.clone()), "{id}");
        }
    }
}

#[tokio::test]
async fn a_years_filter_finds_the_awkward_answers_except_those_that_say_so() {
    let world = awkward_world();
    for (school, after, before) in [
        (schools::AWKWARD, "31/07/2026", "01/08/2027"),
        (schools::AUSTRALIAN, "31/12/2025", "01/01/2027"),
    ] {
        let records = found(&world, &year(school, after, before)).await;
        for case in cases_of(school) {
            for record in &case.records {
                let listed = records.iter().any(|found| found["id"] == record["id"]);
                assert_eq!(listed, case.found, "{}", case.name);
            }
        }
    }
}

/// The schools that have awkward answers, without the large ones.
fn awkward_world() -> World {
    let mut schools = standard_schools(TODAY);
    schools.retain(|school| !school.odd_answers.is_empty());
    World::start(Options::new(TODAY, schools))
}

fn cases_of(school: &str) -> Vec<AwkwardAnswers> {
    let mut cases = awkward_answers(TODAY);
    cases.retain(|case| case.school == school);
    assert!(!cases.is_empty(), "{school}");
    cases
}

#[tokio::test]
async fn every_awkward_answer_is_of_a_student_whose_result_is_served() {
    let world = awkward_world();
    let results = world.knack.records(PUPILS);
    for case in awkward_answers(TODAY) {
        assert!(results.contains(&case.result), "{}", case.name);
    }
    let answers = world.knack.records(ANSWERS);
    for pupil in awkward_pupils(TODAY) {
        let id = awkward_answers_id(pupil.name);
        let theirs = answers.iter().filter(|record| record["id"] == id);
        assert_eq!(theirs.count(), 1, "{}", pupil.name);
    }
}

/// What the fields of a case say by the rules of docs/knack-and-dashboard.md, "Question answers", and whether any is out
/// of range.
fn read(case: &AwkwardAnswers) -> (BTreeMap<(u8, &'static str), i64>, bool) {
    let moment = |record: &&Value| record["field_856_raw"]["iso_timestamp"].to_string();
    let latest = case.records.iter().max_by_key(moment).unwrap();
    let mut stored = BTreeMap::new();
    let mut strange = false;
    for (cycle, vision) in [(1, "field_155"), (2, "field_161"), (3, "field_167")] {
        if case.result[vision] == "" {
            continue;
        }
        for question in &QUESTIONS {
            let field = format!("field_{}", answer_field(question.id, cycle));
            let raw = &latest[format!("{field}_raw")];
            let blank = raw.is_null() || raw == "";
            let value = if blank { &latest[&field] } else { raw };
            let text = value.to_string().replace('"', "");
            match text.parse::<f64>() {
                Ok(number) if (1.0..=5.0).contains(&number) => {
                    let whole = format!("{number:.0}").parse().unwrap();
                    stored.insert((cycle, question.id), whole);
                }
                Ok(0.0) => {}
                Err(_) if text.is_empty() || text == "null" => {}
                Ok(_) | Err(_) => strange = true,
            }
        }
    }
    (stored, strange)
}

#[test]
fn every_case_expects_what_its_fields_say_if_it_is_found_and_somebodys() {
    // At the beginning of a year, days that would lie in the future are all one.
    for today in [TODAY, date(2026, 8, 1), date(2027, 7, 31), date(2027, 1, 1)] {
        for case in awkward_answers(today) {
            let (stored, strange) = read(&case);
            let is_somebodys = case.found && case.skipped != Some(SkippedAnswers::NoStudent);
            let expected = if is_somebodys {
                stored
            } else {
                BTreeMap::new()
            };
            assert_eq!(case.stored, expected, "{} on {today}", case.name);
            let out_of_range = case.skipped == Some(SkippedAnswers::OutOfRange);
            assert_eq!(out_of_range, strange, "{} on {today}", case.name);
        }
    }
}

#[test]
fn the_cases_have_as_many_answers_as_their_names_say() {
    let cases = awkward_answers(TODAY);
    let case = |name: &str| cases.iter().find(|case| case.name == name).unwrap();
    for (name, rows) in [
        ("answers_ordinary", 32),
        ("answers_three_cycles", 96),
        ("answers_of_cycles_without_scores", 32),
        ("answer_fifty", 31),
        ("answers_connection_only", 32),
        ("answers_of_nobody", 0),
        ("answers_undated", 0),
        ("answers_of_calendar_year_school", 32),
    ] {
        assert_eq!(case(name).stored.len(), rows, "{name}");
    }
}
