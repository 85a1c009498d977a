//! What the terminal shows: the log, with each event in one line, and the messages of the process
//! itself.

use std::ffi::OsString;
use std::fmt;
use std::io::{self, Write};
use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

use super::lines::{STDERR, STDOUT};

/// Writes the log, and the message of a panic, to standard error. `filter` takes precedence over
/// `RUST_LOG`, and that over `info`.
///
/// # Errors
/// Returns a sentence if `filter` is not a valid filter.
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
        .with_writer(|| LogWriter)
        .log_internal_errors(false)
        .event_format(OneLine)
        .init();
    std::panic::set_hook(Box::new(report));
    Ok(())
}

/// Runs something, and returns with its result the lines that the log would have of it.
pub(crate) fn logged<T>(run: impl FnOnce() -> T) -> (T, Vec<String>) {
    let lines = Kept::default();
    let writer = lines.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("info"))
        .with_writer(move || writer.clone())
        .event_format(OneLine)
        .finish();
    let result = tracing::subscriber::with_default(subscriber, run);
    let text = lines.0.lock().unwrap_or_else(PoisonError::into_inner);
    let text = String::from_utf8_lossy(&text);
    (result, text.lines().map(str::to_owned).collect())
}

/// Keeps what is written to it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(event);
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Queues what is written to it, an event at a time.
struct LogWriter;

impl Write for LogWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        STDERR.say(event.to_vec());
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reports a panic. The standard hook would wait for standard error.
fn report(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let why = panic.payload_as_str().unwrap_or("no reason given");
    let why = why.replace(char::is_control, " ");
    let place = place.unwrap_or_default();
    STDERR.say(format!("error: panic, which ends its exchange: {why}: {place}\n").into());
}

/// Prints a message for whoever started the process. Nobody may be there to read it.
pub(crate) fn say(text: &str) {
    STDOUT.say(format!("{text}\n").into());
}

/// Writes what a command was asked for to standard output, however long it is and however slowly it
/// is read. A reader that has gone has seen what it wanted.
///
/// # Errors
/// Returns a sentence if it cannot be written.
pub(crate) fn print(output: &[u8]) -> Result<(), String> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(output).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => {
            Err(format!("standard output: {error}"))
        }
        _ => Ok(()),
    }
}

/// Prints why the process ends.
pub(crate) fn complain(text: &str) {
    STDERR.say(format!("streamgate: {text}\n").into());
}

/// Shows a piece of a report, and an empty line behind it.
pub(crate) fn show(piece: &str) {
    STDERR.say(format!("{piece}\n\n").into());
}

/// Returns whether output may have colours: only on a terminal that has them, and not against the
/// will of `NO_COLOR` (no-color.org).
pub(crate) fn is_coloured(is_terminal: bool) -> bool {
    may_be_coloured(is_terminal, |name| std::env::var_os(name))
}

fn may_be_coloured(is_terminal: bool, variable: impl Fn(&str) -> Option<OsString>) -> bool {
    let is_refused = variable("NO_COLOR").is_some_and(|value| !value.is_empty());
    is_terminal && !is_refused && variable("TERM").is_none_or(|term| term != "dumb")
}

/// Waits, when it is dropped at the end of the process, until all that was said is written, unless
/// nobody reads it. The message of a panic that ends the process is said, too.
pub(crate) struct Written;

impl Drop for Written {
    fn drop(&mut self) {
        #[cfg(feature = "otel")]
        crate::otel::linger();
        STDOUT.linger();
        STDERR.linger();
    }
}

/// Formats an event as one line: what was asked, what was decided and why, and the level if it is
/// not `info`.
struct OneLine;

impl<S, N> FormatEvent<S, N> for OneLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = Line::default();
        event.record(&mut line);
        let level = match *event.metadata().level() {
            Level::INFO => "",
            Level::ERROR => "error: ",
            Level::WARN => "warning: ",
            Level::DEBUG => "debug: ",
            Level::TRACE => "trace: ",
        };
        // The text may hold what an origin or a client sent, which must not end the line or move
        // the cursor.
        let text = line.text().replace(char::is_control, " ");
        writeln!(writer, "{level}{text}")
    }
}

/// The fields of an event.
#[derive(Default)]
struct Line {
    fields: Vec<(&'static str, String)>,
}

impl Line {
    fn take(&mut self, name: &str) -> Option<String> {
        let at = self.fields.iter().position(|(field, _)| *field == name)?;
        Some(self.fields.remove(at).1)
    }

    fn text(mut self) -> String {
        let mut words = Vec::new();
        words.extend(
            ["method", "path", "status"]
                .iter()
                .filter_map(|name| self.take(name)),
        );
        let message = self.take("message");
        match (self.take("outcome"), self.take("row")) {
            // The event is a decision, and its message would only say so.
            (Some(outcome), Some(row)) => words.push(format!("{outcome}, row {row}:")),
            _ => words.extend(message.map(|message| message + ":")),
        }
        let why = [self.take("error"), self.take("reason")];
        words.push(why.into_iter().flatten().collect::<Vec<_>>().join(": "));
        if self.take("over_limit").is_some_and(|over| over == "true") {
            words.push("(over the limit)".to_owned());
        }
        words.extend(
            self.fields
                .iter()
                .map(|(name, value)| format!("{name}={value}")),
        );
        words.retain(|word| !word.is_empty());
        words.join(" ").trim_end_matches(':').to_owned()
    }
}

impl Visit for Line {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.fields.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.fields.push((field.name(), format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_for_terminals_that_have_them_and_whoever_wants_them() {
        for (is_terminal, variables, expected) in [
            (true, &[][..], true),
            (true, &[("TERM", "xterm")], true),
            (true, &[("NO_COLOR", "")], true),
            (true, &[("NO_COLOR", "1")], false),
            (true, &[("TERM", "dumb")], false),
            (false, &[("TERM", "xterm")], false),
        ] {
            let variable = |name: &str| {
                let found = variables.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| OsString::from(value))
            };
            let coloured = may_be_coloured(is_terminal, variable);
            assert_eq!(coloured, expected, "{is_terminal} {variables:?}");
        }
    }
}
