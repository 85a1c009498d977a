//! Bodies: the host's, read chunk by chunk, and those that core makes, which the host reads.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, AbortHandle, Abortable, LocalBoxStream};
use js_sys::{Promise, Uint8Array};
use streamgate::{BodyError, ByteStream, FetchError, Messages, Transform};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsError, JsValue};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::js::{self, Answered, Source};

/// The body of an origin's answer. Dropping it before it is taken cancels the fetch.
pub(crate) struct OriginBody {
    /// The answer that holds the body.
    pub(crate) answered: Answered,
    source: Option<Source>,
}

impl OriginBody {
    pub(crate) fn new(answered: Answered) -> Self {
        let source = answered.body();
        Self { answered, source }
    }

    /// Takes the body, to send or to read it. Returns `None` if there is none.
    pub(crate) fn take(&mut self) -> Option<Source> {
        self.source.take()
    }
}

impl Drop for OriginBody {
    fn drop(&mut self) {
        if let Some(source) = self.source.take() {
            source.cancel();
        }
    }
}

/// A body in chunks.
pub(crate) type BodyStream = LocalBoxStream<'static, Result<Bytes, BodyError>>;

/// Reads a body until its end. Dropping the stream before its end cancels what gives the body.
pub(crate) fn read(source: Option<Source>) -> BodyStream {
    let Some(source) = source else {
        return stream::empty().boxed_local();
    };
    stream::try_unfold(Reading(Some(source)), |mut reading| async {
        let chunk = reading.next().await;
        let chunk = chunk.map_err(|thrown| BodyError::incomplete(js::failure(&thrown)))?;
        Ok(chunk.map(|chunk| (chunk, reading)))
    })
    .boxed_local()
}

struct Reading(Option<Source>);

impl Reading {
    async fn next(&mut self) -> Result<Option<Bytes>, JsValue> {
        let Some(source) = &self.0 else {
            return Ok(None);
        };
        let read = JsFuture::from(source.read()).await?;
        let Ok(chunk) = read.dyn_into::<Uint8Array>() else {
            self.0 = None;
            return Ok(None);
        };
        Ok(Some(chunk.to_vec().into()))
    }
}

impl Drop for Reading {
    fn drop(&mut self) {
        if let Some(source) = self.0.take() {
            source.cancel();
        }
    }
}

/// A body that core makes. It is pulled: nothing is made that nobody reads.
#[wasm_bindgen]
pub struct Rewritten {
    body: Rc<RefCell<Option<Abortable<BodyStream>>>>,
    end: AbortHandle,
}

impl Rewritten {
    pub(crate) fn new(body: impl ByteStream + 'static) -> Self {
        let (end, registration) = AbortHandle::new_pair();
        let body = Abortable::new(body.boxed_local(), registration);
        Self {
            body: Rc::new(RefCell::new(Some(body))),
            end,
        }
    }
}

#[wasm_bindgen]
impl Rewritten {
    /// Resolves to the next chunk, or to undefined at the end. Rejects if the body breaks off.
    pub fn read(&self) -> Promise {
        let body = self.body.clone();
        future_to_promise(async move {
            // While a chunk is read, the body is here, so that a reader that comes meanwhile finds
            // the end.
            let Some(mut reading) = body.borrow_mut().take() else {
                return Ok(JsValue::UNDEFINED);
            };
            loop {
                match reading.next().await {
                    Some(Ok(chunk)) if chunk.is_empty() => {}
                    Some(Ok(chunk)) => {
                        body.replace(Some(reading));
                        return Ok(Uint8Array::new_from_slice(&chunk).into());
                    }
                    Some(Err(error)) => return Err(thrown(&error)),
                    None => return Ok(JsValue::UNDEFINED),
                }
            }
        })
    }

    /// Gives the body up, and with it what it is made of.
    pub fn cancel(&self) {
        self.end.abort();
        self.body.take();
    }
}

/// Returns the exception for a body that breaks off.
fn thrown(error: &BodyError) -> JsValue {
    let failure = match error {
        BodyError::Incomplete(source) => source.downcast_ref::<FetchError>(),
        BodyError::Transform(_) => None,
    };
    crate::error_of(failure.and_then(js::kind), &error.to_string())
}

/// The bytes of one direction of a WebSocket, whose messages are mapped.
#[wasm_bindgen]
pub struct Frames(streamgate::Frames);

impl Frames {
    pub(crate) fn new(messages: Messages) -> Self {
        Self(streamgate::Frames::new(messages))
    }
}

#[wasm_bindgen]
impl Frames {
    /// Maps the next bytes.
    ///
    /// # Errors
    /// Throws an error if a message cannot be mapped.
    pub fn push(&mut self, mut bytes: &[u8]) -> Result<Vec<u8>, JsError> {
        let mut out = Vec::new();
        while !bytes.is_empty() {
            self.0.push(&mut bytes, &mut out)?;
        }
        Ok(out)
    }

    /// Ends the direction, and returns what is left of it.
    ///
    /// # Errors
    /// Throws an error if a message cannot be mapped.
    pub fn finish(&mut self) -> Result<Vec<u8>, JsError> {
        let mut out = Vec::new();
        self.0.finish(&mut out)?;
        Ok(out)
    }
}
