//! Recognises strings of serialised PHP, which have the number of their bytes before them:
//! `s:27:"https://origin.example.com/";`. Mapped, they could not be read any more.
//!
//! The number comes before the URL, and may have left the gate by then. So the URL stays.

use memchr::memmem;
use memchr::memrchr_iter;
use wide::{u8x32, u8x64};

use super::escape::BEHIND;

/// The spellings of the quotes: in the format itself, in JSON, in JSON in a string, in markup.
const QUOTES: [&[u8]; 5] = [b"\"", b"\\\"", b"\\\\\\\"", b"&quot;", b"&#34;"];
/// The most digits of a number.
const DIGITS: usize = 9;

/// Returns whether what follows `text` belongs to a string whose length is written in `text`, which
/// has up to [`BEHIND`] bytes.
pub(super) fn is_open(text: &[u8]) -> bool {
    memrchr_iter(b':', text).any(|colon| is_behind_digit(text, colon)) && has_length_of_open(text)
}

/// Returns what [`is_open`] does for as many bytes as there are mostly. This is asked before each
/// URL, and hardly any text has a colon behind a digit, as it stands behind every length.
#[inline]
pub(super) fn is_open_near(text: &[u8; BEHIND]) -> bool {
    may_have_length(text) && has_length_of_open(text)
}

/// What is looked at below is all of it.
const _: () = assert!(BEHIND == 64 + 32);

// Apart from what is seldom called, it takes few registers.
#[inline(never)]
fn may_have_length(text: &[u8; BEHIND]) -> bool {
    let Some((first, rest)) = text.split_first_chunk::<64>() else {
        return true;
    };
    let mut colons = u8x64::from(*first).simd_eq(u8x64::splat(b':')).to_bitmask();
    while colons != 0 {
        if is_behind_digit(text, colons.trailing_zeros() as usize) {
            return true;
        }
        colons &= colons - 1;
    }
    let Some(second) = rest.first_chunk::<32>() else {
        return true;
    };
    let mut colons = u8x32::from(*second)
        .simd_eq(u8x32::splat(b':'))
        .to_bitmask();
    while colons != 0 {
        if is_behind_digit(text, first.len() + colons.trailing_zeros() as usize) {
            return true;
        }
        colons &= colons - 1;
    }
    false
}

#[inline]
fn is_behind_digit(text: &[u8], colon: usize) -> bool {
    let before = colon.checked_sub(1).and_then(|at| text.get(at));
    before.is_some_and(u8::is_ascii_digit)
}

#[cold]
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
