//! Texts that count their own bytes, which a mapped URL would make wrong: such a message stays as
//! it is.
//!
//! ```text
//! stomp   = command LF *( header LF ) LF body NUL    ; a header is "content-length:" (STOMP 1.2)
//! base    = "Content-Length: " length CRLF CRLF body ; Language Server Protocol
//! tracked = 1*( length "|" content )                 ; Atmosphere, and so Vaadin: in UTF-16 units
//! ```
//!
//! SockJS wraps frames of STOMP in an array of JSON, so a line may begin behind an escaped LF. What
//! a body of text may be besides is [`Counted`]'s.

use memchr::memmem;

use crate::counted::{Counted, behind_utf16};

/// Returns whether the parts of a text carry their length.
pub(super) fn counts_itself(text: &[u8]) -> bool {
    has_content_length(text) || is_tracked(text) || Counted::Perhaps.is(text, true) == Some(true)
}

/// Returns whether a line of the text is a header with a length.
fn has_content_length(text: &[u8]) -> bool {
    memmem::find_iter(text, b"ontent-").any(|at| {
        let (before, rest) = text.split_at_checked(at).unwrap_or((text, &[]));
        let line = before
            .strip_suffix(b"c")
            .or_else(|| before.strip_suffix(b"C"));
        let starts = line
            .is_some_and(|line| line.is_empty() || line.ends_with(b"\n") || line.ends_with(br"\n"));
        let (name, value) = rest
            .split_at_checked(b"ontent-length".len())
            .unwrap_or((rest, &[]));
        let value = value.trim_ascii_start().strip_prefix(b":");
        let is_number = value
            .and_then(|value| value.trim_ascii_start().first())
            .is_some_and(u8::is_ascii_digit);
        starts && name.eq_ignore_ascii_case(b"ontent-length") && is_number
    })
}

/// Returns whether the text starts with the length of a message, behind which it ends or the next
/// length follows.
fn is_tracked(text: &[u8]) -> bool {
    let behind = length(text).and_then(|(length, content)| behind_utf16(content, length));
    behind.is_some_and(|rest| rest.is_empty() || length(rest).is_some())
}

/// Returns the length at the start of a text, and what follows its mark.
fn length(text: &[u8]) -> Option<(usize, &[u8])> {
    let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let (length, rest) = text.split_at_checked(digits)?;
    let length = std::str::from_utf8(length).ok()?.parse().ok()?;
    Some((length, rest.strip_prefix(b"|")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_counts_itself_is_known() {
        for (text, expected) in [
            ("MESSAGE\ndestination:/a\ncontent-length:2\n\n{}\0", true),
            ("MESSAGE\r\ncontent-length: 2\r\n\r\n{}\0", true),
            (r#"a["MESSAGE\ncontent-length:2\n\n{}\u0000"]"#, true),
            ("Content-Length: 2\r\n\r\n{}", true),
            ("MESSAGE\ndestination:/a\n\n{}\0", false),
            (r#"{"content-length": "2"}"#, false),
            (r#"{"headers":["content-length","content-type"]}"#, false),
            ("my content-length: 2", false),
            ("content-", false),
            ("2|{}", true),
            ("2|{}2|{}", true),
            ("3|{}", false),
            ("1|{}", false),
            ("5|https://origin.example.com/a", false),
            ("2|\u{e9}\u{e9}1|x", true),
            ("|{}", false),
            ("99999999999999999999999|{}", false),
            ("6:4hello", true),
            (r#"42["event",{}]"#, false),
            ("", false),
        ] {
            assert_eq!(counts_itself(text.as_bytes()), expected, "{text:?}");
        }
    }
}
