//! Signing a user in, and the two endpoints about sessions.

use actix_web::web::Bytes;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    account::Account,
    auth,
    body::Refusal,
    credentials::{APP_ID, PASSWORD},
    simulator::Simulator,
};

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
