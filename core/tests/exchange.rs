//! Whole exchanges over an edge in memory: what the client sees, and what the origin is asked.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

#[allow(unreachable_pub, missing_docs, reason = "seen by this test alone")]
mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use streamgate::{Decision, FetchError, Outcome, Pipeline, Reason, Treatment, internals};
use support::{By, exchange, exchange_where_the_platform_decodes, gate, request, scripted};

const HTML: (&str, &str) = ("content-type", "text/html");
const PNG: (&str, &str) = ("content-type", "image/png");
const LINK: &str = "<a href=https://origin.example.com/a>";
const MAPPED: &str = "<a href=https://www.example.com/a>";

#[test]
fn an_image_passes_through_with_its_content_length() {
    let seen = exchange(&gate(""), request("GET", &[]), &|_| {
        Ok(scripted(
            200,
            &[
                PNG,
                ("content-length", "7"),
                ("etag", "\"a\""),
                ("accept-ranges", "bytes"),
            ],
            &["bin", "ary!"],
        ))
    });
    assert_eq!((seen.by, seen.text()), (By::Unmodified, "binary!"));
    assert_eq!(seen.field("content-length"), Some("7"));
    assert_eq!(seen.field("etag"), Some("\"a\""));
    assert_eq!(
        seen.field("streamgate"),
        Some("pass-through; row=3; reason=not-processable")
    );
}

#[test]
fn html_is_streamed_and_mapped_across_chunks() {
    let seen = exchange(&gate(""), request("GET", &[]), &|_| {
        Ok(scripted(
            200,
            &[HTML, ("content-length", "37"), ("etag", "\"a\"")],
            &["<a href=https://ori", "gin.example.com/a>"],
        ))
    });
    assert_eq!((seen.by, seen.text()), (By::Stream, MAPPED));
    assert_eq!(seen.field("content-length"), None);
    assert_eq!(seen.field("accept-ranges"), Some("none"));
    assert!(seen.field("etag").unwrap().starts_with("W/\"a~sg"));
}

#[test]
fn a_body_that_breaks_off_is_never_ended_cleanly() {
    for fields in [&[HTML][..], &[PNG]] {
        let seen = exchange(&gate(""), request("GET", &[]), &|_| {
            Ok(support::Scripted {
                breaks_off: true,
                ..scripted(200, fields, &["some"])
            })
        });
        assert!(!seen.complete, "{fields:?}");
    }
}

#[test]
fn a_buffered_body_that_breaks_off_becomes_a_502() {
    for fields in [&[HTML][..], &[PNG]] {
        let seen = exchange(&gate(""), request("GET", &[]), &|_| {
            Ok(support::Scripted {
                breaks_off: true,
                ..scripted(404, fields, &["some"])
            })
        });
        assert_eq!(
            (seen.by, seen.head.status().as_u16(), seen.complete),
            (By::Buffered, 502, true),
            "{fields:?}"
        );
    }
}

#[test]
fn a_part_of_a_page_is_asked_for_whole() {
    let seen = exchange(
        &gate(""),
        request("GET", &[("range", "bytes=0-9"), ("if-range", "\"a\"")]),
        &|request| {
            Ok(match request.headers().contains_key("range") {
                true => scripted(
                    206,
                    &[HTML, ("content-range", "bytes 0-9/37")],
                    &["<a href=ht"],
                ),
                false => scripted(200, &[HTML, ("accept-ranges", "bytes")], &[LINK]),
            })
        },
    );
    assert_eq!((seen.head.status().as_u16(), seen.text()), (200, MAPPED));
    assert_eq!(seen.field("accept-ranges"), Some("none"));
    assert_eq!(seen.requests.len(), 2);
    assert!(!seen.requests[1].headers().contains_key("if-range"));
}

