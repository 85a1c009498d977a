//! Bytes as text, and text as bytes, without loss.
//!
//! lol_html decodes what it shows to a handler and encodes what a handler leaves; a byte that is
//! not valid in the page's charset would not survive that. So it is told that each page is in
//! windows-1252, in which every byte is a character, and whatever a rule says is put into the
//! page's charset here, byte for character. No byte of a tag's syntax is ever a part of another
//! character in a charset that is a superset of ASCII (Encoding standard §4), so lol_html finds the
//! same tags.

use std::borrow::Cow;

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// Bytes of a page as lol_html has them.
pub(super) fn text(bytes: &[u8]) -> Cow<'_, str> {
    WINDOWS_1252.decode_without_bom_handling(bytes).0
}

/// Returns the bytes of the page that lol_html represents as `text`.
pub(super) fn bytes(text: &str) -> Cow<'_, [u8]> {
    WINDOWS_1252.encode(text).0
}

/// Encodes `text` in a page's charset. A character that the charset does not have becomes a
/// character reference, and so does every one outside of ASCII if the charset is not known.
pub(super) fn encode(text: &str, charset: Option<&'static Encoding>) -> Vec<u8> {
    if let Some(charset) = charset {
        return charset.encode(text).0.into_owned();
    }
    let mut bytes = Vec::with_capacity(text.len());
    for c in text.chars() {
        match u8::try_from(c) {
            Ok(byte) if byte.is_ascii() => bytes.push(byte),
            _ => bytes.extend_from_slice(reference(c).as_bytes()),
        }
    }
    bytes
}

/// Encodes `text` as [`encode`] does, and returns it as lol_html represents it.
pub(super) fn encode_text(text: &str, charset: Option<&'static Encoding>) -> String {
    if text.is_ascii() {
        text.to_owned()
    } else {
        self::text(&encode(text, charset)).into_owned()
    }
}

/// Encodes a text that is searched for in a page, as lol_html represents it. If the charset is not
/// known, it is taken for UTF-8. A character that the charset does not have becomes one that
/// lol_html sees in no page.
pub(super) fn encode_wanted(text: &str, charset: Option<&'static Encoding>) -> String {
    let charset = charset.unwrap_or(UTF_8);
    let mut buffer = [0; 4];
    text.chars()
        .map(|c| {
            let (bytes, _, unmappable) = charset.encode(c.encode_utf8(&mut buffer));
            if unmappable {
                char::REPLACEMENT_CHARACTER.to_string()
            } else {
                self::text(&bytes).into_owned()
            }
        })
        .collect()
}

/// Returns a character reference (HTML standard §13.1.4).
pub(super) fn reference(c: char) -> String {
    format!("&#{};", u32::from(c))
}

/// Returns the length in bytes of the character with which `text` begins, in a charset where one
/// byte of a character can look like another character. Returns `None` if that takes more text to
/// say. A byte that begins no character is one by itself.
pub(super) fn width(charset: &'static Encoding, text: &[u8]) -> Option<usize> {
    let first = *text.first()?;
    if matches!(first, ..0x81 | 0xFF) || charset.is_single_byte() {
        return Some(1);
    }
    let second = text.get(1).copied();
    let trails = |low: std::ops::RangeInclusive<u8>, high: std::ops::RangeInclusive<u8>| {
        second.map(|second| {
            if low.contains(&second) || high.contains(&second) {
                2
            } else {
                1
            }
        })
    };
    match charset.name() {
        // The bytes of another character never look like the start of one.
        "UTF-8" => Some(1),
        "Shift_JIS" => match first {
            0x81..=0x9F | 0xE0..=0xFC => trails(0x40..=0x7E, 0x80..=0xFC),
            _ => Some(1),
        },
        "EUC-JP" => match first {
            // JIS X 0212
            0x8F => match (second, text.get(2)) {
                (Some(0xA1..=0xFE), Some(0xA1..=0xFE)) => Some(3),
                (Some(0xA1..=0xFE), None) | (None, _) => None,
                _ => Some(1),
            },
            0x8E | 0xA1..=0xFE => trails(0xA1..=0xFE, 0xA1..=0xFE),
            _ => Some(1),
        },
        "GBK" | "gb18030" => match (second, text.get(2), text.get(3)) {
            (Some(0x30..=0x39), Some(0x81..=0xFE), Some(0x30..=0x39)) => Some(4),
            (None, ..)
            | (Some(0x30..=0x39), None, _)
            | (Some(0x30..=0x39), Some(0x81..=0xFE), None) => None,
            _ => trails(0x40..=0x7E, 0x80..=0xFE),
        },
        // Big5 and EUC-KR
        _ => trails(0x40..=0x7E, 0x80..=0xFE),
    }
}

#[cfg(test)]
mod tests {
    use encoding_rs::{BIG5, EUC_JP, EUC_KR, GB18030, GBK, SHIFT_JIS};

    use super::*;

    #[test]
    fn every_byte_survives() {
        let all: Vec<u8> = (0..=255).collect();
        assert_eq!(bytes(&text(&all)), all);
        assert_eq!(text(&all).chars().count(), 256);
    }

    #[test]
    fn what_a_charset_does_not_have_becomes_a_reference_or_nothing_that_a_page_has() {
        assert_eq!(encode("aé漢", Some(WINDOWS_1252)), b"a\xE9&#28450;");
        assert_eq!(encode("aé漢", None), b"a&#233;&#28450;");
        assert_eq!(encode_text("aé", Some(UTF_8)), "aÃ©");
        assert_eq!(encode_wanted("aé漢", Some(WINDOWS_1252)), "aé\u{FFFD}");
        assert_eq!(encode_wanted("é", None), "Ã©");
    }

    #[test]
    fn characters_are_as_wide_as_their_decoder_makes_them() {
        for charset in [
            SHIFT_JIS,
            EUC_JP,
            GBK,
            GB18030,
            BIG5,
            EUC_KR,
            UTF_8,
            WINDOWS_1252,
        ] {
            for c in [
                'a', 'あ', '漢', '字', '中', '文', '한', '글', 'é', '\u{E5E5}', '𠮷', 'ｱ',
            ] {
                let mut buffer = [0; 4];
                let (encoded, _, unmappable) = charset.encode(c.encode_utf8(&mut buffer));
                if unmappable || charset == UTF_8 {
                    continue;
                }
                let text = [&encoded, &b"ab"[..]].concat();
                assert_eq!(
                    width(charset, &text),
                    Some(encoded.len()),
                    "{} {c}",
                    charset.name()
                );
                for end in 1..encoded.len() {
                    assert_eq!(
                        width(charset, &encoded[..end]),
                        None,
                        "{} {c}",
                        charset.name()
                    );
                }
            }
        }
        for (charset, text, expected) in [
            (SHIFT_JIS, &b"\x81<"[..], Some(1)),
            (SHIFT_JIS, b"\x81", None),
            (GBK, b"\x810<", Some(1)),
            (GBK, b"\x810\x81", None),
            (EUC_JP, b"\x8F\xA1a", Some(1)),
            (EUC_JP, b"\x8F\xA1", None),
            (UTF_8, b"\xE6", Some(1)),
            (SHIFT_JIS, b"", None),
        ] {
            assert_eq!(
                width(charset, text),
                expected,
                "{} {text:?}",
                charset.name()
            );
        }
    }
}
