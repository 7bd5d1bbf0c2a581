//! What the settings say about how requests are served.

use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::seats::policy::SeatLimits;
use crate::peer::TrustedProxies;

/// How requests are served.
#[derive(Clone)]
pub(crate) struct HttpConfig {
    /// A blocking caller is answered after this, whatever the run does.
    pub(crate) max_wait: Duration,
    /// Data older than this is stale.
    pub(crate) stale_after: Duration,
    /// Origins of other sites whose pages may call.
    pub(crate) origins: Vec<String>,
    pub(crate) requests_per_minute: u32,
    /// How many connections there may be.
    pub(crate) seats: SeatLimits,
    /// Proxies that speak for many.
    pub(crate) trusted_proxies: TrustedProxies,
    /// A connection closes where its reader takes nothing of an answer for so long.
    pub(crate) write_timeout: Duration,
    pub(crate) metrics_token: Option<SecretString>,
    /// Where the page is, if not within the program.
    pub(crate) web_root: Option<PathBuf>,
    /// What the page signs in with by itself.
    pub(crate) demo_token: Option<SecretString>,
}
