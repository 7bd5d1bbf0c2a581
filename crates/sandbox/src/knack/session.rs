//! Who has signed in: the tokens given out and not ended, and the two endpoints about them.
//!
//! A token proves nothing by its contents: it counts because it was given out here. A session ends when it is told to,
//! not by its age.

use std::collections::VecDeque;

use actix_web::web::Bytes;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{
    account::Account,
    auth::{self, APP_ID},
    body::Refusal,
    limits::since_epoch,
    server::Simulator,
};

/// Every user's password.
pub const PASSWORD: &str = "correct-horse-7";

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

    fn open(&mut self, account: &Account) -> String {
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

/// Opens a session for the user of this address, if there is one, and gives its token.
pub(super) fn open(email: &str, simulator: &Simulator) -> Option<String> {
    let account = Account::find(email, &simulator.store())?;
    Some(simulator.sessions().open(&account))
}

/// `POST /applications/{id}/session`. Assumed: what is refused is refused in plain text, as elsewhere.
pub(super) fn sign_in(
    app_id: &str,
    payload: &[u8],
    simulator: &Simulator,
) -> Result<Vec<Bytes>, Refusal> {
    #[derive(Deserialize)]
    struct Login {
        email: String,
        password: String,
    }
    if app_id != APP_ID {
        return Err(Refusal::text(404, "Not Found"));
    }
    let login: Login =
        serde_json::from_slice(payload).map_err(|_| Refusal::text(400, "Invalid API Request"))?;
    let account = Account::find(&login.email, &simulator.store())
        .filter(|_| login.password == PASSWORD)
        .ok_or_else(|| Refusal::text(401, "Invalid email or password."))?;
    let token = simulator.sessions().open(&account);
    let mut user = account.describe();
    user["token"] = json!(token);
    Ok(session_of(&user))
}

/// `/session/token`: the user whose session it is. Assumed: one whose records are gone has no session either.
pub(super) fn current(email: &str, simulator: &Simulator) -> Result<Vec<Bytes>, Refusal> {
    let account = Account::find(email, &simulator.store()).ok_or_else(auth::no_session)?;
    Ok(session_of(&account.describe()))
}

fn session_of(user: &Value) -> Vec<Bytes> {
    vec![Bytes::from(json!({"session": {"user": user}}).to_string())]
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
