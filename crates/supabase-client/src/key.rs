//! Supabase keys. A refresh needs one that passes row-level security, and it is recognised before the first request: with an
//! anon key every school would look unknown. What anyone may do with the public key can only be found out with that one.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

/// A key of a project.
#[derive(Clone)]
pub struct ApiKey {
    value: SecretString,
    form: Form,
}

#[derive(Clone, Copy)]
enum Form {
    /// `sb_secret_…` or `sb_publishable_…`: must not be sent in `Authorization` (docs/knack-and-dashboard.md, "Supabase keys").
    Opaque,
    /// A legacy JWT: sent in both headers.
    Jwt,
}

/// The key is not of the kind that is wanted. The key itself is not repeated.
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
    /// Neither `sb_publishable_…` nor a JWT of the role `anon`.
    #[error("is neither a publishable key (sb_publishable_…) nor the legacy anon key")]
    NotPublic,
}

impl ApiKey {
    /// Reads a key that passes row-level security, as Supabase's dashboard shows it.
    pub fn service(text: &str) -> Result<Self, InvalidKey> {
        let text = printable(text).ok_or(InvalidKey::Unknown)?;
        let form = if text.starts_with("sb_secret_") {
            Form::Opaque
        } else if text.starts_with("sb_publishable_") {
            return Err(InvalidKey::Publishable);
        } else {
            match jwt_role(text).as_deref() {
                Some("service_role") => Form::Jwt,
                Some(_) => return Err(InvalidKey::OtherRole),
                None => return Err(InvalidKey::Unknown),
            }
        };
        Ok(Self::new(text, form))
    }

    /// Reads the key that the browsers of visitors may have.
    pub fn public(text: &str) -> Result<Self, InvalidKey> {
        let text = printable(text).ok_or(InvalidKey::NotPublic)?;
        let form = if text.starts_with("sb_publishable_") {
            Form::Opaque
        } else {
            match jwt_role(text).as_deref() {
                Some("anon") => Form::Jwt,
                Some(_) | None => return Err(InvalidKey::NotPublic),
            }
        };
        Ok(Self::new(text, form))
    }

    fn new(text: &str, form: Form) -> Self {
        Self {
            value: SecretString::from(text),
            form,
        }
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
        match self.form {
            Form::Opaque => {}
            Form::Jwt => {
                headers.insert(AUTHORIZATION, sensitive(&format!("Bearer {key}")));
            }
        }
        headers
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("ApiKey(…)")
    }
}

/// A value that a header can hold.
fn printable(text: &str) -> Option<&str> {
    let text = text.trim();
    text.bytes()
        .all(|byte| byte.is_ascii_graphic())
        .then_some(text)
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
        let headers = ApiKey::service("sb_secret_abc").unwrap().headers();
        assert_eq!(headers["apikey"], "sb_secret_abc");
        assert!(!headers.contains_key(AUTHORIZATION));
    }

    #[test]
    fn a_legacy_service_role_key_is_sent_in_both_headers() {
        let key = jwt(r#"{"role":"service_role","iss":"supabase"}"#);
        let headers = ApiKey::service(&key).unwrap().headers();
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
            assert_eq!(ApiKey::service(&key).unwrap_err(), expected);
        }
    }

    #[test]
    fn only_a_public_key_is_public() {
        for (key, is_public) in [
            ("sb_publishable_abc".to_owned(), true),
            (jwt(r#"{"role":"anon"}"#), true),
            (jwt(r#"{"role":"service_role"}"#), false),
            ("sb_secret_abc".to_owned(), false),
            (String::new(), false),
        ] {
            assert_eq!(ApiKey::public(&key).is_ok(), is_public, "{key}");
        }
    }
}
