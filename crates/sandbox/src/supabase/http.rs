//! The sandbox's own HTTP client.

use std::time::Duration;

use rustls::crypto::ring;

/// A client for servers on this machine. What it reads stays as it was sent, compressed or not.
pub(crate) fn client() -> reqwest::Client {
    // Nothing here speaks TLS, but the client is not built without a provider. An error means there is one.
    let _ = ring::default_provider().install_default();
    reqwest::Client::builder()
        .connect_timeout(Duration::from_secs(5))
        .redirect(reqwest::redirect::Policy::none())
        .no_gzip()
        .no_proxy()
        .build()
        .expect("no setting here depends on the machine")
}
