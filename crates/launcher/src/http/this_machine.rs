//! Decides whether a request comes from this machine itself. Anything meant for this machine alone must be guarded by
//! this.

use actix_web::HttpRequest;
use actix_web::http::Version;
use actix_web::http::header::{HOST, HeaderMap, HeaderName, ORIGIN, REFERER};
use url::Url;

use crate::peer::TrustedProxies;

/// What proxies, tunnels and content networks add to the requests that they pass on; no tool or browser sends any of it by
/// itself.
const OF_PROXIES: [&str; 12] = [
    "cdn-loop",
    "client-ip",
    "forwarded",
    "true-client-ip",
    "via",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-host",
    "x-real-ip",
    "x-remote-ip",
    "x-request-start",
    "x-varnish",
];
const OF_PROXIES_BY_BEGINNING: [&str; 9] = [
    "cf-",
    "fastly-",
    "fly-",
    "x-amzn-",
    "x-appengine-",
    "x-arr-",
    "x-envoy-",
    "x-forwarded",
    "x-original-",
];
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether it was sent by a tool of this machine or by the launcher's own page in a browser on it, and not through a proxy:
/// behind a proxy on this machine, every request comes from this machine.
///
/// A page of another site can make a browser send requests here, even under a name of its own that resolves to this machine;
/// but that name is then the host.
pub(super) fn is_sent_by_this_machine(request: &HttpRequest, proxies: &TrustedProxies) -> bool {
    // Where the socket listens for both, an IPv4 address comes in IPv6 form.
    let peer = request.peer_addr().map(|peer| peer.ip().to_canonical());
    // A proxy may hide that it is one, but not where it is, if the settings say that.
    let is_near = peer.is_some_and(|peer| peer.is_loopback() && !proxies.contain(peer));
    is_near && !is_proxied(request) && names_this_machine(request) && is_of_own_page(request)
}

/// nginx alone sends nothing of its own, but it speaks HTTP/1.0 unless told otherwise, which browsers and tools have not done
/// for long.
fn is_proxied(request: &HttpRequest) -> bool {
    let is_of_proxies = |name: &HeaderName| {
        let name = name.as_str();
        OF_PROXIES.contains(&name)
            || OF_PROXIES_BY_BEGINNING
                .iter()
                .any(|beginning| name.starts_with(beginning))
    };
    request.version() < Version::HTTP_11 || request.headers().keys().any(is_of_proxies)
}

/// Whether it names this machine as its one host, and nothing else as where it is sent.
fn names_this_machine(request: &HttpRequest) -> bool {
    let authority = request.uri().authority();
    let is_sent_here = authority.is_none_or(|it| is_local_host(it.as_str()));
    let host = only(request.headers(), &HOST);
    is_sent_here && host.is_some_and(is_local_host)
}

/// Whether it comes from no page, from the launcher's own, or from one of this machine that is named as an origin: browsers
/// name the origin of each request that another site's page may read, and unnamed origins are refused before
/// ([`super::cors`]).
fn is_of_own_page(request: &HttpRequest) -> bool {
    let headers = request.headers();
    // Tools name no referrer, and the launcher's own page names none.
    if headers.contains_key(REFERER) && !only(headers, &REFERER).is_some_and(is_local) {
        return false;
    }
    if headers.contains_key(ORIGIN) {
        return only(headers, &ORIGIN).is_some_and(is_local);
    }
    let mut sites = headers.get_all(SEC_FETCH_SITE);
    sites.all(|site| site == "same-origin" || site == "none")
}

/// The value of a header that is there once.
fn only<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    let mut values = headers.get_all(name);
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

/// A host and perhaps a port, and nothing around them.
fn is_local_host(host: &str) -> bool {
    !host.contains(['@', '/', '\\', '?', '#']) && is_local(&format!("http://{host}"))
}

