//! `[drain]`: how the native gate leaves service.

use std::time::Duration;

use serde::Deserialize;

use super::checked::Time;
use super::limits::Wait;

/// `[drain]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DrainConfig {
    /// `delay`: how long new connections are taken after SIGTERM, default 2 s.
    pub delay: Option<Duration>,
    /// `timeout`: how long exchanges may take to end after that, default 7 s.
    pub timeout: Duration,
}

impl Default for DrainConfig {
    fn default() -> Self {
        Self {
            delay: Some(Duration::from_secs(2)),
            timeout: Duration::from_secs(7),
        }
    }
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawDrain {
    /// Says how long the gate takes new connections after `SIGTERM`. Default: 2 s.
    delay: Option<Wait>,
    /// Limits the time that exchanges may take to end after that. Default: 7 s.
    timeout: Option<Time>,
}

impl RawDrain {
    /// Returns the times, with the default of each that is left out.
    pub(super) fn check(self) -> DrainConfig {
        let default = DrainConfig::default();
        DrainConfig {
            delay: self.delay.map_or(default.delay, |delay| delay.0),
            timeout: self.timeout.map_or(default.timeout, |time| time.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    fn drain(text: &str) -> Result<DrainConfig, String> {
        let text = format!("origin.url = 'https://o.example'\n[drain]\n{text}");
        let config = Config::from_toml(&text, "f").map_err(|error| error.to_string())?;
        Ok(config.drain)
    }

    #[test]
    fn times_are_as_written_or_the_default() {
        assert_eq!(drain(""), Ok(DrainConfig::default()));
        let written = drain("delay = 'off'\ntimeout = '1 min'");
        let expected = DrainConfig {
            delay: None,
            timeout: Duration::from_secs(60),
        };
        assert_eq!(written, Ok(expected));
        for (text, fault) in [
            ("delay = 2", "drain.delay: invalid type: integer `2`"),
            ("timeout = 'off'", "drain.timeout: \"off\" is no duration"),
            ("wait = '2 s'", "drain.wait: unknown key (known here: "),
        ] {
            let error = drain(text).expect_err(text);
            assert!(error.contains(fault), "{error}");
        }
    }
}
