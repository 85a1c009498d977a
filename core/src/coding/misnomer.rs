//! What stands in `Content-Encoding` but is no content coding.
//!
//! Servers put charsets, media types and transfer encodings there, or a word for "nothing".
//! Browsers show such a body as it is: a name that they do not know is no coding to them (Chromium:
//! `URLRequestHttpJob::SetUpSourceStream`, "Pass through raw response body"). The gate does not go
//! that far, since it must not change a body that is coded by a coding unknown to it (IANA's
//! registry, RFC 9110 §16.6.1, has `compress`, `dcb` and more). It ignores the names that are
//! certain to be no coding, and looks at the bytes besides.

use encoding_rs::Encoding;

/// Words for the absence of a coding, names of transfer encodings (RFC 2045 §6.1, RFC 9112 §7.1),
/// and what the protocols of AWS put there, which describe how a body was uploaded or which
/// protocol it belongs to.
const MISNOMERS: [&str; 9] = [
    "none",
    "null",
    "7bit",
    "8bit",
    "binary",
    "chunked",
    "aws-chunked",
    "amz-1.0",
    "text",
];

/// How many bytes at the front of a body show whether it is coded: of coded bytes, one in nine is
/// binary.
const SHOWN: usize = 256;

/// Returns whether an element of `Content-Encoding` is certain to name no coding: a word of
/// [`MISNOMERS`], a charset that is a superset of ASCII, a media type, or anything with a
/// parameter, which a coding never has.
pub(super) fn is_misnomer(element: &[u8]) -> bool {
    let is_word = |word: &&str| element.eq_ignore_ascii_case(word.as_bytes());
    let is_charset = || Encoding::for_label(element).is_some_and(Encoding::is_ascii_compatible);
    MISNOMERS.iter().any(is_word)
        || element.contains(&b'/')
        || element.contains(&b';')
        || is_charset()
}

/// Returns whether a body that starts with `start` is coded, and so no text: whether one of its
/// first bytes is a binary data byte (MIME Sniffing standard §3). Returns `None` if `start` is too
/// short to tell, which it never is if it is the `whole` body.
pub(crate) fn looks_coded(start: &[u8], whole: bool) -> Option<bool> {
    let is_binary = |byte: &u8| matches!(byte, 0..=8 | 0x0b | 0x0e..=0x1a | 0x1c..=0x1f);
    let shown = start.get(..SHOWN);
    match shown.unwrap_or(start).iter().any(is_binary) {
        true => Some(true),
        false => (whole || shown.is_some()).then_some(false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_certain_to_be_no_coding_is_a_misnomer() {
        for element in [
            "none",
            "None",
            "UTF-8",
            "utf8",
            "iso-8859-1",
            "windows-1252",
            "text/html",
            "8bit",
            "binary",
            "br;q=1",
            "utf-8;q=1",
            "aws-chunked",
            "AMZ-1.0",
        ] {
            assert!(is_misnomer(element.as_bytes()), "{element}");
        }
        for element in [
            "gzip",
            "x-gzip",
            "deflate",
            "br",
            "zstd",
            "identity",
            "compress",
            "x-compress",
            "dcb",
            "dcz",
            "aes128gcm",
            "exi",
            "pack200-gzip",
            "utf-16",
            "iso-2022-jp",
            "base64",
            "lzma",
        ] {
            assert!(!is_misnomer(element.as_bytes()), "{element}");
        }
    }

    #[test]
    fn the_first_bytes_show_whether_a_body_is_coded() {
        let long = "é<p>\r\n\t".repeat(100);
        for (start, whole, expected) in [
            (&b"<p>text"[..], true, Some(false)),
            (b"<p>text", false, None),
            (b"", true, Some(false)),
            (b"\x1f\x8b\x08", false, Some(true)),
            (b"\x28\xb5\x2f\xfd\0", true, Some(true)),
            (long.as_bytes(), false, Some(false)),
        ] {
            assert_eq!(looks_coded(start, whole), expected, "{start:?}");
        }
    }
}
