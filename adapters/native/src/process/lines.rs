//! Lines for a terminal, a file or a pipe, written by a thread of their own: whoever has something
//! to say neither waits for the reader nor dies of its absence.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

/// How many bytes of lines may wait for the writer. Lines beyond it are dropped: some 10,000 lines
/// of usual length are behind a reader that has stopped.
const WAITING: usize = 1024 * 1024;

/// What a line takes in the queue beside its bytes.
const OVERHEAD: usize = 32;

/// How long to wait for a descriptor that is set not to block, and takes nothing now.
const PAUSE: Duration = Duration::from_millis(20);

/// How long the process waits at its end for lines that are not written yet.
const LINGER: Duration = Duration::from_secs(1);

/// The lines of the log, for standard error.
pub(super) static STDERR: LazyLock<Lines> =
    LazyLock::new(|| Lines::to("stderr", io::stderr(), None));

/// The lines that answer a command, and those of the access log, for standard output. Programs may
/// read them, so it is standard error that says how many were lost.
pub(super) static STDOUT: LazyLock<Lines> =
    LazyLock::new(|| Lines::to("stdout", io::stdout(), Some(&STDERR)));

/// Returns how many lines of both were lost so far.
pub(super) fn lost() -> u64 {
    [&*STDERR, &*STDOUT]
        .map(|lines| lines.state.all_lost.load(Ordering::Relaxed))
        .iter()
        .sum()
}

/// A bounded queue of lines, and the thread that writes them.
pub(super) struct Lines {
    queue: Sender<Vec<u8>>,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    /// The bytes of the lines that wait or are being written.
    waiting: AtomicUsize,
    /// The lines that were lost since that was last said.
    lost: AtomicU64,
    /// The lines that were lost in all.
    all_lost: AtomicU64,
}

impl Lines {
    /// Starts the thread that writes to `sink`, and tells `teller`, by default `sink`, how many
    /// lines were lost. Where the system has no thread left, all lines are lost.
    fn to(
        name: &str,
        sink: impl Write + Send + 'static,
        teller: Option<&'static LazyLock<Self>>,
    ) -> Self {
        let (queue, lines) = mpsc::channel();
        let state = Arc::new(State::default());
        let writer = Arc::clone(&state);
        // The thread is never joined: it may be blocked in a write for good.
        let _ = std::thread::Builder::new()
            .name(name.to_owned())
            .spawn(move || writer.write(&lines, sink, teller));
        Self { queue, state }
    }

    /// Queues a line, with its end, or drops it if too much waits already.
    pub(super) fn say(&self, line: Vec<u8>) {
        let cost = line.len() + OVERHEAD;
        let before = self.state.waiting.fetch_add(cost, Ordering::AcqRel);
        if before.saturating_add(cost) > WAITING || self.queue.send(line).is_err() {
            self.state.waiting.fetch_sub(cost, Ordering::AcqRel);
            self.state.lost.fetch_add(1, Ordering::Relaxed);
            self.state.all_lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all lines are written, but not for long.
    pub(super) fn linger(&self) {
        let start = Instant::now();
        while self.state.waiting.load(Ordering::Acquire) > 0 && start.elapsed() < LINGER {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl State {
    fn write(
        &self,
        lines: &Receiver<Vec<u8>>,
        mut sink: impl Write,
        teller: Option<&'static LazyLock<Lines>>,
    ) {
        for line in lines {
            let lost = self.lost.swap(0, Ordering::Relaxed);
            let told = match (lost, teller) {
                (0, _) => Ok(()),
                (lost, Some(teller)) => {
                    teller.say(format!("warning: {lost} lines of stdout are lost\n").into());
                    Ok(())
                }
                (lost, None) => {
                    let told = format!("warning: {lost} lines of the log are lost\n");
                    write_all(&mut sink, told.as_bytes())
                }
            };
            let written = told.and_then(|()| write_all(&mut sink, &line));
            if written.is_err() {
                // Nobody reads, or the disk is full: that may change.
                let untold = if teller.is_none() { lost } else { 0 };
                self.lost.fetch_add(untold + 1, Ordering::Relaxed);
                self.all_lost.fetch_add(1, Ordering::Relaxed);
            }
            self.waiting
                .fetch_sub(line.len() + OVERHEAD, Ordering::AcqRel);
        }
    }
}

/// Writes a line as a whole, also to a descriptor that is set not to block.
fn write_all(sink: &mut impl Write, mut bytes: &[u8]) -> io::Result<()> {
    while !bytes.is_empty() {
        match sink.write(bytes) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(written) => bytes = bytes.get(written..).unwrap_or_default(),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => std::thread::sleep(PAUSE),
            Err(error) => return Err(error),
        }
    }
    sink.flush()
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// A sink that keeps what it gets, once it is let.
    #[derive(Clone, Default)]
    struct Sink {
        held: Arc<Mutex<()>>,
        written: Arc<Mutex<Vec<u8>>>,
        broken: Arc<AtomicUsize>,
    }

    impl Write for Sink {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            drop(self.held.lock().expect("a lock"));
            let broken = self
                .broken
                .fetch_update(Ordering::Relaxed, Ordering::Relaxed, |n| n.checked_sub(1));
            if broken.is_ok() {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.written.lock().expect("a lock").extend(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Sink {
        fn text(&self) -> String {
            String::from_utf8_lossy(&self.written.lock().expect("a lock")).into_owned()
        }
    }

    #[test]
    fn a_reader_that_has_stopped_costs_lines_and_no_time() {
        let sink = Sink::default();
        let held = sink.held.lock().expect("a lock");
        let lines = Lines::to("test", sink.clone(), None);
        let line = vec![b'x'; 1024];
        for _ in 0..4 * WAITING / line.len() {
            lines.say(line.clone());
        }
        assert!(lines.state.waiting.load(Ordering::Relaxed) <= WAITING);
        assert!(lines.state.lost.load(Ordering::Relaxed) > 0);
        drop(held);
        lines.linger();
        lines.say(b"after\n".to_vec());
        lines.linger();
        let text = sink.text();
        assert!(text.contains(" lines of the log are lost\n"), "none said");
        assert!(text.ends_with("after\n"));
    }

    #[test]
    fn lines_that_a_full_disk_refused_are_counted_and_said() {
        let sink = Sink::default();
        sink.broken.store(3, Ordering::Relaxed);
        let lines = Lines::to("test", sink.clone(), None);
        for line in ["one\n", "two\n", "three\n", "four\n"] {
            lines.say(line.into());
            lines.linger();
        }
        assert_eq!(sink.text(), "warning: 3 lines of the log are lost\nfour\n");
    }
}
