//! The truth table, row by row, boundaries included; then the behaviours that users count on, by
//! name.

use http::HeaderValue;

use super::*;
use Outcome::{Bodiless, Buffered, PassThrough, Stream};

/// One exchange, as a row of a table describes it.
#[derive(Clone)]
struct Case {
    method: Method,
    status: u16,
    response: Vec<(&'static str, &'static str)>,
    config: GateConfig,
    public_host_known: bool,
    html_only: bool,
    excepted: bool,
    post_processed: bool,
    can_refetch: bool,
}

fn get(status: u16, response: &[(&'static str, &'static str)]) -> Case {
    Case {
        method: Method::GET,
        status,
        response: response.to_vec(),
        config: GateConfig {
            processable: [
                "text/html",
                "text/css",
                "application/json",
                "+json",
                "image/svg+xml",
            ]
            .map(str::to_owned)
            .to_vec(),
            no_transform: NoTransform::Respect,
            buffer_limit: 1024,
            public_hosts: None,
            ..GateConfig::default()
        },
        public_host_known: true,
        html_only: false,
        excepted: false,
        post_processed: false,
        can_refetch: true,
    }
}

impl Case {
    fn method(mut self, method: Method) -> Self {
        self.method = method;
        self
    }

    fn without_public_host(mut self) -> Self {
        self.public_host_known = false;
        self
    }

    fn post_processed(mut self) -> Self {
        self.post_processed = true;
        self
    }

    fn html_only(mut self) -> Self {
        self.html_only = true;
        self
    }

    fn excepted(mut self) -> Self {
        self.excepted = true;
        self
    }

    fn refetched(mut self) -> Self {
        self.can_refetch = false;
        self
    }

    fn ignoring_no_transform(mut self) -> Self {
        self.config.no_transform = NoTransform::Ignore;
        self
    }

    fn ruling(&self) -> Ruling<()> {
        let mut response = Response::builder().status(self.status).body(()).unwrap();
        for (name, value) in &self.response {
            response
                .headers_mut()
                .append(*name, HeaderValue::from_static(value));
        }
        let exchange = Exchange {
            method: &self.method,
            response: &response,
            representation: &Representation::of(response.headers()),
            config: &self.config,
            public_host_known: self.public_host_known,
            html_only: self.html_only,
            excepted: self.excepted,
            post_processed: self.post_processed,
        };
        decide(&exchange, self.can_refetch.then_some(()))
    }

    fn decide(&self) -> Decision {
        match self.ruling() {
            Ruling::Final(decision) => decision,
            Ruling::Refetch(()) => panic!("asked again: {:?}", self.response),
        }
    }
}

const HTML: (&str, &str) = ("content-type", "text/html; charset=utf-8");
const CSS: (&str, &str) = ("content-type", "text/css");
const PNG: (&str, &str) = ("content-type", "image/png");
const GZIP: (&str, &str) = ("content-encoding", "gzip");
const NO_TRANSFORM: (&str, &str) = ("cache-control", "public, No-Transform");
const UTF16: (&str, &str) = ("content-type", "text/html; charset=utf-16");

