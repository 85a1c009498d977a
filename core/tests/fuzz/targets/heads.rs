//! Heads of whole exchanges: the origin that a request reaches is one of the configuration, fields
//! of a connection end at the gate, and what the gate does not know keeps its order, its number and
//! its bytes.

use std::sync::LazyLock;

use http::{HeaderMap, HeaderName, Request, header};
use streamgate::Gate;

use super::edge::{Origin, Seen, exchange, request, response};
use super::input::{Input, first_line, halves};

const SITES: [&str; 5] = [
    "origin.public = 'https://www.example.com'",
    "",
    "origin.identity = 'transparent'\norigin.public = 'http://www.example.com:8080'\n\
     gate.explain = true",
    "origin.aliases = ['http://alias.example.net']\nmap.request_fields = ['x-own']\n\
     map.response_fields = ['x-own']\nmap.queries = ['/_next/image?url']\nmap.cookie_domain = 'example.com'",
    "origin.public = 'https://www.example.com'\n[[html]]\nselect = 'body'\nappend = 'x'\n\
     [[route]]\npath = '/img'\norigin = 'https://cdn.example.net/assets'\n\
     [[route]]\npath = '/api'\norigin = 'https://api.example.net'\nprefix = 'keep'\n\
     [[route]]\npublic = 'https://shop.example.com'\norigin = 'http://shop.example.org:81'",
];

/// The authorities of all origins.
const ORIGINS: [&str; 4] = [
    "origin.example.com",
    "cdn.example.net",
    "api.example.net",
    "shop.example.org:81",
];

/// Fields that end at the gate, whatever `Connection` says, except where it switches protocols.
const OF_THE_CONNECTION: [&str; 6] = [
    "keep-alive",
    "proxy-connection",
    "http2-settings",
    "proxy-authorization",
    "te",
    "transfer-encoding",
];

static GATES: LazyLock<Vec<Gate>> = LazyLock::new(|| {
    let gate = |more| {
        // The tables come last.
        let text = format!("origin.url = 'https://origin.example.com'\n{more}");
        Gate::from_toml(&text, "fuzz").unwrap()
    };
    SITES.into_iter().map(gate).collect()
});

/// Two heads: `METHOD URL` and fields; an empty line; a status and fields.
pub(crate) fn heads(bytes: &[u8]) {
    let mut input = Input::new(bytes);
    let gate = input.choose(&GATES);
    let (asked, answered) = halves(input.rest());
    let (line, lines) = first_line(asked);
    let line = String::from_utf8_lossy(line);
    let (method, url) = line.split_once(' ').unwrap_or(("GET", &line));
    let Some(asked) = request(method, url, lines) else {
        return;
    };
    let (status, lines) = first_line(answered);
    let status = std::str::from_utf8(status)
        .ok()
        .and_then(|it| it.parse().ok());
    let Some(status) = status.filter(|status| matches!(status, 101 | 200..=599)) else {
        return;
    };
    let origin = Origin {
        head: response(status, lines),
        chunks: vec![b"<p>https://origin.example.com/</p>"],
    };
    let client = asked.clone();
    let seen = exchange(gate, client.map(|()| None), &origin);
    check_sent(&asked, &seen);
    check_answered(&origin, &seen);
}

fn check_sent(asked: &Request<()>, seen: &Seen) {
    assert!(seen.requests.len() <= 2, "{} requests", seen.requests.len());
    for sent in &seen.requests {
        let authority = sent.uri().authority().expect("an absolute target");
        assert!(ORIGINS.contains(&authority.as_str()), "{authority}");
        assert_eq!(sent.method(), asked.method());
        let hosts: Vec<_> = sent.headers().get_all(header::HOST).iter().collect();
        assert_eq!(hosts.len(), 1, "{hosts:?}");
        check_values(sent.headers());
        for name in OF_THE_CONNECTION {
            assert!(
                !sent.headers().contains_key(name),
                "{name} reached the origin"
            );
        }
        check_others(asked.headers(), sent.headers());
    }
}

fn check_answered(origin: &Origin<'_>, seen: &Seen) {
    let head = seen.head.headers();
    check_values(head);
    for name in OF_THE_CONNECTION {
        assert!(!head.contains_key(name), "{name} reached the client");
    }
    let is_the_gates = head.contains_key("proxy-status") || seen.requests.is_empty();
    if is_the_gates && !origin.head.headers().contains_key("proxy-status") {
        assert!(!String::from_utf8_lossy(&seen.body).contains("origin.example.com"));
        return;
    }
    if seen.head.status() == origin.head.status() {
        check_others(origin.head.headers(), head);
    }
}

/// Checks that no value has a line break in it.
fn check_values(head: &HeaderMap) {
    for (name, value) in head {
        let breaks = |byte: &u8| matches!(byte, b'\r' | b'\n' | 0);
        assert!(!value.as_bytes().iter().any(breaks), "{name}: {value:?}");
    }
}

/// Checks that fields of which the gate knows nothing are the same before and after.
fn check_others(before: &HeaderMap, after: &HeaderMap) {
    let connection = before.get_all(header::CONNECTION);
    let named: Vec<String> = connection
        .iter()
        .flat_map(|value| value.as_bytes().split(|&byte| byte == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .collect();
    let is_other = |name: &HeaderName| {
        name.as_str().starts_with("x-any") && !named.contains(&name.as_str().to_owned())
    };
    let others = |head: &HeaderMap| -> Vec<_> {
        let fields = head.iter().filter(|(name, _)| is_other(name));
        fields
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    assert_eq!(others(after), others(before));
    let cookies = |head: &HeaderMap| head.get_all(header::SET_COOKIE).iter().count();
    if !named.iter().any(|name| name == "set-cookie") {
        assert_eq!(cookies(after), cookies(before), "cookies");
    }
}
