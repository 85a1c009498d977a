//! Where the document's body begins: at its tag, or, where that is left out, where the parser opens one by itself.

use super::syntax::{BYTE_ORDER_MARK, is_whitespace};
use super::tag::Tag;
use super::{Comment, Step};

/// Follows a document byte by byte through its head, up to what can only stand in a body (HTML standard §13.2.6.4.1 to
/// 13.2.6.4.6): a tag that the head cannot have, or text.
#[derive(Debug, Default)]
pub(crate) struct BodyStart {
    state: State,
    /// The name of the tag that is being read, in lower case.
    name: Vec<u8>,
    /// How many `template` elements are open. What is in one is no part of the document.
    templates: usize,
    /// Whether the head has ended, so that a `noscript` begins the body.
    behind_head: bool,
    raw: Raw,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
enum State {
    /// At the very start, `n` bytes into a byte order mark.
    #[default]
    Start,
    Bom(u8),
    Data,
    /// `<`
    TagOpen,
    /// `<!`
    Declaration,
    /// `<!-`
    DeclarationDash,
    /// `</`
    EndTagOpen,
    StartTagName,
    EndTagName,
    /// A doctype, a processing instruction or anything else up to the next `>`.
    UpToGreaterThan,
    Comment(Comment),
    /// In a tag; `true` where the element's content is no markup.
    Tag(Tag, bool),
    /// In such content.
    Raw,
}

/// What is to be known of an element whose content is no markup (HTML standard §13.2.5.2 to 13.2.5.31).
#[derive(Debug, Default)]
struct Raw {
    name: Vec<u8>,
    /// The last bytes, in lower case.
    recent: Vec<u8>,
    /// Whether a script is behind a `<!--`.
    escaped: bool,
    /// Whether it is behind a `<script>` there, which the next `</script>` closes.
    double_escaped: bool,
}

/// No name that matters is longer than that.
const LONGEST: usize = b"</noscript".len();

impl BodyStart {
    pub(crate) fn step(&mut self, byte: u8) -> Step {
        let (state, step) = match self.state {
            State::Start => self.start(0, byte),
            State::Bom(read) => self.start(read, byte),
            State::Data => self.data(byte),
            State::TagOpen => match byte {
                b'!' => (State::Declaration, Step::Hold),
                b'?' => (State::UpToGreaterThan, Step::Pass),
                b'/' => (State::EndTagOpen, Step::Hold),
                byte if byte.is_ascii_alphabetic() => {
                    self.name = vec![byte.to_ascii_lowercase()];
                    (State::StartTagName, Step::Hold)
                }
                byte => self.text(byte),
            },
            State::Declaration if byte == b'-' => (State::DeclarationDash, Step::Hold),
            State::DeclarationDash if byte == b'-' => (State::Comment(Comment::Start), Step::Pass),
            State::Declaration | State::DeclarationDash | State::UpToGreaterThan => match byte {
                b'>' => (State::Data, Step::Pass),
                _ => (State::UpToGreaterThan, Step::Pass),
            },
            State::EndTagOpen => match byte {
                b'>' => (State::Data, Step::Pass),
                byte if byte.is_ascii_alphabetic() => {
                    self.name = vec![byte.to_ascii_lowercase()];
                    (State::EndTagName, Step::Hold)
                }
                _ => (State::UpToGreaterThan, Step::Pass),
            },
            State::StartTagName | State::EndTagName => self.tag_name(byte),
            State::Comment(comment) => (
                comment.next(byte).map_or(State::Data, State::Comment),
                Step::Pass,
            ),
            State::Tag(tag, raw) => (Self::behind(tag.next(byte), raw), Step::Pass),
            State::Raw => (self.raw(byte), Step::Pass),
        };
        self.state = state;
        step
    }

    /// Whether the document may end here so that the parser opens a body right before the held bytes, or, where none are
    /// held, right here.
    pub(crate) fn may_end(&self) -> bool {
        let open = matches!(
            self.state,
            State::UpToGreaterThan | State::Comment(_) | State::Tag(..) | State::Raw
        );
        !open && self.templates == 0
    }

    fn start(&mut self, read: u8, byte: u8) -> (State, Step) {
        match (read, BYTE_ORDER_MARK.get(usize::from(read))) {
            (2, Some(expected)) if *expected == byte => (State::Data, Step::Pass),
            (_, Some(expected)) if *expected == byte => (State::Bom(read + 1), Step::Hold),
            (0, _) => self.data(byte),
            // Bytes that only began like a mark are text.
            _ => (State::Data, Step::Implied),
        }
    }

    fn data(&mut self, byte: u8) -> (State, Step) {
        match byte {
            b'<' => (State::TagOpen, Step::Hold),
            byte => self.text(byte),
        }
    }

