//! Routes: whatever the target of a request is, it reaches the origin that its host and its path
//! lead to, or none.

use std::sync::LazyLock;

use streamgate::Gate;

use super::edge::{Origin, exchange, request, response};
use super::input::Input;

static SITE: LazyLock<Gate> = LazyLock::new(|| {
    let text = "
        origin.url = 'https://origin.example.com'
        origin.public = 'https://www.example.com'
        [[route]]
        path = '/img'
        origin = 'https://cdn.example.net/assets'
        [[route]]
        path = '/img/raw'
        origin = 'https://raw.example.net'
        [[route]]
        path = '/api'
        origin = 'https://api.example.net'
        prefix = 'keep'
        [[route]]
        public = 'https://shop.example.com'
        path = '/img'
        origin = 'https://shop.example.org'
    ";
    Gate::from_toml(text, "fuzz").unwrap()
});

/// Where a host and a path lead: the longest path counts, and a route on the host itself first.
const ROUTES: [(&str, &str, &str, &str); 4] = [
    ("shop.example.com", "/img", "shop.example.org", "/"),
    ("", "/img/raw", "raw.example.net", "/"),
    ("", "/img", "cdn.example.net", "/assets"),
    ("", "/api", "api.example.net", "/api"),
];

const HOSTS: [&str; 3] = [
    "www.example.com",
    "shop.example.com",
    "SHOP.example.com:443",
];

pub(crate) fn routes(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let host = *input.choose(&HOSTS);
    let target = String::from_utf8_lossy(input.rest());
    let Some(asked) = request("GET", &format!("https://{host}/{target}"), b"") else {
        return;
    };
    // Such as a target with a `@` in what has become its authority.
    if asked
        .uri()
        .authority()
        .is_none_or(|authority| *authority != host)
    {
        return;
    }
    let path = asked.uri().path().to_owned();
    let origin = Origin {
        head: response(200, b"content-type: image/png"),
        chunks: vec![b"x"],
    };
    let seen = exchange(&SITE, asked.map(|()| None), &origin);
    let is_below = |prefix: &str| {
        let rest = path.strip_prefix(prefix);
        rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    let host = host.to_ascii_lowercase();
    let route = ROUTES
        .iter()
        .find(|(own, prefix, ..)| (own.is_empty() || host.starts_with(own)) && is_below(prefix));
    let (origin, base) = route.map_or(("origin.example.com", "/"), |route| (route.2, route.3));
    match seen.requests.as_slice() {
        [sent] => {
            assert_eq!(sent.uri().host(), Some(origin), "{path}");
            assert!(
                sent.uri().path().starts_with(base),
                "{} of {path}",
                sent.uri()
            );
            let climbs = |path: &str| path.split('/').any(|it| it == "..");
            // Dot segments that stay below the base are the origin's business.
            assert!(
                route.is_none() || !climbs(&resolved(sent.uri().path(), base)),
                "{path}"
            );
        }
        [] => assert!(matches!(seen.head.status().as_u16(), 308 | 400), "{path}"),
        several => panic!("{} requests", several.len()),
    }
}

/// Returns the path below a base with its dot segments resolved (RFC 3986 §5.2.4), except those
/// that lead out of the base.
fn resolved(path: &str, base: &str) -> String {
    let below = path.strip_prefix(base).unwrap_or(path);
    let mut segments: Vec<&str> = Vec::new();
    for segment in below.split('/') {
        match segment {
            "." | "" => {}
            ".." if segments.last().is_some_and(|last| *last != "..") => drop(segments.pop()),
            segment => segments.push(segment),
        }
    }
    segments.join("/")
}
