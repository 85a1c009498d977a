//! The instructions that a process needs for a request, counted by callgrind. What the kernel does
//! is not counted.

use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::Bench;
use crate::client::Connection;
use crate::files::Page;
use crate::process::{SERVER, Server, free_port};
use crate::programs::{Program, Rules, Runtime, Scene};
use crate::row::{Part, Row, Unit};

const WORK: &str = "1 KB page, mapping, native";
/// Requests of the shorter and of the longer run: their difference is without start and end.
const REQUESTS: [usize; 2] = [100, 600];

/// Counts the gate's instructions and those of nginx.
pub(crate) fn row(bench: &Bench, small: &Page) -> Option<Row> {
    bench.wants(WORK).then(|| {
        let parts = measure(bench, small).map(|part| vec![part]);
        let peer = "nginx sub_filter, one string";
        Row::new((WORK, peer), Unit::Instructions, Some(1.8), parts)
    })
}

fn measure(bench: &Bench, small: &Page) -> Result<Part> {
    let gate = counted(bench, Program::Gate(Runtime::Native, Rules::None), small)?;
    let peer = counted(bench, Program::Nginx { filters: true }, small)?;
    Ok(Part::new(&small.name, Unit::Instructions, &[gate], &[peer]))
}

/// Returns the instructions for a request.
fn counted(bench: &Bench, program: Program, page: &Page) -> Result<f64> {
    let [few, many] = REQUESTS;
    let (few_counted, many_counted) = (
        run(bench, program, page, few)?,
        run(bench, program, page, many)?,
    );
    Ok((many_counted - few_counted) / (many - few) as f64)
}

/// Returns the instructions of a process that serves so many requests.
fn run(bench: &Bench, program: Program, page: &Page, requests: usize) -> Result<f64> {
    let scene = Scene {
        upstream: bench.origin.address,
        origin: page.origin.clone(),
    };
    let address = free_port()?;
    let folder = bench
        .places
        .folder(&format!("counted-{program:?}-{requests}"))?;
    let command = bench.places.command(program, &scene, address, &folder)?;
    let mut valgrind = Command::new("valgrind");
    valgrind.arg("--tool=callgrind");
    valgrind.arg(format!(
        "--callgrind-out-file={}",
        folder.join("callgrind.out").display()
    ));
    valgrind.arg(command.get_program()).args(command.get_args());
    let server = Server::start(&valgrind, SERVER, address, &folder)?;
    let mut connection = Connection::open(address)?;
    for _ in 0..requests {
        let response = connection.get(&page.path, None)?;
        ensure!(response.status == 200, "the status is {}", response.status);
    }
    drop(connection);
    let said = server.end()?;
    // `==123== Collected : 4567`
    let line = said
        .lines()
        .find_map(|line| line.split_once("Collected : "));
    let (_, count) = line.with_context(|| format!("callgrind has counted nothing: {said}"))?;
    Ok(count.trim().parse()?)
}
