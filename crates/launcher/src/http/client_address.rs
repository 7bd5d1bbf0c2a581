//! Where a request comes from, as far as limits by address are concerned.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use actix_web::HttpRequest;

/// The bits of an IPv6 address that tell one customer of a network from another; the others are theirs to choose.
const NETWORK: u128 = !0 << 64;

/// The address of whoever is connected.
pub(super) fn client_address(request: &HttpRequest) -> IpAddr {
    let peer = request.peer_addr().map(|peer| peer.ip());
    network(peer.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)))
}

fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & NETWORK)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_version_six_counts_by_its_network() {
        for (address, counted) in [
            ("203.0.113.9", "203.0.113.9"),
            ("::ffff:203.0.113.9", "203.0.113.9"),
            ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
            ("2001:db8:1:2::", "2001:db8:1:2::"),
            ("2001:db8:1:3::1", "2001:db8:1:3::"),
        ] {
            let told = network(address.parse().unwrap());
            assert_eq!(told, counted.parse::<IpAddr>().unwrap(), "{address}");
        }
    }
}
