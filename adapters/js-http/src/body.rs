//! Bodies: the host's, read chunk by chunk, and those that core makes, which the host reads.

use std::cell::RefCell;
use std::rc::Rc;

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::{self, AbortHandle, Abortable, LocalBoxStream};
use js_sys::{ArrayBuffer, Promise, Uint8Array};
use streamgate::{BodyError, ByteStream, FetchError};
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, future_to_promise};

use crate::errors;

#[wasm_bindgen]
extern "C" {
    /// A body that is read.
    pub type Source;

    /// Resolves to a chunk, or to undefined at the end.
    #[wasm_bindgen(method)]
    fn read(this: &Source) -> Promise;

    /// Gives the body up before its end.
    #[wasm_bindgen(method)]
    pub fn cancel(this: &Source);
}

/// A body in chunks.
pub type BodyStream = LocalBoxStream<'static, Result<Bytes, BodyError>>;

/// Reads a body until its end. Dropping the stream before its end cancels what gives the body.
pub fn read(source: Option<Source>) -> BodyStream {
    let Some(source) = source else {
        return stream::empty().boxed_local();
    };
    stream::try_unfold(Reading(Some(source)), |mut reading| async {
        let chunk = reading.next().await;
        let chunk = chunk.map_err(|thrown| errors::incomplete(&thrown))?;
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
    /// Notes why the body breaks off.
    note: fn(&BodyError),
}

impl Rewritten {
    /// Makes the body of a response. The log says if it breaks off.
    pub fn for_client(body: impl ByteStream + 'static) -> Self {
        Self::new(body, |error| match error_of_fetch(error) {
            Some(FetchError::ClientGone(reason)) => {
                tracing::debug!(reason, "the client went away");
            }
            _ => tracing::warn!(%error, "response left unfinished"),
        })
    }

    /// Makes the body of a request. If it breaks off, the fetch fails.
    pub fn for_origin(body: impl ByteStream + 'static) -> Self {
        Self::new(body, |_| {})
    }

    fn new(body: impl ByteStream + 'static, note: fn(&BodyError)) -> Self {
        let (end, registration) = AbortHandle::new_pair();
        let body = Abortable::new(body.boxed_local(), registration);
        Self {
            body: Rc::new(RefCell::new(Some(body))),
            end,
            note,
        }
    }
}

#[wasm_bindgen]
impl Rewritten {
    /// Resolves to the next chunk, or to undefined at the end. Rejects if the body breaks off. The
    /// chunk is in the memory that is `lent`, if it is given and large enough, so that there is
    /// none to collect.
    pub fn read(&self, lent: Option<ArrayBuffer>) -> Promise {
        let (body, note) = (self.body.clone(), self.note);
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
                        return Ok(held(&chunk, lent).into());
                    }
                    Some(Err(error)) => {
                        note(&error);
                        return Err(thrown(&error));
                    }
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

/// Returns a chunk in memory of JavaScript's.
fn held(chunk: &[u8], lent: Option<ArrayBuffer>) -> Uint8Array {
    let length = u32::try_from(chunk.len()).unwrap_or(u32::MAX);
    let Some(lent) = lent.filter(|lent| lent.byte_length() >= length) else {
        return Uint8Array::new_from_slice(chunk);
    };
    let view = Uint8Array::new_with_byte_offset_and_length(&lent, 0, length);
    view.copy_from(chunk);
    view
}

/// Returns the exception for a body that breaks off.
fn thrown(error: &BodyError) -> JsValue {
    errors::thrown(
        error_of_fetch(error).and_then(errors::kind),
        &error.to_string(),
    )
}

/// Returns what the host has said of a body that broke off, if it has.
fn error_of_fetch(error: &BodyError) -> Option<&FetchError> {
    match error {
        BodyError::Incomplete(source) => source.downcast_ref(),
        BodyError::Transform(_) => None,
    }
}
