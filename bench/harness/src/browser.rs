//! Chromium, which says when it has painted a page.

use std::io::{BufRead, BufReader, Lines, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context, Result, bail};
use serde::Deserialize;

use crate::process::{CLIENT, pinned};

/// A browser that runs. Dropping it ends it.
pub(crate) struct Browser {
    child: Child,
    /// Where it reads URLs from. Without it, it ends.
    urls: Option<ChildStdin>,
    answers: Lines<BufReader<ChildStdout>>,
}

/// A page that was loaded.
#[derive(Deserialize)]
pub(crate) struct Load {
    /// The milliseconds from the start of the navigation to the first contentful paint.
    pub(crate) paint: f64,
    /// The text of the element `#seam`.
    pub(crate) seam: String,
}

/// What the browser says of a page.
#[derive(Deserialize)]
#[serde(untagged)]
enum Answer {
    Load(Load),
    Fault { fault: String },
}

impl Browser {
    /// Starts the program of `bench/browser`. `modules` is the folder that has its driver.
    pub(crate) fn start(program: &Path, modules: &Path) -> Result<Self> {
        let mut node = Command::new("node");
        node.arg(program).arg(modules);
        let mut child = pinned(&node, CLIENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting Node")?;
        let answers = child.stdout.take().context("the browser has no output")?;
        Ok(Self {
            urls: child.stdin.take(),
            answers: BufReader::new(answers).lines(),
            child,
        })
    }

    /// Loads a page as a new visitor does.
    pub(crate) fn load(&mut self, url: &str) -> Result<Load> {
        let urls = self.urls.as_mut().context("the browser has no input")?;
        writeln!(urls, "{url}").context("the browser has ended")?;
        let answer = self.answers.next().context("the browser has ended")??;
        match serde_json::from_str(&answer).with_context(|| format!("no answer: {answer}"))? {
            Answer::Load(load) => Ok(load),
            Answer::Fault { fault } => bail!("{url} is not loaded: {fault}"),
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        self.urls = None;
        // An error means that it has ended.
        let _ = self.child.wait();
    }
}
