//! The two ends of a mapping: an [`Origin`], whose URLs are looked for, and the [`BaseUrl`] that
//! takes their place.

use std::str::FromStr;
use std::sync::Arc;

use http::Uri;
use thiserror::Error;

use super::bare::Marks;

/// The scheme of an origin or of a public URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scheme {
    /// `http`
    Http,
    /// `https`
    Https,
}

impl Scheme {
    /// Returns the port that a URL of this scheme need not name (RFC 9110 §4.2).
    #[must_use]
    pub const fn default_port(self) -> u16 {
        match self {
            Self::Http => 80,
            Self::Https => 443,
        }
    }

    /// Returns the scheme as URLs write it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Http => "http",
            Self::Https => "https",
        }
    }

    /// Returns the `WebSocket` scheme (RFC 6455 §3) for the same authority.
    pub(super) const fn websocket(self) -> &'static str {
        match self {
            Self::Http => "ws",
            Self::Https => "wss",
        }
    }
}

/// Why a text is no origin or no public URL.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MapError {
    /// The scheme is missing or neither `http` nor `https`.
    #[error("the scheme must be http or https")]
    Scheme,
    /// The authority is not a host with an optional port. It must not contain user-info.
    #[error("`{0}` is not a host with an optional port")]
    Authority(String),
    /// The URL has a path or a query behind scheme and authority.
    #[error("`{0}` must end after the authority")]
    Rest(String),
    /// The path prefix does not consist of segments, as `/img/cdn` does, or ends with a slash.
    #[error("`{0}` is not a path prefix")]
    Path(String),
}

/// A base URL: scheme and authority. The one that the browser sees takes an origin's place.
///
/// The authority is checked to be a host with an optional port, so that it can be put between
/// quotes in any language: it often comes from a request's `Host`. A default port is dropped.
///
/// ```
/// use streamgate::BaseUrl;
///
/// let public = BaseUrl::try_from(&"https://WWW.example.com:443".parse::<http::Uri>()?)?;
/// assert_eq!(public.authority(), "www.example.com");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct BaseUrl {
    scheme: Scheme,
    authority: Arc<str>,
}

impl BaseUrl {
    /// Makes a base URL of a scheme and an authority, such as a request's `Host`.
    ///
    /// # Errors
    /// [`MapError::Authority`] if that is not a host with an optional port.
    pub fn new(scheme: Scheme, authority: &str) -> Result<Self, MapError> {
        let (host, port) = host_and_port(scheme, authority)?;
        let authority = match port {
            Some(port) => format!("{host}:{port}").into(),
            None => host.into(),
        };
        Ok(Self { scheme, authority })
    }

    /// Returns the scheme.
    #[must_use]
    pub fn scheme(&self) -> Scheme {
        self.scheme
    }

    /// Returns host and port, in lower case, without a default port.
    #[must_use]
    pub fn authority(&self) -> &str {
        &self.authority
    }

    /// Returns the host, and the port unless it is the default one.
    fn host_and_port(&self) -> (&str, Option<u16>) {
        let port = self.authority.rsplit_once(':');
        let port = port.and_then(|(host, port)| Some((host, port.parse().ok()?)));
        // The colons of an IPv6 address stand in brackets.
        match port.filter(|_| !self.authority.ends_with(']')) {
            Some((host, port)) => (host, Some(port)),
            None => (&self.authority, None),
        }
    }
}

impl FromStr for BaseUrl {
    type Err = MapError;

    /// Parses `https://www.example.com`.
    fn from_str(url: &str) -> Result<Self, MapError> {
        let uri = url
            .parse::<Uri>()
            .map_err(|_| MapError::Authority(url.to_owned()))?;
        Self::try_from(&uri)
    }
}

impl TryFrom<&Uri> for BaseUrl {
    type Error = MapError;

    fn try_from(uri: &Uri) -> Result<Self, MapError> {
        let (scheme, authority) = scheme_and_authority(uri)?;
        Self::new(scheme, authority)
    }
}

/// A server whose URLs the browser must not see: scheme, host and port, and their replacement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    pub(super) scheme: Scheme,
    /// The host in lower case, without a dot at its end.
    pub(super) host: String,
    /// `None` for the default port of the scheme.
    pub(super) port: Option<u16>,
    /// Replaces the public URL of the response at hand, for this origin.
    pub(super) public: Option<BaseUrl>,
    /// The start of the paths of its URLs: empty, or segments with a slash before each.
    pub(super) base: String,
    /// The replacement of the base, in the same form.
    pub(super) path: String,
    /// The marks of the host that this one takes the place of, if its URLs are mapped back.
    pub(super) counterpart: Option<Marks>,
}

impl Origin {
    /// Makes an origin of a scheme and an authority.
    ///
    /// # Errors
    /// [`MapError::Authority`] if that is not a host with an optional port.
    pub fn new(scheme: Scheme, authority: &str) -> Result<Self, MapError> {
        let (host, port) = host_and_port(scheme, authority)?;
        Ok(Self {
            scheme,
            host: host.trim_end_matches('.').to_owned(),
            port,
            public: None,
            base: String::new(),
            path: String::new(),
            counterpart: None,
        })
    }

