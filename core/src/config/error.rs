//! What is wrong with a configuration, and where: every fault names its file, line and key.

use std::fmt;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

/// The reasons for which a configuration was refused: its first fault, and those behind it. Prints
/// one line for each: `FILE:LINE: KEY: MESSAGE`.
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    file: String,
    line: usize,
    key: String,
    message: String,
    /// The faults behind this one, none of which has any of its own.
    further: Vec<Self>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            key,
            message,
            further,
        } = self;
        let key = if key.is_empty() {
            ""
        } else {
            &format!("{key}: ")
        };
        write!(f, "{file}:{line}: {key}{message}")?;
        further.iter().try_for_each(|fault| write!(f, "\n{fault}"))
    }
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
        let at = match span {
            // The document itself, which starts where its first key does.
            Range { end: 0, .. } => None,
            _ => key_at(document.get_ref(), "", &span),
        };
        let at = at.unwrap_or_default();
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
            further: Vec::new(),
        }
    }

    /// Makes one error of all faults of a file, in the order of their lines.
    pub(super) fn of_all(mut faults: Vec<Self>, file: &str) -> Self {
        faults.sort_by_key(|fault| fault.line);
        let mut faults = faults.into_iter();
        let first = faults.next().unwrap_or_else(|| Self {
            file: file.to_owned(),
            line: 1,
            key: String::new(),
            message: "not valid".to_owned(),
            further: Vec::new(),
        });
        Self {
            further: faults.collect(),
            ..first
        }
    }

    /// Returns whether the key of this fault is that of another one, or stands in its table or
    /// array.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let rest = self.key.strip_prefix(&other.key);
        !other.key.is_empty()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// Places what no single value is to blame for.
    pub(super) fn misplaced(fault: Misplaced, text: &str, file: &str) -> Self {
        let (document, _) = DeTable::parse_recoverable(text);
        Self {
            file: file.to_owned(),
            line: line_of(text, fault.span.start),
            key: key_at(document.get_ref(), "", &fault.span).unwrap_or_default(),
            message: fault.message,
            further: Vec::new(),
        }
    }

    /// Puts another message in the place of the one that there is.
    pub(super) fn replace_message(&mut self, message: String) {
        self.message = message;
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

    /// Returns the faults behind this one, in the order of their lines.
    #[must_use]
    pub fn further(&self) -> &[Self] {
        &self.further
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

pub(super) fn covers(outer: &Range<usize>, inner: &Range<usize>) -> bool {
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
