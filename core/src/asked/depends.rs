//! What a response depends on beside its URL, and how its head says so.

use http::header::{CACHE_CONTROL, COOKIE, ETAG, EXPIRES, SET_COOKIE, VARY};
use http::{HeaderMap, HeaderName, HeaderValue};

use super::bucket::Bucket;
use crate::head::{names_in_vary, remove};

/// What a response depends on beside its URL and what its origin has sent.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Depends {
    /// Fields of the request, each once.
    fields: Vec<HeaderName>,
    /// Cookies.
    cookies: bool,
    /// Something of the client that no field of the request says.
    client: bool,
    /// The very request.
    request: bool,
    /// The cookie that is to be set.
    set_cookie: Option<HeaderValue>,
}

impl Depends {
    /// Returns whether the response depends on anything.
    pub(crate) fn is_any(&self) -> bool {
        *self != Self::default()
    }

    /// Returns whether the response is for the very request.
    pub(crate) fn is_on_request(&self) -> bool {
        self.request
    }

    pub(super) fn on_field(&mut self, name: &HeaderName) {
        if !self.fields.contains(name) {
            self.fields.push(name.clone());
        }
    }

    pub(super) fn on_cookies(&mut self) {
        self.cookies = true;
    }

    pub(super) fn on_client(&mut self) {
        self.client = true;
    }

    pub(super) fn on_bucket(&mut self, bucket: &Bucket) {
        self.cookies = true;
        self.set_cookie = bucket.set_cookie();
    }

    pub(super) fn on_request(&mut self) {
        self.request = true;
    }

    /// Says in the head of a response what it depends on, so that no cache gives it to whom it is
    /// not for (RFC 9111).
    ///
    /// What a field says is named in `Vary`. What cookies say is for one user alone: `private`, and
    /// `Cookie` in `Vary`, so that the browser's own cache takes the response only for the same
    /// cookies. What no field says cannot be named, so that the browser must ask again: `private,
    /// no-cache`. What is for the very request is not stored: `no-store`, and without a validator.
    pub(crate) fn tell(&self, head: &mut HeaderMap) {
        for field in &self.fields {
            vary_by(head, field);
        }
        if self.cookies {
            vary_by(head, &COOKIE);
        }
        if self.request {
            restrict(head, &["private", "no-store"]);
            remove(head, |name| name == ETAG);
        } else if self.client {
            restrict(head, &["private", "no-cache"]);
        } else if self.cookies {
            restrict(head, &["private"]);
        }
        if let Some(cookie) = &self.set_cookie {
            head.append(SET_COOKIE, cookie.clone());
        }
    }
}

/// Names a field in `Vary`.
fn vary_by(head: &mut HeaderMap, field: &HeaderName) {
    if !names_in_vary(head, field.as_str())
        && let Ok(value) = HeaderValue::try_from(field.as_str())
    {
        head.append(VARY, value);
    }
}

/// Adds directives to `Cache-Control`, and removes what allows a shared cache to store the
/// response. Fields that only some caches read, and that count for them before `Cache-Control`
/// (RFC 9213, `Surrogate-Control`), go too.
fn restrict(head: &mut HeaderMap, added: &[&str]) {
    let text = head.get_all(CACHE_CONTROL).iter().map(|value| {
        String::from_utf8_lossy(value.as_bytes())
            .trim_matches([' ', '\t', ','])
            .to_owned()
    });
    let text = text.collect::<Vec<_>>().join(", ");
    let mut kept: Vec<&str> = directives(&text).filter(|it| !is_for_shared(it)).collect();
    for directive in added {
        if !kept.iter().any(|it| it.eq_ignore_ascii_case(directive)) {
            kept.push(directive);
        }
    }
    remove(head, |name| {
        let name = name.as_str();
        name.ends_with("-cache-control") || name == "surrogate-control"
    });
    if let Ok(value) = HeaderValue::try_from(kept.join(", ")) {
        head.insert(CACHE_CONTROL, value);
    } else {
        head.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        remove(head, |name| name == EXPIRES);
    }
}

/// Returns the directives of a `Cache-Control`, whose values may be quoted (RFC 9111 §5.2).
fn directives(text: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    let parts = text.split(move |c: char| {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' if is_quoted => is_escaped = true,
            '"' => is_quoted = !is_quoted,
            _ => return c == ',' && !is_quoted,
        }
        false
    });
    parts.map(str::trim).filter(|part| !part.is_empty())
}

/// Returns whether a directive allows shared caches something, or is about them alone.
fn is_for_shared(directive: &str) -> bool {
    let name = directive.split('=').next().unwrap_or_default().trim();
    ["public", "s-maxage", "proxy-revalidate"]
        .iter()
        .any(|it| it.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(depends: &Depends, fields: &[(&'static str, &'static str)]) -> Vec<String> {
        let mut head = HeaderMap::new();
        for (name, value) in fields {
            head.append(*name, HeaderValue::from_static(value));
        }
        depends.tell(&mut head);
        let lines = head.iter().map(|(name, value)| {
            let value = value.to_str().expect("a text");
            format!("{name}: {value}")
        });
        lines.collect()
    }

    #[test]
    fn what_the_origin_says_of_caches_is_merged_and_not_replaced() {
        let cookies = Depends {
            cookies: true,
            ..Depends::default()
        };
        for (before, after) in [
            (&[][..], &["vary: cookie", "cache-control: private"][..]),
            (
                &[("cache-control", "public, max-age=60, S-MaxAge=600")],
                &["cache-control: max-age=60, private", "vary: cookie"],
            ),
            (
                &[("cache-control", "private, max-age=5"), ("vary", "Cookie")],
                &["cache-control: private, max-age=5", "vary: Cookie"],
            ),
            (
                &[("cache-control", "no-store"), ("vary", "*")],
                &["cache-control: no-store, private", "vary: *"],
            ),
            (
                &[
                    ("cache-control", "private=\"a, public\", x=\"\\\", public\""),
                    ("cache-control", "public"),
                ],
                &[
                    "cache-control: private=\"a, public\", x=\"\\\", public\", private",
                    "vary: cookie",
                ],
            ),
            (
                &[
                    ("cdn-cache-control", "max-age=60"),
                    ("surrogate-control", "max-age=60"),
                    ("vary", "accept-encoding"),
                ],
                &[
                    "vary: accept-encoding",
                    "vary: cookie",
                    "cache-control: private",
                ],
            ),
        ] {
            assert_eq!(told(&cookies, before), after, "{before:?}");
        }
    }

    #[test]
    fn each_dependency_is_told_in_its_way() {
        let mut field = Depends::default();
        field.on_field(&HeaderName::from_static("x-beta"));
        field.on_field(&HeaderName::from_static("x-beta"));
        let public = [("cache-control", "public"), ("etag", "W/\"a\"")];
        let expected = ["cache-control: public", "etag: W/\"a\"", "vary: x-beta"];
        assert_eq!(told(&field, &public), expected);

        let mut client = Depends::default();
        client.on_client();
        let expected = ["cache-control: private, no-cache", "etag: W/\"a\""];
        assert_eq!(told(&client, &public), expected);

        let mut request = client;
        request.on_request();
        assert_eq!(
            told(&request, &public),
            ["cache-control: private, no-store"]
        );
        assert!(told(&Depends::default(), &[]).is_empty());
    }
}
