//! What is wrong with a configuration, and where: every fault names its file, line and key.

use std::fmt;
use std::ops::Range;

use toml::de::{DeTable, DeValue};

use super::help;

/// The reasons for which a configuration was refused: its faults, in the order of their lines.
/// Prints one line for each: `FILE:LINE: KEY: MESSAGE`.
///
/// ```
/// use streamgate::Config;
///
/// let text = "[origin]\nurl = 'ftp://a.example'";
/// let error = Config::from_toml(text, "streamgate.toml").unwrap_err();
/// let fault = &error.faults()[0];
/// assert_eq!((fault.line(), fault.column(), fault.key()), (2, 7, "origin.url"));
/// assert_eq!(
///     error.to_string(),
///     "streamgate.toml:2: origin.url: \"ftp://a.example\" is no origin: its scheme must be http or https"
/// );
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(faults))]
pub struct ConfigError {
    faults: Vec<ConfigFinding>,
}

impl ConfigError {
    /// Makes one error of all faults of a file.
    pub(super) fn of_all(mut faults: Vec<ConfigFinding>) -> Self {
        faults.sort_by_key(|fault| fault.line);
        Self { faults }
    }

    /// Returns the faults, at least one, in the order of their lines.
    #[must_use]
    pub fn faults(&self) -> &[ConfigFinding] {
        &self.faults
    }
}

fn lines(findings: &[ConfigFinding]) -> String {
    let lines: Vec<_> = findings.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// One thing that is to be told about a configuration, and its place: a fault, or what is valid and
/// surely not meant. Prints one line: `FILE:LINE: KEY: MESSAGE`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFinding {
    file: String,
    span: Range<usize>,
    line: usize,
    column: usize,
    key: String,
    message: String,
    /// What is said of the key in parentheses.
    hint: Option<String>,
    /// What is to be written instead, where that does not follow from the key.
    help: Option<String>,
}

impl fmt::Display for ConfigFinding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.key.is_empty() {
            write!(f, "{}: ", self.key)?;
        }
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " ({hint})"),
            None => Ok(()),
        }
    }
}

/// What is to be told of values that are valid each by itself: where the value stands that is to
/// change, and how.
pub(super) struct Misplaced {
    pub(super) span: Range<usize>,
    pub(super) message: String,
    pub(super) help: String,
}

impl ConfigFinding {
    /// Places what the TOML layer found in the text that it came from.
    pub(super) fn locate(error: &toml::de::Error, text: &str, file: &str) -> Self {
        let span = error.span().unwrap_or(0..0);
        let (document, _) = DeTable::parse_recoverable(text);
        let at = match span.is_empty() {
            // The document itself, or a place where something is expected.
            true => None,
            false => key_at(document.get_ref(), "", &span),
        };
        let at = at.unwrap_or_default();
        let (mut hint, mut help) = (None, None);
        let (key, message) = match error.message() {
            message if message.starts_with("missing field ") => (
                join(&at, quoted(message).next().unwrap_or_default()),
                "missing".to_owned(),
            ),
            message if message.starts_with("unknown field ") => {
                let mut names = quoted(message);
                let unknown = names.next().unwrap_or_default();
                hint = Some(known_keys(unknown, &names.collect::<Vec<_>>()));
                (at, "unknown key".to_owned())
            }
            message if message.starts_with("unknown variant ") => {
                let known: Vec<_> = quoted(message).skip(1).collect();
                help = Some(format!("write \"{}\"", known.join("\" or \"")));
                (at, message.to_owned())
            }
            // Only the first of two equal keys is in the document.
            "duplicate key" => {
                let name = text.get(span.clone()).unwrap_or_default().to_owned();
                help = Some("remove one of the two".to_owned());
                let key = if at.is_empty() { name } else { at };
                (key, "duplicate key".to_owned())
            }
            message => (at, message.to_owned()),
        };
        let message = message.split_whitespace().collect::<Vec<_>>().join(" ");
        Self {
            hint,
            help,
            ..Self::at(span, key, message, text, file)
        }
    }

