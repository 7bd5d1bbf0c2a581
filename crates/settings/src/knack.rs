//! The settings by which Knack is reached.

use std::path::PathBuf;
use std::time::Duration;

use knack_client::{Budget, BudgetPlace};
use secrecy::SecretString;
use sync_protocol::KnackRecordId;
use url::Url;

use crate::value::{seconds, secret, secure_url};
use crate::{Declared, Reader, Setting};

const APP_ID: Setting<String> = Setting::required(
    "KNACK_APP_ID",
    "the Knack application, 24 hexadecimal digits",
    |text| {
        text.parse::<KnackRecordId>()
            .map(|id| id.to_string())
            .map_err(|_| "must be 24 hexadecimal digits".to_owned())
    },
)
.or(&["KNACK_APPLICATION_ID"]);

const API_KEY: Setting<SecretString> =
    Setting::required("KNACK_API_KEY", "its REST API key", secret).secret();

const API_URL: Setting<Url> = Setting::with_default(
    "KNACK_API_URL",
    "Knack's API, for accounts with a host of their own; ends in `/v1`",
    "https://api.knack.com/v1",
    api_url,
);

const TIMEOUT: Setting<Duration> = Setting::with_default(
    "KNACK_TIMEOUT_SECONDS",
    "time limit of one attempt at a page",
    "60",
    seconds,
);

const BUDGET: Setting<BudgetPlace> = Setting::without(
    "KNACK_BUDGET",
    "through what all processes share Knack's ten requests a second: `file:/absolute/path` for those of one machine, or `redis://…` or `rediss://…` for those of several",
    "a file per user and app, in the temporary folder",
    |text| BudgetPlace::parse(text).map_err(|error| error.to_string()),
)
.secret();

/// All of them.
pub(crate) const ALL: [Declared; 5] = [
    APP_ID.declared(),
    API_KEY.declared(),
    API_URL.declared(),
    TIMEOUT.declared(),
    BUDGET.declared(),
];

/// The configurable part of [`knack_client::Settings`]; each program chooses how many requests may be in flight.
#[derive(Debug)]
#[expect(missing_docs, reason = "see knack_client::Settings")]
pub struct KnackConnection {
    pub base_url: Url,
    pub app_id: String,
    pub api_key: SecretString,
    pub timeout: Duration,
    pub budget: Budget,
}

/// Reads it; `None` if anything is wrong, which the reader then knows.
pub fn knack(reader: &mut Reader<'_>) -> Option<KnackConnection> {
    let app_id = reader.require(&APP_ID);
    let api_key = reader.require(&API_KEY);
    let base_url = reader.read(&API_URL);
    let budget = reader.read(&BUDGET);
    let timeout = reader.read(&TIMEOUT);
    let (app_id, api_key) = (app_id?, api_key?);
    Some(KnackConnection {
        base_url: base_url?,
        budget: Budget::kept_in(budget, &app_id, usual_budget(&app_id)),
        app_id,
        api_key,
        timeout: timeout?,
    })
}

/// One file for each app and user. Not in the session's runtime folder, which cron does not have.
fn usual_budget(app_id: &str) -> PathBuf {
    let user = nix::unistd::getuid();
    let folder = std::env::temp_dir().join(format!("vespa-sync-{user}"));
    folder.join(format!("knack-{app_id}.budget"))
}

/// Knack has an API of another form beside this one, so the version is part of the address.
fn api_url(text: &str) -> Result<Url, String> {
    let url = secure_url(text)?;
    if url.path().trim_end_matches('/').ends_with("/v1") {
        Ok(url)
    } else {
        Err("must end in /v1, as https://api.knack.com/v1 does".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_of_the_api_ends_in_its_version() {
        for (text, is_accepted) in [
            ("https://api.knack.com/v1", true),
            ("https://api.knack.com/v1/", true),
            ("https://eu-central-1.example.com/knack/v1", true),
            ("http://127.0.0.1:9/v1", true),
            ("https://api.knack.com", false),
            ("https://api.knack.com/", false),
            ("https://api.knack.com/v2", false),
            ("https://api.knack.com/v1/objects", false),
            ("https://api.knack.com/apiv1", false),
            ("http://api.knack.com/v1", false),
        ] {
            assert_eq!(api_url(text).is_ok(), is_accepted, "{text}");
        }
    }
}