#[test]
fn an_origin_that_insists_on_parts_is_asked_twice_and_no_more() {
    let seen = exchange(
        &gate(""),
        request("GET", &[("range", "bytes=0-9")]),
        &|_| Ok(scripted(206, &[HTML], &["part"])),
    );
    assert_eq!(
        (seen.requests.len(), seen.by, seen.text()),
        (2, By::Unmodified, "part")
    );
}

#[test]
fn a_part_in_answer_to_a_spent_request_body_passes_through() {
    let request =
        request("POST", &[("range", "bytes=0-9")]).map(|_| Some(Bytes::from_static(b"spent")));
    let seen = exchange(&gate(""), request, &|_| {
        Ok(scripted(206, &[HTML], &["part"]))
    });
    assert_eq!((seen.requests.len(), seen.by), (1, By::Unmodified));
}

#[test]
fn errors_are_buffered_with_an_exact_content_length() {
    let table = [
        (
            scripted(404, &[HTML], &[LINK]),
            MAPPED,
            "buffered; row=10; reason=processable-error",
        ),
        (
            scripted(404, &[PNG, ("content-length", "4")], &["pn", "g!"]),
            "png!",
            "buffered; row=4; reason=not-processable-error",
        ),
    ];
    for (response, body, explained) in table {
        let response = std::cell::Cell::new(Some(response));
        let seen = exchange(&gate(""), request("GET", &[]), &|_| {
            Ok(response.take().unwrap())
        });
        assert_eq!(
            (seen.by, seen.text(), seen.field("streamgate")),
            (By::Buffered, body, Some(explained))
        );
        assert_eq!(
            seen.field("content-length"),
            Some(body.len().to_string().as_str())
        );
    }
}

#[test]
fn what_reading_would_decode_is_not_read_unless_it_is_rewritten() {
    let coded = [("content-encoding", "br"), ("etag", "\"a\"")];
    for (type_, status, row) in [(PNG, 404, "4"), (HTML, 404, "10"), (HTML, 200, "12")] {
        let fields = [&[type_][..], &coded].concat();
        let origin = |_: &_| Ok(scripted(status, &fields, &[LINK]));
        let request = request("GET", &[]);
        let seen = exchange_where_the_platform_decodes("br", &gate(""), request, &origin);
        let expected = match row {
            "4" => (By::Unmodified, Some("br"), Some("\"a\"")),
            "10" => (By::Buffered, None, seen.field("etag")),
            _ => (By::Stream, None, seen.field("etag")),
        };
        let told = (seen.by, seen.field("content-encoding"), seen.field("etag"));
        assert_eq!(told, expected, "row {row}");
        let said = seen.field("streamgate").unwrap();
        assert!(said.contains(&format!("row={row};")), "{said}");
    }
}

#[test]
fn a_body_that_decodes_to_more_than_is_allowed_is_a_502_or_broken_off() {
    const LONG: &str = "<p>0123456789</p>";
    let coded = [HTML, ("content-encoding", "gzip")];
    for (limit, fits) in [(LONG.len(), true), (LONG.len() - 1, false)] {
        let gate = gate(&format!("[limits]\nmax_decoded = {limit}"));
        for status in [200, 404] {
            let coded_by_us = internals::encode::stages(&[internals::Coding::Gzip]).unwrap();
            let gzip = Pipeline::new(coded_by_us).run_to_vec(LONG.as_bytes());
            let gzip: &'static [u8] = gzip.unwrap().leak();
            let by_the_gate = exchange(&gate, request("GET", &[]), &|_| {
                let mut answer = scripted(status, &coded, &[]);
                answer.chunks = vec![gzip];
                Ok(answer)
            });
            let platform = |_: &_| Ok(scripted(status, &coded, &[LONG]));
            let by_the_platform =
                exchange_where_the_platform_decodes("gzip", &gate, request("GET", &[]), &platform);
            for seen in [by_the_gate, by_the_platform] {
                let expected = match (fits, status) {
                    (false, 404) => (502, true),
                    (_, status) => (status, fits),
                };
                let told = (seen.head.status().as_u16(), seen.complete);
                assert_eq!(told, expected, "{limit} {status}");
            }
        }
    }
}

