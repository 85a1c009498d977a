//! The access log: a line for each exchange that has ended, on standard output.

use super::lines::STDOUT;

/// Writes a line, unless nobody reads the lines.
pub(crate) fn write(line: &str) {
    STDOUT.say(format!("{line}\n").into());
}
