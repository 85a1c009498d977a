//! Holds the native gate before real servers, which do by themselves what a scripted origin does
//! on purpose: nginx over HTTP/2, which ends connections after so many requests, and Node, which
//! ends them after five idle seconds.

mod clients;
mod nginx;
mod node;

use std::path::{Path, PathBuf};

use crate::driver::{Instance, Runtime, Start, reaper};
use crate::failure::{Failure, Verdict};

/// What to check.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// How many requests nginx gets
    #[arg(long, default_value_t = 20_000)]
    requests: usize,
    /// The folder that `cargo xtask build` writes to
    #[arg(long, value_name = "DIR")]
    edge: Option<PathBuf>,
}

/// Where the gate is started from and works.
struct Places {
    edge: PathBuf,
    /// A folder for the files of servers and gates.
    work: PathBuf,
}

impl Places {
    /// Makes a folder of its own for a server, and for the gate before it.
    fn folder(&self, name: &str) -> Verdict<PathBuf> {
        let folder = self.work.join(name);
        std::fs::create_dir_all(&folder)?;
        Ok(folder.canonicalize()?)
    }

    /// Starts the gate before an origin. It trusts the certificate, if one is given.
    fn gate(&self, folder: &Path, url: &str, trusted: Option<PathBuf>) -> Verdict<Instance> {
        let start = Start {
            edge: &self.edge,
            folder: folder.join("gate"),
            config: format!("[origin]\nurl = \"{url}\"\npublic = \"http://www.example.com\"\n"),
            backends: Vec::new(),
            trusted,
            command: None,
        };
        Instance::start(Runtime::Native, &start)
    }
}

/// Checks the gate before each server. Returns whether all checks passed.
///
/// # Errors
/// Returns an error if a server or the gate does not start.
pub(crate) fn check(arguments: &Arguments, root: &Path) -> Verdict<bool> {
    let edge = arguments.edge.clone();
    let places = Places {
        edge: edge.unwrap_or_else(|| root.join("target/edge")),
        work: root.join("target/origins"),
    };
    reaper::start()?;
    let mut checks = nginx::check(&places, arguments.requests)?;
    checks.extend(node::check(&places)?);
    let mut passed = 0;
    for (name, verdict) in &checks {
        match verdict {
            Ok(()) => {
                passed += 1;
                println!("ok    {name}");
            }
            Err(Failure(why)) => println!("FAIL  {name}: {why}"),
        }
    }
    println!(
        "{passed} passed, {} failed, 0 unsupported",
        checks.len() - passed
    );
    Ok(passed == checks.len())
}
