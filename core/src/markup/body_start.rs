//! Where the document's body begins: at its tag, or, if that is left out, where the parser opens one
//! by itself.

use super::name::Name;
use super::place::{Start, Step};
use super::syntax::is_whitespace;
use super::tag::Tag;
use super::tokens::{State, Tokens};

/// Follows a document through its head, up to what can only stand in a body: a tag that the head
/// cannot have, or text (HTML standard §13.2.6.4.1 to 13.2.6.4.6).
#[derive(Debug, Default)]
pub(crate) struct BodyStart {
    start: Start,
    tokens: Tokens,
    /// How many `template` elements are open. Their content is no part of the document.
    templates: usize,
    /// Whether the head has ended, so that a `noscript` begins the body.
    is_behind_head: bool,
    holds: bool,
}

impl BodyStart {
    /// Reads a byte.
    pub(crate) fn step(&mut self, byte: u8) -> Step {
        let step = match self.start.step(byte) {
            Some(step) => step,
            None => self.token(byte),
        };
        self.holds = step == Step::Hold;
        step
    }

    /// Returns whether the document may end here so that the parser opens a body before the bytes
    /// that are held back, or, if none are, right here.
    pub(crate) fn may_end(&self) -> bool {
        self.templates == 0 && (self.holds || self.tokens.state() == State::Data)
    }

    fn token(&mut self, byte: u8) -> Step {
        match (self.tokens.state(), self.tokens.step(byte)) {
            (State::Data, State::Data) if is_whitespace(byte) => Step::Pass,
            (State::Data, State::Data) | (State::TagOpen, State::Data | State::TagOpen) => {
                match self.templates {
                    0 => Step::Implied,
                    _ => Step::Pass,
                }
            }
            (_, State::Tag(Tag::Name)) if self.tokens.name().len() <= Name::LONGEST => Step::Hold,
            (State::Tag(Tag::Name), _) => self.name(),
            (_, state) if state.is_open() => Step::Hold,
            _ => Step::Pass,
        }
    }

    /// Judges a tag by its name.
    fn name(&mut self) -> Step {
        match (self.tokens.is_end_tag(), &**self.tokens.name()) {
            (false, b"template") => self.templates += 1,
            (true, b"template") => self.templates = self.templates.saturating_sub(1),
            _ if self.templates > 0 => {}
            (true, b"head") => self.is_behind_head = true,
            (true, b"body" | b"html" | b"br") => return Step::Implied,
            (false, b"body" | b"frameset") => return Step::Written,
            (false, b"noscript") if self.is_behind_head => return Step::Implied,
            (false, name) if !IN_HEAD.contains(&name) => return Step::Implied,
            _ => {}
        }
        Step::Pass
    }
}

/// The elements that may stand in a head, or whose start tags the parser drops there, but for
/// `template`.
const IN_HEAD: [&[u8]; 12] = [
    b"base",
    b"basefont",
    b"bgsound",
    b"head",
    b"html",
    b"link",
    b"meta",
    b"noframes",
    b"noscript",
    b"script",
    b"style",
    b"title",
];

/// Returns where the head of the document ends that begins with `start`: at its end tag, or where
/// the body begins. Returns `None` if it goes on.
pub(crate) fn head_end(start: &[u8]) -> Option<usize> {
    let mut body = BodyStart::default();
    let mut held = 0;
    for (at, &byte) in start.iter().enumerate() {
        match body.step(byte) {
            Step::Hold => held += 1,
            Step::Pass if body.is_behind_head => return Some(at),
            Step::Pass => held = 0,
            Step::Written | Step::Implied => return Some(at - held),
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::place;

    /// Returns the document with `^` where a body is implied, or with `$` before the tag of a
    /// written one, or as it is if it has neither.
    fn mark(document: &str) -> String {
        let mut start = BodyStart::default();
        place::mark(document, |byte| start.step(byte))
    }

    #[test]
    fn the_body_begins_where_the_parser_opens_it() {
        for marked in [
            "$<body>",
            "<!doctype html><html><head><title>a</title></head>\n$<BODY class=x>",
            "$<frameset>",
            "<head></head>$<frameset>",
            "\u{FEFF} <!-- a --><html lang='>'><head>\n<meta charset=utf-8><link href='a>b'>^<p>",
            "^text",
            " \n^&amp;",
            "^é",
            "^\0",
            "^< a>",
            "^<1>",
            "<title>a <b> </titles> </title >^b",
            "<title>a</title/>^<h1>",
            "<style>p>a{}</style><script>'</scrip'</script> ^<div>",
            "<script><!-- <script> </script> --></script>^a",
            "<script><!-- </script>^a",
            "<script><!--><script></script>^a",
            "<script><!-- <scripts> </script>^a",
            "<noscript><p></noscript>^<p>",
            "<head></head>^<noscript>",
            "<head></head><meta><style></style><template><p></template>^a",
            "<template><template>a</template><p><title></template></title>b</template>^<p>",
            "<template><body></body></template>$<body>",
            "<template>a < b <?x></ y></template>^<p>",
            "<template><plaintext></template><p>a",
            "<base><basefont><bgsound><noframes><body></noframes>^<image>",
            "</p></title></template>^</br>",
            "<head>^</html>",
            "^</body >",
            "<!x><?y></z></ w></>^<header>",
            "^<headings>",
            "^<averyverylongname>",
        ] {
            assert_eq!(mark(&marked.replace(['^', '$'], "")), marked);
        }
    }

    #[test]
    fn a_head_ends_at_its_end_tag_or_where_the_body_begins() {
        for marked in [
            "<head><meta></head^><p>",
            "<title>a</title>^b",
            "^<p>",
            "\u{FEFF} ^a",
            "<meta>^<body>",
        ] {
            let end = marked.find('^');
            assert_eq!(
                head_end(marked.replace('^', "").as_bytes()),
                end,
                "{marked}"
            );
        }
        assert_eq!(head_end(b"<head><meta> </hea"), None);
    }

    #[test]
    fn an_unfinished_head_says_whether_a_body_may_follow() {
        for (document, expected) in [
            ("", true),
            ("<title>a</title>", true),
            ("<titl", true),
            ("<", true),
            ("</bod", true),
            ("<title>a", false),
            ("<script src=", false),
            ("<!-- ", false),
            ("<template>", false),
        ] {
            let mut start = BodyStart::default();
            assert!(
                document
                    .bytes()
                    .all(|byte| matches!(start.step(byte), Step::Pass | Step::Hold))
            );
            assert_eq!(start.may_end(), expected, "{document}");
        }
    }
}
