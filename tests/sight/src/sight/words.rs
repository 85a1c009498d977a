//! Words of sentences, and names in scripts.
//!
//! No script has two names side by side, unless one of them is a keyword.

use crate::spelling::Reader;

/// The greatest number of bytes of a word that is looked at.
const FAR: usize = 32;

/// Words of scripts and of templates beside which a name can stand.
const OF_SCRIPTS: &str = " await case default delete do else extends in instanceof new of return \
    throw typeof void yield and elif elsif if not or unless ";

/// Returns whether the name between `start` and `end` is a word among others: behind a word and a
/// space; or behind a quote, a tag or a mark, if a space and a word follow.
pub(super) fn is_among_words(reader: Reader<'_>, start: usize, end: usize) -> bool {
    let bytes = reader.bytes;
    let before = bytes[..start].strip_suffix(b" ").map(last_word);
    let is_behind_word =
        before.is_some_and(|(word, lead)| lead != Some(b'\\') && is_plain_word(word));
    let is_first = || {
        reader
            .before(start)
            .is_some_and(|(c, _)| matches!(c, '"' | '\'' | '`' | '>') || is_mark(c))
    };
    let Some(next) = reader.longest(end) else {
        return is_behind_word;
    };
    if next.character != ' ' {
        let ends = next.character < ' '
            || next.character >= '\u{80}'
            || "\"'`<>)]},;&|?#!.:$".contains(next.character);
        return is_behind_word && ends;
    }
    match reader.longest(next.end).map(|behind| behind.character) {
        None => is_behind_word,
        Some(c) if c >= '\u{80}' => is_behind_word || is_first(),
        Some(c) if c.is_ascii_alphanumeric() => {
            let rest = &bytes[next.end..];
            let length = rest.iter().take_while(|b| b.is_ascii_alphabetic()).count();
            is_behind_word || is_first() && (length == 0 || is_plain_word(&rest[..length]))
        }
        Some(c) => is_behind_word && (c <= ' ' || "\"'(<-&|".contains(c)),
    }
}

/// Returns the word that a text ends with, and the byte before it.
fn last_word(text: &[u8]) -> (&[u8], Option<u8>) {
    let near = &text[text.len().saturating_sub(FAR)..];
    let is_of_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$' | 0x80..);
    let start = near.iter().rposition(|b| !is_of_word(b));
    match start {
        Some(lead) => (&near[lead + 1..], Some(near[lead])),
        None => (near, None),
    }
}

fn is_plain_word(word: &[u8]) -> bool {
    let is_one = |word: &str| OF_SCRIPTS.contains(&format!(" {word} "));
    !word.is_empty() && !std::str::from_utf8(word).is_ok_and(is_one)
}

/// Returns whether `c` stands between words, as quotes of print and dashes do.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{A0}'..='\u{BF}' | '\u{2000}'..='\u{2BFF}' | '\u{3000}'..='\u{303F}')
        && !c.is_alphanumeric()
}
