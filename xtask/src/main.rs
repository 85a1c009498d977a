//! The project's own commands: set up, build, test, package.
//!
//! `cargo xtask <command>` works from anywhere in the repository. Nothing here is part of the gate:
//! the commands find or install the compilers, tools and runtimes, and call them.

mod apps;
mod bench;
#[cfg(test)]
mod book;
mod build;
mod builds;
mod cache_tests;
mod conformance;
mod docs;
mod fuzz;
mod leaks;
mod lockfile;
mod npm;
mod package;
mod paths;
mod playground;
mod process;
mod public_suffixes;
mod setup;
mod soak;
mod tally;
mod test;
mod ui;
mod versions;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sets up, builds, tests and packages streamgate.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Finds the compilers, tools and runtimes, and installs what is missing.
    Setup {
        /// The adapters to set up for; all by default.
        #[arg(value_enum)]
        adapters: Vec<build::Adapter>,
    },
    /// Builds the named adapters, or all of them by default, into target/edge/.
    Build {
        /// The adapters to build.
        #[arg(value_enum)]
        adapters: Vec<build::Adapter>,
    },
    /// Sets up what is missing, builds the named adapters (by default all), and runs all their
    /// checks and tests.
    Test {
        /// The adapters to test. `native` needs nothing but Rust.
        #[arg(value_enum)]
        adapters: Vec<build::Adapter>,
        /// Runs only the stages whose names contain this text, such as `clippy` or `conformance`;
        /// may be repeated.
        #[arg(long = "stage", value_name = "NAME")]
        stages: Vec<String>,
    },
    /// Runs the scenarios against the real runtimes; passes all arguments to the conformance
    /// runner.
    Conformance {
        /// Arguments of the runner: `--json FILE`, `--filter S`, `--runtime R`, …
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Holds the real runtimes under mixed traffic with faults; passes all arguments to the runner.
    Soak {
        /// Arguments of the runner: `--minutes N` for each runtime, `--runtime R`, `--json FILE`,
        /// `--seed S`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Searches a folder of pages for URLs of an origin that the URL mapping has left; passes all
    /// arguments to the leak finder.
    #[command(disable_help_flag = true)]
    Leaks {
        /// Arguments of the leak finder: `DIR --hosts FILE`, `--public URL`, `--verbose`, `--json
        /// FILE`, …
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Looks for inputs that break a property of core, with cargo-fuzz, which is installed if it is
    /// missing.
    Fuzz(fuzz::Arguments),
    /// Makes a website of the book in target/book, with mdBook, which is installed if it is
    /// missing, and checks its links.
    Docs,
    /// Installs real applications, and visits each in a browser, directly and through the gate.
    Apps(apps::Arguments),
    /// Visits the playground, the native gate's live view and a service worker's page in a browser,
    /// and checks what they do, and that everybody can use them.
    Ui(ui::Arguments),
    /// Runs the public tests of HTTP caches against the native gate, nginx and Varnish, and
    /// compares the gate's outcomes with those that are known.
    CacheTests(cache_tests::Arguments),
    /// Measures the gate beside its peers, or counts the instructions of its stages.
    Bench(bench::Arguments),
    /// Makes the package of each platform with that platform's own tool and prints the sizes.
    Package,
    /// Writes the set of public suffixes that core is built with anew.
    PublicSuffixes {
        /// The list of <https://publicsuffix.org/list/public_suffix_list.dat>.
        list: PathBuf,
    },
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Setup { adapters } => setup::all(build::or_all(&adapters)).map(|_| true),
        Command::Build { adapters } => build::run(&adapters).map(|()| true),
        Command::Test { adapters, stages } => test::run(build::or_all(&adapters), &stages),
        Command::Conformance { args } => conformance::run(&args),
        Command::Soak { args } => soak::run(&args),
        Command::Leaks { args } => return leaks::run(&args),
        Command::Fuzz(arguments) => fuzz::run(&arguments),
        Command::Docs => docs::run(),
        Command::Apps(arguments) => apps::run(&arguments),
        Command::Ui(arguments) => ui::run(&arguments),
        Command::CacheTests(arguments) => cache_tests::run(&arguments),
        Command::Bench(arguments) => bench::run(&arguments),
        Command::Package => package::run().map(|()| true),
        Command::PublicSuffixes { list } => public_suffixes::run(&list).map(|()| true),
    };
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::FAILURE
        }
    }
}
