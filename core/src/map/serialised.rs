//! Recognises strings of serialised PHP, which have the number of their bytes before them:
//! `s:27:"https://origin.example.com/";`. Mapped, they could not be read any more.
//!
//! The number comes before the URL, and may have left the gate by then. So the URL stays.

use memchr::memmem;
use memchr::memrchr_iter;

use super::escape::BEHIND;

/// The spellings of the quotes: in the format itself, in JSON, in JSON in a string, in markup.
const QUOTES: [&[u8]; 5] = [b"\"", b"\\\"", b"\\\\\\\"", b"&quot;", b"&#34;"];
/// The most digits of a number.
const DIGITS: usize = 9;

/// Returns whether what follows `text` belongs to a string whose length is written in `text`, which
/// has up to [`BEHIND`] bytes.
pub(super) fn is_open(text: &[u8]) -> bool {
    may_have_length(text) && has_length_of_open(text)
}

/// Returns whether a colon stands behind a digit somewhere, as behind every length. This is asked
/// before each URL, and hardly any text passes: compilers turn it into vector instructions.
#[inline]
fn may_have_length(text: &[u8]) -> bool {
    let mut padded = [0; BEHIND + 1];
    for (to, from) in padded.iter_mut().zip(text) {
        *to = *from;
    }
    let pairs = padded.iter().zip(padded.get(1..).unwrap_or_default());
    let has = pairs.fold(0, |has, (&digit, &colon)| {
        has | (u8::from(digit.wrapping_sub(b'0') < 10) & u8::from(colon == b':'))
    });
    has != 0
}

fn has_length_of_open(text: &[u8]) -> bool {
    memrchr_iter(b':', text).any(|colon| {
        let (head, tail) = text.split_at_checked(colon).unwrap_or_default();
        if !head.last().is_some_and(u8::is_ascii_digit) {
            return false;
        }
        let tail = tail.get(1..).unwrap_or_default();
        let quote = QUOTES.into_iter().find(|quote| tail.starts_with(quote));
        quote.is_some_and(|quote| {
            let content = tail.get(quote.len()..).unwrap_or_default();
            length(head).is_some_and(|length| goes_on(content, quote, length))
        })
    })
}

/// Returns the length that a text ends with, behind the `s` that marks a string.
fn length(text: &[u8]) -> Option<usize> {
    let digits = text.iter().rev().take_while(|byte| byte.is_ascii_digit());
    let (head, digits) = text.split_at_checked(text.len() - digits.count())?;
    let before = head.strip_suffix(b"s:")?;
    let is_word = before.last().is_some_and(u8::is_ascii_alphanumeric);
    if is_word || digits.len() > DIGITS {
        return None;
    }
    str::from_utf8(digits).ok()?.parse().ok()
}

/// Returns whether a string of this length goes on behind `content`.
fn goes_on(content: &[u8], quote: &[u8], length: usize) -> bool {
    match quote {
        b"\"" => content.len() < length,
        // What is escaped takes more bytes than are counted.
        _ => memmem::find(content, &[quote, b";"].concat()).is_none(),
    }
}
