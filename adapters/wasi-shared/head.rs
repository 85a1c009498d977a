//! Heads between the host's types and `http`'s. Fields keep their bytes and their order.

use bytes::Bytes;
use http::header::HOST;
use http::uri::{Authority, PathAndQuery};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, request, uri,
};
use streamgate::FetchError;

use crate::errors::Refused;
use crate::host::{Fields, HeaderError, Method as WasiMethod, OutgoingRequest, Scheme};

/// The head of a request that arrived, in the host's own terms.
pub(crate) struct Arrived {
    pub(crate) method: WasiMethod,
    pub(crate) scheme: Option<Scheme>,
    pub(crate) authority: Option<String>,
    pub(crate) path_with_query: Option<String>,
    pub(crate) fields: Vec<(String, Vec<u8>)>,
}

impl Arrived {
    /// Returns the head as core takes it.
    pub(crate) fn into_request(self) -> Request<()> {
        let mut fields = from_fields(self.fields);
        let authority = self.authority.unwrap_or_default();
        // The host hides `Host` from a component, and gives its value as the authority.
        if let Ok(host) = HeaderValue::from_str(&authority) {
            fields.entry(HOST).or_insert(host);
        }
        let tls = matches!(self.scheme, Some(Scheme::Https));
        let scheme = if tls { "https" } else { "http" };
        let path = self.path_with_query.unwrap_or_default();
        let absolute = Uri::builder()
            .scheme(scheme)
            .authority(authority.as_str())
            .path_and_query(path.as_str())
            .build();

        let mut request = Request::new(());
        *request.method_mut() = from_method(&self.method);
        *request.uri_mut() = absolute.or_else(|_| path.parse()).unwrap_or_default();
        *request.headers_mut() = fields;
        request
    }
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
    GET = Get, HEAD = Head, POST = Post, PUT = Put, DELETE = Delete, CONNECT = Connect,
    OPTIONS = Options, TRACE = Trace, PATCH = Patch
}

/// Tells the host where a request goes.
///
/// # Errors
/// Returns [`Refused`] if the host refuses a part of it.
pub(crate) fn address(request: &OutgoingRequest, head: &request::Parts) -> Result<(), Refused> {
    let tls = head.uri.scheme() == Some(&uri::Scheme::HTTPS);
    let scheme = if tls { Scheme::Https } else { Scheme::Http };
    request.set_method(&to_method(&head.method))?;
    request.set_scheme(Some(&scheme))?;
    request.set_authority(head.uri.authority().map(Authority::as_str))?;
    request.set_path_with_query(head.uri.path_and_query().map(PathAndQuery::as_str))?;
    Ok(())
}

/// Returns the head of a response that arrived.
///
/// # Errors
/// Returns an error if the status is none.
pub(crate) fn response(
    status: u16,
    fields: Vec<(String, Vec<u8>)>,
) -> Result<Response<()>, FetchError> {
    let status = StatusCode::from_u16(status);
    let mut response = Response::new(());
    *response.status_mut() = status.map_err(|error| FetchError::Protocol(error.to_string()))?;
    *response.headers_mut() = from_fields(fields);
    Ok(response)
}

/// Returns the fields of a message that arrived.
fn from_fields(fields: Vec<(String, Vec<u8>)>) -> HeaderMap {
    let field = |(name, value): (String, Vec<u8>)| {
        let value = HeaderValue::from_maybe_shared(Bytes::from(value)).ok()?;
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, value))
    };
    fields.into_iter().filter_map(field).collect()
}

/// Converts the fields of a message to be sent. Fields that the host reserves for itself (`Host`,
/// which it makes from the authority, `Connection` and the like) are left to the host.
///
/// # Errors
/// Returns [`Refused`] if the host refuses a field.
pub(crate) fn to_fields(map: &HeaderMap) -> Result<Fields, Refused> {
    let fields = map.iter().filter(|(name, _)| *name != HOST);
    let fields = fields.map(|(name, value)| (name.to_string(), value.as_bytes().to_vec()));
    let list: Vec<_> = fields.collect();
    // One call instead of one for each field, unless the host reserves one of them.
    if let Ok(fields) = Fields::from_list(&list) {
        return Ok(fields);
    }
    let fields = Fields::new();
    for (name, value) in &list {
        match fields.append(name, value) {
            Ok(()) | Err(HeaderError::Forbidden) => {}
            Err(_) => return Err(Refused),
        }
    }
    Ok(fields)
}