#[test]
fn what_was_done_is_in_the_extensions_of_the_response() {
    let image = exchange(&gate(""), request("GET", &[]), &|_| {
        Ok(scripted(200, &[PNG], &["x"]))
    });
    let decided = Treatment::Decided(Decision {
        outcome: Outcome::PassThrough,
        reason: Reason::NotProcessable,
        over_limit: false,
    });
    assert_eq!(image.head.extensions().get(), Some(&decided));
    let late = exchange(&gate(""), request("GET", &[]), &|_| {
        Err(FetchError::Timeout("5 s".to_owned()))
    });
    let answered = Treatment::Answered("connection_timeout");
    assert_eq!(late.head.extensions().get(), Some(&answered));
}

#[test]
fn a_request_that_announces_too_long_a_body_is_not_sent_on() {
    let gate = gate("[limits]\nrequest_body = 10");
    for (length, status, asked) in [("10", 200, 1), ("11", 413, 0), ("99999999999", 413, 0)] {
        let count = AtomicUsize::new(0);
        let seen = exchange(
            &gate,
            request("POST", &[("content-length", length)]),
            &|_| {
                count.fetch_add(1, Ordering::Relaxed);
                Ok(scripted(200, &[PNG], &[]))
            },
        );
        let told = (seen.head.status().as_u16(), count.into_inner());
        assert_eq!(told, (status, asked), "{length}");
    }
}

#[test]
fn an_origin_that_has_enough_to_do_is_a_503_that_says_when_to_ask_again() {
    let seen = exchange(&gate(""), request("GET", &[]), &|_| {
        Err(FetchError::Overloaded("5 requests".to_owned()))
    });
    assert_eq!(seen.head.status(), 503);
    assert_eq!(seen.field("retry-after"), Some("1"));
}

#[test]
fn lengths_that_agree_become_one_and_those_that_differ_a_502() {
    for (method, type_) in [("GET", PNG), ("GET", HTML), ("HEAD", PNG)] {
        for (length, status) in [("3", 200), ("4", 502)] {
            let fields = [type_, ("content-length", "3"), ("content-length", length)];
            let seen = exchange(&gate(""), request(method, &[]), &|_| {
                Ok(scripted(200, &fields, &["abc"]))
            });
            assert_eq!(seen.head.status(), status, "{method} {type_:?} {length}");
            let lengths = seen.head.headers().get_all("content-length").iter();
            assert!(lengths.count() <= 1, "{method} {type_:?}");
        }
    }
}

#[test]
fn over_the_buffer_limit_nothing_is_lost() {
    let small = gate("buffer_limit = 8\n[document]\npost_processors = ['preload-links']");
    type Row = (
        u16,
        &'static [(&'static str, &'static str)],
        &'static str,
        By,
        &'static str,
    );
    let table: [Row; 6] = [
        (
            404,
            &[HTML],
            MAPPED,
            By::Stream,
            "stream; row=10; reason=processable-error; over-limit",
        ),
        (
            404,
            &[HTML, ("content-length", "37")],
            MAPPED,
            By::Stream,
            "stream; row=10; reason=processable-error; over-limit",
        ),
        (
            404,
            &[PNG],
            LINK,
            By::Stream,
            "pass-through; row=4; reason=not-processable-error; over-limit",
        ),
        (
            404,
            &[PNG, ("content-length", "37")],
            LINK,
            By::Unmodified,
            "pass-through; row=4; reason=not-processable-error; over-limit",
        ),
        (
            200,
            &[HTML],
            MAPPED,
            By::Stream,
            "stream; row=11; reason=post-processed; over-limit",
        ),
        (
            200,
            &[("content-type", "text/css")],
            MAPPED,
            By::Stream,
            "stream; row=12; reason=processable",
        ),
    ];
    for (status, fields, body, by, explained) in table {
        let seen = exchange(&small, request("GET", &[]), &|_| {
            Ok(scripted(
                status,
                fields,
                &["<a href=ht", "tps://origin.exam", "ple.com/a>"],
            ))
        });
        assert_eq!(
            (seen.by, seen.text(), seen.field("streamgate")),
            (by, body, Some(explained)),
            "{status} {fields:?}"
        );
        assert!(seen.complete);
    }
}

