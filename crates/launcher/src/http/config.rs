//! The settings of the HTTP side.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use secrecy::SecretString;

use super::seats::policy::SeatLimits;
use crate::access::SignIn;
use crate::peer::TrustedProxies;

/// How requests are served.
#[derive(Clone)]
pub(crate) struct HttpConfig {
    /// A waiting caller is answered after this, whatever the run does.
    pub(crate) max_wait: Duration,
    /// Data older than this is stale.
    pub(crate) stale_after: Duration,
    /// Origins of other sites whose pages may call.
    pub(crate) origins: Vec<String>,
    pub(crate) requests_per_minute: u32,
    /// How many connections there may be.
    pub(crate) seats: SeatLimits,
    /// Proxies in front of the launcher.
    pub(crate) trusted_proxies: TrustedProxies,
    /// A connection is closed if its client reads nothing of an answer for this long.
    pub(crate) write_timeout: Duration,
    /// Where the metrics are served, if not where everything is.
    pub(crate) metrics_bind: Option<SocketAddr>,
    pub(crate) metrics_token: Option<SecretString>,
    /// The folder of the page, if it is not the built-in one.
    pub(crate) web_root: Option<PathBuf>,
    /// The credentials that people who open the page may have.
    pub(crate) sign_in: Vec<SignIn>,
    /// The token that the page signs in with by itself.
    pub(crate) demo_token: Option<SecretString>,
}
