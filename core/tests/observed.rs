//! What an exchange tells of itself at its end, where core writes the line of the access log.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::cell::{Cell, RefCell};
use std::pin::pin;
use std::time::Duration;

use bytes::Bytes;
use futures::executor::block_on;
use futures::{StreamExt, stream};
use http::{Request, Response};
use serde_json::{Value, json};
use streamgate::{
    BodyError, ByteStream, Clock, Edge, FetchError, Gate, NoSubrequests, OriginConfig, Outbound,
};

/// A page of two URLs, on which `html[0]` acts twice.
const PAGE: &[&str] = &[
    "<p>https://o.example/a</p>",
    "<p>https://o.example/b</p> and more",
];

/// The trace that each request belongs to.
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

thread_local! {
    static NOW: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

fn passes(milliseconds: u64) {
    NOW.set(NOW.get() + Duration::from_millis(milliseconds));
}

/// What happens at the client's side of an exchange.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Client {
    Reads,
    LeavesAfterOneChunk,
    /// The platform tells that the client has left where the origin's body would go on.
    IsToldToHaveLeft,
    CannotBeAnswered,
}

/// A platform whose time passes where it is told to: 10 ms for the origin's head, 5 ms before each
/// chunk.
struct Platform<'a> {
    client: Client,
    head: &'a dyn Fn() -> Result<Response<()>, FetchError>,
    chunks: &'a [&'static str],
    breaks_off: bool,
}

type Chunks = stream::Iter<std::vec::IntoIter<Result<Bytes, BodyError>>>;

impl Edge for Platform<'_> {
    type RequestBody = ();
    type RequestStream = Chunks;
    type Body = ();
    type Stream = Chunks;
    type Sent = Response<()>;
    type SendError = ();
    type Subrequests = NoSubrequests;

    fn clock(&self) -> Option<Clock> {
        Some(Clock {
            elapsed: || NOW.get(),
            since_epoch: || Duration::from_secs(1_700_000_000),
        })
    }

    fn access_log(&self) -> Option<fn(&str)> {
        Some(|line| LINES.with_borrow_mut(|lines| lines.push(line.to_owned())))
    }

    async fn fetch(
        &self,
        _: &OriginConfig,
        _: Request<Option<Outbound<Self>>>,
    ) -> Result<Response<()>, FetchError> {
        passes(10);
        (self.head)()
    }

    fn receive(&self, (): ()) -> Chunks {
        stream::iter(Vec::new())
    }

    fn read(&self, (): ()) -> Chunks {
        let chunks = self.chunks.iter().map(|chunk| Ok(Bytes::from(*chunk)));
        let end = match self.client {
            Client::IsToldToHaveLeft => Some(BodyError::incomplete(left())),
            _ if self.breaks_off => Some(BodyError::incomplete("gone")),
            _ => None,
        };
        let end = end.map(Err);
        stream::iter(chunks.chain(end).collect::<Vec<_>>())
    }

    async fn send_unmodified(self, response: Response<()>) -> Result<Response<()>, ()> {
        Ok(response)
    }

    async fn stream_to_client<S: ByteStream + 'static>(
        self,
        head: Response<()>,
        body: S,
    ) -> Result<Response<()>, ()> {
        if self.client == Client::CannotBeAnswered {
            return Err(());
        }
        let mut body = pin!(body);
        passes(5);
        while let Some(Ok(_)) = body.next().await {
            if self.client == Client::LeavesAfterOneChunk {
                break;
            }
            passes(5);
        }
        Ok(head)
    }

    async fn send_buffered(self, response: Response<Bytes>) -> Result<Response<()>, ()> {
        Ok(response.map(drop))
    }
}

fn left() -> FetchError {
    FetchError::ClientGone("it was cancelled".to_owned())
}

fn of_type(media_type: &'static str) -> impl Fn() -> Result<Response<()>, FetchError> {
    let head = move || Response::builder().header("content-type", media_type);
    move || Ok(head().body(()).unwrap())
}

/// Serves a request for `/a?secret`, and returns the head of the answer and the line.
fn served(platform: Platform<'_>, rules: &str) -> (Option<Response<()>>, Value) {
    let config = format!(
        "origin.url = 'https://o.example'\norigin.public = 'https://www.example.com'\n\
         gate.server_timing = true\naccess_log.format = 'json'\n{rules}"
    );
    let gate = Gate::from_toml(&config, "streamgate.toml").unwrap();
    let request = Request::get("http://www.example.com/a?secret");
    let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
    let request = request.header("traceparent", parent).body(None);
    let answered = block_on(streamgate::serve(platform, &gate, request.unwrap()));
    let lines = LINES.take();
    let [line] = &lines[..] else {
        panic!("not one line: {lines:?}");
    };
    assert!(!line.contains("secret"), "{line}");
    (answered.ok(), serde_json::from_str(line).unwrap())
}

const RULE: &str =
    "[[html]]\nselect = 'p'\nset = { id = 'a' }\n[[html]]\nselect = 'h1'\nunwrap = true";

