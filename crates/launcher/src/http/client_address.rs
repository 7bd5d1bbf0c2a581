//! Finds the address that a request comes from, for limits by address: the peer's own, or the one that a trusted proxy
//! reports.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

use crate::peer::{Peer, TrustedProxies};

const X_FORWARDED_FOR: &str = "x-forwarded-for";
/// No real chain of proxies is longer, and reading costs time.
const MOST_ENTRIES: usize = 32;
const LONGEST: usize = 2_048;

/// The client that a request comes from; `None` if the connection's own address is unknown.
///
/// Proxies append to what they were sent, so from the right only the entries up to the first untrusted address can be
/// believed. If the header cannot be read, the request counts as the proxy's own.
pub(super) fn client_address(request: &HttpRequest, proxies: &TrustedProxies) -> Option<Peer> {
    let peer = request.peer_addr()?.ip();
    let client = if proxies.contain(peer) {
        forwarded_for(request.headers(), proxies).unwrap_or(peer)
    } else {
        peer
    };
    Some(Peer::of(client))
}

/// The right-most address that is not a trusted proxy's.
fn forwarded_for(headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    let lines: Option<Vec<&str>> = headers
        .get_all(X_FORWARDED_FOR)
        .map(|value| value.to_str().ok())
        .collect();
    let lines = lines?;
    let length: usize = lines.iter().map(|line| line.len()).sum();
    if length > LONGEST {
        return None;
    }
    // Several lines are one list, in their order.
    let entries: Vec<&str> = lines.iter().flat_map(|line| line.split(',')).collect();
    for entry in entries.into_iter().rev().take(MOST_ENTRIES) {
        let address = address(entry.trim())?;
        if !proxies.contain(address) {
            return Some(address);
        }
    }
    None
}

/// An address as proxies write it: some add the port, and put an IPv6 address in brackets.
fn address(entry: &str) -> Option<IpAddr> {
    let bare = || entry.parse().ok();
    let with_port = || Some(entry.parse::<SocketAddr>().ok()?.ip());
    let in_brackets = || {
        let within = entry.strip_prefix('[')?.strip_suffix(']')?;
        Some(within.parse::<Ipv6Addr>().ok()?.into())
    };
    bare().or_else(with_port).or_else(in_brackets)
}

#[cfg(test)]
mod properties;

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    const PROXY: &str = "10.0.0.1";

    pub(super) fn client(peer: &str, forwarded: &[&str]) -> Option<Peer> {
        let proxies = TrustedProxies::parse("10.0.0.0/8").unwrap();
        let mut request = TestRequest::default().peer_addr(format!("{peer}:1").parse().unwrap());
        for line in forwarded {
            request = request.append_header((X_FORWARDED_FOR, *line));
        }
        client_address(&request.to_http_request(), &proxies)
    }

    #[test]
    fn it_is_the_right_most_address_that_is_not_a_trusted_proxys() {
        let long = format!("{}203.0.113.9", "10.0.0.2, ".repeat(300));
        let many = format!("203.0.113.9{}", ", 10.0.0.2".repeat(MOST_ENTRIES));
        for (peer, forwarded, expected) in [
            // Only trusted proxies are believed.
            ("192.0.2.7", vec![], "192.0.2.7"),
            ("192.0.2.7", vec!["203.0.113.9"], "192.0.2.7"),
            (PROXY, vec!["203.0.113.9"], "203.0.113.9"),
            (PROXY, vec!["198.51.100.1, 203.0.113.9"], "203.0.113.9"),
            (PROXY, vec!["203.0.113.9, 10.0.0.2,10.0.0.3"], "203.0.113.9"),
            (PROXY, vec!["198.51.100.1", "203.0.113.9"], "203.0.113.9"),
            (PROXY, vec!["203.0.113.9", "10.0.0.2"], "203.0.113.9"),
            (PROXY, vec!["no address, 203.0.113.9"], "203.0.113.9"),
            (PROXY, vec!["2001:db8::1"], "2001:db8::2"),
            (PROXY, vec!["::ffff:203.0.113.9"], "203.0.113.9"),
            // With a port, or in brackets.
            (PROXY, vec!["203.0.113.9:80"], "203.0.113.9"),
            (PROXY, vec!["203.0.113.9:80, 10.0.0.2:443"], "203.0.113.9"),
            (PROXY, vec!["[2001:db8::1]"], "2001:db8::1"),
            (PROXY, vec!["[2001:db8::1]:80"], "2001:db8::1"),
            (PROXY, vec!["[::ffff:203.0.113.9]:80"], "203.0.113.9"),
            // Nothing usable.
            (PROXY, vec![], PROXY),
            (PROXY, vec![""], PROXY),
            (PROXY, vec!["10.0.0.2"], PROXY),
            (PROXY, vec!["203.0.113.9, no address"], PROXY),
            (PROXY, vec!["203.0.113.9,"], PROXY),
            (PROXY, vec!["203.0.113.9:"], PROXY),
            (PROXY, vec!["203.0.113.9:http"], PROXY),
            (PROXY, vec!["[203.0.113.9]"], PROXY),
            (PROXY, vec!["unknown"], PROXY),
            (PROXY, vec!["203.0.113.9", "\u{e9}"], PROXY),
            (PROXY, vec![&long], PROXY),
            (PROXY, vec![&many], PROXY),
        ] {
            let expected = Peer::of(expected.parse().unwrap());
            assert_eq!(
                client(peer, &forwarded),
                Some(expected),
                "{peer} {forwarded:?}"
            );
        }
    }

    #[test]
    fn without_an_address_of_the_connection_there_is_none() {
        let request = TestRequest::default().insert_header((X_FORWARDED_FOR, "203.0.113.9"));
        let proxies = TrustedProxies::parse("0.0.0.0/0").unwrap();
        assert_eq!(client_address(&request.to_http_request(), &proxies), None);
    }
}
