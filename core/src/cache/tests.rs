//! Tests of what may be stored, and of what a client gets of it.

use std::time::Duration;

use http::{HeaderValue, Method, Response, StatusCode};

use super::*;
use crate::config::CacheConfig;
use crate::gate::{Decision, Outcome, Reason};

/// When the responses of these tests are received.
const RECEIVED: Duration = Duration::from_secs(1_800_000_000);

fn head(fields: &[(&'static str, &str)]) -> HeaderMap {
    let mut head = HeaderMap::new();
    for (name, value) in fields {
        head.append(*name, HeaderValue::try_from(*value).unwrap());
    }
    head
}

fn after(seconds: u64) -> Duration {
    RECEIVED + Duration::from_secs(seconds)
}

fn terms_for(
    (method, request): (&Method, &HeaderMap),
    status: u16,
    response: &HeaderMap,
    config: &CacheConfig,
) -> Result<Terms, &'static str> {
    let received = Received {
        method,
        request,
        status: StatusCode::from_u16(status).unwrap(),
        response,
        asked: RECEIVED,
        received: RECEIVED,
    };
    received.terms(config)
}

/// Returns a stored page with these fields, and those that it has always.
fn stored(fields: &[(&'static str, &str)]) -> StoredResponse {
    let head = head(fields);
    let terms = terms_for(
        (&Method::GET, &HeaderMap::new()),
        200,
        &head,
        &CacheConfig::default(),
    );
    let mut response = Response::new(());
    *response.headers_mut() = head;
    let decision = Decision {
        outcome: Outcome::PassThrough,
        reason: Reason::NotProcessable,
        over_limit: false,
    };
    StoredResponse::new(&response, terms.unwrap(), decision, &[], Lacks::default())
}

#[test]
fn a_response_is_stored_if_its_head_lets_a_shared_cache_do_so() {
    const FRESH: (&str, &str) = ("cache-control", "max-age=60");
    let get = Method::GET;
    let nothing: &[(&str, &str)] = &[];
    let basic: &[(&str, &str)] = &[("authorization", "Basic x")];
    type Case<'a> = (
        &'a Method,
        &'a [(&'static str, &'a str)],
        u16,
        &'a [(&'static str, &'a str)],
        Result<(), &'static str>,
    );
    let cases: &[Case<'_>] = &[
        (&get, nothing, 200, &[FRESH], Ok(())),
        (&get, nothing, 404, &[FRESH], Ok(())),
        (&get, nothing, 599, &[FRESH], Ok(())),
        (&get, nothing, 206, &[FRESH], Err("status")),
        (&get, nothing, 304, &[FRESH], Err("status")),
        (&Method::HEAD, nothing, 200, &[FRESH], Err("method")),
        (&Method::POST, nothing, 200, &[FRESH], Err("method")),
        (
            &get,
            nothing,
            200,
            &[("cache-control", "no-store, max-age=60")],
            Err("no-store"),
        ),
        (
            &get,
            nothing,
            200,
            &[("cache-control", "private, max-age=60")],
            Err("private"),
        ),
        (
            &get,
            nothing,
            200,
            &[("cache-control", "private=\"x-a\", max-age=60")],
            Ok(()),
        ),
        (
            &get,
            nothing,
            200,
            &[FRESH, ("set-cookie", "a=1")],
            Err("set-cookie"),
        ),
        (
            &get,
            nothing,
            200,
            &[("cache-control", "public"), ("set-cookie", "a=1")],
            Err("set-cookie"),
        ),
        (&get, basic, 200, &[FRESH], Err("authorization")),
        (
            &get,
            basic,
            200,
            &[("cache-control", "s-maxage=60")],
            Ok(()),
        ),
        (
            &get,
            basic,
            200,
            &[("cache-control", "public, max-age=60")],
            Ok(()),
        ),
        (
            &get,
            basic,
            200,
            &[("cache-control", "must-revalidate, max-age=60")],
            Ok(()),
        ),
        (
            &get,
            &[("cache-control", "no-store")],
            200,
            &[FRESH],
            Err("request-no-store"),
        ),
        (&get, nothing, 200, &[], Err("no-freshness")),
        (&get, nothing, 200, &[("etag", "\"a\"")], Ok(())),
        (
            &get,
            nothing,
            599,
            &[("etag", "\"a\"")],
            Err("no-freshness"),
        ),
        (
            &get,
            nothing,
            599,
            &[("cache-control", "must-understand, max-age=60")],
            Err("must-understand"),
        ),
        (
            &get,
            nothing,
            200,
            &[("cache-control", "must-understand, no-store, max-age=60")],
            Ok(()),
        ),
    ];
    for (method, request, status, response, expected) in cases {
        let terms = terms_for(
            (method, &head(request)),
            *status,
            &head(response),
            &CacheConfig::default(),
        );
        assert_eq!(
            terms.map(drop),
            *expected,
            "{method} {request:?} {status} {response:?}"
        );
    }
}

#[test]
fn a_response_is_kept_for_those_who_take_it_stale_and_to_be_validated() {
    let terms = stored(&[("cache-control", "max-age=60, must-revalidate")]).terms;
    assert_eq!(terms.useful_for(), Duration::from_secs(60));
    let terms = stored(&[("cache-control", "max-age=60")]).terms;
    assert_eq!(terms.useful_for(), Duration::from_secs(360));
    assert_eq!(terms.fresh_for(after(59)), Ok(Duration::from_secs(1)));
    assert_eq!(terms.fresh_for(after(60)), Err(Duration::ZERO));
    let validated = stored(&[("cache-control", "no-cache"), ("etag", "\"a\"")]).terms;
    assert_eq!(validated.useful_for(), Duration::from_secs(86_400));
}

#[test]
fn what_is_stale_is_used_only_in_the_time_that_the_response_or_the_configuration_gives() {
    let config = CacheConfig {
        stale_while_revalidate: Some(Duration::from_secs(7)),
        stale_if_error: Some(Duration::from_secs(8)),
        ..CacheConfig::default()
    };
    let request = (&Method::GET, &HeaderMap::new());
    let cases = [
        ("max-age=60", (7, 8)),
        (
            "max-age=60, stale-while-revalidate=1, stale-if-error=2",
            (1, 2),
        ),
        ("max-age=60, stale-if-error=x", (7, 8)),
        ("max-age=60, must-revalidate, stale-if-error=2", (0, 0)),
        ("max-age=60, proxy-revalidate, stale-if-error=2", (0, 0)),
        ("no-cache, stale-if-error=2", (0, 0)),
        ("s-maxage=60", (0, 0)),
        ("s-maxage=60, stale-while-revalidate=1", (1, 0)),
    ];
    for (control, (revalidate, error)) in cases {
        let response = head(&[("cache-control", control), ("etag", "\"a\"")]);
        let terms = terms_for(request, 200, &response, &config).unwrap();
        let windows = (terms.while_revalidate.as_secs(), terms.if_error.as_secs());
        assert_eq!(windows, (revalidate, error), "{control}");
    }
}

#[test]
fn a_request_gets_what_it_may_and_what_it_wants() {
    const CONTROL: &str = "max-age=60, stale-while-revalidate=30";
    let seconds = Duration::from_secs;
    let cases: &[(&str, u64, Use)] = &[
        ("", 10, Use::Fresh(seconds(50))),
        ("", 70, Use::WhileRevalidate(seconds(10))),
        ("", 90, Use::Expired),
        ("no-cache", 10, Use::Request),
        ("max-age=10", 10, Use::Request),
        ("max-age=11", 10, Use::Fresh(seconds(50))),
        ("min-fresh=51", 10, Use::Request),
        ("min-fresh=50", 10, Use::Fresh(seconds(50))),
        ("max-stale", 500, Use::Stale(seconds(440))),
        ("max-stale=440", 500, Use::Stale(seconds(440))),
        ("max-stale=439", 500, Use::Expired),
        ("max-stale, max-age=0", 500, Use::Expired),
        ("max-age=0", 70, Use::Expired),
    ];
    for (wishes, at, expected) in cases {
        let stored = stored(&[("cache-control", CONTROL)]);
        let request = head(&[("cache-control", wishes)]);
        let used = stored.usable(&request, after(*at), true);
        assert_eq!(used, *expected, "{wishes:?} after {at} s");
        let unheeded = stored.usable(&request, after(10), false);
        assert_eq!(unheeded, Use::Fresh(seconds(50)), "{wishes:?}");
    }
    let credentials = head(&[("authorization", "Basic x")]);
    let never = stored(&[("cache-control", CONTROL)]);
    assert_eq!(never.usable(&credentials, after(10), true), Use::Never);
    let shared = stored(&[("cache-control", "public, max-age=60")]);
    assert_eq!(
        shared.usable(&credentials, after(10), true),
        Use::Fresh(seconds(50))
    );
    let must = stored(&[
        ("cache-control", "max-age=60, must-revalidate"),
        ("etag", "\"a\""),
    ]);
    let wants = head(&[("cache-control", "max-stale")]);
    assert_eq!(must.usable(&wants, after(70), true), Use::Expired);
}

#[test]
fn a_part_is_one_range_of_bytes_that_there_are() {
    let fresh = ("cache-control", "max-age=60");
    let plain = stored(&[fresh, ("etag", "\"a\""), ("content-type", "image/png")]);
    type Case<'a> = (&'a [(&'static str, &'a str)], Part, Option<&'a str>);
    let cases: &[Case<'_>] = &[
        (
            &[("range", "bytes=2-4")],
            Part::Bytes { from: 2, to: 5 },
            Some("bytes 2-4/10"),
        ),
        (
            &[("range", "bytes=8-99")],
            Part::Bytes { from: 8, to: 10 },
            Some("bytes 8-9/10"),
        ),
        (
            &[("range", "bytes=7-")],
            Part::Bytes { from: 7, to: 10 },
            Some("bytes 7-9/10"),
        ),
        (
            &[("range", "bytes=-3")],
            Part::Bytes { from: 7, to: 10 },
            Some("bytes 7-9/10"),
        ),
        (
            &[("range", "bytes=-0")],
            Part::Unsatisfiable,
            Some("bytes */10"),
        ),
        (
            &[("range", "bytes=10-")],
            Part::Unsatisfiable,
            Some("bytes */10"),
        ),
        (&[("range", "bytes=4-2")], Part::Whole, None),
        (&[("range", "bytes=a-")], Part::Whole, None),
        (&[("range", "bytes=+1-2")], Part::Whole, None),
        (
            &[("range", "bytes=0-0"), ("if-range", "\"a\"")],
            Part::Bytes { from: 0, to: 1 },
            Some("bytes 0-0/10"),
        ),
        (
            &[("range", "bytes=0-0"), ("if-range", "\"b\"")],
            Part::Whole,
            None,
        ),
        (
            &[("range", "bytes=0-0"), ("if-none-match", "W/\"a\"")],
            Part::Nothing,
            None,
        ),
    ];
    for (request, expected, range) in cases {
        let (response, part) = plain.answer(&head(request), Some(10), after(1));
        assert_eq!(part, *expected, "{request:?}");
        let said = response.headers().get("content-range");
        assert_eq!(
            said.map(|value| value.to_str().unwrap()),
            *range,
            "{request:?}"
        );
        let status = match part {
            Part::Whole => 200,
            Part::Bytes { .. } => 206,
            Part::Nothing => 304,
            Part::Unsatisfiable => 416,
        };
        assert_eq!(response.status().as_u16(), status, "{request:?}");
    }
    let rewritten = stored(&[fresh, ("accept-ranges", "none")]);
    let (_, part) = rewritten.answer(&head(&[("range", "bytes=0-1")]), Some(10), after(1));
    assert_eq!(part, Part::Whole);
}

#[test]
fn what_has_no_date_of_change_has_changed_when_it_was_sent() {
    let mut image = stored(&[
        ("cache-control", "max-age=60"),
        ("date", "Fri, 15 Jan 2027 08:00:00 GMT"),
    ]);
    let request = head(&[("if-modified-since", "Fri, 15 Jan 2027 08:00:00 GMT")]);
    let status = |image: &StoredResponse| image.answer(&request, Some(10), after(1)).0.status();
    assert_eq!(status(&image), StatusCode::NOT_MODIFIED);
    image.decision.reason = Reason::Processable;
    assert_eq!(status(&image), StatusCode::OK);
}

#[test]
fn a_client_that_has_the_page_gets_a_304_without_the_fields_of_the_body() {
    let stored = stored(&[
        ("cache-control", "max-age=60"),
        ("etag", "W/\"a\""),
        ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT"),
        ("content-type", "text/html"),
    ]);
    let cases = [
        ("if-none-match", "\"a\"", 304),
        ("if-none-match", "\"x,y\", W/\"a\"", 304),
        ("if-none-match", "*", 304),
        ("if-none-match", "\"b\"", 200),
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:37 GMT", 304),
        ("if-modified-since", "Sun, 06 Nov 1994 08:49:36 GMT", 200),
        ("if-modified-since", "yesterday", 200),
    ];
    for (name, value, status) in cases {
        let (response, _) = stored.answer(&head(&[(name, value)]), Some(10), after(7));
        assert_eq!(response.status().as_u16(), status, "{name}: {value}");
        assert_eq!(response.headers()["age"], "7");
        assert_eq!(
            response.headers().contains_key("content-type"),
            status == 200
        );
    }
}

#[test]
fn a_304_renews_the_fields_that_it_carries_and_no_other() {
    let mut old = stored(&[
        ("cache-control", "max-age=60"),
        ("etag", "W/\"a\""),
        ("x-old", "1"),
        ("content-type", "text/html"),
        ("surrogate-key", "one"),
    ]);
    let update = head(&[
        ("cache-control", "max-age=90"),
        ("x-new", "2"),
        ("content-type", "image/png"),
        ("surrogate-key", "two three"),
        ("x-private", "3"),
    ]);
    let private = http::HeaderName::from_static("x-private");
    let renewed = old.renewed(&update, old.terms, &[private]);
    let value = |name| {
        renewed
            .head()
            .get(name)
            .map(|value| value.to_str().unwrap())
    };
    assert_eq!(value("cache-control"), Some("max-age=90"));
    assert_eq!(value("x-old"), Some("1"));
    assert_eq!(value("x-new"), Some("2"));
    assert_eq!(value("content-type"), Some("image/png"));
    assert_eq!(value("x-private"), None);
    assert_eq!(renewed.tags, ["two", "three"]);
    old.decision.reason = Reason::Processable;
    let rewritten = old.renewed(&update, old.terms, &[]);
    assert_eq!(rewritten.head()["content-type"], "text/html");
    assert!(old.is_meant_by(&update) && old.is_meant_by(&head(&[("etag", "\"a\"")])));
    assert!(!old.is_meant_by(&head(&[("etag", "\"b\"")])));
}

#[test]
fn cookies_that_are_ignored_are_not_personal() {
    let ignored = ["_ga*".to_owned(), "consent".to_owned()];
    for (cookie, expected) in [
        ("", false),
        ("_ga=1; _ga_X=2;consent=", false),
        ("_ga=1; session=2", true),
        ("nameless", true),
        (";;", false),
    ] {
        let request = head(&[("cookie", cookie)]);
        assert_eq!(
            has_personal_cookie(&request, &ignored),
            expected,
            "{cookie:?}"
        );
    }
}
