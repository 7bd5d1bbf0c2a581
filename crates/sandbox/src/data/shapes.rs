//! The forms a value takes in a Knack record: what is displayed under `field_N`, what is structured under `field_N_raw`.

use jiff::civil::{Date, DateTime, Time};
use serde_json::{Map, Value, json};

/// How a blank field looks under its `_raw` key. Under the plain key it is always `""`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Blank {
    /// There is no `_raw` key (a connection has `[]`).
    #[default]
    Absent,
    /// The `_raw` value is `""`, connections included.
    EmptyText,
}

/// The parts of a name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Name {
    /// Title.
    pub title: String,
    /// First name.
    pub first: String,
    /// Middle name.
    pub middle: String,
    /// Last name.
    pub last: String,
}

impl Name {
    /// The name as Knack displays it.
    pub fn full(&self) -> String {
        let parts = [&self.title, &self.first, &self.middle, &self.last];
        parts
            .map(String::as_str)
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// An e-mail address as Knack displays it.
pub fn anchor(email: &str, label: Option<&str>) -> String {
    format!("<a href=\"mailto:{email}\">{}</a>", label.unwrap_or(email))
}

/// A connection as Knack displays it: one span for each record connected to.
pub fn connection(to: &[(&str, &str)]) -> String {
    let spans: Vec<String> = to
        .iter()
        .map(|(id, label)| {
            format!("<span class=\"{id}\" data-kn=\"connection-value\">{label}</span>")
        })
        .collect();
    spans.join("<br />")
}

/// A day as the fields of this app display it: `DD/MM/YYYY`.
pub fn display_date(day: Date) -> String {
    format!("{:02}/{:02}/{:04}", day.day(), day.month(), day.year())
}

/// The structured form of a date: `date` in US order whatever the field displays, the moments as if local time were UTC.
pub fn date_raw(at: DateTime) -> Value {
    let day = at.date();
    let us_order = format!("{:02}/{:02}/{:04}", day.month(), day.day(), day.year());
    let (hours, am_pm) = twelve_hours(at.time());
    let minutes = at.minute();
    let clock = format!("{hours:02}:{minutes:02}");
    json!({
        "date": us_order,
        "date_formatted": display_date(day),
        "hours": format!("{hours:02}"),
        "minutes": format!("{minutes:02}"),
        "am_pm": am_pm.to_uppercase(),
        "unix_timestamp": milliseconds(at),
        "iso_timestamp": format!("{}T{:02}:{minutes:02}:00.000Z", day, at.hour()),
        "timestamp": format!("{us_order} {clock} {am_pm}"),
        "time": i64::from(hours) * 60 + i64::from(minutes),
    })
}

/// The structured form of a name: only the parts it has, and all of it.
pub fn name_raw(name: &Name) -> Value {
    let mut raw = Map::new();
    for (key, part) in [
        ("title", &name.title),
        ("first", &name.first),
        ("middle", &name.middle),
        ("last", &name.last),
    ] {
        if !part.is_empty() {
            raw.insert(key.to_owned(), json!(part));
        }
    }
    raw.insert("full".to_owned(), json!(name.full()));
    Value::Object(raw)
}

fn twelve_hours(time: Time) -> (i8, &'static str) {
    let hours = match time.hour() % 12 {
        0 => 12,
        hours => hours,
    };
    (hours, if time.hour() < 12 { "am" } else { "pm" })
}

fn milliseconds(at: DateTime) -> i64 {
    jiff::tz::TimeZone::UTC
        .to_timestamp(at)
        .map_or(0, jiff::Timestamp::as_millisecond)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_date_is_shown_in_uk_order_and_kept_in_us_order() {
        let raw = date_raw(date(2025, 2, 26).at(0, 0, 0, 0));
        assert_eq!(
            raw,
            json!({"date": "02/26/2025", "date_formatted": "26/02/2025", "hours": "12", "minutes": "00", "am_pm": "AM",
                   "unix_timestamp": 1_740_528_000_000_i64, "iso_timestamp": "2025-02-26T00:00:00.000Z",
                   "timestamp": "02/26/2025 12:00 am", "time": 720})
        );
    }

    #[test]
    fn an_afternoon_is_pm() {
        let raw = date_raw(date(2025, 9, 29).at(16, 50, 0, 0));
        assert_eq!(raw["am_pm"], "PM");
        assert_eq!(raw["hours"], "04");
        assert_eq!(raw["iso_timestamp"], "2025-09-29T16:50:00.000Z");
    }
}
