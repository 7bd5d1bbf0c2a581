//! Completion dates. Those that cannot be read are still found by a filter on the year; those named so are not.

use jiff::{ToSpan as _, civil::Time};
use serde_json::json;

use super::table::{Table, filtered_as, set};
use crate::data::{Pupil, date_raw, display_date, year};

const COMPLETED: u32 = 855;

pub(super) fn write(table: &mut Table) {
    let day = year::nth_day(table.today, false, 10);
    let shown = display_date(day);
    let raw = date_raw(day.to_datetime(Time::midnight()));
    let (first, last) = (
        year::first_day(table.today, false),
        year::last_day(table.today, false),
    );
    let last_year = year::nth_day(table.today, false, 10).saturating_sub(1.year());
    // Read the American way, 5 September is 9 May, which lies in another academic year.
    let trap = first
        .with()
        .month(9)
        .day(5)
        .build()
        .expect("5 September is a date")
        .min(table.today);
    let ten_to_five = Time::constant(16, 50, 0, 0);

    table.pupil("date_with_time", |pupil| Pupil {
        completed_time: Some(ten_to_five),
        ..pupil
    });
    table.record("date_shown_with_time_only", |record| {
        set(record, COMPLETED, format!("{shown} 04:50"), "");
    });
    table.record("date_shown_only", |record| {
        set(record, COMPLETED, shown.clone(), "");
    });
    table.record("date_raw_only", |record| {
        set(record, COMPLETED, "", raw.clone());
    });
    table.record("date_raw_us_only", |record| {
        set(record, COMPLETED, "", json!({"date": raw["date"]}));
    });
    table.record("date_raw_without_iso", |record| {
        let mut raw = raw.clone();
        raw.as_object_mut()
            .map(|parts| parts.remove("iso_timestamp"));
        set(record, COMPLETED, shown.clone(), raw);
    });
    table.record("date_iso_shown", |record| {
        set(record, COMPLETED, format!("{day}"), "");
    });
    table.record("date_iso_with_time_shown", |record| {
        set(record, COMPLETED, format!("{day}T04:50:00.000Z"), "");
    });
    table.record("date_raw_text", |record| {
        set(record, COMPLETED, shown.clone(), shown.clone());
    });
    table.pupil("date_us_order_trap", |pupil| pupil.completed(trap));
    table.pupil("date_first_day_of_year", |pupil| pupil.completed(first));
    table.pupil("date_last_day_of_year", |pupil| pupil.completed(last));
    let today = table.today;
    table.pupil("date_today", |pupil| pupil.completed(today));
    for (name, unreadable) in [
        ("date_words", "soon"),
        ("date_impossible", "31/02/2026"),
        ("date_zeros", "00/00/0000"),
        ("date_half", "05/09"),
    ] {
        table.record(name, |record| {
            set(record, COMPLETED, unreadable, "");
            filtered_as(record, COMPLETED, shown.clone());
        });
    }
    table.record("date_shown_outside_year", |record| {
        set(
            record,
            COMPLETED,
            display_date(last_year),
            date_raw(last_year.to_datetime(Time::midnight())),
        );
        filtered_as(record, COMPLETED, shown.clone());
    });
    table.pupil("not_found_last_year", |pupil| pupil.completed(last_year));
    table.pupil("not_found_day_before_year", |pupil| {
        pupil.completed(first.saturating_sub(1.day()))
    });
    table.pupil("not_found_day_after_year", |pupil| {
        pupil.completed(last.saturating_add(1.day()))
    });
    table.pupil("not_found_blank_date", |pupil| Pupil {
        completed: None,
        ..pupil
    });
}
