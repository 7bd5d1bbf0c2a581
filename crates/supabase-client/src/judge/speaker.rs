//! Who gave an answer: PostgREST, whose codes then decide, or something in front of it, of which only the status counts.

use serde::Deserialize;
use serde_json::Value;

use crate::{SchemaPart, SqlState};

/// The sender of an answer.
pub(super) enum Speaker {
    /// PostgREST or the database behind it.
    Database {
        /// Empty where a function of the database chose one of another form.
        code: SqlState,
        part: SchemaPart,
        /// Whether it is the school's row that something refers to in vain.
        lacks_school: bool,
    },
    /// Whatever is in front of it.
    Path,
}

/// An error as PostgREST writes it, always with these four members. A function of the database may choose all their values.
#[derive(Deserialize)]
struct Body {
    message: String,
    #[serde(default)]
    code: Value,
    /// Quotes rows; only how it begins is looked at.
    #[serde(default, deserialize_with = "if_there")]
    details: Option<Value>,
    #[serde(default, deserialize_with = "if_there")]
    hint: Option<Value>,
}

/// A member that is there, be it null.
fn if_there<'de, D: serde::Deserializer<'de>>(member: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(member).map(Some)
}

impl Speaker {
    /// A message beside a code of PostgreSQL's or PostgREST's form is PostgREST's. With a code of another form, or none, it
    /// may be a gateway's, unless the other two members are there as well.
    pub(super) fn of(body: &[u8]) -> Self {
        let Ok(body) = serde_json::from_slice::<Body>(body) else {
            return Self::Path;
        };
        let Body {
            message,
            code,
            details,
            hint,
        } = body;
        let code = SqlState::new(code.as_str().unwrap_or_default());
        let is_whole = details.is_some() && hint.is_some();
        let code = match code.is_known_form() {
            true => code,
            // A function may raise five letters too.
            false if is_whole && code.is_sql_state() => code,
            false if is_whole => SqlState::default(),
            false => return Self::Path,
        };
        let part = SchemaPart::named_by(code, &message);
        let details = details.as_ref().and_then(Value::as_str).unwrap_or_default();
        let lacks_school = code.as_str() == "23503"
            && (part.is_key_to_school() || details.starts_with("Key (establishment_id)="));
        Self::Database {
            code,
            part,
            lacks_school,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_postgrests_by_its_code_or_by_its_four_members() {
        for (body, expected) in [
            (r#"{"code":"23514","message":"m"}"#, Some("23514")),
            (r#"{"code":"PGRST002","message":"m"}"#, Some("PGRST002")),
            (
                r#"{"code":"23514","message":"m","details":"d","hint":null,"more":1}"#,
                Some("23514"),
            ),
            // A function may raise any code, and old versions had none of their own.
            (
                r#"{"code":"no_places","message":"m","details":null,"hint":null}"#,
                Some(""),
            ),
            (
                r#"{"code":"pgrst002","message":"m","details":"","hint":""}"#,
                Some(""),
            ),
            (
                r#"{"code":null,"message":"m","details":"d","hint":"h"}"#,
                Some(""),
            ),
            (
                r#"{"code":"","message":"m","details":"d","hint":"h"}"#,
                Some(""),
            ),
            (r#"{"message":"m","details":"d","hint":"h"}"#, Some("")),
            (
                r#"{"code":7,"message":"m","details":"d","hint":"h"}"#,
                Some(""),
            ),
            // Gateways have messages too, with and without a code or a hint.
            (r#"{"message":"no Route matched with those values"}"#, None),
            (
                r#"{"message":"No API key found","hint":"No `apikey` header"}"#,
                None,
            ),
            (r#"{"code":null,"message":"m"}"#, None),
            (r#"{"code":503,"message":"busy"}"#, None),
            (r#"{"code":"busy","message":"busy"}"#, None),
            (r#"{"code":"pgrst002","message":"m"}"#, None),
            (r#"{"code":"SUP","message":"m","hint":"h"}"#, None),
            (r#"{"code":"ERROR","message":"m"}"#, None),
            (r#"{"code":"ABUSE","message":"m","details":"d"}"#, None),
            (
                r#"{"code":"ABUSE","message":"m","details":null,"hint":null}"#,
                Some("ABUSE"),
            ),
            // Without a message, nobody is told anything.
            (r#"{"code":"23514"}"#, None),
            (r#"{"code":"23514","details":"d","hint":"h"}"#, None),
            (
                r#"{"code":"23514","message":null,"details":"d","hint":"h"}"#,
                None,
            ),
            (r#"[{"code":"23514","message":"m"}]"#, None),
            (r#"{"code":"23514","message":"m""#, None),
            ("<html></html>", None),
            ("null", None),
            ("", None),
        ] {
            let spoken = match Speaker::of(body.as_bytes()) {
                Speaker::Database { code, .. } => Some(code.as_str().to_owned()),
                Speaker::Path => None,
            };
            assert_eq!(spoken.as_deref(), expected, "{body}");
        }
    }
}
