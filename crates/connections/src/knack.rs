//! How Knack is reached.

use std::time::Duration;

use knack_client::Budget;
use secrecy::SecretString;
use sync_protocol::KnackRecordId;
use url::Url;

use crate::Reader;
use crate::value::{seconds, secret, secure_url};

/// Every variable that [`knack`] reads.
pub const VARIABLES: [&str; 6] = [
    "KNACK_APP_ID",
    "KNACK_APPLICATION_ID",
    "KNACK_API_KEY",
    "KNACK_API_URL",
    "KNACK_BUDGET",
    "KNACK_TIMEOUT_SECONDS",
];

const API_URL: &str = "https://api.knack.com/v1";
const TIMEOUT: Duration = Duration::from_mins(1);

/// What is set of [`knack_client::Settings`]; how many requests may be in flight is the program's own choice.
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
pub fn knack<L: Fn(&str) -> Option<String>>(reader: &mut Reader<L>) -> Option<KnackConnection> {
    let app_id = reader.required(&["KNACK_APP_ID", "KNACK_APPLICATION_ID"], |text| {
        text.parse::<KnackRecordId>()
            .map(|id| id.to_string())
            .map_err(|_| "must be 24 hexadecimal digits".to_owned())
    });
    let api_key = reader.required(&["KNACK_API_KEY"], secret);
    let base_url = reader.optional("KNACK_API_URL", secure_url);
    let budget = reader.optional("KNACK_BUDGET", |text| {
        Budget::parse(text).map_err(|_| "must be like file:/absolute/path".to_owned())
    });
    let timeout = reader.optional("KNACK_TIMEOUT_SECONDS", seconds);
    let (app_id, api_key) = (app_id?, api_key?);
    Some(KnackConnection {
        base_url: base_url.unwrap_or_else(|| Url::parse(API_URL).expect("the default is a URL")),
        budget: budget.unwrap_or_else(|| default_budget(&app_id)),
        app_id,
        api_key,
        timeout: timeout.unwrap_or(TIMEOUT),
    })
}

/// One file for each app and user. Not in the session's runtime folder, which cron does not have.
fn default_budget(app_id: &str) -> Budget {
    let user = nix::unistd::getuid();
    let folder = std::env::temp_dir().join(format!("vespa-sync-{user}"));
    Budget::file(folder.join(format!("knack-{app_id}.budget")))
}
