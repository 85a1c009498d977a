//! Log lines on the Worker's console, which `wrangler dev`, `wrangler tail` and the dashboard show.

use std::io;

use tracing::level_filters::LevelFilter;
use tracing::{Level, Metadata};
use tracing_subscriber::fmt::MakeWriter;

use crate::js;

/// Starts logging, once per isolate. `level` is a level's name or `off`; `None` or anything else: `info`.
pub(crate) fn install(level: Option<&str>) {
    let level = level
        .and_then(|level| level.parse().ok())
        .unwrap_or(LevelFilter::INFO);
    // There is no clock without I/O in a Worker, and the platform's own log has the time.
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(level)
        .without_time()
        .with_ansi(false)
        .with_writer(Console)
        .finish();
    // Only the first one counts.
    let _ = tracing::subscriber::set_global_default(subscriber);
}

struct Console;

impl<'a> MakeWriter<'a> for Console {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line { warning: false }
    }

    fn make_writer_for(&'a self, event: &Metadata<'_>) -> Line {
        Line {
            warning: *event.level() <= Level::WARN,
        }
    }
}

/// One line: the subscriber writes each with one call.
struct Line {
    warning: bool,
}

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        let print = if self.warning { js::warn } else { js::log };
        print(text.trim_end());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