    fn text(&mut self, byte: u8) -> (State, Step) {
        if self.templates > 0 || (is_whitespace(byte) && self.state != State::TagOpen) {
            let state = match byte {
                b'<' => State::TagOpen,
                _ => State::Data,
            };
            return (state, Step::Pass);
        }
        (State::Data, Step::Implied)
    }

    /// The state behind a byte of a tag: `None` where it ended the tag.
    fn behind(next: Option<Tag>, raw: bool) -> State {
        match (next, raw) {
            (Some(tag), raw) => State::Tag(tag, raw),
            (None, true) => State::Raw,
            (None, false) => State::Data,
        }
    }

    fn tag_name(&mut self, byte: u8) -> (State, Step) {
        let next = Tag::Name.next(byte);
        let is_end = self.state == State::EndTagName;
        if next == Some(Tag::Name) && self.name.len() < LONGEST {
            self.name.push(byte.to_ascii_lowercase());
            return (self.state, Step::Hold);
        }
        let raw = match (is_end, self.templates) {
            (false, 0) => match self.start_tag() {
                Ok(raw) => raw,
                Err(step) => return (State::Data, step),
            },
            (false, _) => self.start_tag_in_template(),
            (true, 0) => match self.name.as_slice() {
                b"head" => {
                    self.behind_head = true;
                    false
                }
                b"body" | b"html" | b"br" => return (State::Data, Step::Implied),
                _ => false,
            },
            (true, _) => {
                if self.name == b"template" {
                    self.templates -= 1;
                }
                false
            }
        };
        (Self::behind(next, raw), Step::Pass)
    }

    /// A start tag in or behind the head: whether its content is no markup, or what it says of the body.
    fn start_tag(&mut self) -> Result<bool, Step> {
        match self.name.as_slice() {
            b"html" | b"head" | b"base" | b"basefont" | b"bgsound" | b"link" | b"meta" => Ok(false),
            b"title" | b"style" | b"script" | b"noframes" => Ok(self.enter_raw()),
            b"noscript" if !self.behind_head => Ok(self.enter_raw()),
            b"template" => {
                self.templates += 1;
                Ok(false)
            }
            b"body" | b"frameset" => Err(Step::Written),
            _ => Err(Step::Implied),
        }
    }

    fn start_tag_in_template(&mut self) -> bool {
        match self.name.as_slice() {
            b"title" | b"textarea" | b"style" | b"script" | b"xmp" | b"iframe" | b"noembed"
            | b"noframes" | b"noscript" => self.enter_raw(),
            b"template" => {
                self.templates += 1;
                false
            }
            _ => false,
        }
    }

    fn enter_raw(&mut self) -> bool {
        self.raw = Raw {
            name: self.name.clone(),
            ..Raw::default()
        };
        true
    }

    fn raw(&mut self, byte: u8) -> State {
        let raw = &mut self.raw;
        let is_script = raw.name == b"script";
        if let Some(next @ (Tag::BeforeAttributeName | Tag::SelfClosing)) = Tag::Name.next(byte) {
            if let Some(state) = raw.tag(State::Tag(next, false)) {
                return state;
            }
        } else if byte == b'>'
            && let Some(state) = raw.tag(State::Data)
        {
            return state;
        }
        if raw.recent.len() == LONGEST {
            raw.recent.remove(0);
        }
        raw.recent.push(byte.to_ascii_lowercase());
        if is_script && raw.recent.ends_with(b"<!--") {
            raw.escaped = true;
        } else if raw.recent.ends_with(b"-->") {
            raw.escaped = false;
            raw.double_escaped = false;
        }
        State::Raw
    }
}

impl Raw {
    /// A byte that may end a tag's name: `closed` if it ends that of the element's end tag.
    fn tag(&mut self, closed: State) -> Option<State> {
        let name = self.recent.strip_suffix(self.name.as_slice())?;
        if name.ends_with(b"</") && !self.double_escaped {
            return Some(closed);
        }
        if name.ends_with(b"</") {
            self.double_escaped = false;
        } else if name.ends_with(b"<") && self.escaped {
            self.double_escaped = true;
        }
        None
    }
}

/// Where the head of a document ends that begins with `start`, if it does there: at its end tag, or where the body begins.
pub(crate) fn head_end(start: &[u8]) -> Option<usize> {
    let mut body = BodyStart::default();
    let mut held = 0;
    for (at, &byte) in start.iter().enumerate() {
        match body.step(byte) {
            Step::Hold => held += 1,
            Step::Pass if body.behind_head => return Some(at),
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

    /// The document with `^` where a body is implied or `$` before the tag of a written one. Nothing: neither was found.
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
