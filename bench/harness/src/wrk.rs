//! The rate at which a server answers, by `wrk` with four connections.

use std::net::SocketAddr;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use crate::client::HOST;
use crate::process::{CLIENT, Server, pinned};

/// A turn in which no response came is repeated once, so many times as long.
const LONGER: u32 = 5;

/// A measured rate.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rate {
    /// Requests per second.
    pub(crate) rate: f64,
    /// The CPU time of the server for a request, in milliseconds.
    pub(crate) cpu: f64,
}

/// Asks a server for a path for so many seconds. `length` is that of a right response's body.
///
/// # Errors
/// Returns an error if a response was not a 2xx, a connection failed, or the number of bytes is
/// not what so many right responses have.
pub(crate) fn measure(
    server: &Server,
    path: &str,
    coding: Option<&str>,
    seconds: u32,
    length: usize,
) -> Result<Rate> {
    let mut taken = turn(server, path, coding, seconds)?;
    if taken.counts.requests == 0.0 {
        taken = turn(server, path, coding, seconds * LONGER)?;
    }
    let Turn { counts, said, cpu } = taken;
    ensure!(
        counts.faults == 0,
        "{} of {} responses were wrong or failed: {said}",
        counts.faults,
        counts.requests
    );
    ensure!(
        counts.requests > 0.0,
        "no response came in {} s",
        seconds * LONGER
    );
    // Four more may have come in part, and each has a head and perhaps chunks.
    let least = counts.requests * length as f64 * 0.98;
    let most = (counts.requests + 4.0) * (length as f64 * 1.02 + 2048.0);
    ensure!(
        (least..=most).contains(&counts.bytes),
        "{} responses of {length} bytes had {} bytes",
        counts.requests,
        counts.bytes
    );
    Ok(Rate {
        rate: counts.requests / counts.seconds,
        cpu: cpu * 1e3 / counts.requests,
    })
}

/// What came of a turn, and the CPU time of the server in it, in seconds.
struct Turn {
    counts: Counts,
    said: String,
    cpu: f64,
}

fn turn(server: &Server, path: &str, coding: Option<&str>, seconds: u32) -> Result<Turn> {
    let mut wrk = Command::new("wrk");
    wrk.args(["-t1", "-c4", "--timeout", "30s"]);
    wrk.arg(format!("-d{seconds}s"));
    wrk.args(["-H", &format!("Host: {HOST}")]);
    if let Some(coding) = coding {
        wrk.args(["-H", &format!("Accept-Encoding: {coding}")]);
    }
    wrk.arg(url(server.address, path));
    let before = server.cpu()?;
    let output = pinned(&wrk, CLIENT).output().context("starting wrk")?;
    let cpu = server.cpu()? - before;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let counts = Counts::parse(&said).with_context(|| format!("wrk said: {said}"))?;
    Ok(Turn { counts, said, cpu })
}

fn url(address: SocketAddr, path: &str) -> String {
    format!("http://{address}{path}")
}

/// What `wrk` says.
#[derive(Debug, PartialEq)]
struct Counts {
    requests: f64,
    seconds: f64,
    bytes: f64,
    /// Responses that are no 2xx or 3xx, and connections that failed.
    faults: u64,
}

impl Counts {
    fn parse(said: &str) -> Option<Self> {
        // `  4321 requests in 2.00s, 1.23GB read`
        let line = said.lines().find(|line| line.contains(" requests in "))?;
        let (requests, rest) = line.trim().split_once(" requests in ")?;
        let (seconds, bytes) = rest.split_once(", ")?;
        let mut faults = 0;
        for line in said.lines().map(str::trim) {
            if let Some(number) = line.strip_prefix("Non-2xx or 3xx responses: ") {
                faults += number.parse::<u64>().ok()?;
            }
            // `Socket errors: connect 0, read 0, write 0, timeout 2`
            if let Some(errors) = line.strip_prefix("Socket errors: ") {
                let numbers = errors
                    .split([' ', ','])
                    .filter_map(|word| word.parse::<u64>().ok());
                faults += numbers.sum::<u64>();
            }
        }
        Some(Self {
            requests: requests.parse().ok()?,
            seconds: quantity(
                seconds,
                &[("us", 1e-6), ("ms", 1e-3), ("s", 1.0), ("m", 60.0)],
            )?,
            bytes: quantity(
                bytes.strip_suffix(" read")?,
                &[
                    ("KB", 1024.0),
                    ("MB", 1048576.0),
                    ("GB", 1073741824.0),
                    ("TB", 1099511627776.0),
                    ("B", 1.0),
                ],
            )?,
            faults,
        })
    }
}

fn quantity(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    units.iter().find_map(|(unit, factor)| {
        let number: f64 = text.strip_suffix(unit)?.parse().ok()?;
        Some(number * factor)
    })
}

#[cfg(test)]
mod tests {
    use super::Counts;

    #[test]
    fn what_wrk_says_is_read() {
        let said = "Running 2s test @ http://127.0.0.1:1/\n  1 threads and 4 connections\n  \
                    Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency     1.71ms  \
                    2.00ms  20.00ms   90.00%\n  4800 requests in 2.10s, 1.50GB read\n  Socket \
                    errors: connect 0, read 1, write 0, timeout 2\n  Non-2xx or 3xx responses: \
                    4\nRequests/sec:   2285.71\nTransfer/sec:    731.43MB\n";
        let expected = Counts {
            requests: 4800.0,
            seconds: 2.1,
            bytes: 1.5 * 1024.0 * 1024.0 * 1024.0,
            faults: 7,
        };
        assert_eq!(Counts::parse(said), Some(expected));
    }

    #[test]
    fn other_words_are_not_taken_for_counts() {
        assert_eq!(
            Counts::parse("unable to connect to 127.0.0.1:1 Connection refused"),
            None
        );
    }
}
