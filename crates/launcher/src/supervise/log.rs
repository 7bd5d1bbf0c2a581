//! Relays what a refresh writes to stderr, apart from progress, to the launcher's log, with its level, its fields and
//! its run. No secret, e-mail address or token gets through, and no line can be forged.

use serde_json::{Map, Value, json};

use super::child_args::ChildArgs;
use super::text::masked;
use crate::clock;

/// The longest text that is kept.
const LONGEST_TEXT: usize = 500;
/// The refresh's own lines have a few.
const MOST_FIELDS: usize = 20;

const LEVELS: [&str; 5] = ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"];

/// Adds a line to the launcher's log.
pub(super) fn relay(line: &[u8], args: ChildArgs<'_>, secrets: &[String]) {
    let mut said = own_line(line, secrets).unwrap_or_else(|| foreign_line(line, secrets));
    said.insert("timestamp".to_owned(), clock::now().to_string().into());
    said.insert("target".to_owned(), "refresh".into());
    let run = json!({ "name": "run", "run_id": args.run_id, "school": args.school.id });
    said.insert("span".to_owned(), run);
    let mut line = Value::Object(said).to_string();
    line.push('\n');
    logging::write(line.as_bytes());
}

/// A log line of the refresh: a JSON object with a level. The module that it comes from becomes one more field.
fn own_line(line: &[u8], secrets: &[String]) -> Option<Map<String, Value>> {
    let mut line: Map<String, Value> = serde_json::from_slice(line).ok()?;
    let level = line.remove("level")?;
    let level = LEVELS.into_iter().find(|known| level == *known)?;
    let message = line.remove("message").unwrap_or_default();
    let module = line.remove("target").unwrap_or_default();
    let mut said = Map::new();
    said.insert("level".to_owned(), level.into());
    for (name, value) in [
        ("message".to_owned(), message),
        ("module".to_owned(), module),
    ] {
        said.insert(name, loggable_value(value, secrets));
    }
    for (name, value) in line.into_iter().take(MOST_FIELDS) {
        let name = loggable(&name, secrets);
        said.entry(name)
            .or_insert_with(|| loggable_value(value, secrets));
    }
    Some(said)
}

/// Anything else, from a library or the system. It is unexpected, so it is a warning.
fn foreign_line(line: &[u8], secrets: &[String]) -> Map<String, Value> {
    let text = loggable(&String::from_utf8_lossy(line), secrets);
    [("level", Value::from("WARN")), ("message", text.into())]
        .map(|(name, value)| (name.to_owned(), value))
        .into_iter()
        .collect()
}

fn loggable_value(value: Value, secrets: &[String]) -> Value {
    match value {
        Value::Null | Value::Bool(_) | Value::Number(_) => value,
        Value::String(text) => loggable(&text, secrets).into(),
        Value::Array(_) | Value::Object(_) => loggable(&value.to_string(), secrets).into(),
    }
}

fn loggable(text: &str, secrets: &[String]) -> String {
    masked(text, secrets, LONGEST_TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_the_refresh_keeps_its_level_and_its_fields() {
        let line = br#"{"timestamp":"2026-11-26T10:00:00Z","level":"ERROR","message":"a row was refused","record":"61680fc13a0bfd001e8ca3ca","count":3,"target":"sync_cli::save"}"#;
        let said = Value::Object(own_line(line, &[]).unwrap());
        assert_eq!(said["level"], "ERROR");
        assert_eq!(said["message"], "a row was refused");
        assert_eq!(said["module"], "sync_cli::save");
        assert_eq!(said["record"], "61680fc13a0bfd001e8ca3ca");
        assert_eq!(said["count"], 3);
    }

    #[test]
    fn no_field_of_a_line_is_trusted() {
        let secrets = ["hidden-key".to_owned()];
        let line = br#"{"level":"WARN","message":"hidden-key","hidden-key":1,"to":["ann@example.test",{"key":"hidden-key"}]}"#;
        let said = Value::Object(own_line(line, &secrets).unwrap()).to_string();
        assert!(
            !said.contains("hidden-key") && !said.contains("example"),
            "{said}"
        );
        let wide: Map<String, Value> = (0..1_000).map(|n| (format!("f{n}"), n.into())).collect();
        let wide = json!({ "level": "WARN", "fields": wide.clone() });
        assert!(
            own_line(wide.to_string().as_bytes(), &[]).unwrap()["fields"]
                .to_string()
                .len()
                < 600
        );
    }

    #[test]
    fn a_line_that_is_not_in_the_refreshs_format_is_a_warning() {
        for line in [
            &b"FORGED"[..],
            br#"{"level":"FORGED"}"#,
            br#"{"message":"x"}"#,
            b"[]",
            b"\xff",
        ] {
            assert!(own_line(line, &[]).is_none());
            assert_eq!(foreign_line(line, &[])["level"], "WARN");
        }
    }
}