#[test]
fn the_truth_table_row_by_row() {
    let unknown_coding = ("content-encoding", "compress");
    let table = [
        // 1: the connection leaves HTTP, whatever else the head says.
        (1, PassThrough, get(101, &[])),
        (
            1,
            PassThrough,
            get(101, &[HTML, NO_TRANSFORM]).without_public_host(),
        ),
        // 2: bodiless, whatever else the head says.
        (2, Bodiless, get(200, &[HTML]).method(Method::HEAD)),
        (2, Bodiless, get(200, &[PNG]).method(Method::HEAD)),
        (2, Bodiless, get(404, &[HTML]).method(Method::HEAD)),
        (2, Bodiless, get(204, &[])),
        (2, Bodiless, get(204, &[HTML]).without_public_host()),
        (2, Bodiless, get(205, &[PNG])),
        (2, Bodiless, get(304, &[HTML, NO_TRANSFORM])),
        // 3: not processable, 2xx.
        (3, PassThrough, get(200, &[PNG])),
        (3, PassThrough, get(200, &[])),
        (3, PassThrough, get(200, &[("content-type", "nonsense")])),
        (3, PassThrough, get(200, &[HTML, PNG])),
        (3, PassThrough, get(201, &[PNG])),
        (3, PassThrough, get(206, &[PNG])),
        (
            3,
            PassThrough,
            get(206, &[("content-type", "multipart/byteranges; boundary=x")]),
        ),
        (3, PassThrough, get(299, &[PNG])),
        (
            3,
            PassThrough,
            get(200, &[PNG, NO_TRANSFORM, unknown_coding]).without_public_host(),
        ),
        (3, PassThrough, get(200, &[CSS]).html_only()),
        (3, PassThrough, get(200, &[HTML]).excepted()),
        (
            3,
            PassThrough,
            get(200, &[HTML]).excepted().post_processed(),
        ),
        (12, Stream, get(200, &[HTML]).html_only()),
        // 4: not processable, not 2xx.
        (4, Buffered, get(300, &[PNG])),
        (4, Buffered, get(302, &[])),
        (4, Buffered, get(404, &[PNG])),
        (4, Buffered, get(416, &[PNG])),
        (
            4,
            Buffered,
            get(599, &[PNG, NO_TRANSFORM]).without_public_host(),
        ),
        // 5: no-transform.
        (5, PassThrough, get(200, &[HTML, NO_TRANSFORM])),
        (5, PassThrough, get(500, &[HTML, NO_TRANSFORM])),
        (5, PassThrough, get(206, &[HTML, NO_TRANSFORM])),
        (
            5,
            PassThrough,
            get(200, &[HTML, NO_TRANSFORM]).without_public_host(),
        ),
        (
            12,
            Stream,
            get(200, &[HTML, NO_TRANSFORM]).ignoring_no_transform(),
        ),
        (
            12,
            Stream,
            get(200, &[HTML, ("cache-control", "no-transformer")]),
        ),
        // 6: the public host is unknown.
        (6, Buffered, get(200, &[HTML]).without_public_host()),
        (
            6,
            Buffered,
            get(404, &[HTML, unknown_coding]).without_public_host(),
        ),
        (6, Buffered, get(206, &[UTF16]).without_public_host()),
        // 7: a coding that cannot be decoded.
        (7, PassThrough, get(200, &[HTML, unknown_coding])),
        (
            7,
            PassThrough,
            get(200, &[HTML, ("content-encoding", "gzip, aes128gcm")]),
        ),
        (7, PassThrough, get(500, &[UTF16, unknown_coding])),
        // 8: a charset that is no superset of ASCII.
        (8, PassThrough, get(200, &[UTF16])),
        (8, PassThrough, get(206, &[UTF16])),
        (
            8,
            PassThrough,
            get(404, &[("content-type", "text/html;charset=iso-2022-jp")]),
        ),
        (
            8,
            PassThrough,
            get(200, &[("content-type", "text/html;charset=unheard-of")]),
        ),
        // 9: a part.
        (9, PassThrough, get(206, &[HTML]).refetched()),
        // 10: processable, not 2xx.
        (10, Buffered, get(300, &[HTML])),
        (10, Buffered, get(404, &[HTML, GZIP])),
        (10, Buffered, get(503, &[HTML]).post_processed()),
        // 11: HTML for a document post-processor.
        (11, Buffered, get(200, &[HTML]).post_processed()),
        (12, Stream, get(200, &[CSS]).post_processed()),
        // 12: the rest.
        (12, Stream, get(200, &[HTML])),
        (12, Stream, get(200, &[HTML, GZIP])),
        (
            12,
            Stream,
            get(200, &[HTML, ("content-encoding", "gzip, br")]),
        ),
        (12, Stream, get(203, &[CSS])),
        (
            12,
            Stream,
            get(200, &[("content-type", "application/ld+json")]),
        ),
        (
            12,
            Stream,
            get(200, &[("content-type", "text/html;charset=windows-1252")]),
        ),
        (12, Stream, get(200, &[HTML]).method(Method::POST)),
    ];
    for (row, outcome, case) in table {
        let decision = case.decide();
        let what = format!("{} {} {:?}", case.method, case.status, case.response);
        assert_eq!(
            (decision.reason.row(), decision.outcome),
            (row, outcome),
            "{what}: {decision}"
        );
        assert!(!decision.over_limit, "{what}");
    }
}

#[test]
fn a_part_of_what_must_be_whole_is_asked_for_again() {
    for method in [Method::GET, Method::HEAD] {
        let part = get(206, &[HTML]).method(method);
        assert_eq!(part.ruling(), Ruling::Refetch(()));
        assert_eq!(part.ruling().to_string(), "refetch; row=9; reason=partial");
    }
    let insisted = get(206, &[HTML]).method(Method::HEAD).refetched();
    assert_eq!(insisted.decide().reason, Reason::Bodiless);
}

#[test]
fn over_the_limit_each_buffering_row_has_its_second_choice() {
    let table = [
        (get(404, &[PNG]), PassThrough, true),
        (get(200, &[HTML]).without_public_host(), PassThrough, true),
        (get(404, &[HTML]), Stream, true),
        (get(200, &[HTML]).post_processed(), Stream, true),
        (get(304, &[HTML]), Bodiless, false),
        (get(200, &[HTML]), Stream, false),
        (get(200, &[PNG]), PassThrough, false),
    ];
    for (case, outcome, over_limit) in table {
        let decision = case.decide();
        let over = decision.over_limit();
        assert_eq!(
            (over.outcome, over.over_limit, over.reason),
            (outcome, over_limit, decision.reason),
            "{decision}"
        );
    }
}

#[test]
fn a_non_processable_success_passes_through() {
    assert_eq!(get(200, &[PNG]).decide().outcome, PassThrough);
}

#[test]
fn a_non_processable_error_stays_buffered() {
    assert_eq!(get(404, &[PNG]).decide().outcome, Buffered);
}

#[test]
fn html_is_streamed_and_never_passed_through() {
    for status in [200, 201, 203] {
        assert_eq!(get(status, &[HTML]).decide().outcome, Stream);
    }
}

#[test]
fn a_204_has_no_body() {
    assert_eq!(get(204, &[PNG]).decide().outcome, Bodiless);
}

#[test]
fn pass_through_applies_with_an_empty_request_host() {
    assert_eq!(
        get(200, &[PNG]).without_public_host().decide().outcome,
        PassThrough
    );
}

#[test]
fn a_decision_reads_as_a_structured_field() {
    assert_eq!(
        get(200, &[HTML]).decide().to_string(),
        "stream; row=12; reason=processable"
    );
    assert_eq!(
        get(204, &[]).decide().to_string(),
        "buffered; row=2; reason=bodiless"
    );
    let over = get(404, &[PNG]).decide().over_limit();
    assert_eq!(
        over.to_string(),
        "pass-through; row=4; reason=not-processable-error; over-limit"
    );
}
