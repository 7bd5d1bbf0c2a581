//! The session of one of the app's users: who Knack says the user is, whatever a view shows.

use secrecy::SecretString;
use serde::Deserialize;
use serde_json::Value;
use serde_json::error::Category;

use crate::answer::Answer;
use crate::{KnackClient, KnackError, Lane};

/// Whose session a token belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The records that are this user's own, one for each of their roles.
    records: Vec<String>,
    /// In lower case.
    email: Option<String>,
}

impl KnackClient {
    /// The session that this token belongs to (docs/knack-and-dashboard.md, "Views and user tokens"). A token that is unknown
    /// or has expired is [`KnackError::Refused`].
    pub async fn session(
        &self,
        user_token: &SecretString,
        lane: Lane,
    ) -> Result<Session, KnackError> {
        let url = self.url(["session", "token"]);
        self.ask_as(user_token, url, lane).await
    }
}

impl Session {
    /// Whether a record is this user's own, by its id or by the address in it. A record without either is nobody's.
    pub fn owns(&self, record: &str, email: Option<&str>) -> bool {
        let is_named = self
            .records
            .iter()
            .any(|id| id.eq_ignore_ascii_case(record));
        let has_address = match (&self.email, email) {
            (Some(own), Some(email)) => *own == email.trim().to_lowercase(),
            (None, _) | (_, None) => false,
        };
        is_named || has_address
    }
}

impl Answer for Session {
    fn parse(body: Vec<u8>) -> Result<Self, KnackError> {
        let answer: Body =
            serde_json::from_slice(&body).map_err(|error| match error.classify() {
                Category::Eof => KnackError::Truncated,
                // The error itself may quote a value, so it is not kept.
                Category::Io | Category::Syntax | Category::Data => KnackError::NotAPage,
            })?;
        let user = answer.session.user;
        let records = user.profile_objects.as_array().into_iter().flatten();
        let records = records.filter_map(|it| it.get("entry_id")?.as_str().map(str::to_owned));
        let held = user.values.get("email");
        let address = held.and_then(|held| held.get("email").unwrap_or(held).as_str());
        let address = address.map(|text| text.trim().to_lowercase());
        let session = Self {
            records: records.filter(|id| !id.is_empty()).collect(),
            email: address.filter(|text| !text.is_empty()),
        };
        if session.records.is_empty() && session.email.is_none() {
            return Err(KnackError::NotAPage);
        }
        Ok(session)
    }
}

/// What is read of the answer. The endpoint is not documented, so either part may be missing or of another form; the other one
/// is enough.
#[derive(Deserialize)]
struct Body {
    session: Described,
}

#[derive(Deserialize)]
struct Described {
    user: User,
}

#[derive(Deserialize)]
struct User {
    #[serde(default)]
    profile_objects: Value,
    #[serde(default)]
    values: Value,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const OWN: &str = "57af00000000000000000001";
    const OTHER: &str = "57af00000000000000000002";

    fn session(user: &Value) -> Session {
        let body = json!({"session": {"user": user}}).to_string();
        Session::parse(body.into()).unwrap()
    }

    #[test]
    fn a_record_is_ones_own_by_its_id_or_by_its_address() {
        let whole = json!({
            "id": OTHER,
            "profile_objects": [{"entry_id": OWN, "object": "object_5"}],
            "values": {"email": {"email": " Ann@x.example"}},
        });
        let by_id = json!({ "profile_objects": [{"entry_id": OWN}], "values": {"email": ""} });
        let by_address = json!({ "values": {"email": "ann@x.example"} });
        let odd = json!({ "profile_objects": [7, {"entry_id": ""}, {}, {"entry_id": OTHER}], "values": [] });
        for (user, record, email, is_own) in [
            (&whole, OWN, None, true),
            (&whole, &*OWN.to_uppercase(), None, true),
            (&whole, OTHER, Some("ann@X.example "), true),
            (&whole, OTHER, Some("bob@x.example"), false),
            (&whole, OTHER, None, false),
            (&whole, OTHER, Some(""), false),
            (&by_id, OWN, None, true),
            (&by_id, OTHER, Some(""), false),
            (&by_id, OTHER, Some("ann@x.example"), false),
            (&by_address, OWN, Some("ann@x.example"), true),
            (&by_address, OWN, None, false),
            (&odd, OWN, Some("ann@x.example"), false),
            (&odd, "", Some(""), false),
            (&odd, OTHER, None, true),
        ] {
            assert_eq!(
                session(user).owns(record, email),
                is_own,
                "{user} {record} {email:?}"
            );
        }
    }

    #[test]
    fn an_answer_that_does_not_say_whose_it_is_is_not_a_session() {
        for body in [
            "",
            "<html>",
            "{}",
            "[]",
            r#"{"session":null}"#,
            r#"{"session":{"user":null}}"#,
            r#"{"session":{"user":{"profile_objects":["#,
            r#"{"session":{"user":{"id":"57af00000000000000000001"}}}"#,
            r#"{"session":{"user":{"profile_objects":[{}],"values":{"email":{"email":" "}}}}}"#,
        ] {
            assert!(Session::parse(body.into()).is_err(), "{body}");
        }
    }
}
