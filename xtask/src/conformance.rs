//! Runs the scenarios of `tests/` against the real runtimes.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    build::{self, Adapter},
    process, setup,
};

/// Builds what is out of date, then runs the scenarios, all arguments going to the runner. Returns
/// whether all passed.
///
/// # Errors
/// Something can be neither set up, built nor started.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    let adapters = adapters(args);
    for adapter in &adapters {
        prepare(*adapter)?;
    }
    Ok(runner(args).status()?.success())
}

/// The runner's command line.
pub(crate) fn runner(args: &[String]) -> Command {
    let mut cargo = process::host_cargo();
    cargo
        .args([
            "run",
            "--quiet",
            "--package",
            "streamgate-conformance",
            "--",
        ])
        .args(args);
    cargo
}

/// Builds an adapter and finds its runtime.
fn prepare(adapter: Adapter) -> Result<()> {
    setup::runtime(adapter)?;
    build::run(&[adapter])
}

/// The adapters whose runtimes the runner is told to use with `--runtime`; all of them if it is not
/// told.
fn adapters(args: &[String]) -> Vec<Adapter> {
    let mut named = Vec::new();
    let mut args = args.iter();
    while let Some(arg) = args.next() {
        let values = match arg.strip_prefix("--runtime=") {
            Some(values) => Some(values),
            None if arg == "--runtime" => args.next().map(String::as_str),
            None => None,
        };
        named.extend(
            values
                .into_iter()
                .flat_map(|values| values.split(','))
                .map(|value| Adapter::from_str(value, true)),
        );
    }
    match named.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(adapters) if !adapters.is_empty() => adapters,
        // A name that is not known here is the runner's to judge.
        _ => Adapter::value_variants().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::adapters;
    use crate::build::Adapter::{self, Cloudflare, Fastly, Native, Wasi};

    #[test]
    fn only_the_runtimes_that_are_asked_for_are_built() {
        let all: &[Adapter] = &[Native, Fastly, Cloudflare, Wasi];
        for (args, expected) in [
            (&[][..], all),
            (&["--runtime", "native"], &[Native]),
            (
                &["--filter", "gzip", "--runtime=wasi,fastly"],
                &[Wasi, Fastly],
            ),
            (
                &["--runtime", "fastly", "--runtime", "native"],
                &[Fastly, Native],
            ),
            (&["--runtime", "another"], all),
            (&["--runtime"], all),
        ] {
            let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
            assert_eq!(adapters(&args), expected, "{args:?}");
        }
    }
}
