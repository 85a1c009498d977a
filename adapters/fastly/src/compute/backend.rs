//! Which backend a fetch goes to.

use std::net::IpAddr;
use std::time::Duration;

use fastly::Backend;
use fastly::backend::BackendCreationError;
use http::uri::Scheme;
use streamgate::FetchError;
use streamgate::OriginConfig;

/// Returns the backend with the origin's name if the service defines such a backend, whose address,
/// TLS and timeouts then win over the configuration's; else a dynamic backend made from the
/// configuration. The origin may pause for `pause` within a body: the platform's default for
/// dynamic backends, 10 s, would cut event streams short. A second fetch goes to the same backend.
///
/// # Errors
/// Returns [`FetchError::Other`] if the service may not make dynamic backends, or a value is over
/// the platform's limits.
pub(crate) fn for_origin(origin: &OriginConfig, pause: Duration) -> Result<Backend, FetchError> {
    let dynamic = || dynamic(origin, origin.first_byte_timeout, pause, "");
    named(origin).map_or_else(dynamic, Ok)
}

/// How long after its deadline a fragment may yet begin, so that it is the gate that calls it late.
const GRACE: Duration = Duration::from_secs(1);

/// Returns the backend for fragments of an origin, as [`for_origin`] does. A dynamic one is another
/// than that of pages, as fragments may pause for less.
///
/// # Errors
/// As [`for_origin`].
pub(crate) fn for_fragments(origin: &OriginConfig, pause: Duration) -> Result<Backend, FetchError> {
    let dynamic = || {
        let purpose = format!(" for fragments within {} ms", pause.as_millis());
        // Nothing else ends a fetch that the page does not wait for any more.
        let first_byte = origin.first_byte_timeout.min(pause.saturating_add(GRACE));
        dynamic(origin, first_byte, pause, &purpose)
    };
    named(origin).map_or_else(dynamic, Ok)
}

/// Returns the backend that the service defines for an origin.
fn named(origin: &OriginConfig) -> Option<Backend> {
    let named = Backend::from_name(&origin.name).ok()?;
    (!origin.name.is_empty() && named.exists()).then_some(named)
}

/// Returns a dynamic backend. Its name tells where it leads, and for which `purpose`: connections
/// are pooled across instances by name and settings, and a name that is in use within this instance
/// leads to the same place.
fn dynamic(
    origin: &OriginConfig,
    first_byte: Duration,
    pause: Duration,
    purpose: &str,
) -> Result<Backend, FetchError> {
    let host = origin.url.host().unwrap_or_default();
    let tls = origin.url.scheme() == Some(&Scheme::HTTPS);
    let port = origin.url.port_u16().unwrap_or(if tls { 443 } else { 80 });
    let certified = origin.certified_name();
    let name = match tls {
        true => format!("streamgate https://{host}:{port} as {certified}{purpose}"),
        false => format!("streamgate http://{host}:{port}{purpose}"),
    };
    let mut builder = Backend::builder(&name, format!("{host}:{port}"))
        .connect_timeout(origin.connect_timeout)
        .first_byte_timeout(first_byte)
        .between_bytes_timeout(pause);
    if tls {
        builder = builder.enable_ssl().check_certificate(certified);
        // SNI carries names only (RFC 6066 §3).
        if certified.parse::<IpAddr>().is_err() {
            builder = builder.sni_hostname(certified);
        }
    }
    match builder.finish() {
        Ok(backend) => Ok(backend),
        Err(BackendCreationError::NameInUse) => {
            Backend::from_name(&name).map_err(|error| FetchError::Other(error.to_string()))
        }
        Err(error) => Err(FetchError::Other(format!(
            "no backend of the service, and no dynamic one for {host}: {error}"
        ))),
    }
}