#[test]
fn head_gets_the_fields_that_get_would_have_had() {
    let origin_fields = [
        ("content-length", "37"),
        ("etag", "\"a\""),
        ("accept-ranges", "bytes"),
    ];
    let table = [
        (200, PNG, Some("37"), "bytes"),
        (404, PNG, Some("37"), "bytes"),
        (200, HTML, None, "none"),
        (404, HTML, None, "none"),
    ];
    for (status, media_type, length, ranges) in table {
        let fields: Vec<_> = origin_fields.into_iter().chain([media_type]).collect();
        let seen = exchange(&gate(""), request("HEAD", &[]), &|_| {
            Ok(scripted(status, &fields, &[]))
        });
        assert_eq!(
            (
                seen.by,
                seen.field("content-length"),
                seen.field("accept-ranges")
            ),
            (By::Buffered, length, Some(ranges))
        );
        assert_eq!(
            seen.field("streamgate"),
            Some("buffered; row=2; reason=bodiless")
        );
    }
}

#[test]
fn bodiless_statuses_have_the_framing_that_they_must() {
    for (status, length) in [(204, None), (205, Some("0")), (304, Some("9"))] {
        let seen = exchange(&gate(""), request("GET", &[]), &|_| {
            Ok(scripted(status, &[("content-length", "9")], &[]))
        });
        assert_eq!(
            (seen.by, seen.field("content-length"), seen.body.len()),
            (By::Buffered, length, 0),
            "{status}"
        );
    }
}

#[test]
fn a_page_is_confirmed_until_the_rules_change() {
    let origin = |request: &http::Request<()>| {
        let fields = [HTML, ("etag", "\"a\"")];
        let same = request
            .headers()
            .get("if-none-match")
            .is_some_and(|tag| tag == "\"a\"");
        Ok(if same {
            scripted(304, &fields[1..], &[])
        } else {
            scripted(200, &fields, &[LINK])
        })
    };
    let (one, two) = (gate(""), gate("[[html]]\nselect = 'a'\nremove = true"));
    let first = exchange(&one, request("GET", &[]), &origin);
    let etag = first.field("etag").unwrap();
    let again = exchange(&one, request("GET", &[("if-none-match", etag)]), &origin);
    assert_eq!(
        (again.head.status().as_u16(), again.field("etag")),
        (304, Some(etag))
    );
    let changed = exchange(&two, request("GET", &[("if-none-match", etag)]), &origin);
    assert_eq!(changed.head.status().as_u16(), 200);
    assert_ne!(changed.field("etag"), Some(etag));
}

#[test]
fn without_a_host_a_page_is_sent_as_it_is_and_an_image_passes_through() {
    let text = "[origin]\nurl = 'https://origin.example.com'\n[gate]\nexplain = true";
    let gate = streamgate::Gate::new(streamgate::Config::from_toml(text, "test").unwrap()).unwrap();
    let hostless = || {
        let mut request = request("GET", &[("host", "")]);
        *request.uri_mut() = "/page".parse().unwrap();
        request
    };
    let page = exchange(&gate, hostless(), &|_| {
        Ok(scripted(200, &[HTML, ("etag", "\"a\"")], &[LINK]))
    });
    assert_eq!(
        (page.by, page.text(), page.field("etag")),
        (By::Buffered, LINK, Some("\"a\""))
    );
    assert_eq!(
        page.field("streamgate"),
        Some("buffered; row=6; reason=public-host-unknown")
    );
    let image = exchange(&gate, hostless(), &|_| Ok(scripted(200, &[PNG], &["png"])));
    assert_eq!(image.by, By::Unmodified);
}

