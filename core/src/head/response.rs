//! The origin's response head, and the head that the client gets for it.

use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};

use super::{fields, hop_by_hop, names_in_vary, remove, validators};
use crate::site::View;

/// Returns whether a field describes the very bytes of a body, and is wrong once these change (RFC
/// 9110 §8.6, RFC 9530).
fn is_of_the_bytes(name: &HeaderName) -> bool {
    matches!(
        name.as_str(),
        "content-length"
            | "content-range"
            | "content-md5"
            | "digest"
            | "content-digest"
            | "repr-digest"
            | "trailer"
    )
}

/// The `Accept-Ranges` of a representation of which no part can be had.
const NO_RANGES: HeaderValue = HeaderValue::from_static("none");

/// Adapts the head of a response whose body stays as it is: every field that describes the body
/// survives. Fields of the connection are removed, and those that name an origin are mapped.
pub(crate) fn unmodified(head: &mut HeaderMap, view: View<'_>) {
    without(head, view, |_| false);
}

/// Adapts a head as [`unmodified`] does, and removes what is `unwanted`.
fn without(head: &mut HeaderMap, view: View<'_>, unwanted: impl Fn(&HeaderName) -> bool) {
    hop_by_hop::strip(head, |name| {
        unwanted(name) || fields::leads_elsewhere(name, view)
    });
    fields::map(head, view);
}

/// Adapts the head of a response whose body is rewritten: no field describes the origin's bytes any
/// more, and the validator is one of the rewritten representation.
///
/// A `416` keeps its statement about ranges, which is about the resource and not about the error
/// page (RFC 9110 §14.4).
pub(crate) fn rewritten(response: &mut Response<()>, view: View<'_>, fingerprint: u64) {
    let unsatisfiable = response.status() == StatusCode::RANGE_NOT_SATISFIABLE;
    let head = response.headers_mut();
    without(head, view, |name| {
        is_of_the_bytes(name) && !(unsatisfiable && name == header::CONTENT_RANGE)
    });
    if !unsatisfiable {
        head.insert(header::ACCEPT_RANGES, NO_RANGES);
    }
    validators::derive(head, fingerprint);
}

/// The `Cache-Control` of a page with parts that are for one client, and for now.
const COMPOSED: HeaderValue = HeaderValue::from_static("private, no-cache");

/// The same, of a page that may not be stored at all.
const UNSTORED: HeaderValue = HeaderValue::from_static("private, no-store");

/// Adapts the head of a page that fragments are put into. No validator of the page stands for them,
/// so it has none; and whoever stores it must ask before it is shown again, which shared caches
/// must not do for others (RFC 9111 §5.2.2.4, §5.2.2.7). That also goes for the fields by which
/// an origin tells the caches of a content delivery network (RFC 9213).
pub(crate) fn composed(head: &mut HeaderMap) {
    let forbids = |value: &HeaderValue| {
        let value = value.as_bytes().to_ascii_lowercase();
        let mut directives = value.split(|&byte| byte == b',');
        directives.any(|directive| directive.trim_ascii() == b"no-store")
    };
    let is_unstored = head.get_all(header::CACHE_CONTROL).into_iter().any(forbids);
    remove(head, |name| {
        matches!(
            name.as_str(),
            "etag"
                | "last-modified"
                | "expires"
                | "age"
                | "surrogate-control"
                | "cdn-cache-control"
                | "cloudflare-cdn-cache-control"
        )
    });
    let value = if is_unstored { UNSTORED } else { COMPOSED };
    head.insert(header::CACHE_CONTROL, value);
}

/// Adapts the head of a `101`: of the fields of the connection, those that switch the protocol stay
/// (RFC 9110 §7.8).
pub(crate) fn switching(head: &mut HeaderMap, view: View<'_>) {
    let protocols: Vec<_> = head.get_all(header::UPGRADE).into_iter().cloned().collect();
    unmodified(head, view);
    for protocol in protocols {
        head.insert(header::CONNECTION, HeaderValue::from_static("Upgrade"));
        head.append(header::UPGRADE, protocol);
    }
}

/// Adapts the head of a `304` that confirms a rewritten representation, whose validator is the
/// client's already. A `304` has the `Vary` of the `200` (RFC 9110 §15.4.5), and does not tell in
/// which coding the origin would have sent the body: that may have been another one.
pub(crate) fn confirmed(head: &mut HeaderMap) {
    remove(head, is_of_the_bytes);
    head.insert(header::ACCEPT_RANGES, NO_RANGES);
    vary_by_coding(head);
}

/// Sets the body's coding for the client, `None` for identity. If the origin sent another coding,
/// the client's `Accept-Encoding` decided, and `Vary` says so (RFC 9110 §12.5.5).
pub(crate) fn set_content_encoding(head: &mut HeaderMap, coding: Option<HeaderValue>) {
    if coding.iter().eq(head.get_all(header::CONTENT_ENCODING)) {
        return;
    }
    match coding {
        Some(coding) => {
            head.insert(header::CONTENT_ENCODING, coding);
        }
        None => remove(head, |name| name == header::CONTENT_ENCODING),
    }
    vary_by_coding(head);
}

