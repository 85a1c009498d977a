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
        Self::for_platform(text, source, Naming::Free, |_| None)
    }

    /// Reads, checks and compiles a configuration as [`Gate::from_toml`] does, for a platform.
    /// `naming` says what the platform can do, and `environment` what variables in values stand for
    /// ([`Config::from_toml_with`]).
    ///
    /// # Errors
    /// Returns [`InvalidConfig`] as there, and for keys that the platform cannot comply with.
    pub fn for_platform(
        text: &str,
        source: &str,
        naming: Naming,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Result<Self, InvalidConfig> {
        let config = Config::from_toml_with(text, source, environment)
            .and_then(|config| config.check_names(naming, text, source).map(|()| config));
        Self::new(config.map_err(|error| InvalidConfig::of(&error))?)
    }

    /// Compiles the text that a platform has stored, or [`Config::BUILT_IN`] if the platform has
    /// stored none. `source` is the name of the store, for errors; `naming` says what the platform
    /// can do, and `environment` what variables in values stand for ([`Config::from_toml_with`]).
    ///
    /// Returns `None` if the configuration is not valid. The log then says why, and the adapter
    /// answers each request with [`crate::refuse`] and [`crate::Refusal::NotConfigured`].
    #[must_use]
    pub fn load(
        stored: Option<&str>,
        source: &str,
        naming: Naming,
        environment: impl Fn(&str) -> Option<String>,
    ) -> Option<Self> {
        let (text, source) = match stored {
            Some(text) => (text, source),
            None => (Config::BUILT_IN, "streamgate.toml (built in)"),
        };
        Self::for_platform(text, source, naming, environment)
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
        let stored = Gate::load(Some(O), "store", Naming::Free, |_| None).and_then(host);
        assert_eq!(stored.as_deref(), Some("o.example"));
        let built_in = Gate::load(None, "store", Naming::OfUrl, |_| None).and_then(host);
        assert_eq!(built_in.as_deref(), Some("127.0.0.1"));
    }

    #[test]
    fn a_stored_configuration_that_is_not_valid_is_not_replaced() {
        assert!(
            Gate::load(Some("origin.url = 'no URL'"), "store", Naming::Free, |_| {
                None
            })
            .is_none()
        );
    }

    #[test]
    fn a_stored_configuration_that_the_platform_cannot_comply_with_is_not_valid() {
        let text = format!("{O}\norigin.host = 'h.example'");
        assert!(Gate::load(Some(&text), "store", Naming::Free, |_| None).is_some());
        assert!(Gate::load(Some(&text), "store", Naming::OfUrl, |_| None).is_none());
    }

    #[test]
    fn a_stored_configuration_has_the_variables_of_the_platform() {
        let host = |gate: Gate| gate.config().origin.url.host().map(str::to_owned);
        let environment = |name: &str| (name == "HOST").then(|| "h.example".to_owned());
        let text = Some("origin.url = 'https://${HOST}'");
        let gate = Gate::load(text, "store", Naming::OfUrl, environment);
        assert_eq!(gate.and_then(host).as_deref(), Some("h.example"));
        assert!(Gate::load(text, "store", Naming::OfUrl, |_| None).is_none());
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
