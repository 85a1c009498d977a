//! A gate that a command starts, which may be of another repository.

use std::process::Command;
use std::str::FromStr;

use super::process::Process;
use super::{Instance, Start, free_port};
use crate::failure::Verdict;

/// Where a command has the path of its configuration.
const CONFIG: &str = "{config}";

/// Where a command has the address to listen on.
const ADDRESS: &str = "{address}";

/// The words of a command, in which [`CONFIG`] and [`ADDRESS`] stand for what they name.
#[derive(Clone, Debug)]
pub(crate) struct Template(Vec<String>);

impl FromStr for Template {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        for placeholder in [CONFIG, ADDRESS] {
            if !text.contains(placeholder) {
                return Err(format!("{placeholder} is missing"));
            }
        }
        Ok(Self(text.split_whitespace().map(str::to_owned).collect()))
    }
}

impl Template {
    /// Makes the template of a program that takes both as its arguments.
    pub(super) fn of(program: &std::path::Path) -> Self {
        let program = program.display().to_string();
        Self(vec![program, CONFIG.to_owned(), ADDRESS.to_owned()])
    }

    /// Starts the command with the configuration, and a port that is free now.
    pub(super) fn start(&self, start: &Start<'_>) -> Verdict<Instance> {
        let config = start.folder.join("streamgate.toml");
        std::fs::write(&config, &start.config)?;
        let config = config.canonicalize()?.display().to_string();
        let address = free_port()?;
        let mut words = self.0.iter().map(|word| {
            let word = word.replace(CONFIG, &config);
            word.replace(ADDRESS, &address.to_string())
        });
        let mut command = Command::new(words.next().unwrap_or_default());
        command.args(words);
        if let Some(certificate) = &start.trusted {
            command.env("SSL_CERT_FILE", certificate);
        }
        Ok(Instance {
            address,
            process: Process::spawn(command, &start.folder)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_without_a_placeholder_is_refused() {
        for (text, refused) in [
            ("gate {config} --listen={address}", None),
            ("gate {config}", Some("{address} is missing")),
            ("gate {address}", Some("{config} is missing")),
            ("", Some("{config} is missing")),
        ] {
            let parsed = text.parse::<Template>();
            assert_eq!(parsed.err().as_deref(), refused, "{text:?}");
        }
    }
}
