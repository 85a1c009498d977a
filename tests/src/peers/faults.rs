//! What a peer does otherwise than the gate, by what a scenario says that it observed.

use std::cmp::Ordering;

/// A kind of difference: how the book calls it, and what the sentences begin with or contain that
/// tell of it.
struct Kind {
    name: &'static str,
    starts: &'static [&'static str],
    contains: &'static [&'static str],
}

/// The kinds; a sentence is of the first one that it fits.
const KINDS: [Kind; 11] = [
    Kind {
        name: "a body that the origin breaks off looks whole",
        starts: &["expected a body that is seen to be cut"],
        contains: &["looks whole", "got a whole body"],
    },
    Kind {
        name: "a body, or a part of it, does not come in time",
        starts: &["waiting for", "nothing more came"],
        contains: &["time is over", "does not end", "the origin could send"],
    },
    Kind {
        name: "the status",
        starts: &[
            "expected status",
            "expected 101",
            "expected 400",
            "expected 501",
            "no status line",
        ],
        contains: &["100 Continue"],
    },
    Kind {
        name: "what the origin is asked or told",
        starts: &["the origin", "the path"],
        contains: &["to be asked"],
    },
    Kind {
        name: "the body of a request",
        starts: &["the request's body"],
        contains: &[],
    },
    Kind {
        name: "`Content-Encoding` that is not decoded, or not what the client accepts",
        starts: &["the client accepts"],
        contains: &["does not decode"],
    },
    Kind {
        name: "`ETag`, `Last-Modified`, `Accept-Ranges`",
        starts: &[
            "expected Accept-Ranges",
            "expected ETag",
            "expected no ETag",
        ],
        contains: &["ETag is", "has no ETag"],
    },
    Kind {
        name: "`Content-Length`, `Transfer-Encoding`, trailers",
        starts: &[
            "expected Content-Length",
            "Content-Length",
            "expected no Transfer-Encoding",
        ],
        contains: &["trailer", "after the end of the response"],
    },
    Kind {
        name: "cookies, `Location`, `Link` and other fields with URLs or domains",
        starts: &[
            "expected Access-Control",
            "expected Content-Location",
            "expected Content-Security-Policy",
            "expected Link",
            "expected Location",
            "expected Refresh",
            "expected Set-Cookie",
            "a cookie",
            "the head has",
        ],
        contains: &[],
    },
    Kind {
        name: BYTES,
        starts: &[
            "the body",
            "the decoded body",
            "the page",
            "expected a body of",
            "piece ",
        ],
        contains: &[],
    },
    Kind {
        name: "other fields of the response",
        starts: &["expected ", "Proxy-Status"],
        contains: &[],
    },
];

/// The name of what is of no kind.
const OTHER: &str = "something else";

/// The name of what is otherwise in a body than a URL.
const BYTES: &str = "other bytes of a body";

/// The name of a URL that should have been replaced.
const LEFT: &str = "a URL of the origin is left in a body";

/// The name of a URL, or a part of one, that should not have been replaced.
const CHANGED: &str = "what must stay is changed in a body, as `origin.example.com.evil.test`";

/// Returns which of the names of bytes fits a sentence of [`crate::failure::same_bytes`], by how
/// often the origin's name is in what was expected where the bytes begin to differ, and in what
/// came.
fn bytes(sentence: &str) -> &'static str {
    let (_, around) = sentence
        .split_once("they differ at byte")
        .unwrap_or_default();
    let (expected, got) = around.split_once(", got ").unwrap_or_default();
    let [expected, got] = [expected, got].map(|bytes| bytes.matches("origin.example.com").count());
    match got.cmp(&expected) {
        Ordering::Greater => LEFT,
        Ordering::Less => CHANGED,
        Ordering::Equal => BYTES,
    }
}

/// Returns the kind of difference that a sentence tells of.
pub(super) fn kind(sentence: &str) -> &'static str {
    let of = |kind: &&Kind| {
        kind.starts.iter().any(|start| sentence.starts_with(start))
            || kind.contains.iter().any(|part| sentence.contains(part))
    };
    match KINDS.iter().find(of) {
        Some(kind) if kind.name == BYTES => bytes(sentence),
        Some(kind) => kind.name,
        None => OTHER,
    }
}

/// Returns the names of all kinds, in the order of the book.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [LEFT, CHANGED]
        .into_iter()
        .chain(KINDS.iter().map(|kind| kind.name))
        .chain([OTHER])
}

#[cfg(test)]
mod tests {
    use super::{BYTES, CHANGED, LEFT, OTHER, kind};

    #[test]
    fn a_sentence_is_of_the_kind_that_it_tells_of() {
        for (sentence, expected) in [
            (
                "expected a body that is seen to be cut, got Complete",
                "looks whole",
            ),
            (
                "waiting for part 1: nothing more came",
                "does not come in time",
            ),
            ("expected status 400, got 200", "the status"),
            ("the origin expected Cookie: a", "what the origin is asked"),
            (
                "the request's body: expected 1 bytes, got 2",
                "the body of a request",
            ),
            (
                "the gzip body does not decode: early end",
                "`Content-Encoding`",
            ),
            ("the page has no ETag", "`ETag`"),
            (
                "expected Content-Length: \"1\", got none",
                "`Content-Length`",
            ),
            (
                "the decoded body: expected 9 bytes, got 9; they differ at byte 1: expected \
                 \"//www.example.com\", got \"//origin.example.com\"",
                LEFT,
            ),
            (
                "the decoded body: expected 9 bytes, got 9; they differ at byte 1: expected \
                 \"//origin.example.com.evil\", got \"//www.example.com.evil\"",
                CHANGED,
            ),
            ("expected Location: \"/a\", got \"/b\"", "cookies"),
            ("the decoded body: expected 1 bytes, got 2", BYTES),
            ("expected no Alt-Svc, got \"h3\"", "other fields"),
            ("it is broken", OTHER),
        ] {
            assert!(kind(sentence).contains(expected), "{sentence}");
        }
    }
}
