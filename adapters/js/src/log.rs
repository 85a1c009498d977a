//! Log lines on the console, which workerd, `wrangler` and browsers show with their level.

use std::io;

use tracing::level_filters::LevelFilter;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    pub(crate) fn print(line: &str);

    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    fn print_warning(line: &str);
}

/// Starts logging. `level` is a level's name or `off`; `None` and any other value stand for
/// `default`. A second call changes nothing: the subscriber is set for good.
pub fn install(level: Option<&str>, default: LevelFilter) {
    let level = level.and_then(|level| level.parse().ok());
    // A browser's console and the log of Workers have the time; in a Worker it stands still between
    // I/O.
    let _ = tracing_subscriber::fmt()
        .with_max_level(level.unwrap_or(default))
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
            Some("WARN" | "ERROR") => print_warning(line),
            _ => print(line),
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
