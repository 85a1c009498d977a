//! Media types (RFC 9110 §8.3): what a body is, and in which charset.

use encoding_rs::Encoding;
use http::{HeaderMap, header::CONTENT_TYPE};

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

/// The media type of a response: essence and charset, no other parameter matters to the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaType {
    essence: String,
    charset: Charset,
}

/// What `Content-Type` says of the charset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Charset {
    /// Nothing.
    Unstated,
    /// A label that the Encoding Standard knows.
    Known(&'static Encoding),
    /// A label that nobody knows.
    Unknown,
}

impl MediaType {
    /// The media type that a head declares. `None` when there is none, it is malformed, or several differ: then nobody
    /// can say safely what the body is.
    ///
    /// ```
    /// use http::{HeaderMap, HeaderValue, header::CONTENT_TYPE};
    /// use streamgate::media_type::MediaType;
    ///
    /// let mut head = HeaderMap::new();
    /// head.insert(CONTENT_TYPE, HeaderValue::from_static("Text/HTML; charset=\"utf-8\""));
    /// assert_eq!(MediaType::of(&head).unwrap().essence(), "text/html");
    /// ```
    #[must_use]
    pub fn of(head: &HeaderMap) -> Option<Self> {
        let mut values = head.get_all(CONTENT_TYPE).iter();
        let media_type = Self::parse(values.next()?.as_bytes())?;
        values
            .all(|other| Self::parse(other.as_bytes()).as_ref() == Some(&media_type))
            .then_some(media_type)
    }

    /// Parses one field value.
    fn parse(value: &[u8]) -> Option<Self> {
        let value = std::str::from_utf8(value).ok()?;
        let (essence, parameters) = value.split_once(';').unwrap_or((value, ""));
        let essence = essence.trim().to_ascii_lowercase();
        let (kind, subtype) = essence.split_once('/')?;
        if !is_token(kind) || !is_token(subtype) {
            return None;
        }
        Some(Self {
            charset: Charset::parse(parameters),
            essence,
        })
    }

    /// Type and subtype in lower case, as `text/html`.
    #[must_use]
    pub fn essence(&self) -> &str {
        &self.essence
    }

    /// The charset that `Content-Type` names.
    #[must_use]
    pub fn charset(&self) -> Charset {
        self.charset
    }

    /// Whether an HTML parser reads it. XHTML is XML, in which `<script/>` is a whole element: what an HTML parser makes of
    /// that would be wrong.
    #[must_use]
    pub fn is_html(&self) -> bool {
        self.essence == "text/html"
    }

    /// Whether it is XML (RFC 7303 §9): XHTML, SVG, feeds.
    #[must_use]
    pub fn is_xml(&self) -> bool {
        matches!(self.essence.as_str(), "application/xml" | "text/xml")
            || self.essence.ends_with("+xml")
    }

    /// Whether a browser makes a page of HTML elements of it, by whichever syntax.
    #[must_use]
    pub fn is_page(&self) -> bool {
        self.is_html() || self.essence == "application/xhtml+xml"
    }

    /// Whether the list of the configuration names it: an essence, or a structured suffix (RFC 6838 §4.2.8) as `+json`.
    #[must_use]
    pub fn is_in(&self, processable: &[String]) -> bool {
        is_listed(&self.essence, processable)
    }
}

/// Whether a list of essences and suffixes names an essence.
pub(crate) fn is_listed(essence: &str, list: &[String]) -> bool {
    list.iter().any(|entry| match entry.strip_prefix('+') {
        Some(suffix) => essence
            .rsplit_once('+')
            .is_some_and(|(_, own)| own == suffix),
        None => entry == essence,
    })
}

impl Charset {
    /// From the parameters behind a `Content-Type`'s essence; the first `charset` counts, as in the MIME Sniffing Standard.
    fn parse(parameters: &str) -> Self {
        for parameter in parameters.split(';') {
            let Some((name, label)) = parameter.split_once('=') else {
                continue;
            };
            if name.trim().eq_ignore_ascii_case("charset") {
                let label = label.trim().trim_matches('"');
                return Encoding::for_label(label.as_bytes()).map_or(Self::Unknown, Self::Known);
            }
        }
        Self::Unstated
    }

    /// Whether ASCII bytes mean ASCII characters in it, so that its text can be rewritten byte-wise. A charset that
    /// nobody knows cannot be promised to be one.
    #[must_use]
    pub fn is_ascii_superset(self) -> bool {
        match self {
            Self::Unstated => true,
            Self::Known(encoding) => encoding.is_ascii_compatible(),
            Self::Unknown => false,
        }
    }

    /// The encoding to parse with: the one stated, else UTF-8.
    #[must_use]
    pub fn encoding(self) -> &'static Encoding {
        match self {
            Self::Known(encoding) => encoding,
            Self::Unstated | Self::Unknown => encoding_rs::UTF_8,
        }
    }
}

/// RFC 9110 §5.6.2.
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
            &["text/html", "image/png"],
        ] {
            assert_eq!(of(values), None, "{values:?}");
        }
        assert!(of(&["text/html", "text/html"]).is_some());
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
