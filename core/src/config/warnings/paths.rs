//! Compares patterns for paths, and prefixes of routes, without a path at hand.

use std::fmt::Write;

use crate::config::fits;

/// The pattern of every path.
pub(super) const EVERY: &str = "/*";

/// Returns whether each path that `pattern` fits is fitted by one of `patterns`.
pub(super) fn is_covered(pattern: &str, patterns: &[String]) -> bool {
    // No pattern can name the asterisk of another one. If it fits all the same, a run of any
    // characters stands there, in which whatever that asterisk stands for fits, too.
    patterns.iter().any(|other| fits(other, pattern))
}

/// Returns whether `pattern` fits a path at `prefix` or below it.
pub(super) fn reaches(pattern: &str, prefix: &str) -> bool {
    match pattern.split_once('*') {
        None => is_below(pattern, prefix),
        Some((start, _)) => is_inside(start, prefix) || format!("{prefix}/").starts_with(start),
    }
}

/// Returns whether each path that `pattern` fits is at `prefix` or below it.
pub(super) fn is_within(pattern: &str, prefix: &str) -> bool {
    match pattern.split_once('*') {
        None => is_below(pattern, prefix),
        Some((start, _)) => is_inside(start, prefix),
    }
}

fn is_below(path: &str, prefix: &str) -> bool {
    path == prefix || is_inside(path, prefix)
}

/// Returns whether whatever `start` begins is below `prefix`.
fn is_inside(start: &str, prefix: &str) -> bool {
    let rest = start.strip_prefix(prefix);
    rest.is_some_and(|rest| rest.starts_with('/'))
}

/// Returns whether a pattern has a character that no browser sends in a path (URL standard §1.3).
pub(super) fn is_never_requested(pattern: &str) -> bool {
    !pattern.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns the pattern as a browser would send it.
pub(super) fn requested(pattern: &str) -> String {
    pattern.bytes().fold(String::new(), |mut text, byte| {
        if byte.is_ascii_graphic() {
            text.push(char::from(byte));
        } else {
            // Writing to a text does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_pattern_reaches_a_route_or_stays_within_it() {
        for (pattern, prefix, reached, within) in [
            ("/img", "/img", true, true),
            ("/img/a", "/img", true, true),
            ("/imgx", "/img", false, false),
            ("/img*", "/img", true, false),
            ("/img/*", "/img", true, true),
            ("/i*", "/img", true, false),
            ("/imgx*", "/img", false, false),
            ("*.png", "/img", true, false),
            ("/*", "/img", true, false),
            ("/news/*", "/img", false, false),
            ("/news/*", "", true, true),
        ] {
            assert_eq!(reaches(pattern, prefix), reached, "{pattern} {prefix}");
            assert_eq!(is_within(pattern, prefix), within, "{pattern} {prefix}");
        }
    }

    #[test]
    fn a_pattern_is_written_as_browsers_send_it() {
        assert!(is_never_requested("/über/*") && is_never_requested("/a b"));
        assert!(!is_never_requested("/%C3%BCber/*"));
        assert_eq!(requested("/ü b/*"), "/%C3%BC%20b/*");
    }

    proptest! {
        /// What is said of a pattern holds for each path that it fits.
        #[test]
        fn no_path_contradicts_it(
            pattern in "[/*][ab/*]{0,6}",
            other in "[/*][ab/*]{0,6}",
            prefix in "(/[ab]{1,2}){0,2}",
            path in "/[ab/]{0,6}",
        ) {
            if fits(&pattern, &path) {
                let below = is_below(&path, &prefix);
                prop_assert!(!is_covered(&pattern, std::slice::from_ref(&other)) || fits(&other, &path));
                prop_assert!(!is_within(&pattern, &prefix) || below);
                prop_assert!(reaches(&pattern, &prefix) || !below);
            }
        }
    }
}
