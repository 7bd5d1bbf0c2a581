//! The standard schools: what tests, demo and benchmarks rely on.

use std::collections::HashSet;

use jiff::civil::date;
use sandbox::{
    data::{School, schools, standard_schools, year},
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
