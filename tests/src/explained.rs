//! Compares what `streamgate explain` says of the origin's heads with what the native gate has
//! decided on them, for each exchange of a scenario whose request a command line can hold.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::client::{Request, Response};
use crate::failure::{Failure, Verdict, ensure};
use crate::fields::find;

/// The exchanges of a scenario on which the gate has decided.
#[derive(Clone, Default)]
pub(crate) struct Exchanges {
    kept: Arc<Mutex<Vec<Exchange>>>,
    turns: Arc<Mutex<Turns>>,
}

/// How many exchanges run, and how many have begun.
#[derive(Default)]
struct Turns {
    running: usize,
    begun: usize,
}

struct Exchange {
    front: SocketAddr,
    request: Request,
    /// What the `Streamgate` field of the response says.
    decided: String,
    /// How the origin's last answer starts.
    answer: Vec<u8>,
}

impl Exchanges {
    /// Plays an exchange. Returns its result, and whether it was alone: which answer of the origin
    /// belongs to which of several exchanges at a time cannot be told.
    pub(crate) fn play<T>(&self, exchange: impl FnOnce() -> T) -> (T, bool) {
        let (is_first, number) = {
            let mut turns = self.turns.lock().unwrap();
            turns.running += 1;
            turns.begun += 1;
            (turns.running == 1, turns.begun)
        };
        let result = exchange();
        let mut turns = self.turns.lock().unwrap();
        turns.running -= 1;
        (result, is_first && turns.begun == number)
    }

    /// Keeps an exchange with a gate that listens at `front`. `answers` are the starts of what the
    /// origin has answered meanwhile: one, or two if it was asked again.
    pub(crate) fn keep(
        &self,
        front: SocketAddr,
        request: &Request,
        response: &Response,
        answers: &[Vec<u8>],
    ) {
        let decided = response.fields.text("streamgate");
        let decided = decided.filter(|decided| decided.contains("; row="));
        // What comes from the cache was decided on an earlier answer of the origin.
        let cached = response.fields.text("cache-status").unwrap_or_default();
        let decided =
            decided.filter(|_| !cached.contains("; hit") && !cached.contains("fwd=stale"));
        if let (Some(decided), [answer] | [_, answer]) = (decided, answers) {
            self.kept.lock().unwrap().push(Exchange {
                front,
                request: request.clone(),
                decided,
                answer: answer.clone(),
            });
        }
    }

    /// Compares each exchange, and returns how many there were. `configuration` knows the file of
    /// the gate that listens at an address.
    pub(crate) fn compare(
        &self,
        program: &Path,
        configuration: impl Fn(SocketAddr) -> Option<PathBuf>,
    ) -> Verdict<usize> {
        let mut compared = 0;
        for exchange in self.kept.lock().unwrap().iter() {
            let Some(arguments) = arguments(&exchange.request) else {
                continue;
            };
            let file = configuration(exchange.front);
            let file = file.ok_or_else(|| Failure("an unknown gate answered".to_owned()))?;
            let head = heads(&exchange.answer);
            let explained = explained(program, &file, &arguments, head)?;
            let (decided, _) = exchange
                .decided
                .split_once("; route=")
                .unwrap_or((&exchange.decided, ""));
            // Whether a body is over the limit cannot be told from every head.
            let is_it = match decided.strip_suffix("; over-limit") {
                None => explained == decided,
                Some(over) => without_outcome(&explained) == without_outcome(over),
            };
            ensure!(
                is_it,
                "the gate decided {decided:?}, and `explain` says {explained:?}"
            );
            compared += 1;
        }
        Ok(compared)
    }
}

fn without_outcome(decided: &str) -> &str {
    decided.split_once("; ").map_or("", |(_, row)| row)
}

