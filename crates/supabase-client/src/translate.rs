//! From the request that the `postgrest` crate builds (reqwest 0.11) to the one that is sent (the workspace's reqwest).
//! The only place that knows both.

use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::{Query, SupabaseError};

/// A request of ours, whole but for keys and preferences.
pub(crate) struct Request {
    pub(crate) method: reqwest::Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

/// `Prefer` is dropped: the crate's own always asks for all rows back and cannot be replaced, only repeated, and PostgREST
/// keeps the first of two (docs/knack-and-dashboard.md, "The postgrest crate").
pub(crate) fn translate(query: Query) -> Result<Request, SupabaseError> {
    let built = query
        .build()
        .build()
        .map_err(|_| SupabaseError::Unreadable)?;
    let mut headers = HeaderMap::new();
    for (name, value) in built.headers() {
        if name.as_str() != "prefer"
            && let Ok(name) = HeaderName::from_bytes(name.as_str().as_bytes())
            && let Ok(value) = HeaderValue::from_bytes(value.as_bytes())
        {
            headers.append(name, value);
        }
    }
    let method = reqwest::Method::from_bytes(built.method().as_str().as_bytes())
        .expect("a method stays a method");
    let body = built
        .body()
        .and_then(|body| body.as_bytes())
        .unwrap_or_default();
    Ok(Request {
        method,
        url: built.url().clone(),
        headers,
        body: body.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use postgrest::Postgrest;

    use super::*;

    #[test]
    fn an_upsert_keeps_everything_but_its_preferences() {
        let query = Postgrest::new("http://localhost/rest/v1")
            .from("students")
            .upsert(r#"[{"id":1}]"#)
            .on_conflict("email,academic_year");
        let request = translate(query).unwrap();
        assert_eq!(request.method, "POST");
        assert_eq!(
            request.url.as_str(),
            "http://localhost/rest/v1/students?on_conflict=email%2Cacademic_year"
        );
        assert_eq!(request.headers["content-type"], "application/json");
        assert!(!request.headers.contains_key("prefer"));
        assert_eq!(request.body, br#"[{"id":1}]"#);
    }

    #[test]
    fn a_read_keeps_its_filters() {
        let query = Postgrest::new("http://localhost/rest/v1")
            .from("students")
            .select("id,email")
            .eq("academic_year", "2026/2027")
            .order("id");
        let request = translate(query).unwrap();
        assert_eq!(request.method, "GET");
        assert_eq!(
            request.url.query(),
            Some("select=id%2Cemail&academic_year=eq.2026%2F2027&order=id")
        );
    }
}
