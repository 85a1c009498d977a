//! What is wrong with a configuration.

use serde::Serialize;
use streamgate::{Config, ConfigFinding};

use crate::NAME;

/// A finding as the page shows it.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    severity: &'static str,
    line: usize,
    column: usize,
    key: String,
    message: String,
    help: Option<String>,
}

impl Finding {
    fn of(severity: &'static str, finding: &ConfigFinding) -> Self {
        Self {
            severity,
            line: finding.line(),
            column: finding.column(),
            key: finding.key().to_owned(),
            message: finding.message().to_owned(),
            help: finding.help().map(str::to_owned),
        }
    }
}

/// Returns all errors of a configuration, or its warnings if it has none. A browser has no
/// environment, so each variable needs a default.
pub(crate) fn findings(configuration: &str) -> Vec<Finding> {
    let (severity, found) = match Config::from_toml(configuration, NAME) {
        Err(error) => ("error", error.faults().to_vec()),
        Ok(config) => ("warning", config.warnings(configuration, NAME)),
    };
    let found = found.iter();
    found.map(|it| Finding::of(severity, it)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_fault_has_its_line_its_key_and_what_to_write_instead() {
        let found = findings("[origin]\nurl = 'x'\n[map]\nscope = 'all'\n");
        let places: Vec<_> = found.iter().map(|it| (it.line, it.key.as_str())).collect();
        assert_eq!(places, [(2, "origin.url"), (4, "map.scope")]);
        assert!(found.iter().all(|it| it.severity == "error"));
        assert!(found.iter().all(|it| it.help.is_some()));
    }

    #[test]
    fn a_valid_configuration_has_no_errors() {
        assert!(findings("origin.url = 'https://o.example'").is_empty());
        let never = "origin.url = 'https://o.example'\n[gate]\nprocessable = ['text/css']\n\
                     [[html]]\nselect = 'p'\nremove = true\n";
        let found = findings(never);
        assert!(!found.is_empty());
        assert!(found.iter().all(|it| it.severity == "warning"));
    }
}
