//! Hosts in regular expressions.

use super::Page;

/// Returns the slash that belongs to the dots of a host, if these have backslashes.
pub(super) fn slash_of_expression(dot: Option<&[u8]>) -> Option<Vec<u8>> {
    let text = str::from_utf8(dot?).ok()?;
    let is_one = text.starts_with('\\') && text.trim_start_matches('\\') == ".";
    is_one.then(|| text.replace('.', "/").into_bytes())
}

impl Page<'_> {
    pub(super) fn starts_in_expression(&self, at: usize) -> bool {
        match self.before(at) {
            Some((b'^' | b')' | b'?', _)) => true,
            Some((b'/', b"/")) => {
                self.before(at - 1).is_some() && self.starts_host(at - 1)
                    || self.before(at - 1).is_some_and(|(code, _)| code == b')')
                    || at == 1
                    || self.text[..at].ends_with(b"return/")
            }
            _ => false,
        }
    }

    pub(super) fn is_in_expression(&self, start: usize, end: usize) -> bool {
        let starts = self.starts_host(start) || self.starts_in_expression(start);
        let opens = |code: u8| b"([\\".contains(&code);
        starts
            && match self.character(end) {
                Some((b'/', _)) => true,
                Some((b'.', behind)) => {
                    self.text[end..].starts_with(b".") || !self.code(behind).is_some_and(opens)
                }
                next => self.ends_host(end) || next.is_some_and(|(code, _)| opens(code)),
            }
    }
}
