//! An origin's body: carried untouched, or read in big chunks.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures::Stream;
use js_sys::{ArrayBuffer, Uint8Array};
use streamgate::BodyError;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStream, ReadableStreamByobReader, Response};

use crate::js::{self, ReadResult};

/// How much one read may give. The runtime's default reader gives 4 KiB at a time, with a promise for each.
const READ_BYTES: u32 = 64 * 1024;

/// The body of an origin's response. Dropped without being sent or read, it cancels the fetch.
#[derive(Debug)]
pub(crate) struct OriginBody {
    response: Response,
    stream: Option<ReadableStream>,
}

impl OriginBody {
    /// The body of that response.
    pub(crate) fn new(response: Response) -> Self {
        let stream = response.body();
        Self { response, stream }
    }

    /// The response that it came in.
    pub(crate) fn response(&self) -> &Response {
        &self.response
    }

    /// The platform's stream, for whoever sends or reads it. `None`: there is no body.
    pub(crate) fn take(&mut self) -> Option<ReadableStream> {
        self.stream.take()
    }
}

impl Drop for OriginBody {
    fn drop(&mut self) {
        if let Some(stream) = self.stream.take() {
            js::cancel(&stream);
        }
    }
}

/// An origin's body in chunks, decoded by the runtime if its coding is one that the runtime knows. Dropped before its
/// end, it cancels the fetch.
#[derive(Debug)]
pub(crate) struct OriginStream(State);

#[derive(Debug)]
enum State {
    Open {
        reader: ReadableStreamByobReader,
        /// The read that is under way; it has lent the buffer to the runtime.
        reading: Option<JsFuture>,
        buffer: Option<ArrayBuffer>,
    },
    Failed(JsValue),
    Ended,
}

impl OriginStream {
    /// Starts reading. A missing body is an empty one.
    pub(crate) fn new(stream: Option<ReadableStream>) -> Self {
        let Some(stream) = stream else {
            return Self(State::Ended);
        };
        Self(match ReadableStreamByobReader::new(&stream) {
            Ok(reader) => State::Open {
                reader,
                reading: None,
                buffer: None,
            },
            Err(thrown) => State::Failed(thrown),
        })
    }
}

impl State {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Bytes>, JsValue>> {
        let (reader, reading, buffer) = match self {
            Self::Open {
                reader,
                reading,
                buffer,
            } => (reader, reading, buffer),
            Self::Failed(thrown) => return Poll::Ready(Err(thrown.clone())),
            Self::Ended => return Poll::Ready(Ok(None)),
        };
        let read = reading.get_or_insert_with(|| {
            let memory = buffer
                .take()
                .unwrap_or_else(|| ArrayBuffer::new(READ_BYTES));
            reader
                .read_with_array_buffer_view(&Uint8Array::new(&memory))
                .into()
        });
        let result: ReadResult = ready!(Pin::new(read).poll(cx))?.unchecked_into();
        *reading = None;
        Poll::Ready(Ok(result.value().filter(|_| !result.done()).map(|chunk| {
            *buffer = Some(chunk.buffer());
            Bytes::from(chunk.to_vec())
        })))
    }
}

impl Stream for OriginStream {
    type Item = Result<Bytes, BodyError>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let read = ready!(self.0.poll(cx));
        if !matches!(read, Ok(Some(_))) {
            self.0 = State::Ended;
        }
        Poll::Ready(
            read.map_err(|thrown| BodyError::incomplete(js::message(&thrown)))
                .transpose(),
        )
    }
}

impl Drop for OriginStream {
    fn drop(&mut self) {
        // This also settles a read that is under way, which frees what waits for it.
        if let State::Open { reader, .. } = &self.0 {
            js::cancel(reader);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen(inline_js = r#"
        // A body of the given chunks, then an error if there is a message. Its `cancelled` tells whether it was cancelled.
        export function scripted(chunks, message) {
          let next = 0;
          const state = { cancelled: false };
          const stream = new ReadableStream({
            type: "bytes",
            pull(controller) {
              if (next < chunks.length) controller.enqueue(Uint8Array.from(chunks[next++]));
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

    #[wasm_bindgen_test]
    async fn a_body_is_read_to_its_end_in_the_origins_chunks() {
        let big = vec![b'x'; 200_000];
        let stream = OriginStream::new(Some(body(&[b"first", &big, b"last"], None)));
        let chunks: Vec<Bytes> = stream.map(Result::unwrap).collect().await;
        assert_eq!(chunks[0], "first");
        assert!(
            chunks
                .iter()
                .all(|chunk| chunk.len() <= READ_BYTES as usize)
        );
        assert_eq!(chunks.concat(), [b"first", &big[..], b"last"].concat());
    }

    #[wasm_bindgen_test]
    async fn a_body_that_breaks_off_ends_with_an_error() {
        let mut stream = OriginStream::new(Some(body(&[b"half"], Some("connection lost"))));
        assert_eq!(stream.next().await.unwrap().unwrap(), "half");
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the body ended early: connection lost");
        assert!(stream.next().await.is_none());
    }

    #[wasm_bindgen_test]
    async fn a_missing_body_is_empty() {
        assert!(OriginStream::new(None).next().await.is_none());
    }

    #[wasm_bindgen_test]
    async fn a_body_that_is_dropped_is_cancelled() {
        let unread = body(&[b"x"], None);
        drop(OriginBody::new(
            Response::new_with_opt_readable_stream(Some(&unread)).unwrap(),
        ));
        assert!(cancelled(&unread));

        let half_read = body(&[b"x", b"y"], None);
        let mut stream = OriginStream::new(Some(half_read.clone()));
        stream.next().await.unwrap().unwrap();
        drop(stream);
        assert!(cancelled(&half_read));
    }
}
