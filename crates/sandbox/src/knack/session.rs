//! Who has signed in: the tokens given out and not ended.
//!
//! A token proves nothing by its contents: it counts because it was given out here. A session ends when it is told to,
//! not by its age.

use std::collections::VecDeque;

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{account::Account, credentials::APP_ID, limits::since_epoch};

/// So many sessions are kept; one more, and the oldest ends.
const MOST_SESSIONS: usize = 10_000;

/// The sessions that have not ended, oldest first.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    live: VecDeque<Session>,
}

#[derive(Debug)]
struct Session {
    token: String,
    email: String,
}

impl Sessions {
    /// The e-mail address of the user whose session this is.
    pub(super) fn user(&self, token: &str) -> Option<&str> {
        self.live
            .iter()
            .find(|session| session.token == token)
            .map(|session| session.email.as_str())
    }

    pub(super) fn expire(&mut self, token: &str) {
        self.live.retain(|session| session.token != token);
    }

    pub(super) fn open(&mut self, account: &Account) -> String {
        if self.live.len() == MOST_SESSIONS {
            self.live.pop_front();
        }
        let token = new_token(&account.id);
        self.live.push_back(Session {
            token: token.clone(),
            email: account.email.clone(),
        });
        token
    }
}

/// In the form of Knack's JWT. The signature is as long as a real one and signs nothing: it cannot be guessed.
fn new_token(user_id: &str) -> String {
    let part = |json: Value| BASE64_URL_SAFE_NO_PAD.encode(json.to_string());
    let payload =
        json!({"user_id": user_id, "application_id": APP_ID, "iat": since_epoch().as_secs()});
    let signature = [Uuid::new_v4(), Uuid::new_v4()]
        .map(Uuid::into_bytes)
        .concat();
    format!(
        "{}.{}.{}",
        part(json!({"alg": "HS256", "typ": "JWT"})),
        part(payload),
        BASE64_URL_SAFE_NO_PAD.encode(signature)
    )
}
