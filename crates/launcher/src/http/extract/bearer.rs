//! The token of `Authorization: Bearer …` (RFC 6750). The only parser of it.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

const LONGEST: usize = 4_096;

/// The request's token. `None` also if it has two such headers, which could name two callers.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(AUTHORIZATION);
    let value = values.next()?.to_str().ok()?;
    if values.next().is_some() {
        return None;
    }
    // The scheme's name is case-insensitive (RFC 9110).
    let (scheme, token) = value.split_once(' ')?;
    let token = token.trim();
    let is_token = !token.is_empty() && token.len() <= LONGEST;
    (scheme.eq_ignore_ascii_case("bearer") && is_token).then_some(token)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_bearer_is_one_word_behind_its_scheme_in_one_header() {
        let long = format!("Bearer {}", "x".repeat(LONGEST + 1));
        for (headers, token) in [
            (&["Bearer abc"][..], Some("abc")),
            (&["bearer abc"], Some("abc")),
            (&["BEARER  abc "], Some("abc")),
            (&[], None),
            (&[""], None),
            (&["Bearer"], None),
            (&["Bearer "], None),
            (&["Basic abc"], None),
            (&["abc"], None),
            (&["Bearer abc", "Bearer abc"], None),
            (&[long.as_str()], None),
        ] {
            let mut request = TestRequest::default();
            for header in headers {
                request = request.append_header((AUTHORIZATION, *header));
            }
            let request = request.to_http_request();
            assert_eq!(bearer(request.headers()), token, "{headers:?}");
        }
    }
}