fn is_local(url: &str) -> bool {
    Url::parse(url).is_ok_and(|url| settings::value::is_loopback(&url))
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn request(headers: &[(&str, &str)]) -> TestRequest {
        let peer = "127.0.0.1:50000".parse().unwrap();
        let request = TestRequest::default().peer_addr(peer);
        headers
            .iter()
            .fold(request, |request, header| request.append_header(*header))
    }

    fn is_ours(request: TestRequest) -> bool {
        is_sent_by_this_machine(&request.to_http_request(), &TrustedProxies::default())
    }

    #[test]
    fn it_names_this_machine_and_comes_from_no_other_page() {
        const HERE: (&str, &str) = ("host", "127.0.0.1:8080");
        for (headers, expected) in [
            (&[HERE][..], true),
            (&[("host", "localhost")], true),
            (&[("host", "[::1]:8080")], true),
            (&[("host", "127.9.9.9")], true),
            (&[], false),
            (&[("host", "")], false),
            (&[("host", "someone@127.0.0.1")], false),
            (&[("host", "127.0.0.1/elsewhere")], false),
            (&[("host", "127.0.0.1\\@rebound.example")], false),
            (&[("host", "rebound.example:8080")], false),
            (&[("host", "127.0.0.1.rebound.example")], false),
            (&[HERE, ("host", "rebound.example")], false),
            (&[("host", "rebound.example"), HERE], false),
            (&[HERE, ("origin", "http://127.0.0.1:8080")], true),
            (&[HERE, ("origin", "http://localhost:5173")], true),
            (&[HERE, ("origin", "https://evil.example")], false),
            (&[HERE, ("origin", "null")], false),
            (
                &[HERE, ("origin", "http://localhost"), ("origin", "x")],
                false,
            ),
            (&[HERE, ("referer", "http://127.0.0.1:8080/")], true),
            (&[HERE, ("referer", "https://evil.example/page")], false),
            (&[HERE, ("referer", "x")], false),
            (&[HERE, ("sec-fetch-site", "same-origin")], true),
            (&[HERE, ("sec-fetch-site", "none")], true),
            (&[HERE, ("sec-fetch-site", "same-site")], false),
            (&[HERE, ("sec-fetch-site", "cross-site")], false),
            (&[HERE, ("sec-fetch-site", "")], false),
            (
                &[
                    HERE,
                    ("sec-fetch-site", "none"),
                    ("sec-fetch-site", "cross-site"),
                ],
                false,
            ),
            // A named page of this machine, which another port makes another site.
            (
                &[
                    HERE,
                    ("origin", "http://localhost:5173"),
                    ("sec-fetch-site", "same-site"),
                ],
                true,
            ),
        ] {
            assert_eq!(is_ours(request(headers)), expected, "{headers:?}");
        }
        let declared = TrustedProxies::parse("127.0.0.1").unwrap();
        let of_proxy = request(&[HERE]).to_http_request();
        assert!(!is_sent_by_this_machine(&of_proxy, &declared));
        let mapped = "[::ffff:127.0.0.1]:50000".parse().unwrap();
        assert!(is_ours(request(&[HERE]).peer_addr(mapped)));
        let elsewhere = "203.0.113.9:50000".parse().unwrap();
        assert!(!is_ours(request(&[HERE]).peer_addr(elsewhere)));
        assert!(is_ours(
            request(&[HERE]).uri("http://127.0.0.1:8080/metrics")
        ));
        assert!(!is_ours(
            request(&[HERE]).uri("http://evil.example/metrics")
        ));
    }

    #[test]
    fn what_a_proxy_passed_on_is_recognised() {
        for name in [
            "Via",
            "Forwarded",
            "X-Forwarded-For",
            "X-Forwarded-Proto",
            "X-Forwarded-Host",
            "X-Forwarded-Server",
            "X-Forwarded",
            "X-Real-IP",
            "X-Client-IP",
            "True-Client-IP",
            "CF-Connecting-IP",
            "CF-Ray",
            "CDN-Loop",
            "Fly-Client-IP",
            "Fastly-Client-IP",
            "X-Amzn-Trace-Id",
            "X-Envoy-External-Address",
            "X-Original-Host",
            "X-Request-Start",
        ] {
            for value in ["127.0.0.1", ""] {
                let proxied = request(&[("host", "localhost"), (name, value)]);
                assert!(!is_ours(proxied), "{name}");
            }
        }
        for name in [
            "User-Agent",
            "Accept",
            "X-Prometheus-Scrape-Timeout-Seconds",
            "X-Request-Id",
        ] {
            assert!(
                is_ours(request(&[("host", "localhost"), (name, "x")])),
                "{name}"
            );
        }
        for version in [Version::HTTP_09, Version::HTTP_10] {
            assert!(!is_ours(request(&[("host", "localhost")]).version(version)));
        }
    }
}
