//! The fields that tell an origin who asked, and by which URL.

use std::net::IpAddr;

use http::HeaderMap;

use crate::config::ForwardedField;
use crate::head::{list, remove, set, untrusted};
use crate::site::View;

/// The address that the client's connection came from. An adapter puts it into the request's
/// extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClientAddress(pub IpAddr);

/// Tells the origin who asked, and if its identity says so, for which host and scheme, and below
/// which path the origin is: in the fields that the configuration names. The client's address is
/// appended to those in `X-Forwarded-For`. The client's other statements are not believed, as an
/// origin may build links from them, or take them for the requested URL: they are made anew or left
/// out.
pub(super) fn tell(head: &mut HeaderMap, client: Option<ClientAddress>, view: View<'_>) {
    let told = &view.route.origin().forwarded;
    let goes_on = |field| field == ForwardedField::For && told.contains(&field);
    remove(head, |name| {
        let is_stale = ForwardedField::of(name).is_some_and(|field| !goes_on(field));
        is_stale || untrusted::is_untrusted(name)
    });
    for field in told {
        let value = match field {
            ForwardedField::For => {
                if let Some(ClientAddress(address)) = client {
                    list::append(head, &field.name(), written(address).as_bytes());
                }
                None
            }
            ForwardedField::Host => view.seen.map(|seen| seen.authority().to_owned()),
            ForwardedField::Proto => view.seen.map(|seen| seen.scheme().as_str().to_owned()),
            ForwardedField::Prefix => view.route.forwarded_prefix().map(str::to_owned),
            ForwardedField::Forwarded => element(client, view),
        };
        if let Some(value) = value {
            set(head, field.name(), &value);
        }
    }
}

/// Returns an address as a text, which every request needs: digit by digit, which takes fewer
/// instructions than formatting.
fn written(address: IpAddr) -> String {
    let IpAddr::V4(address) = address else {
        return address.to_string();
    };
    let mut text = String::with_capacity("255.255.255.255".len());
    for octet in address.octets() {
        if !text.is_empty() {
            text.push('.');
        }
        let digits = [octet / 100, octet / 10 % 10, octet % 10];
        let first = digits.iter().position(|&digit| digit > 0).unwrap_or(2);
        text.extend(
            digits
                .iter()
                .skip(first)
                .map(|digit| char::from(b'0' + digit)),
        );
    }
    text
}

/// Returns the gate's element of `Forwarded` (RFC 7239 §4). Returns `None` if there is nothing to
/// tell.
fn element(client: Option<ClientAddress>, view: View<'_>) -> Option<String> {
    let mut pairs = Vec::new();
    if let Some(ClientAddress(address)) = client {
        pairs.push(match address {
            IpAddr::V4(_) => ["for=", &written(address)].concat(),
            IpAddr::V6(address) => format!("for=\"[{address}]\""),
        });
    }
    let identity = view.route.origin().identity;
    if let Some(seen) = view.seen.filter(|_| identity.tells_public_host()) {
        pairs.push(format!("host=\"{}\"", seen.authority()));
        pairs.push(format!("proto={}", seen.scheme().as_str()));
    }
    (!pairs.is_empty()).then(|| pairs.join(";"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_written_as_formatting_writes_it() {
        for address in ["0.0.0.0", "10.203.40.5", "255.100.99.1", "2001:db8::1"] {
            let address: IpAddr = address.parse().unwrap();
            assert_eq!(written(address), address.to_string());
        }
    }
}
