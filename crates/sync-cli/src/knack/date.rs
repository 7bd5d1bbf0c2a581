//! Dates as Knack writes them (docs/knack-and-dashboard.md, "Dates"): day before month where it shows them, ISO in
//! `iso_timestamp`, and month before day in `raw.date`, which is therefore never read.

use jiff::civil::Date;
use serde_json::Value;

use super::fields::COMPLETION_DATE;
use super::record::Record;

/// What a record's completion date is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CompletionDate {
    On(Date),
    /// Nothing is there.
    Blank,
    /// There is a value, but it is not a date.
    Unreadable,
}

/// When the record was last completed. Never "today": a guess once put thousands into the wrong year.
pub(crate) fn completion_date(record: &Record) -> CompletionDate {
    let raw = record.raw(COMPLETION_DATE);
    let iso = raw.and_then(|raw| raw.get("iso_timestamp"));
    let candidates = [iso, record.display(COMPLETION_DATE), raw];
    if let Some(date) = candidates.into_iter().flatten().find_map(in_value) {
        return CompletionDate::On(date);
    }
    if raw.is_none() && record.display(COMPLETION_DATE).is_none() {
        CompletionDate::Blank
    } else {
        CompletionDate::Unreadable
    }
}

fn in_value(value: &Value) -> Option<Date> {
    parse(value.as_str()?)
}

/// `D/M/Y`, `Y-M-D`, and either with a time behind it.
fn parse(text: &str) -> Option<Date> {
    let day = text.trim().split([' ', 'T']).next()?;
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
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if year.len() != 4 || !is_number(year) || !is_number(month) || !is_number(day) {
        return None;
    }
    Date::new(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?).ok()
}

/// As a filter on [`COMPLETION_DATE`] wants it: in the field's own order.
pub(crate) fn for_filter(date: Date) -> String {
    format!("{:02}/{:02}/{:04}", date.day(), date.month(), date.year())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use serde_json::json;

    use super::*;

    fn read(display: &Value, raw: &Value) -> CompletionDate {
        let record = json!({
            "id": "61680fc13a0bfd001e8ca3ca", "field_855": display, "field_855_raw": raw,
        });
        completion_date(&serde_json::from_value(record).unwrap())
    }

    #[test]
    fn every_shape_is_the_same_day() {
        let day = CompletionDate::On(date(2026, 9, 3));
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
            assert_eq!(read(&display, &raw), day, "{display} {raw}");
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
