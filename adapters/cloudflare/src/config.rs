//! Where the configuration comes from: the variable `STREAMGATE_CONFIG`, else the key `config` of
//! the KV binding `STREAMGATE`, else the built-in file. The compiled gate is kept as long as its
//! text stays the same.

use std::cell::RefCell;

use js_sys::{Date, Reflect};
use streamgate::{Gate, Naming};
use tracing::level_filters::LevelFilter;
use wasm_bindgen::JsValue;
use worker::{Env, KvError};

const LOG_VARIABLE: &str = "STREAMGATE_LOG";
const VARIABLE: &str = "STREAMGATE_CONFIG";
const KV_BINDING: &str = "STREAMGATE";
const KV_KEY: &str = "config";

/// How many seconds a text from KV is used before it is read again. KV itself takes as long to
/// spread a change.
const KV_SECONDS: u32 = 60;

thread_local! {
    /// The text that was compiled, and the gate if it was valid.
    static COMPILED: RefCell<Option<(JsValue, Option<Gate>)>> = const { RefCell::new(None) };
    /// The text from KV, and the time until which it is good, in milliseconds.
    static STORED: RefCell<Option<(JsValue, f64)>> = const { RefCell::new(None) };
}

/// Starts logging, if this is the first exchange.
pub(crate) fn log(env: &Env) {
    if !tracing::dispatcher::has_been_set() {
        let level = variable(env, LOG_VARIABLE).as_string();
        streamgate_js::log(level.as_deref(), LevelFilter::INFO);
    }
}

/// Returns the gate for a request, or `None` if there is no valid configuration; the log says why.
pub(crate) async fn gate(env: &Env) -> Option<Gate> {
    let (mut text, mut source) = (variable(env, VARIABLE), VARIABLE);
    if !text.is_string() {
        source = "KV STREAMGATE/config";
        text = stored(env)
            .await
            .inspect_err(|error| tracing::warn!(%error, "the configuration cannot be read from KV"))
            .ok()?;
    }
    COMPILED.with_borrow_mut(|compiled| match compiled {
        // JavaScript compares a string with itself without looking into it.
        Some((of, gate)) if *of == text => gate.clone(),
        _ => {
            let environment = |name: &str| variable(env, name).as_string();
            let stored = text.as_string();
            let gate = Gate::load(stored.as_deref(), source, Naming::OfUrl, environment);
            *compiled = Some((text, gate.clone()));
            gate
        }
    })
}

/// Returns the value of a variable, or an undefined value if there is none.
fn variable(env: &Env, name: &str) -> JsValue {
    Reflect::get(env, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

/// Returns the text in KV, or undefined if KV has none. If KV cannot be read, returns the text read
/// before, or the error if there is none.
async fn stored(env: &Env) -> Result<JsValue, KvError> {
    let last = STORED.with_borrow(Clone::clone);
    let now = Date::now();
    match last {
        Some((text, good_until)) if now < good_until => return Ok(text),
        _ => {}
    }
    let Ok(store) = env.kv(KV_BINDING) else {
        return Ok(JsValue::UNDEFINED);
    };
    let read = store.get(KV_KEY).cache_ttl(KV_SECONDS.into()).text().await;
    let text = match (read, last) {
        (Ok(text), _) => text.map_or(JsValue::UNDEFINED, JsValue::from),
        (Err(error), Some((text, _))) => {
            tracing::warn!(%error, "the configuration stays, as it cannot be read from KV");
            text
        }
        (Err(error), None) => return Err(error),
    };
    let good_until = now + f64::from(KV_SECONDS) * 1000.0;
    STORED.set(Some((text.clone(), good_until)));
    Ok(text)
}
