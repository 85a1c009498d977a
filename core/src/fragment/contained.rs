//! Keeps a fragment to itself: whatever it consists of, and wherever it breaks off, the page around
//! it stays as it was.

use crate::markup::{State, Tokens};

/// The most elements of a fragment that are open in one another: tags of more are left out.
const DEEPEST: usize = 256;

/// Elements that have no content (HTML standard §13.1.2).
const VOID: &[&str] = &[
    "area", "base", "basefont", "bgsound", "br", "col", "embed", "frame", "hr", "img", "input",
    "keygen", "link", "meta", "param", "source", "track", "wbr",
];

/// Elements that a document has one of, and whose tags would change those of the page.
const OF_DOCUMENTS: &[&str] = &["html", "head", "body", "frameset", "frame"];

/// Formatting elements, which a parser opens again behind the end of the element around them (HTML
/// standard §13.2.4.3).
const FORMATTING: &[&str] = &[
    "a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u",
];

/// Elements that end where another one of a kind begins (HTML standard §13.1.2.4).
const IMPLIED_ENDS: &[(&str, &[&str])] = &[
    ("li", &["li"]),
    ("dt", &["dt", "dd"]),
    ("dd", &["dt", "dd"]),
    ("option", &["option", "optgroup"]),
    ("td", &["td", "th", "tr", "tbody", "tfoot"]),
    ("th", &["td", "th", "tr", "tbody", "tfoot"]),
    ("tr", &["tr", "tbody", "tfoot"]),
    (
        "p",
        &[
            "address",
            "article",
            "aside",
            "blockquote",
            "details",
            "div",
            "dl",
            "fieldset",
            "figcaption",
            "figure",
            "footer",
            "form",
            "h1",
            "h2",
            "h3",
            "h4",
            "h5",
            "h6",
            "header",
            "hr",
            "main",
            "menu",
            "nav",
            "ol",
            "p",
            "pre",
            "section",
            "table",
            "ul",
        ],
    ),
];

/// Gives out a fragment up to where nothing of it is unfinished, and in the end closes what is
/// open. It holds back a tag and a comment that have no end yet, and an element that contains text,
/// such as a script, until it is whole: what is held back at the end is left out. Tags that would
/// end or change elements of the page are left out, too.
#[derive(Debug, Default)]
pub(crate) struct Contained {
    tokens: Tokens,
    /// What is not finished, from its `<` on.
    held: Vec<u8>,
    /// The names of the open elements, in lower case.
    open: Vec<String>,
}

impl Contained {
    /// Appends to `out` what can be given out with more of the fragment.
    pub(crate) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        for &byte in bytes {
            let before = self.tokens.state();
            let after = self.tokens.step(byte);
            match (before, after) {
                (State::Plaintext, _) => {}
                (_, State::Plaintext) => self.held.clear(),
                (State::Data, State::Data) => out.push(byte),
                (State::TagOpen, State::TagOpen) => {
                    // The first of two is text.
                    out.append(&mut self.held);
                    self.held.push(byte);
                }
                (_, State::Data) => {
                    self.held.push(byte);
                    self.token(before, out);
                }
                _ => self.held.push(byte),
            }
        }
    }

    /// Appends to `out` the end tags of what is open.
    pub(crate) fn close(self, out: &mut Vec<u8>) {
        for name in self.open.iter().rev() {
            out.extend_from_slice(b"</");
            out.extend_from_slice(name.as_bytes());
            out.push(b'>');
        }
    }

    /// Gives out the token that ends in `held`, or leaves it out. `state` is that before its last
    /// byte.
    fn token(&mut self, state: State, out: &mut Vec<u8>) {
        let held = std::mem::take(&mut self.held);
        let is_kept = match (state, held.get(1)) {
            (State::Tag(_), Some(b'/')) => self.end(&name(held.get(2..).unwrap_or_default())),
            (State::Tag(_), _) => {
                let name = name(held.get(1..).unwrap_or_default());
                // A text, which comes whole, ends with a tag of its own.
                self.tokens.is_end_tag() || self.begin(name, held.ends_with(b"/>"))
            }
            (State::BogusComment, _) => !is_doctype(&held),
            _ => true,
        };
        if is_kept {
            out.extend_from_slice(&held);
        }
    }

    /// Notes a start tag. Returns whether it is kept.
    fn begin(&mut self, name: String, has_slash: bool) -> bool {
        let is = |names: &[&str]| names.contains(&name.as_str());
        if is(OF_DOCUMENTS) {
            return false;
        }
        if is(VOID) {
            return true;
        }
        let is_foreign = |open: &String| matches!(open.as_str(), "svg" | "math");
        let is_foreign =
            matches!(name.as_str(), "svg" | "math") || self.open.iter().any(is_foreign);
        if has_slash && is_foreign {
            return true;
        }
        let ends = |open: &str| {
            let mut implied = IMPLIED_ENDS.iter();
            implied.any(|(element, starts)| *element == open && is(starts))
        };
        while self.open.last().is_some_and(|open| ends(open)) {
            self.open.pop();
        }
        let has_room = self.open.len() < DEEPEST;
        if has_room {
            self.open.push(name);
        }
        has_room
    }

    /// Notes an end tag. Returns whether it is kept.
    fn end(&mut self, name: &str) -> bool {
        let Some(at) = self.open.iter().rposition(|open| open == name) else {
            return false;
        };
        let inside = self.open.split_off(at);
        let again = inside.into_iter().skip(1);
        if FORMATTING.contains(&name) {
            self.open.extend(again);
        } else {
            self.open
                .extend(again.filter(|inside| FORMATTING.contains(&inside.as_str())));
        }
        true
    }
}

