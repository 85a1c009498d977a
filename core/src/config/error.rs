//! What is wrong with a configuration, and where: every fault names its file, line and key.

use std::fmt;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// The reason for which a configuration was refused. Prints as one line: `FILE:LINE: KEY: MESSAGE`.
///
/// ```
/// use streamgate::Config;
///
/// let error = Config::from_toml("[origin]\nurl = 'ftp://a.example'", "streamgate.toml").unwrap_err();
/// assert_eq!((error.line(), error.key()), (2, "origin.url"));
/// assert_eq!(
///     error.to_string(),
///     "streamgate.toml:2: origin.url: \"ftp://a.example\" is no origin: its scheme must be http or https"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}: {}{message}", if key.is_empty() { String::new() } else { format!("{key}: ") })]
pub struct ConfigError {
    file: String,
    line: usize,
    key: String,
    message: String,
}

/// A fault of values that do not go together, and where the value stands that is to change.
pub(super) struct Misplaced {
    pub(super) span: Range<usize>,
    pub(super) message: String,
}

impl ConfigError {
    /// Places what the TOML layer found in the text that it came from.
    pub(super) fn locate(error: &toml::de::Error, text: &str, file: &str) -> Self {
        let span = error.span().unwrap_or(0..0);
        let (document, _) = DeTable::parse_recoverable(text);
        let at = key_at(document.get_ref(), "", &span).unwrap_or_default();
        let (key, message) = match error.message() {
            message if message.starts_with("missing field ") => (
                join(&at, quoted(message).next().unwrap_or_default()),
                "missing".to_owned(),
            ),
            message if message.starts_with("unknown field ") => {
                let mut names = quoted(message);
                let unknown = names.next().unwrap_or_default();
                (at, unknown_key(unknown, &names.collect::<Vec<_>>()))
            }
            // Only the first of two equal keys is in the document.
            "duplicate key" if at.is_empty() => {
                let name = text.get(span.clone()).unwrap_or_default();
                (name.to_owned(), "duplicate key".to_owned())
            }
            message => (at, message.to_owned()),
        };
        Self {
            file: file.to_owned(),
            line: line_of(text, span.start),
            key,
            message: message.split_whitespace().collect::<Vec<_>>().join(" "),
        }
    }

    /// Places what no single value is to blame for.
    pub(super) fn misplaced(fault: Misplaced, text: &str, file: &str) -> Self {
        let (document, _) = DeTable::parse_recoverable(text);
        Self {
            file: file.to_owned(),
            line: line_of(text, fault.span.start),
            key: key_at(document.get_ref(), "", &fault.span).unwrap_or_default(),
            message: fault.message,
        }
    }

    /// Returns the file, or whatever else the configuration was read from.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the line in that file, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the key at fault, such as `gate.buffer_limit` or `html[0].select` (rules are counted
    /// from 0), or an empty text if the configuration is no TOML.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns what is wrong with it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

/// Why a configuration cannot be compiled. One that was read with [`Config::from_toml`] always can
/// be.
///
/// [`Config::from_toml`]: super::Config::from_toml
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct InvalidConfig(String);

impl InvalidConfig {
    pub(crate) fn of(error: &dyn fmt::Display) -> Self {
        Self(error.to_string())
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    1 + before.iter().filter(|&&byte| byte == b'\n').count()
}

/// Returns the path of the innermost key whose name or value covers `span`. A table with a header
/// of its own covers only that header, hence the search in every branch.
fn key_at(table: &DeTable<'_>, prefix: &str, span: &Range<usize>) -> Option<String> {
    table.iter().find_map(|(name, value)| {
        let path = join(prefix, name.get_ref());
        value_at(value, &path, span).or_else(|| covers(&name.span(), span).then_some(path))
    })
}

fn value_at(value: &toml::Spanned<DeValue<'_>>, path: &str, span: &Range<usize>) -> Option<String> {
    let inner = match value.get_ref() {
        DeValue::Table(table) => key_at(table, path, span),
        DeValue::Array(items) => items
            .iter()
            .enumerate()
            .find_map(|(index, item)| value_at(item, &format!("{path}[{index}]"), span)),
        _ => None,
    };
    inner.or_else(|| covers(&value.span(), span).then(|| path.to_owned()))
}

fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
    outer.start <= inner.start && inner.start < outer.end && inner.end <= outer.end
}

fn join(prefix: &str, name: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let name = if !name.is_empty() && name.chars().all(bare) {
        name.to_owned()
    } else {
        format!("{name:?}")
    };
    if prefix.is_empty() {
        name
    } else {
        format!("{prefix}.{name}")
    }
}

/// Returns the part of a message of serde that stands in backticks.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    message.split('`').skip(1).step_by(2)
}

fn unknown_key(unknown: &str, known: &[&str]) -> String {
    match known.iter().min_by_key(|name| distance(unknown, name)) {
        Some(name) if distance(unknown, name) <= 2 => {
            format!("unknown key (did you mean {name}?)")
        }
        _ => format!("unknown key (known here: {})", known.join(", ")),
    }
}

/// Returns Levenshtein's distance in bytes.
fn distance(a: &str, b: &str) -> usize {
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.bytes().enumerate() {
        let mut diagonal = i;
        let mut left = i + 1;
        for (cell, y) in row.iter_mut().skip(1).zip(b.bytes()) {
            let substituted = diagonal + usize::from(x != y);
            diagonal = *cell;
            left = substituted.min(diagonal + 1).min(left + 1);
            *cell = left;
        }
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
    }
    row.last().copied().unwrap_or_default()
}
