//! Where the document's head begins: at its tag, or, if that is left out, where the parser opens one
//! by itself.

use super::place::{Start, Step};
use super::syntax::is_whitespace;
use super::tag::Tag;
use super::tokens::{State, Tokens};

/// Follows the start of a document through the insertion modes "initial", "before html" and "before
/// head" (HTML standard §13.2.6.4.1 to 13.2.6.4.3), until it is clear whether the head is written.
#[derive(Debug, Default)]
pub(crate) struct Prologue {
    start: Start,
    tokens: Tokens,
    holds: bool,
}

/// The start tags that do not imply a head. Any other does.
const START_TAGS: [&[u8]; 2] = [b"html", b"head"];
/// The end tags that imply a head. Any other is dropped by the parser.
const END_TAGS: [&[u8]; 4] = [b"head", b"body", b"html", b"br"];

impl Prologue {
    /// Reads a byte.
    pub(crate) fn step(&mut self, byte: u8) -> Step {
        let step = match self.start.step(byte) {
            Some(step) => step,
            None => self.token(byte),
        };
        self.holds = step == Step::Hold;
        step
    }

    /// Returns whether the document may end here so that the parser opens a head before the bytes
    /// that are held back, or, if none are, right here. It does not so inside of a comment or of a
    /// tag's attributes.
    pub(crate) fn may_end(&self) -> bool {
        self.holds || self.tokens.state() == State::Data
    }

    fn token(&mut self, byte: u8) -> Step {
        match (self.tokens.state(), self.tokens.step(byte)) {
            (State::Data, State::Data) if is_whitespace(byte) => Step::Pass,
            // A comment by accident may as well come after what is inserted.
            (State::Data, State::Data)
            | (State::TagOpen, State::Data | State::TagOpen)
            | (State::EndTagOpen, State::BogusComment) => Step::Implied,
            (_, State::Tag(Tag::Name)) => self.open_name(),
            (State::Tag(Tag::Name), _) => self.name(),
            (_, state) if state.is_open() => Step::Hold,
            _ => Step::Pass,
        }
    }

    /// Judges a tag by the start of its name.
    fn open_name(&self) -> Step {
        let begins = |name: &&[u8]| name.starts_with(self.tokens.name());
        match self.tokens.is_end_tag() {
            true if END_TAGS.iter().any(begins) => Step::Hold,
            true => Step::Pass,
            false if START_TAGS.iter().any(begins) => Step::Hold,
            false => Step::Implied,
        }
    }

    /// Judges a tag by its name.
    fn name(&self) -> Step {
        match (self.tokens.is_end_tag(), &**self.tokens.name()) {
            (true, name) if END_TAGS.contains(&name) => Step::Implied,
            (true, _) | (false, b"html") => Step::Pass,
            (false, b"head") => Step::Written,
            (false, _) => Step::Implied,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::markup::place;

    /// Returns the document with `^` where a head is implied, or with `$` before the tag of a
    /// written one, or as it is if it has neither.
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
