//! `Cache-Control` (RFC 9111 §5.2), and numbers of seconds (§1.2.2).

use std::time::Duration;

use http::{HeaderMap, HeaderName, header};

/// The field that caches of this kind read in place of `Cache-Control` and `Expires` (RFC 9213).
const CDN_CACHE_CONTROL: HeaderName = HeaderName::from_static("cdn-cache-control");

/// What a number of seconds stands for that is too great to be represented (RFC 9111 §1.2.2).
const LONGEST: u64 = 1 << 31;

/// The directives of a message, each with its argument, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Directives {
    all: Vec<(String, Option<String>)>,
    /// Whether they come from a field for caches of this kind alone.
    is_targeted: bool,
}

impl Directives {
    /// Reads the directives of `Cache-Control` alone, as those of a request.
    pub(super) fn common(head: &HeaderMap) -> Self {
        Self {
            all: parse(head, &header::CACHE_CONTROL),
            is_targeted: false,
        }
    }

    /// Reads the directives of a response: those of `CDN-Cache-Control` if it has any, as that
    /// field is for caches in front of an origin (RFC 9213 §2.2).
    pub(super) fn of_response(head: &HeaderMap) -> Self {
        let targeted = parse(head, &CDN_CACHE_CONTROL);
        let is_targeted = !targeted.is_empty();
        Self {
            all: match is_targeted {
                true => targeted,
                false => parse(head, &header::CACHE_CONTROL),
            },
            is_targeted,
        }
    }

    /// Returns whether `Expires` is not to be looked at.
    pub(super) fn is_targeted(&self) -> bool {
        self.is_targeted
    }

    /// Returns whether a directive is there, whatever its argument.
    pub(super) fn has(&self, name: &str) -> bool {
        self.all.iter().any(|(other, _)| other == name)
    }

    /// Returns whether a directive is there without an argument that limits it to some fields
    /// (RFC 9111 §5.2.2.4, §5.2.2.7).
    pub(super) fn has_bare(&self, name: &str) -> bool {
        let mut named = self.all.iter().filter(|(other, _)| other == name);
        named.any(|(_, argument)| argument.as_deref().unwrap_or_default().trim().is_empty())
    }

    /// Returns the fields that a directive is limited to.
    pub(super) fn fields(&self, name: &str) -> impl Iterator<Item = HeaderName> {
        let named = self.all.iter().filter(move |(other, _)| other == name);
        let arguments = named.filter_map(|(_, argument)| argument.as_deref());
        let fields = arguments.flat_map(|argument| argument.split(','));
        fields.filter_map(|field| HeaderName::try_from(field.trim()).ok())
    }

    /// Returns the time that a directive gives. Of several, the first counts. Returns an `Err` for
    /// one that is no number of seconds: the response is to be taken for stale (RFC 9111 §4.2.1).
    pub(super) fn seconds(&self, name: &str) -> Result<Option<Duration>, Malformed> {
        let Some((_, argument)) = self.all.iter().find(|(other, _)| other == name) else {
            return Ok(None);
        };
        let seconds = argument.as_deref().and_then(seconds);
        seconds.map(Some).ok_or(Malformed)
    }
}

/// Says that a directive has an argument that it cannot have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Malformed;

/// Reads a number of seconds: digits, and nothing else.
pub(super) fn seconds(text: &str) -> Option<Duration> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // Digits that are no number are too many.
    let seconds = text.parse().unwrap_or(LONGEST).min(LONGEST);
    Some(Duration::from_secs(seconds))
}

/// Reads all lines of a field.
fn parse(head: &HeaderMap, name: &HeaderName) -> Vec<(String, Option<String>)> {
    let mut all = Vec::new();
    for line in head.get_all(name) {
        let line = String::from_utf8_lossy(line.as_bytes());
        for element in elements(&line) {
            let (name, argument) = match element.split_once('=') {
                Some((name, argument)) => (name, Some(unquoted(argument))),
                None => (element, None),
            };
            if !name.is_empty() {
                all.push((name.to_ascii_lowercase(), argument));
            }
        }
    }
    all
}

/// Cuts a list at the commas that are not within quotes.
fn elements(line: &str) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    let mut is_escaped = false;
    line.split(move |c| {
        match (c, is_quoted) {
            _ if is_escaped => is_escaped = false,
            ('\\', true) => is_escaped = true,
            ('"', _) => is_quoted = !is_quoted,
            (',', false) => return true,
            _ => {}
        }
        false
    })
    .map(str::trim)
}

/// Returns an argument without its quotes.
fn unquoted(argument: &str) -> String {
    let inner = argument
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    inner.map_or_else(
        || argument.to_owned(),
        |inner| inner.replace("\\\"", "\"").replace("\\\\", "\\"),
    )
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn directives(lines: &[&'static str]) -> Directives {
        let lines = lines.iter().map(|line| HeaderValue::from_static(line));
        let lines = lines.map(|line| (header::CACHE_CONTROL, line));
        Directives::of_response(&lines.collect())
    }

    #[test]
    fn directives_are_read_whatever_their_case_and_their_quotes() {
        let read = directives(&[
            "MAX-AGE=60,  private=\"set-cookie, x-user\"",
            "no-cache, ext=\"a, no-store, \\\"b\"",
        ]);
        assert_eq!(read.seconds("max-age"), Ok(Some(Duration::from_secs(60))));
        assert!(read.has("private") && !read.has_bare("private"));
        assert!(read.has_bare("no-cache") && !read.has("no-store"));
        let fields: Vec<_> = read.fields("private").collect();
        assert_eq!(fields, ["set-cookie", "x-user"]);
    }

    #[test]
    fn seconds_are_digits() {
        let cases: [(&str, Result<Option<u64>, Malformed>); 10] = [
            ("max-age=0", Ok(Some(0))),
            ("max-age=007", Ok(Some(7))),
            ("max-age=\"60\"", Ok(Some(60))),
            ("max-age=60, max-age=5", Ok(Some(60))),
            ("max-age=99999999999999999999", Ok(Some(1 << 31))),
            ("s-maxage=60", Ok(None)),
            ("max-age", Err(Malformed)),
            ("max-age=", Err(Malformed)),
            ("max-age=-1", Err(Malformed)),
            ("max-age=1.5", Err(Malformed)),
        ];
        for (line, expected) in cases {
            let expected = expected.map(|seconds| seconds.map(Duration::from_secs));
            assert_eq!(directives(&[line]).seconds("max-age"), expected, "{line}");
        }
    }

    #[test]
    fn a_targeted_field_takes_the_place_of_the_common_one() {
        let mut head = HeaderMap::new();
        head.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        head.insert(CDN_CACHE_CONTROL, HeaderValue::from_static("max-age=5"));
        let read = Directives::of_response(&head);
        assert!(read.is_targeted() && !read.has("no-store"));
        assert!(Directives::common(&head).has("no-store"));
    }
}
