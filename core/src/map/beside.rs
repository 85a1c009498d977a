//! Tells by the characters beside it whether a URL can start or a host can end there, whatever the
//! host.

use super::escape::{MARK, OTHER, Previous, Unit};
use super::stretch::Stretch;

/// Returns whether a URL without a scheme can start behind a character. `None` stands for the start
/// of the body.
pub(super) fn starts_url(before: Option<Previous>) -> bool {
    before.is_none_or(|Previous { code, .. }| {
        code <= b' ' || code == MARK || b"\"'`=([,<>|}".contains(&code)
    })
}

/// Returns whether the slashes at `start` follow a colon without a scheme, because the scheme is
/// elsewhere, as in `protocol + '://host'`.
pub(super) fn lacks_scheme(stretch: &Stretch<'_>, start: usize) -> bool {
    let is_scheme = |code: u8| code.is_ascii_alphanumeric() || b"+-.".contains(&code);
    stretch
        .before(start)
        .is_some_and(|before| before.code == b':')
        && !stretch
            .second_before(start)
            .is_some_and(|before| is_scheme(before.code))
}

/// Returns whether a host of two dots or more can start behind a character. Such a name is hardly
/// ever anything else.
pub(super) fn starts_host(before: Option<Previous>) -> bool {
    starts_url(before) || before.is_some_and(|before| b":;&?#{!*+^".contains(&before.code))
}

/// Returns whether a host can end before a character. It cannot where a script would call, index or
/// assign to the name.
pub(super) fn ends_host(next: Unit) -> bool {
    let code = next.code();
    code <= b' ' || code == OTHER || b"\"'`<>)]},;&|?#!.:$".contains(&code)
}