/// Returns the name at the front of a tag, in lower case.
fn name(tag: &[u8]) -> String {
    let name = tag
        .iter()
        .take_while(|byte| !byte.is_ascii_whitespace() && !matches!(byte, b'/' | b'>'));
    let name: Vec<u8> = name.map(u8::to_ascii_lowercase).collect();
    String::from_utf8_lossy(&name).into_owned()
}

fn is_doctype(token: &[u8]) -> bool {
    let start = token.get(..9).unwrap_or_default();
    start.eq_ignore_ascii_case(b"<!doctype")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contained(fragment: &str, step: usize) -> String {
        let mut contained = Contained::default();
        let mut out = Vec::new();
        for piece in fragment.as_bytes().chunks(step) {
            contained.push(piece, &mut out);
        }
        contained.close(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_fragment_leaves_the_page_as_it_was() {
        for (fragment, expected) in [
            ("<p>a</p><img src=a>b", "<p>a</p><img src=a>b"),
            ("1 < 2 << <3 <", "1 < 2 << <3 "),
            ("<div><p>a", "<div><p>a</p></div>"),
            ("<div>a</div></div></body></html>", "<div>a</div>"),
            (
                "<!DOCTYPE html><html lang=a><head><title>t</title></head><body class=a>b</body></html>",
                "<title>t</title>b",
            ),
            ("<p>a<b title='", "<p>a</p>"),
            ("a<!-- b", "a"),
            ("a<!-- b -->c", "a<!-- b -->c"),
            ("a<script>if (a<b) '</p>'", "a"),
            ("<SCRIPT>'<p>'</Script>b", "<SCRIPT>'<p>'</Script>b"),
            ("<textarea><p>", ""),
            ("a<plaintext>b</plaintext>", "a"),
            ("<ul><li>a<li>b</ul>c", "<ul><li>a<li>b</ul>c"),
            ("<li>a<li>b", "<li>a<li>b</li>"),
            ("<p>a<p>b<div>c", "<p>a<p>b<div>c</div>"),
            ("<b><i>a</b>b</i>c", "<b><i>a</b>b</i>c"),
            ("<div><b>a</div>b", "<div><b>a</div>b</b>"),
            ("<svg><path/><g>a", "<svg><path/><g>a</g></svg>"),
            ("<div/>a", "<div/>a</div>"),
            ("</template><template>a", "<template>a</template>"),
            ("é<p>ü", "é<p>ü</p>"),
            ("", ""),
        ] {
            for step in [1, 2, 3, 1000] {
                assert_eq!(contained(fragment, step), expected, "{fragment} by {step}");
            }
        }
        let deep = "<i>".repeat(DEEPEST + 5);
        assert_eq!(
            contained(&deep, 7),
            format!("{}{}", "<i>".repeat(DEEPEST), "</i>".repeat(DEEPEST))
        );
    }
}
