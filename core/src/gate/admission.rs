//! Decisions on a request, before anything is fetched: whether the gate can carry the request, and
//! which protocols the origin may switch to (the truth table, row 1).

use http::{HeaderMap, HeaderValue, Method, Request, Version, header};

use super::decision::list_of;
use super::outcome::NotImplemented;
use crate::head::hop_by_hop::is_coded_for_transfer;

/// Decides on a request. `carries` says whether the platform can carry a protocol that an `Upgrade`
/// names. Returns the `Upgrade` for the origin: those of the client's protocols that the platform
/// can carry, in the client's order. Returns `None` if the exchange stays HTTP.
///
/// # Errors
/// Returns [`NotImplemented`] for `CONNECT`, for a transfer coding other than `chunked`, and if the
/// platform can carry none of the protocols that the request asks for.
pub(crate) fn admit(
    request: &Request<()>,
    carries: impl Fn(&HeaderValue) -> bool,
) -> Result<Option<HeaderValue>, NotImplemented> {
    // A gate is no tunnel: its origins are the configured ones, so CONNECT (RFC 9110 §9.3.6) is
    // beyond every platform.
    if request.method() == Method::CONNECT {
        return Err(NotImplemented::Upgrade);
    }
    if is_coded_for_transfer(request.headers()) {
        return Err(NotImplemented::TransferCoding);
    }
    let mut wanted = protocols(request).peekable();
    if wanted.peek().is_none() {
        return Ok(None);
    }
    let carried: Vec<&str> = wanted
        .filter(|protocol| HeaderValue::from_str(protocol).is_ok_and(|value| carries(&value)))
        .collect();
    match HeaderValue::from_str(&carried.join(", ")) {
        Ok(offer) if !offer.is_empty() => Ok(Some(offer)),
        _ => Err(NotImplemented::Upgrade),
    }
}

/// Returns whether a `101` with these fields switches to protocols that the origin was offered (RFC
/// 9110 §7.8). A platform that carries the new protocol by itself may show no fields.
#[must_use]
pub(crate) fn switches_as_offered(offer: Option<&HeaderValue>, head: &HeaderMap) -> bool {
    let Some(offer) = offer.and_then(|offer| offer.to_str().ok()) else {
        return false;
    };
    let is_offered = |protocol: &str| {
        let mut offered = offer.split(", ");
        offered.any(|offered| offered.eq_ignore_ascii_case(protocol))
    };
    list_of(head, header::UPGRADE).all(is_offered)
}

/// Returns the protocols that a request asks to leave HTTP for (RFC 9110 §7.8). An `Upgrade` in
/// HTTP/1.0 does not count.
fn protocols(request: &Request<()>) -> impl Iterator<Item = &str> {
    let head = request.headers();
    let asks = request.version() == Version::HTTP_11
        && head.contains_key(header::UPGRADE)
        && list_of(head, header::CONNECTION).any(|option| option.eq_ignore_ascii_case("upgrade"));
    list_of(head, header::UPGRADE)
        .filter(move |protocol| asks && !protocol.is_empty() && !is_http(protocol))
}

/// Returns whether a protocol is another version of HTTP, or HTTP within TLS (RFC 2817). A server
/// may ignore the offer of one, and the gate does: what came through such a tunnel would bypass it.
fn is_http(protocol: &str) -> bool {
    let name = protocol.split('/').next().unwrap_or_default();
    ["h2c", "h2", "http", "tls"]
        .iter()
        .any(|http| name.eq_ignore_ascii_case(http))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(method: Method, fields: &[(&'static str, &'static str)]) -> Request<()> {
        let mut request = Request::builder().method(method).uri("/").body(()).unwrap();
        for (name, value) in fields {
            request
                .headers_mut()
                .append(*name, HeaderValue::from_static(value));
        }
        request
    }

    /// Returns the decision on a request for protocols, on a platform that carries `carried`.
    fn admitted(
        protocols: &'static str,
        carried: &[&str],
    ) -> Result<Option<String>, NotImplemented> {
        let fields = [
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", protocols),
        ];
        let offer = admit(&request(Method::GET, &fields), |protocol| {
            carried.iter().any(|carried| protocol == carried)
        })?;
        Ok(offer.map(|offer| offer.to_str().unwrap().to_owned()))
    }

    #[test]
    fn the_origin_is_offered_the_protocols_that_the_platform_carries() {
        let offer = |text: &str| Ok(Some(text.to_owned()));
        for (wanted, carried, expected) in [
            ("websocket", &["websocket"][..], offer("websocket")),
            ("h2c, websocket", &["websocket", "h2c"], offer("websocket")),
            ("exotic/1 , websocket", &["websocket"], offer("websocket")),
            (
                "exotic/1,websocket",
                &["websocket", "exotic/1"],
                offer("exotic/1, websocket"),
            ),
            ("websocket", &[], Err(NotImplemented::Upgrade)),
            ("H2C", &["H2C"], Ok(None)),
            ("TLS/1.0, HTTP/2.0", &["TLS/1.0", "HTTP/2.0"], Ok(None)),
            ("", &[], Ok(None)),
        ] {
            assert_eq!(admitted(wanted, carried), expected, "{wanted}");
        }
    }

    #[test]
    fn an_upgrade_that_nothing_asks_for_is_ignored() {
        let unnamed = request(Method::GET, &[("upgrade", "websocket")]);
        assert_eq!(admit(&unnamed, |_| true), Ok(None));
        let fields = [("connection", "upgrade"), ("upgrade", "websocket")];
        let mut old = request(Method::GET, &fields);
        *old.version_mut() = Version::HTTP_10;
        assert_eq!(admit(&old, |_| true), Ok(None));
    }

    #[test]
    fn a_tunnel_or_a_transfer_coding_is_refused_whatever_the_platform_carries() {
        let connect = request(Method::CONNECT, &[]);
        assert_eq!(admit(&connect, |_| true), Err(NotImplemented::Upgrade));
        let coded = request(Method::POST, &[("transfer-encoding", "gzip, chunked")]);
        assert_eq!(admit(&coded, |_| true), Err(NotImplemented::TransferCoding));
    }

    #[test]
    fn only_an_offered_protocol_may_be_switched_to() {
        let offer = HeaderValue::from_static("exotic/1, websocket");
        for (offer, protocol, expected) in [
            (Some(&offer), Some("WebSocket"), true),
            (Some(&offer), Some("exotic/1, websocket"), true),
            (Some(&offer), None, true),
            (Some(&offer), Some("h2c"), false),
            (Some(&offer), Some("websocket, h2c"), false),
            (None, Some("websocket"), false),
            (None, None, false),
        ] {
            let mut head = HeaderMap::new();
            if let Some(protocol) = protocol {
                head.insert(header::UPGRADE, HeaderValue::from_static(protocol));
            }
            assert_eq!(switches_as_offered(offer, &head), expected, "{protocol:?}");
        }
    }

    #[test]
    fn a_refusal_reads_as_a_structured_field() {
        for (refused, expected) in [
            (
                NotImplemented::Upgrade,
                "not-implemented; row=1; reason=upgrade",
            ),
            (
                NotImplemented::TransferCoding,
                "not-implemented; reason=transfer-coding",
            ),
        ] {
            assert_eq!(refused.to_string(), expected);
        }
    }
}
