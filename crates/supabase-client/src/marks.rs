//! Headers by which a success is known to be PostgREST's. A cache, a captive portal or a stub in front of it may answer 200 with
//! a body that looks right. Decides nothing about what follows.

use reqwest::Method;
use reqwest::header::HeaderMap;

use crate::judge::Asked;

/// The headers that PostgREST puts on its answers, and that no other page has.
pub(crate) struct Marks {
    /// `Content-Range: 0-999/3500`, which each read has, be it `*/*`.
    has_range: bool,
    /// Its second part, which is a number where that was asked for.
    pub(crate) total: Option<u64>,
    /// `Preference-Applied`.
    pub(crate) applied: String,
}

impl Marks {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let text = |name: &str| headers.get(name)?.to_str().ok();
        let range = text("content-range").and_then(|range| range.split_once('/'));
        Self {
            has_range: range.is_some(),
            total: range.and_then(|(_, total)| total.parse().ok()),
            applied: text("preference-applied").unwrap_or_default().to_owned(),
        }
    }

    /// Whether they are those of an answer to such a request.
    pub(crate) fn fit(&self, method: &Method, prefer: &str) -> bool {
        let is_counted = self.total.is_some() || !prefer.contains("count=");
        match Asked::by(method) {
            Asked::Read => self.has_range && is_counted,
            Asked::Write => !self.applied.is_empty() || !prefer.contains("resolution"),
        }
    }
}

#[cfg(test)]
mod tests {
    use reqwest::header::HeaderValue;

    use super::*;

    #[test]
    fn a_read_has_a_range_with_a_count_where_that_was_asked_for() {
        for (range, prefer, expected) in [
            (Some("0-0/*"), "", true),
            (Some("*/*"), "", true),
            (Some("0-999/3500"), "count=exact", true),
            (Some("*/0"), "count=exact", true),
            (Some("0-9/*"), "count=exact", false),
            (Some("0-9"), "count=exact", false),
            (Some("0-9/-1"), "count=exact", false),
            (None, "count=exact", false),
            (None, "", false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(range) = range {
                headers.insert("content-range", HeaderValue::from_static(range));
            }
            let marks = Marks::of(&headers);
            assert_eq!(
                marks.fit(&Method::GET, prefer),
                expected,
                "{range:?} {prefer}"
            );
            assert!(marks.fit(&Method::POST, ""), "a write needs none");
        }
    }

    #[test]
    fn a_write_that_names_a_resolution_is_told_what_was_applied() {
        let mut headers = HeaderMap::new();
        let prefer = "resolution=merge-duplicates,return=minimal";
        assert!(!Marks::of(&headers).fit(&Method::POST, prefer));
        headers.insert(
            "preference-applied",
            HeaderValue::from_static("return=minimal"),
        );
        assert!(Marks::of(&headers).fit(&Method::POST, prefer));
    }
}