#[test]
fn faults_are_answered_with_the_status_that_they_deserve() {
    let table = [
        (
            FetchError::Connect("origin.example.com refused".into()),
            502,
            "connection_refused",
        ),
        (FetchError::Timeout("5 s".into()), 504, "connection_timeout"),
        (
            FetchError::ReadTimeout("nothing".into()),
            504,
            "connection_read_timeout",
        ),
        (
            FetchError::ExchangeTimeout("5 s".into()),
            504,
            "http_response_timeout",
        ),
        (
            FetchError::RequestBody("ended".into()),
            400,
            "http_request_error",
        ),
    ];
    for (error, status, name) in table {
        let seen = exchange(&gate(""), request("GET", &[]), &|_| Err(error.clone()));
        assert_eq!(
            (seen.by, seen.head.status().as_u16()),
            (By::Buffered, status)
        );
        assert_eq!(
            seen.field("proxy-status"),
            Some(format!("streamgate; error={name}").as_str())
        );
        assert!(seen.text().contains(error.told()) && !seen.text().contains("origin.example.com"));
    }
    let seen = exchange(
        &gate(""),
        request("GET", &[("host", "a"), ("host", "b")]),
        &|_| unreachable!(),
    );
    assert_eq!(seen.head.status().as_u16(), 400);
    let upgrade = [("connection", "upgrade"), ("upgrade", "websocket")];
    let seen = exchange(&gate(""), request("GET", &upgrade), &|_| unreachable!());
    assert_eq!(seen.head.status().as_u16(), 501);
    let seen = exchange(&gate(""), request("GET", &[]), &|_| {
        Ok(scripted(101, &[], &[]))
    });
    assert_eq!(seen.head.status().as_u16(), 502);
}

#[test]
fn a_redirect_leads_to_the_public_host() {
    let seen = exchange(&gate(""), request("GET", &[]), &|_| {
        Ok(scripted(
            302,
            &[("location", "https://origin.example.com/b")],
            &[],
        ))
    });
    assert_eq!(
        (seen.head.status().as_u16(), seen.field("location")),
        (302, Some("https://www.example.com/b"))
    );
}

/// An extension of a head, which counts the clones of the head.
#[derive(Default)]
struct Clones(Arc<AtomicUsize>);

impl Clone for Clones {
    fn clone(&self) -> Self {
        self.0.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(&self.0))
    }
}

#[test]
fn a_head_is_cloned_only_where_it_may_be_sent_twice() {
    let range = ("range", "bytes=0-4");
    for (method, asked, status, answered, clones) in [
        ("GET", &[][..], 200, HTML, 0),
        ("GET", &[], 200, PNG, 0),
        ("GET", &[], 404, HTML, 0),
        ("GET", &[("if-none-match", "\"a\"")], 304, HTML, 0),
        ("HEAD", &[("connection", "keep-alive")], 200, HTML, 0),
        ("POST", &[range], 200, HTML, 0),
        ("GET", &[range], 206, PNG, 1),
        ("GET", &[range], 206, HTML, 1),
    ] {
        let (of_request, of_response) = (Clones::default(), Clones::default());
        let mut request = request(method, asked);
        request
            .extensions_mut()
            .insert(Clones(Arc::clone(&of_request.0)));
        let seen = exchange(&gate(""), request, &|_| {
            let mut scripted = scripted(status, &[answered, ("content-length", "5")], &["hello"]);
            let counter = Clones(Arc::clone(&of_response.0));
            scripted.head.extensions_mut().insert(counter);
            Ok(scripted)
        });
        let counts = [of_request, of_response].map(|clones| clones.0.load(Ordering::Relaxed));
        assert_eq!(
            counts,
            [clones, 0],
            "{method} {status} {}",
            seen.field("streamgate").unwrap()
        );
    }
}
