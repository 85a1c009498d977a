//! What random exchanges are made of: plain parts, and the odd ones that clients and origins are
//! known to send.

/// Methods. Plain ones are said more than once, so that they are picked more often.
pub(super) const METHODS: [&str; 12] = [
    "GET", "GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "PATCH", "DELETE", "OPTIONS",
    "PROPFIND",
];

/// Targets without anything that a URL may not have.
pub(super) const PLAIN_TARGETS: [&[u8]; 8] = [
    b"/",
    b"/a/b.html?x=1&y=2",
    b"/a//b///c",
    b"/a;v=1,2/b",
    b"/a?b?c/d",
    b"/?",
    b"/%7Euser/%C3%A9?u=https%3A%2F%2Fwww.example.com%2Fx",
    b"/a(b)*!$&+=:@",
];

/// Targets that parsers of URLs treat in their own ways, or refuse.
pub(super) const ODD_TARGETS: [&[u8]; 14] = [
    b"/a/./b/../c",
    b"/a/%2e%2e/b",
    b"/{a}",
    b"/a|b",
    b"/a^b",
    b"/a\"b",
    b"/a`b",
    b"/<x>",
    b"/a\\b",
    b"/a%zz",
    b"/q?x='y'",
    b"/q?x=\"y\"",
    "/caf\u{e9}".as_bytes(),
    b"/caf\xe9",
];

/// Values of `Host`.
pub(super) const ODD_HOSTS: [&str; 8] = [
    "www.example.com:443",
    "WWW.Example.COM",
    "other.example",
    "example.com:99999",
    "192.0.2.8:98777",
    "a_b.example",
    "[2001:db8::7]",
    "[2001:db8::7].",
];

/// Values of `Accept-Encoding`.
pub(super) const ACCEPTED: [&str; 7] = [
    "gzip",
    "gzip, br",
    "br;q=0.5, zstd",
    "deflate",
    "identity",
    "*",
    "gzip;q=0",
];

/// Fields of requests, each of one or more lines.
pub(super) const REQUEST_FIELDS: &[&[(&str, &[u8])]] = &[
    &[("Accept", b"text/html,*/*;q=0.8")],
    &[("Accept", b"")],
    &[("Accept", b"text/html"), ("Accept", b"image/png")],
    &[("User-Agent", b"Mozilla/5.0 (X11)")],
    &[("User-Agent", b"")],
    &[("Cookie", b"a=1; b=2")],
    &[("Cookie", b"a=1"), ("Cookie", b"b=2")],
    &[("X-Two", b"1"), ("X-Two", b"2")],
    &[("X-Empty", b"")],
    &[("X-Utf8", "caf\u{e9}".as_bytes())],
    &[("X-Latin", b"caf\xe9")],
    &[("X-Tab", b"a\tb")],
    &[("If-None-Match", b"\"e1\"")],
    &[("If-Modified-Since", b"Mon, 01 Jan 2024 00:00:00 GMT")],
    &[("Range", b"bytes=0-9")],
    &[("TE", b"trailers")],
    &[("Origin", b"https://www.example.com")],
    &[("Referer", b"https://www.example.com/a?b")],
    &[("X-Forwarded-For", b"192.0.2.1")],
    &[("Forwarded", b"for=192.0.2.1")],
    &[("X-Real-IP", b"192.0.2.9")],
    &[("Keep-Alive", b"timeout=5")],
    &[("Max-Forwards", b"3")],
    &[("Authorization", b"Basic YTpi")],
    &[
        ("Cache-Control", b"no-cache"),
        ("Cache-Control", b"no-store"),
    ],
    &[("Accept-Language", b"de, en;q=0.5")],
    &[("Via", b"1.0 there")],
    &[("Sec-Fetch-Mode", b"navigate")],
    &[("Content-Type", b"application/json")],
    &[("X-Quoted", b"\"a, b\"; c=\"d\"")],
];

