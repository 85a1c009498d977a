//! Media types (RFC 9110 §8.3): the type of a body, and its charset.

use encoding_rs::Encoding;
use http::{HeaderMap, header::CONTENT_TYPE};
use memchr::memchr;

/// The essences of JavaScript (MIME Sniffing standard §4.6).
pub(crate) const JAVASCRIPT: &[&str] = &[
    "text/javascript",
    "application/javascript",
    "application/x-javascript",
    "application/ecmascript",
    "application/x-ecmascript",
    "text/ecmascript",
    "text/x-ecmascript",
    "text/x-javascript",
    "text/jscript",
    "text/livescript",
    "text/javascript1.0",
    "text/javascript1.1",
    "text/javascript1.2",
    "text/javascript1.3",
    "text/javascript1.4",
    "text/javascript1.5",
];

/// The media type of a response: essence, charset and boundary. No other parameter matters to the
/// gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    charset: Charset,
    boundary: Option<String>,
}

/// The charset that `Content-Type` states.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// No charset.
    Unstated,
    /// A label that the Encoding Standard knows.
    Known(&'static Encoding),
    /// A label that nobody knows.
    Unknown,
}

impl MediaType {
    /// Returns the media type that a head declares. As in a browser, the last of several counts,
    /// whether they stand in several fields or in one field with commas between them. Without a
    /// charset of its own, the last one has the charset of the first of its essence right before it
    /// (Fetch standard, "extract a MIME type"). Returns `None` if the head declares none.
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
    /// use streamgate::internals::MediaType;
    ///
    /// let mut head = HeaderMap::new();
    /// head.insert(CONTENT_TYPE, HeaderValue::from_static("Text/HTML; charset=\"utf-8\""));
    /// assert_eq!(MediaType::of(&head).unwrap().essence(), "text/html");
    /// ```
    #[must_use]
    pub fn of(head: &HeaderMap) -> Option<Self> {
        let values = head.get_all(CONTENT_TYPE).iter();
        let values = values.filter_map(|value| std::str::from_utf8(value.as_bytes()).ok());
        let declared = values.flat_map(|value| split_unquoted(value, b','));
        let mut last: Option<Self> = None;
        let mut charset = Charset::Unstated;
        for mut media_type in declared.filter_map(Self::parse) {
            if last.is_none_or(|last| last.essence != media_type.essence) {
                charset = media_type.charset;
            } else if media_type.charset == Charset::Unstated {
                media_type.charset = charset;
            }
            last = Some(media_type);
        }
        last
    }

