//! Holds the real runtimes under mixed traffic with faults for a while.

use anyhow::Result;

use crate::{conformance, process};

/// Builds what is out of date, optimised, the program that makes the traffic too, which would
/// otherwise take most of the processor's time. Then runs it and passes all arguments to it.
/// Returns whether nothing was lost or corrupted, and no runtime grew beyond its plateau.
///
/// # Errors
/// Returns an error if an adapter or its runtime can be neither set up, built nor started.
pub(crate) fn run(args: &[String]) -> Result<bool> {
    conformance::prepare_named(args)?;
    let mut cargo = process::host_cargo();
    cargo
        .args(["run", "--quiet", "--release"])
        .args(["--package", "streamgate-conformance", "--", "soak"])
        .args(args);
    Ok(cargo.status()?.success())
}
