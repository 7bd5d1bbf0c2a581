//! `If-Match` (RFC 9110) on requests that change something. Nothing here has an entity tag, so whoever names one must not be
//! given what they made depend on it. Other preconditions hold where there are neither tags nor dates, and are not read.

use actix_web::HttpRequest;
use actix_web::http::header::IF_MATCH;

use crate::problem::Problem;

/// The resource that a request is to change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// It can be read, so `*` matches it.
    Readable,
    /// There is nothing to match.
    WriteOnly,
}

/// Refuses a request whose `If-Match` cannot be fulfilled.
pub(super) fn expect_no_tag(request: &HttpRequest, target: Target) -> Result<(), Problem> {
    let mut conditions = request.headers().get_all(IF_MATCH);
    let is_met = conditions
        .all(|condition| target == Target::Readable && condition.as_bytes().trim_ascii() == b"*");
    if is_met {
        Ok(())
    } else {
        Err(Problem::precondition_failed())
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_named_tag_matches_nothing_and_a_star_matches_what_can_be_read() {
        for (conditions, readable, write_only) in [
            (&[][..], true, true),
            (&["*"], true, false),
            (&["\"tag\""], false, false),
            (&["W/\"tag\""], false, false),
            (&["\"*\""], false, false),
            (&[""], false, false),
            (&["*", "\"tag\""], false, false),
        ] {
            let mut request = TestRequest::default();
            for condition in conditions {
                request = request.append_header((IF_MATCH, *condition));
            }
            let request = request.to_http_request();
            for (target, is_met) in [
                (Target::Readable, readable),
                (Target::WriteOnly, write_only),
            ] {
                let outcome = expect_no_tag(&request, target);
                assert_eq!(outcome.is_ok(), is_met, "{conditions:?} {target:?}");
            }
        }
    }
}
