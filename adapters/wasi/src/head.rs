//! Heads between the platform's types and `http`'s. Fields keep their bytes and their order.

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, HOST};
use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, request, response, uri};
use wasi::http::types::{
    Fields, HeaderError, IncomingRequest, Method as WasiMethod, OutgoingRequest, OutgoingResponse,
    Scheme,
};

use crate::incoming::Incoming;

/// Returns the client's request as core takes it.
pub(crate) fn from_request(request: &IncomingRequest) -> Request<Option<Incoming>> {
    let authority = request.authority().unwrap_or_default();
    let mut fields = from_fields(&request.headers());
    // The host hides `Host` from a component, and gives its value as the authority.
    if let Ok(host) = HeaderValue::from_str(&authority) {
        fields.entry(HOST).or_insert(host);
    }
    // The host hides `Transfer-Encoding` too, so without `Content-Length` only reading tells
    // whether there is a body.
    let length = fields.get(CONTENT_LENGTH);
    let none = |body: &Incoming| length.map_or_else(|| body.has_ended(), |length| length == "0");
    let body = Incoming::new(request.consume()).filter(|body| !none(body));

    let tls = matches!(request.scheme(), Some(Scheme::Https));
    let scheme = if tls { "https" } else { "http" };
    let path = request.path_with_query().unwrap_or_default();
    let absolute = Uri::builder()
        .scheme(scheme)
        .authority(authority.as_str())
        .path_and_query(path.as_str())
        .build();

    let mut taken = Request::new(body);
    *taken.method_mut() = from_method(&request.method());
    *taken.uri_mut() = absolute.or_else(|_| path.parse()).unwrap_or_default();
    *taken.headers_mut() = fields;
    taken
}

/// Defines both conversions between the host's methods and `http`'s.
macro_rules! methods {
    ($($ours:ident = $hosts:ident),*) => {
        fn from_method(method: &WasiMethod) -> Method {
            match method {
                $(WasiMethod::$hosts => Method::$ours,)*
                // The host has parsed the method, so only tokens get here.
                WasiMethod::Other(name) => name.parse().unwrap_or_default(),
            }
        }

        fn to_method(method: &Method) -> WasiMethod {
            match *method {
                $(Method::$ours => WasiMethod::$hosts,)*
                ref other => WasiMethod::Other(other.to_string()),
            }
        }
    };
}

methods! {
    GET = Get, HEAD = Head, POST = Post, PUT = Put, DELETE = Delete, CONNECT = Connect, OPTIONS = Options,
    TRACE = Trace, PATCH = Patch
}

/// Converts a request's head for the host.
///
/// # Errors
/// Returns an error if the host refuses a part of the head.
pub(crate) fn to_request(head: &request::Parts) -> Result<OutgoingRequest, ()> {
    let tls = head.uri.scheme() == Some(&uri::Scheme::HTTPS);
    let scheme = if tls { Scheme::Https } else { Scheme::Http };
    let request = OutgoingRequest::new(to_fields(&head.headers)?);
    request.set_method(&to_method(&head.method))?;
    request.set_scheme(Some(&scheme))?;
    request.set_authority(head.uri.authority().map(Authority::as_str))?;
    request.set_path_with_query(head.uri.path_and_query().map(PathAndQuery::as_str))?;
    Ok(request)
}

/// Converts a response's head for the host.
///
/// # Errors
/// Returns an error if the host refuses a part of the head.
pub(crate) fn to_response(head: &response::Parts) -> Result<OutgoingResponse, ()> {
    let response = OutgoingResponse::new(to_fields(&head.headers)?);
    response.set_status_code(head.status.as_u16())?;
    Ok(response)
}

/// Returns the fields of a message that arrived.
pub(crate) fn from_fields(fields: &Fields) -> HeaderMap {
    let field = |(name, value): (String, Vec<u8>)| {
        let value = HeaderValue::from_maybe_shared(Bytes::from(value)).ok()?;
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    };
    fields.entries().into_iter().filter_map(field).collect()
}

/// Converts the fields of a message to be sent. Fields that the host reserves for itself (`Host`,
/// which it makes from the authority, `Connection` and the like) are left to the host.
fn to_fields(map: &HeaderMap) -> Result<Fields, ()> {
    let fields = Fields::new();
    for (name, value) in map {
        match fields.append(name.as_str(), value.as_bytes()) {
            Ok(()) => {}
            Err(HeaderError::Forbidden) => tracing::debug!(%name, "left to the host"),
            Err(_) => return Err(()),
        }
    }
    Ok(fields)
}
