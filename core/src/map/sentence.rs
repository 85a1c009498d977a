//! Tells a host in a sentence from a name in the code of a script.
//!
//! A host with one dot may be a property there: `my.name`. But in code, two names stand side by
//! side only if one of them is a keyword, and in a sentence each word stands beside another one.
//! Nothing else is looked at, so that a sentence becomes the same in the text of an element, in the
//! state that a script takes over, and in an attribute: a page that disagrees with its own state
//! fails to hydrate.

use super::authority::Authority;
use super::beside::ends_host;
use super::escape::{MARK, OTHER, Previous, Unit};
use super::stretch::{Stop, Stretch};

/// The words beside which a name can stand in ECMAScript and in the languages of templates. Those
/// that are followed by a parenthesis, a declaration or a string are not among them.
const KEYWORDS: [&[u8]; 23] = [
    b"and",
    b"await",
    b"case",
    b"default",
    b"delete",
    b"do",
    b"elif",
    b"else",
    b"elsif",
    b"extends",
    b"if",
    b"in",
    b"instanceof",
    b"new",
    b"not",
    b"of",
    b"or",
    b"return",
    b"throw",
    b"typeof",
    b"unless",
    b"void",
    b"yield",
];
/// The number of letters of the longest keyword.
const LONGEST: usize = 10;
/// The number of letters and digits behind the backslash of the longest escape: `u00e9`.
const ESCAPE: usize = 5;

/// Returns whether a host that starts at `start` is a word of a sentence: another word precedes it,
/// or it begins the sentence and another word follows.
pub(super) fn is_word(
    stretch: &Stretch<'_>,
    start: usize,
    authority: &Authority,
    before: Option<Previous>,
) -> Result<bool, Stop> {
    let follows = stretch.near(start, ends_with_word);
    let begins =
        || before.is_some_and(|before| before.code == MARK || b">\"'`".contains(&before.code));
    if !follows && !begins() {
        return Ok(false);
    }
    match authority.next {
        None => Ok(follows),
        Some(next) if next.code() == b' ' => goes_on(stretch, next, follows),
        Some(next) => Ok(follows && ends_host(next)),
    }
}

/// Returns whether a sentence can go on behind `space`, and, if no word precedes the host, does.
fn goes_on(stretch: &Stretch<'_>, space: Unit, follows: bool) -> Result<bool, Stop> {
    let Some(next) = stretch.unit(space.end)? else {
        return Ok(follows);
    };
    Ok(match next.code() {
        OTHER => true,
        code if code.is_ascii_alphanumeric() => follows || !starts_keyword(stretch, space.end)?,
        code => follows && (code <= b' ' || b"(<-&|\"'".contains(&code)),
    })
}

/// Returns whether a text ends with a word that is no keyword, and a space.
fn ends_with_word(text: &[u8]) -> bool {
    let Some((b' ', text)) = text.split_last() else {
        return false;
    };
    let is_name =
        |byte: &&u8| byte.is_ascii_alphanumeric() || b"_$".contains(byte) || **byte >= OTHER;
    let length = text.iter().rev().take_while(is_name).count();
    let (before, word) = text
        .split_at_checked(text.len() - length)
        .unwrap_or_default();
    // Behind a backslash, the first letters belong to an escape, and the rest may be a keyword.
    let is_escape = before.last() == Some(&b'\\') && length <= ESCAPE + LONGEST;
    length > 0 && !is_escape && !KEYWORDS.contains(&word)
}

/// Returns whether the word at `start` is a keyword.
fn starts_keyword(stretch: &Stretch<'_>, start: usize) -> Result<bool, Stop> {
    let rest = stretch.bytes.get(start..).unwrap_or_default();
    let near = rest.get(..=LONGEST).unwrap_or(rest);
    let length = near
        .iter()
        .take_while(|byte| byte.is_ascii_alphabetic())
        .count();
    if length == rest.len() && !stretch.last {
        return Err(Stop::More);
    }
    Ok(near
        .get(..length)
        .is_some_and(|word| KEYWORDS.contains(&word)))
}
