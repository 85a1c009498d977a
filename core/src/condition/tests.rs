use super::*;
use crate::asked::{Asked, Depends};
use crate::media_type::MediaType;
use http::header::VARY;
use http::{HeaderMap, HeaderValue, Request, StatusCode};
use std::hash::Hasher;

const FIELDS: &[(&str, &str)] = &[
    ("cookie", "a=1; streamgate_bucket=100000"),
    ("x-beta", "on"),
    ("user-agent", "Mozilla/5.0 (Linux; Android 14) Mobile"),
];

fn asked(method: &str, fields: &[(&'static str, &'static str)]) -> Asked {
    let target = "https://WWW.example.com:8443/news/a?x=1&y=b+c";
    let mut request = Request::builder().method(method).uri(target);
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    let request = request.body(()).expect("a request");
    let needs = Needs {
        request: true,
        country: true,
        bucket: true,
        id: true,
    };
    let host = Some("WWW.example.com:8443");
    let country = || Some("AT".to_owned());
    Asked::new(&request, host, None, needs, country, |_| false)
}

/// Judges a `when` as a configuration has it.
fn judged(when: &str, page: Page<'_>) -> (Option<bool>, Vec<String>) {
    let mut depends = Depends::default();
    let holds = read(when).holds(&asked("HEAD", FIELDS), page, &mut depends);
    let mut head = HeaderMap::new();
    depends.tell(&mut head);
    let lines = head
        .get_all(VARY)
        .into_iter()
        .chain(head.get("cache-control"));
    let text = |value: &HeaderValue| value.to_str().expect("a text").to_owned();
    (holds, lines.map(text).collect())
}

fn read(when: &str) -> When {
    let text = format!(
        "origin.url = 'https://o.example'\n[[html]]\nselect = 'p'\nremove = true\nwhen = {{ {when} }}"
    );
    let config =
        crate::Config::from_toml(&text, "test").unwrap_or_else(|error| panic!("{when}: {error}"));
    config.html.into_iter().next().expect("a rule").when
}

#[test]
fn each_condition_is_judged_and_says_what_it_depends_on() {
    let html = MediaType::parse("text/html").expect("a type");
    let page = Page {
        media_type: Some(&html),
        status: Some(StatusCode::NOT_FOUND),
    };
    let cookie = &["cookie", "private"][..];
    let device = &["sec-ch-ua-mobile", "user-agent"][..];
    for (when, expected, depends) in [
        ("path = '/news/*'", true, &[][..]),
        ("path = '/sports/*'", false, &[]),
        ("media_type = '+xml'", false, &[]),
        ("method = 'GET'", true, &[]),
        ("method = ['POST', 'PUT']", false, &[]),
        ("host = 'www.example.com'", true, &[]),
        ("host = 'WWW.example.com:8443'", true, &[]),
        ("host = 'www.example.com:443'", false, &[]),
        ("host = '*.example.com'", true, &[]),
        ("host = 'example.com'", false, &[]),
        ("status = 404", true, &[]),
        ("status = ['2xx', 410]", false, &[]),
        ("status = '4xx'", true, &[]),
        ("query = 'x'", true, &[]),
        ("query = { x = '1', y = 'b *' }", true, &[]),
        ("query = { x = '2' }", false, &[]),
        ("query = { z = false }", true, &[]),
        ("header = { X-Beta = 'on' }", true, &["x-beta"]),
        ("header = { x-beta = ['off', 'o*'] }", true, &["x-beta"]),
        ("header = 'x-gamma'", false, &["x-gamma"]),
        ("cookie = { a = '1' }", true, cookie),
        ("cookie = { a = '2' }", false, cookie),
        ("cookie = 'b'", false, cookie),
        ("country = ['DE', 'at']", true, &["private, no-cache"]),
        ("country = 'CH'", false, &["private, no-cache"]),
        ("device = 'mobile'", true, device),
        ("device = 'desktop'", false, device),
        ("random = 0.1", false, cookie),
        ("random = 0.100001", true, cookie),
        ("not = { cookie = 'a' }", false, cookie),
        ("not = { cookie = 'a', query = 'z' }", true, &[]),
        ("any = [{ cookie = 'a' }, { query = 'x' }]", true, &[]),
        (
            "any = [{ header = 'x-a' }, { query = 'z' }]",
            false,
            &["x-a"],
        ),
        ("all = [{ cookie = 'a' }, { query = 'x' }]", true, cookie),
        // What cannot decide does not count.
        ("path = '/sports/*', cookie = 'a'", false, &[]),
        ("cookie = 'a', method = 'POST'", false, &[]),
        ("cookie = 'a', header = 'x-a'", false, &["x-a"]),
        ("all = [{ cookie = 'a' }, { status = 200 }]", false, &[]),
    ] {
        let expected = (
            Some(expected),
            depends.iter().map(ToString::to_string).collect(),
        );
        assert_eq!(judged(when, page), expected, "{when}");
    }
}

#[test]
fn what_is_not_known_of_a_response_leaves_a_condition_open() {
    let page = Page::default();
    for (when, expected) in [
        ("status = 404", None),
        ("not = { status = 404 }", None),
        ("status = 404, query = 'z'", Some(false)),
        ("any = [{ status = 404 }, { query = 'x' }]", Some(true)),
        ("any = [{ media_type = 'text/html' }]", None),
        ("media_type = 'text/html'", Some(true)),
    ] {
        assert_eq!(judged(when, page).0, expected, "{when}");
    }
}

#[test]
fn the_client_hint_counts_before_the_user_agent() {
    let device = |fields: &[(&'static str, &'static str)]| {
        let mut depends = Depends::default();
        let asked = asked("GET", fields);
        read("device = 'mobile'").holds(&asked, Page::default(), &mut depends)
    };
    let agent = ("user-agent", "Mobile");
    assert_eq!(device(&[("sec-ch-ua-mobile", "?0"), agent]), Some(false));
    assert_eq!(device(&[("sec-ch-ua-mobile", "?1")]), Some(true));
    assert_eq!(device(&[agent]), Some(true));
    assert_eq!(device(&[]), Some(false));
}

#[test]
fn a_fingerprint_tells_answers_apart_and_not_requests() {
    let print = |when: &str, fields| {
        let mut hasher = fnv::FnvHasher::default();
        read(when).fingerprint(&asked("GET", fields), &mut hasher);
        hasher.finish()
    };
    let when = "any = [{ cookie = { a = '1' } }, { header = 'x-beta' }]";
    assert_eq!(
        print(when, &[("cookie", "a=2")]),
        print(when, &[("cookie", "a=3")])
    );
    assert_ne!(
        print(when, &[("cookie", "a=1")]),
        print(when, &[("cookie", "a=2")])
    );
    assert_ne!(print(when, &[("x-beta", "")]), print(when, &[]));
    assert_ne!(
        print(when, &[("x-beta", "")]),
        print(when, &[("cookie", "a=1")])
    );
}

#[test]
fn a_condition_is_written_as_it_is_read() {
    let when = "path = \"/a\", media_type = \"+xml\", status = [\"404\", \"5xx\"], query.x = \"1\", \
                header.x-a = true, not = { method = \"GET\", cookie.b = false }, \
                any = [{ device = \"mobile\" }, { host = \"a.b\", random = 0.25 }]";
    let text = "path = '/a', media_type = '+xml', query = { x = '1' }, status = [404, '5xx'], \
                header = 'x-a', not = { method = 'GET', cookie = { b = false } }, \
                any = [{ device = 'mobile' }, { host = 'a.b', random = 0.25 }]";
    assert_eq!(read(text).to_string(), when);
}
