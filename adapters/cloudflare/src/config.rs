//! Where the configuration comes from: the variable `STREAMGATE_CONFIG`, else the key `config` of the KV binding
//! `STREAMGATE`, else the file that was built in. What was compiled from it stays for the life of the isolate.

use std::cell::RefCell;

use js_sys::{Date, Reflect};
use streamgate::Gate;
use streamgate::config::Config;
use wasm_bindgen::JsValue;
use worker::{Context, Env, KvStore};

const BUILT_IN: &str = include_str!("../../../streamgate.toml");
const VARIABLE: &str = "STREAMGATE_CONFIG";
const KV_BINDING: &str = "STREAMGATE";
const KV_KEY: &str = "config";

/// How long a text from KV is used before it is looked at again, in seconds. KV itself takes as long to spread a change.
const KV_SECONDS: u32 = 60;

thread_local! {
    static CURRENT: RefCell<Option<Current>> = const { RefCell::new(None) };
}

/// What this isolate has compiled.
struct Current {
    /// The text; undefined is the built-in one.
    text: JsValue,
    /// `None`: the text is no valid configuration.
    gate: Option<Gate>,
    /// When the text was read from KV, in milliseconds. `None`: it cannot change while the isolate lives.
    read: Option<f64>,
}

/// The gate for a request. `None`: there is no valid configuration, and the log says why.
pub(crate) async fn gate(env: &Env, context: &Context) -> Option<Gate> {
    if let Some(gate) = current(env, context) {
        return gate;
    }
    let variable = variable(env, VARIABLE);
    if variable.is_string() {
        return install(variable, VARIABLE, None);
    }
    let Ok(store) = env.kv(KV_BINDING) else {
        return install(JsValue::UNDEFINED, "", None);
    };
    read(&store).await
}

/// What is compiled already, if it is still good. A text from KV that is too old is used once more while it is read
/// again, so that no request but the isolate's first waits for KV.
fn current(env: &Env, context: &Context) -> Option<Option<Gate>> {
    CURRENT.with_borrow_mut(|current| {
        let current = current.as_mut()?;
        if let Some(read_at) = &mut current.read {
            let now = Date::now();
            if now - *read_at > f64::from(KV_SECONDS) * 1000.0 {
                *read_at = now;
                if let Ok(store) = env.kv(KV_BINDING) {
                    context.wait_until(async move {
                        let _ = read(&store).await;
                    });
                }
            }
        }
        Some(current.gate.clone())
    })
}

/// A variable's text.
pub(crate) fn text(env: &Env, name: &str) -> Option<String> {
    variable(env, name).as_string()
}

fn variable(env: &Env, name: &str) -> JsValue {
    Reflect::get(env, &JsValue::from_str(name)).unwrap_or(JsValue::UNDEFINED)
}

async fn read(store: &KvStore) -> Option<Gate> {
    match store
        .get(KV_KEY)
        .cache_ttl(u64::from(KV_SECONDS))
        .text()
        .await
    {
        Ok(text) => {
            let source = "KV STREAMGATE/config";
            let text = text.map_or(JsValue::UNDEFINED, JsValue::from);
            install(text, source, Some(Date::now()))
        }
        // Nothing is installed: what is there stays, and a first request's failure is not kept.
        Err(error) => {
            tracing::warn!(%error, "the configuration could not be read from KV");
            None
        }
    }
}

/// Compiles a text, unless it is the one that is compiled already. Undefined: the built-in one.
fn install(text: JsValue, source: &str, read: Option<f64>) -> Option<Gate> {
    CURRENT.with_borrow_mut(|current| {
        if let Some(current) = current.as_mut().filter(|current| current.text == text) {
            current.read = read;
            return current.gate.clone();
        }
        let compiled = match text.as_string() {
            Some(text) => compile(&text, source),
            None => compile(BUILT_IN, "streamgate.toml"),
        };
        let gate = compiled
            .inspect_err(|error| tracing::error!(error, "the configuration is not valid"))
            .ok();
        *current = Some(Current {
            text,
            gate: gate.clone(),
            read,
        });
        gate
    })
}

fn compile(text: &str, source: &str) -> Result<Gate, String> {
    let config = Config::from_toml(text, source).map_err(|error| error.to_string())?;
    Gate::new(config).map_err(|error| error.to_string())
}
