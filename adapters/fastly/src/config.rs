//! Where the configuration comes from: the Config Store, else what is built in.

use std::error::Error;

use fastly::config_store::{ConfigStore, LookupError};
use streamgate::Gate;
use streamgate::config::Config;

/// The Config Store's name.
const STORE: &str = "streamgate";
/// The key of the configuration's text.
const KEY: &str = "config";
/// The configuration that is built in.
const BUILT_IN: &str = include_str!("../../../streamgate.toml");

/// The gate of the Config Store `streamgate`, key `config`; where store or key are not there, of the built-in configuration.
///
/// # Errors
/// When the store cannot be read, or the configuration is not valid; with source, line and key.
pub(crate) fn gate() -> Result<Gate, Box<dyn Error>> {
    let config = match stored()? {
        Some(text) => Config::from_toml(&text, "Config Store streamgate")?,
        None => Config::from_toml(BUILT_IN, "streamgate.toml (built in)")?,
    };
    Ok(Gate::new(config)?)
}

/// The stored text. A value holds 8,000 characters at most (Fastly's limit), so that a longer text goes on in the keys
/// `config.1`, `config.2` and so on.
fn stored() -> Result<Option<String>, LookupError> {
    let Ok(store) = ConfigStore::try_open(STORE) else {
        return Ok(None);
    };
    let Some(mut text) = store.try_get(KEY)? else {
        return Ok(None);
    };
    let mut part = 1;
    while let Some(more) = store.try_get(&format!("{KEY}.{part}"))? {
        text.push_str(&more);
        part += 1;
    }
    Ok(Some(text))
}
