//! The configuration of a soak, and its changes on the native gate while there is traffic.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use super::content::{AT_THE_END, AT_THE_START};
use super::exchange::PUBLIC;
use super::judge::Outcome;
use super::tally::Tally;
use crate::client::{Connection, Request};
use crate::failure::{Failure, Verdict, ensure};
use crate::fields::contains;

/// The page by which a configuration is told from another.
const PAGE: &str = "/generation";

/// How long there is between two changes.
const INTERVAL: Duration = Duration::from_secs(1);

/// How long a change may take. A file is looked at once a second.
const TAKEN_UP_WITHIN: Duration = Duration::from_secs(15);

/// Formats the configuration of a generation for the origin at `base`. The gate waits `limit`
/// seconds for a connection, for the head of an answer, and within its body.
pub(super) fn config(base: &str, limit: u64, generation: u64) -> String {
    format!(
        r#"[origin]
url                = "{base}"
public             = "{PUBLIC}"
connect_timeout    = "{limit} s"
first_byte_timeout = "{limit} s"

[gate]
explain = true

[limits]
body_idle   = "{limit} s"
events_idle = "{limit} s"

[[html]]
select  = "head"
prepend = '{}'
once    = true
when    = {{ path = "/soak/*" }}

[[html]]
select = "body"
append = "{}"
when   = {{ path = "/soak/*" }}

[[html]]
select = "body"
append = "{}"
when   = {{ path = "{PAGE}" }}
"#,
        AT_THE_START.1,
        AT_THE_END.1,
        mark(generation)
    )
}

/// Returns what the pages of a generation have on [`PAGE`].
fn mark(generation: u64) -> String {
    format!("<!--generation {generation}-->")
}

/// The native gate, whose configuration changes.
pub(super) struct Changing<'a> {
    pub(super) gate: SocketAddr,
    /// The file that the gate reads.
    pub(super) file: PathBuf,
    /// Tells the gate to read it at once.
    pub(super) hang_up: &'a (dyn Fn() -> Verdict + Sync),
    /// The URL of the origin, without a path.
    pub(super) base: &'a str,
    /// How long the gate waits, in seconds.
    pub(super) limit: u64,
}

impl Changing<'_> {
    /// Changes the configuration again and again for as long as `goes_on` says so: by a signal, by
    /// the changed file alone, and to one that is not valid, which must change nothing. Counts as
    /// lost what is not taken up.
    pub(super) fn keep_on(&self, tally: &Tally, goes_on: &(dyn Fn() -> bool + Sync)) {
        let mut in_force = 0;
        for change in 1.. {
            let until = Instant::now() + INTERVAL;
            while goes_on() && Instant::now() < until {
                std::thread::sleep(INTERVAL / 20);
            }
            if !goes_on() {
                break;
            }
            let text = config(self.base, self.limit, change);
            let changed = match change % 3 {
                0 => self.write(&format!("{text}\n[no-such-table]\n"), true),
                1 => self.write(&text, true),
                _ => self.write(&text, false),
            };
            if change % 3 != 0 {
                in_force = change;
            }
            let changed = changed.and_then(|()| self.serves(&mark(in_force)));
            if let Err(Failure(why)) = changed {
                tally.wrong("a change of the configuration", &Outcome::Lost(why));
            } else {
                tally.changed();
            }
        }
    }

    /// Puts a text into the place of the file at once, so that the gate reads no half of it.
    fn write(&self, text: &str, is_told: bool) -> Verdict {
        let new = self.file.with_extension("new");
        std::fs::write(&new, text)?;
        std::fs::rename(&new, &self.file)?;
        match is_told {
            true => (self.hang_up)(),
            false => Ok(()),
        }
    }

    /// Waits until the gate puts `mark` into a page.
    fn serves(&self, mark: &str) -> Verdict {
        let deadline = Instant::now() + TAKEN_UP_WITHIN;
        loop {
            let mut connection = Connection::open(self.gate, deadline, None)?;
            connection.send(&Request::new("GET", PAGE))?;
            let mut response = connection.response("GET")?;
            while response.read_some()? {}
            if contains(&response.body, mark.as_bytes()) {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "the gate does not serve {mark}");
            std::thread::sleep(INTERVAL / 20);
        }
    }
}