fn assert_has(line: &Value, expected: &Value) {
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&line[key], value, "{key}: {line}");
    }
}

#[test]
fn a_page_that_is_streamed_has_all_on_its_line() {
    let page = of_type("text/html");
    let platform = Platform {
        client: Client::Reads,
        head: &page,
        chunks: PAGE,
        breaks_off: false,
    };
    let (head, line) = served(platform, RULE);
    let head = head.unwrap();
    let timing = &head.headers()["server-timing"];
    assert_eq!(timing, "origin;dur=10.0, gate;desc=\"stream 12\"");
    let expected = json!({
        "time": "2023-11-14T22:13:20.000Z", "client": null, "method": "GET", "path": "/a",
        "protocol": "HTTP/1.1", "status": 200, "sent": 87, "received": null, "head": 0.01,
        "first_byte": 0.015, "duration": 0.02, "decision": "stream", "row": 12,
        "reason": "processable", "error": null, "origin_status": 200, "origin_head": 0.01,
        "origin_sent": 61, "urls": 2,
        "rules": {"html[0]": 2}, "fragments": {}, "trace_id": TRACE,
    });
    assert_has(&line, &expected);
    let keys = line.as_object().unwrap().len();
    assert_eq!(keys, expected.as_object().unwrap().len());
}

#[test]
fn however_a_response_ends_its_line_says_so() {
    let (page, image) = (of_type("text/html"), of_type("image/png"));
    let failing = || Err(FetchError::Timeout("no head".to_owned()));
    let leaving = || Err(left());
    let not_found = || {
        let head = Response::builder().status(404);
        Ok(head.header("content-type", "text/html").body(()).unwrap())
    };
    let platform = |client, head, breaks_off| Platform {
        client,
        head,
        chunks: PAGE,
        breaks_off,
    };
    for (platform, expected) in [
        (
            platform(Client::LeavesAfterOneChunk, &page, false),
            json!({"error": "client_gone", "urls": 2, "rules": {"html[0]": 2}}),
        ),
        (
            platform(Client::Reads, &page, true),
            json!({"error": "response_unfinished", "urls": 2, "origin_sent": 61}),
        ),
        (
            platform(Client::IsToldToHaveLeft, &page, false),
            json!({"error": "client_gone", "status": 200, "urls": 2, "origin_sent": 61}),
        ),
        (
            platform(Client::IsToldToHaveLeft, &not_found, false),
            json!({"error": "client_gone", "status": null, "decision": "none", "sent": 0,
                   "first_byte": null}),
        ),
        (
            platform(Client::Reads, &leaving, false),
            json!({"error": "client_gone", "status": null, "decision": "none", "sent": 0,
                   "trace_id": TRACE}),
        ),
        (
            platform(Client::CannotBeAnswered, &page, false),
            json!({"error": "proxy_internal_error", "status": null, "head": null, "sent": 0,
                   "urls": 0, "rules": {}}),
        ),
        (
            platform(Client::Reads, &image, false),
            json!({"error": null, "decision": "pass-through", "row": 3, "status": 200,
                   "sent": null, "origin_sent": null, "first_byte": null}),
        ),
        (
            platform(Client::Reads, &not_found, false),
            json!({"error": null, "decision": "buffered", "row": 10, "status": 404, "sent": 87,
                   "origin_status": 404, "origin_sent": 61, "urls": 2, "first_byte": 0.01}),
        ),
        (
            platform(Client::Reads, &failing, false),
            json!({"error": "connection_timeout", "decision": "gate", "status": 504, "row": null,
                   "reason": "connection_timeout", "origin_status": null, "origin_head": 0.01,
                   "origin_sent": null}),
        ),
    ] {
        assert_has(&served(platform, RULE).1, &expected);
    }
}

#[test]
fn a_rule_of_the_documents_head_or_body_acts_once_wherever_it_acts() {
    let page = of_type("text/html");
    let rules = "[[html]]\nselect = 'head'\nprepend = 'a'\nappend = 'b'\n\
         [[html]]\nselect = 'body'\nprepend = 'c'\nappend = 'd'\n\
         [[html]]\nselect = 'body'\nappend = 'e'\n\
         [[html]]\nselect = 'b'\nonce = true\nremove = true\n\
         [[html]]\nselect = 'i'\nremove = true\n";
    let all = json!({"html[0]": 1, "html[1]": 1, "html[2]": 1});
    for (body, expected) in [
        ("<p>x", all.clone()),
        ("<html><head></head><body>x</body></html>", all.clone()),
        ("<body>x<body id=a>", all),
        ("", json!({})),
        (
            "<b>x</b><b>y</b><i>z<i>z</i></i><i></i>",
            json!({"html[0]": 1, "html[1]": 1, "html[2]": 1, "html[3]": 1, "html[4]": 2}),
        ),
    ] {
        let platform = Platform {
            client: Client::Reads,
            head: &page,
            chunks: &[body],
            breaks_off: false,
        };
        let line = served(platform, rules).1;
        assert_eq!(line["rules"], expected, "{body}");
    }
}
