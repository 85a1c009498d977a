//! `[access_log]`: the lines that the gate writes about exchanges.

use serde::Deserialize;

/// The form of the lines of the access log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessLog {
    /// Words, as web servers write them.
    Text,
    /// One JSON object in each line.
    Json,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, expecting = "a table")]
pub(super) struct RawAccessLog {
    /// Says in which form the gate writes a line for each exchange that has ended. Default: `off`.
    format: Option<RawFormat>,
}

#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Deserialize)]
#[serde(rename_all = "lowercase")]
enum RawFormat {
    /// Writes no lines.
    Off,
    /// Writes words, as web servers do.
    Text,
    /// Writes one JSON object in each line.
    Json,
}

impl RawAccessLog {
    /// Returns the form of the lines, if there are to be any.
    pub(super) fn check(self) -> Option<AccessLog> {
        match self.format {
            None | Some(RawFormat::Off) => None,
            Some(RawFormat::Text) => Some(AccessLog::Text),
            Some(RawFormat::Json) => Some(AccessLog::Json),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Config;

    #[test]
    fn a_format_is_one_of_those_that_there_are() {
        let read = |format: &str| {
            let text = format!("origin.url = 'https://o.example'\naccess_log.format = {format}");
            Config::from_toml(&text, "f").map(|config| config.access_log)
        };
        assert_eq!(read("'off'").unwrap(), None);
        assert_eq!(read("'text'").unwrap(), Some(AccessLog::Text));
        assert_eq!(read("'json'").unwrap(), Some(AccessLog::Json));
        for format in ["'combined'", "true"] {
            let error = read(format).expect_err(format).to_string();
            assert!(error.contains("access_log.format: "), "{error}");
        }
    }
}