    /// Parses one media type.
    pub(crate) fn parse(value: &str) -> Option<Self> {
        let (essence, parameters) = split_once(value, b';').unwrap_or((value, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let (kind, subtype) = split_once(&essence, b'/')?;
        if !is_token(kind) || !is_token(subtype) || essence == "*/*" {
            return None;
        }
        Some(Self {
            charset: Charset::parse(parameters),
            // No other type has parts.
            boundary: (kind == "multipart")
                .then(|| boundary(parameters))
                .flatten(),
            essence,
        })
    }

    /// Returns type and subtype in lower case, as `text/html`.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// Returns the charset that `Content-Type` names.
    #[must_use]
    pub(crate) fn charset(&self) -> Charset {
        self.charset
    }

    /// Returns what delimits the parts of a multipart body (RFC 2046 §5.1.1).
    #[must_use]
    pub fn boundary(&self) -> Option<&str> {
        self.boundary.as_deref()
    }

    /// Returns whether the type is JSON, by its name or its suffix (MIME Sniffing standard §4.6).
    #[must_use]
    pub fn is_json(&self) -> bool {
        matches!(self.essence.as_str(), "application/json" | "text/json")
            || self.essence.ends_with("+json") && !is_enveloped(&self.essence)
    }

    /// Returns whether an HTML parser reads the type. XHTML is XML, in which `<script/>` is a whole
    /// element, and an HTML parser would misread that.
    #[must_use]
    pub fn is_html(&self) -> bool {
        self.essence == "text/html"
    }

    /// Returns whether the type is XML (RFC 7303 §9): XHTML, SVG, feeds.
    #[must_use]
    pub fn is_xml(&self) -> bool {
        matches!(self.essence.as_str(), "application/xml" | "text/xml")
            || self.essence.ends_with("+xml")
    }

    /// Returns whether a browser makes a page of HTML elements of the type, in whichever syntax.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.is_html() || self.essence == "application/xhtml+xml"
    }

    /// Returns whether the type is JavaScript.
    #[must_use]
    pub fn is_javascript(&self) -> bool {
        JAVASCRIPT.contains(&self.essence.as_str())
    }

    /// Returns whether the configuration's list names the type: by its essence, or by a structured
    /// suffix (RFC 6838 §4.2.8) such as `+json`.
    #[must_use]
    pub fn is_in(&self, processable: &[String]) -> bool {
        is_listed(&self.essence, processable)
    }
}

/// Returns whether a list of essences and suffixes names an essence.
pub(crate) fn is_listed(essence: &str, list: &[String]) -> bool {
    list.iter().any(|entry| match entry.strip_prefix('+') {
        Some(suffix) => essence
            .rsplit_once('+')
            .is_some_and(|(_, own)| own == suffix && !is_enveloped(essence)),
        None => entry == essence,
    })
}

/// Returns whether a type has a suffix for the messages in it, and not for itself: the streams of
/// Connect, gRPC and gRPC-Web put a binary envelope around each message, with its length.
pub(crate) fn is_enveloped(essence: &str) -> bool {
    let enveloped = ["application/connect+", "application/grpc"];
    enveloped.iter().any(|start| essence.starts_with(start))
}

/// Returns the boundary among the parameters behind a `Content-Type`'s essence.
fn boundary(parameters: &str) -> Option<String> {
    let mut parameters = split_unquoted(parameters, b';').filter_map(|it| it.split_once('='));
    let is_boundary = |name: &str| name.trim().eq_ignore_ascii_case("boundary");
    let (_, value) = parameters.find(|(name, _)| is_boundary(name))?;
    let value = value.trim();
    let value = value
        .strip_prefix('"')
        .map_or(value, |quoted| quoted.trim_end_matches('"'));
    (!value.is_empty()).then(|| value.to_owned())
}

impl Charset {
    /// Parses the parameters behind a `Content-Type`'s essence; the first `charset` counts, as in
    /// the MIME Sniffing standard.
    fn parse(parameters: &str) -> Self {
        for parameter in split_unquoted(parameters, b';') {
            let Some((name, label)) = split_once(parameter, b'=') else {
                continue;
            };
            if name.trim().eq_ignore_ascii_case("charset") {
                return Self::labelled(label);
            }
        }
        Self::Unstated
    }

    /// Returns the charset that people mean by a label: with quotes of the wrong kind, with another
    /// label behind a comma, or as a database calls UTF-8 (`utf8mb4`, `utf-8_general_ci`).
    fn labelled(label: &str) -> Self {
        if let Some(encoding) = Encoding::for_label(label.as_bytes()) {
            return Self::Known(encoding);
        }
        let label = label.trim().trim_matches(['"', '\'']);
        let label = label.split(',').next().unwrap_or_default().trim();
        let label = label.trim_matches(['"', '\'']).trim();
        if label.is_empty() {
            return Self::Unstated;
        }
        let is_utf_8 = |name: &str| {
            label
                .get(..name.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(name))
        };
        match Encoding::for_label(label.as_bytes()) {
            Some(encoding) => Self::Known(encoding),
            None if is_utf_8("utf8") || is_utf_8("utf-8") => Self::Known(encoding_rs::UTF_8),
            None => Self::Unknown,
        }
    }

    /// Returns whether ASCII bytes mean ASCII characters in the charset, so that its text can be
    /// rewritten bytewise. An unknown charset cannot be relied on for that.
    #[must_use]
    pub(crate) fn is_ascii_superset(self) -> bool {
        match self {
            Self::Unstated => true,
            Self::Known(encoding) => encoding.is_ascii_compatible(),
            Self::Unknown => false,
        }
    }

