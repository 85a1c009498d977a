//! Tells where a regular expression tests for a host.
//!
//! What tells an expression from the path of another URL (`https://cdn.test/origin.example.com/`)
//! is that the dots of the host have backslashes: one in an expression, more in a string that
//! becomes one.

use super::authority::Authority;
use super::beside::{ends_host, starts_host};
use super::escape::{Previous, Spelling, Unit};
use super::stretch::{Stop, Stretch};

/// Returns a slash as an expression writes it beside the dots of a host. Returns `None` if the host
/// is not written for an expression.
pub(super) fn slash(stretch: &Stretch<'_>, authority: &Authority) -> Option<Spelling> {
    let dot = stretch.bytes.get(authority.dot.clone()?)?;
    let backslashes = dot.strip_suffix(b".").filter(|it| is_backslashes(it))?;
    Some(Spelling::new(&[backslashes, b"/"].concat()))
}

fn is_backslashes(spelling: &[u8]) -> bool {
    !spelling.is_empty() && spelling.iter().all(|&byte| byte == b'\\')
}

/// Returns whether an expression can test for a host, or for the slashes before one, from `at` on:
/// behind what starts the text, behind a group, or at its own start.
pub(super) fn starts(stretch: &Stretch<'_>, at: usize) -> bool {
    stretch.before(at).is_some_and(|before| match before.code {
        b'^' | b')' | b'?' => true,
        b'/' => opens(stretch, at, before),
        _ => false,
    })
}

/// Returns whether the slash before `at` opens an expression: what precedes it ends no value that
/// the slash could divide, and no segment of a path.
fn opens(stretch: &Stretch<'_>, at: usize, slash: Previous) -> bool {
    let before = stretch.second_before(at);
    slash.spelling.as_bytes() == b"/"
        && (starts_host(before)
            || before.is_some_and(|before| before.code == b')')
            || stretch.near(at, |near| near.ends_with(b"return/")))
}

/// Returns whether an expression tests for the host that starts at `start`.
pub(super) fn is_host(
    stretch: &Stretch<'_>,
    start: usize,
    authority: &Authority,
) -> Result<bool, Stop> {
    if !starts_host(stretch.before(start)) && !starts(stretch, start) {
        return Ok(false);
    }
    match authority.next {
        _ if authority.slash().is_some() => Ok(true),
        Some(next) if next.code() == b'.' => Ok(!label_follows(stretch, authority, next)?),
        // Behind a host, a parenthesis opens a group here, and calls nothing.
        Some(next) => Ok(ends_host(next) || b"([\\".contains(&next.code())),
        None => Ok(true),
    }
}

/// Returns whether an expression takes a further label behind `dot`.
fn label_follows(stretch: &Stretch<'_>, authority: &Authority, dot: Unit) -> Result<bool, Stop> {
    let is_any = stretch.bytes.get(authority.end..dot.end) == Some(b".");
    let next = stretch.unit(dot.end)?;
    Ok(!is_any && next.is_some_and(|next| b"([\\".contains(&next.code())))
}
