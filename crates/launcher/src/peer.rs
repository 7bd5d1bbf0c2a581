//! Defines what counts as one peer, and which peers are trusted proxies, so that connections and requests are limited
//! by the same peers.

use std::net::IpAddr;

use ipnet::IpNet;

/// A client with one IPv6 address usually has all of its network.
const IPV6_NETWORK: u8 = 64;
/// More must be a mistake.
const MOST_PROXIES: usize = 100;

/// A client, as far as addresses can distinguish: an IPv4 address, or the /64 network of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Peer(IpAddr);

impl Peer {
    pub(crate) fn of(address: IpAddr) -> Self {
        // An IPv4 address may come in IPv6 form, if the socket listens for both.
        let address = address.to_canonical();
        match address {
            IpAddr::V4(_) => Self(address),
            IpAddr::V6(_) => {
                let network = IpNet::new(address, IPV6_NETWORK);
                Self(network.map_or(address, |network| network.network()))
            }
        }
    }
}

/// Proxies in front of the service: requests of many clients come from their addresses, and they report each client's own.
#[derive(Debug, Clone, Default)]
pub(crate) struct TrustedProxies(Vec<IpNet>);

impl TrustedProxies {
    /// Addresses or networks, joined by commas; what is wrong as the end of a sentence.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let networks: Option<Vec<IpNet>> =
            text.split(',').map(|word| network(word.trim())).collect();
        let networks = networks.filter(|networks| networks.len() <= MOST_PROXIES);
        networks.map(Self).ok_or_else(|| {
            "must be addresses or networks joined by commas, such as 127.0.0.1 or 10.0.0.0/8"
                .to_owned()
        })
    }

    pub(crate) fn contain(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }
}

fn network(word: &str) -> Option<IpNet> {
    let address = word
        .parse::<IpAddr>()
        .map(|address| address.to_canonical().into());
    address.or_else(|_| word.parse()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(address: &str) -> Peer {
        Peer::of(address.parse().unwrap())
    }

    #[test]
    fn an_ipv4_address_and_an_ipv6_network_are_one_peer_each() {
        for (one, other, is_same) in [
            ("192.0.2.1", "192.0.2.1", true),
            ("192.0.2.1", "::ffff:192.0.2.1", true),
            ("192.0.2.1", "192.0.2.2", false),
            ("::ffff:192.0.2.1", "::ffff:192.0.2.2", false),
            ("2001:db8::1", "2001:db8::ffff:1:2:3", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::1", "127.0.0.1", false),
        ] {
            assert_eq!(peer(one) == peer(other), is_same, "{one} {other}");
        }
    }

    #[test]
    fn trusted_proxies_are_addresses_and_networks() {
        let proxies = TrustedProxies::parse("127.0.0.1, 10.0.0.0/8,2001:db8::/32, ::1").unwrap();
        for (address, is_trusted) in [
            ("127.0.0.1", true),
            ("127.0.0.2", false),
            ("10.255.0.1", true),
            ("::ffff:10.1.2.3", true),
            ("11.0.0.1", false),
            ("2001:db8:1::1", true),
            ("2001:db9::1", false),
            ("::1", true),
        ] {
            assert_eq!(
                proxies.contain(address.parse().unwrap()),
                is_trusted,
                "{address}"
            );
        }
        assert!(!TrustedProxies::default().contain("127.0.0.1".parse().unwrap()));
        let mapped = TrustedProxies::parse("::ffff:192.0.2.1").unwrap();
        assert!(mapped.contain("192.0.2.1".parse().unwrap()));
    }

    #[test]
    fn anything_but_a_list_of_addresses_is_refused() {
        let many = vec!["10.0.0.1"; MOST_PROXIES + 1].join(",");
        for text in [
            "",
            "10.0.0.1,",
            "10.0.0.0/33",
            "10.0.0.0/",
            "proxy.example",
            "10.0.0.1:80",
            "*",
            &many,
        ] {
            assert!(TrustedProxies::parse(text).is_err(), "{text}");
        }
    }
}
