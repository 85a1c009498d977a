//! `streamgate bench`: measures how soon a response comes in three ways, in turn: from the origin
//! directly, through a gate that reads the whole of it before it sends it on, and through the gate.

mod report;
mod sample;

use std::io::{self, IsTerminal};
use std::path::PathBuf;

use clap::{Args, value_parser};
use http::uri::PathAndQuery;
use http::{Request, Uri};
use indicatif::{ProgressBar, ProgressStyle};
use streamgate::{Gate, Treatment};
use tokio::task::LocalSet;
use tokio::time::Instant;

use self::report::{Measured, Report};
use self::sample::{Sample, TIME, within};
use super::terminal::{self, is_coloured};
use super::visit::{self, Asked, Visitor};
use super::{address, listen};

/// How `--help` ends.
const HELP: &str = "\
Examples:
  streamgate bench https://www.example.com/news
  streamgate bench --config streamgate.toml --rounds 50 /news
  streamgate bench --config streamgate.toml --json /news > before.json

Exit status:
  0  it is measured
  1  it cannot be: the configuration is not valid, or a response does not come, or does not end
     within two minutes
  2  the command line is not valid";

const AGENT: &str = "streamgate-bench";

#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Bench {
    /// What the browser asks for: a URL, or a path of the site. Without --config, its origin is
    /// measured as if it were the gate's
    url: String,
    /// The configuration. Left out: one of the URL's origin alone, or for a path the built-in one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// How often each way is taken, after once that does not count
    #[arg(long, value_name = "N", default_value_t = 15)]
    #[arg(value_parser = value_parser!(u16).range(1..=1000))]
    rounds: u16,
    /// Print what was measured as JSON
    #[arg(long)]
    json: bool,
}

/// A way for a response to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Direct,
    Buffered,
    Gated,
}

const WAYS: [Way; 3] = [Way::Direct, Way::Buffered, Way::Gated];

impl Way {
    fn name(self) -> &'static str {
        match self {
            Self::Direct => "direct",
            Self::Buffered => "buffered",
            Self::Gated => "gated",
        }
    }
}

impl Bench {
    /// Measures, and prints the result on standard output.
    ///
    /// # Errors
    /// Returns a sentence for the terminal if it cannot be measured.
    pub(crate) fn run(self) -> Result<(), String> {
        let gate = address::gate(Some(&self.url), self.config.as_deref())?;
        let uri = address::address(&gate, Some(&self.url))?;
        let runtime = listen::runtime().map_err(|error| format!("cannot start: {error}"))?;
        let report = measure(gate, &uri, usize::from(self.rounds));
        let report = LocalSet::new().block_on(&runtime, report)?;
        let text = match self.json {
            true => report.json(),
            false => report.text(is_coloured(io::stdout().is_terminal())),
        };
        terminal::print(text.as_bytes())
    }
}

/// Takes each way so many times, in turn. Which of them comes first changes from round to round, so
/// that what gets slower or faster with time touches all alike.
async fn measure(gate: Gate, uri: &Uri, rounds: usize) -> Result<Report, String> {
    let visitor = Visitor::new(gate)?;
    let path = uri.path_and_query().cloned();
    let path = path.unwrap_or(PathAndQuery::from_static("/"));
    let request = visit::request(uri, path, AGENT)?;
    let (decision, asked) = within(TIME, first(&visitor, uri, &request)).await?;
    take(Way::Direct, &visitor, &request, &asked).await?;
    take(Way::Buffered, &visitor, &request, &asked).await?;
    let bar = ProgressBar::new(u64::try_from(rounds).unwrap_or(u64::MAX)); // On a terminal alone.
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} rounds") {
        bar.set_style(style);
    }
    bar.tick();
    let mut samples: [Vec<Sample>; 3] = Default::default();
    for round in 0..rounds {
        for turn in 0..WAYS.len() {
            let at = (round + turn) % WAYS.len();
            let sample = take(WAYS[at], &visitor, &request, &asked).await?;
            samples[at].push(sample);
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let ways = WAYS.into_iter().zip(&samples);
    Ok(Report {
        url: uri.to_string(),
        decision,
        rounds,
        ways: ways
            .map(|(way, samples)| Measured::of(way.name(), samples))
            .collect(),
    })
}

/// Asks through the gate once, by which connections are made. Returns what the gate has decided,
/// and what it has asked for.
async fn first(
    visitor: &Visitor,
    uri: &Uri,
    request: &Request<()>,
) -> Result<(String, Asked), String> {
    let (answer, asked) = visitor.through(request.clone()).await;
    let decision = match answer.extensions().get::<Treatment>() {
        Some(Treatment::Decided(decision)) => decision.to_string(),
        Some(Treatment::Answered(why)) => return Err(format!("{uri}: the gate answers: {why}")),
        None => return Err(format!("{uri}: no decision")),
    };
    let asked = asked.last().ok_or("no origin was asked")?.clone();
    sample::of_answer(answer, Instant::now()).await?;
    Ok((decision, asked))
}

/// Takes a way once.
async fn take(
    way: Way,
    visitor: &Visitor,
    request: &Request<()>,
    asked: &Asked,
) -> Result<Sample, String> {
    let sample = async {
        let start = Instant::now();
        let answer = match way {
            Way::Direct => visitor.directly(asked, AGENT).await?,
            Way::Buffered | Way::Gated => visitor.through(request.clone()).await.0,
        };
        sample::of_answer(answer, start).await
    };
    let sample = within(TIME, sample).await?;
    Ok(match way {
        Way::Buffered => sample.at_once(),
        Way::Direct | Way::Gated => sample,
    })
}
