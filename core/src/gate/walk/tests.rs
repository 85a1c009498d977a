//! The walk beside the decision, for every combination of what rows look at.

use super::*;
use crate::gate::{decide, decide_representation};
use http::header;

const METHODS: [&str; 3] = ["GET", "HEAD", "POST"];
const STATUSES: [u16; 9] = [101, 200, 204, 206, 301, 304, 404, 416, 503];
const TYPES: [&str; 6] = [
    "",
    "image/png",
    "text/html",
    "text/html; charset=utf-16",
    "text/css; charset=none-such",
    "application/ld+json",
];
const CODINGS: [&str; 3] = ["", "gzip, br", "compress"];
const CONTROLS: [&str; 2] = ["", "no-transform"];
const CONFIGS: [&str; 6] = [
    "",
    "origin.public = 'https://www.example.com'",
    "gate.no_transform = 'ignore'",
    "map.scope = 'attributes'",
    "map.except = ['/x*']",
    "document.post_processors = ['preload-links']",
];

/// Calls `check` for every combination of what rows look at.
fn for_each(mut check: impl FnMut(&Gate, &Request<()>, &Response<()>)) {
    for config in CONFIGS {
        let text = format!("origin.url = 'https://o.example'\n{config}");
        let gate = Gate::from_toml(&text, "f").unwrap();
        for (method, uri) in METHODS
            .iter()
            .flat_map(|method| ["/x", "https://a.example/x"].map(|uri| (*method, uri)))
        {
            let request = Request::builder().method(method).uri(uri);
            let request = request.body(()).unwrap();
            for status in STATUSES {
                for media_type in TYPES {
                    for coding in CODINGS {
                        for control in CONTROLS {
                            let mut response = Response::new(());
                            *response.status_mut() = status.try_into().unwrap();
                            for (name, value) in [
                                (header::CONTENT_TYPE, media_type),
                                (header::CONTENT_ENCODING, coding),
                                (header::CACHE_CONTROL, control),
                            ] {
                                if !value.is_empty() {
                                    let value = value.parse().unwrap();
                                    response.headers_mut().insert(name, value);
                                }
                            }
                            check(&gate, &request, &response);
                        }
                    }
                }
            }
        }
    }
}

#[test]
fn a_walk_tries_each_row_up_to_the_one_that_decides() {
    let mut walks = 0;
    for_each(|gate, request, response| {
        let representation = Representation::of(response.headers());
        let is_known = gate.config().origin.public.is_some() || request.uri().host().is_some();
        let path = request.uri().path();
        let exchange = gate.exchange(request.method(), path, response, &representation, is_known);
        for asks_again in [false, true] {
            let walk = gate.walk(request, response, asks_again);
            let ruling = decide(&exchange, asks_again.then_some(()));
            let (decision, row) = match ruling {
                Ruling::Refetch(()) => (None, Reason::Partial),
                Ruling::Final(decision) => (Some(decision), decision.reason),
            };
            assert_eq!(walk.decision, decision);
            let tried: Vec<_> = walk.rows.iter().map(|row| row.reason.row()).collect();
            let is_asked_for_head = decision.is_none();
            let expected = (1..=row.row()).filter(|row| *row != 2 || !is_asked_for_head);
            assert_eq!(
                tried,
                expected.collect::<Vec<_>>(),
                "{request:?} {response:?}"
            );
            let matched = walk.rows.iter().filter(|row| row.matches);
            let matched: Vec<_> = matched.map(|row| row.reason).collect();
            assert_eq!(matched, [row]);
            assert_eq!(walk.rows.last().map(|row| row.reason), Some(row));
            if row == Reason::Bodiless {
                let as_get = decide_representation(&exchange).reason;
                assert_eq!(walk.as_get.last().map(|row| row.reason), Some(as_get));
            } else {
                assert_eq!(walk.as_get, []);
            }
            let rewrites = decision.is_some_and(|decision| decision.reason.rewrites());
            assert_eq!(walk.stages.is_empty(), !rewrites);
            walks += 1;
        }
    });
    assert!(walks > 10_000, "{walks}");
}

#[test]
fn the_stages_are_named_in_their_order() {
    let text = "
        origin.url = 'https://o.example'
        document.post_processors = ['preload-links']
        [[html]]
        select = 'p'
        remove = true
        when = { path = '/b' }
        [[html]]
        select = 'body'
        append = '<p>'
    ";
    let gate = Gate::from_toml(text, "f").unwrap();
    let request = Request::get("https://a.example/a").header("accept-encoding", "gzip");
    let response = Response::builder()
        .header("content-type", "text/html")
        .header("content-encoding", "gzip, br");
    let walk = gate.walk(
        &request.body(()).unwrap(),
        &response.body(()).unwrap(),
        false,
    );
    assert_eq!(
        walk.stages,
        [
            "decode br",
            "decode gzip",
            "map URLs",
            "remove integrity metadata",
            "structure rule 1: body",
            "post-process: preload-links",
            "encode gzip",
        ]
    );
}

#[test]
fn urls_are_counted_by_kind_and_by_escaping() {
    let gate = Gate::from_toml("origin.url = 'https://o.example.com'", "f").unwrap();
    let public = "https://www.example.com".parse().unwrap();
    let body = br#"<a href="https://o.example.com/a"> <a href="//o.example.com/"> 'o.example.com'
        "https:\/\/o.example.com\/" "http:\/\/o.example.com\/b" ?u=https%3A%2F%2Fo.example.com%2F
        "wss://o.example.com" https://other.example.com/ /^o\.example\.com$/"#;
    let counts = gate.count_urls(&public, body);
    let counts: Vec<_> = counts
        .iter()
        .map(|it| (it.kind.name(), it.escaping.as_str(), it.count))
        .collect();
    assert_eq!(
        counts,
        [
            ("https://host", "/", 1),
            ("//host", "/", 1),
            ("host", "/", 1),
            ("https://host", r"\/", 2),
            ("https://host", "%2F", 1),
            ("wss://host", "/", 1),
            ("host", r"\.", 1),
        ]
    );
    assert_eq!(gate.count_urls(&public, b"https://other.example.com/"), []);
}

#[test]
fn a_decoder_undoes_the_codings_alone() {
    let gate = Gate::from_toml("origin.url = 'https://o.example'", "f").unwrap();
    let body = crate::pipeline::encode::stages(&[Coding::Gzip]).unwrap();
    let body = Pipeline::new(body)
        .run_to_vec(b"https://o.example/")
        .unwrap();
    let coded = |coding: &str| {
        let response = Response::builder().header("content-encoding", coding);
        gate.decoder(&response.body(()).unwrap())
    };
    let decoder = coded("gzip").unwrap();
    assert_eq!(decoder.run_to_vec(&body).unwrap(), b"https://o.example/");
    assert!(coded("compress").is_none());
}
