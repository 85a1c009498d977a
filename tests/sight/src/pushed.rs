//! What the scripts of a page push to a stream of React server components: the strings of
//! `self.__next_f.push([1,"…"])` and of `(self.__FLIGHT_DATA||=[]).push("…")`.

use std::ops::Range;

/// The names of the arrays that rows are pushed to, and what stands between a call's parenthesis
/// and its string.
const STREAMS: [(&[u8], &[u8]); 2] = [(b"__next_f", b"[1,\""), (b"__FLIGHT_DATA", b"\"")];

/// Returns where the strings are that a page's scripts push, without their quotes.
fn strings(page: &[u8]) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut from = 0;
    while let Some(rest) = page.get(from..).filter(|rest| !rest.is_empty()) {
        let Some(string) = STREAMS.iter().find_map(|stream| opened(rest, *stream)) else {
            from += 1;
            continue;
        };
        let start = page.len() - string.len();
        let mut escaped = false;
        let end = string.iter().position(|byte| {
            let ends = *byte == b'"' && !escaped;
            escaped = *byte == b'\\' && !escaped;
            ends
        });
        from = start + end.unwrap_or(0);
        if end.is_some() {
            all.push(start..from);
        }
    }
    all
}

/// Returns what follows the opening quote if a call to a stream starts a text with the stream's
/// name. Before `.push`, the name may be made an array, as in `__next_f=self.__next_f||[]).push(`.
fn opened<'a>(text: &'a [u8], (name, string): (&[u8], &[u8])) -> Option<&'a [u8]> {
    let rest = text.strip_prefix(name)?;
    let rest = match rest.strip_prefix(b".push(") {
        Some(rest) => rest,
        None => {
            const ARRAY: &[u8] = b"[]).push(";
            let rest = rest
                .strip_prefix(b"||")
                .or(rest.strip_prefix(b"??"))
                .unwrap_or(rest);
            let rest = rest.strip_prefix(b"=")?;
            let end = rest
                .windows(ARRAY.len())
                .take(64)
                .position(|it| it == ARRAY)?;
            let is_assigned = |byte: &u8| byte.is_ascii_alphanumeric() || b"_.|?".contains(byte);
            rest.get(..end)?
                .iter()
                .all(is_assigned)
                .then_some(&rest[end + ARRAY.len()..])?
        }
    };
    rest.strip_prefix(string)
}

/// Splits a page into the page without the strings that it pushes, and all these strings in one
/// piece. It does not matter which call pushes which part, and a URL may span two calls.
#[must_use]
pub fn parted(page: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let (mut rest, mut pushed) = (Vec::new(), Vec::new());
    let mut from = 0;
    for string in strings(page) {
        rest.extend_from_slice(&page[from..string.start]);
        pushed.extend_from_slice(&page[string.clone()]);
        from = string.end;
    }
    rest.extend_from_slice(&page[from..]);
    (rest, pushed)
}
