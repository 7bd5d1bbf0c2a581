//! The settings by which Supabase is reached.

use std::time::Duration;

use supabase_client::{ApiKey, Settings};
use url::Url;

use crate::value::{seconds, secure_url};
use crate::{Declared, Reader, Setting};

const PROJECT_URL: Setting<Url> =
    Setting::required("SUPABASE_URL", "the project's URL", project_url);

const KEY: Setting<ApiKey> = Setting::required(
    "SUPABASE_KEY",
    "a key that bypasses row-level security: `sb_secret_…`, or the legacy `service_role` key",
    |text| ApiKey::service(text).map_err(|error| error.to_string()),
)
.or(&["SUPABASE_SERVICE_KEY", "SUPABASE_SERVICE_ROLE_KEY"])
.secret();

const TIMEOUT: Setting<Duration> = Setting::with_default(
    "SUPABASE_TIMEOUT_SECONDS",
    "time limit of one attempt at a request",
    "15",
    seconds,
);

const PUBLIC_KEY: Setting<ApiKey> = Setting::without(
    "SUPABASE_PUBLISHABLE_KEY",
    "the project's public key, with which `--check` finds out what any visitor could read or write",
    "not examined",
    |text| ApiKey::public(text).map_err(|error| error.to_string()),
)
.or(&["SUPABASE_ANON_KEY"])
.secret();

/// All that a refresh reads.
pub(crate) const ALL: [Declared; 3] = [PROJECT_URL.declared(), KEY.declared(), TIMEOUT.declared()];

/// Settings that only the checks read.
pub(crate) const OF_CHECK: [Declared; 1] = [PUBLIC_KEY.declared()];

/// Reads it; `None` if anything is wrong, which the reader then knows.
pub fn supabase(reader: &mut Reader<'_>) -> Option<Settings> {
    let project_url = reader.require(&PROJECT_URL);
    let key = reader.require(&KEY);
    let timeout = reader.read(&TIMEOUT);
    Some(Settings {
        project_url: project_url?,
        key: key?,
        timeout: timeout?,
    })
}

/// The same project as whoever has the public key sees it; `None` if that key is not set, or cannot be read, which the reader
/// then knows.
pub fn supabase_in_public(reader: &mut Reader<'_>, project: &Settings) -> Option<Settings> {
    Some(Settings {
        project_url: project.project_url.clone(),
        key: reader.read(&PUBLIC_KEY)?,
        timeout: project.timeout,
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
