//! The token of `Authorization: Bearer …` (RFC 6750). The only parser of it.

use actix_web::http::header::{AUTHORIZATION, HeaderMap};

use crate::access::Bearer;

const SCHEME: &str = "Bearer";
const LONGEST: usize = 4_096;

/// Reads the credentials. Two such headers could name two callers, so they are not usable.
pub(super) fn bearer(headers: &HeaderMap) -> Bearer<'_> {
    let mut values = headers.get_all(AUTHORIZATION);
    let Some(value) = values.next() else {
        return Bearer::Absent;
    };
    let is_single = values.next().is_none();
    // The scheme's name is case-insensitive (RFC 9110).
    let bytes = value.as_bytes();
    let scheme = bytes.split(|byte| *byte == b' ').next();
    let is_bearer = scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME.as_bytes()));
    if !is_single {
        return Bearer::Unusable;
    }
    if !is_bearer {
        return Bearer::Absent;
    }
    let rest = bytes[SCHEME.len()..].trim_ascii();
    match std::str::from_utf8(rest) {
        Ok("") => Bearer::Absent,
        Ok(token) if token.is_ascii() && token.len() <= LONGEST => Bearer::Token(token),
        Ok(_) | Err(_) => Bearer::Unusable,
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_bearer_is_one_word_after_its_scheme_in_one_header() {
        let long = format!("Bearer {}", "x".repeat(LONGEST + 1));
        for (headers, expected) in [
            (&["Bearer abc"][..], Bearer::Token("abc")),
            (&["bearer abc"], Bearer::Token("abc")),
            (&["BEARER  abc "], Bearer::Token("abc")),
            (&[], Bearer::Absent),
            (&[""], Bearer::Absent),
            (&["Bearer"], Bearer::Absent),
            (&["Bearer "], Bearer::Absent),
            (&["Basic abc"], Bearer::Absent),
            (&["abc"], Bearer::Absent),
            (&["Bearerabc"], Bearer::Absent),
            (&["Bearer abc", "Bearer abc"], Bearer::Unusable),
            (&["Bearer abc", "Basic abc"], Bearer::Unusable),
            (&["Bearer \u{e9}"], Bearer::Unusable),
            (&[long.as_str()], Bearer::Unusable),
        ] {
            let mut request = TestRequest::default();
            for header in headers {
                let header = HeaderValue::from_bytes(header.as_bytes()).unwrap();
                request = request.append_header((AUTHORIZATION, header));
            }
            let request = request.to_http_request();
            assert_eq!(bearer(request.headers()), expected, "{headers:?}");
        }
    }
}
