//! The standard schools: what tests, demo and benchmarks rely on.

use std::collections::HashSet;

use jiff::civil::date;
use sandbox::{
    data::{School, awkward_id, awkward_pupils, awkward_record, schools, standard_schools, year},
    knack::Options,
};
use serde_json::json;

use crate::support::{TODAY, World};

fn school(id: &str) -> School {
    standard_schools(TODAY)
        .into_iter()
        .find(|school| school.knack_id == id)
        .unwrap()
}

#[test]
fn the_example_school_has_467_records_two_without_email_and_ten_comments() {
    let example = school(schools::EXAMPLE);
    assert_eq!(schools::EXAMPLE, "61680fc13a0bfd001e8ca3ca");
    let (completed, not_completed): (Vec<_>, Vec<_>) = example
        .pupils
        .iter()
        .partition(|pupil| pupil.completed.is_some());
    assert_eq!((completed.len(), not_completed.len()), (467, 31));
    let with_email: Vec<_> = completed
        .iter()
        .filter(|pupil| pupil.email.is_some())
        .collect();
    assert_eq!(with_email.len(), 465);
    assert_eq!(
        with_email
            .iter()
            .map(|pupil| pupil.comments())
            .sum::<usize>(),
        10
    );
    assert_eq!(
        with_email
            .iter()
            .flat_map(|pupil| pupil.scores)
            .flatten()
            .count(),
        611
    );
    assert!(not_completed.iter().all(|pupil| pupil.scores == [None; 3]));
}

#[test]
fn the_other_schools_have_the_sizes_their_names_say() {
    for (id, size) in [
        (schools::EMPTY, 0),
        (schools::TINY, 50),
        (schools::SMALL, 200),
        (schools::LARGE, 1_000),
        (schools::HUGE, 2_000),
        (schools::AUSTRALIAN, 120),
    ] {
        assert_eq!(school(id).pupils.len(), size, "{id}");
    }
    let australian = school(schools::AUSTRALIAN);
    assert_eq!(
        (australian.is_australian, australian.use_standard_year),
        (Some(true), Some(false))
    );
}

#[test]
fn addresses_and_record_ids_are_unique_over_all_schools() {
    let all = standard_schools(TODAY);
    let pupils = || all.iter().flat_map(|school| &school.pupils);
    let emails: Vec<_> = pupils().filter_map(|pupil| pupil.email.as_ref()).collect();
    assert_eq!(emails.iter().collect::<HashSet<_>>().len(), emails.len());
    assert!(emails.iter().all(|email| email.ends_with(".example")));
    assert_eq!(
        pupils()
            .map(|pupil| &pupil.record_id)
            .collect::<HashSet<_>>()
            .len(),
        pupils().count()
    );
}

#[test]
fn every_date_lies_in_the_academic_year_and_none_in_the_future() {
    for today in [TODAY, date(2026, 8, 1), date(2027, 7, 31), date(2027, 1, 1)] {
        for school in standard_schools(today) {
            let calendar = school.calendar_year();
            for day in school.pupils.iter().filter_map(|pupil| pupil.completed) {
                assert!(
                    day >= year::first_day(today, calendar) && day <= today,
                    "{day} on {today}"
                );
            }
        }
    }
}

#[test]
fn the_same_academic_year_has_the_same_schools() {
    assert_eq!(
        standard_schools(TODAY)[..7],
        standard_schools(date(2026, 12, 24))[..7]
    );
}

#[tokio::test]
async fn all_schools_are_served() {
    let world = World::start(Options::new(TODAY, standard_schools(TODAY)));
    let year = json!([
        {"field": "field_133", "operator": "is", "value": schools::EXAMPLE},
        {"field": "field_855", "operator": "is after", "value": "31/07/2026"},
        {"field": "field_855", "operator": "is before", "value": "01/08/2027"},
    ]);
    assert_eq!(world.found(&year).await.len(), 467);
    let blank = json!([
        {"field": "field_133", "operator": "is", "value": schools::EXAMPLE},
        {"field": "field_855", "operator": "is blank"},
    ]);
    assert_eq!(world.found(&blank).await.len(), 31);
    assert_eq!(
        world
            .get("/objects/object_2/records")
            .send()
            .await
            .unwrap()
            .json::<serde_json::Value>()
            .await
            .unwrap()["total_records"],
        8
    );
}

#[test]
fn every_awkward_record_has_a_name_and_an_id_of_its_own() {
    let table = awkward_pupils(TODAY);
    assert!(table.len() > 90, "{}", table.len());
    assert_eq!(
        table
            .iter()
            .map(|awkward| awkward.name)
            .collect::<HashSet<_>>()
            .len(),
        table.len()
    );
    for awkward in &table {
        assert_eq!(awkward.record["id"], awkward_id(awkward.name));
    }
    assert_eq!(
        awkward_record(TODAY, "overall_20879").unwrap()["field_160"],
        20_879
    );
    assert_eq!(awkward_record(TODAY, "nobody"), None);
}

#[tokio::test]
async fn a_years_filter_finds_the_awkward_records_except_those_that_say_so() {
    let world = World::start(Options::new(TODAY, standard_schools(TODAY)));
    let year = json!([
        {"field": "field_133", "operator": "is", "value": schools::AWKWARD},
        {"field": "field_855", "operator": "is after", "value": "31/07/2026"},
        {"field": "field_855", "operator": "is before", "value": "01/08/2027"},
    ]);
    let query = [("rows_per_page", "1000"), ("filters", &year.to_string())];
    let body = world
        .page(&query)
        .send()
        .await
        .unwrap()
        .text()
        .await
        .unwrap();
    for awkward in awkward_pupils(TODAY) {
        let found = body.contains(&awkward_id(awkward.name));
        assert_eq!(
            found,
            !awkward.name.starts_with("not_found"),
            "{}",
            awkward.name
        );
    }
}

#[tokio::test]
async fn nul_and_a_lone_surrogate_are_in_the_json_that_is_sent() {
    let world = World::start(Options::new(TODAY, standard_schools(TODAY)));
    let path = |name: &str| format!("/objects/object_10/records/{}", awkward_id(name));
    let text = async |name: &str| {
        world
            .get(&path(name))
            .send()
            .await
            .unwrap()
            .text()
            .await
            .unwrap()
    };
    assert!(text("nul_in_comment").await.contains(r"before\u0000after"));
    let surrogate = text("surrogate_in_comment").await;
    assert!(surrogate.contains(r"before\ud800after"));
    serde_json::from_str::<serde_json::Value>(&surrogate).unwrap_err();
    let record: serde_json::Value = serde_json::from_str(&text("email_blank").await).unwrap();
    assert_eq!(
        (&record["field_3478"], &record["field_3478_raw"]),
        (&json!(""), &json!(""))
    );
}
