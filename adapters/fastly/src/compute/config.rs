//! Where the configuration comes from: the Config Store, else the built-in text.

use fastly::config_store::{ConfigStore, LookupError};
use streamgate::{Gate, Naming};

/// The Config Store's name.
const STORE: &str = "streamgate";
/// The key of the configuration's text.
const KEY: &str = "config";

/// Returns the gate of the Config Store `streamgate`, key `config`, or of the built-in
/// configuration if store or key do not exist. Returns `None` if there is no valid configuration;
/// the log says why.
pub(crate) fn gate() -> Option<Gate> {
    let stored = stored()
        .inspect_err(|error| tracing::error!(%error, "the configuration cannot be read"))
        .ok()?;
    let environment = |name: &str| std::env::var(name).ok();
    Gate::load(
        stored.as_deref(),
        "Config Store streamgate",
        Naming::Free,
        environment,
    )
}

/// Returns the stored text. A value holds 8,000 characters at most (Fastly's limit), so a longer
/// text goes on in the keys `config.1`, `config.2` and so on.
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
