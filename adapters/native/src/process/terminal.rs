//! What the terminal shows: the log, with each event in one line, and the messages of the process
//! itself.

use std::fmt;
use std::io::Write;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// Writes the log to standard error. `filter` takes precedence over `RUST_LOG`, and that over
/// `info`.
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
        .with_writer(std::io::stderr)
        .event_format(Lines)
        .init();
    Ok(())
}

/// Prints a message for whoever started the process. Nobody may be there to read it.
pub(crate) fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Prints why the process ends.
pub(crate) fn complain(text: &str) {
    let _ = writeln!(std::io::stderr(), "streamgate: {text}");
}

/// Formats an event as one line: what was asked, what was decided and why, and the level if it is
/// not `info`.
struct Lines;

impl<S, N> FormatEvent<S, N> for Lines
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