/// Returns the arguments that stand for a request. Returns `None` if none can.
fn arguments(request: &Request) -> Option<Vec<String>> {
    let head = String::from_utf8(request.head()).ok()?;
    let mut lines = head.split("\r\n");
    let [method, target, "HTTP/1.1"] = lines.next()?.split(' ').collect::<Vec<_>>()[..] else {
        return None;
    };
    let mut host = None;
    let mut arguments = vec!["--method".to_owned(), method.to_owned()];
    for line in lines.filter(|line| !line.is_empty()) {
        let (name, value) = line.split_once(": ")?;
        match name.to_ascii_lowercase().as_str() {
            "host" if host.is_none() && !value.is_empty() => host = Some(value),
            "host" => return None,
            "content-length" | "transfer-encoding" => {}
            _ => arguments.extend(["--request-header".to_owned(), line.to_owned()]),
        }
    }
    let host = host.filter(|_| target.starts_with('/'))?;
    arguments.push(format!("http://{host}{target}"));
    Some(arguments)
}

/// Returns the heads at the start of an answer: of interim responses, and the final one.
fn heads(answer: &[u8]) -> &[u8] {
    let mut end = 0;
    while let Some(length) = find(&answer[end..], b"\r\n\r\n") {
        let is_interim =
            answer[end..].starts_with(b"HTTP/1.1 1") && !answer[end..].starts_with(b"HTTP/1.1 101");
        end += length + 4;
        if !is_interim {
            break;
        }
    }
    &answer[..end]
}

/// Returns the decision that `streamgate explain` shows, as the `Streamgate` field would.
fn explained(
    program: &Path,
    configuration: &Path,
    arguments: &[String],
    head: &[u8],
) -> Verdict<String> {
    let mut process = Command::new(program)
        .args(["explain", "--json", "--head", "-", "--config"])
        .arg(configuration)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()?;
    if let Some(mut input) = process.stdin.take() {
        input.write_all(head)?;
    }
    let output = process.wait_with_output()?;
    let error = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`explain` {arguments:?}: {error}");
    let report: Value = serde_json::from_slice(&output.stdout)?;
    let decision = &report["decision"];
    let text = |key: &str| decision[key].as_str().unwrap_or_default().to_owned();
    let over = match decision["over_limit"].as_bool() {
        Some(true) => "; over-limit",
        _ => "",
    };
    Ok(format!(
        "{}; row={}; reason={}{over}",
        text("outcome"),
        decision["row"],
        text("reason")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exchanges_at_a_time_are_not_alone() {
        let exchanges = Exchanges::default();
        assert_eq!(exchanges.play(|| 1), (1, true));
        let (inner, is_alone) = exchanges.play(|| exchanges.play(|| 2));
        assert_eq!((inner, is_alone), ((2, false), false));
        assert_eq!(exchanges.play(|| 3), (3, true));
    }

    #[test]
    fn the_final_head_is_the_last_that_counts() {
        for (answer, expected) in [
            (
                "HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 is",
                "HTTP/1.1 200 OK\r\n\r\n",
            ),
            (
                "HTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\nx",
                "HTTP/1.1 103 E\r\nA: b\r\n\r\nHTTP/1.1 200 OK\r\n\r\n",
            ),
            ("HTTP/1.1 101 S\r\n\r\n\x01", "HTTP/1.1 101 S\r\n\r\n"),
            ("HTTP/1.1 200", ""),
        ] {
            assert_eq!(heads(answer.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn a_request_that_no_command_line_can_hold_is_not_compared() {
        let get = || Request::new("GET", "/a");
        let expected = [
            "--method",
            "GET",
            "--request-header",
            "Connection: close",
            "http://www.example.com/a",
        ];
        assert_eq!(arguments(&get()), Some(expected.map(str::to_owned).into()));
        assert_eq!(arguments(&get().without("Host")), None);
        assert_eq!(arguments(&get().field("Host", "b")), None);
        assert_eq!(arguments(&get().field("A", b"\xff")), None);
        assert_eq!(arguments(&get().http_1_0()), None);
        assert_eq!(arguments(&Request::new("OPTIONS", "*")), None);
    }
}
