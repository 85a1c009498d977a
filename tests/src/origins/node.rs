//! Node as an origin, whose connections end while the gate might use them again.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::Places;
use super::clients::{self, Counts};
use crate::client::Request;
use crate::driver::Process;
use crate::failure::{Failure, Verdict, ensure, fail};

/// The origin, and a client to compare the gate with.
const SCRIPT: &str = include_str!("node.mjs");
/// Clients that ask at the same time.
const CLIENTS: usize = 50;
/// Requests of a client, one after the other.
const EACH: usize = 4;
/// How long Node may take until it listens.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts Node and the gate before it, and sends requests at pauses of some five seconds, after
/// which Node ends a connection.
pub(super) fn check(places: &Places) -> Verdict<Vec<(&'static str, Verdict)>> {
    let folder = places.folder("node")?;
    let script = folder.join("node.mjs");
    std::fs::write(&script, SCRIPT)?;
    let mut node = Command::new("node");
    node.arg(&script);
    let node = Process::spawn(node, &folder)?;
    let url = format!("http://127.0.0.1:{}", port(&node)?);
    let gate = places.gate(&folder, &url, None)?;
    // As the script pauses.
    let pause = |client: usize, number: usize| {
        Duration::from_millis(u64::try_from(4900 + (client * 7 + number * 13) % 200).unwrap_or(0))
    };
    let of = |method: &str| {
        let request = Request::new(method, "/").without("Connection");
        let request = match method {
            "POST" => request.body(b"hi"),
            _ => request,
        };
        clients::ask(gate.address, (CLIENTS, EACH), &request, pause)
    };
    let bare = |method: &str| {
        let mut node = Command::new("node");
        node.arg(&script).args([&url, method]);
        node.args([CLIENTS.to_string(), EACH.to_string()]);
        let output = node.stderr(Stdio::inherit()).output()?;
        Ok::<Counts, Failure>(serde_json::from_slice(&output.stdout)?)
    };
    // All at the same time, since each consists of pauses.
    let (gets, posts, bare) = std::thread::scope(|scope| {
        let gets = scope.spawn(|| of("GET"));
        let posts = scope.spawn(|| of("POST"));
        let bare = bare("POST");
        (gets.join().unwrap(), posts.join().unwrap(), bare)
    });
    let bare = bare?;
    println!("Node: GET {gets:?}, POST {posts:?}; fetch of Node: POST {bare:?}");
    let lost = |counts: &Counts| {
        let whole = counts.get("200").copied().unwrap_or_default();
        CLIENTS * EACH - whole
    };
    let no_get = || {
        ensure!(lost(&gets) == 0, "{gets:?}");
        Ok(())
    };
    let no_more_posts = || {
        ensure!(
            lost(&posts) <= lost(&bare),
            "{posts:?}, and by fetch {bare:?}"
        );
        Ok(())
    };
    Ok(vec![
        ("no GET is lost when Node ends connections", no_get()),
        (
            "no more POSTs are lost than by Node's fetch",
            no_more_posts(),
        ),
    ])
}

/// Waits until Node says on which port it listens.
fn port(node: &Process) -> Verdict<u16> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let log = node.log();
        let said = log.strip_prefix("listening on ");
        if let Some(Ok(port)) = said.map(|port| port.trim().parse()) {
            return Ok(port);
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    fail!("Node does not listen: {}", node.log_end())
}
