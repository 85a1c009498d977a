//! Where the document's body begins: at its tag, or, if that is left out, where the parser opens
//! one by itself.

use super::name::TagName;
use super::search::{Landmark, Search, Step};
use super::syntax::is_whitespace;
use super::tag::Tag;
use super::tokens::{State, Tokens};

/// The place of the body. It is looked for through the head, up to what can only stand in a body: a
/// tag that the head cannot have, or text (HTML standard §13.2.6.4.1 to 13.2.6.4.6).
#[derive(Debug, Default)]
pub(crate) struct BodyStart {
    /// The number of open `template` elements. Their content is no part of the document.
    templates: usize,
    /// Whether the head has ended, so that a `noscript` begins the body.
    is_behind_head: bool,
}

impl Landmark for BodyStart {
    fn judge(&mut self, before: State, byte: u8, tokens: &Tokens) -> Step {
        match (before, tokens.state()) {
            (State::Data, State::Data) if is_whitespace(byte) => Step::Pass,
            (State::Data, State::Data) | (State::TagOpen, State::Data | State::TagOpen) => {
                match self.templates {
                    0 => Step::Implied,
                    _ => Step::Pass,
                }
            }
            (_, State::Tag(Tag::Name)) if tokens.name().len() <= TagName::LONGEST => Step::Hold,
            (State::Tag(Tag::Name), _) => self.judge_name(tokens),
            (_, state) if state.is_open() => Step::Hold,
            _ => Step::Pass,
        }
    }

    fn may_end(&self) -> bool {
        self.templates == 0
    }
}

impl BodyStart {
    /// Judges a tag by its name.
    fn judge_name(&mut self, tokens: &Tokens) -> Step {
        match (tokens.is_end_tag(), &**tokens.name()) {
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
    let mut search = Search::<BodyStart>::default();
    let (mut at, mut held) = (0, 0);
    while let Some(rest) = start.get(at..).filter(|rest| !rest.is_empty()) {
        let (read, step) = search.next(rest);
        match step {
            Step::Hold => held += read,
            Step::Pass if search.place().is_behind_head => return Some(at),
            Step::Pass => held = 0,
            Step::Written | Step::Implied => return Some(at - held),
        }
        at += read;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{BodyStart, head_end};
    use crate::markup::search::{mark, may_end_after};

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
            assert_eq!(mark::<BodyStart>(&marked.replace(['^', '$'], "")), marked);
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
            assert_eq!(may_end_after::<BodyStart>(document), expected, "{document}");
        }
    }
}
