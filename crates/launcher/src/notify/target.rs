//! The receiver of notifications.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::Client;
use secrecy::SecretString;
use url::Url;

/// Where messages go.
pub(crate) struct Target {
    /// A secret: whoever knows it can write there.
    pub(crate) url: Url,
    /// The key that messages are signed with.
    pub(crate) secret: Option<SecretString>,
    pub(crate) http: Client,
    /// Where it is noted what was said today, so that a restart does not say it again.
    pub(crate) state_file: Option<PathBuf>,
    /// A school is reported once its data is older.
    pub(crate) stale_after: Duration,
}
