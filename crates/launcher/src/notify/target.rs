//! The receiver of notifications.

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
    /// A school is reported once its data is older.
    pub(crate) stale_after: Duration,
}
