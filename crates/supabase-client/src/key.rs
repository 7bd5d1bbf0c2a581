//! Supabase keys. Only one that passes row-level security will do, and it is recognised before the first request: with an
//! anon key every school would look unknown.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A key that passes row-level security.
#[derive(Clone)]
pub struct ServiceKey {
    value: SecretString,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    /// `sb_secret_…`: opaque, so it must not be sent in `Authorization` (docs/knack-and-dashboard.md, "Supabase keys").
    Secret,
    /// A legacy `service_role` JWT: sent in both headers.
    Jwt,
}

/// The key is not one that can write. The key itself is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// `sb_publishable_…`.
    #[error("is a publishable key, which cannot write; use the secret key (sb_secret_…)")]
    Publishable,
    /// A JWT of another role than `service_role`.
    #[error("is a key of another role, such as anon, which cannot write; use the service_role key")]
    OtherRole,
    /// Neither `sb_secret_…` nor a JWT.
    #[error(
        "is neither a secret key (sb_secret_…) nor a service_role key: copy it from the project's settings"
    )]
    Unknown,
}

impl ServiceKey {
    /// Reads a key as Supabase's dashboard shows it.
    pub fn parse(text: &str) -> Result<Self, InvalidKey> {
        let text = text.trim();
        if !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(InvalidKey::Unknown);
        }
        let kind = if text.starts_with("sb_secret_") {
            Kind::Secret
        } else if text.starts_with("sb_publishable_") {
            return Err(InvalidKey::Publishable);
        } else {
            match jwt_role(text).as_deref() {
                Some("service_role") => Kind::Jwt,
                Some(_) => return Err(InvalidKey::OtherRole),
                None => return Err(InvalidKey::Unknown),
            }
        };
        Ok(Self {
            value: SecretString::from(text),
            kind,
        })
    }

    pub(crate) fn headers(&self) -> HeaderMap {
        let sensitive = |value: &str| {
            let mut value = HeaderValue::from_str(value).expect("a key is printable ASCII");
            value.set_sensitive(true);
            value
        };
        let key = self.value.expose_secret();
        let mut headers = HeaderMap::new();
        headers.insert(HeaderName::from_static("apikey"), sensitive(key));
        match self.kind {
            Kind::Secret => {}
            Kind::Jwt => {
                headers.insert(AUTHORIZATION, sensitive(&format!("Bearer {key}")));
            }
        }
        headers
    }
}

impl fmt::Debug for ServiceKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ServiceKey(…)")
    }
}

/// The role a JWT claims. The signature is Supabase's to check.
fn jwt_role(token: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Claims {
        role: String,
    }
    let mut parts = token.split('.');
    let (_header, claims, _signature) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let claims = URL_SAFE_NO_PAD.decode(claims).ok()?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Some(claims.role)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn jwt(claims: &str) -> String {
        format!(
            "eyJhbGciOiJIUzI1NiJ9.{}.c2ln",
            URL_SAFE_NO_PAD.encode(claims)
        )
    }

    #[test]
    fn a_secret_key_is_sent_in_apikey_only() {
        let headers = ServiceKey::parse("sb_secret_abc").unwrap().headers();
        assert_eq!(headers["apikey"], "sb_secret_abc");
        assert!(!headers.contains_key(AUTHORIZATION));
    }

    #[test]
    fn a_legacy_service_role_key_is_sent_in_both_headers() {
        let key = jwt(r#"{"role":"service_role","iss":"supabase"}"#);
        let headers = ServiceKey::parse(&key).unwrap().headers();
        assert_eq!(headers["apikey"], key);
        assert_eq!(headers[AUTHORIZATION], format!("Bearer {key}"));
        assert!(headers[AUTHORIZATION].is_sensitive());
    }

    #[test]
    fn keys_that_cannot_write_are_refused_by_kind() {
        for (key, expected) in [
            ("sb_publishable_abc".to_owned(), InvalidKey::Publishable),
            (jwt(r#"{"role":"anon"}"#), InvalidKey::OtherRole),
            (jwt(r#"{"role":"authenticated"}"#), InvalidKey::OtherRole),
            (jwt("{}"), InvalidKey::Unknown),
            (String::new(), InvalidKey::Unknown),
            ("a.b".to_owned(), InvalidKey::Unknown),
            ("sb_secret_a\nb".to_owned(), InvalidKey::Unknown),
        ] {
            assert_eq!(ServiceKey::parse(&key).unwrap_err(), expected);
        }
    }
}
