//! Failures of a scenario, each as one sentence.

use std::error::Error;
use std::fmt;

/// Says what was expected and what was observed instead.
pub(crate) struct Failure(pub(crate) String);

/// The result of everything that a scenario does.
pub(crate) type Verdict<T = ()> = Result<T, Failure>;

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// Fails with a formatted sentence.
macro_rules! fail {
    ($($sentence:tt)*) => {
        return Err($crate::failure::Failure(format!($($sentence)*)))
    };
}

/// Fails with a formatted sentence unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($sentence:tt)*) => {
        if !$condition {
            return Err($crate::failure::Failure(format!($($sentence)*)));
        }
    };
}

pub(crate) use {ensure, fail};

/// Formats bytes for a sentence: text as text, shortened to a length that a reader can take in.
pub(crate) fn show(bytes: &[u8]) -> String {
    const MOST: usize = 160;
    let shown = bytes[..bytes.len().min(MOST)].escape_ascii();
    match bytes.len() {
        0 => "nothing".to_owned(),
        length if length > MOST => format!("\"{shown}\"… ({length} bytes)"),
        _ => format!("\"{shown}\""),
    }
}

/// Fails unless the two are equal, and says where they first differ.
pub(crate) fn same_bytes(what: &str, expected: &[u8], got: &[u8]) -> Verdict {
    if expected == got {
        return Ok(());
    }
    let at = expected.iter().zip(got).take_while(|(a, b)| a == b).count();
    let from = at.saturating_sub(20);
    let around = |bytes: &[u8]| show(&bytes[from.min(bytes.len())..(from + 100).min(bytes.len())]);
    fail!(
        "{what}: expected {} bytes, got {}; they differ at byte {at}: expected {}, got {}",
        expected.len(),
        got.len(),
        around(expected),
        around(got)
    )
}
