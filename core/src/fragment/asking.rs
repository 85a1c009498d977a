//! What an origin is asked for a fragment, and what it learns of the client.

use http::{HeaderMap, HeaderValue, Request, header};

use super::reason::Reason;
use crate::asked::Asked;
use crate::coding::AcceptEncoding;
use crate::config::FragmentConfig;
use crate::gate::Gate;
use crate::head::request::{ClientAddress, for_origin};
use crate::map::BaseUrl;
use crate::site::View;

/// What is known of the client's request.
pub(crate) struct Asking {
    pub(crate) gate: Gate,
    /// What is known of the request, if fragments or rules need it.
    pub(crate) asked: Option<Box<Asked>>,
    requested: Option<BaseUrl>,
    /// The path of the page.
    pub(crate) path: String,
    cookies: Vec<HeaderValue>,
    address: Option<ClientAddress>,
    /// Whether the request seems to be one for a page.
    pub(crate) is_for_a_page: bool,
}

impl Asking {
    /// Notes what fragments may need of the client's request for `requested`.
    pub(crate) fn of(gate: &Gate, requested: Option<&BaseUrl>, request: &Request<()>) -> Self {
        let head = request.headers();
        Self {
            gate: gate.clone(),
            asked: None,
            requested: requested.cloned(),
            path: request.uri().path().to_owned(),
            cookies: head.get_all(header::COOKIE).iter().cloned().collect(),
            address: request.extensions().get().copied(),
            is_for_a_page: is_for_a_page(head),
        }
    }

    /// Adds what is known of the request.
    pub(crate) fn knowing(self, asked: Option<Box<Asked>>) -> Self {
        Self { asked, ..self }
    }

    /// Returns the site as it is seen by a request for `path`.
    pub(crate) fn view(&self, path: &str) -> View<'_> {
        self.gate.site().view(self.requested.as_ref(), path)
    }

    /// Returns the request for a fragment, as its origin gets it.
    ///
    /// # Errors
    /// [`Reason::Source`] if no origin may be asked for `src`.
    pub(crate) fn request(
        &self,
        fragment: &FragmentConfig,
        src: &str,
    ) -> Result<Request<()>, Reason> {
        let mut request = Request::new(());
        *request.uri_mut() = src.parse().map_err(|_| Reason::Source)?;
        let head = request.headers_mut();
        head.insert(header::ACCEPT, HeaderValue::from_static("text/html"));
        head.insert(
            header::ACCEPT_ENCODING,
            HeaderValue::from_static("gzip, br"),
        );
        if let Some(cookies) = self.cookies(&fragment.cookies) {
            head.insert(header::COOKIE, cookies);
        }
        let accepted = AcceptEncoding::from_headers(head);
        if let Some(address) = self.address.filter(|_| fragment.client_address) {
            request.extensions_mut().insert(address);
        }
        let view = self.view(request.uri().path());
        let fingerprint = self.gate.fingerprint();
        let outbound = for_origin(request, &accepted, view, fingerprint, None);
        outbound
            .map(|(request, _)| request)
            .map_err(|_| Reason::Source)
    }

    /// Returns the client's cookies of these names.
    fn cookies(&self, names: &[String]) -> Option<HeaderValue> {
        let mut kept: Vec<&[u8]> = Vec::new();
        for field in &self.cookies {
            for pair in field.as_bytes().split(|&byte| byte == b';') {
                let pair = pair.trim_ascii();
                let name = pair.split(|&byte| byte == b'=').next().unwrap_or_default();
                if names.iter().any(|wanted| wanted.as_bytes() == name) {
                    kept.push(pair);
                }
            }
        }
        let cookies = Some(kept.join(&b"; "[..])).filter(|cookies| !cookies.is_empty());
        HeaderValue::from_bytes(&cookies?).ok()
    }

    /// Returns the path at the public host that an `src` in the page means.
    ///
    /// # Errors
    /// [`Reason::Source`] if it leads elsewhere.
    pub(crate) fn resolve(&self, src: &str) -> Result<String, Reason> {
        let src = src.trim();
        let src = src.split('#').next().unwrap_or_default();
        let public = self.view(&self.path).seen;
        let inside = public.and_then(|public| {
            let scheme = format!("{}:", public.scheme().as_str());
            let rest = src.strip_prefix(&scheme).unwrap_or(src);
            let rest = rest.strip_prefix("//")?.strip_prefix(public.authority())?;
            rest.starts_with('/').then_some(rest)
        });
        let is_absolute = src.contains("://") || src.starts_with("//");
        match inside {
            Some(path) => Ok(path.to_owned()),
            None if is_absolute || src.is_empty() => Err(Reason::Source),
            None if src.starts_with('/') => Ok(src.to_owned()),
            None => {
                let (folder, _) = self.path.rsplit_once('/').ok_or(Reason::Source)?;
                Ok(format!("{folder}/{src}"))
            }
        }
    }
}

/// Returns whether a request seems to be for a page: by its `Sec-Fetch-Dest` (Fetch Metadata), or
/// else because it names HTML in `Accept`.
fn is_for_a_page(head: &HeaderMap) -> bool {
    if let Some(destination) = head.get("sec-fetch-dest") {
        return [&b"document"[..], b"iframe", b"frame"].contains(&destination.as_bytes());
    }
    let names_html = |value: &HeaderValue| {
        let mut types = value.as_bytes().split(|&byte| byte == b',');
        types.any(|entry| {
            let essence = entry.split(|&byte| byte == b';').next().unwrap_or_default();
            essence.trim_ascii().eq_ignore_ascii_case(b"text/html")
        })
    };
    head.get_all(header::ACCEPT).iter().any(names_html)
}