    /// Returns the encoding to parse with: the stated one, else UTF-8.
    #[must_use]
    pub(crate) fn encoding(self) -> &'static Encoding {
        match self {
            Self::Known(encoding) => encoding,
            Self::Unstated | Self::Unknown => encoding_rs::UTF_8,
        }
    }
}

/// Splits a text at the first separator, an ASCII character. What the standard library has for that
/// takes more instructions for texts as short as those of fields.
fn split_once(text: &str, separator: u8) -> Option<(&str, &str)> {
    let at = text.bytes().position(|byte| byte == separator)?;
    Some((text.get(..at)?, text.get(at + 1..)?))
}

/// Splits a text at the separators that stand in no quoted string (RFC 9110 §5.6.4).
fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    let has_quotes = memchr(b'"', text.as_bytes()).is_some();
    std::iter::from_fn(move || {
        let text = rest?;
        let (mut quoted, mut escaped) = (false, false);
        let end = text.bytes().position(|byte| {
            if !has_quotes {
                return byte == separator;
            }
            match byte {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' => quoted = !quoted,
                _ => {}
            }
            byte == separator && !quoted
        });
        rest = end.and_then(|end| text.get(end + 1..));
        text.get(..end.unwrap_or(text.len()))
    })
}

/// Returns whether a text is a token (RFC 9110 §5.6.2).
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn of(values: &[&str]) -> Option<MediaType> {
        let mut head = HeaderMap::new();
        for value in values {
            head.append(CONTENT_TYPE, HeaderValue::from_str(value).unwrap());
        }
        MediaType::of(&head)
    }

    #[test]
    fn essence_and_charset_are_read_in_any_case_and_quoting() {
        for (value, essence, superset) in [
            ("text/html", "text/html", true),
            ("TEXT/HTML;CHARSET=UTF-8", "text/html", true),
            ("text/html; charset=\"windows-1252\"", "text/html", true),
            ("text/html; level=1; charset=utf-16le", "text/html", false),
            ("text/html;charset=iso-2022-jp", "text/html", false),
            ("text/html;charset=utf-7", "text/html", false),
            ("text/html;charset=Shift_JIS", "text/html", true),
            (
                "application/ld+json ; profile=x",
                "application/ld+json",
                true,
            ),
        ] {
            let media_type = of(&[value]).unwrap();
            assert_eq!(media_type.essence(), essence, "{value}");
            assert_eq!(
                media_type.charset().is_ascii_superset(),
                superset,
                "{value}"
            );
        }
    }

    #[test]
    fn a_suffix_stands_for_types_that_are_what_it_says() {
        let list = ["+json".to_owned(), "application/connect+xml".to_owned()];
        for (essence, listed) in [
            ("application/ld+json", true),
            ("application/vnd.api+json", true),
            ("application/json", false),
            ("application/json+devalue", false),
            ("application/connect+json", false),
            ("application/grpc+json", false),
            ("application/grpc-web+json", false),
            ("application/grpc-web-text+json", false),
            ("application/connect+xml", true),
        ] {
            assert_eq!(is_listed(essence, &list), listed, "{essence}");
            let media_type = of(&[essence]).unwrap();
            let is_json = listed && essence.contains("json") || essence == "application/json";
            assert_eq!(media_type.is_json(), is_json, "{essence}");
        }
    }

    #[test]
    fn a_boundary_is_read_with_or_without_quotes() {
        for (value, boundary) in [
            (
                "multipart/mixed; boundary=\"-\"; deferSpec=20220824",
                Some("-"),
            ),
            ("multipart/mixed;boundary=graphql", Some("graphql")),
            ("multipart/mixed; Boundary = \"a;b\"", Some("a;b")),
            ("multipart/mixed; boundary=\"\"", None),
            ("multipart/mixed", None),
        ] {
            assert_eq!(of(&[value]).unwrap().boundary(), boundary, "{value}");
        }
    }

    #[test]
    fn markup_is_html_or_xml() {
        for (value, html, xml, page) in [
            ("text/html", true, false, true),
            ("application/xhtml+xml", false, true, true),
            ("image/svg+xml", false, true, false),
            ("text/xml;charset=utf-8", false, true, false),
            ("application/xml", false, true, false),
            ("application/xml-dtd", false, false, false),
            ("application/json", false, false, false),
        ] {
            let media_type = of(&[value]).unwrap();
            assert_eq!(
                (
                    media_type.is_html(),
                    media_type.is_xml(),
                    media_type.is_page()
                ),
                (html, xml, page),
                "{value}"
            );
        }
    }

    #[test]
    fn what_is_no_media_type_is_none() {
        for values in [
            &[][..],
            &[""],
            &["html"],
            &["/"],
            &["text/"],
            &["te xt/html"],
            &["*/*"],
            &[",", "html"],
        ] {
            assert_eq!(of(values), None, "{values:?}");
        }
    }

    #[test]
    fn the_last_of_several_types_counts() {
        let utf_8 = Charset::Known(encoding_rs::UTF_8);
        let gbk = Charset::Known(encoding_rs::GBK);
        for (values, essence, charset) in [
            (
                &["text/html", "text/html"][..],
                "text/html",
                Charset::Unstated,
            ),
            (&["text/html, text/html; charset=utf-8"], "text/html", utf_8),
            (
                &["text/html", "text/html;charset=utf-8"],
                "text/html",
                utf_8,
            ),
            (
                &["text/html;charset=utf-8", "text/html"],
                "text/html",
                utf_8,
            ),
            (
                &["text/html;charset=gbk", "text/html;charset=utf-8"],
                "text/html",
                utf_8,
            ),
            (
                &["text/html;charset=gbk,TEXT/html;level=1,text/html"],
                "text/html",
                gbk,
            ),
            (
                &["text/html;charset=gbk,text/html;charset=utf-8,text/html"],
                "text/html",
                gbk,
            ),
            (
                &["text/html;charset=gbk", "text/css", "text/html"],
                "text/html",
                Charset::Unstated,
            ),
            (&["text/html", "image/png"], "image/png", Charset::Unstated),
            (&["image/png,text/html;charset=utf-8"], "text/html", utf_8),
            (
                &["text/html", "*/*", "html", ""],
                "text/html",
                Charset::Unstated,
            ),
            (&["text/html;charset=utf-8,"], "text/html", utf_8),
            (
                &["text/html; a=\"x,text/css;charset=gbk\\\"\""],
                "text/html",
                Charset::Unstated,
            ),
        ] {
            let media_type = of(values).unwrap();
            assert_eq!(
                (media_type.essence(), media_type.charset()),
                (essence, charset),
                "{values:?}"
            );
        }
    }

    #[test]
    fn a_label_is_read_as_people_write_it() {
        let utf_8 = Charset::Known(encoding_rs::UTF_8);
        for (label, charset) in [
            ("utf-8,text/html", utf_8),
            ("utf-8, gbk", utf_8),
            ("\"utf-8,gbk\"", utf_8),
            ("'utf-8'", utf_8),
            ("\"'UTF-8' \"", utf_8),
            ("\"utf-8", utf_8),
            ("'utf-8', 'gbk'", utf_8),
            ("utf8mb4", utf_8),
            ("UTF-8_general_ci", utf_8),
            ("'gbk'", Charset::Known(encoding_rs::GBK)),
            ("", Charset::Unstated),
            (" ", Charset::Unstated),
            ("\"\"", Charset::Unstated),
            ("''", Charset::Unstated),
            ("utf-7", Charset::Unknown),
            ("none", Charset::Unknown),
            ("utf", Charset::Unknown),
        ] {
            let media_type = of(&[&format!("text/html; charset={label}")]).unwrap();
            assert_eq!(media_type.charset(), charset, "{label}");
        }
    }

    #[test]
    fn a_suffix_entry_matches_the_last_suffix_only() {
        let list = ["+json".to_owned(), "text/css".to_owned()];
        for (value, listed) in [
            ("application/ld+json", true),
            ("application/json", false),
            ("text/css", true),
            ("application/a+json+zip", false),
            ("image/png", false),
        ] {
            assert_eq!(of(&[value]).unwrap().is_in(&list), listed, "{value}");
        }
    }
}
