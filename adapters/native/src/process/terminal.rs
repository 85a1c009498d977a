//! What the terminal shows.

use std::io::Write;

use tracing_subscriber::EnvFilter;

/// Writes the log to standard error, each event in one line. `filter` comes before `RUST_LOG`, and that before `info`.
///
/// # Errors
/// When it is no filter.
pub(crate) fn log(filter: Option<&str>) -> Result<(), String> {
    let filter = match filter {
        Some(filter) => EnvFilter::try_new(filter).map_err(|e| format!("--log: {e}"))?,
        None => match std::env::var("RUST_LOG") {
            Ok(filter) => EnvFilter::try_new(filter).map_err(|e| format!("RUST_LOG: {e}"))?,
            Err(_) => EnvFilter::new("info"),
        },
    };
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time()
        .init();
    Ok(())
}

/// Says something to whoever started the process. Nobody may be there to read it.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Says why the process ends.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "streamgate: {text}");
}
