//! Where the document's head begins: at its tag, or, where that is left out, where the parser opens one by itself.

use super::syntax::{BYTE_ORDER_MARK, is_whitespace};
use super::tag::Tag;
use super::{Comment, Step};

/// Follows the start of a document byte by byte through the insertion modes "initial", "before html" and "before head"
/// (HTML standard §13.2.6.4.1 to 13.2.6.4.3), until it is clear whether the head is written.
#[derive(Debug, Default)]
pub(crate) struct Prologue {
    state: State,
    /// The name of the tag that is being read, as far as it matters.
    name: Vec<u8>,
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
    Tag(Tag),
}

/// Start tags that do not imply a head. Any other does.
const START_TAGS: [&[u8]; 2] = [b"html", b"head"];
/// End tags that imply a head. Any other is dropped by the parser.
const END_TAGS: [&[u8]; 4] = [b"head", b"body", b"html", b"br"];

impl Prologue {
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
                    self.name.clear();
                    self.start_tag_name(byte)
                }
                _ => (State::Data, Step::Implied),
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
                    self.name.clear();
                    self.end_tag_name(byte)
                }
                // A comment by accident. It may as well come after what is inserted.
                _ => (State::Data, Step::Implied),
            },
            State::StartTagName => self.start_tag_name(byte),
            State::EndTagName => self.end_tag_name(byte),
            State::Comment(comment) => (
                comment.next(byte).map_or(State::Data, State::Comment),
                Step::Pass,
            ),
            State::Tag(tag) => (tag.next(byte).map_or(State::Data, State::Tag), Step::Pass),
        };
        self.state = state;
        step
    }

    /// Whether the document may end here so that the parser opens a head right before the held bytes, or, where none are
    /// held, right here. Not so inside of a comment or of a tag's attributes.
    pub(crate) fn may_end(&self) -> bool {
        !matches!(
            self.state,
            State::UpToGreaterThan | State::Comment(_) | State::Tag(_)
        )
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
            byte if is_whitespace(byte) => (State::Data, Step::Pass),
            b'<' => (State::TagOpen, Step::Hold),
            _ => (State::Data, Step::Implied),
        }
    }

    fn start_tag_name(&mut self, byte: u8) -> (State, Step) {
        match Tag::Name.next(byte) {
            // The name goes on.
            Some(Tag::Name) => match self.grow(byte, &START_TAGS) {
                true => (State::StartTagName, Step::Hold),
                false => (State::Data, Step::Implied),
            },
            next => match self.name.as_slice() {
                b"head" => (State::Data, Step::Written),
                b"html" => (next.map_or(State::Data, State::Tag), Step::Pass),
                _ => (State::Data, Step::Implied),
            },
        }
    }

    fn end_tag_name(&mut self, byte: u8) -> (State, Step) {
        match Tag::Name.next(byte) {
            Some(Tag::Name) => match self.grow(byte, &END_TAGS) {
                true => (State::EndTagName, Step::Hold),
                false => (State::Tag(Tag::Name), Step::Pass),
            },
            next => match END_TAGS.contains(&self.name.as_slice()) {
                true => (State::Data, Step::Implied),
                false => (next.map_or(State::Data, State::Tag), Step::Pass),
            },
        }
    }

    /// Takes one more byte of a name. Returns whether one of `names` still begins with it.
    fn grow(&mut self, byte: u8, names: &[&[u8]]) -> bool {
        self.name.push(byte.to_ascii_lowercase());
        names.iter().any(|name| name.starts_with(&self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::place;

    /// The document with `^` where a head is implied or `$` before the tag of a written one. Nothing: neither was found.
    fn mark(document: &str) -> String {
        let mut prologue = Prologue::default();
        place::mark(document, |byte| prologue.step(byte))
    }

    #[test]
    fn the_head_begins_where_the_parser_opens_it() {
        for marked in [
            "$<head>",
            "$<HEAD >",
            "$<head/>",
            "\u{FEFF}$<head>",
            "\u{FEFF} <!doctype html>\r\n<!-- > <head> --><html lang=\"a>b\" class='<head>'>\n$<head class=x>",
            "<?xml version='1.0'?>$<head>",
            "<!doctype html PUBLIC \"-//W3C//DTD HTML 4.01//EN\">^<title>",
            "^<header>",
            "^<hea>",
            "^<html5>",
            "^<title>x",
            "^text",
            " \t^&amp;",
            "^é",
            "^< head>",
            "^<1>",
            "</p>$<head>",
            "</p/ a='>'>$<head>",
            "</>$<head>",
            "</heads>$<head>",
            "^</head>",
            "^</BR>",
            "^</body >",
            "<html>^</html>",
            "<html>^<body>",
            "<html><html>^<script>",
            "<html =\"x>^\"",
            "<html a=b\"c>^x",
            "<html a = \"b>c\" d>^x",
            "<html a/=\"b>^x",
            "<html a=/>^x",
            "<html a\n=\n'>'>^x",
            "<html a=''b='>'>^x",
            "<!-->^x",
            "<!--->^x",
            "<!---->^x",
            "<!-- -- > --!>^x",
            "<!-- <!--> ^x",
            "<!--a--!-->^x",
            "<!->^x",
            "<!>^x",
            "<![CDATA[x]]>^x",
            "^</ x>",
            "^<svg><head>",
            "^<template><head>",
        ] {
            assert_eq!(mark(&marked.replace(['^', '$'], "")), marked);
        }
    }

    #[test]
    fn an_unfinished_prologue_says_whether_a_head_may_follow() {
        for (document, expected) in [
            ("", true),
            ("<!doctype html>\n", true),
            ("<html>", true),
            ("<", true),
            ("<htm", true),
            ("</bod", true),
            ("<!-", true),
            ("<html lang=", false),
            ("<!-- ", false),
            ("<!doctype", false),
            ("</p", false),
        ] {
            let mut prologue = Prologue::default();
            assert!(
                document
                    .bytes()
                    .all(|byte| matches!(prologue.step(byte), Step::Pass | Step::Hold))
            );
            assert_eq!(prologue.may_end(), expected, "{document}");
        }
    }
}
