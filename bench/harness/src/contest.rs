//! The gate and its peers before the same pages, in turn.

use anyhow::{Context, Result};

use crate::Bench;
use crate::client::Response;
use crate::expect::{self, Expected, Maps};
use crate::files::Page;
use crate::process::Server;
use crate::programs::{Program, Rules, Scene};
use crate::row::{Part, Row, Unit};
use crate::statistics::median;
use crate::wrk::{self, Rate};

/// A work, the pages that it is done with, and who does it.
pub(crate) struct Contest {
    pub(crate) work: &'static str,
    pub(crate) pages: Vec<Page>,
    /// The content coding that the client asks for, and the origin has.
    pub(crate) coding: Option<&'static str>,
    pub(crate) gate: Program,
    pub(crate) peers: Vec<Peer>,
}

/// A peer, and the rows that it gets.
pub(crate) struct Peer {
    pub(crate) name: &'static str,
    pub(crate) program: Program,
    pub(crate) expected: Expected,
    /// What follows the path that it is asked for.
    pub(crate) query: &'static str,
    pub(crate) rows: Vec<(Unit, Option<f64>)>,
}

impl Peer {
    /// Makes a peer whose rate is compared.
    pub(crate) fn new(
        name: &'static str,
        program: Program,
        (maps, injects): (Maps, bool),
        target: Option<f64>,
    ) -> Self {
        Self {
            name,
            program,
            expected: Expected { maps, injects },
            query: "",
            rows: vec![(Unit::Rate, target)],
        }
    }
}

/// A program that runs, and what it did in each round.
struct Lane {
    server: Server,
    path: String,
    length: usize,
    rates: Vec<Rate>,
}

impl Contest {
    /// Measures all pages, and returns a row for each peer and unit.
    pub(crate) fn run(&self, bench: &Bench) -> Vec<Row> {
        let mut parts: Vec<_> = self
            .peers
            .iter()
            .map(|peer| {
                peer.rows
                    .iter()
                    .map(|_| Ok(Vec::new()))
                    .collect::<Vec<Result<Vec<Part>>>>()
            })
            .collect();
        for page in &self.pages {
            let measured = self.page(bench, page);
            for (index, (peer, parts)) in self.peers.iter().zip(&mut parts).enumerate() {
                for ((unit, _), parts) in peer.rows.iter().zip(parts) {
                    let Ok(so_far) = parts else {
                        continue;
                    };
                    match both(&measured, index) {
                        Ok((gate, peer)) => so_far.push(part(page, *unit, gate, peer)),
                        Err(error) => *parts = Err(error.context(page.name.clone())),
                    }
                }
            }
        }
        let mut rows = Vec::new();
        for (peer, parts) in self.peers.iter().zip(parts) {
            for ((unit, target), parts) in peer.rows.iter().zip(parts) {
                rows.push(Row::new((self.work, peer.name), *unit, *target, parts));
            }
        }
        rows
    }

    /// Measures one page, and returns what the gate, then each peer, did in each round.
    fn page(&self, bench: &Bench, page: &Page) -> Vec<Result<Vec<Rate>>> {
        let scene = Scene {
            upstream: bench.origin.address,
            origin: page.origin.clone(),
        };
        let injects =
            page.path.ends_with(".html") && matches!(self.gate, Program::Gate(_, Rules::Once));
        let maps = if page.path.ends_with(".html") {
            Maps::All
        } else {
            Maps::None
        };
        let of_gate = (self.gate, Expected { maps, injects }, "");
        let of_peers = self
            .peers
            .iter()
            .map(|peer| (peer.program, peer.expected, peer.query));
        let mut lanes: Vec<Result<Lane>> = std::iter::once(of_gate)
            .chain(of_peers)
            .map(|(program, expected, query)| {
                let path = format!("{}{query}", page.path);
                let server = bench.places.start(program, &scene)?;
                let answer = expect::check(&server, &path, self.coding, page, expected);
                let Response { body, .. } = answer.with_context(|| format!("{program:?}"))?;
                Ok(Lane {
                    server,
                    path,
                    length: body.len(),
                    rates: Vec::new(),
                })
            })
            .collect();
        // The first round warms up, and does not count.
        for round in 0..=bench.rounds {
            let seconds = if round == 0 { 1 } else { bench.seconds };
            for lane in &mut lanes {
                let Ok(this) = lane else {
                    continue;
                };
                let rate =
                    wrk::measure(&this.server, &this.path, self.coding, seconds, this.length);
                match rate {
                    // A failure of the warm-up that matters comes again.
                    _ if round == 0 => {}
                    Ok(rate) => this.rates.push(rate),
                    Err(error) => *lane = Err(error),
                }
            }
        }
        lanes
            .into_iter()
            .map(|lane| lane.map(|lane| lane.rates))
            .collect()
    }
}

/// Returns what the gate and one peer did, or why there is nothing to compare.
fn both(measured: &[Result<Vec<Rate>>], peer: usize) -> Result<(&[Rate], &[Rate])> {
    let of = |index: usize| match &measured[index] {
        Ok(rates) => Ok(&rates[..]),
        Err(error) => Err(anyhow::anyhow!("{error:#}")),
    };
    Ok((of(0)?, of(peer + 1)?))
}

fn part(page: &Page, unit: Unit, gate: &[Rate], peer: &[Rate]) -> Part {
    let rate = |rates: &[Rate]| rates.iter().map(|rate| rate.rate).collect::<Vec<_>>();
    let cpu = |rates: &[Rate]| rates.iter().map(|rate| rate.cpu).collect::<Vec<_>>();
    let value = |rates: &[Rate]| {
        if unit == Unit::Rate {
            rate(rates)
        } else {
            cpu(rates)
        }
    };
    let mut part = Part::new(&page.name, unit, &value(gate), &value(peer));
    part.bytes = Some(page.body.len());
    part.gate_cpu_ms = Some(median(&cpu(gate)));
    part.peer_cpu_ms = Some(median(&cpu(peer)));
    part
}
