//! Bodies: an origin's, carried untouched or read in big chunks, and the body that is streamed to
//! the client.

use std::pin::pin;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, LocalBoxStream};
use js_sys::{ArrayBuffer, Uint8Array};
use streamgate::{BodyError, ByteStream, FetchError};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStream, Response, WritableStreamDefaultWriter};

use crate::js::{self, ReadResult, Reader};

/// How many bytes one read may return. The runtime's default reader returns 4 KiB at a time, with a
/// promise for each.
const READ_BYTES: u32 = 64 * 1024;

/// The body of an origin's response. Dropping it before it is taken cancels the fetch.
pub(crate) struct OriginBody {
    /// The response that holds the body.
    pub(crate) response: Response,
    stream: Option<ReadableStream>,
}

impl OriginBody {
    pub(crate) fn new(response: Response) -> Self {
        let stream = response.body();
        Self { response, stream }
    }

    /// Takes the platform's stream, to send or to read it. Returns `None` if there is no body.
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

/// A body in chunks. That of an origin is decoded by the runtime if the runtime knows the coding.
pub(crate) type BodyStream = LocalBoxStream<'static, Result<Bytes, BodyError>>;

/// Reads a body until its end, or breaks off once the client is `gone`. Dropping the stream before
/// its end cancels what gives the body.
pub(crate) fn read(body: Option<ReadableStream>, gone: &AbortSignal) -> BodyStream {
    let Some(native) = body else {
        return stream::empty().boxed_local();
    };
    let reader = match js::open(&native, gone) {
        Ok(reader) => reader,
        Err(thrown) => return stream::iter([Err(incomplete(&thrown, gone))]).boxed_local(),
    };
    let reading = Reading {
        reader,
        buffer: ArrayBuffer::new(READ_BYTES),
        gone: gone.clone(),
    };
    stream::try_unfold(reading, |mut reading| async {
        let chunk = reading.next().await;
        let chunk = chunk.map_err(|thrown| incomplete(&thrown, &reading.gone))?;
        Ok(chunk.map(|chunk| (chunk, reading)))
    })
    .boxed_local()
}

/// Returns why a body has broken off: if the client is `gone`, because of that.
fn incomplete(thrown: &JsValue, gone: &AbortSignal) -> BodyError {
    let message = js::message(thrown);
    if gone.aborted() {
        return BodyError::incomplete(FetchError::ClientGone(message));
    }
    BodyError::incomplete(message)
}

struct Reading {
    reader: Reader,
    /// Lent to the runtime for each read, which gives the same memory back in another object.
    buffer: ArrayBuffer,
    gone: AbortSignal,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, JsValue> {
        let read = self.reader.read(&Uint8Array::new(&self.buffer));
        let read: ReadResult = JsFuture::from(read).await?.unchecked_into();
        if read.done() && self.gone.aborted() {
            // The reader was cancelled: the body has not ended.
            return Err(self.gone.reason());
        }
        Ok(read.value().filter(|_| !read.done()).map(|chunk| {
            self.buffer = chunk.buffer();
            chunk.to_vec().into()
        }))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        // Cancelling also settles a read that is under way, and so frees what waits for it.
        js::cancel(&self.reader);
    }
}

/// Writes a body to the client: each chunk has left before the next is pulled. A body that fails is
/// broken off, and so is a body whose client is `gone`.
pub(crate) async fn pump<S: ByteStream>(
    writer: WritableStreamDefaultWriter,
    body: S,
    gone: AbortSignal,
) {
    let Err(error) = write(&writer, body).await else {
        return;
    };
    if gone.aborted() || error == js::LOST {
        tracing::debug!(error, "the client went away");
    } else {
        tracing::warn!(error, "response left unfinished");
    }
    js::abort(&writer, &error);
}

async fn write<S: ByteStream>(writer: &WritableStreamDefaultWriter, body: S) -> Result<(), String> {
    let mut body = pin!(body);
    let refused = |thrown| js::message(&thrown);
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|error| error.to_string())?;
        if !chunk.is_empty() {
            let chunk = Uint8Array::new_from_slice(&chunk);
            let written = JsFuture::from(writer.write_with_chunk(&chunk)).await;
            written.map_err(refused)?;
        }
    }
    JsFuture::from(writer.close()).await.map_err(refused)?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)] // A panic is how a test fails.
mod tests {
    use futures::FutureExt;
    use wasm_bindgen::prelude::*;
    use wasm_bindgen_test::wasm_bindgen_test;
    use web_sys::AbortController;

    use super::*;

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

    fn origin(stream: &ReadableStream) -> OriginBody {
        OriginBody::new(Response::new_with_opt_readable_stream(Some(stream)).unwrap())
    }

    fn read_origin(mut body: OriginBody, gone: &AbortSignal) -> BodyStream {
        read(body.take(), gone)
    }

    fn never() -> AbortSignal {
        AbortController::new().unwrap().signal()
    }

    fn read_all(stream: &ReadableStream) -> BodyStream {
        read_origin(origin(stream), &never())
    }

    #[wasm_bindgen_test]
    async fn a_body_is_read_to_its_end_in_the_origins_chunks() {
        let big = vec![b'x'; 200_000];
        let stream = read_all(&body(&[b"first", &big, b"last"], None));
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
        let mut stream = read_all(&body(&[b"half"], Some("connection lost")));
        assert_eq!(stream.next().await.unwrap().unwrap(), "half");
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!(error.to_string(), "the body ended early: connection lost");
        assert!(stream.next().await.is_none());
    }

    #[wasm_bindgen_test]
    async fn a_missing_body_is_empty() {
        assert!(
            read_origin(OriginBody::new(Response::new().unwrap()), &never())
                .next()
                .await
                .is_none()
        );
    }

    #[wasm_bindgen_test]
    async fn a_body_that_is_dropped_is_cancelled() {
        let unread = body(&[b"x"], None);
        drop(origin(&unread));
        assert!(cancelled(&unread));

        let half_read = body(&[b"x", b"y"], None);
        let mut stream = read_all(&half_read);
        stream.next().await.unwrap().unwrap();
        drop(stream);
        assert!(cancelled(&half_read));
    }

    #[wasm_bindgen_test]
    async fn a_body_that_stalls_is_cancelled_when_the_client_goes_away() {
        let stalled = body(&[], Some(""));
        let client = AbortController::new().unwrap();
        let mut stream = read_origin(origin(&stalled), &client.signal());
        assert!(stream.next().now_or_never().is_none());
        client.abort();
        let Err(BodyError::Incomplete(why)) = stream.next().await.unwrap() else {
            panic!("the body did not break off");
        };
        let why = why.downcast_ref::<FetchError>().unwrap();
        assert!(matches!(why, FetchError::ClientGone(_)), "{why}");
        assert!(cancelled(&stalled));
    }
}
