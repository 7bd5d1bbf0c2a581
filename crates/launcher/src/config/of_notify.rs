//! The settings of notifications.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;
use settings::value::{is_loopback, secret};
use settings::{Declared, Environment, InvalidSettings, Reader, Setting};
use url::Url;

use crate::notify::Target;

const URL: Setting<Url> = Setting::without(
    "NOTIFY_URL",
    "where a message goes after a refresh that failed or saved only a part, and when a school's data has grown old: a webhook of Slack, or anything that takes its JSON, `{\"text\": …}`. It is kept secret",
    "none: nobody is told",
    webhook,
)
.secret();

const SECRET: Setting<SecretString> = Setting::without(
    "NOTIFY_SECRET",
    "a secret of your choice. Messages then have the header `X-Signature-256` with `sha256=` and the HMAC-SHA256 of the body",
    "none: messages are not signed",
    secret,
)
.secret();

const STALE_HOURS: Setting<Duration> = Setting::with_default(
    "NOTIFY_STALE_HOURS",
    "a school is reported once neither a refresh nor the nightly job has brought it up to date for so long",
    "72",
    hours,
);

const STATE_FILE: Setting<PathBuf> = Setting::without(
    "NOTIFY_STATE_FILE",
    "absolute path of a file in which the launcher notes which schools it has mentioned today",
    "none: after a restart, a school may be mentioned again on the same day",
    |text| {
        let path = PathBuf::from(text);
        if path.is_absolute() {
            Ok(path)
        } else {
            Err("must be an absolute path".to_owned())
        }
    },
);

/// All of them, as the documents list them.
pub(crate) const ALL: [Declared; 4] = [
    URL.declared(),
    SECRET.declared(),
    STALE_HOURS.declared(),
    STATE_FILE.declared(),
];

/// As they were read.
pub(super) struct Notify {
    url: Option<Url>,
    secret: Option<SecretString>,
    stale_after: Option<Duration>,
    state_file: Option<PathBuf>,
}

impl Notify {
    pub(super) fn read(reader: &mut Reader<'_>) -> Self {
        Self {
            url: reader.read(&URL),
            secret: reader.read(&SECRET),
            stale_after: reader.read(&STALE_HOURS),
            state_file: reader.read(&STATE_FILE),
        }
    }

    /// Where messages go, if anywhere. To be called once all settings are known to be right.
    pub(super) fn target(
        self,
        environment: &Environment,
    ) -> Result<Option<Target>, InvalidSettings> {
        let (Some(url), Some(stale_after)) = (self.url, self.stale_after) else {
            return Ok(None);
        };
        Ok(Some(Target {
            http: settings::client_of(environment, &url)?,
            url,
            secret: self.secret,
            state_file: self.state_file,
            stale_after,
        }))
    }
}

/// Like the address of a service, but webhooks may have their secret in the query.
fn webhook(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be a URL that begins with https://".to_owned())?;
    let is_secure = url.scheme() == "https" || (url.scheme() == "http" && is_loopback(&url));
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err("must be a URL without a user, a password or a fragment".to_owned());
    }
    if is_secure {
        Ok(url)
    } else {
        Err("must begin with https:// (http:// only for this machine itself)".to_owned())
    }
}

fn hours(text: &str) -> Result<Duration, String> {
    match text.parse() {
        Ok(hours @ 1..=8_760) => Ok(Duration::from_hours(hours)),
        _ => Err("must be a whole number from 1 to 8760".to_owned()),
    }
}