/// Names `Accept-Encoding` in `Vary`.
fn vary_by_coding(head: &mut HeaderMap) {
    if !names_in_vary(head, "accept-encoding") {
        head.append(header::VARY, HeaderValue::from_static("accept-encoding"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;
    use crate::site::Site;

    fn head(fields: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut head = HeaderMap::new();
        for (name, value) in fields {
            head.append(*name, HeaderValue::from_static(value));
        }
        head
    }

    /// Runs `test` with a view for which no public host is known.
    fn nameless(test: impl FnOnce(View<'_>)) {
        let config = Config::from_toml("origin.url = 'https://o.example'", "test").unwrap();
        let site = Site::new(&config).unwrap();
        test(site.view(None, "/"));
    }

    #[test]
    fn an_unmodified_body_keeps_all_that_describes_it() {
        let kept = [
            ("content-length", "5"),
            ("etag", "\"abc\""),
            ("accept-ranges", "bytes"),
            ("content-range", "bytes 0-4/9"),
            ("content-encoding", "gzip"),
            ("content-digest", "sha-256=:x:"),
            ("trailer", "x-check"),
            ("set-cookie", "a=1"),
            ("set-cookie", "b=2"),
        ];
        let mut response = head(&kept);
        response.insert(header::CONNECTION, HeaderValue::from_static("keep-alive"));
        nameless(|view| unmodified(&mut response, view));
        assert_eq!(response, head(&kept));
    }

    #[test]
    fn a_rewritten_body_keeps_nothing_that_describes_the_origins_bytes() {
        let mut response = Response::new(());
        *response.headers_mut() = head(&[
            ("content-type", "text/html"),
            ("content-length", "5"),
            ("content-md5", "x"),
            ("digest", "x"),
            ("content-digest", "x"),
            ("repr-digest", "x"),
            ("trailer", "x"),
            ("accept-ranges", "bytes"),
            ("etag", "\"abc\""),
            ("last-modified", "Tue, 24 Nov 2026 14:15:03 GMT"),
        ]);
        nameless(|view| rewritten(&mut response, view, 1));
        let expected = head(&[
            ("content-type", "text/html"),
            ("accept-ranges", "none"),
            ("etag", "W/\"abc~sg0000000000000001s\""),
            ("last-modified", "Tue, 24 Nov 2026 14:15:03 GMT"),
        ]);
        assert_eq!(*response.headers(), expected);
    }

    #[test]
    fn an_unsatisfiable_range_keeps_the_length_that_it_tells() {
        let fields = [
            ("content-range", "bytes */1000"),
            ("accept-ranges", "bytes"),
        ];
        let mut response = Response::builder().status(416).body(()).unwrap();
        *response.headers_mut() = head(&fields);
        nameless(|view| rewritten(&mut response, view, 1));
        assert_eq!(*response.headers(), head(&fields));
    }

    #[test]
    fn vary_names_accept_encoding_only_where_the_coding_became_another() {
        let gzip = Some(HeaderValue::from_static("gzip"));
        let table = [
            (
                vec![("content-encoding", "gzip")],
                gzip.clone(),
                vec![("content-encoding", "gzip")],
            ),
            (vec![], None, vec![]),
            (
                vec![("content-encoding", "zstd")],
                gzip,
                vec![("content-encoding", "gzip"), ("vary", "accept-encoding")],
            ),
            (
                vec![
                    ("content-encoding", "gzip"),
                    ("vary", "cookie, Accept-Encoding"),
                ],
                None,
                vec![("vary", "cookie, Accept-Encoding")],
            ),
            (
                vec![("content-encoding", "gzip"), ("vary", "cookie")],
                None,
                vec![("vary", "cookie"), ("vary", "accept-encoding")],
            ),
        ];
        for (before, coding, after) in table {
            let mut response = head(&before);
            set_content_encoding(&mut response, coding);
            assert_eq!(response, head(&after), "{before:?}");
        }
    }

    #[test]
    fn a_101_keeps_of_the_connections_fields_those_that_switch_it() {
        let mut response = head(&[
            ("upgrade", "websocket"),
            ("connection", "Upgrade, X-Secret"),
            ("x-secret", "1"),
            ("keep-alive", "timeout=5"),
            ("sec-websocket-accept", "x"),
        ]);
        nameless(|view| switching(&mut response, view));
        let expected = head(&[
            ("sec-websocket-accept", "x"),
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
        ]);
        assert_eq!(response, expected);
    }

    #[test]
    fn a_304_of_a_rewritten_page_varies_as_the_page_does() {
        for (before, after) in [
            (vec![], vec![("vary", "accept-encoding")]),
            (
                vec![("vary", "cookie")],
                vec![("vary", "cookie"), ("vary", "accept-encoding")],
            ),
            (vec![("vary", "*")], vec![("vary", "*")]),
        ] {
            let mut response = head(&before);
            confirmed(&mut response);
            response.remove(header::ACCEPT_RANGES);
            assert_eq!(response, head(&after));
        }
    }
}
