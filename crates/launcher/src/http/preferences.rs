//! Reads `Prefer` (RFC 7240): how the caller would like to be answered, where that is possible.

use actix_web::http::header::{HeaderMap, HeaderName};

pub(super) const PREFER: HeaderName = HeaderName::from_static("prefer");
pub(super) const PREFERENCE_APPLIED: HeaderName = HeaderName::from_static("preference-applied");
/// The one preference that is known here: an answer before the work is done.
pub(super) const RESPOND_ASYNC: &str = "respond-async";

/// Whether the caller prefers an answer before the work is done.
pub(super) fn prefers_async(headers: &HeaderMap) -> bool {
    // Several lines are one list. If a preference is named twice, the first counts.
    let mut preferences = headers
        .get_all(&PREFER)
        .flat_map(|line| split(line.as_bytes(), b','))
        .filter_map(preference);
    preferences
        .find(|(name, _)| name.eq_ignore_ascii_case(RESPOND_ASYNC.as_bytes()))
        // It has no value, and an empty one is none.
        .is_some_and(|(_, value)| value.is_empty())
}

/// Name and value of a preference, without its parameters; `None` if it is not well formed.
fn preference(element: &[u8]) -> Option<(&[u8], &[u8])> {
    let before_parameters = split(element, b';').into_iter().next()?;
    let (name, value) = match before_parameters.iter().position(|byte| *byte == b'=') {
        Some(at) => (&before_parameters[..at], &before_parameters[at + 1..]),
        None => (before_parameters, &b""[..]),
    };
    let value = value.trim_ascii();
    let value = match value.strip_prefix(b"\"") {
        Some(quoted) => quoted.strip_suffix(b"\"")?,
        None => value,
    };
    Some((name.trim_ascii(), value))
}

/// The parts between separators, of which those within quotes are none.
fn split(text: &[u8], separator: u8) -> Vec<&[u8]> {
    let (mut parts, mut start) = (Vec::new(), 0);
    let (mut is_quoted, mut is_escaped) = (false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' if is_quoted => is_escaped = true,
            b'"' => is_quoted = !is_quoted,
            byte if *byte == separator && !is_quoted => {
                parts.push(&text[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[start..]);
    parts
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn respond_async_is_the_name_of_a_preference_and_nothing_else() {
        for (lines, expected) in [
            (&[][..], false),
            (&[&b""[..]], false),
            (&[b"respond-async"], true),
            (&[b"Respond-Async"], true),
            (&[b" respond-async "], true),
            // Without a value, however that is written.
            (&[b"respond-async="], true),
            (&[b"respond-async=\"\""], true),
            (&[b"respond-async = \"\""], true),
            (&[b"respond-async=yes"], false),
            (&[b"respond-async=\"no\""], false),
            (&[b"respond-async=\""], false),
            (&[b"respond-async2"], false),
            (&[b"xrespond-async"], false),
            (&[b"respond async"], false),
            // One of several.
            (&[b"wait=10, respond-async"], true),
            (&[b"respond-async, wait=10"], true),
            (&[b"respond-async,wait=10"], true),
            (&[b",,respond-async,"], true),
            (&[b"wait=10", b"respond-async"], true),
            (&[b"respond-async", b"wait=10"], true),
            // The first counts.
            (&[b"respond-async=x, respond-async"], false),
            (&[b"respond-async", b"respond-async=x"], true),
            // With parameters, and as a parameter.
            (&[b"respond-async; foo=bar"], true),
            (&[b"respond-async;foo"], true),
            (&[b"foo; respond-async"], false),
            (&[b"foo;respond-async=\"\""], false),
            (&[b"foo; bar; respond-async, baz"], false),
            (&[b"foo; bar, respond-async"], true),
            (&[b";respond-async"], false),
            // Within a text.
            (&[b"foo=\"a, respond-async\""], false),
            (&[b"foo=\"a; b\", respond-async"], true),
            (&[b"foo=\"a\\\", respond-async\""], false),
            (&[b"foo=\"a\\\\\", respond-async"], true),
            (&[b"foo=\"a, respond-async"], false),
            (&[b"foo=\"a", b"respond-async"], true),
            (&[b"foo=\"\xff\", respond-async"], true),
        ] {
            let mut request = TestRequest::default();
            for line in lines {
                let line = HeaderValue::from_bytes(line).unwrap();
                request = request.append_header((PREFER, line));
            }
            let request = request.to_http_request();
            let lines: Vec<_> = lines.iter().map(|line| line.escape_ascii()).collect();
            assert_eq!(prefers_async(request.headers()), expected, "{lines:?}");
        }
    }
}
