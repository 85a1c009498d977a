//! Paths as prefixes of each other: a prefix ends where a segment does.

/// What follows `prefix` in `path`: nothing, or a slash and more. `None`: `path` is not below it.
pub(crate) fn below<'a>(path: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    path.strip_prefix(prefix.as_bytes())
        .filter(|rest| matches!(rest.first(), None | Some(b'/')))
}

/// The path at the front of path, query and fragment.
pub(crate) fn of(target: &[u8]) -> &[u8] {
    let end = target.iter().position(|byte| b"?#".contains(byte));
    end.and_then(|end| target.get(..end)).unwrap_or(target)
}

/// Whether dot segments of `path` lead above its start (RFC 3986 §5.2.4), to whomever it may be: some servers decode `%2e`,
/// `%2f` and `%5c` before they look, take `\` for a slash, join adjacent slashes, or take what follows a `;` off a segment.
pub(crate) fn climbs(path: &[u8]) -> bool {
    let decoded = decode(path);
    let mut depth: usize = 0;
    for segment in decoded.split(|byte| matches!(byte, b'/' | b'\\')) {
        match segment.split(|&byte| byte == b';').next() {
            Some(b"" | b".") | None => {}
            Some(b"..") => match depth.checked_sub(1) {
                Some(above) => depth = above,
                None => return true,
            },
            Some(_) => depth += 1,
        }
    }
    false
}

/// Percent-decoded (RFC 3986 §2.1).
fn decode(path: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(path.len());
    let mut rest = path;
    while let Some((&byte, behind)) = rest.split_first() {
        let code = match (byte, behind) {
            (b'%', [high, low, ..]) => digit(*high).zip(digit(*low)),
            _ => None,
        };
        match code {
            Some((high, low)) => {
                decoded.push(high * 16 + low);
                rest = behind.get(2..).unwrap_or_default();
            }
            None => {
                decoded.push(byte);
                rest = behind;
            }
        }
    }
    decoded
}

fn digit(byte: u8) -> Option<u8> {
    char::from(byte)
        .to_digit(16)
        .and_then(|digit| digit.try_into().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_a_segment_does() {
        for (path, prefix, rest) in [
            ("/img", "/img", Some("")),
            ("/img/a", "/img", Some("/a")),
            ("/img//a", "/img", Some("//a")),
            ("/imgx", "/img", None),
            ("/img%2Fa", "/img", None),
            ("/img;a", "/img", None),
            ("/IMG", "/img", None),
            ("/%69mg", "/img", None),
            ("//img", "/img", None),
            ("/./img", "/img", None),
            ("/a", "", Some("/a")),
            ("", "", Some("")),
            ("*", "", None),
        ] {
            assert_eq!(
                below(path.as_bytes(), prefix),
                rest.map(str::as_bytes),
                "{path} below {prefix}"
            );
        }
    }

    #[test]
    fn dot_segments_that_lead_above_the_start_are_noticed_in_every_spelling() {
        for path in [
            "/..",
            "/../a",
            "/./../a",
            "/a/../../b",
            "/a/..//../b",
            "//../a",
            "/%2e%2E/a",
            "/.%2e/a",
            "/a%2f..%2F../b",
            "/..\\a",
            "\\..\\a",
            "/..%5ca",
            "/..;x/a",
            "/..%3b/a",
        ] {
            assert!(climbs(path.as_bytes()), "{path}");
        }
        for path in [
            "",
            "/",
            "/a/../b",
            "/a/b/../../c",
            "/...",
            "/..a",
            "/a..",
            "/.well-known/x",
            "/%2",
            "/%",
            "/%zz",
            "/a;b=../c",
        ] {
            assert!(!climbs(path.as_bytes()), "{path}");
        }
    }
}
