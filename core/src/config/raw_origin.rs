//! Keys that `[origin]` and `[[route]]` share, and that depend on others.

use std::net::SocketAddr;

use http::Uri;
use http::uri::Scheme;
use toml::Spanned;

use super::OriginConfig;
use super::checked::{Address, Placed, TlsName, unplaced};
use super::error::Misplaced;
use super::identity::{Forwarded, ForwardedField, Identity};

/// Sets the name in an origin's certificate.
///
/// # Errors
/// [`Misplaced`] if the origin has no certificate.
pub(super) fn tls_name(
    origin: &mut OriginConfig,
    name: Option<Spanned<TlsName>>,
) -> Result<(), Misplaced> {
    let span = name.as_ref().map(Spanned::span);
    origin.tls_name = name.map(|name| name.into_inner().0);
    match span.filter(|_| origin.url.scheme() == Some(&Scheme::HTTP)) {
        Some(span) => Err(Misplaced {
            span,
            message: "an origin whose URL starts with http:// has no certificate".to_owned(),
            help: "remove tls_name, or write the URL with https://".to_owned(),
        }),
        None => Ok(()),
    }
}

/// Returns the addresses of an origin; one without a port has that of `url`.
pub(super) fn addresses(addresses: Vec<Placed<Address>>, url: &Uri) -> Vec<SocketAddr> {
    let own = match url.scheme() == Some(&Scheme::HTTPS) {
        true => 443,
        false => 80,
    };
    let own = url.port_u16().unwrap_or(own);
    unplaced(addresses)
        .map(|Address((ip, port))| SocketAddr::new(ip, port.unwrap_or(own)))
        .collect()
}

/// Sets the identity of an origin and the fields that it gets. What is left out is that of
/// `inherited`; an identity of the origin's own brings its own fields.
///
/// # Errors
/// Returns [`Misplaced`] if a field would contradict the identity: an origin that reads its own
/// name in `Origin` must not read another one in `X-Forwarded-Host`.
pub(super) fn identify(
    origin: &mut OriginConfig,
    identity: Option<Identity>,
    forwarded: Option<Forwarded>,
    inherited: &OriginConfig,
) -> Result<(), Misplaced> {
    origin.identity = identity.unwrap_or(inherited.identity);
    let Some(forwarded) = forwarded else {
        origin.forwarded = match identity {
            Some(identity) => identity.forwarded(),
            None => inherited.forwarded.clone(),
        };
        return Ok(());
    };
    let span = forwarded.span();
    let fields = unplaced(forwarded.into_inner()).map(|field| field.0);
    origin.forwarded = fields.collect();
    let contradicts = |field: &&ForwardedField| {
        !origin.identity.tells_public_host()
            && matches!(field, ForwardedField::Host | ForwardedField::Proto)
    };
    match origin.forwarded.iter().find(contradicts) {
        Some(field) => Err(Misplaced {
            span,
            message: format!(
                "{} tells the public host, which identity = \"origin\" keeps from the origin: \
                 identity = \"forwarded\" does not",
                field.name()
            ),
            help: format!(
                "remove {:?}, or write identity = \"forwarded\"",
                field.name()
            ),
        }),
        None => Ok(()),
    }
}
