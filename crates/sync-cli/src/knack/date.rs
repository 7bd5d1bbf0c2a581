//! Dates as Knack writes them (docs/knack-and-dashboard.md, "Dates"): day before month where it shows them, ISO in
//! `iso_timestamp`, and month before day in `raw.date`, which is therefore never read.

use jiff::civil::{Date, DateTime, Time};
use serde_json::Value;

use super::fields::Object;
use super::record::Record;

/// A record's completion date, as far as it can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompletionDate {
    /// With the time of day, where Knack says it: midnight otherwise.
    At(DateTime),
    /// Nothing is there.
    Blank,
    /// There is a value, but it is not a date.
    Unreadable,
}

/// When the record was last completed. Never "today": a guess once put thousands into the wrong year.
pub(crate) fn completion_date<O: Object>(record: &Record<O>) -> CompletionDate {
    let raw = record.raw(O::COMPLETION_DATE);
    let display = record.display(O::COMPLETION_DATE);
    let iso = raw.and_then(|raw| raw.get("iso_timestamp"));
    let candidates = || {
        [iso, display, raw]
            .into_iter()
            .flatten()
            .filter_map(in_value)
    };
    if let Some(first) = candidates().next() {
        // All of them show the app's own clock, but not all of them its time of day.
        let same_day = candidates().filter(|at| at.date() == first.date());
        return CompletionDate::At(same_day.fold(first, DateTime::max));
    }
    if raw.is_none() && display.is_none() {
        CompletionDate::Blank
    } else {
        CompletionDate::Unreadable
    }
}

fn in_value(value: &Value) -> Option<DateTime> {
    parse(value.as_str()?)
}

/// `D/M/Y`, `Y-M-D`, and either with a time behind it.
fn parse(text: &str) -> Option<DateTime> {
    let text = text.trim();
    let (day, time) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let (separator, day_first) = if day.contains('/') {
        ('/', true)
    } else {
        ('-', false)
    };
    let parts: Vec<&str> = day.split(separator).collect();
    let &[first, month, last] = parts.as_slice() else {
        return None;
    };
    let (year, day) = if day_first {
        (last, first)
    } else {
        (first, last)
    };
    if year.len() != 4 || !is_number(year) || !is_number(month) || !is_number(day) {
        return None;
    }
    let date = Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()?;
    Some(date.to_datetime(time_of_day(time).unwrap_or(Time::midnight())))
}

/// `14:10`, `14:10:05.000Z` or `2:10pm`; `None` for anything else, since a day is worth having without its time.
fn time_of_day(text: &str) -> Option<Time> {
    let text = text.trim().to_ascii_lowercase();
    let digits = |part: &str| -> Option<i8> {
        let end = part.find(|c: char| !c.is_ascii_digit());
        part[..end.unwrap_or(part.len())].parse().ok()
    };
    let mut parts = text.splitn(3, ':');
    let (hour, minute) = (digits(parts.next()?)?, digits(parts.next()?)?);
    let second = parts.next().map_or(Some(0), digits)?;
    let hour = match (hour, text.ends_with("am"), text.ends_with("pm")) {
        (12, true, _) => 0,
        (1..=11, _, true) => hour + 12,
        _ => hour,
    };
    Time::new(hour, minute, second, 0).ok()
}

fn is_number(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// As a filter on a completion date wants it: in the field's own order.
pub(crate) fn for_filter(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::super::fields::results::VespaResults;
    use super::*;

    fn read(display: &Value, raw: &Value) -> CompletionDate {
        let record = json!({
            "id": "61680fc13a0bfd001e8ca3ca", "field_855": display, "field_855_raw": raw,
        });
        let record: Record<VespaResults> = serde_json::from_value(record).unwrap();
        completion_date(&record)
    }

    #[test]
    fn every_shape_is_the_same_day() {
        let day = date(2026, 9, 3);
        for (display, raw) in [
            (json!("03/09/2026"), json!(null)),
            (json!("3/9/2026"), json!("")),
            (json!("03/09/2026 04:50"), json!("")),
            (json!("2026-09-03"), json!(null)),
            (json!("2026-09-03T00:00:00.000Z"), json!(null)),
            (
                json!(""),
                json!({"iso_timestamp": "2026-09-03T00:00:00.000Z"}),
            ),
            (json!("03/09/2026"), json!({"date": "09/03/2026"})),
            (
                json!("03/09/2026"),
                json!({"iso_timestamp": "soon", "date": "09/03/2026"}),
            ),
            (json!(""), json!("03/09/2026")),
        ] {
            let CompletionDate::At(read) = read(&display, &raw) else {
                panic!("{display} {raw}");
            };
            assert_eq!(read.date(), day, "{display} {raw}");
        }
    }

    #[test]
    fn the_time_of_day_is_read_where_any_form_says_it() {
        let iso = |time: &str| json!({"iso_timestamp": format!("2026-09-03T{time}")});
        for (display, raw, hour, minute) in [
            (json!("03/09/2026 14:10"), json!(""), 14, 10),
            (json!("03/09/2026 2:10pm"), json!(""), 14, 10),
            (json!("03/09/2026 12:05 AM"), json!(""), 0, 5),
            (json!("03/09/2026"), iso("14:10:05.000Z"), 14, 10),
            (json!("03/09/2026 14:10"), iso("00:00:00.000Z"), 14, 10),
            (json!("04/09/2026 14:10"), iso("09:30:00.000Z"), 9, 30),
            (json!("03/09/2026"), json!(""), 0, 0),
            (json!("03/09/2026 soon"), json!(""), 0, 0),
            (json!("03/09/2026 25:10"), json!(""), 0, 0),
        ] {
            let CompletionDate::At(read) = read(&display, &raw) else {
                panic!("{display} {raw}");
            };
            let time = (read.hour(), read.minute());
            assert_eq!(time, (hour, minute), "{display} {raw}");
        }
    }

    #[test]
    fn the_us_order_date_is_never_read() {
        assert_eq!(
            read(&json!(""), &json!({"date": "09/03/2026"})),
            CompletionDate::Unreadable
        );
    }

    #[test]
    fn blank_and_unreadable_are_told_apart() {
        assert_eq!(read(&json!(""), &json!("")), CompletionDate::Blank);
        for text in [
            "31/02/2026",
            "13/13/2026",
            "yesterday",
            "1/2",
            "1/2/26",
            "+1/2/2026",
        ] {
            assert_eq!(
                read(&json!(text), &json!("")),
                CompletionDate::Unreadable,
                "{text}"
            );
        }
    }
}
