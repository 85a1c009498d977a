//! Paths as prefixes of each other: a prefix ends where a segment does.

/// Returns the part of `path` after `prefix`: nothing, or a slash and more. Returns `None` if
/// `path` is not below `prefix`.
pub(crate) fn below<'a>(path: &'a [u8], prefix: &str) -> Option<&'a [u8]> {
    path.strip_prefix(prefix.as_bytes())
        .filter(|rest| matches!(rest.first(), None | Some(b'/')))
}

/// Returns the path at the front of path, query and fragment.
pub(crate) fn of(target: &[u8]) -> &[u8] {
    let end = target.iter().position(|byte| b"?#".contains(byte));
    end.and_then(|end| target.get(..end)).unwrap_or(target)
}

/// Returns whether dot segments of `path` lead above its start (RFC 3986 §5.2.4) to any server:
/// some servers decode `%2e`, `%2f` and `%5c` before they look, take `\` for a slash, join adjacent
/// slashes, or cut a segment off at a `;`.
///
/// Between two slashes every `..` is counted, but no more than one level down: some servers take
/// what lies there for one segment.
pub(crate) fn climbs(path: &[u8]) -> bool {
    let mut depth: usize = 0;
    for segment in path.split(|&byte| byte == b'/') {
        let decoded = decode(segment);
        // Whether the level down is spent, or the segment may have ended with a `;` already.
        let mut spent = false;
        for piece in decoded.split(|byte| matches!(byte, b'/' | b'\\')) {
            match piece.split(|&byte| byte == b';').next() {
                Some(b"" | b".") | None => {}
                Some(b"..") => match depth.checked_sub(1) {
                    Some(above) => depth = above,
                    None => return true,
                },
                Some(_) => {
                    depth += usize::from(!spent);
                    spent = true;
                }
            }
            spent |= piece.contains(&b';');
        }
    }
    false
}

/// Decodes percent-encoding (RFC 3986 §2.1).
pub(crate) fn decode(path: &[u8]) -> Vec<u8> {
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
            // A server that splits at slashes alone takes what precedes the dot segments for one
            // segment.
            "/a%2fb/../../secret",
            "/a\\b/../../secret",
            "/a%5cb/../../secret",
            "/a%2fb%2Fc/../x/../../secret",
            "/a/..;x%2fb/../secret",
        ] {
            assert!(climbs(path.as_bytes()), "{path}");
        }
        for path in [
            "",
            "/",
            "/a/../b",
            "/a/b/../../c",
            "/a%2fb/../c",
            "/a%2fb/c/../../d",
            "/a%2f../b",
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

    /// How a server reads a path.
    #[derive(Debug, Clone, Copy)]
    struct Server {
        decodes_separators: bool,
        takes_backslashes: bool,
        joins_slashes: bool,
        /// Whether a `;` ends a segment. `Some(true)` if the server looks for it before it decodes.
        parameters: Option<bool>,
    }

    impl Server {
        fn all() -> impl Iterator<Item = Self> {
            (0..24).map(|number| Self {
                decodes_separators: number & 1 > 0,
                takes_backslashes: number & 2 > 0,
                joins_slashes: number & 4 > 0,
                parameters: [None, Some(false), Some(true)][number / 8],
            })
        }

        fn segments(self, path: &[u8]) -> Vec<Vec<u8>> {
            let separates = |&byte: &u8| byte == b'/' || (self.takes_backslashes && byte == b'\\');
            let before_parameters = |segment: &[u8]| {
                let end = segment.iter().position(|&byte| byte == b';');
                segment[..end.unwrap_or(segment.len())].to_vec()
            };
            let mut segments: Vec<Vec<u8>> = path.split(separates).map(<[u8]>::to_vec).collect();
            if self.parameters == Some(true) {
                segments = segments.iter().map(|one| before_parameters(one)).collect();
            }
            segments = segments.iter().map(|one| decode(one)).collect();
            if self.decodes_separators {
                segments = segments
                    .iter()
                    .flat_map(|one| one.split(separates))
                    .map(<[u8]>::to_vec)
                    .collect();
            }
            if self.parameters == Some(false) {
                segments = segments.iter().map(|one| before_parameters(one)).collect();
            }
            segments
        }

        fn leaves(self, path: &[u8]) -> bool {
            let mut depth = 0;
            // The path left out here precedes the first slash.
            for segment in self.segments(path).iter().skip(1) {
                match segment.as_slice() {
                    b".." => depth -= 1,
                    b"." => {}
                    b"" if self.joins_slashes => {}
                    _ => depth += 1,
                }
                if depth < 0 {
                    return true;
                }
            }
            false
        }
    }

    proptest::proptest! {
        #[test]
        fn no_server_is_led_out(path in "(/|%2f|%5C|\\\\|;|%3b|\\.|%2E|\\.\\.|a|b){0,14}") {
            let path = format!("/{path}");
            for server in Server::all() {
                if server.leaves(path.as_bytes()) {
                    proptest::prop_assert!(climbs(path.as_bytes()), "{} leads {:?} out", path, server);
                }
            }
        }
    }
}