    /// Tells something of a key that is written in `text`, such as that a file that it names cannot
    /// be read: what an adapter alone can know. A key is as `tls.key` or `tls.key[0]`; `help` is
    /// what to write instead. Returns `None` if the key is not written.
    ///
    /// ```
    /// use streamgate::ConfigFinding;
    ///
    /// let text = "[tls]\nkey = 'a.key'";
    /// let fault = ConfigFinding::of_key("tls.key", "it is empty", "name a key", text, "f.toml");
    /// assert_eq!(fault.unwrap().to_string(), "f.toml:2: tls.key: it is empty");
    /// assert_eq!(ConfigFinding::of_key("tls.key[0]", "it is empty", "", text, "f.toml"), None);
    /// ```
    #[must_use]
    pub fn of_key(key: &str, message: &str, help: &str, text: &str, file: &str) -> Option<Self> {
        let (document, _) = DeTable::parse_recoverable(text);
        let span = place_of(document.get_ref(), key)?;
        Some(Self {
            help: Some(help.to_owned()),
            ..Self::at(span, key.to_owned(), message.to_owned(), text, file)
        })
    }

    /// Places what no single value is to blame for.
    pub(super) fn misplaced(found: Misplaced, text: &str, file: &str) -> Self {
        let (document, _) = DeTable::parse_recoverable(text);
        let key = key_at(document.get_ref(), "", &found.span).unwrap_or_default();
        Self {
            help: Some(found.help),
            ..Self::at(found.span, key, found.message, text, file)
        }
    }

    fn at(span: Range<usize>, key: String, message: String, text: &str, file: &str) -> Self {
        let start = text.floor_char_boundary(span.start);
        let before = text.get(..start).unwrap_or(text);
        let line = before.rsplit('\n').next().unwrap_or_default();
        Self {
            file: file.to_owned(),
            line: 1 + before.bytes().filter(|&byte| byte == b'\n').count(),
            column: 1 + line.chars().count(),
            span,
            key,
            message,
            hint: None,
            help: None,
        }
    }

    /// Returns whether the key of this fault is that of another one, or stands in its table or
    /// array.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let rest = self.key.strip_prefix(&other.key);
        !other.key.is_empty()
            && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['.', '[']))
    }

    /// Returns whether this says the same of another key in the same table.
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        let table = |key: &str| key.rsplit_once('.').map(|(table, _)| table.to_owned());
        self.message == other.message && table(&self.key) == table(&other.key)
    }

    /// Puts another message in the place of the one that there is, and of what belongs to it.
    pub(super) fn replace_message(&mut self, message: String) {
        self.message = message;
        self.hint = None;
        self.help = None;
    }

    /// Returns the file, or whatever else the configuration was read from.
    #[must_use]
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the place in that file, in bytes: of the value, of the key or of the header of the
    /// table that this is about. It is empty at the start of the file if this is about the whole.
    #[must_use]
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Returns the line in that file, counted from 1.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// Returns the character in that line, counted from 1.
    #[must_use]
    pub fn column(&self) -> usize {
        self.column
    }

    /// Returns the key that this is about, such as `gate.buffer_limit` or `html[0].select` (rules
    /// are counted from 0), or an empty text if the configuration is no TOML.
    #[must_use]
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns what is to be told about it.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Returns what to write instead. Returns `None` if the message says it.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        let told = self.hint.as_deref().or(self.help.as_deref());
        told.or_else(|| help::for_key(&self.key, &self.message))
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

/// Returns where the value of a key stands. Returns `None` if the key is not written.
pub(super) fn place_of(document: &DeTable<'_>, key: &str) -> Option<Range<usize>> {
    let mut parts = key.split(['.', '[']);
    let mut value = document.get(parts.next()?)?;
    for part in parts {
        value = match (value.get_ref(), part.strip_suffix(']')) {
            (DeValue::Table(table), None) => table.get(part)?,
            (DeValue::Array(items), Some(index)) => items.get(index.parse::<usize>().ok()?)?,
            _ => return None,
        };
    }
    Some(value.span())
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

fn known_keys(unknown: &str, known: &[&str]) -> String {
    match known.iter().min_by_key(|name| distance(unknown, name)) {
        Some(name) if distance(unknown, name) <= 2 => format!("did you mean {name}?"),
        _ => format!("known here: {}", known.join(", ")),
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
