//! The media types that the gate rewrites.

/// The types that are processable unless `gate.processable` says otherwise: the textual types of
/// the web, in which a URL can stand. JavaScript's many names are those of the MIME Sniffing
/// standard, §4.6. SVG and feeds are `+xml`, web manifests `+json`.
/// The types from `text/x-component` to `application/json+devalue` are those in which React, React
/// Router, SvelteKit and Astro send what a page shows next.
pub(crate) const DEFAULT_PROCESSABLE: &[&str] = &[
    "text/html",
    "application/xhtml+xml",
    "text/css",
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
    "application/json",
    "text/json",
    "+json",
    "application/xml",
    "text/xml",
    "+xml",
    "application/manifest+json",
    #[cfg(feature = "flight")]
    "text/x-component",
    "text/x-script",
    "text/sveltekit-data",
    "application/json+devalue",
    "text/vnd.turbo-stream.html",
    "application/x-ndjson",
    "application/jsonl",
    "multipart/mixed",
    "text/plain",
    "text/event-stream",
];

/// Checks an entry of `gate.processable`, and returns it in lower case: an essence (`type/subtype`,
/// RFC 9110 §8.3.1) or a suffix (`+suffix`, RFC 6838 §4.2.8), which stands for every type that ends
/// with it.
pub(super) fn processable(text: &str) -> Result<String, String> {
    let fault = || {
        format!(
            "{text:?} is no media type: an entry is as \"text/html\" or \"+json\", without parameters or wildcards"
        )
    };
    let valid = match (text.strip_prefix('+'), text.split_once('/')) {
        (Some(suffix), _) => is_token(suffix),
        (None, Some((kind, subtype))) => is_token(kind) && is_token(subtype),
        (None, None) => false,
    };
    let entry = text.to_ascii_lowercase();
    if !valid {
        Err(fault())
    } else if cfg!(not(feature = "flight")) && entry == "text/x-component" {
        // URL mapping alone would make the lengths in it wrong.
        Err(format!(
            "{text:?} cannot be rewritten: this gate was built without the feature `flight`"
        ))
    } else {
        Ok(entry)
    }
}

/// Returns whether a text is a token (RFC 9110 §5.6.2) without an asterisk, which no registered
/// name has.
fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'+-.^_`|~".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_essences_or_suffixes_in_lower_case() {
        for (text, expected) in [
            ("Text/HTML", "text/html"),
            ("+JSON", "+json"),
            ("application/vnd.api+json", "application/vnd.api+json"),
        ] {
            assert_eq!(processable(text), Ok(expected.to_owned()));
        }
        for text in [
            "",
            "html",
            "text/",
            "/html",
            "+",
            "text/*",
            "*/*",
            "text/html; charset=utf-8",
            "text/html ",
            "a/b/c",
            "text/h\r\ntml",
        ] {
            assert_eq!(
                processable(text),
                Err(format!(
                    "{text:?} is no media type: an entry is as \"text/html\" or \"+json\", without parameters or wildcards"
                ))
            );
        }
    }

    #[test]
    fn every_default_entry_is_a_valid_entry() {
        for entry in DEFAULT_PROCESSABLE {
            assert_eq!(processable(entry).as_deref(), Ok(*entry));
        }
    }
}