/// Media types of answers, with the kind of body that goes with each. `None` is no `Content-Type`.
pub(super) const TYPES: [(Option<&str>, Kind); 10] = [
    (Some("text/html; charset=utf-8"), Kind::Page),
    (Some("text/html"), Kind::Page),
    (Some("text/html; charset=utf-16"), Kind::Noise),
    (Some("text/css"), Kind::Style),
    (Some("application/javascript"), Kind::Script),
    (Some("application/json"), Kind::Data),
    (Some("image/png"), Kind::Noise),
    (Some("application/octet-stream"), Kind::Noise),
    (Some("text/plain"), Kind::Page),
    (None, Kind::Noise),
];

/// A kind of body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Page,
    Style,
    Script,
    Data,
    Noise,
}

impl Kind {
    /// Returns a text that repeats in such a body; it has a URL of the origin.
    pub(super) fn unit(self) -> &'static str {
        match self {
            Self::Page => {
                "<h1>N</h1><p class=a>caf\u{e9} <a href=\"https://origin.example.com/a?b=1\">x</a>\
                 <img src='//origin.example.com/i.png'></p>\n"
            }
            Self::Style => "a { background: url(https://origin.example.com/p.png) }\n",
            Self::Script => "load(\"https:\\/\\/origin.example.com\\/a.js\");\n",
            Self::Data => "{\"url\": \"https://origin.example.com/x\"}\n",
            Self::Noise => "\u{fffd}PNG\u{1}\u{2}\u{7f}\n",
        }
    }
}

/// Statuses of answers. Plain ones are said more than once.
pub(super) const STATUSES: [u16; 20] = [
    200, 200, 200, 200, 200, 200, 200, 200, 404, 404, 500, 301, 302, 304, 204, 503, 206, 418, 416,
    600,
];

/// Codings of answers.
pub(super) const CODINGS: [&str; 7] = [
    "gzip", "gzip", "br", "deflate", "zstd", "x-gzip", "gzip, br",
];

/// Values of `Content-Encoding` that name no coding which could be undone.
pub(super) const MISNOMERS: [&str; 3] = ["identity", "utf-8", "compress"];

/// Fields of answers, each of one or more lines.
pub(super) const ANSWER_FIELDS: &[&[(&str, &[u8])]] = &[
    &[("ETag", b"\"e1\"")],
    &[("ETag", b"W/\"e1\"")],
    &[("Last-Modified", b"Mon, 01 Jan 2024 00:00:00 GMT")],
    &[("Cache-Control", b"no-transform")],
    &[
        ("Cache-Control", b"max-age=60"),
        ("Cache-Control", b"public"),
    ],
    &[
        ("Set-Cookie", b"a=1; Domain=origin.example.com; Path=/"),
        ("Set-Cookie", b"b=2; Expires=Mon, 01 Jan 2024 00:00:00 GMT"),
    ],
    &[("Location", b"https://origin.example.com/x")],
    &[("Location", b"")],
    &[("Location", b"/x"), ("Location", b"/y")],
    &[("Link", b"<https://origin.example.com/x>; rel=preload")],
    &[("Link", b"</a>; rel=next"), ("Link", b"</b>; rel=prev")],
    &[("Expires", b"0"), ("Expires", b"1")],
    &[("Vary", b"Cookie"), ("Vary", b"Accept")],
    &[("X-Two", b"1"), ("X-Two", b"2")],
    &[("X-Latin", b"caf\xe9")],
    &[("X-Utf8", "caf\u{e9}".as_bytes())],
    &[("X-Empty", b"")],
    &[("Content-MD5", b"Q2hlY2sgSW50ZWdyaXR5IQ==")],
    &[("Repr-Digest", b"sha-256=:AAAA:")],
    &[("Accept-Ranges", b"bytes")],
    &[(
        "Content-Security-Policy",
        b"img-src https://origin.example.com",
    )],
    &[("Access-Control-Allow-Origin", b"https://origin.example.com")],
    &[("Alt-Svc", b"h2=\":443\"")],
    &[("Content-Language", b"de")],
    &[("WWW-Authenticate", b"Basic realm=\"x\"")],
    &[("Proxy-Authenticate", b"Basic realm=\"x\"")],
    &[("Keep-Alive", b"timeout=5")],
    &[("Server", b"scripted")],
    &[("Content-Disposition", b"attachment; filename=\"a.html\"")],
    &[("X-Frame-Options", b"ALLOW-FROM https://origin.example.com")],
];
