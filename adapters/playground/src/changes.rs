//! What changes between two texts, to be marked within them.

use std::ops::Range;

use serde::Serialize;
use similar::{Algorithm, DiffTag, capture_diff_slices};

/// A piece of a text.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Piece<'a> {
    change: Change,
    text: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Change {
    Same,
    Gone,
    New,
}

/// Compares two texts word by word, and returns their pieces in order.
pub(crate) fn between<'a>(before: &'a str, after: &'a str) -> Vec<Piece<'a>> {
    let (old, new) = (Words::of(before), Words::of(after));
    let mut pieces = Vec::new();
    let mut add = |change, text: &'a str| {
        if !text.is_empty() {
            pieces.push(Piece { change, text });
        }
    };
    // Without a limit of time, as WebAssembly has no clock.
    for op in capture_diff_slices(Algorithm::Myers, &old.words, &new.words) {
        let (tag, gone, come) = op.as_tag_tuple();
        match tag {
            DiffTag::Equal => add(Change::Same, new.text(come)),
            DiffTag::Delete | DiffTag::Insert | DiffTag::Replace => {
                add(Change::Gone, old.text(gone));
                add(Change::New, new.text(come));
            }
        }
    }
    pieces
}

/// A text, cut into words and into single characters between them.
struct Words<'a> {
    text: &'a str,
    words: Vec<&'a str>,
    /// Where each word begins, and where the text ends.
    places: Vec<usize>,
}

impl<'a> Words<'a> {
    fn of(text: &'a str) -> Self {
        let mut places = Vec::new();
        let mut was_word = false;
        for (at, character) in text.char_indices() {
            let is_word = character.is_alphanumeric();
            if !(is_word && was_word) {
                places.push(at);
            }
            was_word = is_word;
        }
        places.push(text.len());
        let words = places.windows(2).filter_map(|place| match place {
            [from, to] => text.get(*from..*to),
            _ => None,
        });
        Self {
            text,
            words: words.collect(),
            places,
        }
    }

    /// Returns the text of a range of words.
    fn text(&self, words: Range<usize>) -> &'a str {
        let place = |word: usize| self.places.get(word).copied();
        let text = place(words.start).zip(place(words.end));
        text.and_then(|(from, to)| self.text.get(from..to))
            .unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(before: &str, after: &str) -> String {
        let pieces = between(before, after);
        let marked = pieces.iter().map(|piece| match piece.change {
            Change::Same => piece.text.to_owned(),
            Change::Gone => format!("-{}-", piece.text),
            Change::New => format!("+{}+", piece.text),
        });
        marked.collect()
    }

    #[test]
    fn words_that_change_are_marked() {
        for (before, after, expected) in [
            ("", "", ""),
            ("a", "", "-a-"),
            ("", "ä", "+ä+"),
            (
                "<a href=\"https://o.example/ü\">",
                "<a href=\"https://www.example/ü\">",
                "<a href=\"https://-o-+www+.example/ü\">",
            ),
            (
                "<p>one</p>",
                "<p>one<b>two</b></p>",
                "<p>one<+b>two</b><+/p>",
            ),
        ] {
            assert_eq!(shown(before, after), expected);
        }
    }
}
