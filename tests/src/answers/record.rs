//! What a record of answers says, read as a person would.

use jiff::civil::{Date, DateTime, Time};
use serde_json::Value;

const SCHOOL: u32 = 1_821;
const STUDENT: u32 = 792;
const EMAIL: u32 = 2_732;
const NAME: u32 = 1_823;
const COMPLETED: u32 = 856;

/// A record of `object_29`.
pub(super) struct Record<'a>(pub(super) &'a Value);

impl Record<'_> {
    /// The school it belongs to: the first of those named.
    pub(super) fn school(&self) -> Option<String> {
        self.first_connection(SCHOOL)
    }

    /// The record of results that it is connected with.
    pub(super) fn student(&self) -> Option<String> {
        self.first_connection(STUDENT)
    }

    /// The address, in lower case and without blanks around it.
    pub(super) fn email(&self) -> Option<String> {
        let raw = match self.raw(EMAIL) {
            Some(Value::Object(parts)) => parts.get("email").and_then(Value::as_str),
            other => other.and_then(Value::as_str),
        };
        let shown = self.shown(EMAIL).and_then(|shown| shown.as_str());
        let within = |shown: &str| {
            let text = shown.split_once("mailto:").map_or(shown, |(_, rest)| rest);
            text.split(['"', '<']).next().unwrap_or(text).to_owned()
        };
        let email = shown.map(within).or_else(|| raw.map(str::to_owned))?;
        let email = email.trim().to_lowercase();
        email.contains('@').then_some(email)
    }

    /// The given name, in lower case; none where it is blank.
    pub(super) fn given_name(&self) -> Option<String> {
        let first = self.raw(NAME)?.get("first")?.as_str()?.trim();
        (!first.is_empty()).then(|| first.to_lowercase())
    }

    /// When it was completed; none where it does not say so.
    pub(super) fn completed(&self) -> Option<DateTime> {
        let raw = self.raw(COMPLETED).and_then(|raw| raw.get("iso_timestamp"));
        let written = raw.or_else(|| self.shown(COMPLETED))?.as_str()?;
        let (day, time) = written.split_once([' ', 'T']).unwrap_or((written, "00:00"));
        let numbers = |text: &str, between: char| {
            let parts = text.split(between).map(|part| part.parse::<i16>().ok());
            parts.collect::<Option<Vec<i16>>>()
        };
        let (year, month, day) = match (numbers(day, '-'), numbers(day, '/')) {
            (Some(iso), _) if iso.len() == 3 => (iso[0], iso[1], iso[2]),
            (_, Some(shown)) if shown.len() == 3 => (shown[2], shown[1], shown[0]),
            _ => return None,
        };
        let time = numbers(time.get(..5)?, ':').filter(|time| time.len() == 2)?;
        let date = Date::new(year, month.try_into().ok()?, day.try_into().ok()?).ok()?;
        let time = Time::new(time[0].try_into().ok()?, time[1].try_into().ok()?, 0, 0).ok()?;
        Some(date.to_datetime(time))
    }

    /// A whole number from 1 to 5, however it is written; none for anything else.
    pub(super) fn answer(&self, field: u32) -> Option<i64> {
        let value = self.raw(field).or_else(|| self.shown(field))?;
        let text = match value {
            Value::String(text) => text.trim().to_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        let whole = text.strip_suffix(".0").unwrap_or(&text).parse().ok()?;
        (1..=5).contains(&whole).then_some(whole)
    }

    /// The first id in it, however it is written.
    fn first_connection(&self, field: u32) -> Option<String> {
        let is_id = |text: &&str| text.len() == 24 && text.bytes().all(|it| it.is_ascii_hexdigit());
        let of_item = |item: &Value| {
            let texts = [item.as_str(), item["id"].as_str(), item["value"].as_str()];
            texts
                .into_iter()
                .flatten()
                .find(is_id)
                .map(str::to_lowercase)
        };
        let raw = match self.raw(field) {
            Some(Value::Array(items)) => items.iter().find_map(of_item),
            other => other.and_then(of_item),
        };
        let shown = || {
            let shown = self.shown(field)?.as_str()?;
            shown
                .split(['"', '<', '>'])
                .find(is_id)
                .map(str::to_lowercase)
        };
        raw.or_else(shown)
    }

    fn raw(&self, field: u32) -> Option<&Value> {
        self.filled(&format!("field_{field}_raw"))
    }

    fn shown(&self, field: u32) -> Option<&Value> {
        self.filled(&format!("field_{field}"))
    }

    fn filled(&self, key: &str) -> Option<&Value> {
        let value = self.0.get(key)?;
        let is_blank = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
        (!is_blank).then_some(value)
    }
}
