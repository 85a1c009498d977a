//! What a runtime gives beside a host: clocks, random numbers, timers, and what cancels.

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::FutureExt;
use js_sys::{Date, Function, Promise, Uint8Array};
use streamgate::Clock;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    /// Fills a buffer with random numbers (Web Cryptography API §10.1.1).
    #[wasm_bindgen(catch, js_namespace = crypto, js_name = getRandomValues)]
    pub(crate) fn get_random_values(into: &mut [u8]) -> Result<Uint8Array, JsValue>;

    /// Returns the milliseconds since some point in the past (High Resolution Time §7.1).
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn elapsed() -> f64;

    /// Calls a function after so many milliseconds, and returns the timer (HTML standard §8.7).
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(call: &Function, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);

    /// What cancels (DOM standard §3.1).
    pub(crate) type AbortController;

    pub(crate) type AbortSignal;

    #[wasm_bindgen(constructor)]
    pub(crate) fn new() -> AbortController;

    #[wasm_bindgen(method, getter)]
    pub(crate) fn signal(this: &AbortController) -> AbortSignal;

    #[wasm_bindgen(method)]
    pub(crate) fn abort(this: &AbortController);
}

/// 2^31 − 1 milliseconds: a longer timer fires at once (HTML standard, timers).
const LONGEST_TIMER: Duration = Duration::from_millis(i32::MAX as u64);

/// The runtime's clocks. In workerd they stand still between I/O.
pub(crate) const CLOCK: Clock = Clock {
    elapsed: || duration(elapsed()),
    since_epoch: || duration(Date::now()),
};

fn duration(milliseconds: f64) -> Duration {
    Duration::try_from_secs_f64(milliseconds / 1000.0).unwrap_or_default()
}

/// Returns a time as timers take it.
pub(crate) fn milliseconds(limit: Duration) -> f64 {
    limit.min(LONGEST_TIMER).as_secs_f64() * 1000.0
}

/// A timer, which ends when it is dropped.
pub(crate) struct Sleeping {
    over: JsFuture,
    timer: JsValue,
}

impl Sleeping {
    /// Starts a timer.
    pub(crate) fn new(time: Duration) -> Self {
        let mut timer = JsValue::UNDEFINED;
        let over = Promise::new(&mut |resolve, _| {
            timer = set_timeout(&resolve, milliseconds(time));
        });
        Self {
            over: over.into(),
            timer,
        }
    }
}

impl Future for Sleeping {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        // It never fails.
        self.over.poll_unpin(cx).map(|_| ())
    }
}

impl Drop for Sleeping {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}
