//! The values that there are.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroU32;

use http::HeaderName;
use http::header::{AUTHORIZATION, COOKIE, HOST, PROXY_AUTHORIZATION};

use crate::asked::{Asked, Depends, Needs};

/// A value, which a request or the page says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// `request.path`: the path of the request, as the client has sent it.
    Path,
    /// `path.N`: a segment of the path, decoded, counted from 1.
    Segment(NonZeroU32),
    /// `request.id`: the name of the request.
    Id,
    /// `query.NAME`: a parameter of the query, decoded.
    Query(String),
    /// `cookie.NAME`: a cookie, as it came.
    Cookie(String),
    /// `header.NAME`: a field of the request.
    Header(HeaderName),
    /// `country`: the country where the client is, by two letters.
    Country,
    /// `nonce`: the nonce of the page's policy.
    Nonce,
}

impl Value {
    /// Reads a name, as it stands between braces.
    ///
    /// # Errors
    /// Returns why there is no such value.
    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let known = match name.split_once('.') {
            None if name == "country" => Self::Country,
            None if name == "nonce" => Self::Nonce,
            Some(("request", "path")) => Self::Path,
            Some(("request", "id")) => Self::Id,
            Some(("path", number)) => return segment(number).map(Self::Segment),
            Some(("query", parameter)) if !parameter.is_empty() => {
                Self::Query(parameter.to_owned())
            }
            Some(("cookie", cookie)) if !cookie.is_empty() => Self::Cookie(cookie.to_owned()),
            Some(("header", field)) => return header(field).map(Self::Header),
            _ => {
                return Err(format!(
                    "{{{name}}} is no value: there are request.path, path.N, request.id, \
                     query.NAME, cookie.NAME, header.NAME, country and nonce; \\{{{name}}} writes \
                     the brace"
                ));
            }
        };
        Ok(known)
    }

    /// Returns what a request says, and notes in `depends` that the response depends on it. Returns
    /// `None` if it says nothing, or if it is for the page to say.
    pub(super) fn of<'a>(&self, asked: &'a Asked, depends: &mut Depends) -> Option<Cow<'a, str>> {
        match self {
            Self::Path => Some(Cow::Borrowed(asked.path())),
            Self::Segment(number) => asked.segment(*number),
            Self::Id => asked.id(depends).map(Cow::Borrowed),
            Self::Query(name) => asked.query(name),
            Self::Cookie(name) => asked.cookie(name, depends).map(Cow::Owned),
            Self::Header(name) => asked.field(name, depends).map(Cow::Owned),
            Self::Country => asked.country(depends).map(Cow::Borrowed),
            Self::Nonce => None,
        }
    }

    /// Returns what must be found out for it.
    pub(super) fn needs(&self) -> Needs {
        Needs {
            request: *self != Self::Nonce,
            country: *self == Self::Country,
            bucket: false,
            id: *self == Self::Id,
        }
    }
}

fn segment(number: &str) -> Result<NonZeroU32, String> {
    let number = number.parse().map_err(|_| {
        format!("{{path.{number}}} is no value: {{path.1}} is the first segment of the path")
    })?;
    Ok(number)
}

fn header(name: &str) -> Result<HeaderName, String> {
    match HeaderName::from_bytes(name.as_bytes()) {
        Ok(COOKIE) => Err("a cookie is as {cookie.NAME}".to_owned()),
        Ok(AUTHORIZATION | PROXY_AUTHORIZATION) => {
            Err(format!("{{header.{name}}} would put a secret into a page"))
        }
        Ok(HOST) => Err("{header.host} is no value: a page knows its host".to_owned()),
        Ok(name) => Ok(name),
        Err(_) => Err(format!("{name:?} is no name of a field")),
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path => f.write_str("request.path"),
            Self::Segment(number) => write!(f, "path.{number}"),
            Self::Id => f.write_str("request.id"),
            Self::Query(name) => write!(f, "query.{name}"),
            Self::Cookie(name) => write!(f, "cookie.{name}"),
            Self::Header(name) => write!(f, "header.{name}"),
            Self::Country => f.write_str("country"),
            Self::Nonce => f.write_str("nonce"),
        }
    }
}
