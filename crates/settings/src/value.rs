//! Parsers for settings' values. Each returns what is wrong as the end of a sentence that begins with the variable.

use std::net::IpAddr;
use std::time::Duration;

use secrecy::SecretString;
use url::{Host, Url};

/// A URL over which keys may travel: encrypted, or within the machine.
pub fn secure_url(text: &str) -> Result<Url, String> {
    let url = Url::parse(text).map_err(|_| "must be a URL that begins with https://".to_owned())?;
    if !url.username().is_empty()
        || url.password().is_some()
        || url.query().is_some()
        || url.fragment().is_some()
    {
        return Err("must be a URL without a user, password or query".to_owned());
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err("must begin with https:// (http:// only for this machine itself)".to_owned()),
    }
}

/// Whether a URL's host is this machine.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => IpAddr::from(address).is_loopback(),
        Some(Host::Ipv6(address)) => IpAddr::from(address).is_loopback(),
        None => false,
    }
}

/// A secret that is valid in a header.
pub fn secret(text: &str) -> Result<SecretString, String> {
    if text.bytes().all(|byte| byte.is_ascii_graphic()) {
        Ok(SecretString::from(text))
    } else {
        Err(
            "contains characters that no key has: copy it again, without anything around it"
                .to_owned(),
        )
    }
}

/// A time between a tenth of a second and ten minutes.
pub fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text
        .parse()
        .map_err(|_| "must be a number of seconds".to_owned())?;
    if (0.1..=600.0).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("must lie between 0.1 and 600 seconds".to_owned())
    }
}

/// A switch.
pub fn on_or_off(text: &str) -> Result<bool, String> {
    match text {
        "on" => Ok(true),
        "off" => Ok(false),
        _ => Err("must be on or off".to_owned()),
    }
}

/// A name that may appear in a log and in `sync_logs`: no e-mail, no line break.
pub fn short_name(text: &str) -> Result<String, String> {
    let is_name_char = |c: char| c.is_ascii_alphanumeric() || " ._:-".contains(c);
    if text.len() <= 64 && text.chars().all(is_name_char) {
        Ok(text.to_owned())
    } else {
        Err("must be at most 64 letters, digits, spaces or . _ : -".to_owned())
    }
}
