//! The fields of a message as they came over the wire, with their order, letter case and bytes.

use crate::failure::{Verdict, ensure, show};

/// The fields of one head, in order.
#[derive(Clone, Debug, Default)]
pub(crate) struct Fields(Vec<(Vec<u8>, Vec<u8>)>);

impl Fields {
    /// Parses field lines (RFC 9112 §5). A line without a colon, white space before the colon and a
    /// folded line are failures.
    pub(crate) fn parse(lines: &[u8]) -> Verdict<Self> {
        let mut fields = Vec::new();
        let mut rest = lines;
        while !rest.is_empty() {
            let end = find(rest, b"\r\n").unwrap_or(rest.len());
            let line = &rest[..end];
            rest = &rest[(end + 2).min(rest.len())..];
            ensure!(
                !matches!(line.first(), Some(b' ' | b'\t')),
                "a folded field line: {}",
                show(line)
            );
            let colon = line.iter().position(|&byte| byte == b':');
            let (name, value) = line.split_at(colon.unwrap_or(line.len()));
            ensure!(
                colon.is_some() && is_token(name),
                "a malformed field line: {}",
                show(line)
            );
            let value = value[1..].trim_ascii();
            ensure!(
                !value.iter().any(|byte| b"\r\n\0".contains(byte)),
                "a malformed field value: {}",
                show(line)
            );
            fields.push((name.to_vec(), value.to_vec()));
        }
        Ok(Self(fields))
    }

    /// Returns names and values, in order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.0.iter().map(|(name, value)| (&name[..], &value[..]))
    }

    /// Returns the values of a field, in order.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
        let same =
            move |(other, _): &&(Vec<u8>, Vec<u8>)| other.eq_ignore_ascii_case(name.as_bytes());
        self.0
            .iter()
            .filter(same)
            .map(|(_, value)| value.as_slice())
    }

    /// Returns the first value of a field.
    pub(crate) fn get<'a>(&'a self, name: &'a str) -> Option<&'a [u8]> {
        self.all(name).next()
    }

    /// Returns the first value of a field as text, with U+FFFD for bytes that are not UTF-8.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.get(name)
            .map(|value| String::from_utf8_lossy(value).into_owned())
    }

    /// Returns all values of a field, combined as one list (RFC 9110 §5.3).
    pub(crate) fn list(&self, name: &str) -> Option<Vec<u8>> {
        let values: Vec<_> = self.all(name).collect();
        (!values.is_empty()).then(|| values.join(&b", "[..]))
    }

    /// Returns whether the list of the field has this member, in any letter case.
    pub(crate) fn has_member(&self, name: &str, member: &str) -> bool {
        self.all(name)
            .flat_map(|value| value.split(|&byte| byte == b','))
            .any(|one| one.trim_ascii().eq_ignore_ascii_case(member.as_bytes()))
    }
}

/// Returns where `needle` first occurs.
pub(crate) fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack
        .windows(needle.len())
        .position(|window| window == needle)
}

/// Returns whether `needle` occurs.
pub(crate) fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    find(haystack, needle).is_some()
}

/// Returns whether `name` is a token (RFC 9110 §5.6.2).
fn is_token(name: &[u8]) -> bool {
    let tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !name.is_empty() && name.iter().all(tchar)
}

/// The framing of a body as its fields announce it (RFC 9112 §6.3), for a message that may have a
/// body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Framing {
    /// `Content-Length`, in bytes.
    Length(u64),
    /// `Transfer-Encoding: chunked`.
    Chunked,
    /// Neither of the two: a request has no body, and a response goes on until the connection
    /// closes.
    Unframed,
}

impl Framing {
    /// Reads the framing from `fields`. Both framings at once, another transfer coding, and several
    /// lengths are failures.
    pub(crate) fn of(fields: &Fields) -> Verdict<Self> {
        let lengths: Vec<_> = fields.all("content-length").collect();
        if let Some(coding) = fields.list("transfer-encoding") {
            ensure!(
                coding.eq_ignore_ascii_case(b"chunked"),
                "Transfer-Encoding is {}",
                show(&coding)
            );
            ensure!(
                lengths.is_empty(),
                "both Transfer-Encoding and Content-Length"
            );
            return Ok(Self::Chunked);
        }
        ensure!(
            lengths.len() <= 1,
            "{} Content-Length fields",
            lengths.len()
        );
        let Some(length) = lengths.first() else {
            return Ok(Self::Unframed);
        };
        let digits = !length.is_empty() && length.iter().all(u8::is_ascii_digit);
        ensure!(digits, "Content-Length is {}", show(length));
        Ok(Self::Length(String::from_utf8_lossy(length).parse()?))
    }
}
