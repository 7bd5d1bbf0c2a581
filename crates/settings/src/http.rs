//! The HTTP clients of a process, one for each service: pooled, compressed, and never following a redirect, which would carry
//! our keys to another host (docs/knack-and-dashboard.md, "Redirects and keys").

use std::time::Duration;

use reqwest::Client;
use reqwest::redirect::Policy;
use url::Url;

use crate::certificates;
use crate::environment::Environment;
use crate::invalid::InvalidSettings;
use crate::value::is_loopback;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// One HTTP client for each of the two services. Each call's own deadline is set by its client.
#[derive(Debug)]
pub struct HttpClients {
    /// For Knack.
    pub knack: Client,
    /// For Supabase.
    pub supabase: Client,
}

/// Builds them for services at these addresses.
///
/// # Errors
/// If no server's certificate could be checked: that is a matter of settings, or of the machine.
pub fn clients(
    environment: &Environment,
    knack: &Url,
    supabase: &Url,
) -> Result<HttpClients, InvalidSettings> {
    certificates::check(environment)?;
    // Fails only if one is installed already, which is as good.
    drop(rustls::crypto::ring::default_provider().install_default());
    let of_knack = client(Route::to(knack))?;
    let of_supabase = if Route::to(supabase) == Route::to(knack) {
        of_knack.clone()
    } else {
        client(Route::to(supabase))?
    };
    Ok(HttpClients {
        knack: of_knack,
        supabase: of_supabase,
    })
}

/// Builds the client of one more service, at this address.
///
/// # Errors
/// As for [`clients`].
pub fn client_of(environment: &Environment, url: &Url) -> Result<Client, InvalidSettings> {
    certificates::check(environment)?;
    drop(rustls::crypto::ring::default_provider().install_default());
    client(Route::to(url))
}

/// How a service is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Route {
    /// Through a proxy, if the machine has one.
    Usual,
    /// Within the machine, and so never through a proxy: to this machine's own addresses we send keys unencrypted.
    Direct,
}

impl Route {
    fn to(url: &Url) -> Self {
        if is_loopback(url) {
            Self::Direct
        } else {
            Self::Usual
        }
    }
}

fn client(route: Route) -> Result<Client, InvalidSettings> {
    let builder = Client::builder()
        .user_agent(concat!("vespa-sync/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(CONNECT_TIMEOUT)
        .redirect(Policy::none());
    let builder = match route {
        Route::Usual => builder,
        Route::Direct => builder.no_proxy(),
    };
    builder.build().map_err(|error| {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "no HTTP client can be made"
        );
        InvalidSettings::one(certificates::NONE.to_owned())
    })
}
