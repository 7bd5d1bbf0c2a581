//! The sandbox's own HTTP client.

use std::time::Duration;

use rustls::crypto::ring;

/// A client for servers on this machine.
pub(crate) fn client() -> reqwest::Client {
    builder()
        .build()
        .expect("no setting here depends on the machine")
}

/// What every client here has in common. What it reads stays as it was sent, compressed or not.
pub(crate) fn builder() -> reqwest::ClientBuilder {
    // Nothing here speaks TLS, but no client is built without a provider. An error means that there is one.
    let _ = ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .no_proxy()
}
