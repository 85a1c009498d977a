//! Log lines on the console.

use std::io;

use tracing::level_filters::LevelFilter;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::js;

/// Starts logging. `level` is a level's name or `off`; any other value stands for `warn`.
#[wasm_bindgen]
pub fn log(level: &str) {
    // A second call changes nothing: the subscriber is set for good.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level.parse().unwrap_or(LevelFilter::WARN))
        .without_time()
        .with_ansi(false)
        .with_writer(|| Line)
        .try_init();
}

/// Writes each line with one call.
struct Line;

impl io::Write for Line {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(bytes);
        let line = line.trim_end();
        match line.trim_start().split(' ').next() {
            Some("WARN" | "ERROR") => js::print_warning(line),
            _ => js::print(line),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
