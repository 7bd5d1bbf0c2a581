//! The one HTTP client of a process, shared by all its connections: pooled, compressed, and never following a redirect, which
//! would carry our keys to another host (docs/knack-and-dashboard.md, "Redirects and keys").

use std::time::Duration;

use reqwest::redirect::Policy;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// Builds it; each call's own deadline is set by its client.
pub fn client() -> reqwest::Result<reqwest::Client> {
    // Fails only if one is installed already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    reqwest::Client::builder()
        .user_agent(concat!("vespa-sync/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none())
        .build()
}
