//! What `host.js` makes of the runtime's streams and heads.

#![allow(clippy::unwrap_used)] // A panic is how a test fails.

use bytes::Bytes;
use futures::{FutureExt, StreamExt};
use http::{HeaderMap, HeaderName, HeaderValue};
use js_sys::Uint8Array;
use streamgate::{BodyError, FetchError};
use streamgate_js_http::{Source, from_text, read};
use wasm_bindgen::prelude::*;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AbortController, AbortSignal, Headers, ReadableStream};

#[wasm_bindgen(module = "/src/host.js")]
extern "C" {
    #[wasm_bindgen(js_name = sourceOf)]
    fn source_of(stream: &ReadableStream, gone: &AbortSignal) -> Source;

    #[wasm_bindgen(js_name = fieldsOf)]
    fn fields_of(headers: &Headers) -> String;

    #[wasm_bindgen(catch, js_name = withFields)]
    fn with_fields(base: Option<&Headers>, wanted: &str) -> Result<Headers, JsValue>;
}

#[wasm_bindgen(inline_js = r#"
    // A body of the given chunks, which then ends, or fails with the message if there is one,
    // or stalls if it is empty.
    export function scripted(chunks, message) {
      let next = 0;
      const state = { cancelled: false };
      const stream = new ReadableStream({
        type: "bytes",
        pull(controller) {
          if (next < chunks.length) controller.enqueue(Uint8Array.from(chunks[next++]));
          else if (message === "") return new Promise(() => {});
          else if (message) controller.error(new Error(message));
          else { controller.close(); controller.byobRequest?.respond(0); }
        },
        cancel() { state.cancelled = true; },
      });
      stream.state = state;
      return stream;
    }
    export function cancelled(stream) { return stream.state.cancelled; }
"#)]
extern "C" {
    fn scripted(chunks: js_sys::Array, message: Option<&str>) -> ReadableStream;
    fn cancelled(stream: &ReadableStream) -> bool;
}

fn body(chunks: &[&[u8]], message: Option<&str>) -> ReadableStream {
    let chunks = chunks.iter().map(|chunk| Uint8Array::new_from_slice(chunk));
    scripted(chunks.collect(), message)
}

fn never() -> AbortSignal {
    AbortController::new().unwrap().signal()
}

#[wasm_bindgen_test]
async fn a_body_is_read_to_its_end_in_the_origins_chunks() {
    let big = vec![b'x'; 200_000];
    let stream = body(&[b"first", &big, b"last"], None);
    let stream = read(Some(source_of(&stream, &never())));
    let chunks: Vec<Bytes> = stream.map(Result::unwrap).collect().await;
    assert_eq!(chunks[0], "first");
    assert!(chunks.iter().all(|chunk| chunk.len() <= 65536));
    assert_eq!(chunks.concat(), [b"first", &big[..], b"last"].concat());
}

#[wasm_bindgen_test]
async fn a_body_that_breaks_off_ends_with_an_error() {
    let stream = body(&[b"half"], Some("connection lost"));
    let mut stream = read(Some(source_of(&stream, &never())));
    assert_eq!(stream.next().await.unwrap().unwrap(), "half");
    let error = stream.next().await.unwrap().unwrap_err();
    assert_eq!(error.to_string(), "the body ended early: connection lost");
    assert!(stream.next().await.is_none());
}

#[wasm_bindgen_test]
async fn a_missing_body_is_empty() {
    assert!(read(None).next().await.is_none());
}

#[wasm_bindgen_test]
async fn a_body_that_is_dropped_is_cancelled() {
    let unread = body(&[b"x"], None);
    drop(read(Some(source_of(&unread, &never()))));
    assert!(cancelled(&unread));

    let half_read = body(&[b"x", b"y"], None);
    let mut stream = read(Some(source_of(&half_read, &never())));
    stream.next().await.unwrap().unwrap();
    drop(stream);
    assert!(cancelled(&half_read));
}

#[wasm_bindgen_test]
async fn a_body_that_stalls_is_cancelled_when_the_client_goes_away() {
    let stalled = body(&[], Some(""));
    let client = AbortController::new().unwrap();
    let mut stream = read(Some(source_of(&stalled, &client.signal())));
    assert!(stream.next().now_or_never().is_none());
    client.abort();
    let Err(BodyError::Incomplete(why)) = stream.next().await.unwrap() else {
        panic!("the body did not break off");
    };
    let why = why.downcast_ref::<FetchError>().unwrap();
    assert!(matches!(why, FetchError::ClientGone(_)), "{why}");
    assert!(cancelled(&stalled));
}

fn native(fields: &[(&str, &str)]) -> Headers {
    let headers = Headers::new().unwrap();
    for (name, value) in fields {
        headers.append(name, value).unwrap();
    }
    headers
}

fn map(fields: &[(&str, &str)]) -> HeaderMap {
    let mut map = HeaderMap::new();
    for &(name, value) in fields {
        let name: HeaderName = name.parse().unwrap();
        map.append(name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
    }
    map
}

fn changed(base: Option<&[(&str, &str)]>, wanted: &[(&str, &str)]) -> HeaderMap {
    let base = base.map(native);
    let sent = with_fields(base.as_ref(), &fields_of(&native(wanted))).unwrap();
    from_text(&fields_of(&sent))
}

#[wasm_bindgen_test]
fn a_head_becomes_what_core_wants_of_it() {
    const BASE: &[(&str, &str)] = &[
        ("a", "1"),
        ("b", "2"),
        ("set-cookie", "x=1"),
        ("set-cookie", "y=2"),
    ];
    for wanted in [
        BASE,
        &[],
        &[("a", "1"), ("c", "")],
        &[("a", "1, 2"), ("set-cookie", "y=2")],
        &[
            ("b", "2"),
            ("set-cookie", "x=1; Secure"),
            ("set-cookie", "y=2"),
        ],
    ] {
        assert_eq!(changed(Some(BASE), wanted), map(wanted));
    }
}

#[wasm_bindgen_test]
fn a_head_is_built_where_there_is_none_to_start_from() {
    let wanted = [
        ("content-type", "text/plain"),
        ("set-cookie", "a=1"),
        ("set-cookie", "b=2"),
    ];
    assert_eq!(changed(None, &wanted), map(&wanted));
}

#[wasm_bindgen_test]
fn letters_above_ascii_survive() {
    let base = [("x-name", "caf\u{e9}")];
    let wanted = [("x-name", "caf\u{e9}"), ("x-new", "\u{fc}")];
    let fields = from_text(&fields_of(&native(&base)));
    assert_eq!(fields["x-name"].as_bytes(), "caf\u{e9}".as_bytes());
    assert_eq!(changed(Some(&base), &wanted), map(&wanted));
}
