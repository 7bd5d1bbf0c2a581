//! How Supabase is reached.

use std::time::Duration;

use supabase_client::{ServiceKey, Settings};
use url::Url;

use crate::Reader;
use crate::value::{seconds, secure_url};

/// Every variable that [`supabase`] reads.
pub const VARIABLES: [&str; 5] = [
    "SUPABASE_URL",
    "SUPABASE_KEY",
    "SUPABASE_SERVICE_KEY",
    "SUPABASE_SERVICE_ROLE_KEY",
    "SUPABASE_TIMEOUT_SECONDS",
];

const TIMEOUT: Duration = Duration::from_secs(15);

/// Reads it; `None` if anything is wrong, which the reader then knows.
pub fn supabase<L: Fn(&str) -> Option<String>>(reader: &mut Reader<L>) -> Option<Settings> {
    let project_url = reader.required(&["SUPABASE_URL"], project_url);
    let key = reader.required(
        &[
            "SUPABASE_KEY",
            "SUPABASE_SERVICE_KEY",
            "SUPABASE_SERVICE_ROLE_KEY",
        ],
        |text| ServiceKey::parse(text).map_err(|error| error.to_string()),
    );
    let timeout = reader.optional("SUPABASE_TIMEOUT_SECONDS", seconds);
    Some(Settings {
        project_url: project_url?,
        key: key?,
        timeout: timeout.unwrap_or(TIMEOUT),
    })
}

/// The paths below it are ours to add.
fn project_url(text: &str) -> Result<Url, String> {
    let url = secure_url(text)?;
    if url.path() == "/" {
        Ok(url)
    } else {
        Err("must be the project's URL alone, without a path such as /rest/v1".to_owned())
    }
}
