//! Runs the scenarios of `tests/` against the real runtimes.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::{
    build::{self, Adapter},
    process, setup,
};

/// Builds what is out of date, then runs the scenarios and passes all arguments to the runner.
/// Returns whether all scenarios passed.
///
/// # Errors
/// Returns an error if an adapter or its runtime can be neither set up, built nor started.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    prepare_named(args)?;
    Ok(runner(args).status()?.success())
}

/// Builds the adapters whose runtimes the arguments of the runner name, after each runtime has been
/// found or installed.
///
/// # Errors
/// Returns an error if an adapter or its runtime can be neither set up nor built.
pub(crate) fn prepare_named(args: &[String]) -> Result<()> {
    if has_peers(args) {
        setup::debian(&["nginx"], "a peer")?;
        // Its runtime is the other peer's, too.
        setup::runtime(Adapter::Cloudflare)?;
    }
    adapters(args).into_iter().try_for_each(prepare)
}

/// Returns the command line of the runner.
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

/// Builds an adapter, after its runtime has been found or installed.
fn prepare(adapter: Adapter) -> Result<()> {
    setup::runtime(adapter)?;
    build::run(&[adapter])
}

/// Returns whether the runner plays the scenarios against the gate's peers.
fn has_peers(args: &[String]) -> bool {
    args.iter().any(|arg| arg == "--peers")
}

/// Returns the adapters whose runtimes `--runtime` names for the runner; all of them if the option
/// is missing, none if `--command` names another gate, the native one beside peers. Random
/// exchanges also need the native gate, with which the others are compared.
fn adapters(args: &[String]) -> Vec<Adapter> {
    if has_peers(args) {
        return vec![Adapter::Native];
    }
    let mut named = Vec::new();
    let has_command = args.iter().any(|arg| arg.starts_with("--command"));
    let is_compared = args.iter().any(|arg| arg.starts_with("--random"));
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
    if is_compared && !named.is_empty() {
        named.push(Ok(Adapter::Native));
    }
    match named.into_iter().collect::<Result<Vec<_>, _>>() {
        Ok(adapters) if has_command => adapters,
        Ok(adapters) if !adapters.is_empty() => adapters,
        // The runner reports a name that is unknown here.
        _ => Adapter::value_variants().to_vec(),
    }
}

#[cfg(test)]
mod tests {
    use super::adapters;
    use crate::build::Adapter::{self, Cloudflare, Fastly, Native, Tower, Wasi, Wasi3, Web};

    #[test]
    fn only_the_runtimes_that_are_asked_for_are_built() {
        let all: &[Adapter] = &[Native, Fastly, Cloudflare, Wasi, Wasi3, Tower, Web];
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
            (&["--random", "9", "--runtime", "wasi"], &[Wasi, Native]),
            (&["--runtime", "wasi3"], &[Wasi3]),
            (&["--runtime", "deno"], &[Web]),
            (&["--random=9"], all),
            (&["--runtime", "another"], all),
            (&["--runtime"], all),
            (&["--command", "gate {config} {address}"], &[]),
            (&["--command=gate", "--runtime", "wasi"], &[Wasi]),
            (&["--peers", "--markdown", "docs/peers.md"], &[Native]),
        ] {
            let args: Vec<_> = args.iter().map(|arg| (*arg).to_owned()).collect();
            assert_eq!(adapters(&args), expected, "{args:?}");
        }
    }
}
