//! A page that comes in parts: how much later its first byte, and each part, arrive by way of the
//! gate than directly. Client and origin are threads of this process, and read one clock.

use std::io::Write;
use std::net::SocketAddr;
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use crate::Bench;
use crate::client::{Connection, Response, find};
use crate::origin;
use crate::pages::ORIGIN;
use crate::programs::{Program, Rules, Runtime, Scene};
use crate::row::{Part, Row, Unit};
use crate::statistics::median;

/// The number of parts of the page.
const PARTS: usize = 10;
/// The time between two parts.
const PAUSE: Duration = Duration::from_millis(20);
/// How often the page is asked for in each round.
const EXCHANGES: usize = 8;

/// Measures all runtimes, and returns two rows for each.
pub(crate) fn rows(bench: &Bench) -> Vec<Row> {
    let mut rows = Vec::new();
    for runtime in Runtime::ALL {
        let works = [
            (format!("first byte of a dripped page, {runtime}"), 1.0),
            (format!("each part of a dripped page, {runtime}"), 0.5),
        ];
        if !works.iter().any(|(work, _)| bench.wants(work)) {
            continue;
        }
        let (first, each) = match measure(bench, runtime) {
            Ok((first, each)) => (Ok(vec![first]), Ok(vec![each])),
            Err(error) => (Err(anyhow::anyhow!("{error:#}")), Err(error)),
        };
        for ((work, target), parts) in works.iter().zip([first, each]) {
            rows.push(Row::new(
                (work, "direct"),
                Unit::MillisecondsMore,
                Some(*target),
                parts,
            ));
        }
    }
    rows
}

fn measure(bench: &Bench, runtime: Runtime) -> Result<(Part, Part)> {
    let (origin, sent) = serve()?;
    let scene = Scene {
        upstream: origin,
        origin: ORIGIN.to_owned(),
    };
    let gate = bench
        .places
        .start(Program::Gate(runtime, Rules::Once), &scene)?;
    let mut figures: [[Vec<f64>; 2]; 2] = Default::default();
    for round in 0..=bench.rounds {
        for (address, figures) in [gate.address, origin].into_iter().zip(&mut figures) {
            let (mut first, mut each) = (Vec::new(), Vec::new());
            let mut connection = Connection::open(address)?;
            for _ in 0..EXCHANGES {
                let response = connection.get("/", None)?;
                let delays = delays(&response, &sent.recv()?)?;
                first.push(response.first_byte.as_secs_f64() * 1e3);
                each.push(median(&delays));
            }
            // The first round warms up, and does not count.
            if round > 0 {
                figures[0].push(median(&first));
                figures[1].push(median(&each));
            }
        }
    }
    let [through, direct] = figures;
    let part = |at: usize| {
        Part::new(
            "dripped page",
            Unit::MillisecondsMore,
            &through[at],
            &direct[at],
        )
    };
    Ok((part(0), part(1)))
}

/// Returns how long each part took from the origin to the client, in milliseconds.
fn delays(response: &Response, sent: &[Instant]) -> Result<Vec<f64>> {
    let mut delays = Vec::new();
    for (number, sent) in sent.iter().enumerate() {
        let end = find(&response.body, marker(number).as_bytes());
        let end = end.with_context(|| format!("part {number} is missing"))?;
        let mut length = 0;
        let arrived = response.arrivals.iter().find(|(size, _)| {
            length += size;
            length > end
        });
        let (_, arrived) = arrived.context("a part has not come")?;
        delays.push(arrived.saturating_duration_since(*sent).as_secs_f64() * 1e3);
    }
    ensure!(delays.len() == PARTS, "the page has {} parts", delays.len());
    Ok(delays)
}

/// Starts the origin. It tells for each exchange when it sent each part.
fn serve() -> Result<(SocketAddr, Receiver<Vec<Instant>>)> {
    let (times, sent) = mpsc::channel();
    let address = origin::serve(move |_, stream| {
        times.send(send(stream)?)?;
        Ok(())
    })?;
    Ok((address, sent))
}

/// Sends the page, and returns when each part left.
fn send(stream: &mut impl Write) -> Result<Vec<Instant>> {
    stream.write_all(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\n\
          Transfer-Encoding: chunked\r\n\r\n",
    )?;
    let mut sent = Vec::new();
    for number in 0..PARTS {
        if number > 0 {
            thread::sleep(PAUSE);
        }
        let part = part(number);
        sent.push(Instant::now());
        stream.write_all(format!("{:x}\r\n{part}\r\n", part.len()).as_bytes())?;
    }
    stream.write_all(b"0\r\n\r\n")?;
    Ok(sent)
}

fn part(number: usize) -> String {
    let start = if number == 0 {
        "<!DOCTYPE html><html><head><title>d</title></head><body>"
    } else {
        ""
    };
    let end = if number + 1 == PARTS {
        "</body></html>"
    } else {
        ""
    };
    let row =
        format!("<p><a href=\"{ORIGIN}/{number}\">A headline</a>, and what it is about.</p>\n");
    format!("{start}{}{}{end}\n", row.repeat(20), marker(number))
}

fn marker(number: usize) -> String {
    format!("<!--part {number}-->")
}
