//! Where the document's head begins: at its tag, or, if that is left out, where the parser opens
//! one by itself.

use super::search::{Landmark, Step};
use super::syntax::is_whitespace;
use super::tag::Tag;
use super::tokens::{State, Tokens};

/// The place of the head. It is looked for through the insertion modes "initial", "before html" and
/// "before head" (HTML standard §13.2.6.4.1 to 13.2.6.4.3), until it is clear whether the head is
/// written.
#[derive(Debug, Default)]
pub(crate) struct Prologue;

/// The start tags that do not imply a head. Any other does.
const START_TAGS: [&[u8]; 2] = [b"html", b"head"];
/// The end tags that imply a head. Any other is dropped by the parser.
const END_TAGS: [&[u8]; 4] = [b"head", b"body", b"html", b"br"];

impl Landmark for Prologue {
    fn judge(&mut self, before: State, byte: u8, tokens: &Tokens) -> Step {
        match (before, tokens.state()) {
            (State::Data, State::Data) if is_whitespace(byte) => Step::Pass,
            // A comment by accident may as well come after what is inserted.
            (State::Data, State::Data)
            | (State::TagOpen, State::Data | State::TagOpen)
            | (State::EndTagOpen, State::BogusComment) => Step::Implied,
            (_, State::Tag(Tag::Name)) => judge_open_name(tokens),
            (State::Tag(Tag::Name), _) => judge_name(tokens),
            (_, state) if state.is_open() => Step::Hold,
            _ => Step::Pass,
        }
    }

    fn may_end(&self) -> bool {
        true
    }
}

/// Judges a tag by the start of its name.
fn judge_open_name(tokens: &Tokens) -> Step {
    let begins = |name: &&[u8]| name.starts_with(tokens.name());
    match tokens.is_end_tag() {
        true if END_TAGS.iter().any(begins) => Step::Hold,
        true => Step::Pass,
        false if START_TAGS.iter().any(begins) => Step::Hold,
        false => Step::Implied,
    }
}

/// Judges a tag by its name.
fn judge_name(tokens: &Tokens) -> Step {
    match (tokens.is_end_tag(), &**tokens.name()) {
        (true, name) if END_TAGS.contains(&name) => Step::Implied,
        (true, _) | (false, b"html") => Step::Pass,
        (false, b"head") => Step::Written,
        (false, _) => Step::Implied,
    }
}

#[cfg(test)]
mod tests {
    use super::Prologue;
    use crate::markup::search::{mark, may_end_after};

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
            assert_eq!(mark::<Prologue>(&marked.replace(['^', '$'], "")), marked);
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
            assert_eq!(may_end_after::<Prologue>(document), expected, "{document}");
        }
    }
}