    /// Returns what undoes the mapping of this origin: the roles of the two URLs are exchanged. A
    /// name without a scheme counts in those places in which the origin's name counts, whatever the
    /// public name looks like: elsewhere it has not come from the origin, and would not become
    /// public again. `public` is the public URL of the responses.
    #[must_use]
    pub fn exchanged(&self, public: &BaseUrl) -> Self {
        let public = self.public.as_ref().unwrap_or(public);
        let (host, port) = public.host_and_port();
        let own = match self.port {
            Some(port) => format!("{}:{port}", self.host).into(),
            None => self.host.as_str().into(),
        };
        Self {
            scheme: public.scheme,
            host: host.trim_end_matches('.').to_owned(),
            port,
            public: Some(BaseUrl {
                scheme: self.scheme,
                authority: own,
            }),
            base: self.path.clone(),
            path: self.base.clone(),
            counterpart: Some(Marks::of(&self.host, self.port.is_some())),
        }
    }

    /// Maps the origin to a public URL of its own instead of that of the response.
    #[must_use]
    pub fn to(self, public: BaseUrl) -> Self {
        Self {
            public: Some(public),
            ..self
        }
    }

    /// Limits the origin to URLs whose path is a base such as `/assets`, or below it. The base is
    /// replaced too, by the path given to [`below`](Self::below). If that is the same path, URLs
    /// without a path are also mapped, because scripts append paths to these.
    ///
    /// ```
    /// use streamgate::BaseUrl;
    /// use streamgate::internals::{Origin, UrlMap};
    /// use streamgate::Scheme;
    ///
    /// let cdn = Origin::new(Scheme::Https, "cdn.example.net")?;
    /// let map = UrlMap::new([cdn.at("/assets")?.below("/img")?]);
    /// let public = BaseUrl::new(Scheme::Https, "www.example.com")?;
    /// let page = b"https://cdn.example.net/assets/a.png https://cdn.example.net/b.png";
    /// let mapped = map.map_bytes(&public, page);
    /// assert_eq!(*mapped, *b"https://www.example.com/img/a.png https://cdn.example.net/b.png");
    /// # Ok::<(), streamgate::MapError>(())
    /// ```
    ///
    /// # Errors
    /// [`MapError::Path`] if it does not consist of segments of unreserved characters (RFC 3986
    /// §2.3) with a slash before each.
    pub fn at(self, base: &str) -> Result<Self, MapError> {
        let base = path_prefix(base)?;
        Ok(Self { base, ..self })
    }

    /// Maps the origin below a path such as `/img`, which follows the public authority.
    ///
    /// # Errors
    /// [`MapError::Path`] if it does not consist of segments of unreserved characters (RFC 3986
    /// §2.3) with a slash before each.
    pub fn below(self, path: &str) -> Result<Self, MapError> {
        let path = path_prefix(path)?;
        Ok(Self { path, ..self })
    }
}

fn path_prefix(path: &str) -> Result<String, MapError> {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let mut segments = path.split('/');
    let rooted = segments.next() == Some("") && path.len() > 1;
    if rooted && segments.all(|segment| !segment.is_empty() && segment.bytes().all(unreserved)) {
        Ok(path.to_owned())
    } else {
        Err(MapError::Path(path.to_owned()))
    }
}

impl TryFrom<&Uri> for Origin {
    type Error = MapError;

    fn try_from(uri: &Uri) -> Result<Self, MapError> {
        let (scheme, authority) = scheme_and_authority(uri)?;
        Self::new(scheme, authority)
    }
}

fn scheme_and_authority(uri: &Uri) -> Result<(Scheme, &str), MapError> {
    let scheme = match uri.scheme_str() {
        Some("http") => Scheme::Http,
        Some("https") => Scheme::Https,
        _ => return Err(MapError::Scheme),
    };
    if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
        return Err(MapError::Rest(uri.to_string()));
    }
    let authority = uri
        .authority()
        .ok_or_else(|| MapError::Authority(String::new()))?;
    Ok((scheme, authority.as_str()))
}

/// Splits an authority into its host, in lower case, and its port, unless that is the default of
/// the scheme.
fn host_and_port(scheme: Scheme, authority: &str) -> Result<(String, Option<u16>), MapError> {
    let invalid = || MapError::Authority(authority.to_owned());
    // What the standard library has for this takes more instructions for so short a text.
    let find = |wanted: u8| authority.bytes().position(|byte| byte == wanted);
    let host_end = match find(b']') {
        Some(bracket) => bracket + 1,
        None => find(b':').unwrap_or(authority.len()),
    };
    let (host, port) = authority.split_at_checked(host_end).ok_or_else(invalid)?;
    if !is_host(host) {
        return Err(invalid());
    }
    let port = match port.strip_prefix(':') {
        None if port.is_empty() => None,
        Some("") => None,
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_digit()) => {
            Some(digits.parse().map_err(|_| invalid())?)
        }
        _ => return Err(invalid()),
    };
    let port = port.filter(|&port| port != scheme.default_port());
    Ok((host.to_ascii_lowercase(), port))
}

/// Returns whether `host` is a name of letters, digits, `-` and `_` between dots, perhaps with a
/// dot at its end, or a bracketed IPv6 address (RFC 3986 §3.2.2).
fn is_host(host: &str) -> bool {
    if let Some(inner) = host.strip_prefix('[') {
        return inner
            .strip_suffix(']')
            .is_some_and(|address| address.parse::<std::net::Ipv6Addr>().is_ok());
    }
    let label = |label: &[u8]| {
        (1..=63).contains(&label.len())
            && label
                .iter()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let name = host.strip_suffix('.').unwrap_or(host);
    name.len() <= 253
        && name.as_bytes().split(|&byte| byte == b'.').all(label)
        && name.bytes().any(|byte| byte.is_ascii_alphanumeric())
}
