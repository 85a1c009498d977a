//! What is known of a request, for the rules that depend on it, and what a response depends on.
//!
//! [`Asked`] is made only for an exchange whose rules ask for it, since by then the head has become
//! the one for the origin. Whatever reads it notes in [`Depends`] what it has read, so that the
//! response says by itself for whom it is.

mod bucket;
mod depends;
mod fields;

use std::borrow::Cow;
use std::num::NonZeroU32;

use http::{HeaderMap, HeaderName, Method, Request, Uri};

use crate::site::decode;
pub(crate) use bucket::{BUCKETS, Bucket};
pub(crate) use depends::Depends;
use fields::{cookie, text};

/// What must be found out for rules, beside what the request's head says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Needs {
    /// Anything at all of the request.
    pub(crate) request: bool,
    /// Where the client is.
    pub(crate) country: bool,
    /// The bucket of the visitor.
    pub(crate) bucket: bool,
    /// A name for the request.
    pub(crate) id: bool,
}

impl Needs {
    /// Returns what either needs.
    pub(crate) fn or(self, other: Self) -> Self {
        Self {
            request: self.request || other.request,
            country: self.country || other.country,
            bucket: self.bucket || other.bucket,
            id: self.id || other.id,
        }
    }
}

/// What is known of a request.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    method: Method,
    target: Uri,
    /// The authority that the client has asked for, in lower case.
    host: Option<String>,
    head: HeaderMap,
    country: Option<String>,
    bucket: Bucket,
    id: Option<String>,
}

impl Asked {
    /// Notes of a request what rules need. `country_field` names the field that says where the
    /// client is, in place of what the platform says by `country`. `random` fills bytes with random
    /// numbers, if the platform can.
    pub(crate) fn new(
        request: &Request<()>,
        host: Option<&str>,
        country_field: Option<&HeaderName>,
        needs: Needs,
        country: impl FnOnce() -> Option<String>,
        random: impl Fn(&mut [u8]) -> bool,
    ) -> Self {
        let head = request.headers();
        let country = needs.country.then(|| match country_field {
            Some(field) => text(head, field),
            None => country(),
        });
        let mut id = [0; 16];
        Self {
            method: request.method().clone(),
            target: request.uri().clone(),
            host: host.map(str::to_ascii_lowercase),
            country: country.flatten().as_deref().and_then(country_code),
            bucket: match needs.bucket {
                true => Bucket::of(cookie(head, bucket::COOKIE).as_deref(), &random),
                false => Bucket::default(),
            },
            id: (needs.id && random(&mut id)).then(|| format!("{:032x}", u128::from_be_bytes(id))),
            head: head.clone(),
        }
    }

    /// Names the request as its trace is named.
    pub(crate) fn traces(&mut self, trace: &dyn std::fmt::Display) {
        if self.id.is_some() {
            self.id = Some(trace.to_string());
        }
    }

    /// Returns the method, as which a `HEAD` counts as the `GET` whose head it asks for.
    pub(crate) fn method(&self) -> &Method {
        match self.method {
            Method::HEAD => &Method::GET,
            _ => &self.method,
        }
    }

    /// Returns the path, as the client has sent it.
    pub(crate) fn path(&self) -> &str {
        self.target.path()
    }

    /// Returns a segment of the path, decoded. The first one is number 1. One that is empty counts,
    /// but is none.
    pub(crate) fn segment(&self, number: NonZeroU32) -> Option<Cow<'_, str>> {
        let number = usize::try_from(number.get()).ok()?;
        let segment = self.path().split('/').nth(number)?;
        (!segment.is_empty()).then(|| decoded(segment))
    }

    /// Returns the authority that the client has asked for, in lower case.
    pub(crate) fn host(&self) -> Option<&str> {
        self.host.as_deref()
    }

    /// Returns the value of the first parameter of this name in the query, decoded (URL standard
    /// §5.1).
    pub(crate) fn query(&self, name: &str) -> Option<Cow<'_, str>> {
        let pairs = self.target.query()?.split('&');
        let mut pairs = pairs.map(|pair| pair.split_once('=').unwrap_or((pair, "")));
        let (_, value) = pairs.find(|(key, _)| form_decoded(key) == name)?;
        Some(form_decoded(value))
    }

    /// Returns the value of a field, of which several lines are one list (RFC 9110 §5.3).
    pub(crate) fn field(&self, name: &HeaderName, depends: &mut Depends) -> Option<String> {
        depends.on_field(name);
        text(&self.head, name)
    }

    /// Returns the value of the first cookie of this name, as it came.
    pub(crate) fn cookie(&self, name: &str, depends: &mut Depends) -> Option<String> {
        depends.on_cookies();
        cookie(&self.head, name)
    }

    /// Returns the country where the client is, by two letters (ISO 3166-1).
    pub(crate) fn country(&self, depends: &mut Depends) -> Option<&str> {
        depends.on_client();
        self.country.as_deref()
    }

    /// Returns the number of the visitor's bucket, below [`BUCKETS`].
    pub(crate) fn bucket(&self, depends: &mut Depends) -> Option<u32> {
        depends.on_bucket(&self.bucket);
        self.bucket.number()
    }

    /// Returns the name of the request.
    pub(crate) fn id(&self, depends: &mut Depends) -> Option<&str> {
        depends.on_request();
        self.id.as_deref()
    }
}

/// Reads what says a country. What stands for none, or for an unknown one, is none.
fn country_code(text: &str) -> Option<String> {
    let code = text.trim().to_ascii_uppercase();
    let is_code = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (is_code && code != "XX").then_some(code)
}

/// Decodes a name or a value of a query.
fn form_decoded(text: &str) -> Cow<'_, str> {
    if !text.contains(['%', '+']) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(decoded(&text.replace('+', " ")).into_owned())
}

/// Decodes percent-encoded text. What is no UTF-8 becomes U+FFFD.
fn decoded(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(String::from_utf8_lossy(&decode(text.as_bytes())).into_owned())
}

#[cfg(test)]
mod tests;
