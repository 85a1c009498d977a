//! Makes the gate of an adapter: from the text that its platform has stored, or from the built-in
//! configuration.

use crate::Gate;
use crate::config::{Config, InvalidConfig, Naming};

impl Config {
    /// The text of the built-in configuration: the `streamgate.toml` at the root of the workspace.
    pub const BUILT_IN: &'static str = include_str!("../streamgate.toml");
}

impl Gate {
    /// Reads, checks and compiles a configuration. `source` is the name of the file, or of another
    /// source of the text, for errors.
    ///
    /// ```
    /// use streamgate::Gate;
    ///
    /// let gate = Gate::from_toml("origin.url = 'https://origin.example.com'", "streamgate.toml")?;
    /// assert_eq!(gate.config().origin.url.host(), Some("origin.example.com"));
    /// # Ok::<(), streamgate::InvalidConfig>(())
    /// ```
    ///
    /// # Errors
    /// Returns [`InvalidConfig`] for all faults. Its text has a line for each, which names source,
    /// line and key.
    pub fn from_toml(text: &str, source: &str) -> Result<Self, InvalidConfig> {
        Self::compiled(text, source, Naming::Free)
    }

    fn compiled(text: &str, source: &str, naming: Naming) -> Result<Self, InvalidConfig> {
        let config = Config::from_toml(text, source)
            .and_then(|config| config.check_names(naming, text, source).map(|()| config));
        Self::new(config.map_err(|error| InvalidConfig::of(&error))?)
    }

    /// Compiles the text that a platform has stored, or [`Config::BUILT_IN`] if the platform has
    /// stored none. `source` is the name of the store, for errors; `naming` says what the platform
    /// can do.
    ///
    /// Returns `None` if the configuration is not valid. The log then says why, and the adapter
    /// answers each request with [`crate::refuse`] and [`crate::Refusal::NotConfigured`].
    #[must_use]
    pub fn load(stored: Option<&str>, source: &str, naming: Naming) -> Option<Self> {
        let (text, source) = match stored {
            Some(text) => (text, source),
            None => (Config::BUILT_IN, "streamgate.toml (built in)"),
        };
        Self::compiled(text, source, naming)
            .inspect_err(|error| tracing::error!(%error, "the configuration is not valid"))
            .ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const O: &str = "origin.url = 'https://o.example'";

    #[test]
    fn a_stored_configuration_comes_before_the_one_that_is_built_in() {
        let host = |gate: Gate| gate.config().origin.url.host().map(str::to_owned);
        let stored = Gate::load(Some(O), "store", Naming::Free).and_then(host);
        assert_eq!(stored.as_deref(), Some("o.example"));
        let built_in = Gate::load(None, "store", Naming::OfUrl).and_then(host);
        assert_eq!(built_in.as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn a_stored_configuration_that_is_not_valid_is_not_replaced() {
        assert!(Gate::load(Some("origin.url = 'no URL'"), "store", Naming::Free).is_none());
    }

    #[test]
    fn a_stored_configuration_that_the_platform_cannot_comply_with_is_not_valid() {
        let text = format!("{O}\norigin.host = 'h.example'");
        assert!(Gate::load(Some(&text), "store", Naming::Free).is_some());
        assert!(Gate::load(Some(&text), "store", Naming::OfUrl).is_none());
    }

    #[test]
    fn an_error_names_source_line_and_key() {
        let error = Gate::from_toml("\norigin.url = 'ftp://o.example'", "store").unwrap_err();
        assert!(
            error.to_string().starts_with("store:2: origin.url: "),
            "{error}"
        );
    }
}
