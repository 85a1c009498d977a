//! Who the client is, where proxies stand before the gate.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Returns whether an address is that of a proxy which is believed.
pub(crate) fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    let address = address.to_canonical();
    trusted.iter().any(|network| network.contains(&address))
}

/// Returns the client's address: that of the connection's `peer` or, if that is a trusted proxy,
/// the last address in `X-Forwarded-For` that is none. What stands before it is only what somebody
/// says.
pub(crate) fn of(peer: IpAddr, head: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let mut client = peer.to_canonical();
    if !is_trusted(client, trusted) {
        return client;
    }
    let fields = head.get_all(FORWARDED_FOR).into_iter().rev();
    let mut said = fields.flat_map(|field| field.as_bytes().rsplit(|&byte| byte == b','));
    while is_trusted(client, trusted) {
        let Some(before) = said.next().and_then(address) else {
            break;
        };
        client = before.to_canonical();
    }
    client
}

/// Reads an address that may have a port.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?.trim();
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    text.parse().ok().or_else(with_port)
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn the_client_is_the_last_that_no_trusted_proxy_is() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"].map(|text| text.parse().expect("a network"));
        for (peer, fields, client) in [
            ("192.0.2.1", &["198.51.100.7"][..], "192.0.2.1"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:10.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            (
                "10.0.0.1",
                &["203.0.113.9, 198.51.100.7, 10.0.0.2"],
                "198.51.100.7",
            ),
            (
                "10.0.0.1",
                &["203.0.113.9", "198.51.100.7,2001:db8::2"],
                "198.51.100.7",
            ),
            ("10.0.0.1", &["198.51.100.7:4711"], "198.51.100.7"),
            ("10.0.0.1", &["[2001:db9::1]:80"], "2001:db9::1"),
            ("10.0.0.1", &["198.51.100.7, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
            ("10.0.0.1", &["\u{ff}, 198.51.100.7"], "198.51.100.7"),
            ("10.0.0.1", &["198.51.100.7", "\u{ff}"], "10.0.0.1"),
        ] {
            let mut head = HeaderMap::new();
            for field in fields {
                let value = HeaderValue::from_bytes(field.as_bytes()).expect("a value");
                head.append(FORWARDED_FOR, value);
            }
            let found = of(peer.parse().expect("an address"), &head, &trusted);
            assert_eq!(found.to_string(), client, "{peer} {fields:?}");
        }
    }
}
