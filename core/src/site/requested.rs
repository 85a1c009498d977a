//! Which host a client asked for, and why a request is refused before any origin is asked.

use http::{HeaderValue, Request, Version, header};

use crate::map::{BaseUrl, Scheme};

/// Why a request is answered with a 400 instead of being sent on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadRequest {
    /// A server must refuse an HTTP/1.1 request without `Host` (RFC 9112 §3.2).
    #[error("the request has no Host field")]
    NoHost,
    /// A server must refuse more than one `Host` (RFC 9112 §3.2).
    #[error("the request has more than one Host field")]
    SeveralHosts,
    /// `Host` is no authority (RFC 9110 §7.2).
    #[error("the request's Host is no authority")]
    InvalidHost,
    /// The target is not in origin-form, as in `OPTIONS *`.
    #[error("the request's target has no path")]
    NoPath,
    /// The path's dot segments (RFC 3986 §3.3) leave what the route may ask of its origin.
    #[error("the request's path leads above its route")]
    AboveRoute,
    /// `Destination` (RFC 4918 §10.3) is not below the route that the request's own path is below.
    #[error("the request's Destination is not below its route")]
    ForeignDestination,
}

/// Returns the host that the client asked for, with the scheme of the request: the authority of the
/// target if it has one (RFC 9112 §3.2.2), else `Host`. Returns `None` if the request names no
/// host: its `Host` is empty, or its version of HTTP does not require one.
///
/// # Errors
/// Returns [`BadRequest::SeveralHosts`] if there is more than one `Host`, [`BadRequest::NoHost`] if
/// there is none in HTTP/1.1 and the target has no authority either, and
/// [`BadRequest::InvalidHost`] if `Host` is no authority.
pub(crate) fn requested_host(request: &Request<()>) -> Result<Option<BaseUrl>, BadRequest> {
    let mut hosts = request.headers().get_all(header::HOST).into_iter();
    let host = hosts.next().map(HeaderValue::as_bytes);
    if hosts.next().is_some() {
        return Err(BadRequest::SeveralHosts);
    }
    let authority = request.uri().authority();
    if host.is_none() && authority.is_none() && request.version() == Version::HTTP_11 {
        return Err(BadRequest::NoHost);
    }
    let host =
        std::str::from_utf8(host.unwrap_or_default()).map_err(|_| BadRequest::InvalidHost)?;
    let authority = authority.map_or(host, |authority| authority.as_str());
    if authority.is_empty() {
        return Ok(None);
    }
    let scheme = if request.uri().scheme_str() == Some("https") {
        Scheme::Https
    } else {
        Scheme::Http
    };
    BaseUrl::new(scheme, authority)
        .map(Some)
        .map_err(|_| BadRequest::InvalidHost)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(uri: &str, hosts: &[&'static str]) -> Result<Option<String>, BadRequest> {
        let mut request = Request::builder().uri(uri).body(()).unwrap();
        for host in hosts {
            let host = HeaderValue::from_static(host);
            request.headers_mut().append(header::HOST, host);
        }
        let host = requested_host(&request)?;
        Ok(host.map(|host| format!("{}://{}", host.scheme().as_str(), host.authority())))
    }

    #[test]
    fn the_requested_host_is_the_targets_before_the_fields() {
        let port = &["www.example.com:8080"];
        let table: [(&str, &[&'static str], _); 10] = [
            ("/", port, Ok(Some("http://www.example.com:8080"))),
            (
                "https://www.example.com/",
                &["other.test"],
                Ok(Some("https://www.example.com")),
            ),
            ("/", &[], Err(BadRequest::NoHost)),
            (
                "https://www.example.com/",
                &[],
                Ok(Some("https://www.example.com")),
            ),
            ("/", &[""], Ok(None)),
            ("/", &["a", "a"], Err(BadRequest::SeveralHosts)),
            ("/", &["user@a"], Err(BadRequest::InvalidHost)),
            ("/", &["a/b"], Err(BadRequest::InvalidHost)),
            ("/", &["a\"><script>"], Err(BadRequest::InvalidHost)),
            ("/", &["a b"], Err(BadRequest::InvalidHost)),
        ];
        for (uri, hosts, expected) in table {
            let expected = expected.map(|host| host.map(str::to_owned));
            assert_eq!(asked(uri, hosts), expected, "{uri} {hosts:?}");
        }
    }

    #[test]
    fn only_http_1_1_requires_a_host() {
        for version in [Version::HTTP_10, Version::HTTP_2] {
            let mut request = Request::builder().uri("/").body(()).unwrap();
            *request.version_mut() = version;
            assert_eq!(requested_host(&request), Ok(None), "{version:?}");
        }
    }
}
