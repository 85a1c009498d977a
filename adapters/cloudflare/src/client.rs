//! The client's side of an exchange: that it went away, and a body that is streamed to it.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Poll, Waker};

use futures::StreamExt;
use futures::future::{Either, select};
use js_sys::Uint8Array;
use streamgate::{BodyError, ByteStream};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, WritableStreamDefaultWriter};

use crate::js;

/// Tells whether the client is still there. The runtime fires a request's signal when its connection breaks before the
/// response is complete; without that, nothing that waits for the origin would ever hear of it.
pub(crate) struct Client {
    signal: AbortSignal,
    state: Rc<State>,
    listener: Closure<dyn FnMut()>,
}

#[derive(Default)]
struct State {
    gone: Cell<bool>,
    /// Who waits: the exchange until the head is sent, then the body's pump.
    waker: RefCell<Option<Waker>>,
}

impl Client {
    /// The client whose request has this signal.
    pub(crate) fn new(signal: AbortSignal) -> Self {
        let state = Rc::new(State::default());
        state.gone.set(signal.aborted());
        let listener = Closure::new({
            let state = state.clone();
            move || {
                state.gone.set(true);
                if let Some(waker) = state.waker.take() {
                    waker.wake();
                }
            }
        });
        // Adding a listener to a signal throws nothing.
        let _ = signal.add_event_listener_with_callback("abort", listener.as_ref().unchecked_ref());
        Self {
            signal,
            state,
            listener,
        }
    }

    /// Does the work unless the client goes away first, which drops it.
    pub(crate) async fn while_there<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let gone = poll_fn(|cx| {
            if self.state.gone.get() {
                return Poll::Ready(());
            }
            self.state.waker.replace(Some(cx.waker().clone()));
            Poll::Pending
        });
        match select(pin!(work), gone).await {
            Either::Left((done, _)) => Some(done),
            Either::Right(_) => None,
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        let listener = self.listener.as_ref().unchecked_ref();
        let _ = self
            .signal
            .remove_event_listener_with_callback("abort", listener);
    }
}

/// Writes a body to the client, one chunk at a time: each has left before the next one is pulled. A body that fails is
/// broken off; one whose client is gone is dropped, which cancels the origin's fetch.
pub(crate) async fn pump<S: ByteStream>(
    client: Rc<Client>,
    writer: WritableStreamDefaultWriter,
    body: S,
) {
    let written = client.while_there(write(&writer, body)).await;
    let reason = match written {
        Some(Ok(())) => return,
        Some(Err(error)) => {
            tracing::warn!(%error, "response left unfinished");
            error.to_string()
        }
        None => "the client went away".to_owned(),
    };
    js::abort(&writer, &reason);
}

async fn write<S: ByteStream>(
    writer: &WritableStreamDefaultWriter,
    body: S,
) -> Result<(), PumpError> {
    let mut body = pin!(body);
    while let Some(chunk) = body.next().await {
        let chunk = chunk?;
        if !chunk.is_empty() {
            let chunk = Uint8Array::new_from_slice(&chunk);
            JsFuture::from(writer.write_with_chunk(&chunk)).await?;
        }
    }
    JsFuture::from(writer.close()).await?;
    Ok(())
}

/// Why a body did not reach the client whole.
#[derive(Debug, thiserror::Error)]
enum PumpError {
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("the client did not take it: {}", js::message(.0))]
    Client(JsValue),
}

impl From<JsValue> for PumpError {
    fn from(thrown: JsValue) -> Self {
        Self::Client(thrown)
    }
}
