//! Log lines on the Worker's console, which `wrangler dev`, `wrangler tail` and the dashboard show.

use std::io;

use tracing::level_filters::LevelFilter;

use crate::js;

/// Starts logging. `level` is a level's name or `off`; `None` and any other value stand for `info`.
pub(crate) fn install(level: Option<String>) {
    let level = level.and_then(|level| level.parse().ok());
    // In a Worker time stands still between I/O, and the platform's own log has the time.
    tracing_subscriber::fmt()
        .with_max_level(level.unwrap_or(LevelFilter::INFO))
        .without_time()
        .with_ansi(false)
        .with_writer(|| Line)
        .init();
}

/// Writes each line with one call.
struct Line;

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        js::print(String::from_utf8_lossy(bytes).trim_end());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
