//! Whatever a client writes into the header, the address that a trusted proxy adds to it is the one that counts.

use proptest::prelude::*;

use super::tests::client;
use super::*;

const PROXY: &str = "10.0.0.1";

fn any_list() -> impl Strategy<Value = String> {
    let entry = prop_oneof![
        "[0-9.:,\\[\\] a-f]{0,24}",
        "[ -~]{0,24}",
        Just("198.51.100.1".to_owned()),
        Just(PROXY.to_owned())
    ];
    prop::collection::vec(entry, 0..6).prop_map(|entries| entries.join(","))
}

proptest! {
    #[test]
    fn a_client_cannot_choose_its_address(written in any_list(), own in any::<[u8; 4]>()) {
        let own = IpAddr::from(own);
        prop_assume!(!TrustedProxies::parse("10.0.0.0/8").unwrap().contain(own));
        let own = own.to_string();
        let header = format!("{written}, {own}");
        let expected = Some(Peer::of(own.parse().unwrap()));
        prop_assert_eq!(client(PROXY, &[&header]), expected);
        prop_assert_eq!(client(PROXY, &[&written, &own]), expected);
        prop_assert_eq!(client(&own, &[&written]), expected);
    }
}
